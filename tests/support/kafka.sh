# shellcheck shell=bash
# A real Apache Kafka broker for the tests, from its Maven jars: KRaft, one node, loopback, free ports. Sourced.
#
#   kafka_peers           kcat, the jars and a Python with clients, which is `python` then; else the test is skipped (program.sh)
#   kafka_jars            fetches the jars once into the cache; fails where they cannot be had
#   kafka_prepare DIR [OPTION...]  a new broker's folder and ports; sets KAFKA_PORT; options go to the formatting of its
#                         data; DIR/server.properties may be added to (the last of two settings counts) before the start
#   kafka_start DIR       starts it and waits until it answers
#   kafka_kill DIR        ends it as a power cut would (-9); kafka_start brings it back with its data
#   kafka_stop DIR        ends it
#   kafka_topic NAME N    makes a topic with N partitions
#   kafka_topics N        makes the topics of the service (kafka_topic_names), with N partitions each
#   kafka_has_topic NAME  is it there?
#   relay_figure NAME     a number that the service at $url tells of its relay in /status: backlog, delivered, ...
#
# The broker in the folder $broker is ended with the test.
#
# Needs the Debian packages maven, default-jre-headless and kcat. The versions are fixed, so that a test means the same tomorrow. The cache is shared by all checkouts.

KAFKA_VERSION=3.9.1
kafka_topic_names=(wms.orders.events wms.waves.events wms.picking.events wms.consolidation.events wms.packing.events
    wms.shipping.events)
kafka_cache=${XDG_CACHE_HOME:-$HOME/.cache}/orderdeck-peers/kafka-$KAFKA_VERSION

# kafka_python: a Python with Kafka clients and the CloudEvents SDK; prints its path
kafka_python()
{
    local venv=${kafka_cache%/*}/kafka-python
    if [[ ! -f $venv/complete ]]; then
        { python3 -m venv "$venv" && "$venv/bin/pip" install --quiet 'confluent-kafka==2.*' 'cloudevents==1.*' &&
            touch "$venv/complete"; } >&2 || return 1
    fi
    printf '%s\n' "$venv/bin/python"
}

kafka_peers()
{
    command -v kcat >/dev/null || skip 'kcat is missing'
    kafka_jars || skip 'no broker'
    # shellcheck disable=SC2034 # the test uses it
    python=$(kafka_python) || skip 'no clients for Kafka'
}

kafka_pom()
{
    cat <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>orderdeck</groupId><artifactId>peer-kafka</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>$KAFKA_VERSION</version></dependency>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId><version>$KAFKA_VERSION</version>
      <exclusions><exclusion><groupId>org.slf4j</groupId><artifactId>slf4j-reload4j</artifactId></exclusion></exclusions></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
POM
}

kafka_jars()
{
    [[ ! -f $kafka_cache/complete ]] || return 0
    if ! command -v mvn >/dev/null || ! command -v java >/dev/null; then
        printf 'a broker needs the packages maven and default-jre-headless\n' >&2
        return 1
    fi
    local work=$kafka_cache.$$
    mkdir -p "$work/libs"
    kafka_pom >"$work/pom.xml"
    if ! mvn -q -B -f "$work/pom.xml" dependency:copy-dependencies -DoutputDirectory="$work/libs" -DincludeScope=runtime \
        </dev/null >"$work/log" 2>&1; then
        tail -n 5 "$work/log" >&2
        rm -rf "$work"
        return 1
    fi
    touch "$work/complete"
    rm -rf "$kafka_cache"
    mv "$work" "$kafka_cache" 2>/dev/null || rm -rf "$work" # another was faster
    [[ -f $kafka_cache/complete ]]
}

# kafka_free_ports N: ports that are free now
kafka_free_ports()
{
    python3 - "$1" <<'PY'
import socket
import sys
held = [socket.socket() for _ in range(int(sys.argv[1]))]
for s in held:
    s.bind(("127.0.0.1", 0))
print(*(s.getsockname()[1] for s in held))
PY
}

kafka_properties() # dir port controller_port
{
    cat <<PROPERTIES
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$3
listeners=PLAINTEXT://127.0.0.1:$2,CONTROLLER://127.0.0.1:$3
advertised.listeners=PLAINTEXT://127.0.0.1:$2
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs=$1/data
num.partitions=3
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=200
PROPERTIES
}

kafka_prepare() # dir [option...]
{
    local id controller dir=$1
    shift
    mkdir -p "$dir"
    read -r KAFKA_PORT controller < <(kafka_free_ports 2)
    kafka_properties "$dir" "$KAFKA_PORT" "$controller" >"$dir/server.properties"
    id=$(head -c 16 /dev/urandom | base64 | tr '+/' 'AB' | tr -d '=') # one that began with - would be taken for an option
    java -cp "$kafka_cache/libs/*" kafka.tools.StorageTool format -t "$id" -c "$dir/server.properties" "$@" >"$dir/format.log" 2>&1 ||
        { cat "$dir/format.log" >&2 && return 1; }
}

kafka_answers()
{
    timeout 5 kcat -b "127.0.0.1:$KAFKA_PORT" -L -m 2 >/dev/null 2>&1
}

kafka_start() # dir
{
    local tries
    java -Xmx512m -XX:TieredStopAtLevel=1 -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -cp "$kafka_cache/libs/*" \
        kafka.Kafka "$1/server.properties" >>"$1/broker.log" 2>&1 </dev/null &
    printf '%s\n' $! >"$1/pid"
    for ((tries = 0; tries < 300; tries++)); do
        ! kafka_answers || return 0
        kill -0 "$(cat "$1/pid")" 2>/dev/null || break
        sleep 0.2
    done
    tail -n 20 "$1/broker.log" >&2
    return 1
}

kafka_end() # dir signal
{
    local pid
    [[ -f $1/pid ]] || return 0
    pid=$(cat "$1/pid")
    rm -f "$1/pid"
    kill "-$2" "$pid" 2>/dev/null || return 0
    wait "$pid" 2>/dev/null || true
}

kafka_kill()
{
    kafka_end "$1" KILL
}

kafka_stop()
{
    kafka_end "$1" TERM
}

# shellcheck disable=SC2154 # broker: of the test
end_also()
{
    kafka_kill "$broker"
}

# shellcheck disable=SC2154 # url: program.sh
relay_figure()
{
    curl -s "$url/api/v1/status" | sed -E "s/.*\"kafka\":\\{[^}]*\"$1\":([0-9]+).*/\\1/"
}

# kafka_admin CLASS ARGS...: one of the broker's own tools
kafka_admin()
{
    local class=$1
    shift
    java -XX:TieredStopAtLevel=1 -Dorg.slf4j.simpleLogger.defaultLogLevel=error -cp "$kafka_cache/libs/*" "$class" \
        --bootstrap-server "127.0.0.1:$KAFKA_PORT" "$@"
}

kafka_topic() # name partitions [config...]
{
    local name=$1 partitions=$2 setting config=()
    shift 2
    for setting in "$@"; do
        config+=(--config "$setting")
    done
    kafka_admin org.apache.kafka.tools.TopicCommand --create --topic "$name" --partitions "$partitions" "${config[@]}" >/dev/null
}

# Not with the broker's own tool: that takes seconds for each.
kafka_topics() # partitions
{
    local python
    python=$(kafka_python) || return 1
    "$python" - "127.0.0.1:$KAFKA_PORT" "$1" "${kafka_topic_names[@]}" <<'PY'
import sys
from confluent_kafka.admin import AdminClient, NewTopic
address, partitions, *names = sys.argv[1:]
admin = AdminClient({"bootstrap.servers": address})
for made in admin.create_topics([NewTopic(name, int(partitions), 1) for name in names]).values():
    made.result(30)
PY
}

kafka_has_topic() # name
{
    timeout 10 kcat -b "127.0.0.1:$KAFKA_PORT" -L -t "$1" -J 2>/dev/null | grep -q '"partition":0'
}
