/* rule_book.c: see rule_book.h. The numbers of the rules are the specification's. */
#include "wire/rule_book.h"

#include <assert.h>

static const struct rule_row ROWS[] = {
    [RULE_R00] = {"R00",
                  RULE_NO_ANSWER,
                  RULE_NO_ANSWER,
                  {{"nobody has stated who appears in it as it is now",
                    "look at it, then state who appears (hanji appears); after an edit read it "
                    "again and state it again"},
                   {"지금 이 내용에 누가 나오는지 아무도 밝히지 않았습니다",
                    "내용을 직접 살펴본 뒤 누가 나오는지 밝힙니다(hanji appears). 글을 고쳤다면 "
                    "다시 읽고 다시 밝힙니다"}}},
    [RULE_R01] = {"R01",
                  RULE_NO_ANSWER,
                  RULE_NO_ANSWER,
                  {{"a subject has not agreed to this use",
                    "ask the person and enter the answer (hanji consent add), or show less of the "
                    "person"},
                   {"당사자가 이렇게 공개하는 데 동의하지 않았습니다",
                    "본인에게 묻고 그 답을 기록합니다(hanji consent add). 또는 그 사람을 덜 "
                    "드러냅니다"}}},
    [RULE_R02] =
        {"R02",
         RULE_NO_ANSWER,
         RULE_NO_ANSWER,
         {{"a consent was withdrawn, has ended or is under embargo, or the risk was not "
           "assessed within a year",
           "ask the protection officer whether the person may be asked again; assess the "
           "risk with a second person (hanji risk add)"},
          {"동의가 철회되었거나, 기간이 끝났거나, 아직 공개할 때가 아닙니다. 또는 위험 "
           "평가를 한 지 1년이 넘었습니다",
           "본인에게 다시 물어도 되는지 보호 담당자와 먼저 상의합니다. 위험 평가는 다른 한 "
           "사람과 함께 합니다(hanji risk add)"}}},
    [RULE_R03] = {"R03",
                  RULE_NO_ANSWER,
                  RULE_NO_ANSWER,
                  {{"a captive, or somebody at risk through one, would be shown",
                    "hide the person: a captive's consent is not free"},
                   {"갇혀 있는 사람이나 그 때문에 위험해질 사람이 드러납니다",
                    "그 사람을 드러내지 않습니다. 갇혀 있는 사람의 동의는 자유로운 동의가 "
                    "아닙니다"}}},
    [RULE_R04] =
        {"R04",
         RULE_NO_ANSWER,
         RULE_NO_ANSWER,
         {{"a child without its guardian",
           "ask the guardian and enter it (hanji consent add --given-by guardian), or "
           "take the child out"},
          {"보호자가 동의하지 않은 아동이 나옵니다",
           "보호자에게 묻고 기록합니다(hanji consent add --given-by guardian). 또는 아동이 "
           "나오는 부분을 뺍니다"}}},
    [RULE_R05] = {"R05",
                  RULE_TWO_PEOPLE,
                  RULE_TWO_PEOPLE,
                  {{"a protected name, number or address stands in a text",
                    "take it out. If the person agreed to be named, state so (hanji appears); else "
                    "two people may answer for it (hanji override)"},
                   {"보호해야 할 이름이나 번호, 주소가 글에 들어 있습니다",
                    "그 부분을 뺍니다. 본인이 이름을 밝히는 데 동의했다면 그렇게 밝히고(hanji "
                    "appears), 아니라면 두 사람이 책임지고 예외로 둘 수 있습니다(hanji "
                    "override)"}}},
    [RULE_R06] = {"R06",
                  RULE_ONE_PERSON,
                  RULE_ONE_PERSON,
                  {{"this may be a protected name",
                    "change it, or answer why it is nobody protected (hanji override)"},
                   {"보호해야 할 이름일 수 있습니다",
                    "고치거나, 보호 대상이 아닌 까닭을 적습니다(hanji override)"}}},
    [RULE_R07] = {"R07",
                  RULE_TWO_PEOPLE,
                  RULE_ONE_PERSON,
                  {{"a protected name stands in a title, a slug, an alt text or an address",
                    "change it there; or those who may answer say why it may stay (hanji "
                    "override)"},
                   {"제목, 웹 주소, 대체 텍스트처럼 본문 밖의 자리에 보호해야 할 이름이 있습니다",
                    "그 자리를 고칩니다. 또는 책임질 수 있는 사람이 그대로 두는 까닭을 "
                    "적습니다(hanji override)"}}},
    [RULE_R08] = {"R08",
                  RULE_NO_ANSWER,
                  RULE_NO_ANSWER,
                  {{"a picture holds more than pixels",
                    "import the picture again: it is drawn anew from its pixels"},
                   {"사진이나 그림에 화면에 보이는 것 말고 다른 것이 들어 있습니다",
                    "그 그림을 다시 가져옵니다. 그러면 보이는 것만으로 새로 그려집니다"}}},
    [RULE_R12] = {"R12",
                  RULE_NO_ANSWER,
                  RULE_NO_ANSWER,
                  {{"a PDF says what its pages do not show",
                    "have it made anew from what its pages show (hanji scrub)"},
                   {"PDF에 화면에 보이지 않는 내용이 들어 있습니다",
                    "보이는 내용만으로 PDF를 새로 만듭니다(hanji scrub)"}}},
    [RULE_R18] = {"R18",
                  RULE_ONE_PERSON,
                  RULE_ONE_PERSON,
                  {{"a link leads to a drive, a draft or a private place",
                    "link to what is public, or answer why it may stay (hanji override)"},
                   {"링크가 드라이브나 초안, 또는 공개되지 않은 곳으로 이어집니다",
                    "공개된 곳으로 링크를 바꾸거나, 그대로 두는 까닭을 적습니다(hanji override)"}}},
    [RULE_R20] = {"R20",
                  RULE_ONE_PERSON,
                  RULE_ONE_PERSON,
                  {{"a text holds characters that nobody sees, or a word of two scripts",
                    "write the word anew, or answer why it may stay (hanji override)"},
                   {"눈에 보이지 않는 글자나, 모양이 닮은 다른 문자가 섞인 낱말이 있습니다",
                    "그 낱말을 다시 쳐 넣거나, 그대로 두는 까닭을 적습니다(hanji override)"}}},
    [RULE_R24] = {"R24",
                  RULE_NO_ANSWER,
                  RULE_NO_ANSWER,
                  {{"it could not be read: what is not read is not published",
                    "give it in a form that can be read, or leave it out"},
                   {"읽을 수 없었습니다. 읽지 못한 것은 내보내지 않습니다",
                    "읽을 수 있는 형식으로 바꾸거나 뺍니다"}}},
    [RULE_R25] = {"R25",
                  RULE_NO_ANSWER,
                  RULE_NO_ANSWER,
                  {{"a finished page is not as it must be, or names somebody protected",
                    "take out what is named and clear it again, then press (hanji press)"},
                   {"완성된 페이지가 올바르지 않거나, 보호해야 할 사람의 이름이 들어 있습니다",
                    "알려 준 부분을 고쳐 다시 통과시킨 다음 페이지를 다시 만듭니다(hanji press)"}}},
    [RULE_R26] = {"R26",
                  RULE_NO_ANSWER,
                  RULE_NO_ANSWER,
                  {{"what leaves is not what passed",
                    "clear it again (hanji clear), then press (hanji press)"},
                   {"나가려는 것이 통과한 것과 다릅니다",
                    "다시 통과시킨 다음(hanji clear) 페이지를 다시 만듭니다(hanji press)"}}},
};
_Static_assert(COUNT_OF(ROWS) == RULE_COUNT, "a row for each rule");

const struct rule_row *rule_row_of(enum rule rule) {
    assert(rule < RULE_COUNT);
    return &ROWS[rule];
}

enum rule rule_of_id(str id) {
    enum rule rule = RULE_R00;
    while (rule < RULE_COUNT && !str_eq(id, str_of(ROWS[rule].id))) rule++;
    return rule;
}

bool rule_language_of(str tag, enum rule_language *ret_language) {
    str primary = str_slice(tag, 0, str_find_byte(tag, '-'));
    if (str_eq_nocase(primary, STR("en"))) {
        *ret_language = RULE_ENGLISH;
    } else if (str_eq_nocase(primary, STR("ko"))) {
        *ret_language = RULE_KOREAN;
    } else {
        return false;
    }
    return true;
}

const char *rule_answer_words(const struct rule_row *row, enum rule_language language) {
    static const char *const words[][RULE_LANGUAGE_COUNT] = {
        [RULE_NO_ANSWER] = {"nobody", "없음"},
        [RULE_ONE_PERSON] = {"one person", "한 사람"},
        [RULE_TWO_PEOPLE] = {"two people", "두 사람"},
    };
    static const char *const by_severity[RULE_LANGUAGE_COUNT] = {
        "two people for what blocks, one person for what warns",
        "막은 것은 두 사람, 경고한 것은 한 사람"};
    if (row->sure == row->vague) return words[row->sure][language];
    assert(row->sure == RULE_TWO_PEOPLE && row->vague == RULE_ONE_PERSON); /* no other pair yet */
    return by_severity[language];
}

/* ---- What no rule sees ----------------------------------------------------------------------- */

static const char *const CANNOT_SEE[RULE_CANNOT_SEE_COUNT][RULE_LANGUAGE_COUNT] = {
    {"The gate looks for the names on its list; a name that nobody entered passes.",
     "관문은 명단에 있는 이름만 찾습니다. 명단에 없는 이름은 그대로 나갑니다."},
    {"It cannot tell what the story itself gives away: a rare event, a way of speaking, a scar, "
     "the "
     "view from a window.",
     "이야기 자체가 알려 주는 것은 알아보지 못합니다. 드문 사건, 말투, 흉터, 창밖 풍경 같은 "
     "것입니다."},
    {"It does not look at pictures as people do: it sees no face, no sign, no uniform, no word in "
     "them.",
     "사진을 사람처럼 들여다보지 못합니다. 사진 속 얼굴과 간판, 제복, 글자를 보지 못합니다."},
    {"It does not know what others have published, and what can be put together from it.",
     "다른 곳에 이미 공개된 것과, 그것과 맞춰 보면 무엇이 드러나는지를 알지 못합니다."},
    {"It cannot call back a copy that somebody has made.",
     "누군가 이미 복사해 간 것은 되돌리지 못합니다."},
    {"It warns; a person who knows the case decides.",
     "관문은 알려 줄 뿐이고, 결정은 사정을 아는 사람이 합니다."},
};

const char *rule_cannot_see(enum rule_language language, size_t at) {
    assert(at < COUNT_OF(CANNOT_SEE));
    return CANNOT_SEE[at][language];
}
