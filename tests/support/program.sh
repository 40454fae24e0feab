# shellcheck shell=bash
# The real program for the tests in bash, in a folder of its own, which goes with the shell. Sourced; ORDERDECK_BIN is
# the program.
#
#   program_start [VARIABLE=value...] [-- OPTION...]
#                               starts the service on a free port and waits for its ready line; sets url and pid. Its
#                               database is $work/orders.sqlite, its newest log $work/log
#   program_stop                ends it as a service manager would; fails unless it ends well
#   program_kill                ends it as a power cut would (-9)
#   program_run [VARIABLE=value...] [-- OPTION...]
#                               becomes the program with this environment and nothing else added: for a subshell
#   wait_for SECONDS COMMAND... until the command is true; false when it does not become true
#   answers PATH REGEX          does the answer to GET PATH have this? It is left in $work/answer
#   wait_answer SECONDS PATH REGEX
#                               until it has; fails when it does not
#   post PATH BODY              the answer of /api/v1PATH
#   say TEXT...                 a line of what went well
#   fail TEXT...                ends the shell with status 1
#   skip TEXT...                ends it with 77: what the test needs cannot be had
#
# A test that has more to end than the program defines end_also; it is called before $work is removed.

work=$(mktemp -d)
pid=
url=

program_end()
{
    local status=$?
    [[ $status == 0 || $status == 77 || ! -f $work/log ]] || tail -n 20 "$work/log" >&2
    program_kill
    if declare -F end_also >/dev/null; then end_also; fi
    rm -rf "$work"
}
trap program_end EXIT

say()
{
    printf 'ok: %s\n' "$*"
}

fail()
{
    printf 'not ok: %s\n' "$*"
    exit 1
}

skip()
{
    printf 'skipped: %s\n' "$*"
    exit 77
}

wait_for()
{
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < end)) || return 1
        sleep 0.1
    done
}

# ---- the program

program_run()
{
    local variables=()
    while (($# > 0)) && [[ $1 != -- ]]; do
        variables+=("$1")
        shift
    done
    shift || true
    exec env HOME="$work" XDG_CONFIG_HOME="$work" XDG_DATA_HOME="$work" XDG_STATE_HOME="$work" \
        DATABASE_URL="sqlite:$work/orders.sqlite" "${variables[@]}" "${ORDERDECK_BIN:?is the program under test}" "$@"
}

# Sets url when the ready line is there; true also when there is no use in waiting for it.
program_is_up_or_gone()
{
    url=$(sed -nE 's/.*"msg":"ready".*"url":"([^"]*)".*/\1/p' "$work/log" | head -n 1)
    [[ -n $url ]] || ! kill -0 "$pid" 2>/dev/null
}

program_start()
{
    [[ " $* " == *" -- "* ]] || set -- "$@" --
    : >"$work/log" # or the last one's ready line may be read
    program_run "$@" --headless --port 0 >"$work/log" 2>&1 &
    pid=$!
    wait_for 60 program_is_up_or_gone || true
    [[ -n $url ]] || fail "the program does not start"
}

program_stop()
{
    kill -TERM "$pid"
    wait "$pid" || fail "the program stops with status $?"
    pid=
}

program_kill()
{
    [[ -n $pid ]] || return 0
    kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
    pid=
}

# ---- what it says

answers()
{
    curl -s "$url$1" >"$work/answer" && grep -qE -- "$2" "$work/answer"
}

wait_answer()
{
    wait_for "$1" answers "$2" "$3" || fail "$2 does not say \"$3\": $(cat "$work/answer")"
}

post()
{
    curl -s -X POST "$url/api/v1$1" -H 'Content-Type: application/json' -H 'X-Actor: tester' -d "$2"
}
