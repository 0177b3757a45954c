{{ staged_report('ads_reports_daily', 'ad_id') }}
