-- The first table that anybody asks for.
select
    advertiser_id,
    account_name,
    currency,
    timezone,
    campaign_id,
    campaign_name,
    day,
    spend,
    impressions,
    clicks,
    conversion
from {{ ref('campaign_performance') }}
