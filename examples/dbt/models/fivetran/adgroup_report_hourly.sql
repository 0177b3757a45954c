{{ fivetran_hourly('ad_groups_reports_hourly', 'adgroup_id') }}
