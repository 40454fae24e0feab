#!/usr/bin/env bash
# /asyncapi.json: the parser of the AsyncAPI project reads it; a diagnostic of severity 0 is a fault.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/peers/judge.sh
source "$here/judge.sh"

cache=$peers_cache/asyncapi
mkdir -p "$cache"
if [[ ! -d $cache/node_modules/@asyncapi/parser ]]; then
    npm install --silent --no-audit --no-fund --prefix "$cache" '@asyncapi/parser@3'
fi

program_start KAFKA_BROKERS="127.0.0.1:1,127.0.0.1:2"
curl -fsS "$url/asyncapi.json" -o "$work/asyncapi.json"
curl -fsS -o /dev/null "$url/api/v1/orders" -H 'Content-Type: application/json' -d \
    '{"customerId":"C","items":[{"sku":"s","quantity":1,"price":{"amount":1,"currency":"USD"}}],"shippingAddress":{}}'
curl -fsS "$url/api/v1/events" -o "$work/events.json"

parse()
{
    (cd "$cache" && node - "$work/asyncapi.json" <<'JS')
const fs = require('fs');
const { Parser } = require('@asyncapi/parser');
(async () => {
    const { document, diagnostics } = await new Parser().parse(fs.readFileSync(process.argv[2], 'utf8'));
    const faults = diagnostics.filter((d) => d.severity === 0);
    for (const d of diagnostics) console.log(d.severity, d.code, d.path.join('/'), d.message);
    if (!document || faults.length) process.exit(1);
    const sent = document.operations().filterBySend().length;
    const received = document.operations().filterByReceive().length;
    console.log(`${document.channels().length} channels, ${sent} sent, ${received} received, ${document.messages().length} messages`);
    if (document.channels().length !== 6 || sent !== 1 || received !== 5) process.exit(1);
})();
JS
}

# An event of the service, judged by the schema that the document has for its type.
event_fits()
{
    (cd "$cache" && node - "$work/asyncapi.json" "$work/events.json" <<'JS')
const fs = require('fs');
const Ajv = require('ajv');
const api = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const event = JSON.parse(fs.readFileSync(process.argv[3], 'utf8')).data[0].event;
const ajv = new (Ajv.default || Ajv)({ strict: false, allErrors: true, validateFormats: false });
const validate = ajv.compile({ components: api.components, $ref: `#/components/schemas/${event.type}` });
if (!validate(event)) {
    console.log(validate.errors);
    process.exit(1);
}
event.data.status = 'nonsense';
if (validate(event)) process.exit(1);
JS
}

judge "the AsyncAPI parser accepts /asyncapi.json" parse
judge "an event is as its schema says" event_fits
finish
