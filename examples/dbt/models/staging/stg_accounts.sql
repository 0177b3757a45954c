select
    cast(advertiser_id as bigint) as advertiser_id,
    name as account_name,
    currency,
    timezone,
    country,
    status
from {{ source('tiktok', 'advertisers') }}
