/* What the files of the SQLite backend share. Nothing outside service/store includes it. */
#ifndef ORDERDECK_SERVICE_STORE_SQLITE_PRIVATE_H
#define ORDERDECK_SERVICE_STORE_SQLITE_PRIVATE_H

#include "service/store/sqlite.h"

#include <sqlite3.h>

/* Rows of the table `stat`: STAT_x (a, b) -> n. Kept up to date in the transaction of each change. */
enum stat_kind {
    STAT_STATUS = 1,  /* (status, priority) -> orders */
    STAT_PROMISE = 2, /* (status, minute of the promise) -> open orders */
    STAT_MINUTE = 3,  /* (minute of creation, 0) -> orders; a day is kept, see sqlite_upkeep.c */
    STAT_STAY = 4,    /* (day the stay ended * 16 + status, bucket of its length) -> stays; a week is kept */
    STAT_SECOND = 5,  /* (second of creation, 0) -> orders; only the last minutes are kept */
};

/* Changes of `stat` gathered over one batch, so that a batch of 64 creations writes a handful of rows. */
struct stat_delta {
    int64_t a, b, n;
    int kind; /* 0: free slot */
};
#define DELTA_SLOTS 4096 /* power of two; flushed early when half full */
struct deltas {
    struct stat_delta *slots;
    uint16_t *taken; /* the slots in use, `used` of them */
    size_t used;
};

/* Where the functions of a connection put an order (sqlite_row.c). */
struct order_row {
    struct order *order;
    struct arena *arena; /* gets its texts */
    bool read;           /* false: out of memory or a damaged row */
};

/* Where new orders go in the index on the customer (sqlite_segment.c). */
struct sqlite_segment {
    int64_t n;      /* its number, from 0 */
    int64_t first;  /* its first rank; 0 for the first segment */
    int64_t before; /* orders stored when it began */
    int64_t stored; /* orders stored now */
    int64_t newest; /* the largest rank stored */
    int orders;     /* a segment takes: the next begins with the next rank that is larger than all */
};

/* The write-ahead log and how it comes into the file (sqlite_checkpoint.c). Writer thread. */
struct sqlite_wal {
    int most;      /* frames with which all of it is taken over */
    int frames;    /* in it after the last commit */
    int whole_at;  /* with more frames than this a commit is followed by a checkpoint of all */
    int part_at;   /* with more than this by one of a part */
    bool grown;    /* since the last checkpoint of all */
    bool prepared; /* what follows is there, as far as it can be had */
    bool held;     /* a snapshot is held, from the last commit to the next */
    sqlite3 *db;   /* for that snapshot */
    sqlite3_stmt *hold;
    struct flusher *flusher; /* NULL: none */
};

struct sqlite_store {
    struct store base;
    char *path;
    char *vfs; /* NULL: default */
    bool read_only;
    char log[LOG_NAME_LEN + 1]; /* its name */
    _Atomic uint64_t commits;
    _Atomic int64_t position; /* newest committed event */
    /* --- writer thread --- */
    sqlite3 *db;
    struct order_row row; /* of `load` */
    sqlite3_stmt *begin, *commit, *rollback;
    sqlite3_stmt *load, *insert, *update, *update_kept, *event, *claim_find, *claim_drop, *claim_add;
    sqlite3_stmt *stat_add, *stat_drop, *claim_expire, *stat_expire;
    sqlite3_stmt *lease_find, *lease_put, *cursor_find, *cursor_put, *sent_add, *sent_look, *sent_thin;
    sqlite3_stmt *inbox_find, *inbox_add, *inbox_expire, *parked_load, *parked_add, *parked_drop,
        *parked_wait, *order_parked;
    sqlite3_stmt *wave_load, *wave_put, *note_add, *record_find, *record_add, *record_drop;
    sqlite3_stmt *dead_find, *dead_next, *dead_add, *dead_drop;
    sqlite3_stmt *segment_add, *segment_of;
    int64_t parked, dead;                        /* committed rows, for the metrics */
    int64_t parked_delta, dead_delta;            /* of the open transaction */
    int64_t next_position;                       /* last position handed out in the open transaction */
    struct sqlite_segment segment, next_segment; /* as committed, and in the open transaction */
    struct sqlite_wal wal;
    int64_t sent_thinned; /* rows of `sent` before this position have been thinned */
    struct deltas deltas;
    bool broken;
};

#define CACHED_QUERIES 8
struct cached_query {
    char *sql;
    sqlite3_stmt *stmt;
    uint64_t used;
};

/* The order that is looked for (sqlite_get.c). */
struct asked_rank {
    int64_t rank;
    bool fresh; /* not looked for yet */
    bool here;  /* it is the row that the statement is at */
};

struct sqlite_reader {
    struct store_reader base;
    struct sqlite_store *store;
    sqlite3 *db;
    bool open;        /* a read transaction is open */
    uint64_t commits; /* of the store when it was opened */
    int64_t position; /* newest event in the snapshot */
    int64_t deadline_ns;
    struct asked_rank asked;
    struct order_row row; /* of `get` and `show` */
    uint64_t tick;
    sqlite3_stmt *begin, *end, *newest, *get, *show, *stat_range, *oldest, *in_minute, *event_log,
        *event_order, *sent, *cursor, *event_time, *dead_letters, *notes, *due;
    struct cached_query queries[CACHED_QUERIES];
};

/* sqlite_cache.c: for the whole process, before the library's first use. false: SQLite's own stays. */
bool sqlite_cache_install(void);

/* sqlite_log.c: name of a VFS that does what the named one (NULL: the default) does, and writes a commit's frames to the
 * log in one piece; for the one connection that writes. Any thread. */
const char *sqlite_log_vfs(const char *name);
/* The transaction was rolled back: what still waits to be written of it is dropped. */
void sqlite_log_forget(sqlite3 *db);

/* sqlite_schema.c */
/* Changes nothing: refuses what is another program's or a newer version's, and with read_only what is older. */
bool sqlite_recognise(sqlite3 *db, bool read_only, const char *path, struct err *ret_err);
bool sqlite_migrate(sqlite3 *db, const char *path, struct err *ret_err);
/* The log's name (store.h): a backup is marked as a copy, and gets a name of its own when it is opened to write. Both
 * return an SQLite result code. */
int sqlite_mark_copy(sqlite3 *copy);
int sqlite_rename_copy(sqlite3 *db);
bool sqlite_read_name(sqlite3 *db, char ret[LOG_NAME_LEN + 1]);

/* sqlite_row.c. Who reads the last of a table's columns first has the head of a row looked through once, and not once a
 * column.
 *
 * The columns of an order, but for `parked`, the last; those that are shown, which its document does not repeat; the SQL
 * functions that read an order and what is shown of it; the columns of an event. */
#define ORDER_COLUMNS                                                                                           \
    "rank,low,version,status,priority,customer,status_since,updated_at,promised_at,total,currency,items,grams," \
    "picked,wave,tracking,carrier,reason,holds,last_faults,doc"
#define SHOWN_COLUMNS                                                                                        \
    "doc,rank,low,version,status,priority,status_since,updated_at,promised_at,picked,wave,tracking,carrier," \
    "reason,holds"
#define READ_ORDER "read_order(parked,customer,total,currency,items,grams,last_faults," SHOWN_COLUMNS ")"
#define SHOW_ORDER "show_order(" SHOWN_COLUMNS ")"
#define EVENT_COLUMNS "data,position,rank,low,version,type,time,id_hi,id_lo,actor,caller,traceparent"
/* A column's text, copied to the arena; NULL for NULL. Out of memory: NULL, and *ok is false. */
const char *row_text(sqlite3_stmt *s, int column, struct arena *a, bool *ok);
/* Makes the two functions known, once a connection: each row that a statement gives them is read into what `to` says at
 * that moment. A function's arguments cost less to look at than a row's columns. Returns an SQLite result code. */
int row_functions(sqlite3 *db, struct order_row *to);
/* Texts point into the statement: valid until its next step. */
void row_event(sqlite3_stmt *s, struct event *e);
/* Binds ORDER_COLUMNS and `parked` to parameters 1 to 22; holds_text must live until the step. */
void bind_order(sqlite3_stmt *s, const struct order *o, const char *holds_text);
void bind_event(sqlite3_stmt *s, const struct event *e);

/* sqlite_stat.c */
bool deltas_init(struct deltas *d);
void deltas_release(struct deltas *d);
void deltas_clear(struct deltas *d);
/* Notes what the plan changes. before: NULL for a creation. */
void deltas_note(struct deltas *d, const struct plan *p, const struct order *before);
/* Writes them in the open transaction; returns an SQLite result code. */
int deltas_write(struct sqlite_store *s);
bool sqlite_stats(struct store_reader *base, int64_t now, struct store_stats *ret, struct err *ret_err);

/* sqlite_follow.c: parts of a unit, in the open transaction; both return an SQLite result code. */
int follow_lease(struct sqlite_store *s, struct lease *l);
int follow_advance(struct sqlite_store *s, const struct advance *a, bool *ret_fenced);

/* sqlite_facts.c: the warehouse's facts as parts of a unit, in the open transaction; all return an SQLite result code,
 * SQLITE_DONE for success. */
int facts_repeated(struct sqlite_store *s, const struct unit *u, bool *ret_known);
int facts_claim(struct sqlite_store *s, const struct unit *u);
int facts_find_dead(struct sqlite_store *s, struct unit *u);
int facts_load(struct sqlite_store *s, struct unit *u);
/* stored_parked: how many facts wait for the order by its stored row; written: its row was written with the plan. */
int facts_write(struct sqlite_store *s, struct unit *u, int64_t stored_parked, bool written);
void facts_committed(struct sqlite_store *s);
void facts_count(struct sqlite_store *s);

/* sqlite_facts_read.c */
#define DEAD_COLUMNS \
    "d.id,d.code,d.reason,d.received_at,d.rank,d.low,d.record,r.topic,r.part,r.pos,r.time,r.key,r.value,r.headers"
/* Texts point into the statement. */
void row_dead_letter(sqlite3_stmt *s, struct dead_letter *d);
bool sqlite_dead_letters(struct store_reader *base, int64_t before, int limit, dead_letter_fn fn, void *ctx,
                         struct err *ret_err);
bool sqlite_notes(struct store_reader *base, struct ulid id, note_fn fn, void *ctx, struct err *ret_err);
bool sqlite_due(struct store_reader *base, int64_t now, size_t most, struct ulid *ret, size_t *ret_n,
                struct err *ret_err);

/* sqlite_upkeep.c */
bool sqlite_upkeep(struct store *base, int64_t now);

/* sqlite_list.c */
/* What its statements call; once a connection. Returns an SQLite result code. */
int list_functions(sqlite3 *db);
bool sqlite_list(struct store_reader *base, const struct order_query *q, struct arena *a,
                 struct order_page *ret, struct err *ret_err);
bool sqlite_count(struct store_reader *base, const struct order_query *q, int64_t cap, int64_t *ret,
                  struct err *ret_err);

/* sqlite_get.c */
/* What its statement looks at; once a connection. Returns an SQLite result code. */
int get_table(struct sqlite_reader *r);
/* The order of this rank, by a statement that joins `asked`: r->get or r->show. It is left at its row; sqlite_end ends
 * its run. */
bool get_by_rank(struct sqlite_reader *r, sqlite3_stmt *s, int64_t rank, struct arena *a, struct order *ret,
                 bool *ret_found, struct err *ret_err);
bool sqlite_get(struct store_reader *base, struct ulid id, struct arena *a, struct order *ret,
                bool *ret_found, struct err *ret_err);
bool sqlite_show(struct store_reader *base, struct ulid id, struct arena *a, struct order *ret,
                 bool *ret_found, struct err *ret_err);

/* sqlite_read.c */
struct store_reader *sqlite_reader_open(struct store *base, struct err *ret_err);
void sqlite_reader_close(struct store_reader *base);
bool sqlite_begin(struct store_reader *base, int64_t deadline_ns, int64_t *ret_position, struct err *ret_err);
void sqlite_end(struct store_reader *base);
bool sqlite_events(struct store_reader *base, const struct event_query *q, event_fn fn, void *ctx,
                   struct err *ret_err);
bool sqlite_cursor(struct store_reader *base, const char *name, int64_t *ret, struct err *ret_err);
/* The statement for this SQL text, from the reader's cache. NULL: does not prepare. */
sqlite3_stmt *reader_query(struct sqlite_reader *r, const char *sql);
/* The error for a failed step of a read. Always false. */
bool reader_failed(struct sqlite_reader *r, int rc, struct err *ret_err);

/* sqlite_segment.c */
/* At the opening. newest: the largest rank stored; orders: of a segment, 0: the default. */
bool sqlite_segment_find(struct sqlite_store *s, int64_t newest, int orders);
/* The segment of an order that is about to be inserted in the open transaction. Writer thread; returns an SQLite result
 * code, SQLITE_DONE or SQLITE_ROW when all is well. */
int sqlite_segment_place(struct sqlite_store *s, int64_t rank, int64_t *ret);

/* sqlite_flusher.c. NULL: no memory, file or thread; then asking does nothing. */
struct flusher *flusher_open(const char *path);
/* Soon, and by another thread: returns at once. */
void flusher_ask(struct flusher *f);
/* Could a page not be written? It may be gone from memory, and its old content be read. */
bool flusher_failed(const struct flusher *f);
/* As any close of the file it gives up the POSIX locks that the process has on it. NULL is fine. */
void flusher_close(struct flusher *f);

/* sqlite_checkpoint.c. Writer thread. A failure of the disk sets `broken`. */
/* Begins to count; `most`: frames with which the log is taken over, 0: the default. */
void sqlite_wal_watch(struct sqlite_store *s, int most);
/* After each commit, outside transactions: takes the log over, or a part of it, when it is time. */
bool sqlite_wal_committed(struct sqlite_store *s, struct err *ret_err);
/* Takes over all that no reader's snapshot keeps in the log. */
bool sqlite_checkpoint(struct sqlite_store *s, struct err *ret_err);
/* Closes the store's connections, the writer's last, so that it leaves no log behind; whatever was set up of them. */
void sqlite_wal_release(struct sqlite_store *s);

/* sqlite_apply.c */
bool sqlite_apply(struct store *base, struct unit *const units[], size_t n, struct err *ret_err);
bool sqlite_probe(struct store *base, struct err *ret_err);
/* Prepares `sql` on db; NULL on failure. Statements live long. */
sqlite3_stmt *sqlite_prepare(sqlite3 *db, const char *sql);

#endif
