/* command_people.c: hanji people, consent and risk: what the protection officer enters. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "main/consent_form.h"
#include "main/erasing.h"
#include "main/words.h"

enum { ENDING_DAYS_MAX = 36500 };

/* ---- people --------------------------------------------------------------------------------- */

static const struct option people_options[] = {
    {"pseudonym", OPTION_TEXT, "NAME", "the name that readers see"},
    {"role", OPTION_TEXT, "ROLE", "speaker, relative, helper, interpreter or bystander"},
    {"status", OPTION_TEXT, "STATUS", "free, detained, pow, deceased, child or unknown"},
    {"linked-to", OPTION_LIST, "PERSON", "somebody put at risk together with this person"},
    {"names-file", OPTION_TEXT, "FILE",
     "real names, numbers, addresses, one a line; /dev/tty asks. Read by the gate alone and "
     "sealed"},
    {"reason", OPTION_TEXT, "WORDS", "why a person is erased: it stays, so without a name"},
    {"by", OPTION_TEXT, "NAME", "who enters it"},
    {"reason", OPTION_TEXT, "WORDS", "of reveal: why the real name must be known"},
};

static err need(struct run *run, const char *option) {
    if (option_text(run->arguments, option).len > 0) return OK;
    return misused(run, "--%s is missing", option);
}

/* A terminal is also written to: the gate asks there. */
static err open_names(struct site *site, str path, int *ret_fd) {
    int flags = str_eq(path, STR("/dev/tty")) ? O_RDWR : O_RDONLY;
    return file_open(site->run->a, AT_FDCWD, path, flags, ret_fd);
}

static err add_person(struct site *site) {
    const struct arguments *arguments = site->run->arguments;
    struct gate_name links[VALUES_MAX];
    struct gate_person person = {.pseudonym = option_text(arguments, "pseudonym"),
                                 .role = option_text(arguments, "role"),
                                 .status = option_text(arguments, "status"),
                                 .by = option_text(arguments, "by"),
                                 .links = links};
    CLEANUP(fd_close) int names = -1;
    struct gate_id id;
    TRY(need(site->run, "pseudonym"));
    TRY(need(site->run, "by"));
    str path = option_text(arguments, "names-file");
    size_t at = 0;
    while (option_each(arguments, "linked-to", &at, &links[person.link_count].text)) {
        person.link_count++;
    }
    if (path.len > 0) TRY(open_names(site, path, &names));
    struct gate_request request = {
        .call = GATE_PERSON_ADD, .body = &person, .files = &names, .file_count = names >= 0};
    TRY(site_ask_with(site, &request, &id));
    if (site->run->json) return print_format("{\"person\": \"" STR_FMT "\"}\n", STR_ARG(id.id));
    return print_format(STR_FMT "  " STR_FMT "\n", STR_ARG(id.id), STR_ARG(person.pseudonym));
}

static err print_json_pair(const struct run *run, const char *before, str value) {
    struct arena_mark mark = arena_mark(run->a);
    struct buf text;
    str done;
    buf_init(&text, run->a, LIMIT_MESSAGE_BYTES);
    buf_add(&text, str_of(before));
    buf_add_byte(&text, '"');
    json_text(&text, value);
    buf_add_byte(&text, '"');
    TRY(buf_finish(&text, &done));
    TRY(print_text(done));
    arena_reset(run->a, mark);
    return OK;
}

static err list_people(struct site *site) {
    struct gate_nothing nothing = {0};
    struct gate_people people;
    TRY(site_ask(site, GATE_PERSON_LIST, &nothing, &people));
    if (site->run->json) TRY(print_text(STR("[")));
    for (size_t i = 0; i < people.count; i++) {
        const struct gate_person *person = &people.people[i];
        if (site->run->json) {
            TRY(print_json_pair(site->run, i == 0 ? "{\"id\": " : ",\n {\"id\": ", person->id));
            TRY(print_json_pair(site->run, ", \"pseudonym\": ", person->pseudonym));
            TRY(print_json_pair(site->run, ", \"role\": ", person->role));
            TRY(print_json_pair(site->run, ", \"status\": ", person->status));
            TRY(print_text(STR("}")));
        } else if (str_eq(person->status, STR("erased"))) {
            str day;
            TRY(day_text(site->run->a, person->at, &day));
            TRY(print_format(STR_FMT "  erased on " STR_FMT " by " STR_FMT "\n",
                             STR_ARG(person->id), STR_ARG(day), STR_ARG(person->by)));
        } else {
            TRY(print_format(STR_FMT "  %-11.*s %-8.*s  " STR_FMT "\n", STR_ARG(person->id),
                             STR_ARG(person->role), STR_ARG(person->status),
                             STR_ARG(person->pseudonym)));
        }
    }
    if (site->run->json) return print_text(STR("]\n"));
    return people.count > 0 ? OK : print_text(STR("The ledger holds nobody yet.\n"));
}

static err print_consent(struct site *site, const struct gate_consent *consent) {
    struct arena *a = site->run->a;
    str from;
    str until;
    str withdrawn = STR("");
    TRY(day_text(a, consent->from, &from));
    TRY(day_text(a, consent->until, &until));
    if (consent->withdrawn != 0) TRY(day_text(a, consent->withdrawn, &withdrawn));
    TRY(print_format(
        STR_FMT "  of " STR_FMT ", given by " STR_FMT ", " STR_FMT " to " STR_FMT "%s" STR_FMT "\n",
        STR_ARG(consent->id), STR_ARG(consent->person), STR_ARG(consent->given_by), STR_ARG(from),
        STR_ARG(until), withdrawn.len > 0 ? ", WITHDRAWN " : "", STR_ARG(withdrawn)));
    for (size_t i = 0; i < consent->scope_count; i++) {
        const struct gate_scope *scope = &consent->scopes[i];
        str shows;
        TRY(words_of_shows(a, scope->shows, &shows));
        TRY(print_format("    " STR_FMT " on " STR_FMT " in " STR_FMT ": shows " STR_FMT "\n",
                         STR_ARG(scope->material), STR_ARG(scope->road), STR_ARG(scope->language),
                         STR_ARG(shows)));
    }
    return OK;
}

/* What the ledger holds of one person, but for the names. */
static err show_person(struct site *site, str who) {
    struct gate_nothing nothing = {0};
    struct gate_people people;
    TRY(site_ask(site, GATE_PERSON_LIST, &nothing, &people));
    for (size_t i = 0; i < people.count; i++) {
        const struct gate_person *one = &people.people[i];
        struct gate_id of = {.id = one->id};
        struct gate_consents consents;
        str day;
        if (!str_eq(one->id, who) && !str_eq(one->pseudonym, who)) continue;
        TRY(day_text(site->run->a, one->at, &day));
        TRY(print_format(STR_FMT "  " STR_FMT ": " STR_FMT ", " STR_FMT "; entered " STR_FMT
                                 " by " STR_FMT "\n",
                         STR_ARG(one->id), STR_ARG(one->pseudonym), STR_ARG(one->role),
                         STR_ARG(one->status), STR_ARG(day), STR_ARG(one->by)));
        for (size_t j = 0; j < one->link_count; j++)
            TRY(print_format("  at risk together with " STR_FMT "\n", STR_ARG(one->links[j].text)));
        TRY(site_ask(site, GATE_CONSENT_LIST, &of, &consents));
        for (size_t j = 0; j < consents.count; j++) TRY(print_consent(site, &consents.consents[j]));
        return OK;
    }
    FAIL(ERR_NOT_FOUND, "nobody is known as " STR_FMT, STR_ARG(who));
}

/* The gate itself writes the names, where our standard output goes: they are never in here. */
static err reveal_person(struct site *site, str who) {
    CLEANUP(fd_close) int passphrase = -1;
    const struct gate_reveal wish = {.person = who,
                                     .officer = option_text(site->run->arguments, "as"),
                                     .reason = option_text(site->run->arguments, "reason")};
    struct gate_id pseudonym;
    TRY(need(site->run, "reason"));
    if (site->run->json) return misused(site->run, "a real name is shown, and not as JSON");
    TRY(site_gate_unproven(site));
    if (site->stays) TRY(site_gate_passphrase(site, &passphrase));
    const int files[] = {STDOUT_FILENO, passphrase};
    const struct gate_request request = {
        .call = GATE_REVEAL, .body = &wish, .files = files, .file_count = site->stays ? 2 : 1};
    TRY(site_ask_with(site, &request, &pseudonym));
    fprintf(stderr, "The ledger has it that this was shown: " STR_FMT ", and why.\n",
            STR_ARG(pseudonym.id));
    return OK;
}

/* "add" or "list", for the three commands of this file. */
static err with_site(struct run *run, err (*add)(struct site *site),
                     err (*list)(struct site *site)) {
    CLEANUP(site_close) struct site site = SITE_CLOSED;
    str what = str_of(run->arguments->operands[0]);
    bool adds = str_eq(what, STR("add"));
    if (!adds && (list == NULL || !str_eq(what, STR("list")))) {
        return misused(run, "'" STR_FMT "' is not one of: %s", STR_ARG(what),
                       list == NULL ? "add" : "add, list");
    }
    TRY(site_open(run, &site));
    TRY(site_archive(&site, true));
    return adds ? add(&site) : list(&site);
}

static err erase_person(struct run *run, int *ret_exit) {
    CLEANUP(site_close) struct site site = SITE_CLOSED;
    if (run->arguments->operand_count < 2) return misused(run, "whom? hanji people erase PERSON");
    TRY(site_open(run, &site));
    TRY(site_archive(&site, false));
    return erasing_run(&site, str_of(run->arguments->operands[1]), ret_exit);
}

static err run_people(struct run *run, int *ret_exit) {
    CLEANUP(site_close) struct site site = SITE_CLOSED;
    str what = str_of(run->arguments->operands[0]);
    bool shows = str_eq(what, STR("show"));
    bool names_one = run->arguments->operand_count == 2;
    if (str_eq(what, STR("erase"))) return erase_person(run, ret_exit);
    if (!shows && !str_eq(what, STR("reveal"))) {
        if (names_one) return misused(run, "'%s' is too much", run->arguments->operands[1]);
        return with_site(run, add_person, list_people);
    }
    if (!names_one) return misused(run, "name a person, by id or pseudonym");
    TRY(site_open(run, &site));
    str who = str_of(run->arguments->operands[1]);
    return shows ? show_person(&site, who) : reveal_person(&site, who);
}

const struct command command_people = {
    .name = "people",
    .operands = "add|list|show|reveal|erase [PERSON]",
    .summary = "enter a protected person into the ledger, list and show pseudonyms, or erase one",
    .details =
        "hanji people add --pseudonym 'Haneul' --status free --by 'A. Officer'\n"
        "The real name is not typed here: give --names-file /dev/tty, and the gate asks for it,\n"
        "seals it, and no other process has it. A line is a name, or begins with what it is:\n"
        "'alias:', 'phone:', 'document:', 'address:'. From then on nothing that holds one of "
        "them,\n"
        "in any spelling the gate knows, is cleared or sealed. 'decoy:' is a name of nobody: "
        "whoever\n"
        "has a text with it examined leaves an alarm (hanji status --as NAME).\n"
        "hanji people reveal Haneul --reason 'her lawyer asks' --as 'A. Officer'\n"
        "asks for that officer's passphrase, enters in the ledger who was shown whose name and "
        "why,\n"
        "and shows the real name on the terminal; it is written to no file."
        "hanji people erase Haneul --by 'A. Officer' --reason 'the person asked for it'\n"
        "calls back all the person was in, and destroys what the ledger knows of the person.",
    .options = people_options,
    .option_count = COUNT_OF(people_options),
    .operands_min = 1,
    .operands_max = 2,
    .run = run_people,
};

/* ---- consent -------------------------------------------------------------------------------- */

static const struct option consent_options[] = {
    {"person", OPTION_TEXT, "PERSON", "id or pseudonym"},
    {"for", OPTION_LIST, "USE", "'MATERIAL ROAD LANGUAGE SHOWS', as '12/* web ko alias,place'"},
    {"given-by", OPTION_TEXT, "WHO", "self, guardian or 'next of kin'"},
    {"informed", OPTION_TEXT, "WORDS", "what was explained, read back; time to think; no pressure"},
    {"language-used", OPTION_TEXT, "TAG", "the language it was explained in"},
    {"interpreter", OPTION_TEXT, "PERSON", "pseudonym of the interpreter"},
    {"from", OPTION_TEXT, "DATE", "valid from (now)"},
    {"until", OPTION_TEXT, "DATE", "valid until (24 months on)"},
    {"embargo", OPTION_TEXT, "DATE", "not to be used before"},
    {"evidence", OPTION_TEXT, "WORDS", "where the proof lies: a sealed reference, never a scan"},
    {"taken-by", OPTION_TEXT, "NAME", "who took the consent"},
    {"witness", OPTION_TEXT, "NAME", "who was there"},
    {"ending-within", OPTION_TEXT, "DAYS", "list only what ends in so many days, or has ended"},
    {"language", OPTION_TEXT, "TAG", "of the form and the questions: en or ko"},
};

static str take_word(str *text) {
    str word;
    *text = str_trim(*text);
    str_cut(*text, ' ', &word, text);
    return word;
}

/* A use as --for takes it; a story may be named by its slug. */
static err read_use(struct site *site, str text, struct gate_scope *ret_scope) {
    str rest = text;
    str material = take_word(&rest);
    *ret_scope = (struct gate_scope){
        .material = material, .road = take_word(&rest), .language = take_word(&rest)};
    if (ret_scope->language.len == 0) {
        return misused(site->run,
                       "--for '" STR_FMT "': it names a material, a road, a language, and what "
                       "is shown, as '12/* web ko alias,place'",
                       STR_ARG(text));
    }
    bool is_pattern = str_ends(material, STR("*"));
    int64_t version = 0;
    if (!is_pattern) TRY(words_item(site, material, &ret_scope->material, &version));
    return words_shows(str_trim(rest), &ret_scope->shows);
}

static err add_consent(struct site *site) {
    const struct arguments *arguments = site->run->arguments;
    struct gate_scope scopes[VALUES_MAX];
    struct gate_consent consent = {.person = option_text(arguments, "person"),
                                   .given_by = option_text(arguments, "given-by"),
                                   .informed = option_text(arguments, "informed"),
                                   .language_used = option_text(arguments, "language-used"),
                                   .interpreter = option_text(arguments, "interpreter"),
                                   .form = STR("1"),
                                   .evidence = option_text(arguments, "evidence"),
                                   .taken_by = option_text(arguments, "taken-by"),
                                   .witness = option_text(arguments, "witness"),
                                   .scopes = scopes};
    struct gate_id id;
    size_t at = 0;
    str use;
    TRY(need(site->run, "person"));
    TRY(need(site->run, "for"));
    TRY(words_date(option_text(arguments, "from"), 0, &consent.from));
    TRY(words_date(option_text(arguments, "until"), 0, &consent.until));
    TRY(words_date(option_text(arguments, "embargo"), 0, &consent.embargo));
    while (option_each(arguments, "for", &at, &use)) {
        TRY(read_use(site, use, &scopes[consent.scope_count++]));
    }
    TRY(site_ask(site, GATE_CONSENT_ADD, &consent, &id));
    if (site->run->json) return print_format("{\"consent\": \"" STR_FMT "\"}\n", STR_ARG(id.id));
    return print_format(STR_FMT "\n", STR_ARG(id.id));
}

static err print_consent_json(struct site *site, const struct gate_consent *consent,
                              bool is_first) {
    TRY(print_json_pair(site->run, is_first ? "{\"id\": " : ",\n {\"id\": ", consent->id));
    TRY(print_json_pair(site->run, ", \"person\": ", consent->person));
    TRY(print_json_pair(site->run, ", \"given_by\": ", consent->given_by));
    TRY(print_format(", \"from\": %lld, \"until\": %lld, \"withdrawn\": %lld, \"uses\": [",
                     (long long)consent->from, (long long)consent->until,
                     (long long)consent->withdrawn));
    for (size_t i = 0; i < consent->scope_count; i++) {
        const struct gate_scope *scope = &consent->scopes[i];
        str shows;
        TRY(words_of_shows(site->run->a, scope->shows, &shows));
        TRY(print_json_pair(site->run,
                            i == 0 ? "{\"material\": " : ", {\"material\": ", scope->material));
        TRY(print_json_pair(site->run, ", \"road\": ", scope->road));
        TRY(print_json_pair(site->run, ", \"language\": ", scope->language));
        TRY(print_json_pair(site->run, ", \"shows\": ", shows));
        TRY(print_text(STR("}")));
    }
    return print_text(STR("]}"));
}

/* Keeps those that end before the time, the first to end first. What was withdrawn has ended, and
 * is not to be asked for again. */
static int by_end(const void *one, const void *other) {
    const struct gate_consent *a = one;
    const struct gate_consent *b = other;
    return (a->until > b->until) - (a->until < b->until);
}
static void keep_ending(struct gate_consents *consents, int64_t before) {
    size_t count = 0;
    for (size_t i = 0; i < consents->count; i++) {
        const struct gate_consent *one = &consents->consents[i];
        if (one->withdrawn == 0 && one->until < before) consents->consents[count++] = *one;
    }
    consents->count = count;
    sort_things(consents->consents, count, sizeof *consents->consents, by_end);
}

static err list_consents(struct site *site) {
    struct gate_id of = {.id = option_text(site->run->arguments, "person")};
    str days = option_text(site->run->arguments, "ending-within");
    struct gate_consents consents;
    uint64_t within = 0;
    if (days.len > 0 && (!str_to_u64(days, &within) || within > ENDING_DAYS_MAX)) {
        return misused(site->run, "--ending-within is a number of days, as 60");
    }
    TRY(site_ask(site, GATE_CONSENT_LIST, &of, &consents));
    int64_t now = site->run->sys->now_seconds(site->run->sys->ctx);
    if (days.len > 0) keep_ending(&consents, now + (int64_t)within * 86400);
    if (site->run->json) TRY(print_text(STR("[")));
    for (size_t i = 0; i < consents.count; i++) {
        TRY(site->run->json ? print_consent_json(site, &consents.consents[i], i == 0)
                            : print_consent(site, &consents.consents[i]));
    }
    if (site->run->json) return print_text(STR("]\n"));
    if (consents.count > 0) return OK;
    return print_text(days.len > 0 ? STR("No consent ends so soon.\n")
                                   : STR("No consent has been entered yet.\n"));
}

static err run_consent(struct run *run, int *ret_exit) {
    str what = str_of(run->arguments->operands[0]);
    (void)ret_exit;
    if (str_eq(what, STR("form"))) return consent_form_print(run);
    if (str_eq(what, STR("questions"))) return consent_questions_print(run);
    return with_site(run, add_consent, list_consents);
}

const struct command command_consent = {
    .name = "consent",
    .operands = "add|list|form|questions",
    .summary = "enter what a person agreed to, list it, or print the form to ask by",
    .details =
        "hanji consent add --person Haneul --for '12/* web ko alias,place' \\\n"
        "    --informed 'Read aloud; two weeks to think' --taken-by 'A. Officer'\n"
        "A use names the material (12/en, 12/* for every language, m7 for a picture, * for any),\n"
        "the road (web), the language, and what is shown: name, alias, face, voice, place, age,\n"
        "unit, family. What is not named stays hidden.\n"
        "hanji consent form --language ko > form.html\n"
        "prints the questions as a page for paper, without a name on it; 'questions' as text.",
    .options = consent_options,
    .option_count = COUNT_OF(consent_options),
    .operands_min = 1,
    .operands_max = 1,
    .run = run_consent,
};

/* ---- risk ----------------------------------------------------------------------------------- */

static const struct option risk_options[] = {
    {"person", OPTION_TEXT, "PERSON", "id or pseudonym"},
    {"remaining", OPTION_TEXT, "WORDS", "the risk that remains"},
    {"by", OPTION_TEXT, "NAME", "who assessed it"},
    {"second", OPTION_TEXT, "NAME", "the second person who read it"},
    {"date", OPTION_TEXT, "DATE", "when (now)"},
};

static err add_risk(struct site *site) {
    const struct arguments *arguments = site->run->arguments;
    struct gate_risk risk = {.person = option_text(arguments, "person"),
                             .author = option_text(arguments, "by"),
                             .remaining = option_text(arguments, "remaining"),
                             .second = option_text(arguments, "second")};
    struct gate_nothing nothing;
    TRY(need(site->run, "person"));
    TRY(words_date(option_text(arguments, "date"), 0, &risk.date));
    TRY(site_ask(site, GATE_RISK_ADD, &risk, &nothing));
    return site->run->json ? print_text(STR("{\"risk\": true}\n"))
                           : print_text(STR("The risk assessment is in the ledger.\n"));
}

static err run_risk(struct run *run, int *ret_exit) {
    (void)ret_exit;
    return with_site(run, add_risk, NULL);
}

const struct command command_risk = {
    .name = "risk",
    .operands = "add",
    .summary = "enter a dated risk assessment for a person",
    .details = "Without one that is younger than twelve months, no consent counts.",
    .options = risk_options,
    .option_count = COUNT_OF(risk_options),
    .operands_min = 1,
    .operands_max = 1,
    .run = run_risk,
};
