"""Spark posts: what `tt_video/list/` tells of them."""

from datetime import timedelta
from hashlib import blake2b

from integration_tests.tiktok_emulator.assets import AssetKind, Blank
from integration_tests.tiktok_emulator.hashing import pick
from integration_tests.tiktok_emulator.model import make_id, sub_draw
from integration_tests.tiktok_emulator.records import Record, stamp

VIDEO, CAROUSEL = "VIDEO", "CAROUSEL"
_ITEM_TYPES = (VIDEO, VIDEO, VIDEO, CAROUSEL)
_STATUSES = ("PUBLISHED", "PUBLISHED", "USER_DELETE", "ONLY_AUTHOR_SEE")
_ENDED_ONE_IN = 4


def _post(blank: Blank) -> Record:
    """Return a post; the answer holds no `spark_ads_post_id` and no account."""
    item_type = pick(sub_draw(blank.draw, "type"), _ITEM_TYPES)
    ended = sub_draw(blank.draw, "ended") % _ENDED_ONE_IN == 0
    return {
        "user_info": {
            "tiktok_name": f"creator_{blank.draw % 100}",
            "identity_id": make_id("708", blank.name),
            "identity_type": pick(blank.draw, ("AUTH_CODE", "TT_USER")),
        },
        "item_info": _item_info(blank, item_type),
        "auth_info": {
            "ad_auth_status": "EXPIRED" if ended else "AUTHORIZED",
            "auth_start_time": stamp(blank.created),
            "auth_end_time": stamp(blank.created + timedelta(days=60)),
            "invite_start_time": stamp(blank.created - timedelta(hours=12)),
        },
        "video_info": _video_info(blank, ended=ended) if item_type == VIDEO else dict.fromkeys(_VIDEO_KEYS),
    }


def _item_info(blank: Blank, item_type: str) -> Record:
    info = {
        "item_id": make_id("721", blank.name),
        "item_type": item_type,
        "text": pick(blank.draw, ("Unboxing", "夏のセール 😀", "")),
        "status": pick(sub_draw(blank.draw, "status"), _STATUSES),
        "auth_code": f"#{blank.draw}==",
        "carousel_info": _carousel_info(blank) if item_type == CAROUSEL else None,
    }
    # TikTok: keys vanish rather than turn null.
    anchors = [{"id": "1", "title": "Shop", "status": "CHECK_SUCCESS", "product_regions": ["US"]}]
    return {**info, "anchor_list": anchors} if blank.draw % 2 else info


def _carousel_info(blank: Blank) -> Record:
    image = {"image_id": f"tos-{blank.draw}", "image_url": blank.link, "image_height": 1280, "image_width": 720}
    return {"image_info": [image], "music_info": None}


_VIDEO_KEYS = ("duration", "width", "height", "size", "bit_rate", "signature", "poster_url", "preview_url")


def _video_info(blank: Blank, *, ended: bool) -> Record:
    signature = blake2b(blank.name.encode(), digest_size=16).hexdigest()
    values = (blank.draw % 60_000 / 1000, 720, 1280, blank.draw % 5_000_000_000, blank.draw % 4_000_000, signature)
    # TikTok: there is no preview once the authorisation has ended.
    return dict(zip(_VIDEO_KEYS, (*values, blank.link, "" if ended else blank.link), strict=True))


POST = AssetKind("post", _post)
