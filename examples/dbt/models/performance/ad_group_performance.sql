select
    report.advertiser_id,
    account.account_name,
    account.currency,
    account.timezone,
    ad_group.campaign_id,
    campaign.campaign_name,
    report.adgroup_id,
    ad_group.adgroup_name,
    {{ performance() }}
from {{ ref('stg_ad_group_reports') }} as report
left join {{ ref('stg_accounts') }} as account on account.advertiser_id = report.advertiser_id
left join {{ ref('stg_ad_groups') }} as ad_group on ad_group.adgroup_id = report.adgroup_id
left join {{ ref('stg_campaigns') }} as campaign on campaign.campaign_id = ad_group.campaign_id
