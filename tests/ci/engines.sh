#!/bin/sh
# Installs DuckDB, DataFusion, ClickHouse (as chDB) and Spark below `target/engines`, for the tests that run the SQL of `usage sql` on
# them. Exits 0 where all are there, 2 where one cannot be had, and says which; the tests leave those out.
set -eu
cd "$(dirname "$0")/../.."

engines="${CARGO_TARGET_DIR:-target}/engines"
log="$engines/install.log"
spark=4.3.0
missing=""
mkdir -p "$engines"
: >"$log"

wheels() {
    python3 -m venv "$engines/python" && "$engines/python/bin/pip" install --quiet --disable-pip-version-check --no-deps --requirement tests/ci/engines.txt
}

# Not by `pip install`, which takes its half gigabyte apart and together again twice.
archive() {
    python3 -m pip download --quiet --disable-pip-version-check --no-deps --dest "$engines/archive" "pyspark==$spark" &&
        rm -rf "$engines/unfinished" && mkdir "$engines/unfinished" &&
        tar xzf "$engines/archive/pyspark-$spark.tar.gz" -C "$engines/unfinished" --exclude='*/examples/*' &&
        chmod +x "$engines/unfinished/pyspark-$spark/deps/bin/"* &&
        rm -rf "$engines/archive" "$engines/spark" && mv "$engines/unfinished/pyspark-$spark" "$engines/spark" && rmdir "$engines/unfinished"
}

# From the system's packages.
java_runtime() {
    command -v java >/dev/null 2>&1 && return
    command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ] || return 1
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq && apt-get install -y -qq --no-install-recommends openjdk-17-jre-headless
}

if ! "$engines/python/bin/python" -c 'import chdb, datafusion, duckdb' >/dev/null 2>&1 && ! wheels >>"$log" 2>&1; then
    missing="$missing DuckDB DataFusion ClickHouse"
fi
if ! java_runtime >>"$log" 2>&1 || { [ ! -d "$engines/spark" ] && ! archive >>"$log" 2>&1; }; then
    missing="$missing Spark"
fi

[ -z "$missing" ] && exit 0
echo "cannot be had ($log says why):$missing"
exit 2
