#!/usr/bin/env bash
# /openapi.json: Spectral reads it, schemathesis holds the running service to it.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/peers/judge.sh
source "$here/judge.sh"

cache=$peers_cache/openapi
mkdir -p "$cache"
if [[ ! -x $cache/node_modules/.bin/spectral ]]; then
    npm install --silent --no-audit --no-fund --prefix "$cache" '@stoplight/spectral-cli@6'
fi
if [[ ! -x $cache/venv/bin/schemathesis ]]; then
    python3 -m venv "$cache/venv"
    "$cache/venv/bin/pip" install --quiet 'schemathesis==4.*'
fi

document()
{
    curl -fsS "$@" "$url/openapi.json" -o "$work/openapi.json"
}

spectral()
{
    echo 'extends: ["spectral:oas"]' >"$work/ruleset.yaml"
    "$cache/node_modules/.bin/spectral" lint --ruleset "$work/ruleset.yaml" --fail-severity=hint "$work/openapi.json"
}

# schemathesis PHASES [option...]; endless streams are judged by the HTTP tests
schemathesis()
{
    local phases=$1
    shift
    (cd "$work" && SCHEMATHESIS_HOOKS=openapi_hooks PYTHONPATH=$here PYTHONDONTWRITEBYTECODE=1 NO_COLOR=1 \
        "$cache/venv/bin/schemathesis" --config-file "$here/schemathesis.toml" run "$work/openapi.json" \
        --url "$url" --checks all --phases "$phases" --exclude-path-regex 'stream$' \
        --max-examples "${EXAMPLES:-12}" --continue-on-failure "$@" >"$work/report" 2>&1) ||
        { tail -n 200 "$work/report"; return 1; }
    grep -E 'generated' "$work/report"
}

healthy()
{
    curl -fsS -o /dev/null "$url/health"
}

program_start -- "$@"
document
judge "Spectral finds nothing to say about /openapi.json" spectral
judge "schemathesis finds the service as /openapi.json says" schemathesis examples,coverage,fuzzing,stateful
judge "the service is still healthy" healthy
program_stop

"$ORDERDECK_BIN" key peer admin >"$work/key" 2>"$work/key.said"
tail -n 1 "$work/key.said" >"$work/keys"
bearer="Authorization: Bearer $(cat "$work/key")"
program_start API_KEYS_FILE="$work/keys" -- "$@"
document -H "$bearer"
judge "Spectral finds nothing to say about it with API keys" spectral
judge "schemathesis finds the service as it says with API keys" schemathesis coverage --header "$bearer"
judge "the service with API keys is still healthy" healthy
finish
