{% set models = {
    'account_performance': 'stg_account_reports',
    'campaign_performance': 'stg_campaign_reports',
    'ad_group_performance': 'stg_ad_group_reports',
    'ad_performance': 'stg_ad_reports',
    'daily_spend': 'stg_campaign_reports',
} %}
{% for model, staged in models.items() %}
select '{{ model }}' as model
where (select sum(spend) from {{ ref(model) }}) <> (select sum(spend) from {{ ref(staged) }})
{% if not loop.last %}union all{% endif %}
{% endfor %}
