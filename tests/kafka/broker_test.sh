#!/usr/bin/env bash
# The real program against a real Apache Kafka, which is killed and restarted under load, as is the program; kcat and the
# CloudEvents SDK read what arrived. Skipped where the broker's packages cannot be had.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/support/kafka.sh
source "$here/../support/kafka.sh"
# shellcheck source=tests/support/program.sh
source "$here/../support/program.sh"

topic=wms.orders.events
broker=$work/broker

kafka_peers

start()
{
    program_start KAFKA_BROKERS="127.0.0.1:1,127.0.0.1:$KAFKA_PORT" KAFKA_PORT=tcp://10.0.0.1:9092
}

backlog()
{
    relay_figure backlog
}

position()
{
    curl -s "$url/metrics" | sed -nE 's/^orderdeck_event_position ([0-9]+).*/\1/p'
}

written() # position
{
    (($(position) >= $1))
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
start
wait_answer 20 /ready "missing topics: .*$topic"
[[ $(curl -s -o /dev/null -w '%{http_code}' "$url/ready") == 200 ]] || fail "degraded is not 200"
answers /ready '"status":"degraded"' || fail "/ready is not degraded"
"$python" "$here/peer.py" load "$url" 1 50 || fail "the API suffers from a missing topic"
grep -q '"property":"port"' "$work/log" || fail "no warning about KAFKA_PORT"
kafka_topics 3
wait_answer 30 /ready '"status":"ready"'
wait_for 30 drained || fail "the backlog does not drain: $(backlog)"
say "missing topics are named, waited for, and served when they come"

# ---- the broker dies under load

before=$(position)
"$python" "$here/peer.py" load "$url" 16 150 >"$work/load" &
load=$!
wait_for 30 written $((before + 400)) || fail "nothing is written"
kafka_kill "$broker"
wait_answer 20 /ready 'no broker can be reached'
wait_for 20 growing || fail "no backlog grows"
kafka_start "$broker"
wait "$load" || fail "requests failed while the broker was away: $(cat "$work/load")"
cat "$work/load"
wait_for 60 drained || fail "the backlog does not drain: $(backlog)"
wait_answer 30 /ready '"status":"ready"'
say "no request failed while the broker was killed and restarted, and the backlog drained"

# ---- the program dies under load

before=$(position)
"$python" "$here/peer.py" load "$url" 4 300 >/dev/null &
load=$!
wait_for 30 written $((before + 400)) || fail "nothing is written"
program_kill
wait "$load" || true # its requests fail, of course
start
wait_for 60 drained || fail "the backlog does not drain after a restart: $(backlog)"
records | "$python" "$here/peer.py" check "$url" "$topic" || fail "the topic is not the log"
say "every event arrived at least once, in order, after kill -9 of broker and program"

"$python" "$here/peer.py" sdk "127.0.0.1:$KAFKA_PORT" "$topic" 500 || fail "the CloudEvents SDK does not read our records"
say "the CloudEvents SDK decodes our records"

# ---- a record that Kafka refuses for good

items=$(printf ',{"sku":"SKU-%d","quantity":1,"price":{"amount":1,"currency":"USD"}}' {1..60})
large='{"customerId":"LARGE","items":['${items:1}'],"shippingAddress":{}}'
small='{"customerId":"SMALL","items":[{"sku":"s","quantity":1,"price":{"amount":1,"currency":"USD"}}],"shippingAddress":{}}'

grep -q '"code":"RELAY_NOT_PARKED"' <<<"$(post /relay/skip '{"position":1,"reason":"no"}')" || fail "a relay that sends is skipped"
kafka_admin kafka.admin.ConfigCommand --alter --entity-type topics --entity-name "$topic" --add-config max.message.bytes=3000 >/dev/null
for ((i = 0; i < 20; i++)); do post /orders "$small" >/dev/null; done
order=$(post /orders "$large" | sed -E 's/.*"orderId":"([^"]*)".*/\1/')
for ((i = 0; i < 20; i++)); do post /orders "$small" >/dev/null; done
wait_answer 30 /ready 'is refused'
position=$(curl -s "$url/ready" | sed -E 's/.*the record at position ([0-9]+) is refused.*/\1/')
grep -q '^orderdeck_kafka_relay_parked 1' <<<"$(curl -s "$url/metrics")" || fail "no metric of the parked relay"
[[ $(backlog) == 21 ]] || fail "something went before the refused record, or waits before it: $(backlog)"
grep -q RELAY_NOT_PARKED <<<"$(post /relay/skip "{\"position\":$((position + 1)),\"reason\":\"wrong\"}")" || fail "another record is skipped"
grep -q '"pointer":"/reason"' <<<"$(post /relay/skip '{"position":"x"}')" || fail "a skip without a reason"
grep -q "\"position\":$position" <<<"$(post /relay/skip "{\"position\":$position,\"reason\":\"too many lines\"}")" || fail "the skip fails"
wait_for 30 drained || fail "after the skip $(backlog) wait"
grep -q 'set aside by tester: too many lines' <<<"$(curl -s "$url/api/v1/dead-letters")" || fail "no dead letter of the skip"
grep -q 'not sent to Kafka; set aside by tester' <<<"$(curl -s "$url/api/v1/orders/$order/events")" || fail "no note on the timeline"
wait_answer 30 /ready '"status":"ready"'
records | "$python" "$here/peer.py" check "$url" "$topic" "$position" || fail "the topic is not the log without the skipped record"
"$python" "$here/peer.py" load "$url" 2 200 || fail "load on a topic that takes little"
wait_for 30 drained || fail "a topic that takes little: $(backlog)"
restarts=$(curl -s "$url/api/v1/status" | sed -E 's/.*"restarts":([0-9]+).*/\1/')
((restarts <= 12)) || fail "the size of batches is not found: $restarts restarts"
kafka_admin kafka.admin.ConfigCommand --alter --entity-type topics --entity-name "$topic" --delete-config max.message.bytes >/dev/null
say "a refused record parks the relay, is set aside with who and why, and all else arrives in order"

# ---- the end

"$python" "$here/peer.py" load "$url" 1 200 || fail "load before the stop"
program_stop
start
drained || fail "what was committed before the stop was not sent: $(backlog)"
say "a stop sends what is committed"
