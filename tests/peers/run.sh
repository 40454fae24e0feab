#!/usr/bin/env bash
# Runs every judgement by other people's programs; ORDERDECK_BIN is the program. Each installs what it needs by package
# name into ${XDG_CACHE_HOME:-~/.cache}/orderdeck-peers.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
passed=0
failed=0

for script in "$here"/*.sh; do
    case ${script##*/} in
    run.sh | judge.sh) continue ;;
    esac
    echo "== ${script##*/}"
    status=0
    output=$(bash "$script" </dev/null 2>&1) || status=$?
    printf '%s\n' "$output"
    if [[ $output =~ ([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
        passed=$((passed + BASH_REMATCH[1]))
        failed=$((failed + BASH_REMATCH[2]))
        [[ $status == 0 || ${BASH_REMATCH[2]} != 0 ]] || failed=$((failed + 1))
    else
        failed=$((failed + 1))
    fi
done
echo "$passed passed, $failed failed"
[[ $failed == 0 ]]
