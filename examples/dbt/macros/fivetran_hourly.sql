{# An hourly report under the column names of Fivetran's package. #}
{% macro fivetran_hourly(stream, id) %}
{% set money = ['spend', 'cpc', 'cpm', 'ctr', 'cost_per_conversion', 'conversion_rate', 'average_video_play',
    'average_video_play_per_user'] %}
{% set counts = {'impressions': 'impressions', 'clicks': 'clicks', 'reach': 'reach', 'conversion': 'conversion',
    'real_time_conversion': 'real_time_conversion', 'likes': 'likes', 'comments': 'comments', 'shares': 'shares',
    'follows': 'follows', 'profile_visits': 'profile_visits', 'video_play_actions': 'video_play_actions',
    'video_watched_2s': 'video_watched_2_s', 'video_watched_6s': 'video_watched_6_s',
    'video_views_p25': 'video_views_p_25', 'video_views_p50': 'video_views_p_50',
    'video_views_p75': 'video_views_p_75'} %}
select
    {{ id }},
    stat_time_hour
    {%- for name in money %},
    {{ metric(name, 'numeric(38, 6)') }} as {{ name }}
    {%- endfor %}
    {%- for name, theirs in counts.items() %},
    {{ metric(name, 'bigint') }} as {{ theirs }}
    {%- endfor %},
    cast(null as numeric(38, 6)) as total_sales_lead_value -- no stream has it
from {{ source('tiktok', stream) }}
{% endmacro %}
