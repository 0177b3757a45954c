-- Days are the account's own, money is in its currency.
select
    report.advertiser_id,
    account.account_name,
    account.currency,
    account.timezone,
    {{ performance() }}
from {{ ref('stg_account_reports') }} as report
left join {{ ref('stg_accounts') }} as account on account.advertiser_id = report.advertiser_id
