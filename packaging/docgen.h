/* docgen: facts of the documents, printed from the tables the program runs on.
 *
 * Each printer appends Markdown (one block of a document) or a whole file. Texts of the tables go in as they are; what
 * the target would misread is escaped by cell() and the man page's own printer. */
#ifndef ORDERDECK_PACKAGING_DOCGEN_H
#define ORDERDECK_PACKAGING_DOCGEN_H

#include "shared/buf.h"

#include <stdbool.h>

/* Appends text as the content of a Markdown table's cell. */
void cell(struct buf *out, const char *text);
/* Appends `text` as code in a cell; nothing when it is empty. */
void cell_code(struct buf *out, const char *text);

/* blocks, docgen_service.c */
void print_settings(struct buf *out);
void print_statuses(struct buf *out);
void print_priorities(struct buf *out);
void print_commands(struct buf *out);
void print_life(struct buf *out);
void print_order(struct buf *out);
void print_routes(struct buf *out);
void print_parameters(struct buf *out);
void print_problems(struct buf *out);
void print_events(struct buf *out);
void print_metrics(struct buf *out);
/* blocks, docgen_examples.c */
void print_examples(struct buf *out);
/* blocks, docgen_console.c */
void print_keys(struct buf *out);
void print_views(struct buf *out);

/* whole files, docgen_man.c */
void print_man(struct buf *out);
/* Calls fn for every action of the console with its keys (docgen_console.c). */
void each_action(void (*fn)(void *ctx, const char *keys, const char *name, const char *where,
                            const char *sentence),
                 void *ctx);

#endif
