select
    report.advertiser_id,
    account.account_name,
    account.currency,
    account.timezone,
    ad.campaign_id,
    campaign.campaign_name,
    ad.adgroup_id,
    ad_group.adgroup_name,
    report.ad_id,
    ad.ad_name,
    {{ performance() }}
from {{ ref('stg_ad_reports') }} as report
left join {{ ref('stg_accounts') }} as account on account.advertiser_id = report.advertiser_id
left join {{ ref('stg_ads') }} as ad on ad.ad_id = report.ad_id
left join {{ ref('stg_ad_groups') }} as ad_group on ad_group.adgroup_id = ad.adgroup_id
left join {{ ref('stg_campaigns') }} as campaign on campaign.campaign_id = ad.campaign_id
