#!/usr/bin/env bash
# What ships holds no marker of unfinished work: it is finished, or it is written down where work is planned.
set -euo pipefail
cd "${ORDERDECK_SOURCE_DIR:-$(dirname "${BASH_SOURCE[0]}")/../..}"

folders=()
for folder in service tui shared packaging; do
    [[ ! -d $folder ]] || folders+=("$folder")
done

if grep -rnIwE 'TODO|FIXME|XXX|HACK' "${folders[@]}"; then
    exit 1
fi
