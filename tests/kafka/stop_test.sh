#!/usr/bin/env bash
# A clean stop in the middle of a backlog, on a real broker: what was acknowledged is marked before the end, so that after
# the next start nothing comes twice. Skipped where the broker's packages cannot be had.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/support/kafka.sh
source "$here/../support/kafka.sh"
# shellcheck source=tests/support/program.sh
source "$here/../support/program.sh"

topic=wms.orders.events
broker=$work/broker

at_work()
{
    (($(relay_figure delivered) > 0))
}

drained()
{
    [[ $(relay_figure backlog) == 0 ]]
}

records()
{
    timeout 60 kcat -b "127.0.0.1:$KAFKA_PORT" -C -t "$topic" -o beginning -e -q -J
}

kafka_peers
kafka_prepare "$broker"
printf 'quota.window.num=2\n' >>"$broker/server.properties" # of a second each: little comes in at once
kafka_start "$broker"
kafka_topics 3

program_start # without Kafka: its log becomes the backlog
events=0
until ((events >= 2000)); do
    "$python" "$here/peer.py" load "$url" 1 800 >/dev/null || fail "requests fail"
    events=$(curl -s "$url/metrics" | sed -nE 's/^orderdeck_event_position ([0-9]+).*/\1/p')
done
program_stop

# the broker lets in so little that the relay's time at the end is not enough for all
quota()
{
    kafka_admin kafka.admin.ConfigCommand --alter --entity-type clients --entity-name orderdeck "$@" >/dev/null
}
quota --add-config producer_byte_rate=60000
for round in 1 2; do
    program_start KAFKA_BROKERS="127.0.0.1:$KAFKA_PORT" KAFKA_QUEUE_BUFFERING_MAX_MESSAGES=20
    wait_for 30 at_work || fail "nothing is sent"
    program_stop
    sent=$(records | wc -l)
    printf 'stop %d: %d of %d sent\n' "$round" "$sent" "$events"
    ((sent > 0 && sent < events)) || fail "it was not in the middle of a backlog"
done

quota --delete-config producer_byte_rate
program_start KAFKA_BROKERS="127.0.0.1:$KAFKA_PORT"
wait_for 60 drained || fail "the backlog does not drain: $(relay_figure backlog)"
records | "$python" "$here/peer.py" check "$url" "$topic" >"$work/check" || fail "the topic is not the log: $(cat "$work/check")"
cat "$work/check"
grep -q ', 0 repeats,' "$work/check" || fail "events were sent twice after clean stops"
program_stop
say "after clean stops in the middle of a backlog nothing was sent twice"
