#!/usr/bin/env bash
# A broker that is away for a while under load: no request fails, what is unsent grows visibly and drains, and all arrives
# in order. ORDERDECK_AWAY_SECONDS sets how long (5; 60 is the full measure). Skipped where the broker's packages cannot
# be had.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/support/kafka.sh
source "$here/../support/kafka.sh"
# shellcheck source=tests/support/program.sh
source "$here/../support/program.sh"

away=${ORDERDECK_AWAY_SECONDS:-5}
rate=${ORDERDECK_AWAY_RATE:-40}
topic=wms.orders.events
broker=$work/broker

kafka_peers

kafka_prepare "$broker"
kafka_start "$broker"
kafka_topics 3
program_start KAFKA_BROKERS="127.0.0.1:$KAFKA_PORT"

# look: what is seen of the relay, in state, unsent, oldest (of /status), gauge, age (of /metrics)
look()
{
    local status metrics
    status=$(curl -s "$url/api/v1/status") metrics=$(curl -s "$url/metrics")
    state=$(sed -E 's/.*"kafka":\{"status":"[^"]*","state":"([^"]*)".*/\1/' <<<"$status")
    unsent=$(sed -E 's/.*"kafka":\{[^}]*"backlog":([0-9]+).*/\1/' <<<"$status")
    oldest=$(sed -E 's/.*"oldestUnsent":("[^"]*"|null).*/\1/' <<<"$status")
    gauge=$(sed -nE 's/^orderdeck_events_unsent ([0-9]+)$/\1/p' <<<"$metrics")
    age=$(sed -nE 's/^orderdeck_kafka_oldest_unsent_seconds ([0-9]+)$/\1/p' <<<"$metrics")
}

sent()
{
    look
    [[ $unsent == 0 && $gauge == 0 && $age == 0 && $oldest == null && $state == sending ]]
}

wait_answer 30 /ready '"status":"ready"'
printf 'with the broker: '
"$python" "$here/peer.py" load "$url" 3 "$rate" || fail "requests fail while the broker is there"
wait_for 30 sent || fail "$unsent are unsent while the broker is there"

# ---- away

"$python" "$here/peer.py" load "$url" "$((away + 12))" "$rate" >"$work/load" &
load=$!
kafka_kill "$broker"
wait_answer 20 /ready 'no broker can be reached'
look
first_unsent=$unsent first_age=$age since=$oldest last_unsent=$unsent last_age=$age
back=$((SECONDS + away))
until ((SECONDS >= back && unsent > first_unsent && age > first_age)); do
    kill -0 "$load" 2>/dev/null || fail "what is unsent does not grow: $first_unsent to $unsent, $first_age to $age s"
    look
    [[ $state == unreachable ]] || fail "the state is $state"
    [[ $oldest == "$since" ]] || fail "the oldest is that of $oldest, and was that of $since"
    ((unsent >= last_unsent && age >= last_age)) || fail "unsent $last_unsent to $unsent, age $last_age to $age"
    last_unsent=$unsent last_age=$age
    sleep 0.2
done
printf 'away: unsent %d to %d, the oldest of them %d to %d s old\n' "$first_unsent" "$unsent" "$first_age" "$age"

# ---- back

kafka_start "$broker"
began=$(date +%s%N)
wait "$load" || fail "requests failed while the broker was away: $(cat "$work/load")"
printf 'without the broker: %s\n' "$(cat "$work/load")"
wait_for 60 sent || fail "$unsent are unsent after the broker's return, the state is $state"
printf 'drained within %d ms of the return and the end of the load\n' $((($(date +%s%N) - began) / 1000000))
wait_answer 30 /ready '"status":"ready"'
timeout 60 kcat -b "127.0.0.1:$KAFKA_PORT" -C -t "$topic" -o beginning -e -q -J |
    "$python" "$here/peer.py" check "$url" "$topic" || fail "the topic is not the log"
program_stop
say "no request failed, what was unsent grew and drained, and all arrived in order"
