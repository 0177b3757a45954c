select
    report.advertiser_id,
    account.account_name,
    account.currency,
    account.timezone,
    report.campaign_id,
    campaign.campaign_name,
    campaign.objective_type,
    {{ performance() }}
from {{ ref('stg_campaign_reports') }} as report
left join {{ ref('stg_accounts') }} as account on account.advertiser_id = report.advertiser_id
left join {{ ref('stg_campaigns') }} as campaign on campaign.campaign_id = report.campaign_id
