#!/bin/sh
# Holds the files of every example, the real-shape data where they are, and the plans that the tests saved against `schema/` with
# check-jsonschema, which shares no code with seatwise. Exits 0 where all hold, 1 where one does not, 2 where it cannot be had.
set -eu
cd "$(dirname "$0")/../.."

target="${CARGO_TARGET_DIR:-target}"
venv="$target/check-jsonschema"
log="$target/check-jsonschema.log"
check="$venv/bin/check-jsonschema"

install() {
    python3 -m venv "$venv" && "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement tests/ci/requirements.txt
}

if ! "$check" --version >/dev/null 2>&1 && ! install >"$log" 2>&1; then
    echo "check-jsonschema cannot be had ($log says why): nothing was checked from outside"
    exit 2
fi

# `against KIND FILE…`: the files must be valid.
against() {
    kind="$1"
    shift
    echo "$kind: $# files"
    "$check" --schemafile "schema/$kind.schema.json" "$@" || exit 1
}

# `refused KIND FILE…`: every one of the files must be invalid, or the validator proves nothing.
refused() {
    kind="$1"
    shift
    for file in "$@"; do
        if "$check" --schemafile "schema/$kind.schema.json" "$file" >/dev/null 2>&1; then
            echo "$file is accepted by schema/$kind.schema.json, and must not be"
            exit 1
        fi
    done
    echo "$kind: $# files refused, as they must be"
}

real=../shared/data/real-org
if [ ! -d "$real" ]; then
    echo "no real-shape data at $real: the examples only"
    real=""
fi

# No file of a policy has a space in its name; a folder beginning with a dot is no part of one.
# shellcheck disable=SC2046,SC2086
against settings $(find examples $real -name seatwise.yaml -not -path '*/.*/*')
# shellcheck disable=SC2046,SC2086
against policy $(find examples tests/acme-change $real -name '*.yaml' -not -name seatwise.yaml -not -path '*/.*/*')

plans="$target/tmp/plans"
if [ ! -d "$plans" ]; then
    echo "no saved plans in $plans: run the tests first"
    exit 1
fi
# shellcheck disable=SC2046
against plan $(find "$plans" -name '*.json')

refused settings examples/quickstart/people.yaml
refused policy examples/quickstart/seatwise.yaml
refused plan schema/plan.schema.json
