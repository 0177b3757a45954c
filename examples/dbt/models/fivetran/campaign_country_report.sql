select
    campaign_id, stat_time_day, country_code
    {%- for name in ['spend', 'cpc', 'cpm', 'ctr', 'cost_per_conversion', 'conversion_rate'] %},
    {{ metric(name, 'numeric(38, 6)') }} as {{ name }}
    {%- endfor %}
    {%- for name in ['impressions', 'clicks', 'conversion', 'real_time_conversion'] %},
    {{ metric(name, 'bigint') }} as {{ name }}
    {%- endfor %}
from {{ source('tiktok', 'campaigns_audience_reports_by_country_daily') }}
