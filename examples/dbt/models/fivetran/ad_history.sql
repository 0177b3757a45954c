-- Smart+ ads have no modify_time, and some have their links in landing_page_urls only.
select
    ad_id, adgroup_id, campaign_id, advertiser_id, coalesce(modify_time, create_time) as updated_at, ad_name,
    call_to_action, click_tracking_url, impression_tracking_url, landing_page_url, secondary_status as status,
    operation_status as opt_status
from {{ source('tiktok', 'ads') }}
