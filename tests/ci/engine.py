"""Runs the SQL of `seatwise usage sql` on one engine: `engine.py ENGINE FOLDER`.

Every file `NAME.ENGINE.sql` of the folder is run in one session; prints an object by NAME, the rows of each answer as lists.
"""

import json
import pathlib
import sys


def duckdb():
    import duckdb

    connection = duckdb.connect()
    return lambda statement: connection.execute(statement).fetchall()


def datafusion():
    from datafusion import SessionContext

    context = SessionContext()
    return lambda statement: [list(row.values()) for row in context.sql(statement).to_pylist()]


def clickhouse():
    import chdb

    return lambda statement: json.loads(str(chdb.query(statement, "JSONCompact")))["data"]


def spark():
    from pyspark.sql import SparkSession

    # Two executors, each a process of its own, and no query before both are there. So little data needs few partitions, and most of the
    # time would go into compiling code that runs once.
    builder = SparkSession.builder.master("local-cluster[2,1,1024]").appName("seatwise")
    for key, value in {
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",
        "spark.executor.extraJavaOptions": "-XX:TieredStopAtLevel=1",
        "spark.executor.memory": "512m",
        "spark.scheduler.maxRegisteredResourcesWaitingTime": "300s",
        "spark.scheduler.minRegisteredResourcesRatio": "1.0",
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.session.timeZone": "Asia/Tokyo",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()

    def run(statement):
        rows = [list(row) for row in session.sql(statement).collect()]
        # The driver is among them.
        print(f"executors: {session.sparkContext._jsc.sc().getExecutorMemoryStatus().size() - 1}", file=sys.stderr)
        return rows

    return run


def main():
    engine, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    run = {"duckdb": duckdb, "datafusion": datafusion, "clickhouse": clickhouse, "spark": spark}[engine]()
    answers = {}
    for file in sorted(folder.glob(f"*.{engine}.sql")):
        statements = [one.strip() for one in file.read_text(encoding="utf-8").split(";\n") if one.strip()]
        for statement in statements[:-1]:
            run(statement)
        answers[file.name.removesuffix(f".{engine}.sql")] = [list(row) for row in run(statements[-1])]
    print(json.dumps(answers))


main()
