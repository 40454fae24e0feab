#!/usr/bin/env bash
# Measures the release binary; `packaging/dev bench` builds it and calls this.
#
#   run.sh BUILD [--quick] [--only NAME]...     BUILD: the folder of the release build; --help names the parts
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

for tool in wrk python3; do
    command -v "$tool" >/dev/null || { printf 'bench: %s is missing\n' "$tool" >&2 && exit 1; }
done
exec python3 -B "$here/bench.py" "$@"
