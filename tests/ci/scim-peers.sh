#!/bin/sh
# Installs the SCIM services of others that the connector is tried against, with the versions that are written down: scim2-server (PyPI)
# and scimmy with scimmy-routers (npm). Writes below `target/` only. Exits with 2 where one cannot be had; the tests then say so.
set -eu
cd "$(dirname "$0")/../.."

peers="${CARGO_TARGET_DIR:-target}/scim-peers"
mkdir -p "$peers"
missing=0

# What is there already is of these very versions.
kept() { cmp -s "$1" "$peers/$(basename "$1")"; }

python() {
    python3 -m venv "$peers/venv" && "$peers/venv/bin/pip" install --quiet --disable-pip-version-check --requirement tests/peers/requirements.txt
}

node_modules() {
    cp tests/peers/package.json tests/peers/package-lock.json "$peers" && (cd "$peers" && npm ci --silent --no-audit --no-fund --ignore-scripts)
}

if ! kept tests/peers/requirements.txt; then
    if python >"$peers/pip.log" 2>&1; then
        cp tests/peers/requirements.txt "$peers"
    else
        echo "scim2-server cannot be had ($peers/pip.log says why)"
        missing=2
    fi
fi
if ! kept tests/peers/package-lock.json || [ ! -d "$peers/node_modules/scimmy" ]; then
    if node_modules >"$peers/npm.log" 2>&1; then :; else
        echo "scimmy cannot be had ($peers/npm.log says why)"
        rm -f "$peers/package-lock.json"
        missing=2
    fi
fi
exit "$missing"
