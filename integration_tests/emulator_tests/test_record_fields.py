"""What the raw records hold: every documented field, with every type that it comes in."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest

from integration_tests.tiktok_emulator import World, demo_world
from integration_tests.tiktok_emulator.assets import ASSET_KINDS
from integration_tests.tiktok_emulator.records import known_fields

KINDS = ("campaign", "adgroup", "ad", "advertiser", *ASSET_KINDS)
# It comes only when asked for by name.
ON_REQUEST = {"company_name_editable"}


@pytest.fixture(scope="module")
def demo() -> World:
    return demo_world()


def records(world: World, kind: str) -> list[dict[str, Any]]:
    if kind == "advertiser":
        return [world.account_record(one) for one in world.accounts]
    read = world.assets if kind in ASSET_KINDS else world.objects
    return [record for one in world.accounts for record in read(kind, one)]


@pytest.mark.parametrize("kind", KINDS)
def test_every_known_field_is_filled_somewhere(demo: World, kind: str) -> None:
    filled = {name for record in records(demo, kind) for name, value in record.items() if value is not None}
    assert known_fields(kind) - filled - ON_REQUEST == set()


# kind -> fields with the types in which they come
TYPES: dict[str, dict[str, set[type]]] = {
    "campaign": {
        "budget": {float},
        "special_industries": {list, type(None)},
        "po_number": {str, type(None)},
        "deep_bid_type": {str, type(None)},
    },
    "adgroup": {
        "skip_learning_phase": {int, bool},
        "search_keywords": {list},
        "audience_rule": {dict},
        "app_config": {list},
        "schedule_infos": {list, type(None)},
        "topview_reach_range": {list},
        "predict_impression": {int},
        "purchased_reach": {float, type(None)},
        "included_custom_actions": {list},
    },
    "ad": {
        "showcase_products": {list, type(None)},
        "disclaimer_clickable_texts": {list},
        "branded_content_disabled": {bool, type(None)},
        "tracking_pixel_id": {str, int, type(None)},
        "page_id": {int, type(None)},
        "deeplink_utm_params": {list},
        "modify_time": {str, type(None)},
    },
    "advertiser": {"create_time": {int}, "ads_only_mode": {bool}, "license_url": {str, type(None)}},
    "audience": {"lookalike_spec": {dict}, "rule": {str}, "error_msg": {str, type(None)}},
    "portfolio": {
        "sticker_param": {dict},
        "badge_position": {dict},
        "selling_points": {list},
        "card_show_price": {bool},
        "slide_length": {int},
    },
}


@pytest.mark.parametrize("kind", TYPES)
def test_fields_come_in_all_their_types(demo: World, kind: str) -> None:
    found: dict[str, set[type]] = defaultdict(set)
    for record in records(demo, kind):
        for name, value in record.items():
            found[name].add(type(value))
    assert {name: found[name] for name in TYPES[kind]} == TYPES[kind]


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("campaign", {"objective", "roas_bid", "is_search_campaign", "special_industries"}),
        ("adgroup", {"actions", "catalog_id", "skip_learning_phase", "category_id"}),
        ("ad", {"ad_format", "call_to_action", "call_to_action_id", "creative_type", "modify_time"}),
    ],
)
def test_keys_are_absent_where_they_mean_nothing(demo: World, kind: str, names: set[str]) -> None:
    found = [record for record in records(demo, kind) if record.get("campaign_system_origin") != "PROMOTE"]
    assert all(any(name not in record for record in found) for name in names)
    assert all(any(name in record for record in found) for name in names)


def test_portfolios_hold_what_their_type_has(demo: World) -> None:
    found = records(demo, "portfolio")
    assert len({record["creative_portfolio_type"] for record in found}) == 13
    for record in found:
        assert ("sticker_param" in record) == record["creative_portfolio_type"].endswith("STICKER")
        assert ("badge_position" in record) == (record["creative_portfolio_type"] in ("PREMIUM_BADGE", "GESTURE"))


def test_only_top_view_ad_groups_have_the_fields_of_top_view(demo: World) -> None:
    for account in demo.accounts:
        kinds = {entity.entity_id: entity.buying_type for entity in demo.entities("adgroup", account)}
        for record in demo.objects("adgroup", account):
            assert ("topview_reach_range" in record) == (kinds[record["adgroup_id"]] == "RESERVATION_TOP_VIEW")
