#!/usr/bin/env bash
# A broker that asks who is there: SASL with SCRAM-SHA-256, and TLS with a CA of its own. What is right produces and
# consumes; what is wrong is told in words, and no secret is told at all. Skipped where the broker's packages cannot be had.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/support/kafka.sh
source "$here/../support/kafka.sh"
# shellcheck source=tests/support/program.sh
source "$here/../support/program.sh"

orders=wms.orders.events
waves=wms.waves.events
password=correct-horse-7
wrong=hunter2-hunter2
broker=$work/broker

command -v openssl >/dev/null || skip 'openssl is missing'
kafka_peers

# ---- a broker with a door for each

# certificate NAME SUBJECT: a CA of its own, and a key with a certificate for 127.0.0.1 by it
certificate()
{
    local at=$work/$1
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=$1 CA" \
        -keyout "$at-ca.key" -out "$at-ca.pem" 2>/dev/null
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$1" \
        -keyout "$at.key" -out "$at.csr" 2>/dev/null
    openssl x509 -req -in "$at.csr" -CA "$at-ca.pem" -CAkey "$at-ca.key" -CAcreateserial -days 2 \
        -extfile <(printf 'subjectAltName=IP:127.0.0.1,DNS:localhost') -out "$at.pem" 2>/dev/null
    cat "$at.key" "$at.pem" >"$at-both.pem"
}

doors() # sasl_port tls_port
{
    local controller
    controller=$(sed -nE 's/^listeners=.*(CONTROLLER:.*)/\1/p' "$broker/server.properties")
    cat <<PROPERTIES
listeners=PLAINTEXT://127.0.0.1:$KAFKA_PORT,SASL_PLAINTEXT://127.0.0.1:$1,SASL_SSL://127.0.0.1:$2,$controller
advertised.listeners=PLAINTEXT://127.0.0.1:$KAFKA_PORT,SASL_PLAINTEXT://127.0.0.1:$1,SASL_SSL://127.0.0.1:$2
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL
sasl.enabled.mechanisms=SCRAM-SHA-256,PLAIN
listener.name.sasl_plaintext.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.sasl_plaintext.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_orderdeck="$password";
listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.sasl_ssl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_orderdeck="$password";
ssl.keystore.type=PEM
ssl.keystore.location=$work/broker-both.pem
PROPERTIES
}

certificate broker
certificate stranger
kafka_prepare "$broker" --add-scram "SCRAM-SHA-256=[name=orderdeck,password=$password]"
read -r sasl tls < <(kafka_free_ports 2)
doors "$sasl" "$tls" >>"$broker/server.properties"
kafka_start "$broker"
kafka_topics 1

# ---- the program

start() # VARIABLE=value...
{
    rm -f "$work"/orders.sqlite*
    program_start "$@" LOG_LEVEL=trace
}

stop()
{
    program_stop
    keeps_secrets "$work/log"
}

keeps_secrets() # file
{
    ! grep -q -e "$password" -e "$wrong" "$1" || fail "a secret is shown: $(grep -h -e "$password" -e "$wrong" "$1")"
}

# says SECONDS PATH TEXT: in time, and without a secret
says()
{
    wait_answer "$@"
    keeps_secrets "$work/answer"
}

order='{"customerId":"C","items":[{"sku":"s","quantity":1,"price":{"amount":1,"currency":"USD"}}],"shippingAddress":
    {"street":"1 Main St","city":"New York","state":"NY","zipCode":"10001","country":"US"}}'

# works NAME VARIABLE=value...: an event of ours arrives, and one of the warehouse's has its effect
works()
{
    local name=$1 id
    shift
    start "$@" KAFKA_GROUP="group-$name"
    says 30 /ready '"status":"ready"'
    id=$(post /orders "$order" | sed -E 's/.*"orderId":"([^"]*)".*/\1/')
    post "/orders/$id/validate" '{}' >/dev/null
    says 30 /metrics '^orderdeck_events_unsent 0'
    timeout 20 kcat -b "127.0.0.1:$KAFKA_PORT" -C -t "$orders" -o beginning -e -q | grep -q "\"subject\":\"$id\"" ||
        fail "$name: the event is not on the topic"
    printf '{"specversion":"1.0","id":"%s","source":"/wms/test","type":"wms.wave.order-added","data":{"waveId":"W","orderId":"%s"}}\n' \
        "$id" "$id" | kcat -b "127.0.0.1:$KAFKA_PORT" -P -t "$waves" -k W
    says 30 "/api/v1/orders/$id" '"status":"wave_assigned"'
    says 10 /api/v1/status '"KAFKA_SASL_PASSWORD":"\*\*\*"'
    stop
    say "$name produces and consumes"
}

# tells NAME WORDS TEXT VARIABLE=value...: degraded in these words with this reason, for both ways; orders are taken all
# the same
tells()
{
    local name=$1 words=$2 text=$3
    shift 3
    start "$@"
    says 30 /ready "\"status\":\"degraded\".*\"detail\":\"$words: [^\"]*$text"
    says 30 /api/v1/status "\"inbound\":\{[^}]*\"detail\":\"[^\"]*$text"
    says 10 /api/v1/status '"KAFKA_SASL_PASSWORD":"\*\*\*"'
    [[ $(curl -s -o /dev/null -w '%{http_code}' "$url/ready") == 200 ]] || fail "$name: degraded is not 200"
    grep -q '"status":"received"' <<<"$(post /orders "$order")" || fail "$name: no order is taken"
    grep -qE '"level":"warn".*'"$text" "$work/log" || fail "$name: the log does not say \"$text\""
    stop
    say "$name is told: $words: ... $text"
}

scram=(KAFKA_BROKERS="127.0.0.1:$sasl" KAFKA_SECURITY_PROTOCOL=SASL_PLAINTEXT KAFKA_SASL_MECHANISM=SCRAM-SHA-256
    KAFKA_SASL_USERNAME=orderdeck)
encrypted=(KAFKA_BROKERS="127.0.0.1:$tls" KAFKA_SECURITY_PROTOCOL=sasl_ssl KAFKA_SASL_MECHANISMS=PLAIN
    KAFKA_SASL_USERNAME=orderdeck "KAFKA_SASL_PASSWORD=$password")

works SCRAM "${scram[@]}" "KAFKA_SASL_PASSWORD=$password"
works TLS "${encrypted[@]}" KAFKA_SSL_CA_LOCATION="$work/broker-ca.pem"
tells "a wrong password" 'the brokers refuse our credentials' 'Authentication failed' "${scram[@]}" "KAFKA_SASL_PASSWORD=$wrong"
tells "a CA that did not sign" 'no broker can be reached' 'certificate' "${encrypted[@]}" KAFKA_SSL_CA_LOCATION="$work/stranger-ca.pem"

(program_run "${scram[@]}" "KAFKA_SASL_PASSWORD=$wrong" -- --print-config) >"$work/config"
grep -q 'KAFKA_SASL_PASSWORD *= \*\*\*' "$work/config" || fail "--print-config does not mask"
keeps_secrets "$work/config"
say "no secret is in the log, /ready, /status or --print-config"
