/* Roles and grounds as enums; from role.def. */
#ifndef ORDERDECK_TUI_ROLE_H
#define ORDERDECK_TUI_ROLE_H

enum role {
#define ROLE(id, name, look, sentence) ROLE_##id,
#include "tui/role.def"
#undef ROLE
    ROLE_COUNT
};

enum ground {
#define GROUND(id, name, look, sentence) GROUND_##id,
#include "tui/role.def"
#undef GROUND
    GROUND_COUNT
};

#endif
