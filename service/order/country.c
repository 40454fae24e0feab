/* ISO 3166-1 (249 assigned codes, 2024) and the forms of postal codes, as the postal unions of the
 * countries publish them. A country without a row has no known form and takes any. */
#include "service/order/country.h"

#include <string.h>

#define N(table) (sizeof(table) / sizeof *(table))

/* clang-format off */
/* second letters by the first */
static const char *const codes[26] = {
    ['A' - 'A'] = "DEFGILMOQRSTUWXZ",       ['B' - 'A'] = "ABDEFGHIJLMNOQRSTVWYZ", ['C' - 'A'] = "ACDFGHIKLMNORUVWXYZ",
    ['D' - 'A'] = "EJKMOZ",                 ['E' - 'A'] = "CEGHRST",               ['F' - 'A'] = "IJKMOR",
    ['G' - 'A'] = "ABDEFGHILMNPQRSTUWY",    ['H' - 'A'] = "KMNRTU",                ['I' - 'A'] = "DELMNOQRST",
    ['J' - 'A'] = "EMOP",                   ['K' - 'A'] = "EGHIMNPRWYZ",           ['L' - 'A'] = "ABCIKRSTUVY",
    ['M' - 'A'] = "ACDEFGHKLMNOPQRSTUVWXYZ", ['N' - 'A'] = "ACEFGILOPRUZ",         ['O' - 'A'] = "M",
    ['P' - 'A'] = "AEFGHKLMNRSTWY",         ['Q' - 'A'] = "A",                     ['R' - 'A'] = "EOSUW",
    ['S' - 'A'] = "ABCDEGHIJKLMNORSTVXYZ",  ['T' - 'A'] = "CDFGHJKLMNORTVWZ",      ['U' - 'A'] = "AGMSYZ",
    ['V' - 'A'] = "ACEGINU",                ['W' - 'A'] = "FS",                    ['Y' - 'A'] = "ET",
    ['Z' - 'A'] = "AMW",
};

/* d a digit, a a letter, x either; `?` makes the character before it optional, `|` separates forms; all
 * else stands for itself. Small letters pass for capitals. */
static const struct {
    char country[3];
    const char *form;
    const char *example;
} forms[] = {
    {"AD", "ADddd",                  "AD500"},
    {"AL", "dddd",                   "1001"},
    {"AM", "dddd",                   "0010"},
    {"AR", "dddd|addddaaa",          "C1425CLA"},
    {"AT", "dddd",                   "1010"},
    {"AU", "dddd",                   "2000"},
    {"AX", "22ddd",                  "22100"},
    {"AZ", "dddd|AZ ?dddd",          "AZ 1000"},
    {"BA", "ddddd",                  "71000"},
    {"BD", "dddd",                   "1000"},
    {"BE", "dddd",                   "1000"},
    {"BG", "dddd",                   "1000"},
    {"BN", "aa ?dddd",               "BS8811"},
    {"BR", "ddddd-?ddd",             "01310-100"},
    {"BY", "dddddd",                 "220030"},
    {"CA", "ada ?dad",               "K1A 0B1"},
    {"CH", "dddd",                   "8001"},
    {"CL", "ddd-?dddd",              "8320000"},
    {"CN", "dddddd",                 "100000"},
    {"CO", "dddddd",                 "110111"},
    {"CR", "ddddd",                  "10101"},
    {"CU", "ddddd",                  "10400"},
    {"CY", "dddd",                   "1010"},
    {"CZ", "ddd ?dd",                "110 00"},
    {"DE", "ddddd",                  "10115"},
    {"DK", "dddd",                   "1050"},
    {"DO", "ddddd",                  "10101"},
    {"DZ", "ddddd",                  "16000"},
    {"EC", "dddddd",                 "170150"},
    {"EE", "ddddd",                  "10111"},
    {"EG", "ddddd",                  "11511"},
    {"ES", "ddddd",                  "28001"},
    {"FI", "ddddd",                  "00100"},
    {"FO", "ddd",                    "100"},
    {"FR", "dd ?ddd",                "75001"},
    {"GB", "ad ?daa|add ?daa|aad ?daa|aadd ?daa|ada ?daa|aada ?daa", "SW1A 1AA"},
    {"GE", "dddd",                   "0105"},
    {"GF", "973dd",                  "97300"},
    {"GG", "GYd ?daa|GYdd ?daa",     "GY1 1AA"},
    {"GL", "39dd",                   "3900"},
    {"GP", "971dd",                  "97100"},
    {"GR", "ddd ?dd",                "105 57"},
    {"GT", "ddddd",                  "01001"},
    {"GU", "969dd|969dd-dddd",       "96910"},
    {"HR", "ddddd",                  "10000"},
    {"HU", "dddd",                   "1011"},
    {"ID", "ddddd",                  "10110"},
    {"IE", "axx ?xxxx",              "D02 AF30"},
    {"IL", "ddddd|ddddddd",          "9414219"},
    {"IM", "IMd ?daa|IMdd ?daa",     "IM1 1AA"},
    {"IN", "ddd ?ddd",               "110001"},
    {"IS", "ddd",                    "101"},
    {"IT", "ddddd",                  "00118"},
    {"JE", "JEd ?daa|JEdd ?daa",     "JE1 1AA"},
    {"JO", "ddddd",                  "11118"},
    {"JP", "ddd-?dddd",              "100-0001"},
    {"KE", "ddddd",                  "00100"},
    {"KR", "ddddd",                  "03051"},
    {"KW", "ddddd",                  "13001"},
    {"LI", "dddd",                   "9490"},
    {"LK", "ddddd",                  "00100"},
    {"LT", "ddddd|LT-ddddd",         "LT-01100"},
    {"LU", "dddd|L-dddd",            "1009"},
    {"LV", "dddd|LV-dddd",           "LV-1010"},
    {"MA", "ddddd",                  "10000"},
    {"MC", "980dd",                  "98000"},
    {"MD", "dddd|MD-?dddd",          "MD-2001"},
    {"ME", "ddddd",                  "81000"},
    {"MK", "dddd",                   "1000"},
    {"MQ", "972dd",                  "97200"},
    {"MT", "aaa ?dddd",              "VLT 1117"},
    {"MX", "ddddd",                  "06000"},
    {"MY", "ddddd",                  "50000"},
    {"NG", "dddddd",                 "100001"},
    {"NL", "dddd ?aa",               "1012 AB"},
    {"NO", "dddd",                   "0150"},
    {"NP", "ddddd",                  "44600"},
    {"NZ", "dddd",                   "6011"},
    {"PH", "dddd",                   "1000"},
    {"PK", "ddddd",                  "44000"},
    {"PL", "dd-ddd",                 "00-001"},
    {"PR", "ddddd|ddddd-dddd",       "00901"},
    {"PT", "dddd|dddd-ddd",              "1000-001"},
    {"RE", "974dd",                  "97400"},
    {"RO", "dddddd",                 "010011"},
    {"RS", "ddddd|dddddd",           "11000"},
    {"RU", "dddddd",                 "101000"},
    {"SA", "ddddd|ddddd-dddd",       "11564"},
    {"SE", "ddd ?dd",                "111 20"},
    {"SG", "dddddd",                 "018956"},
    {"SI", "dddd|SI-dddd",           "1000"},
    {"SK", "ddd ?dd",                "811 01"},
    {"SM", "4789d",                  "47890"},
    {"TH", "ddddd",                  "10200"},
    {"TN", "dddd",                   "1000"},
    {"TR", "ddddd",                  "34000"},
    {"TW", "ddd|ddddd|dddddd",       "100"},
    {"UA", "ddddd",                  "01001"},
    {"US", "ddddd|ddddd-dddd",       "10001"},
    {"UY", "ddddd",                  "11000"},
    {"UZ", "dddddd",                 "100000"},
    {"VA", "00120",                  "00120"},
    {"VN", "ddddd|dddddd",           "10000"},
    {"ZA", "dddd",                   "2000"},
};
/* clang-format on */

bool country_known(const char *alpha2)
{
    if (alpha2[0] < 'A' || alpha2[0] > 'Z' || alpha2[1] == '\0' || alpha2[2] != '\0')
        return false;
    const char *seconds = codes[alpha2[0] - 'A'];
    return seconds && strchr(seconds, alpha2[1]) != NULL;
}

static char capital(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static bool stands_for(char pattern, char c)
{
    bool digit = c >= '0' && c <= '9';
    bool letter = capital(c) >= 'A' && capital(c) <= 'Z';
    switch (pattern) {
    case 'd': return digit;
    case 'a': return letter;
    case 'x': return digit || letter;
    default: return capital(c) == pattern;
    }
}

/* No form has an optional character of the kind that follows it, so taking it when it is there is always
 * right. */
static bool has_form(const char *code, const char *form)
{
    for (; *form && *form != '|'; form++) {
        bool optional = form[1] == '?';
        bool here = *code && stands_for(*form, *code);
        if (here)
            code++;
        else if (!optional)
            return false;
        form += optional;
    }
    return *code == '\0';
}

static const char *next_form(const char *form)
{
    const char *bar = strchr(form, '|');
    return bar ? bar + 1 : NULL;
}

bool country_has_postal_code(const char *alpha2, const char *code, const char **ret_example)
{
    for (size_t i = 0; i < N(forms); i++) {
        if (strcmp(forms[i].country, alpha2) != 0)
            continue;
        *ret_example = forms[i].example;
        for (const char *form = forms[i].form; form; form = next_form(form))
            if (has_form(code, form))
                return true;
        return false;
    }
    return true;
}
