/* Case does not matter: texts compared by their simple Unicode case folding. Pure, thread-safe. */
#ifndef ORDERDECK_SHARED_FOLD_H
#define ORDERDECK_SHARED_FOLD_H

#include <stdbool.h>
#include <stdint.h>

/* What all cases of a code point have in common. One to one: the sharp s is not two s (that would be full folding), and
 * the letters i of Turkish stay apart. */
uint32_t fold_point(uint32_t code);

/* Is `text` the same as `what` but for case, or with `begins`, does it begin so? Both are valid UTF-8. */
bool fold_same(const char *text, const char *what, bool begins);

#endif
