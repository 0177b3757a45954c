select
    cast(ad_id as bigint) as ad_id,
    cast(adgroup_id as bigint) as adgroup_id,
    cast(campaign_id as bigint) as campaign_id,
    cast(advertiser_id as bigint) as advertiser_id,
    ad_name,
    ad_format,
    operation_status,
    landing_page_url,
    cast(create_time as timestamp) as created_at,
    cast(modify_time as timestamp) as modified_at -- Smart+ ads have none
from {{ source('tiktok', 'ads') }}
