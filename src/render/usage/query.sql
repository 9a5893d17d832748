-- {{ title }}, as `seatwise usage {{ question }}` counts them. For {{ engine }}, over the store of `seatwise usage collect`.
--
-- Times are UTC. Products are called what the store calls them.{% for note in notes %}
-- {{ note }}{% endfor %}
{% for statement in before %}{{ statement }};

{% endfor %}with used as (
    select u.product as product, coalesce(u.feature, '') as feature, coalesce(u.{{ place }}, '') as place, {{ who }} as who,
           u.kind as kind, {{ begins }} as begins, {{ ends }} as ends{% if licensed.is_some() %}, l.since as licensed{% endif %}
{%- if let Some(asked) = asked %},
           -- Filters select lines: all rows are counted, and a line is shown where this is 1 in one of its rows.
           case when {{ asked }} then 1 else 0 end as asked
{%- endif %}
    from {{ source }} as u
{%- if let Some(licensed) = licensed %}
    -- Use under a named licence is outside the pool; `since` is the first interval that is.
    left join {{ licensed }} on l.user_name = u.user_name and l.product = u.product
{%- endif %}
    where {{ counts }}
), counted as (
    -- From interval to interval of {{ minutes }} minutes, both ends included, numbered since 1970.
    select product, feature, place, who,
           {{ first }} as since,
           {{ last }} as until{{ asked_column }}
    from used
    where {{ counting.join(" and ") }}
), daily as (
    select product, feature, place, who, since, until, {{ days }} as day{{ asked_column }}
    from counted
    where since <= until
), parts as (
    select product, feature, place, who, day,
           greatest(since, day * {{ per_day }}) as since, least(until, day * {{ per_day }} + {{ per_day - 1 }}) as until{{ asked_column }}
    from daily
), marked as (
    select product, feature, place, who, day, since, until,
           max(until) over (partition by product, feature, place, who, day order by since, until
                            rows between unbounded preceding and 1 preceding) as before{{ asked_column }}
    from parts
), numbered as (
    -- Rows that overlap or touch are one stay: nobody counts twice in an interval. By range, so that rows that are the same have one
    -- number, in whatever order an engine takes them.
    select product, feature, place, who, day, since, until,
           sum(case when since <= before + 1 then 0 else 1 end)
               over (partition by product, feature, place, who, day order by since, until
                     range between unbounded preceding and current row) as stay{{ asked_column }}
    from marked
), stays as (
    select product, feature, place, who, day, min(since) as since, max(until) as until{% if asked.is_some() %}, max(asked) as asked{% endif %}
    from numbered
    group by product, feature, place, who, day, stay
)
{%- if is_of_time %}
select who as {{ who_title }}, product, feature, case when place = '' then 'unknown' else place end as place,
       count(distinct day) as days, sum(until - since + 1) * {{ minutes }} as minutes,
       {{ first_day }} as first_day, {{ last_day }} as last_day
from stays
group by who, product, feature, place
{%- if asked.is_some() %}
having max(asked) = 1
{%- endif %}
order by {{ who_title }}, product, feature, place;
{% else %}, changes as (
    select product, feature, place, day,
           case when is_end = 1 then until + 1 else since end as moment, case when is_end = 1 then -1 else 1 end as step{{ asked_column }}
    from stays cross join (select 0 as is_end union all select 1 as is_end) as sides
), steps as (
    select product, feature, place, day, moment, sum(step) as step{% if asked.is_some() %}, max(asked) as asked{% endif %}
    from changes
    group by product, feature, place, day, moment
), levels as (
    select product, feature, place, {{ when }} as {{ when_title }}, moment,
           {{ clock }} as at_utc,
           sum(step) over (partition by product, feature, place, day order by moment rows unbounded preceding) as machines{{ asked_column }}
    from steps
), ranked as (
    select product, feature, place, {{ when_title }}, machines, at_utc,
           row_number() over (partition by product, feature, place, {{ when_title }} order by machines desc, moment) as rank_no
{%- if asked.is_some() %},
           max(asked) over (partition by product, feature, place, {{ when_title }}) as is_asked
{%- endif %}
    from levels
)
select product, feature, case when place = '' then 'unknown' else place end as place, {{ when_title }}, machines as peak, at_utc
from ranked
where rank_no = 1{% if asked.is_some() %} and is_asked = 1{% endif %}
order by product, feature, place, {{ when_title }};
{% endif %}
