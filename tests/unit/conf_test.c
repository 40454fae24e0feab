#include "shared/conf.h"

#include "shared/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A home of its own: its settings file, empty unless a test writes it, hides the one of the machine. */
static char home[] = "/tmp/orderdeck_conf_XXXXXX";
static char file_path[128], config_variable[128];

#define ABSENT 2 /* settings that are not in this build */

static void write_bytes(const char *text, size_t n)
{
    FILE *file = fopen(file_path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, n, file), n);
    assert_int_equal(fclose(file), 0);
}

static void write_file(const char *text)
{
    write_bytes(text, strlen(text));
}

static int make_home(void **state)
{
    (void)state;
    char folder[64];
    if (mkdtemp(home) == NULL)
        return -1;
    snprintf(folder, sizeof folder, "%s/orderdeck", home);
    snprintf(file_path, sizeof file_path, "%s/orderdeck.conf", folder);
    snprintf(config_variable, sizeof config_variable, "XDG_CONFIG_HOME=%s", home);
    return mkdir(folder, 0700);
}

static int remove_home(void **state)
{
    (void)state;
    unlink(file_path);
    file_path[strlen(home) + strlen("/orderdeck")] = '\0';
    return rmdir(file_path) | rmdir(home);
}

static struct conf conf;

static int set_up(void **state)
{
    (void)state;
    write_file("");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    conf_release(&conf);
    return 0;
}

/* Reads with one line of flags and up to two variables; words are divided by blanks. */
static bool read_conf(const char *flags, const char *variable, const char *other, struct err *e)
{
    static char words[1000];
    static char *argv[40], name[] = "orderdeck", variables[2][300];
    char *environment[] = {config_variable, variables[0], variables[1], NULL};
    int argc = 1;

    conf_release(&conf);
    snprintf(variables[0], sizeof variables[0], "%s", variable == NULL ? "X=1" : variable);
    snprintf(variables[1], sizeof variables[1], "%s", other == NULL ? "Y" : other);
    snprintf(words, sizeof words, "%s", flags);
    argv[0] = name;
    for (char *word = strtok(words, " "); word != NULL; word = strtok(NULL, " "))
        argv[argc++] = word;
    argv[argc] = NULL;
    return conf_read(&conf, argc, argv, environment, e);
}

static void expect_read(const char *flags, const char *variable)
{
    struct err e;
    if (!read_conf(flags, variable, NULL, &e))
        fail_msg("'%s' '%s': %s", flags, variable == NULL ? "" : variable, e.message);
}

static void expect_error(const char *flags, const char *variable, const char *expected)
{
    struct err e = {0};
    if (read_conf(flags, variable, NULL, &e))
        fail_msg("'%s' '%s' is read", flags, variable == NULL ? "" : variable);
    assert_string_equal(e.message, expected);
}

static void conf_read__nothing_set__defaults(void **state)
{
    (void)state;
    expect_read("", NULL);
    assert_string_equal(conf.service_name, "order-service");
    assert_string_equal(conf.listen, "127.0.0.1");
    assert_int_equal(conf.port, 8001);
    assert_string_equal(conf.database_url, "");
    assert_int_equal(conf.write_deadline, 5000);
    assert_int_equal(conf.drain_delay, 0);
    assert_false(conf.headless);
    assert_null(conf.verb);
    assert_int_equal(conf.n_args, 0);
    assert_string_equal(conf.file, file_path);
    assert_string_equal(conf.demo_ignored, "");
    assert_int_equal(conf.sources[CONF_port], CONF_DEFAULT);
}

static void conf_read__three_sources__flag_beats_environment_beats_file(void **state)
{
    (void)state;
    write_file("port = 1001\nlog_level=warn\n");
    expect_read("", NULL);
    assert_int_equal(conf.port, 1001);
    assert_int_equal(conf.sources[CONF_port], CONF_FILE);
    assert_int_equal(conf.lines[CONF_port], 1);
    expect_read("", "PORT=1002");
    assert_int_equal(conf.port, 1002);
    assert_int_equal(conf.sources[CONF_port], CONF_ENVIRONMENT);
    assert_string_equal(conf.log_level, "warn");
    expect_read("--port 1003", "PORT=1002");
    assert_int_equal(conf.port, 1003);
    assert_int_equal(conf.sources[CONF_port], CONF_FLAG);
    expect_read("--port=1004 --port=1005", "PORT=1002");
    assert_int_equal(conf.port, 1005);
    expect_read("", "PORT=");
    assert_int_equal(conf.port, 1001);
}

static void conf_read__environment_changed_later__values_stay(void **state)
{
    (void)state;
    expect_read("", "SERVICE_NAME=first");
    struct err e;
    const char *kept = conf.service_name;
    assert_string_equal(kept, "first");
    assert_true(read_conf("", "SERVICE_NAME=other", NULL, &e));
    assert_string_equal(conf.service_name, "other");
}

static void conf_read__file_forms__value_verbatim_after_trimming(void **state)
{
    (void)state;
    write_file("# comment\n\n  \t\n   service_name \t=\t  a name; with # = signs  \r\nlisten=127.0.0.2\r\n"
               "read_only = yes\ndrain_delay = 500ms\n   # indented comment\nmax_streams = 7");
    expect_read("", NULL);
    assert_string_equal(conf.service_name, "a name; with # = signs");
    assert_string_equal(conf.listen, "127.0.0.2");
    assert_true(conf.read_only);
    assert_int_equal(conf.drain_delay, 500);
    assert_int_equal(conf.max_streams, 7);
    assert_int_equal(conf.lines[CONF_max_streams], 9);
}

static void expect_file_error(const char *text, int line, const char *expected)
{
    char whole[300];
    write_file(text);
    snprintf(whole, sizeof whole, "cannot read %s:%d: %s", file_path, line, expected);
    expect_error("", NULL, whole);
}

static void conf_read__file_faults__named_with_their_line(void **state)
{
    (void)state;
    char whole[300];
    expect_file_error("\nport 8000\n", 2, "no line of the form key = value");
    expect_file_error("prot = 8000\n", 1, "there is no key 'prot'");
    expect_file_error("PORT = 8000\n", 1, "there is no key 'PORT'");
    expect_file_error(" = 8000\n", 1, "there is no key ''");
    expect_file_error("[http]\nport=1", 1, "no line of the form key = value");
    expect_file_error("port = 1\n\nport = 2\n", 3, "the key 'port' is set a second time");
    write_file("\n\nport = many\n");
    snprintf(whole, sizeof whole, "cannot use PORT 'many' (%s:3): a whole number from 0 to 65535 is needed",
             file_path);
    expect_error("", NULL, whole);
    write_bytes("port = 1\n\0", 10);
    snprintf(whole, sizeof whole, "cannot read settings from '%s': holds NUL characters", file_path);
    expect_error("", NULL, whole);
    char *large = calloc(70000, 1);
    assert_non_null(large);
    memset(large, '#', 69999);
    write_bytes(large, 69999);
    free(large);
    snprintf(whole, sizeof whole, "cannot read settings from '%s': larger than 64 KiB", file_path);
    expect_error("", NULL, whole);
}

static void conf_read__file_is_a_folder__clear_error(void **state)
{
    (void)state;
    char whole[300];
    unlink(file_path);
    assert_int_equal(mkdir(file_path, 0700), 0);
    snprintf(whole, sizeof whole, "cannot read settings from '%s': Is a directory", file_path);
    expect_error("", NULL, whole);
    rmdir(file_path);
}

static void conf_read__relative_xdg_folder__ignored(void **state)
{
    (void)state;
    char *argv[] = {(char[]){"orderdeck"}, NULL},
         *environment[] = {(char[]){"XDG_CONFIG_HOME=relative"}, NULL};
    struct err e;
    conf_release(&conf);
    (void)!conf_read(&conf, 1, argv, environment,
                     &e); /* what the machine's own file says is not judged here */
    assert_true(conf.file == NULL || strcmp(conf.file, CONF_SYSTEM_FILE) == 0);
}

static void conf_read__numbers__range_told(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "65536", "-1", "1e3", "0x10", "80 01", "8001x", "+1", "99999999999999999999", "-"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char variable[64], expected[128];
        snprintf(variable, sizeof variable, "PORT=%s", wrong[i]);
        snprintf(expected, sizeof expected,
                 "cannot use PORT '%s' (environment): a whole number from 0 to 65535 is needed", wrong[i]);
        expect_error("", variable, expected);
    }
    expect_read("--port 0", NULL);
    expect_read("--port 65535", NULL);
    expect_error(
        "--max-connections 15", NULL,
        "cannot use MAX_CONNECTIONS '15' (flag --max-connections): a whole number from 16 to 100000 is needed");
    expect_error("--port=", NULL,
                 "cannot use PORT '' (flag --port): a whole number from 0 to 65535 is needed");
}

static void conf_read__durations__need_their_unit(void **state)
{
    (void)state;
    expect_read("--write-deadline 1500ms --drain-delay 2m", NULL);
    assert_int_equal(conf.write_deadline, 1500);
    assert_int_equal(conf.drain_delay, 120000);
    expect_read("--drain-delay 0", NULL);
    assert_int_equal(conf.drain_delay, 0);
    static const char *const wrong[] = {
        "5", "5 s", "s", "-5s", "1.5s", "5S", "5sec", "1h", "99999999999999999999s", "9223372036854775807h"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char variable[64], expected[160];
        snprintf(variable, sizeof variable, "DRAIN_DELAY=%s", wrong[i]);
        snprintf(
            expected, sizeof expected,
            "cannot use DRAIN_DELAY '%s' (environment): a time with its unit (ms, s, m, h) from 0s to 10m is needed",
            wrong[i]);
        expect_error("", variable, expected);
    }
    expect_error(
        "--write-deadline 0", NULL,
        "cannot use WRITE_DEADLINE '0' (flag --write-deadline): a time with its unit (ms, s, m, h) from 1ms to "
        "10m is needed");
}

static void conf_read__switches__words_for_yes_and_no(void **state)
{
    (void)state;
    expect_read("--headless", NULL);
    assert_true(conf.headless);
    expect_read("--headless=false", "HEADLESS=true");
    assert_false(conf.headless);
    static const char *const yes[] = {"true", "TRUE", "yes", "on", "1"}, *const no[] = {"false", "no", "Off",
                                                                                        "0"};
    for (size_t i = 0; i < 9; i++) {
        char variable[64];
        snprintf(variable, sizeof variable, "READ_ONLY=%s", i < 5 ? yes[i] : no[i - 5]);
        expect_read("", variable);
        assert_int_equal(conf.read_only, i < 5);
    }
    expect_error("", "READ_ONLY=maybe",
                 "cannot use READ_ONLY 'maybe' (environment): true or false is needed");
    expect_error("--demo=", NULL, "cannot use DEMO '' (flag --demo): true or false is needed");
}

static void conf_read__texts__length_and_form_checked(void **state)
{
    (void)state;
    expect_error("--service-name=", NULL,
                 "cannot use SERVICE_NAME '' (flag --service-name): it must have 1 to 64 characters");
    expect_error(
        "",
        "SERVICE_NAME=a\x01"
        "b\nc",
        "cannot use SERVICE_NAME 'a?b?c' (environment): it must be UTF-8 without control characters");
    expect_error("", "SERVICE_NAME=\xff\xc3",
                 "cannot use SERVICE_NAME '?\?' (environment): it must be UTF-8 without control characters");
    expect_read("", "SERVICE_NAME=\xc3\xa9\xe2\x82\xac");
    expect_error(
        "", "ENVIRONMENT=aaaaaaaaaaaaaaaaaaaa1",
        "cannot use ENVIRONMENT 'aaaaaaaaaaaaaaaaaaaa1' (environment): it must have 0 to 20 characters");
}

static void conf_read__unknown_words__named(void **state)
{
    (void)state;
    expect_error("--wibble=3", NULL, "there is no flag '--wibble' (see --help)");
    expect_error("-x", NULL, "there is no flag '-x' (see --help)");
    expect_error("--por 3", NULL, "there is no flag '--por' (see --help)");
    expect_error("--=3", NULL, "there is no flag '--' (see --help)");
    expect_error("wibble", NULL,
                 "there is no command 'wibble'; the commands are attach, list, backup and key (see --help)");
    expect_error("--port", NULL, "flag --port needs a value: --port N");
    expect_error("--actor --headless", NULL, "flag --actor needs a value: --actor NAME");
    expect_error(
        "-- --headless", NULL,
        "there is no command '--headless'; the commands are attach, list, backup and key (see --help)");
    expect_read("", "WIBBLE=3");
}

static void conf_read__verb__rest_is_its_own_but_settings(void **state)
{
    (void)state;
    expect_read("--port 9000 list --filter late:yes --log-level debug --json", NULL);
    assert_string_equal(conf.verb, "list");
    assert_int_equal(conf.n_args, 3);
    assert_string_equal(conf.args[0], "--filter");
    assert_string_equal(conf.args[1], "late:yes");
    assert_string_equal(conf.args[2], "--json");
    assert_string_equal(conf.log_level, "debug");
    assert_int_equal(conf.port, 9000);
    expect_read("key -- --port viewer", NULL);
    assert_string_equal(conf.verb, "key");
    assert_int_equal(conf.n_args, 2);
    assert_string_equal(conf.args[0], "--port");
    expect_read("attach http://127.0.0.1:1", NULL);
    assert_string_equal(conf.args[0], "http://127.0.0.1:1");
}

static void conf_read__help_and_version__whatever_is_set(void **state)
{
    (void)state;
    write_file("nonsense");
    expect_read("--port x --help", "PORT=y");
    assert_true(conf.help);
    expect_read("list -h", NULL);
    assert_true(conf.help);
    expect_read("--version", NULL);
    assert_true(conf.version && !conf.help);
    write_file("");
    expect_read("list -- --help", NULL);
    assert_false(conf.help);
    expect_read("--print-config", NULL);
    assert_true(conf.print_config);
}

static void conf_read__stores_this_build_lacks__stop_the_start(void **state)
{
    (void)state;
    expect_error(
        "", "DATABASE_URL=postgresql://u:secret@h/db",
        "cannot use DATABASE_URL (environment): this build has no 'postgresql' store, only sqlite:PATH");
    expect_error("--database-url=/var/lib/orders", NULL,
                 "cannot use DATABASE_URL (flag --database-url): it must be sqlite:PATH");
    expect_error(
        "", "DATABASE_URL=sqlite:", "cannot use DATABASE_URL (environment): sqlite: needs a path after it");
    expect_error("", "DATABASE_URL=sqlite", "cannot use DATABASE_URL (environment): it must be sqlite:PATH");
    expect_error("", "MONGODB_URI=mongodb://u:secret@h",
                 "cannot use MONGODB_URI (environment): this build has no 'mongodb' store");
    struct err e;
    assert_false(read_conf("", "DATABASE_URL=sqlite:/tmp/x", "MONGODB_URI=mongodb://h", &e));
    assert_non_null(strstr(e.message, "DATABASE_URL and MONGODB_URI are both set"));
    expect_read("", "DATABASE_URL=sqlite:/tmp/orders.sqlite");
    assert_string_equal(conf.database_url, "sqlite:/tmp/orders.sqlite");
    expect_read("", "MONGODB_DATABASE=other");
}

static void conf_read__beyond_loopback__keys_or_a_clear_wish(void **state)
{
    (void)state;
    static const char *const inside[] = {"127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"};
    static const char *const outside[] = {
        "0.0.0.0", "192.168.1.1", "::", "fe80::1", "::ffff:10.0.0.1", "128.0.0.1"};
    static const char *const wrong[] = {"localhost", "127.0.0", "1.2.3.4.5", "[::1]", "*", "127.0.0.1:80"};
    char flags[128], expected[200];
    for (size_t i = 0; i < sizeof inside / sizeof *inside; i++) {
        snprintf(flags, sizeof flags, "--listen %s", inside[i]);
        expect_read(flags, NULL);
    }
    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {
        snprintf(flags, sizeof flags, "--listen %s", outside[i]);
        snprintf(
            expected, sizeof expected,
            "cannot use LISTEN '%s' (flag --listen): anyone could reach it; beyond loopback set API_KEYS_FILE, or "
            "ALLOW_ANONYMOUS=true",
            outside[i]);
        expect_error(flags, NULL, expected);
        expect_read(flags, "API_KEYS_FILE=/etc/orderdeck/keys");
        expect_read(flags, "ALLOW_ANONYMOUS=true");
        strcat(flags, " list");
        expect_read(flags, NULL);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        snprintf(flags, sizeof flags, "--listen %s", wrong[i]);
        snprintf(expected, sizeof expected,
                 "cannot use LISTEN '%s' (flag --listen): an IPv4 or IPv6 address is needed", wrong[i]);
        expect_error(flags, NULL, expected);
    }
}

static void conf_read__words_of_a_list__checked(void **state)
{
    (void)state;
    expect_error(
        "--log-level loud", NULL,
        "cannot use LOG_LEVEL 'loud' (flag --log-level): one of trace, debug, info, warn and error is needed");
    struct err e;
    assert_false(read_conf("", "TIMEZONE=Mars/Olympus", NULL, &e));
    assert_non_null(strstr(e.message, "cannot use TIMEZONE 'Mars/Olympus' (environment): "));
}

static void conf_read__demo__outward_settings_are_blank_and_told(void **state)
{
    (void)state;
    struct err e;
    write_file("mongodb_uri = mongodb://h\n");
    assert_true(read_conf("--demo", "DATABASE_URL=postgresql://h/db", "KAFKA_BROKERS=k:1", &e));
    assert_string_equal(conf.database_url, "");
    assert_string_equal(conf.mongodb_uri, "");
    assert_string_equal(conf.kafka_brokers, "");
    assert_string_equal(conf.demo_ignored, "DATABASE_URL, MONGODB_URI, KAFKA_BROKERS");
    assert_int_equal(conf.sources[CONF_database_url], CONF_DEFAULT);
    write_file("");
    expect_read("--demo", NULL);
    assert_string_equal(conf.demo_ignored, "");
}

static const struct conf_property *property(const char *name)
{
    for (int i = 0; i < conf.n_properties; i++)
        if (strcmp(conf.properties[i].name, name) == 0)
            return &conf.properties[i];
    fail_msg("there is no property %s", name);
    return NULL;
}

static void conf_read__kafka_properties__taken_by_their_own_names(void **state)
{
    (void)state;
    struct buf b = BUF_INIT(1 << 16);
    write_file("kafka_security_protocol = ssl\nkafka_linger_ms = 7\nkafka_group = pickers\n");
    expect_read("", "KAFKA_SECURITY_PROTOCOL=SASL_SSL");
    assert_int_equal(conf.n_properties, 2);
    assert_string_equal(conf.kafka_group, "pickers");
    assert_string_equal(property("security.protocol")->value, "SASL_SSL");
    assert_int_equal(property("security.protocol")->source, CONF_ENVIRONMENT);
    assert_string_equal(property("linger.ms")->value, "7");
    assert_int_equal(property("linger.ms")->line, 2);
    write_file("kafka_sasl_password = hunter2\nkafka_ssl_key_pem = -----\n");
    expect_read("", "KAFKA_BROKERS_=x");
    conf_print(&conf, &b);
    conf_json(&conf, &b);
    assert_null(strstr(b.data, "hunter2"));
    assert_null(strstr(b.data, "-----"));
    assert_non_null(strstr(b.data, "KAFKA_SASL_PASSWORD = ***"));
    buf_release(&b);
    expect_read("--demo", "KAFKA_SASL_USERNAME=me");
    assert_int_equal(conf.n_properties, 0);
    assert_string_equal(conf.demo_ignored, "KAFKA_*");
}

static void conf_read__kafka_names_that_are_none__not_ours_or_told(void **state)
{
    (void)state;
    expect_read("", "KAFKA_=x");
    assert_int_equal(conf.n_properties, 0);
    expect_read("", "KAFKA_ACKS=");
    assert_int_equal(conf.n_properties, 0);
    expect_read("", "KAFKA_ACKS"); /* what starts a program may put in anything */
    assert_int_equal(conf.n_properties, 0);
    expect_file_error("kafka_ = 1\n", 1, "there is no key 'kafka_'");
    expect_file_error("kafka_a-b = 1\n", 1, "there is no key 'kafka_a-b'");
    write_file("");
}

static void conf_print__secrets__masked_everywhere(void **state)
{
    (void)state;
    struct buf b = BUF_INIT(1 << 16);
    write_file("max_streams = 7\n");
    expect_read("--port 9000 --write-deadline 90s", "DATABASE_URL=sqlite:/very/secret");
    conf_print(&conf, &b);
    assert_null(strstr(b.data, "/very/secret"));
    assert_non_null(strstr(b.data, "DATABASE_URL      = ***                     # environment\n"));
    assert_non_null(strstr(b.data, "PORT              = 9000                    # flag --port\n"));
    assert_non_null(strstr(b.data, "WRITE_DEADLINE    = 90s                     # flag --write-deadline\n"));
    assert_non_null(strstr(b.data, "SERVICE_NAME      = order-service           # default\n"));
    char line[200];
    snprintf(line, sizeof line, "MAX_STREAMS       = 7                       # %s:1\n", file_path);
    assert_non_null(strstr(b.data, line));
    buf_release(&b);
}

static void conf_json__all_settings__typed_and_masked(void **state)
{
    (void)state;
    struct buf b = BUF_INIT(1 << 16);
    struct json_fault fault;
    expect_read("--service-name a\"b", "DATABASE_URL=sqlite:/very/secret");
    conf_json(&conf, &b);
    struct json_doc *doc = json_parse(b.data, b.len, &fault);
    assert_non_null(doc);
    const struct json *root = json_root(doc);
    int64_t port = 0;
    assert_int_equal(json_size(root), CONF_COUNT - ABSENT);
    assert_true(json_int(doc, json_get(root, "PORT"), &port));
    assert_int_equal(port, 8001);
    assert_int_equal(json_kind(json_get(root, "DEMO")), JSON_BOOL);
    assert_string_equal(json_string(json_get(root, "WRITE_DEADLINE")), "5s");
    assert_string_equal(json_string(json_get(root, "DATABASE_URL")), "***");
    assert_null(json_get(root, "MONGODB_URI")); /* it is not in this build */
    assert_string_equal(json_string(json_get(root, "SERVICE_NAME")), "a\"b");
    json_free(doc);
    buf_release(&b);
}

static void conf_help__table__every_flag_and_verb(void **state)
{
    (void)state;
    struct buf b = BUF_INIT(1 << 16);
    conf_help(&b);
#define SETTING(field, type, variable, flag, value_name, def, min, max, secret, help) \
    assert_non_null(strstr(b.data, flag[0] != '\0' ? "--" flag : variable));          \
    assert_non_null(strstr(b.data, help));
#include "shared/conf.def"
#undef SETTING
    assert_non_null(strstr(b.data, "orderdeck attach URL"));
    assert_non_null(strstr(b.data, "--print-config"));
    buf_release(&b);
}

static void conf_sample__uncommented__reads_as_the_defaults(void **state)
{
    (void)state;
    struct buf b = BUF_INIT(1 << 16);
    conf_sample(&b);
    for (char *p = b.data; (p = strstr(p, "\n#")) != NULL; p += 2)
        if (p[2] != ' ')
            p[1] = ' ';
    write_bytes(b.data, b.len);
    buf_release(&b);
    expect_read("", NULL);
    for (int i = 0; i < CONF_COUNT; i++)
        assert_int_equal(conf.sources[i],
                         i == CONF_mongodb_uri || i == CONF_mongodb_database ? CONF_DEFAULT : CONF_FILE);
    assert_int_equal(conf.port, 8001);
}

/* What is known only to be refused is told apart at once. */
static void setting__not_in_this_build__says_so(void **state)
{
    (void)state;
    struct buf b = BUF_INIT(1 << 16);
    conf_help(&b);
    assert_non_null(strstr(b.data, "connection string of a MongoDB store [not in this build]\n"));
    assert_non_null(strstr(b.data, "database name of a MongoDB store [not in this build]\n"));
    buf_clear(&b);
    expect_read("", "MONGODB_DATABASE=other");
    conf_print(&conf, &b);
    assert_non_null(
        strstr(b.data, "MONGODB_URI       =                         # default, not in this build\n"));
    assert_non_null(
        strstr(b.data, "MONGODB_DATABASE  = other                   # environment, not in this build\n"));
    assert_null(strstr(strstr(b.data, "MONGODB_DATABASE") + 80, "not in this build"));
    buf_clear(&b);
    conf_sample(&b);
    assert_null(strstr(b.data, "mongodb"));
    buf_release(&b);
}

static void count_row(const struct conf_row *row, void *count)
{
    assert_true(strlen(row->variable) > 0 && strlen(row->help) > 0);
    ++*(int *)count;
}

static void conf_each__rows__all_of_the_table(void **state)
{
    (void)state;
    int count = 0;
    conf_each(count_row, &count);
    assert_int_equal(count, CONF_COUNT - ABSENT);
}

static void expect_path(enum conf_dir dir, const char *tail)
{
    char expected[200];
    char *path = conf_path(dir, "x.db", false);
    snprintf(expected, sizeof expected, "%s%s", home, tail);
    assert_string_equal(path, expected);
    free(path);
}

static void conf_path__variables__as_xdg_says(void **state)
{
    (void)state;
    unsetenv("XDG_DATA_HOME");
    unsetenv("XDG_STATE_HOME");
    unsetenv("XDG_CONFIG_HOME");
    setenv("HOME", home, 1);
    expect_path(CONF_DIR_DATA, "/.local/share/orderdeck/x.db");
    expect_path(CONF_DIR_STATE, "/.local/state/orderdeck/x.db");
    expect_path(CONF_DIR_CONFIG, "/.config/orderdeck/x.db");
    setenv("XDG_DATA_HOME", "relative", 1);
    expect_path(CONF_DIR_DATA, "/.local/share/orderdeck/x.db");
    setenv("XDG_DATA_HOME", home, 1);
    expect_path(CONF_DIR_DATA, "/orderdeck/x.db");
    unsetenv("XDG_DATA_HOME");
    setenv("HOME", "", 1);
    assert_null(conf_path(CONF_DIR_DATA, "x.db", true));
    unsetenv("HOME");
    assert_null(conf_path(CONF_DIR_DATA, "x.db", true));
}

static void conf_path__make__folders_for_the_user_alone(void **state)
{
    (void)state;
    char base[128], folder[160];
    struct stat info;
    snprintf(base, sizeof base, "%s/a", home);
    snprintf(folder, sizeof folder, "%s/b/orderdeck", base);
    char xdg[160];
    snprintf(xdg, sizeof xdg, "%s/b", base);
    setenv("XDG_STATE_HOME", xdg, 1);
    char *path = conf_path(CONF_DIR_STATE, "log", true);
    assert_non_null(path);
    assert_int_equal(stat(folder, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0700);
    assert_int_equal(stat(path, &info), -1);
    free(path);
    rmdir(folder);
    rmdir(xdg);
    rmdir(base);
    unsetenv("XDG_STATE_HOME");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(conf_read__nothing_set__defaults, set_up, tear_down),
        cmocka_unit_test_setup_teardown(conf_read__three_sources__flag_beats_environment_beats_file, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(conf_read__environment_changed_later__values_stay, set_up, tear_down),
        cmocka_unit_test_setup_teardown(conf_read__file_forms__value_verbatim_after_trimming, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(conf_read__file_faults__named_with_their_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(conf_read__file_is_a_folder__clear_error, set_up, tear_down),
        cmocka_unit_test_setup_teardown(conf_read__relative_xdg_folder__ignored, set_up, tear_down),
        cmocka_unit_test_setup_teardown(conf_read__numbers__range_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(conf_read__durations__need_their_unit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(conf_read__switches__words_for_yes_and_no, set_up, tear_down),
        cmocka_unit_test_setup_teardown(conf_read__texts__length_and_form_checked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(conf_read__unknown_words__named, set_up, tear_down),
        cmocka_unit_test_setup_teardown(conf_read__verb__rest_is_its_own_but_settings, set_up, tear_down),
        cmocka_unit_test_setup_teardown(conf_read__help_and_version__whatever_is_set, set_up, tear_down),
        cmocka_unit_test_setup_teardown(conf_read__stores_this_build_lacks__stop_the_start, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(conf_read__beyond_loopback__keys_or_a_clear_wish, set_up, tear_down),
        cmocka_unit_test_setup_teardown(conf_read__words_of_a_list__checked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(conf_read__demo__outward_settings_are_blank_and_told, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(conf_read__kafka_properties__taken_by_their_own_names, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(conf_read__kafka_names_that_are_none__not_ours_or_told, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(conf_print__secrets__masked_everywhere, set_up, tear_down),
        cmocka_unit_test_setup_teardown(conf_json__all_settings__typed_and_masked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(conf_help__table__every_flag_and_verb, set_up, tear_down),
        cmocka_unit_test_setup_teardown(conf_sample__uncommented__reads_as_the_defaults, set_up, tear_down),
        cmocka_unit_test_setup_teardown(setting__not_in_this_build__says_so, set_up, tear_down),
        cmocka_unit_test_setup_teardown(conf_each__rows__all_of_the_table, set_up, tear_down),
        cmocka_unit_test_setup_teardown(conf_path__variables__as_xdg_says, set_up, tear_down),
        cmocka_unit_test_setup_teardown(conf_path__make__folders_for_the_user_alone, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("conf", tests, make_home, remove_home);
}
