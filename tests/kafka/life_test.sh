#!/usr/bin/env bash
# Orders driven to completed by the warehouse's events over a real broker, through crashes of both sides; see life.py.
# ORDERDECK_LIFE_ORDERS sets how many (2000; 10000 is the full measure).
set -euo pipefail
source_dir=${ORDERDECK_SOURCE_DIR:-$(dirname "${BASH_SOURCE[0]}")/../..}
# shellcheck source=tests/support/kafka.sh
source "$source_dir/tests/support/kafka.sh"
program=${ORDERDECK_BIN:?}

kafka_jars || exit 77
python=$(kafka_python) || exit 77

dir=$(mktemp -d)
# shellcheck disable=SC2329 # called by the trap
clean_up()
{
    kafka_kill "$dir/broker"
    local pid
    while read -r pid; do
        kill -KILL "$pid" 2>/dev/null || true
    done < <(cat "$dir/program/pids" 2>/dev/null)
    rm -rf "$dir"
}
trap clean_up EXIT
mkdir "$dir/program"
kafka_prepare "$dir/broker"
kafka_start "$dir/broker"
for topic in orders waves picking consolidation packing shipping; do
    kafka_topic "wms.$topic.events" 3
done

export KAFKA_PORT
restart="source '$source_dir/tests/support/kafka.sh'; KAFKA_PORT=$KAFKA_PORT; kafka_kill '$dir/broker'; kafka_start '$dir/broker'"
"$python" "$source_dir/tests/kafka/life.py" "$KAFKA_PORT" "$program" "$dir/program" "${ORDERDECK_LIFE_ORDERS:-2000}" "$restart" || {
    status=$?
    tail -n 20 "$dir/program/log"
    exit "$status"
}
