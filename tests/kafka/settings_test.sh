#!/usr/bin/env bash
# The settings of Kafka, seen from outside, with no broker to be reached.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/support/program.sh
source "$here/../support/program.sh"

# refused TEXT VARIABLE=value...: does not start, with status 2 and this in its line
refused()
{
    local text=$1 status=0
    shift
    (program_run KAFKA_BROKERS=127.0.0.1:1 "$@" -- --headless --port 0) >"$work/log" 2>&1 || status=$?
    [[ $status == 2 ]] || fail "status $status for $*"
    grep -q "$text" "$work/log" || fail "\"$text\" is not said for $*"
    ! grep -q hunter2 "$work/log" || fail "a secret is shown"
}

refused "enable.idempotence" KAFKA_ENABLE_IDEMPOTENCE=false
refused "set KAFKA_GROUP" KAFKA_GROUP_ID=mine
refused "acks" KAFKA_ACKS=1
refused "security.protocol" KAFKA_SECURITY_PROTOCOL=pigeon
refused "client.id" "KAFKA_CLIENT_ID=$(printf 'x%.0s' {1..100})"
refused "KAFKA_TOPIC_ORDERS" "KAFKA_TOPIC_ORDERS="$'\t'

(program_run KAFKA_SASL_PASSWORD=hunter2 KAFKA_SASL_USERNAME=me -- --print-config) >"$work/config"
grep -q 'KAFKA_SASL_PASSWORD *= \*\*\*' "$work/config" || fail "--print-config does not mask"
grep -q 'KAFKA_SASL_USERNAME *= me' "$work/config" || fail "--print-config does not show"
! grep -q hunter2 "$work/config" || fail "--print-config shows a secret"

program_start KAFKA_BROKERS=127.0.0.1:1 KAFKA_PORT=tcp://10.0.0.1:9092 KAFKA_SASL_PASSWORD=hunter2
wait_answer 10 /ready '"status":"degraded"'
wait_answer 10 /ready 'no broker can be reached'
[[ $(curl -s -o /dev/null -w '%{http_code}' "$url/ready") == 200 ]] || fail "degraded is not 200"
grep -q '"property":"port"' "$work/log" || fail "KAFKA_PORT is not warned about"
answers /api/v1/status '"KAFKA_SASL_PASSWORD":"\*\*\*"' || fail "/status does not mask"
answers /api/v1/status '"state":"unreachable"' || fail "/status does not say the state"
grep -q RELAY_NOT_PARKED <<<"$(post /relay/skip '{"position":1,"reason":"x"}')" || fail "a relay that is not parked is skipped"
order='{"customerId":"C","items":[{"sku":"s","quantity":1,"price":{"amount":1,"currency":"USD"}}],"shippingAddress":{}}'
grep -q '"status":"received"' <<<"$(post /orders "$order")" || fail "no order without a broker"
wait_answer 10 /metrics '^orderdeck_events_unsent 1'
program_stop
! grep -q hunter2 "$work/log" || fail "a secret is logged"

program_start KAFKA_BROKERS=127.0.0.1:1 READY_REQUIRES_KAFKA=true
wait_answer 10 /ready '"status":"unavailable"'
[[ $(curl -s -o /dev/null -w '%{http_code}' "$url/ready") == 503 ]] || fail "READY_REQUIRES_KAFKA is not 503"
program_stop

program_start
answers /ready '"status":"ready"' || fail "without brokers /ready is not ready"
answers /metrics '^orderdeck_events_unsent 1' || fail "without brokers the unsent event is not counted"
program_stop

program_start KAFKA_BROKERS=127.0.0.1:1 -- --read-only
answers /api/v1/status '"kafka":null' || fail "--read-only has a relay"
program_stop
say "the settings of Kafka"
