{{ staged_report('advertisers_reports_daily') }}
