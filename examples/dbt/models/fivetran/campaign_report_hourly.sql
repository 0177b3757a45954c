{{ fivetran_hourly('campaigns_reports_hourly', 'campaign_id') }}
