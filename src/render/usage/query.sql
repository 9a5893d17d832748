-- {{ title }}, as `seatwise usage {{ question }}` counts them. For {{ engine }}, over the store of `seatwise usage collect`.
--
-- Times are UTC. Products are called what the store calls them.{% for note in notes %}
-- {{ note }}{% endfor %}
{% for statement in before %}{{ statement }};

{% endfor %}with used as (
    select u.product as product, coalesce(u.feature, '') as feature, coalesce(u.{{ place }}, '') as place, {{ who }} as who,
           u.kind as kind, {{ begins }} as begins, {{ ends }} as ends{% if licensed.is_some() %}, l.since as licensed{% endif %}
    from {{ source }} as u
{%- if let Some(licensed) = licensed %}
    -- Use under a named licence is outside the pool; `since` is the first interval that is.
    left join {{ licensed }} on l.user_name = u.user_name and l.product = u.product
{%- endif %}
    where {{ conditions.join("\n      and ") }}
), counted as (
    -- From interval to interval of {{ minutes }} minutes, both ends included, numbered since 1970.
    select product, feature, place, who,
           {{ first }} as since,
           {{ last }} as until
    from used
    where {{ counting.join(" and ") }}
), daily as (
    select product, feature, place, who, since, until, {{ days }} as day
    from counted
    where since <= until
), parts as (
    select product, feature, place, who, day,
           greatest(since, day * {{ per_day }}) as since, least(until, day * {{ per_day }} + {{ per_day - 1 }}) as until
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
)
{%- if is_of_time %}
select who as {{ who_title }}, product, feature, case when place = '' then 'unknown' else place end as place,
       count(distinct day) as days, sum(until - since + 1) * {{ minutes }} as minutes,
       {{ first_day }} as first_day, {{ last_day }} as last_day
from stays
group by who, product, feature, place
order by {{ who_title }}, product, feature, place;
{% else %}, changes as (
    select product, feature, place, day,
           case when is_end = 1 then until + 1 else since end as moment, case when is_end = 1 then -1 else 1 end as step
    from stays cross join (select 0 as is_end union all select 1 as is_end) as sides
), steps as (
    select product, feature, place, day, moment, sum(step) as step
    from changes
    group by product, feature, place, day, moment
), levels as (
    select product, feature, place, {{ when }} as {{ when_title }}, moment,
           {{ clock }} as at_utc,
           sum(step) over (partition by product, feature, place, day order by moment rows unbounded preceding) as machines
    from steps
), ranked as (
    select product, feature, place, {{ when_title }}, machines, at_utc,
           row_number() over (partition by product, feature, place, {{ when_title }} order by machines desc, moment) as rank_no
    from levels
)
select product, feature, case when place = '' then 'unknown' else place end as place, {{ when_title }}, machines as peak, at_utc
from ranked
where rank_no = 1
order by product, feature, place, {{ when_title }};
{% endif %}
