"""Objects as people have them: with odd dates, older than the start date, shared between accounts."""

from datetime import date

from integration_tests.conftest import Stage
from integration_tests.connector import Json, production_config
from integration_tests.tiktok_emulator import World, add_odd_objects
from integration_tests.truth import expected, production_accounts
from integration_tests.validity import unpublished

START = date(2024, 2, 10)
BEGINNING = date(2012, 1, 1)
TREE = ("campaigns", "ad_groups", "ads")
ASSETS = ("audiences", "creative_assets_images", "creative_assets_music", "creative_assets_videos")


def test_zero_dates_of_change_are_none_and_boosted_posts_are_left_out(stage: Stage) -> None:
    add_odd_objects(stage.world, production_accounts(stage.world)[0])

    output = stage.read(production_config(start_date=str(START)), *TREE)

    assert output.exit_code == 0, output.errors
    for name in TREE:
        truth = stage.truth(name, START)
        assert any((row.get("modify_time") or "").startswith("0001") for row in truth.values())
        assert not stage.mistakes(output, name, truth)


def test_objects_older_than_the_start_date_come_where_the_user_wants_them_all(stage: Stage) -> None:
    names, late = (*TREE, *ASSETS), date(2024, 3, 14)

    some = stage.read(production_config(start_date=str(late)), *names)
    every = stage.read(production_config(start_date=str(late), all_objects=True), *names)

    for name in names:
        assert not stage.mistakes(some, name, stage.truth(name, late))
        assert not stage.mistakes(every, name, stage.truth(name, BEGINNING))
    assert len(every.records["ads"]) > len(some.records["ads"])
    assert len(every.records["creative_assets_music"]) == len(some.records["creative_assets_music"])


def test_objects_that_accounts_share_are_told_and_kept_apart_by_a_key_with_the_account(stage: Stage) -> None:
    config = production_config(start_date=str(START), account_in_keys=True)

    usual = stage.read(production_config(start_date=str(START)), *ASSETS)
    apart = stage.read(config, *ASSETS)
    keys = {
        stream["name"]: stream.get("source_defined_primary_key")
        for stream in stage.connector.discover(config).catalog
    }

    assert keys["creative_assets_images"] == [["advertiser_id"], ["image_id"]]
    assert keys["ads_reports_daily"] == [["advertiser_id"], ["ad_id"], ["stat_time_day"]]
    assert keys["advertisers"] == [["advertiser_id"]]
    (line,) = usual.complaints("`account_in_keys`")
    shared = [
        name
        for name in ASSETS
        if len({r[k] for r in usual.records[name] for (k,) in keys[name][1:]}) < len(usual.records[name])
    ]
    assert shared
    assert all(f"{name}: " in line for name in shared)
    assert not apart.complaints("`account_in_keys`")


def test_every_field_of_an_object_that_tiktok_documents_is_published(
    world: World, streams: dict[str, Json]
) -> None:
    objects = {name: stream for name, stream in streams.items() if "_reports_" not in name}

    unknown = {
        f"{name}{field}"
        for name, stream in objects.items()
        for record in expected(world, stream, BEGINNING, include_deleted=True).values()
        for field in unpublished(stream["json_schema"], record)
    }

    # What TikTok will add one day is in no document.
    assert unknown == {"campaigns.new_in_2031"}
