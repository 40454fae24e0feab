#!/usr/bin/env bash
# Orders driven to completed by the warehouse's events over a real broker, through crashes of both sides; see life.py.
# ORDERDECK_LIFE_ORDERS sets how many (2000; 10000 is the full measure).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/support/kafka.sh
source "$here/../support/kafka.sh"
# shellcheck source=tests/support/program.sh
source "$here/../support/program.sh"

broker=$work/broker

# shellcheck disable=SC2329 # called at the end
end_also()
{
    local pid
    kafka_kill "$broker"
    while read -r pid; do
        kill -KILL "$pid" 2>/dev/null || true
    done < <(cat "$work/pids" 2>/dev/null)
}

kafka_peers
kafka_prepare "$broker"
kafka_start "$broker"
kafka_topics 3

restart="source '$here/../support/kafka.sh'; KAFKA_PORT=$KAFKA_PORT; kafka_kill '$broker'; kafka_start '$broker'"
"$python" "$here/life.py" "$KAFKA_PORT" "${ORDERDECK_BIN:?}" "$work" "${ORDERDECK_LIFE_ORDERS:-2000}" "$restart"
