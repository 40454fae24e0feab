/* The words on the command line that need no service in this process. Each returns the exit status, and has said on
 * standard error why when that is not 0. */
#ifndef ORDERDECK_TUI_VERBS_H
#define ORDERDECK_TUI_VERBS_H

#include "shared/conf.h"

/* orderdeck key NAME ROLE: makes a key, shows it once, and says (or stores) the line that lets the service know it. */
int verb_key(const struct conf *c);
/* orderdeck attach URL: the console against a service in another process. Call before other threads start. */
int verb_attach(const struct conf *c);

#endif
