-- The name and link that people see belong to ads since v1.3 of the API.
select
    adgroup_id, campaign_id, advertiser_id, coalesce(modify_time, create_time) as updated_at, adgroup_name, action_days,
    audience_type, budget, budget_mode, category_id as category, frequency, frequency_schedule, gender,
    secondary_status as status, operation_status as opt_status,
    cast(action_category_ids as varchar) as action_categories,
    cast(interest_category_ids as varchar) as interest_category_v_2,
    cast(age_groups as varchar) as age_groups, cast(languages as varchar) as languages,
    cast(null as varchar) as display_name, cast(null as varchar) as landing_page_url
from {{ source('tiktok', 'ad_groups') }}
