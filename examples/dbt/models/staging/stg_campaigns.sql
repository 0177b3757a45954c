select
    cast(campaign_id as bigint) as campaign_id,
    cast(advertiser_id as bigint) as advertiser_id,
    campaign_name,
    objective_type,
    operation_status,
    cast(budget as numeric(38, 6)) as budget,
    budget_mode,
    cast(create_time as timestamp) as created_at,
    cast(modify_time as timestamp) as modified_at
from {{ source('tiktok', 'campaigns') }}
