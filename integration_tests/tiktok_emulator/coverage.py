"""What a report is about: the objects that filters and defaults let through, and the ads below them."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from integration_tests.tiktok_emulator.model import (
    AD_ID_V2,
    CAMPAIGN,
    ORIGINS,
    TOP_VIEW,
    Entity,
    Level,
)
from integration_tests.tiktok_emulator.options import Options
from integration_tests.tiktok_emulator.report_filters import passes
from integration_tests.tiktok_emulator.report_query import ReportQuery

# What an account-level report may leave out.
_HIDDEN: dict[str, Callable[[Entity], bool]] = {
    "deleted": lambda ad: any(one.deleted for one in ad.lineage().values()),
    "top_view": lambda ad: ad.buying_type == TOP_VIEW,
    "promote": lambda ad: ad.origin == ORIGINS[1],
    "gmv_max": lambda ad: bool(ad.lineage()[CAMPAIGN.name].fields.get("gmv_max")),
}


class Reported(NamedTuple):
    """What can have rows.

    Attributes:
        entities: the object; none for the account, several for the creatives of one `ad_id_v2`.
        ads: the ads whose delivery its rows add up.
    """

    object_id: str
    entities: Sequence[Entity]
    ads: Sequence[Entity]


def ads_below(ads: Sequence[Entity], level: Level) -> dict[str, list[Entity]]:
    """Return the ads of each object of a level."""
    below: dict[str, list[Entity]] = {}
    for ad in ads:
        below.setdefault(ad.lineage()[level.name].entity_id, []).append(ad)
    return below


def account_reported(query: ReportQuery, ads: Sequence[Entity], options: Options) -> list[Reported]:
    """Return the account, unless a status filter loses its rows."""
    if query.filter.misplaced_status:
        return []
    shown = [
        ad
        for ad in ads
        if (query.ads is None or ad.entity_id in query.ads)
        and not any(_HIDDEN[name](ad) for name in options.account_level_hides)
        and (query.filter.buying_types is None or ad.buying_type in query.filter.buying_types)
    ]
    return [Reported(query.advertiser_id, (), shown)]


def objects_reported(
    query: ReportQuery, entities: Sequence[Entity], below: Mapping[str, Sequence[Entity]], options: Options
) -> list[Reported]:
    """Return the objects of a level with the ads below them, in their order.

    Args:
        query: what was asked.
        entities: all objects of the level.
        below: the ads of each.
        options: readings of the API.
    """
    found: dict[str, list[Entity]] = {}
    for entity in entities:
        if passes(entity, query.filter, query.level) and _bought(entity, query, options):
            name = entity.ad_id_v2 if query.id_field == AD_ID_V2 else entity.entity_id
            found.setdefault(name, []).append(entity)
    reported = [
        Reported(name, same, [ad for one in same for ad in below.get(one.entity_id, ())])
        for name, same in found.items()
    ]
    return reported if query.ads is None else _looked_at(reported, query.ads)


def _looked_at(reported: Sequence[Reported], ads: frozenset[str]) -> list[Reported]:
    """Return the objects that have some of the ads, with these alone."""
    less = [one._replace(ads=[ad for ad in one.ads if ad.entity_id in ads]) for one in reported]
    return [one for one in less if one.ads]


def _bought(entity: Entity, query: ReportQuery, options: Options) -> bool:
    """Tell whether an object is of a buying type that the report shows."""
    if query.filter.buying_types is not None:
        return entity.buying_type in query.filter.buying_types
    return entity.buying_type != TOP_VIEW or options.topview_in_reports == "included"
