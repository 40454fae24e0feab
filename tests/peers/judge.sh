# shellcheck shell=bash
# Sourced by the judgements of other people's programs; brings tests/support/program.sh with it.
#
#   judge NAME COMMAND...       one test
#   finish                      "N passed, N failed", and the status

# shellcheck source=tests/support/program.sh
source "$(dirname "${BASH_SOURCE[0]}")/../support/program.sh"

peers_cache=${XDG_CACHE_HOME:-$HOME/.cache}/orderdeck-peers
passed=0
failed=0
mkdir -p "$peers_cache"

judge()
{
    local name=$1
    shift
    if "$@"; then
        say "$name"
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
