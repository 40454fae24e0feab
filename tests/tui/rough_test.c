/* Rough treatment: sizes, texts that attack the terminal, signals, crashes, a terminal that goes away. */
#include "tests/support/console.h"
#include "tests/support/fake_api.h"
#include "tui/ui.h"

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

static struct console c;
static uint32_t seed = 1;

static int chance(int below)
{
    seed = seed * 1664525u + 1013904223u;
    return (int)((seed >> 8) % (uint32_t)below);
}

/* ---- sizes */

static void size__random__neither_crashes_nor_leaves_remains(void **state)
{
    static const char *const keys[] = {"j", "k", "\t", "\r", "\033", "/", "c",    "?", "e", "H",
                                       "s", ":", "J",  "G",  "g",    "x", "\014", "R", "D", "L",
                                       "f", "t", "r",  "d",  "a",    "S", "h",    "l"};
    static const char *const mouse[] = {"m", "\033[<0;10;5M", "\033[<0;40;2M", "\033[<0;90;12M",
                                        "\033[<65;3;8M"};

    (void)state;
    console_start(&c, 24, 80, &(struct console_options){.kafka = true, .letters = 120});
    for (int i = 0; i < 400; i++) {
        pty_resize(&c.pty, 1 + chance(i % 3 ? 30 : 200), 1 + chance(i % 3 ? 90 : 500));
        pty_type(&c.pty, keys[chance(sizeof(keys) / sizeof(keys[0]))]);
        if (i % 3 == 0)
            pty_type(&c.pty, mouse[chance(sizeof(mouse) / sizeof(mouse[0]))]);
        if (i % 4 == 0)
            pty_idle(&c.pty);
        else
            pty_pump(&c.pty, 0);
    }
    pty_press(&c.pty, "\033");
    pty_press(&c.pty, "\033");
    pty_press(&c.pty, "\033");
    console_stop(&c);
}

static void size__every_small_one__is_drawn(void **state)
{
    (void)state;
    console_start(&c, 24, 80, NULL);
    for (int rows = 1; rows <= 12; rows++) {
        for (int cols = 1; cols <= 60; cols += cols < 8 ? 1 : 9) {
            pty_resize(&c.pty, rows, cols);
            pty_press(&c.pty, "j");
        }
    }
    pty_resize(&c.pty, 1, 1);
    pty_press(&c.pty, "cqy/s:?");
    pty_press(&c.pty, "\033");
    pty_press(&c.pty, "\033");
    pty_resize(&c.pty, 5, 20);
    pty_press(&c.pty, "\014");
    assert_true(pty_shows(&c.pty, "▸"));
    console_stop(&c);
}

static void size__changed_and_back__looks_as_before(void **state)
{
    char *before;

    (void)state;
    console_start(&c, 40, 120, NULL);
    before = strdup(pty_text(&c.pty));
    pty_resize(&c.pty, 3, 10);
    pty_idle(&c.pty);
    pty_resize(&c.pty, 60, 200);
    pty_idle(&c.pty);
    pty_resize(&c.pty, 40, 120);
    pty_idle(&c.pty);
    pty_type(&c.pty, "\014");
    pty_idle(&c.pty);
    assert_string_equal(pty_text(&c.pty), before);
    free(before);
    console_stop(&c);
}

/* ---- hostile texts */

/* The walls between the panes stand where they stood, and no colour is one of the attacker's. */
static void check_walls(int list_cols, int first, int last)
{
    for (int row = first; row < last; row++) {
        VTermScreenCell cell = pty_cell(&c.pty, row, list_cols);

        if (cell.chars[0] != 0x2502) {
            fprintf(stderr, "row %d has no wall at %d:\n%s\n", row, list_cols, pty_text(&c.pty));
            fail();
        }
    }
}

static void hostile__texts_of_orders__break_nothing(void **state)
{
    const struct console_options o = {.hostile = true};
    const char *text;
    int wall = 120 - 44 - 1;

    (void)state;
    console_start(&c, 40, 120, &o);
    for (int i = 0; i < 40; i++) {
        text = pty_text(&c.pty);
        assert_non_null(strstr(text, " Orders "));
        assert_non_null(strstr(text, " Events "));
        assert_non_null(strstr(text, "14:03:22"));
        check_walls(wall, 4, 29);
        assert_int_equal(c.pty.bells, 0);
        pty_press(&c.pty, "j");
    }
    pty_press(&c.pty, "\r");
    pty_golden(&c.pty, "hostile_order");
    pty_press(&c.pty, "J");
    pty_golden(&c.pty, "hostile_json");
    pty_press(&c.pty, "\033");
    pty_press(&c.pty, "\033");
    pty_press(&c.pty, "e");
    assert_true(pty_shows(&c.pty, " Events "));
    pty_press(&c.pty, "\033");
    console_stop(&c);
}

static void hostile__list__draws_what_a_fresh_frame_draws(void **state)
{
    const struct console_options o = {.hostile = true};
    char *grown;

    (void)state;
    console_start(&c, 40, 120, &o);
    for (int i = 0; i < 60; i++)
        pty_press(&c.pty, i % 7 == 6 ? "\006" : "j"); /* damage upon damage */
    grown = strdup(pty_text(&c.pty));
    pty_press(&c.pty, "\014");
    assert_string_equal(pty_text(&c.pty), grown);
    free(grown);
    console_stop(&c);
}

static void hostile__typed_reason__is_harmless(void **state)
{
    (void)state;
    console_start(&c, 24, 80, NULL);
    pty_press(&c.pty, "/status:received\r");
    pty_press(&c.pty, "c");
    pty_press(&c.pty, "\033[200~\033[31m\033]0;x\a \xe2\x80\xae"
                      "evil\r\n\033[201~");
    assert_true(pty_shows(&c.pty, "Cancel an order"));
    pty_press(&c.pty, "\ry");
    assert_true(pty_shows(&c.pty, "is cancelled now"));
    pty_press(&c.pty, "\r");
    assert_true(pty_shows(&c.pty, "evil"));
    console_stop(&c);
}

/* ---- signals */

/* The shell's screen is back, with its modes. */
static void check_restored(const struct termios *before)
{
    struct termios now;
    const char *tail = c.pty.tail;

    c.pty.tail[c.pty.tail_n < sizeof(c.pty.tail) ? c.pty.tail_n : sizeof(c.pty.tail) - 1] = 0;
    assert_false(pty_shows(&c.pty, "Orders"));
    assert_non_null(memmem(tail, c.pty.tail_n, "\033[?2004l", 8));
    assert_non_null(memmem(tail, c.pty.tail_n, "\033[?1049l", 8));
    assert_non_null(memmem(tail, c.pty.tail_n, "\033[?25h", 6));
    assert_int_equal(tcgetattr(c.pty.fd, &now), 0);
    assert_int_equal(now.c_lflag, before->c_lflag);
    assert_int_equal(now.c_iflag, before->c_iflag);
    assert_int_equal(now.c_oflag, before->c_oflag);
}

static void crash__of_each_kind__restores_the_terminal(void **state)
{
    static const int signals[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGQUIT};

    (void)state;
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        struct termios before;
        int slave;

        console_start(&c, 24, 80, NULL);
        slave = pty_other_end(&c.pty); /* so that the modes outlive the program */
        assert_int_equal(tcgetattr(c.pty.fd, &before), 0);
        before.c_lflag |= ISIG | ICANON | ECHO | IEXTEN; /* what it was before the console */
        before.c_iflag |= ICRNL | IXON;
        before.c_oflag |= OPOST | ONLCR;
        c.pty.tail_n = 0;
        kill(c.pty.pid, signals[i]);
        assert_int_equal(pty_end(&c.pty), 128 + signals[i]);
        check_restored(&before);
        close(slave);
        close(c.control);
        pty_release(&c.pty);
    }
}

static void hangup__ends_the_console_only(void **state)
{
    struct termios before;
    int slave;

    (void)state;
    console_start(&c, 24, 80, NULL);
    slave = pty_other_end(&c.pty); /* so that the modes outlive the program */
    assert_int_equal(tcgetattr(c.pty.fd, &before), 0);
    before.c_lflag |= ISIG | ICANON | ECHO | IEXTEN;
    before.c_iflag |= ICRNL | IXON;
    before.c_oflag |= OPOST | ONLCR;
    c.pty.tail_n = 0;
    kill(c.pty.pid, SIGHUP);
    assert_int_equal(pty_end(&c.pty), 10 + UI_LOST);
    check_restored(&before); /* it was only the signal: the terminal is there yet */
    close(slave);
    close(c.control);
    pty_release(&c.pty);
}

static void terminal__closed__ends_the_console_only(void **state)
{
    int status;

    (void)state;
    console_start(&c, 24, 80, NULL);
    close(c.pty.fd);
    assert_int_equal(waitpid(c.pty.pid, &status, 0), c.pty.pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 10 + UI_LOST);
    vterm_free(c.pty.vt);
    close(c.control);
}

static void stop_signal__from_outside__does_not_stop_the_service(void **state)
{
    (void)state;
    console_start(&c, 24, 80, NULL);
    kill(c.pty.pid, SIGTSTP);
    pty_press(&c.pty, "j");
    console_stop(&c);
}

static void continued__after_a_stop__draws_everything_anew(void **state)
{
    char *before;
    int status;

    (void)state;
    console_start(&c, 24, 80, NULL);
    before = strdup(pty_text(&c.pty));
    kill(c.pty.pid, SIGSTOP);
    assert_int_equal(waitpid(c.pty.pid, &status, WUNTRACED), c.pty.pid);
    vterm_input_write(c.pty.vt, "\033[2J\033[Hshell text", 17);
    kill(c.pty.pid, SIGCONT);
    pty_wait(&c.pty, "Orders");
    pty_idle(&c.pty);
    assert_string_equal(pty_text(&c.pty), before);
    free(before);
    console_stop(&c);
}

static void suspended__attached_console__gives_the_terminal_back_meanwhile(void **state)
{
    const struct console_options o = {.attached = true};

    (void)state;
    console_start(&c, 24, 80, &o);
    pty_stop(&c.pty, "\032");
    assert_false(pty_shows(&c.pty, "Orders"));
    kill(c.pty.pid, SIGCONT);
    pty_wait(&c.pty, "Orders");
    pty_press(&c.pty, "j");
    console_stop(&c);
}

static void no_terminal__is_said_with_a_way_out(void **state)
{
    struct ui_config cfg = {.failure_fd = -1, .stop_fd = -1};
    int fds[2], saved = dup(2), in = dup(0);
    char text[400] = "";

    (void)state;
    assert_int_equal(pipe(fds), 0);
    dup2(fds[1], 2);
    dup2(fds[0], 0);
    assert_int_equal(ui_run(&cfg), UI_NO_TERMINAL);
    dup2(saved, 2);
    dup2(in, 0);
    assert_true(read(fds[0], text, sizeof(text) - 1) > 0);
    assert_non_null(strstr(text, "--headless"));
    assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
    close(fds[0]);
    close(fds[1]);
    close(saved);
    close(in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(size__every_small_one__is_drawn),
        cmocka_unit_test(size__random__neither_crashes_nor_leaves_remains),
        cmocka_unit_test(size__changed_and_back__looks_as_before),
        cmocka_unit_test(hostile__texts_of_orders__break_nothing),
        cmocka_unit_test(hostile__list__draws_what_a_fresh_frame_draws),
        cmocka_unit_test(hostile__typed_reason__is_harmless),
        cmocka_unit_test(crash__of_each_kind__restores_the_terminal),
        cmocka_unit_test(hangup__ends_the_console_only),
        cmocka_unit_test(terminal__closed__ends_the_console_only),
        cmocka_unit_test(stop_signal__from_outside__does_not_stop_the_service),
        cmocka_unit_test(continued__after_a_stop__draws_everything_anew),
        cmocka_unit_test(suspended__attached_console__gives_the_terminal_back_meanwhile),
        cmocka_unit_test(no_terminal__is_said_with_a_way_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
