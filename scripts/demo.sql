-- What each campaign spent on each day; days and money are the account's own.
SELECT
    accounts.name AS account,
    accounts.currency,
    reports.stat_time_day::DATE AS day,
    reports.campaign_name AS campaign,
    sum(reports.spend) AS spend
FROM campaigns_reports_daily AS reports
JOIN advertisers AS accounts USING (advertiser_id)
GROUP BY ALL
ORDER BY ALL;
