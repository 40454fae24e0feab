# shellcheck shell=bash
# Sourced by the judgements of other people's programs: the real program on a free port, in a folder of its own.
#
#   start_service [option...]   sets service_url; stopped by stop_service, or when the shell ends
#   judge NAME COMMAND...       one test
#   finish                      "N passed, N failed", and the status

peers_cache=${XDG_CACHE_HOME:-$HOME/.cache}/orderdeck-peers
work=$(mktemp -d)
service_pid=
service_url=
passed=0
failed=0
mkdir -p "$peers_cache"

stop_service()
{
    [[ -n $service_pid ]] || return 0
    kill "$service_pid" 2>/dev/null || true
    wait "$service_pid" 2>/dev/null || true
    service_pid=
}

end()
{
    stop_service
    rm -rf "$work"
}
trap end EXIT

start_service()
{
    local tries
    : "${ORDERDECK_BIN:?is the program to be judged}"
    HOME=$work XDG_CONFIG_HOME=$work XDG_DATA_HOME=$work XDG_STATE_HOME=$work \
        "$ORDERDECK_BIN" --headless --port 0 --database-url "sqlite:$work/orders.sqlite" "$@" >"$work/log" 2>&1 &
    service_pid=$!
    for ((tries = 0; tries < 600; tries++)); do
        service_url=$(sed -nE 's/.*"msg":"ready".*"url":"([^"]*)".*/\1/p' "$work/log" | head -n 1)
        [[ -z $service_url ]] || return 0
        kill -0 "$service_pid" 2>/dev/null || break
        sleep 0.05
    done
    cat "$work/log" >&2
    return 1
}

judge()
{
    local name=$1
    shift
    if "$@"; then
        echo "ok: $name"
        passed=$((passed + 1))
    else
        echo "not ok: $name"
        failed=$((failed + 1))
    fi
}

finish()
{
    echo "$passed passed, $failed failed"
    [[ $failed == 0 ]]
}
