#!/usr/bin/env bash
# A function is one screen, a file a few hundred lines. A body starts with `{` and ends with `}` in the first column.
set -euo pipefail
cd "${ORDERDECK_SOURCE_DIR:-$(dirname "${BASH_SOURCE[0]}")/../..}"

longest_function=80
longest_file=900

folders=()
for folder in service tui shared; do
    [[ ! -d $folder ]] || folders+=("$folder")
done
[[ ${#folders[@]} != 0 ]] || exit 77

# shellcheck disable=SC2016 # the program is awk's
find "${folders[@]}" -name '*.[ch]' -print0 | sort -z |
    xargs -0 -r awk -v function_max="$longest_function" -v file_max="$longest_file" '
        function close_file() {
            if (lines > file_max && file ~ /\.c$/) {
                printf "%s: %d lines, at most %d\n", file, lines, file_max
                faults++
            }
        }
        FNR == 1 { close_file(); file = FILENAME; start = 0 }
        { lines = FNR }
        /^[A-Za-z_]/ { head = $0 }
        /^\{/ { start = FNR }
        /^\}/ && start {
            if (FNR - start + 1 > function_max) {
                printf "%s:%d: %d lines, at most %d: %s\n", FILENAME, start, FNR - start + 1, function_max, head
                faults++
            }
            start = 0
        }
        END { close_file(); exit faults != 0 }'
