#include "tui/place.h"

#include <stdio.h>
#include <string.h>

static void raise_position(struct place *now, const struct place *when_asked, int64_t position)
{
    if (when_asked->log == now->log && position > now->position)
        now->position = position;
}

static void take_name(struct place *now, const char *name)
{
    snprintf(now->name, sizeof now->name, "%s", name);
}

/* One that is not known, or not told, is no other. */
static bool other_name(const struct place *now, const char *name)
{
    return now->name[0] != '\0' && name[0] != '\0' && strcmp(now->name, name) != 0;
}

static void change_log(struct place *now, int64_t position)
{
    now->position = position;
    now->log++;
}

bool place_answered(struct place *now, const struct place *when_asked, bool live, int64_t position,
                    const char *name)
{
    if (when_asked->log != now->log)
        return false;
    if (other_name(now, name) || (!live && position < when_asked->position)) {
        change_log(now, position);
        take_name(now, name);
        return true;
    }
    if (name[0] != '\0')
        take_name(now, name);
    raise_position(now, when_asked, position);
    return false;
}

void place_stream_opened(struct place *now, struct place *asked, int64_t position, const char *name)
{
    if (other_name(now, name)) {
        change_log(now, position);
        take_name(now, name);
        *asked = *now;
    } else if (name[0] != '\0') {
        take_name(now, name);
        if (asked->log != now->log) /* an answer has told of it before */
            *asked = (struct place){.log = now->log};
    }
}

void place_stream_told(struct place *now, struct place *asked, int64_t position)
{
    if (position < asked->position) {
        change_log(now, position);
        *asked = *now;
    }
    raise_position(now, asked, position);
}
