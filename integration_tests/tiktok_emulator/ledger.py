"""The money of accounts as their Business Center sees it: costs, transactions, balances."""

from datetime import date, datetime, timedelta

from integration_tests.tiktok_emulator.centers import Center
from integration_tests.tiktok_emulator.hashing import mix, pick
from integration_tests.tiktok_emulator.model import Account, make_id, sub_draw
from integration_tests.tiktok_emulator.records import Record, account_record, stamp

_IDLE_ONE_IN = 4
_DAYS_BETWEEN_CHARGES = 3
ACCOUNT, CENTER = "ADVERTISER", "BC"


def costs(accounts: list[Account], first: date, last: date, now: datetime) -> list[Record]:
    """Return what each account spent from first to last, days in its own zone, in one row per account.

    Args:
        accounts: accounts of a Business Center.
        first: first day.
        last: last day, included.
        now: UTC time; the running day counts until then.
    """
    return [_cost(one, first, last, now) for one in accounts if one.local_day(one.created) <= last]


def _cost(account: Account, first: date, last: date, now: datetime) -> Record:
    local = now.astimezone(account.zone)
    born, draw = account.local_day(account.created), sub_draw(account.draw, "cost")
    cash = grant = 0
    for number in range(max(first, born).toordinal(), min(last, local.date()).toordinal() + 1):
        day = mix(draw, number)
        if day % _IDLE_ONE_IN:
            part = local.hour + 1 if number == local.toordinal() else 24
            cash += day // 5 % 900_000 * part // 24
            grant += day // 7 % 9_000 * part // 24
    return {
        "advertiser_id": account.advertiser_id,
        "advertiser_name": account.name,
        "amount": (cash + grant) / 100,
        "cash_amount": cash / 100,
        "grant_amount": grant / 100,
        "tax_amount": 0.0,
        "currency": account.currency,
    }


def transactions(center: Center, accounts: list[Account], level: str, now: datetime) -> list[Record]:
    """Return everything that was ever charged, oldest first: one more charge every few days.

    Args:
        center: the Business Center.
        accounts: its accounts.
        level: ADVERTISER for charges of the accounts, BC for those of the center itself.
        now: UTC time.
    """
    payers: list[tuple[str | None, str | None, datetime]] = [
        (one.advertiser_id, one.name, one.created) for one in accounts
    ]
    if level == CENTER:
        payers = [(None, None, center.created)]
    made = [
        (moment, _transaction(center, account_id, name, number, moment))
        for account_id, name, since in payers
        for number, moment in enumerate(_moments(since, now))
    ]
    return [record for _, record in sorted(made, key=lambda one: (one[0], one[1]["transaction_id"]))]


def _moments(since: datetime, now: datetime) -> list[datetime]:
    step = timedelta(days=_DAYS_BETWEEN_CHARGES)
    return [since + step * number for number in range(1, (now - since) // step + 1)]


def _transaction(
    center: Center, account_id: str | None, name: str | None, number: int, moment: datetime
) -> Record:
    transaction_id = make_id("750", center.bc_id, account_id, number)
    draw = int(transaction_id[3:])
    amount = draw % 1_000_000 / 100
    return {
        "transaction_id": transaction_id,
        "payment_portfolio_id": None,
        "payment_portfolio_name": None,
        "account_id": account_id,
        "account_name": name,
        "bc_id": center.bc_id,
        "bc_name": center.name,
        "amount": amount,
        "subtotal": amount,
        "tax_amount": 0.0,
        "currency": center.currency,
        "amount_type": pick(draw, ("POSITIVE", "NEGATIVE")),
        "transaction_type": pick(draw, ("ADD_BALANCE", "BILL_PAYMENT", "CANCELLATION")),
        "billing_type": pick(draw, ("CASH", "GRANT", "CREDIT")),
        "timezone": center.zone_name,
        "create_time": moment.astimezone(center.zone).strftime("%Y-%m-%d %H:%M:%S"),
        "invoice_id": None,
        "serial_number": None,
    }


def balance(account: Account, now: datetime) -> Record:
    """Return the record of `advertiser/balance/get/`, personal data of a contact included."""
    told = account_record(account)
    whole = float(told["balance"])
    grant = round(whole / 5, 2)
    return {
        "advertiser_id": account.advertiser_id,
        "advertiser_name": account.name,
        "advertiser_status": told["status"],
        "advertiser_type": "AUCTION",
        "timezone": account.timezone,
        "currency": account.currency,
        "account_open_days": (now - account.created).days,
        "balance_reminder": False,
        "company": told["company"],
        "contact_name": "J***",
        "contact_email": "j***@***",
        "create_time": stamp(account.created),
        "account_balance": whole,
        "valid_account_balance": whole,
        "frozen_balance": 0.0,
        "tax": 0.0,
        "cash_balance": round(whole - grant, 2),
        "valid_cash_balance": round(whole - grant, 2),
        "grant_balance": grant,
        "valid_grant_balance": grant,
        "budget_mode": "UNLIMITED",
        "budget": 0.0,
        "budget_cost": 0.0,
        "budget_remaining": 0.0,
    }
