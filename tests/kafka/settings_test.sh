#!/usr/bin/env bash
# The settings of Kafka, seen from outside, with no broker to be reached.
set -euo pipefail
: "${ORDERDECK_BIN:?is the program under test}"
work=$(mktemp -d)
pid=
url=

end()
{
    [[ -z $pid ]] || kill -KILL "$pid" 2>/dev/null || true
    rm -rf "$work"
}
trap end EXIT

fail()
{
    printf 'not ok: %s\n' "$*"
    [[ ! -f $work/log ]] || tail -n 5 "$work/log"
    exit 1
}

run() # VARIABLE=value... -- option...
{
    local variables=()
    while [[ $1 != -- ]]; do
        variables+=("$1")
        shift
    done
    shift
    exec env HOME="$work" XDG_CONFIG_HOME="$work" XDG_DATA_HOME="$work" XDG_STATE_HOME="$work" "${variables[@]}" \
        "$ORDERDECK_BIN" "$@"
}

start() # the same
{
    local tries
    run "$@" --headless --port 0 >"$work/log" 2>&1 &
    pid=$!
    for ((tries = 0; tries < 600; tries++)); do
        url=$(sed -nE 's/.*"msg":"ready".*"url":"([^"]*)".*/\1/p' "$work/log" | head -n 1)
        [[ -z $url ]] || return 0
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.05
    done
    fail "the program does not start"
}

stop()
{
    kill -TERM "$pid"
    wait "$pid" || fail "the program stops with status $?"
    pid=
}

# refused TEXT VARIABLE=value...: does not start, with status 2 and this in its line
refused()
{
    local text=$1 status=0
    shift
    (run KAFKA_BROKERS=127.0.0.1:1 "$@" -- --headless --port 0) >"$work/log" 2>&1 || status=$?
    [[ $status == 2 ]] || fail "status $status for $*"
    grep -q "$text" "$work/log" || fail "\"$text\" is not said for $*"
    ! grep -q hunter2 "$work/log" || fail "a secret is shown"
}

wait_ready() # text
{
    local tries
    for ((tries = 0; tries < 200; tries++)); do
        ! grep -q "$1" <<<"$(curl -s "$url/ready")" || return 0
        sleep 0.05
    done
    fail "/ready does not say \"$1\": $(curl -s "$url/ready")"
}

refused "enable.idempotence" KAFKA_ENABLE_IDEMPOTENCE=false
refused "set KAFKA_GROUP" KAFKA_GROUP_ID=mine
refused "acks" KAFKA_ACKS=1
refused "security.protocol" KAFKA_SECURITY_PROTOCOL=pigeon
refused "client.id" "KAFKA_CLIENT_ID=$(printf 'x%.0s' {1..100})"
refused "KAFKA_TOPIC_ORDERS" "KAFKA_TOPIC_ORDERS="$'\t'

(run KAFKA_SASL_PASSWORD=hunter2 KAFKA_SASL_USERNAME=me -- --print-config) >"$work/config"
grep -q 'KAFKA_SASL_PASSWORD *= \*\*\*' "$work/config" || fail "--print-config does not mask"
grep -q 'KAFKA_SASL_USERNAME *= me' "$work/config" || fail "--print-config does not show"
! grep -q hunter2 "$work/config" || fail "--print-config shows a secret"

start KAFKA_BROKERS=127.0.0.1:1 KAFKA_PORT=tcp://10.0.0.1:9092 KAFKA_SASL_PASSWORD=hunter2 --
wait_ready '"status":"degraded"'
wait_ready 'no broker can be reached'
[[ $(curl -s -o /dev/null -w '%{http_code}' "$url/ready") == 200 ]] || fail "degraded is not 200"
grep -q '"property":"port"' "$work/log" || fail "KAFKA_PORT is not warned about"
grep -q '"KAFKA_SASL_PASSWORD":"\*\*\*"' <<<"$(curl -s "$url/api/v1/status")" || fail "/status does not mask"
grep -q '"state":"unreachable"' <<<"$(curl -s "$url/api/v1/status")" || fail "/status does not say the state"
grep -q RELAY_NOT_PARKED <<<"$(curl -s -X POST "$url/api/v1/relay/skip" -H 'Content-Type: application/json' \
    -d '{"position":1,"reason":"x"}')" || fail "a relay that is not parked is skipped"
order='{"customerId":"C","items":[{"sku":"s","quantity":1,"price":{"amount":1,"currency":"USD"}}],"shippingAddress":{}}'
grep -q '"status":"received"' <<<"$(curl -s -X POST "$url/api/v1/orders" -H 'Content-Type: application/json' -d "$order")" || fail "no order without a broker"
for ((tries = 0; tries < 100; tries++)); do
    ! grep -q '^orderdeck_events_unsent 1' <<<"$(curl -s "$url/metrics")" || break
    sleep 0.05
done
grep -q '^orderdeck_events_unsent 1' <<<"$(curl -s "$url/metrics")" || fail "the unsent event is not counted"
stop
! grep -q hunter2 "$work/log" || fail "a secret is logged"

start KAFKA_BROKERS=127.0.0.1:1 READY_REQUIRES_KAFKA=true --
wait_ready '"status":"unavailable"'
[[ $(curl -s -o /dev/null -w '%{http_code}' "$url/ready") == 503 ]] || fail "READY_REQUIRES_KAFKA is not 503"
stop

start --
grep -q '"status":"ready"' <<<"$(curl -s "$url/ready")" || fail "without brokers /ready is not ready"
grep -q '^orderdeck_events_unsent 1' <<<"$(curl -s "$url/metrics")" || fail "without brokers the unsent event is not counted"
stop

start KAFKA_BROKERS=127.0.0.1:1 -- --read-only
grep -q '"kafka":null' <<<"$(curl -s "$url/api/v1/status")" || fail "--read-only has a relay"
stop
echo "ok: the settings of Kafka"
