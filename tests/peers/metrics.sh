#!/usr/bin/env bash
# /metrics: promtool reads it, right after the start and after some work.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/peers/judge.sh
source "$here/judge.sh"

program_start -- "$@"

metrics()
{
    curl -fsS "$url/metrics" | promtool check metrics
}

work_a_little()
{
    local i
    for i in 1 2 3 4 5; do
        curl -fsS -o /dev/null "$url/api/v1/orders" -H 'Content-Type: application/json' -d \
            '{"customerId":"C","items":[{"sku":"s","quantity":1,"price":{"amount":1,"currency":"USD"}}],"shippingAddress":{}}' &&
            curl -fsS -o /dev/null "$url/api/v1/orders?limit=$i" &&
            curl -s -o /dev/null "$url/nowhere" || return 1
    done
}

judge "promtool accepts /metrics after the start" metrics
judge "the service takes orders" work_a_little
judge "promtool accepts /metrics after some work" metrics
finish
