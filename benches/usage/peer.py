"""The same peaks by DuckDB. Prints seconds, seconds of processors, peak memory in MiB, and what the Rust side prints: see `benches/usage.rs`.

A machine counts once in an interval however many rows say so, so rows of a machine that overlap or touch are joined first (gaps and
islands); then one sweep over the changes gives the number in every interval. That is much faster than taking rows apart into intervals.
Islands are numbered by range, not by rows: of rows that are the same, the two windows may take another one first.
"""

import resource
import sys
import time

import duckdb

QUERY = """
create temp table stays as
select Country as country, "Product" as product, "Machine Name" as machine,
       (epoch("First Interval") // 600)::bigint as first, (epoch("Last Interval") // 600)::bigint as last
from read_csv(?, header = true, parallel = true, columns = {
    'Country': 'varchar', 'Product': 'integer', 'Feature String': 'varchar', 'Machine Name': 'varchar', 'User': 'varchar',
    'Email': 'varchar', 'Usage Type': 'varchar', 'First Interval': 'timestamp', 'Last Interval': 'timestamp', 'Version': 'varchar'})
where lower("Usage Type") = 'production'
"""

STEPS = """
create temp table steps as
with marked as (
    select country, product, machine, first, last,
           first > 1 + max(last) over (partition by product, country, machine order by first, last
                                       rows between unbounded preceding and 1 preceding) as is_new
    from stays
), islands as (
    select country, product, machine, first, last,
           sum(case when is_new is distinct from false then 1 else 0 end)
               over (partition by product, country, machine order by first, last
                     range between unbounded preceding and current row) as island
    from marked
), joined as (
    select country, product, min(first) as first, max(last) as last from islands group by country, product, machine, island
), changes as (
    select country, product, first as moment, 1 as change from joined
    union all
    select country, product, last + 1 as moment, -1 as change from joined
), summed as (
    select country, product, moment, sum(change) as change from changes group by all
)
select country, product, moment, (sum(change) over (partition by product, country order by moment rows unbounded preceding))::bigint as machines,
       lead(moment) over (partition by product, country order by moment) as until
from summed
"""

PEAKS = """
select product, country, max(machines) as peak, min_by(moment, (-machines, moment)) as moment from steps where machines > 0
group by product, country order by product, country
"""


def main():
    file, threads = sys.argv[1], int(sys.argv[2])
    began = time.perf_counter()
    connection = duckdb.connect(config={"threads": threads})
    connection.execute("set preserve_insertion_order = false")
    connection.execute(QUERY, [file])
    connection.execute(STEPS)
    intervals = connection.execute("select sum(until - moment) from steps where machines > 0").fetchone()[0]
    peaks = connection.execute(PEAKS).fetchall()
    seconds = time.perf_counter() - began
    print(seconds)
    print(time.process_time())
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    print(f"{intervals} intervals")
    for product, country, peak, at in peaks:
        print(product, country, "2026Q1", peak, time.strftime("%Y-%m-%d %H:%M", time.gmtime(at * 600)))


main()
