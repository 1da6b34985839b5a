/* erasing.c: see erasing.h. */
#include "main/erasing.h"

#include "main/withdrawing.h"

static err find_person(struct site *site, str name, struct gate_person *ret_person) {
    struct gate_nothing nothing = {0};
    struct gate_people people;
    TRY(site_ask(site, GATE_PERSON_LIST, &nothing, &people));
    for (size_t i = 0; i < people.count; i++) {
        if (!str_eq(people.people[i].id, name) && !str_eq(people.people[i].pseudonym, name))
            continue;
        *ret_person = people.people[i];
        return OK;
    }
    FAIL(ERR_NOT_FOUND, "nobody is known as " STR_FMT "; 'hanji people list' shows them all",
         STR_ARG(name));
}

static err print_json(struct site *site, const struct gate_erased *erased) {
    struct buf text;
    str done;
    buf_init(&text, site->run->a, LIMIT_MESSAGE_BYTES);
    buf_printf(&text, "\"erased\": {\"person\": \"" STR_FMT "\", \"names_forgotten\": %lld, ",
               STR_ARG(erased->person), (long long)erased->names);
    buf_add(&text, STR("\"stay_called_back\": ["));
    for (size_t i = 0; i < erased->item_count; i++) {
        buf_printf(&text, "%s\"" STR_FMT "\"", i == 0 ? "" : ", ", STR_ARG(erased->items[i].text));
    }
    buf_add(&text, STR("]}}\n"));
    TRY(buf_finish(&text, &done));
    return print_text(done);
}

static err print_words(const struct gate_erased *erased) {
    TRY(print_format("Erased: " STR_FMT
                     ". The key to all that was known of this person is gone, and "
                     "the ledger was built anew without it.\n",
                     STR_ARG(erased->person)));
    for (size_t i = 0; i < erased->item_count; i++) {
        TRY(print_format("  stays called back: " STR_FMT "\n", STR_ARG(erased->items[i].text)));
    }
    TRY(print_format(
        "  names the gate has forgotten: %lld; a text that holds one is not stopped any "
        "more\n",
        (long long)erased->names));
    return print_text(
        STR("  A backup from before opens still: destroy those you can reach, then 'hanji officer "
            "rotate'.\n"));
}

/* What the person was in comes off the street first. */
static err call_back(struct site *site, const struct gate_person *person, str by, int *ret_exit) {
    const struct gate_withdraw request = {
        .person = person->id, .by = by, .how = STR("the person is erased")};
    const struct withdrawing_wish wish = {
        .request = &request,
        .is_of_person = true,
        .by = by,
        .how = request.how,
        .first_words = STR("Withdrawn. It answers 410 from the moment the new pressing is live.\n"),
    };
    if (site->run->json) TRY(print_text(STR("{\"withdrawal\": ")));
    return err_wrap(withdrawing_run(site, &wish, ret_exit), "the person is not erased yet");
}

err erasing_run(struct site *site, str name, int *ret_exit) {
    const struct arguments *arguments = site->run->arguments;
    struct gate_erase wish = {.by = option_text(arguments, "by"),
                              .reason = option_text(arguments, "reason")};
    struct gate_person person;
    struct gate_erased erased;
    if (wish.by.len == 0) return misused(site->run, "--by is missing");
    if (wish.reason.len == 0) return misused(site->run, "--reason is missing");
    TRY(find_person(site, name, &person));
    wish.person = person.id;
    bool is_erased = str_eq(person.status, STR("erased"));
    if (!is_erased) TRY(call_back(site, &person, wish.by, ret_exit));
    TRY(site_ask(site, GATE_ERASE, &wish, &erased));
    if (!site->run->json) return print_words(&erased);
    TRY(print_text(is_erased ? STR("{") : STR(", ")));
    return print_json(site, &erased);
}
