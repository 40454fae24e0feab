#!/usr/bin/env bash
# A broker that knows us and does not let us do everything: what is not allowed is told in words, nothing is lost, and all
# goes on by itself once it is allowed. Skipped where the broker's packages cannot be had.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/support/kafka.sh
source "$here/../support/kafka.sh"
# shellcheck source=tests/support/program.sh
source "$here/../support/program.sh"

orders=wms.orders.events
waves=wms.waves.events
broker=$work/broker

kafka_peers

# ---- a broker where the user orderdeck may do what is written down, and who comes by the other door everything

door() # port
{
    local controller
    controller=$(sed -nE 's/^listeners=.*(CONTROLLER:.*)/\1/p' "$broker/server.properties")
    cat <<PROPERTIES
listeners=PLAINTEXT://127.0.0.1:$KAFKA_PORT,SASL_PLAINTEXT://127.0.0.1:$1,$controller
advertised.listeners=PLAINTEXT://127.0.0.1:$KAFKA_PORT,SASL_PLAINTEXT://127.0.0.1:$1
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT
sasl.enabled.mechanisms=PLAIN
listener.name.sasl_plaintext.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_orderdeck="secret";
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
PROPERTIES
}

acl() # option...
{
    kafka_admin kafka.admin.AclCommand --allow-principal User:orderdeck "$@" >"$work/acl" 2>&1 ||
        fail "no ACL: $(cat "$work/acl")"
}

allow() # option...
{
    acl --add "$@"
}

forbid() # option...
{
    acl --remove --force "$@"
}

tell() # topic id type
{
    printf '{"specversion":"1.0","id":"%s","source":"/wms/test","type":"%s","data":{"waveId":"W","orderId":"%s"}}\n' \
        "$2" "$3" "$id" | kcat -b "127.0.0.1:$KAFKA_PORT" -P -t "$1" -k W
}

kafka_prepare "$broker"
read -r sasl < <(kafka_free_ports 1)
door "$sasl" >>"$broker/server.properties"
kafka_start "$broker"
kafka_topics 1

# ---- what is not allowed is told

order='{"customerId":"C","items":[{"sku":"s","quantity":1,"price":{"amount":1,"currency":"USD"}}],"shippingAddress":
    {"street":"1 Main St","city":"New York","state":"NY","zipCode":"10001","country":"US"}}'

program_start KAFKA_BROKERS="127.0.0.1:$sasl" KAFKA_SECURITY_PROTOCOL=SASL_PLAINTEXT KAFKA_SASL_MECHANISM=PLAIN \
    KAFKA_SASL_USERNAME=orderdeck KAFKA_SASL_PASSWORD=secret
wait_answer 20 /ready 'the brokers refuse the producer: Broker: Cluster authorization failed'
wait_answer 20 /ready 'the consumer does not read: order-service: Broker: Group authorization failed'
wait_answer 20 /api/v1/status "\"missingTopics\":\"[^\"]*$orders \(not authorised\)"
grep -q '"level":"error","msg":"kafka: the brokers refuse us.*Cluster authorization failed' "$work/log" || fail "the log does not say it"
say "a user without any right is told so, and parks nothing"

allow --cluster --operation IdempotentWrite
allow --operation Describe --topic '*' # all is seen, and nothing more
id=$(post /orders "$order" | sed -E 's/.*"orderId":"([^"]*)".*/\1/')
post "/orders/$id/validate" '{}' >/dev/null
"$python" "$here/peer.py" load "$url" 1 100 || fail "the API suffers from missing rights"
wait_answer 30 /ready 'the record at position 1 is refused: Broker: Topic authorization failed'
wait_answer 5 /metrics '^orderdeck_kafka_relay_parked 1'
wait_answer 5 /api/v1/status "\"parked\":\{\"position\":1,[^}]*\"orderId\":\"$id\",\"type\":\"wms.order.received\""
grep -q '"level":"error","msg":"kafka: a record is refused' "$work/log" || fail "the log does not say it"
say "a topic that may not be written to parks the relay"

# ---- and what is allowed then goes on by itself, each for itself

allow --group order-service --operation Read
wait_answer 30 /ready 'the consumer does not read: [^"]*: Broker: Topic authorization failed'
allow --topic '*' --operation Read
wait_answer 30 /api/v1/status '"inbound":\{"state":"running","detail":null'
tell "$waves" 1 wms.wave.order-added
wait_answer 30 "/api/v1/orders/$id" '"status":"wave_assigned"'
say "a group and topics that may be read by now are read, while the relay waits"

wait_answer 30 /metrics '^orderdeck_kafka_consumer_lag 0'
forbid --topic '*' --operation Read
wait_answer 30 /ready 'the consumer does not read: [^"]*: Broker: Topic authorization failed'
wait_answer 30 /api/v1/status '"lag":null,"records"' # what comes now is not told
allow --topic '*' --operation Read
wait_answer 30 /api/v1/status '"inbound":\{"state":"running","detail":null'
told=$(grep -c "the Kafka consumer reports an error.*$waves: Broker: Topic authorization failed" "$work/log")
((told == 2)) || fail "the log says it $told times, of two refusals"
tell "$waves" 1 wms.wave.order-added
tell "$waves" 2 wms.wave.order-removed
wait_answer 30 "/api/v1/orders/$id" '"status":"validated"'
wait_answer 5 /metrics '^orderdeck_facts_repeated_total 1' # it was sent twice, and nothing was read twice
wait_answer 5 /metrics '^orderdeck_facts_applied_total 2'
wait_answer 30 /metrics '^orderdeck_kafka_consumer_lag 0'
say "topics that may be read again are known to be, though nothing comes"

allow --topic "$orders" --operation Write
wait_answer 60 /metrics '^orderdeck_events_unsent 0'
wait_answer 10 /ready '"status":"ready"'
timeout 60 kcat -b "127.0.0.1:$KAFKA_PORT" -C -t "$orders" -o beginning -e -q -J |
    "$python" "$here/peer.py" check "$url" "$orders" || fail "the topic is not the log"
program_stop
say "a topic that may be written to by now gets everything, in order"
