"""`pixel/list/`, `pixel/instant_page/event/` and `pixel/event/stats/`."""

from datetime import date, timedelta
from typing import Any

from integration_tests.tiktok_emulator.call import Call
from integration_tests.tiktok_emulator.errors import ApiError, NotModelledError, parameter_error
from integration_tests.tiktok_emulator.filters import unmodelled_parameters
from integration_tests.tiktok_emulator.listing import Page, Plain, RecordListing
from integration_tests.tiktok_emulator.parameters import id_list, iso_day, one_of
from integration_tests.tiktok_emulator.pixels import PIXEL, instant_page_events, pixel_statistics

MOST_PIXELS, MOST_DAYS = 10, 30
_ORDERS = ("EARLIEST_CREATE", "LATEST_CREATE")


def list_pixels(call: Call) -> Page:
    """Answer `pixel/list/`; the list is called `pixels`."""
    page, size = call.page()
    unmodelled_parameters(call, "name", "filtering")
    order = one_of("order_by", call.parameters.raw.get("order_by") or _ORDERS[0], _ORDERS)
    records = call.world.assets(PIXEL.name, call.advertiser_id)
    for parameter, field in (("pixel_id", "pixel_id"), ("code", "pixel_code")):
        if parameter in call.parameters:
            records = [record for record in records if record[field] == call.parameters.raw[parameter]]
    records.sort(key=lambda record: (record["create_time"], record["pixel_id"]), reverse=order != _ORDERS[0])
    return Page(RecordListing(records), "pixels", page, size)


def read_instant_page_events(call: Call) -> Plain:
    """Answer `pixel/instant_page/event/`; a pair that is not offered is a 40002."""
    objective, goal = (call.parameters.raw.get(name, "") for name in ("objective_type", "optimization_goal"))
    if call.parameters.boolean("is_retargeting") or bool(objective) != bool(goal):
        raise NotModelledError("retargeting, or an objective or a goal alone")
    if not objective and not call.world.options.instant_page_lists_every_pair:
        return Plain({"list": []})
    found = instant_page_events(call.world.seed, objective, goal)
    if not found:
        raise ApiError(40002, "one or more value of the param is not acceptable")
    return Plain({"list": found})


def read_pixel_statistics(call: Call) -> Plain:
    """Answer `pixel/event/stats/`."""
    call.parameters.required("pixel_ids")
    wanted = call.parameters.array("pixel_ids") or []
    id_list("pixel_ids", wanted, MOST_PIXELS)
    first, last = _date_range(call)
    own = {record["pixel_id"]: record for record in call.world.assets(PIXEL.name, call.advertiser_id)}
    if not own.keys() >= set(wanted):
        raise ApiError(40001, "Adv has no permission to operate on the Pixel")
    now, seed = call.world.clock.now(), call.world.seed
    return Plain({"list": [pixel_statistics(own[one], first, last, now, seed) for one in dict.fromkeys(wanted)]})


def _date_range(call: Call) -> tuple[date, date]:
    call.parameters.required("date_range")
    span: dict[str, Any] = call.parameters.object("date_range")
    first, last = (iso_day(f"date_range.{name}", span.get(name)) for name in ("start_date", "end_date"))
    if not timedelta(0) <= last - first < timedelta(days=MOST_DAYS):
        raise parameter_error("date_range", f"The time span must be between 1 and {MOST_DAYS} days.")
    return first, last
