#!/usr/bin/env bash
# /openapi.json: Spectral reads it, schemathesis holds the running service to it.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/peers/service.sh
source "$here/service.sh"

cache=$peers_cache/openapi
mkdir -p "$cache"
if [[ ! -x $cache/node_modules/.bin/spectral ]]; then
    npm install --silent --no-audit --no-fund --prefix "$cache" '@stoplight/spectral-cli@6'
fi
if [[ ! -x $cache/venv/bin/schemathesis ]]; then
    python3 -m venv "$cache/venv"
    "$cache/venv/bin/pip" install --quiet 'schemathesis==4.*'
fi

start_service "$@"
curl -fsS "$service_url/openapi.json" -o "$work/openapi.json"

spectral()
{
    echo 'extends: ["spectral:oas"]' >"$work/ruleset.yaml"
    "$cache/node_modules/.bin/spectral" lint --ruleset "$work/ruleset.yaml" --fail-severity=hint "$work/openapi.json"
}

# Endless streams are judged by the HTTP tests.
schemathesis()
{
    (cd "$work" && SCHEMATHESIS_HOOKS=openapi_hooks PYTHONPATH=$here PYTHONDONTWRITEBYTECODE=1 NO_COLOR=1 \
        "$cache/venv/bin/schemathesis" --config-file "$here/schemathesis.toml" run "$work/openapi.json" \
        --url "$service_url" --checks all --phases examples,coverage,fuzzing,stateful \
        --exclude-path-regex 'stream$' --max-examples "${EXAMPLES:-12}" --continue-on-failure >"$work/report" 2>&1) ||
        { tail -n 200 "$work/report"; return 1; }
    grep -E 'generated' "$work/report"
}

judge "Spectral finds nothing to say about /openapi.json" spectral
judge "schemathesis finds the service as /openapi.json says" schemathesis
judge "the service is still healthy" curl -fsS -o /dev/null "$service_url/health"
finish
