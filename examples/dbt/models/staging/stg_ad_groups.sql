select
    cast(adgroup_id as bigint) as adgroup_id,
    cast(campaign_id as bigint) as campaign_id,
    cast(advertiser_id as bigint) as advertiser_id,
    adgroup_name,
    optimization_goal,
    operation_status,
    cast(budget as numeric(38, 6)) as budget,
    budget_mode,
    cast(create_time as timestamp) as created_at,
    cast(modify_time as timestamp) as modified_at
from {{ source('tiktok', 'ad_groups') }}
