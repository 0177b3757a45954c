{# Metrics of the staged reports, with their types. Ratios are left out: they cannot be added up, so the performance
   models work them out anew from the sums. Reach cannot be added up over days either: people come back. #}
{% macro figures() %}
    {{ return({
        'spend': 'numeric(38, 6)',
        'impressions': 'bigint',
        'clicks': 'bigint',
        'conversion': 'bigint',
        'real_time_conversion': 'bigint',
        'likes': 'bigint',
        'comments': 'bigint',
        'shares': 'bigint',
        'follows': 'bigint',
        'profile_visits': 'bigint',
        'video_play_actions': 'bigint',
        'video_watched_2s': 'bigint',
        'video_watched_6s': 'bigint',
        'video_views_p25': 'bigint',
        'video_views_p50': 'bigint',
        'video_views_p75': 'bigint',
        'video_views_p100': 'bigint',
    }) }}
{% endmacro %}

{# A metric of a report, wherever the loader put it. TikTok writes most figures as text. #}
{% macro metric(name, type) -%}
    {%- if var('tiktok_metrics') == 'json' -%}
        cast(metrics ->> '{{ name }}' as {{ type }})
    {%- else -%}
        cast({{ name }} as {{ type }})
    {%- endif -%}
{%- endmacro %}

{# A daily report, typed. #}
{% macro staged_report(stream, id=none) %}
select
    cast(advertiser_id as bigint) as advertiser_id,
    {% if id %}cast({{ id }} as bigint) as {{ id }},
    {% endif %}cast(stat_time_day as date) as day,
    {{ metric('reach', 'bigint') }} as reach
    {%- for name, type in figures().items() %},
    {{ metric(name, type) }} as {{ name }}
    {%- endfor %}
from {{ source('tiktok', stream) }}
{% endmacro %}

{# The figures of a staged report and the ratios that follow from them. #}
{% macro performance() %}
    report.day,
    report.reach
    {%- for name in figures() %},
    report.{{ name }}
    {%- endfor %},
    report.clicks / nullif(cast(report.impressions as numeric(38, 6)), 0) as ctr,
    report.spend / nullif(report.clicks, 0) as cpc,
    1000 * report.spend / nullif(report.impressions, 0) as cpm,
    report.spend / nullif(report.conversion, 0) as cost_per_conversion,
    report.conversion / nullif(cast(report.clicks as numeric(38, 6)), 0) as conversion_rate
{% endmacro %}
