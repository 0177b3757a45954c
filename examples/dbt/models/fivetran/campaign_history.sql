-- One version of each campaign, the newest: histories are there only where the destination appends.
select
    campaign_id, advertiser_id, coalesce(modify_time, create_time) as updated_at, campaign_name, campaign_type,
    split_test_variable, objective_type, secondary_status as status, operation_status as opt_status, budget, budget_mode,
    create_time, is_new_structure
from {{ source('tiktok', 'campaigns') }}
