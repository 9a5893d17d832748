-- The most machines at once of each product, feature, place and quarter, as `seatwise usage peaks` counts them. For Apache Spark, over the store of `seatwise usage collect`.
--
-- Times are UTC. Products are called what the store calls them.
create or replace temporary view seatwise_usage using parquet options (path 's3a://firm/usage');

with used as (
    select u.product as product, coalesce(u.feature, '') as feature, coalesce(u.country, '') as place, u.machine as who,
           u.kind as kind, unix_micros(u.start_time) as begins, unix_micros(u.end_time) as ends, l.since as licensed
    from seatwise_usage as u
    -- Use under a named licence is outside the pool; `since` is the first interval that is.
    left join (values
        ('carla.nunes@harbour.example', 'staad-pro', 2992518)) as l(user_name, product, since) on l.user_name = u.user_name and l.product = u.product
    where coalesce(nullif(u.usage_type, ''), 'production') in ('production')
), counted as (
    -- From interval to interval of 10 minutes, both ends included, numbered since 1970.
    select product, feature, place, who,
           greatest(begins div 600000000 + case when kind = 'details' then 0 else 1 end, 2984688) as since,
           case when licensed <= least((ends - 1) div 600000000, 2992518) then licensed - 1 else least((ends - 1) div 600000000, 2992518) end as until
    from used
    where begins < ends
), daily as (
    select product, feature, place, who, since, until, explode(sequence(since div 144, until div 144)) as day
    from counted
    where since <= until
), parts as (
    select product, feature, place, who, day,
           greatest(since, day * 144) as since, least(until, day * 144 + 143) as until
    from daily
), marked as (
    select product, feature, place, who, day, since, until,
           max(until) over (partition by product, feature, place, who, day order by since, until
                            rows between unbounded preceding and 1 preceding) as before
    from parts
), numbered as (
    -- Rows that overlap or touch are one stay: nobody counts twice in an interval. By range, so that rows that are the same have one
    -- number, in whatever order an engine takes them.
    select product, feature, place, who, day, since, until,
           sum(case when since <= before + 1 then 0 else 1 end)
               over (partition by product, feature, place, who, day order by since, until
                     range between unbounded preceding and current row) as stay
    from marked
), stays as (
    select product, feature, place, who, day, min(since) as since, max(until) as until
    from numbered
    group by product, feature, place, who, day, stay
), changes as (
    select product, feature, place, day,
           case when is_end = 1 then until + 1 else since end as moment, case when is_end = 1 then -1 else 1 end as step
    from stays cross join (select 0 as is_end union all select 1 as is_end) as sides
), steps as (
    select product, feature, place, day, moment, sum(step) as step
    from changes
    group by product, feature, place, day, moment
), levels as (
    select product, feature, place, substring(cast(date_from_unix_date(cast(day as int)) as string), 1, 4) || 'Q' || cast(extract(quarter from date_from_unix_date(cast(day as int))) as string) as period, moment,
           cast(date_from_unix_date(cast(day as int)) as string) || ' ' || lpad(cast((moment - day * 144) * 10 div 60 as string), 2, '0') || ':' || lpad(cast(((moment - day * 144) * 10) % 60 as string), 2, '0') as at_utc,
           sum(step) over (partition by product, feature, place, day order by moment rows unbounded preceding) as machines
    from steps
), ranked as (
    select product, feature, place, period, machines, at_utc,
           row_number() over (partition by product, feature, place, period order by machines desc, moment) as rank_no
    from levels
)
select product, feature, case when place = '' then 'unknown' else place end as place, period, machines as peak, at_utc
from ranked
where rank_no = 1
order by product, feature, place, period;
