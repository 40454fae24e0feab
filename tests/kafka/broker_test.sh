#!/usr/bin/env bash
# The real program against a real Apache Kafka, which is killed and restarted under load, as is the program; kcat and the
# CloudEvents SDK read what arrived. Skipped where the broker's packages cannot be had.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/support/kafka.sh
source "$here/../support/kafka.sh"

: "${ORDERDECK_BIN:?is the program under test}"
topic=wms.orders.events
inbound=(wms.waves.events wms.picking.events wms.consolidation.events wms.packing.events wms.shipping.events)
work=$(mktemp -d)
broker=$work/broker
service_pid=
url=

end()
{
    local status=$?
    [[ $status == 0 || $status == 77 ]] || tail -n 25 "$work"/log* >&2 || true
    [[ -z $service_pid ]] || kill -KILL "$service_pid" 2>/dev/null || true
    kafka_kill "$broker"
    rm -rf "$work"
}
trap end EXIT

fail()
{
    printf 'not ok: %s\n' "$*"
    exit 1
}

say()
{
    printf 'ok: %s\n' "$*"
}

command -v kcat >/dev/null || { echo 'kcat is missing' && exit 77; }
kafka_jars || exit 77
python=$(kafka_python) || exit 77

# ---- the program

start_service()
{
    local tries log
    runs=$((${runs:-0} + 1))
    log=$work/log$runs
    env HOME="$work" XDG_CONFIG_HOME="$work" XDG_DATA_HOME="$work" XDG_STATE_HOME="$work" KAFKA_PORT=tcp://10.0.0.1:9092 \
        "$ORDERDECK_BIN" --headless --port 0 --database-url "sqlite:$work/orders.sqlite" \
        --kafka-brokers "127.0.0.1:1,127.0.0.1:$KAFKA_PORT" >"$log" 2>&1 &
    service_pid=$!
    for ((tries = 0; tries < 600; tries++)); do
        url=$(sed -nE 's/.*"msg":"ready".*"url":"([^"]*)".*/\1/p' "$log" | head -n 1)
        [[ -z $url ]] || return 0
        kill -0 "$service_pid" 2>/dev/null || break
        sleep 0.05
    done
    fail "the program does not start"
}

ready()
{
    curl -s "$url/ready"
}

# wait_for SECONDS COMMAND...
wait_for()
{
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < end)) || return 1
        sleep 0.1
    done
}

ready_says()
{
    grep -q "$1" <<<"$(ready)"
}

backlog()
{
    curl -s "$url/api/v1/status" | sed -E 's/.*"kafka":\{[^}]*"backlog":([0-9]+).*/\1/'
}

drained()
{
    [[ $(backlog) == 0 ]]
}

growing()
{
    [[ $(backlog) -gt 50 ]]
}

records()
{
    timeout 60 kcat -b "127.0.0.1:$KAFKA_PORT" -C -t "$topic" -o beginning -e -q -J
}

# ---- topics that are missing are named, and nothing else suffers

kafka_prepare "$broker"
kafka_start "$broker"
start_service
wait_for 20 ready_says "missing topics: .*$topic" || fail "/ready does not name the missing topic: $(ready)"
[[ $(curl -s -o /dev/null -w '%{http_code}' "$url/ready") == 200 ]] || fail "degraded is not 200"
ready_says '"status":"degraded"' || fail "/ready is not degraded"
"$python" "$here/peer.py" load "$url" 1 50 || fail "the API suffers from a missing topic"
grep -q '"property":"port"' "$work/log1" || fail "no warning about KAFKA_PORT"
for name in "$topic" "${inbound[@]}"; do
    kafka_topic "$name" 3 &
    topics+=($!)
done
wait "${topics[@]}"
wait_for 30 ready_says '"status":"ready"' || fail "topics are there, and /ready says $(ready)"
wait_for 30 drained || fail "the backlog does not drain: $(backlog)"
say "missing topics are named, waited for, and served when they come"

# ---- the broker dies under load

"$python" "$here/peer.py" load "$url" 16 150 >"$work/load" &
load=$!
sleep 2
kafka_kill "$broker"
wait_for 20 ready_says 'no broker can be reached' || fail "/ready does not see the broker go: $(ready)"
wait_for 20 growing || fail "no backlog grows"
kafka_start "$broker"
wait "$load" || fail "requests failed while the broker was away: $(cat "$work/load")"
cat "$work/load"
wait_for 60 drained || fail "the backlog does not drain: $(backlog)"
wait_for 30 ready_says '"status":"ready"' || fail "/ready does not recover: $(ready)"
say "no request failed while the broker was killed and restarted, and the backlog drained"

# ---- the program dies under load

"$python" "$here/peer.py" load "$url" 4 300 >/dev/null &
load=$!
sleep 3
kill -KILL "$service_pid"
wait "$service_pid" 2>/dev/null || true
wait "$load" || true # its requests fail, of course
start_service
wait_for 60 drained || fail "the backlog does not drain after a restart: $(backlog)"
sleep 0.1 # marks follow the acknowledgements
records | "$python" "$here/peer.py" check "$url" "$topic" || fail "the topic is not the log"
say "every event arrived at least once, in order, after kill -9 of broker and program"

"$python" "$here/peer.py" sdk "127.0.0.1:$KAFKA_PORT" "$topic" 500 || fail "the CloudEvents SDK does not read our records"
say "the CloudEvents SDK decodes our records"

# ---- a record that Kafka refuses for good

post() # path body
{
    curl -s -X POST "$url/api/v1$1" -H 'Content-Type: application/json' -H 'X-Actor: tester' -d "$2"
}

items=$(printf ',{"sku":"SKU-%d","quantity":1,"price":{"amount":1,"currency":"USD"}}' {1..60})
large='{"customerId":"LARGE","items":['${items:1}'],"shippingAddress":{}}'
small='{"customerId":"SMALL","items":[{"sku":"s","quantity":1,"price":{"amount":1,"currency":"USD"}}],"shippingAddress":{}}'

grep -q '"code":"RELAY_NOT_PARKED"' <<<"$(post /relay/skip '{"position":1,"reason":"no"}')" || fail "a relay that sends is skipped"
kafka_admin kafka.admin.ConfigCommand --alter --entity-type topics --entity-name "$topic" --add-config max.message.bytes=3000 >/dev/null
for ((i = 0; i < 20; i++)); do post /orders "$small" >/dev/null; done
order=$(post /orders "$large" | sed -E 's/.*"orderId":"([^"]*)".*/\1/')
for ((i = 0; i < 20; i++)); do post /orders "$small" >/dev/null; done
wait_for 30 ready_says 'is refused' || fail "/ready does not tell of the refused record: $(ready)"
position=$(ready | sed -E 's/.*the record at position ([0-9]+) is refused.*/\1/')
grep -q '^orderdeck_kafka_relay_parked 1' <<<"$(curl -s "$url/metrics")" || fail "no metric of the parked relay"
[[ $(backlog) == 21 ]] || fail "something went before the refused record, or waits before it: $(backlog)"
grep -q RELAY_NOT_PARKED <<<"$(post /relay/skip "{\"position\":$((position + 1)),\"reason\":\"wrong\"}")" || fail "another record is skipped"
grep -q '"pointer":"/reason"' <<<"$(post /relay/skip '{"position":"x"}')" || fail "a skip without a reason"
grep -q "\"position\":$position" <<<"$(post /relay/skip "{\"position\":$position,\"reason\":\"too many lines\"}")" || fail "the skip fails"
wait_for 30 drained || fail "after the skip $(backlog) wait"
grep -q 'set aside by tester: too many lines' <<<"$(curl -s "$url/api/v1/dead-letters")" || fail "no dead letter of the skip"
grep -q 'not sent to Kafka; set aside by tester' <<<"$(curl -s "$url/api/v1/orders/$order/events")" || fail "no note on the timeline"
wait_for 30 ready_says '"status":"ready"' || fail "/ready after the skip: $(ready)"
sleep 0.1
records | "$python" "$here/peer.py" check "$url" "$topic" "$position" || fail "the topic is not the log without the skipped record"
"$python" "$here/peer.py" load "$url" 2 200 || fail "load on a topic that takes little"
wait_for 30 drained || fail "a topic that takes little: $(backlog)"
restarts=$(curl -s "$url/api/v1/status" | sed -E 's/.*"restarts":([0-9]+).*/\1/')
((restarts <= 12)) || fail "the size of batches is not found: $restarts restarts"
kafka_admin kafka.admin.ConfigCommand --alter --entity-type topics --entity-name "$topic" --delete-config max.message.bytes >/dev/null
say "a refused record parks the relay, is set aside with who and why, and all else arrives in order"

# ---- the end

"$python" "$here/peer.py" load "$url" 1 200 || fail "load before the stop"
kill -TERM "$service_pid"
wait "$service_pid" || fail "the program stops with status $?"
service_pid=
start_service
drained || fail "what was committed before the stop was not sent: $(backlog)"
say "a stop sends what is committed"
