{{ fivetran_hourly('ads_reports_hourly', 'ad_id') }}
