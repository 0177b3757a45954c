{{ staged_report('campaigns_reports_daily', 'campaign_id') }}
