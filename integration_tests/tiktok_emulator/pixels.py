"""Pixels: what they are, which events instant pages offer, and what pixels counted."""

from datetime import date, datetime

from integration_tests.tiktok_emulator.assets import AssetKind, Blank
from integration_tests.tiktok_emulator.hashing import digest, mix, pick
from integration_tests.tiktok_emulator.model import make_id, sub_draw
from integration_tests.tiktok_emulator.records import Record, stamp

_CATEGORIES = ("ONLINE_STORE", "FILLING_FORM", "CONTACTS", "LANDING_PAGE", "CUSTOMIZE_EVENTS")
_EVENTS = ("SHOPPING", "FORM", "BUTTON")
# What is counted: standard events, and one of the advertiser's own.
_STANDARD = ("Purchase", "AddToCart", "ViewContent")
_CUSTOM = "newsletter_日本"
_SILENT_ONE_IN = 3

# TikTok offers events to some pairs of objective and goal only; which ones is not published.
_GOALS = {
    "WEB_CONVERSIONS": ("CONVERT", "VALUE"),
    "LEAD_GENERATION": ("LEAD_GENERATION", "CONVERSATION"),
    "TRAFFIC": ("CLICK", "TRAFFIC_LANDING_PAGE_VIEW"),
    "APP_PROMOTION": ("INSTALL",),
}
# TikTok: asked with the new name of an objective, it answers with the old one.
_ANSWERED_AS = {"WEB_CONVERSIONS": "CONVERSIONS"}


def _pixel(blank: Blank) -> Record:
    shared = blank.name.startswith("everyone")
    return {
        "pixel_id": make_id("740", blank.name),
        "pixel_code": f"C{make_id('', blank.name)}",
        "pixel_name": pick(blank.draw, ("Web pixel", "Pixel 夏", "")),
        "pixel_category": pick(blank.draw, _CATEGORIES),
        "pixel_script": "<script>/* snippet */</script>",
        "create_time": stamp(blank.created),
        "pixel_setup_mode": pick(blank.draw, ("DEVELOPER", "STANDARD")),
        "partner_name": "",
        "advanced_matching_fields": {"phone_number": blank.draw % 2 == 0, "email": True},
        "asset_ownership": {
            "asset_relation_status": "SHARED" if shared else "TRANSFERRED",
            "ownership_status": not shared,
            "owner_bc_id": blank.account.fields.get("owner_bc_id"),
        },
        "events": [_event(blank, place) for place in range(sub_draw(blank.draw, "events") % 3)],
    }


def _event(blank: Blank, place: int) -> Record:
    """Return an event that was set up on a pixel; its fields are spelled as TikTok spells them."""
    rule = {
        "operator": "OPERATORTYPE_CONTAINS",
        "trigger": "TRIGGERTYPE_PAGEVIEW",
        "value": "/thanks",
        "variable": "PAGE_URL",
    }
    return {
        "event_id": make_id("741", blank.name, place),
        "event_code": f"code{place}",
        "name": _EVENTS[place].title(),
        "event_type": _EVENTS[place],
        "optimization_event": _EVENTS[place],
        "custom_event_type": None,
        "currency": pick(blank.draw, ("USD", "")),
        "currency_value": "",
        "deprecated": False,
        "statistic_type": pick(blank.draw, ("EVERY_TIME", "ONCE")),
        "rules": [rule],
    }


PIXEL = AssetKind("pixel", _pixel)


def instant_page_events(seed: int, objective_type: str = "", optimization_goal: str = "") -> list[Record]:
    """Return the events of one pair of objective and goal, or of all pairs."""
    pairs = {
        objective: [goal for goal in goals if optimization_goal in ("", goal)]
        for objective, goals in _GOALS.items()
        if objective_type in ("", objective, _ANSWERED_AS.get(objective))
    }
    objectives = [
        {
            "objective_type": _ANSWERED_AS.get(objective, objective),
            "optimization_goals": [_goal(seed, objective, goal) for goal in goals],
        }
        for objective, goals in pairs.items()
        if goals
    ]
    if not objectives:
        return []
    return [{"business_type": "TIKTOK_INSTANT_PAGE", "instant_page_events": {"objective_types": objectives}}]


def _goal(seed: int, objective: str, goal: str) -> Record:
    events = ["BUTTON", "FORM"] if digest(seed, objective, goal) % 2 else ["BUTTON"]
    return {"optimization_goal": goal, "optimization_events": events}


def pixel_statistics(pixel: Record, first: date, last: date, now: datetime, seed: int) -> Record:
    """Return what a pixel counted from first to last, UTC days, all days in one number.

    Args:
        pixel: its record.
        first: first day.
        last: last day, included.
        now: UTC time; the running day counts until then.
        seed: seed of the world.
    """
    born = datetime.fromisoformat(pixel["create_time"]).date()
    days = range(max(first, born).toordinal(), min(last, now.date()).toordinal() + 1)
    totals: dict[str, list[int]] = {}
    for number in days:
        part = now.hour + 1 if number == now.date().toordinal() else 24
        for name in (*_STANDARD, _CUSTOM):
            draw = mix(digest(seed, pixel["pixel_id"], name), number)
            if draw % _SILENT_ONE_IN:
                counts = (draw // 3 % 500, draw // 7 % 90, draw // 11 % 20, draw // 13 % 3)
                whole = totals.setdefault(name, [0, 0, 0, 0])
                totals[name] = [sum_ + count * part // 24 for sum_, count in zip(whole, counts, strict=True)]
    return {"pixel_id": pixel["pixel_id"], "statistics": [_statistic(*one) for one in totals.items()]}


def _statistic(name: str, counts: list[int]) -> Record:
    """Return one event; exactly one of its two types is filled."""
    browser, server, attributed, preview = counts
    return {
        "pixel_event_type": None if name == _CUSTOM else name,
        "custom_event_type": name if name == _CUSTOM else None,
        "attributed_count": attributed,
        "preview_count": preview,
        "total_count": browser + server,
        "browser_event_total_count": browser,
        "server_event_total_count": server,
    }
