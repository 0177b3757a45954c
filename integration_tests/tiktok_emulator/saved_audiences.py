"""Saved audiences and apps."""

from integration_tests.tiktok_emulator.assets import AssetKind, Blank
from integration_tests.tiktok_emulator.hashing import pick
from integration_tests.tiktok_emulator.model import make_id
from integration_tests.tiktok_emulator.records import Record


def _saved_audience(blank: Blank) -> Record:
    record: Record = {
        "saved_audience_id": make_id("189", blank.name),
        "saved_audience_name": pick(blank.draw, ("US 25-44", "夏 😀", "")),
        "location_ids": ["6252001"],
        "age_groups": ["AGE_25_34", "AGE_35_44"],
        "gender": pick(blank.draw, ("GENDER_UNLIMITED", "GENDER_FEMALE")),
        "languages": ["en"],
        "audience_ids": [make_id("188", blank.name)[:15]],
        "excluded_audience_ids": [],
        "interest_category_ids": pick(blank.draw, (["15"], [])),
        "actions": [],
        "operating_systems": ["ALL"],
    }
    if blank.draw % 2:
        record["device_price_ranges"] = [250, 10000]
        record["actions"] = [
            {
                "action_scene": "VIDEO_RELATED",
                "action_period": 15,
                "action_category_ids": ["10001"],
                "video_user_actions": ["WATCHED_TO_END"],
            }
        ]
    return record


def _app(blank: Blank) -> Record:
    system = pick(blank.draw, ("ANDROID", "IOS"))
    return {
        "app_id": make_id("719", blank.name),
        "app_name": pick(blank.draw, ("Sample App", "アプリ")),
        "package_name": f"com.example.app{blank.draw % 1000}",
        "platform": system,
        "download_url": f"https://apps.example/{system.lower()}/{blank.draw}",
        "is_attribution_flex_enable": blank.draw % 3 == 0,
    }


SAVED_AUDIENCE = AssetKind("saved_audience", _saved_audience)
APP = AssetKind("app", _app)
