{{ staged_report('ad_groups_reports_daily', 'adgroup_id') }}
