#include "shared/metric.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static void metric__added_and_set__read_back(void **state)
{
    (void)state;
    metric_set(METRIC_WRITE_QUEUE, 5);
    metric_add(METRIC_WRITE_QUEUE, -2);
    assert_int_equal(metric_get(METRIC_WRITE_QUEUE), 3);
}

static void metric_render__every_row__help_type_value(void **state)
{
    (void)state;
    struct buf b = BUF_INIT(1 << 20);
    metric_set(METRIC_ORDERS_CREATED, 42);
    metric_set(METRIC_CONNECTIONS, -1);
    metric_render(&b);
    assert_non_null(strstr(b.data, "# HELP orderdeck_orders_created_total Orders taken in.\n"
                                   "# TYPE orderdeck_orders_created_total counter\n"
                                   "orderdeck_orders_created_total 42\n"));
    assert_non_null(
        strstr(b.data, "# TYPE orderdeck_http_connections gauge\norderdeck_http_connections -1\n"));
    int lines = 0;
    for (const char *p = b.data; *p != '\0'; p++)
        lines += *p == '\n';
    assert_int_equal(lines, 3 * METRIC_COUNT - 1); /* of the lag nothing is known */
    buf_release(&b);
}

static void metric_render__not_known__no_value(void **state)
{
    (void)state;
    struct buf b = BUF_INIT(1 << 20);
    assert_int_equal(metric_get(METRIC_CONSUMER_LAG), METRIC_UNKNOWN); /* until it was measured */
    metric_render(&b);
    assert_non_null(strstr(b.data, "# TYPE orderdeck_kafka_consumer_lag gauge\n#"));
    assert_null(strstr(b.data, "\norderdeck_kafka_consumer_lag"));
    buf_release(&b);
    b = BUF_INIT(1 << 20);
    metric_set(METRIC_CONSUMER_LAG, 0);
    metric_render(&b);
    assert_non_null(strstr(b.data, "\norderdeck_kafka_consumer_lag 0\n"));
    buf_release(&b);
    metric_set(METRIC_CONSUMER_LAG, METRIC_UNKNOWN);
}

static void metric_names__table__counters_end_in_total(void **state)
{
    (void)state;
    static const struct {
        const char *kind, *name;
    } rows[] = {
#define COUNTER "counter"
#define GAUGE "gauge"
#define SECONDS "gauge"
#define METRIC(id, kind, name, help) {kind, name},
#include "shared/metric.def"
#undef METRIC
    };
    for (size_t i = 0; i < METRIC_COUNT; i++) {
        const char *total = strstr(rows[i].name, "_total");
        bool ends = total != NULL && strcmp(total, "_total") == 0;
        assert_int_equal(ends, strcmp(rows[i].kind, "counter") == 0);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(rows[i].name, rows[k].name);
    }
}

static void histogram_render__samples__cumulative_in_seconds(void **state)
{
    (void)state;
    struct histogram h = {0};
    struct buf b = BUF_INIT(1 << 20);
    histogram_add(&h, 0);
    histogram_add(&h, 100);
    histogram_add(&h, 101);
    histogram_add(&h, 10000000);
    histogram_add(&h, 10000001);
    histogram_render(&b, "x_seconds", "route=\"GET /orders\"", &h);
    assert_non_null(strstr(b.data, "x_seconds_bucket{route=\"GET /orders\",le=\"0.0001\"} 2\n"
                                   "x_seconds_bucket{route=\"GET /orders\",le=\"0.0002\"} 3\n"));
    assert_non_null(strstr(b.data, ",le=\"5\"} 3\n"));
    assert_non_null(strstr(b.data, ",le=\"10\"} 4\n"));
    assert_non_null(strstr(b.data, ",le=\"+Inf\"} 5\nx_seconds_sum{route=\"GET /orders\"} 20.000202\n"
                                   "x_seconds_count{route=\"GET /orders\"} 5\n"));
    buf_clear(&b);
    histogram_render(&b, "y", "", &h);
    assert_non_null(strstr(b.data, "y_bucket{le=\"0.0001\"} 2\n"));
    assert_non_null(strstr(b.data, "\ny_sum 20.000202\ny_count 5\n"));
    buf_release(&b);
}

static void histogram_quantile__samples__inside_their_bucket(void **state)
{
    (void)state;
    struct histogram h = {0};
    assert_int_equal(histogram_quantile(&h, 0.5), 0);
    for (int i = 0; i < 100; i++)
        histogram_add(&h, 1500);
    assert_int_equal(histogram_quantile(&h, 0.5), 1500);
    assert_int_equal(histogram_quantile(&h, 0.99), 1990);
    for (int i = 0; i < 900; i++)
        histogram_add(&h, 50);
    assert_int_equal(histogram_quantile(&h, 0.45), 50);
    assert_int_equal(histogram_quantile(&h, 0.9), 100);
    struct histogram beyond = {0};
    histogram_add(&beyond, 99000000);
    assert_int_equal(histogram_quantile(&beyond, 0.5), 10000000);
}

static void histogram_limits__table__rising(void **state)
{
    (void)state;
    for (size_t i = 1; i < HISTOGRAM_BUCKETS; i++)
        assert_true(histogram_limits_us[i] > histogram_limits_us[i - 1]);
    assert_int_equal(histogram_limits_us[0], 100);
    assert_int_equal(histogram_limits_us[HISTOGRAM_BUCKETS - 1], 10000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(metric__added_and_set__read_back),
        cmocka_unit_test(metric_render__every_row__help_type_value),
        cmocka_unit_test(metric_render__not_known__no_value),
        cmocka_unit_test(metric_names__table__counters_end_in_total),
        cmocka_unit_test(histogram_render__samples__cumulative_in_seconds),
        cmocka_unit_test(histogram_quantile__samples__inside_their_bucket),
        cmocka_unit_test(histogram_limits__table__rising),
    };
    return cmocka_run_group_tests_name("metric", tests, NULL, NULL);
}
