"""The ground truth behind the emulated API: what exists, what happened, and what every report must say."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import count
from threading import RLock
from typing import Any
from zoneinfo import ZoneInfo

from integration_tests.tiktok_emulator.assets import make_asset, with_fresh_links
from integration_tests.tiktok_emulator.centers import Centers
from integration_tests.tiktok_emulator.clock import DEFAULT_NOW, Clock, parse_utc
from integration_tests.tiktok_emulator.coverage import (
    Reported,
    account_reported,
    ads_below,
    objects_reported,
)
from integration_tests.tiktok_emulator.hashing import digest
from integration_tests.tiktok_emulator.kinds import KINDS
from integration_tests.tiktok_emulator.lru import Recent
from integration_tests.tiktok_emulator.model import (
    AD,
    ADVERTISER,
    AUCTION,
    DATA_LEVELS,
    DELETE,
    ENABLE,
    LEVELS,
    Account,
    Entity,
    make_id,
)
from integration_tests.tiktok_emulator.options import Options
from integration_tests.tiktok_emulator.records import Record, account_record, entity_record, iso_stamp
from integration_tests.tiktok_emulator.report_filters import parse_filter
from integration_tests.tiktok_emulator.report_query import ReportQuery
from integration_tests.tiktok_emulator.report_rows import Ground, ReportRows, Revisions, Row
from integration_tests.tiktok_emulator.shops import Shops

_KEPT_REPORTS = 24
_KEPT_LISTS = 64


class World:
    """Accounts with everything in them, and the clock they live by.

    Every value follows from the seed and the names of things; nothing depends on the order of calls.

    Args:
        seed: another seed is another world.
        now: the moment at which the world is built; None for this machine's clock.
        options: readings of the API where its sources disagree.
    """

    def __init__(self, seed: int = 1, now: str | None = DEFAULT_NOW, options: Options | None = None) -> None:
        self.seed = seed
        self.clock = Clock(now)
        self.born = self.clock.now()
        self.options = options or Options()
        self.accounts: dict[str, Account] = {}
        self.version = 0
        self._entities: dict[str, Entity] = {}
        self._listed: dict[tuple[str, str], list[Entity]] = {}
        self._assets: dict[tuple[str, str], list[Record]] = {}
        self._revisions: dict[str, Revisions] = {}
        self._reports: Recent[ReportRows] = Recent(_KEPT_REPORTS)
        self._sorted: Recent[list[Entity]] = Recent(_KEPT_LISTS)
        self._below: Recent[dict[str, list[Entity]]] = Recent(_KEPT_LISTS)
        self._numbers = count(1)
        self._lock = RLock()
        self.centers = Centers(seed, self.clock, self.accounts, self._changed)
        self.shops = Shops(seed, self.clock, self._changed)

    # What exists

    def entity(self, entity_id: str) -> Entity:
        """Return a campaign, ad group or ad by its id."""
        return self._entities[entity_id]

    def entities(self, level: str, advertiser_id: str) -> list[Entity]:
        """Return an account's campaigns, ad groups or ads, newest first, deleted ones included."""
        key = (level, advertiser_id)
        return self._sorted.get((key, self.version), lambda: self._newest_first(key))

    def _newest_first(self, key: tuple[str, str]) -> list[Entity]:
        found = list(self._listed.get(key, ()))
        return sorted(found, key=lambda entity: (entity.created, entity.entity_id), reverse=True)

    def objects(self, level: str, advertiser_id: str) -> list[Record]:
        """Return the raw records of all campaigns, ad groups or ads of an account, newest first."""
        sandbox = self.accounts[advertiser_id].sandbox
        return [entity_record(entity, sandbox=sandbox) for entity in self.entities(level, advertiser_id)]

    def assets(self, kind: str, advertiser_id: str) -> list[Record]:
        """Return the raw assets of a kind of an account: audience, image, pixel, post and so on (`kinds.py`)."""
        now = self.clock.now()
        return [with_fresh_links(record, now) for record in self._assets.get((kind, advertiser_id), ())]

    def account_record(self, advertiser_id: str) -> Record:
        """Return the raw record of an account."""
        return account_record(self.accounts[advertiser_id])

    # Building

    def add_account(
        self,
        name: str,
        display_timezone: str = "America/Los_Angeles",
        *,
        zone: str | None = None,
        timezone: str | None = None,
        history_days: float = 90,
        currency: str = "USD",
        countries: Sequence[str] = ("US", "CA"),
        sandbox: bool = False,
        fields: Record | None = None,
    ) -> Account:
        """Add an empty account.

        Args:
            name: its name, from which its id follows.
            display_timezone: published zone name, an IANA place unless it is to be unusable.
            zone: true IANA zone, where the published names do not tell it.
            timezone: the other published name, by default the same.
            history_days: age of the account in days.
            currency: ISO code.
            countries: where its ads are shown.
            sandbox: whether it lives in the sandbox.
            fields: values that replace or extend its record.
        """
        account = Account(
            advertiser_id=make_id("731", self.seed, name),
            name=name,
            zone=ZoneInfo(zone or display_timezone),
            timezone=timezone or display_timezone,
            display_timezone=display_timezone,
            created=self.clock.now() - timedelta(days=history_days),
            currency=currency,
            sandbox=sandbox,
            countries=tuple(countries),
            draw=digest(self.seed, name),
            fields=fields or {},
        )
        with self._lock:
            self.accounts[account.advertiser_id] = account
            self._revisions[account.advertiser_id] = Revisions()
            self._changed()
        return account

    def add_assets(self, advertiser_id: str, kind: str, number: int) -> None:
        """Give an account assets 0 to number - 1 of a kind."""
        account = self.accounts[advertiser_id]
        made = [make_asset(KINDS[kind], account, self.seed, place, self.born) for place in range(number)]
        with self._lock:
            self._assets[kind, advertiser_id] = made
            self._changed()

    def change_asset(self, advertiser_id: str, kind: str, place: int, **fields: Any) -> None:
        """Give an asset new values; its `modify_time`, if it has one, becomes now."""
        with self._lock:
            assets = self._assets[kind, advertiser_id]
            dated = {"modify_time": iso_stamp(self.clock.now())} if assets[place].get("modify_time") else {}
            assets[place] = {**assets[place], **dated, **fields}
            self._changed()

    def delete_asset(self, advertiser_id: str, kind: str, place: int) -> None:
        """Delete an asset: it is listed no more."""
        with self._lock:
            del self._assets[kind, advertiser_id][place]
            self._changed()

    def add(self, entity: Entity) -> Entity:
        """Put a campaign, ad group or ad in its place."""
        with self._lock:
            self._entities[entity.entity_id] = entity
            self._listed.setdefault((entity.level.name, entity.account.advertiser_id), []).append(entity)
            self._changed()
        return entity

    def add_object(
        self,
        level: str,
        parent_id: str,
        *,
        name: str = "",
        buying_type: str = "",
        state: str = ENABLE,
        density: int = 1000,
        created: datetime | None = None,
        dated: bool = True,
        **fields: Any,
    ) -> Entity:
        """Create an object now, as a user of the ads manager would.

        Args:
            level: campaign, adgroup or ad.
            parent_id: account id for a campaign, else the id of the object above.
            name: its name.
            buying_type: by default that of the object above, AUCTION for campaigns.
            state: ENABLE, DISABLE or DELETE.
            density: report rows per 1000 periods.
            created: moment of creation, now by default.
            dated: False for a Smart+ creative without `modify_time`.
            **fields: values that replace or extend its record.
        """
        parent = self._entities.get(parent_id)
        account = parent.account if parent else self.accounts[parent_id]
        path = f"{parent_id}/added/{next(self._numbers)}"
        moment = created or self.clock.now()
        return self.add(
            Entity(
                level=LEVELS[level],
                entity_id=make_id(LEVELS[level].id_prefix, self.seed, path),
                account=account,
                parent=parent,
                name=name or f"Added {level}",
                buying_type=buying_type or (parent.buying_type if parent else AUCTION),
                created=moment,
                modified=moment if dated else None,
                state=state,
                density=density,
                draw=digest(self.seed, path),
                fields=fields,
            )
        )

    # What happens later

    def touch(self, entity_id: str, *, at: datetime | None = None, name: str = "", **fields: Any) -> None:
        """Change an object: its `modify_time`, if it has one, becomes now (or `at`), the fields get new values."""
        entity = self._entities[entity_id]
        with self._lock:
            entity.touched = at or self.clock.now()
            entity.modified = entity.modified and entity.touched
            entity.name = name or entity.name
            entity.fields.update(fields)
            self._changed()

    def set_state(self, entity_id: str, state: str, *, at: datetime | None = None) -> None:
        """Enable, disable or delete an object; its children keep their own state."""
        entity = self._entities[entity_id]
        with self._lock:
            entity.state = state
            entity.ended = (at or self.clock.now()) if state == DELETE else None
            self.touch(entity_id, at=at)

    def delete(self, entity_id: str, *, at: datetime | None = None) -> None:
        """Delete an object: default reads no longer show it."""
        self.set_state(entity_id, DELETE, at=at)

    def restate(self, advertiser_id: str, day: date, factor: float) -> None:
        """Multiply all figures of an account's day, as late data and attribution do."""
        with self._lock:
            self._revisions[advertiser_id].factors[day] = factor
            self._changed()

    def hold_back(self, advertiser_id: str, day: date, until: str | datetime, share: int = 500) -> None:
        """Let some rows of a day appear only once the clock has reached a moment.

        Args:
            advertiser_id: the account.
            day: the day in the account's time zone.
            until: the moment, UTC.
            share: how many of 1000 rows are late.
        """
        moment = parse_utc(until) if isinstance(until, str) else until
        with self._lock:
            self._revisions[advertiser_id].held_back[day] = (moment, share)
            self._changed()

    def revisions(self, advertiser_id: str) -> Revisions:
        """Return what `restate` and `hold_back` did to an account's reports."""
        return self._revisions[advertiser_id]

    def _changed(self) -> None:
        self.version += 1

    # Reports

    def report(self, query: ReportQuery) -> ReportRows:
        """Return the rows of a query at this moment."""
        now = self.clock.now().replace(second=0, microsecond=0)
        return self._reports.get((query, self.version, self.options, now), lambda: self._make_report(query, now))

    def report_rows(
        self,
        advertiser_id: str,
        report_type: str,
        data_level: str,
        dimensions: Sequence[str],
        metrics: Sequence[str],
        *,
        start: date | None = None,
        end: date | None = None,
        include_deleted: bool = False,
        buying_types: Sequence[str] | None = None,
        filtering: list[Record] | None = None,
    ) -> list[Row]:
        """Return what a report must contain, for any span of days, to compare a connector's output with.

        Args:
            advertiser_id: the account.
            report_type: BASIC or AUDIENCE.
            data_level: `AUCTION_AD` and so on.
            dimensions: as in a request.
            metrics: as in a request.
            start: first day; None for the whole life.
            end: last day, included.
            include_deleted: whether deleted objects of the level count.
            buying_types: the buying types that count; None for those that TikTok shows by default.
            filtering: as in a request, instead of the two above or besides them.
        """
        level, names = DATA_LEVELS[data_level], (tuple(dimensions), tuple(metrics))
        kept = parse_filter(filtering or [], level, report_type, names[0])
        if include_deleted:
            kept = replace(kept, statuses=frozenset({"STATUS_ALL"}))
        if buying_types:
            kept = replace(kept, buying_types=frozenset(buying_types))
        sandbox = self.accounts[advertiser_id].sandbox
        query = ReportQuery(advertiser_id, report_type, level, *names, start, end, kept, sandbox)
        return list(self.report(query).records())

    def reported(self, query: ReportQuery) -> list[Reported]:
        """Return what a report covers, newest first, with the ads that its rows add up."""
        ads = self.entities(AD.name, query.advertiser_id)
        if query.level is ADVERTISER:
            return account_reported(query, ads, self.options)
        name = query.level.name
        key = (name, query.advertiser_id, self.version)
        below = self._below.get(key, lambda: ads_below(ads, query.level))
        return objects_reported(query, self.entities(name, query.advertiser_id), below, self.options)

    def _make_report(self, query: ReportQuery, now: datetime) -> ReportRows:
        ground = Ground(
            account=self.accounts[query.advertiser_id],
            reported=self.reported(query),
            revisions=self._revisions[query.advertiser_id],
            seed=self.seed,
            now=now,
            nameless=self.options.nameless_groups,
            only_with_data=self.options.rows_need_data,
        )
        return ReportRows(query, ground)
