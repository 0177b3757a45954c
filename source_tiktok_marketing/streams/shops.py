"""GMV Max: the numbers of TikTok Shop's own campaigns, shop by shop, from a report endpoint of its own."""

from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

import orjson

from source_tiktok_marketing.accounts.accounts import Account
from source_tiktok_marketing.accounts.windows import split
from source_tiktok_marketing.api.client import account_and_days
from source_tiktok_marketing.api.errors import ApiError, Incomplete, TooLarge
from source_tiktok_marketing.catalog.gmv_max import FIRST_SHOP_DAY, SHOP_PRODUCT, STORE_ID
from source_tiktok_marketing.catalog.rows import Each, Parent, ShopReport
from source_tiktok_marketing.catalog.schemas import schema_of
from source_tiktok_marketing.catalog.streams import AVAILABLE_SHOPS, SHOP_CAMPAIGNS
from source_tiktok_marketing.catalog.vocabulary import Granularity
from source_tiktok_marketing.context import Context
from source_tiktok_marketing.streams.asked import report_evidence
from source_tiktok_marketing.streams.cdk_stream import Slice, check_slice, failing
from source_tiktok_marketing.streams.children import params_of
from source_tiktok_marketing.streams.dated import DatedReport, dated, window_of
from source_tiktok_marketing.streams.evidence import Evidence, MetricsMissing
from source_tiktok_marketing.streams.keys import Keys
from source_tiktok_marketing.streams.report_values import compile_report
from source_tiktok_marketing.streams.values import Record

# A filter takes no more.
MAX_IDS = 100


class ShopReportStream(DatedReport):
    """Windows of days per account and shop; TikTok reports one shop at a time, and only those with GMV Max."""

    row: ShopReport

    def __init__(self, row: ShopReport, context: Context) -> None:
        super().__init__(row, context)
        self._convert = compile_report(schema_of(row), row.dimensions)

    @property
    def watermark_owners(self) -> tuple[str, ...]:
        """A shop within its account: one that appears later is read from the start."""
        return ("advertiser_id", STORE_ID)

    @property
    def watermarked(self) -> list[str]:
        """Every shop of which days were opened in this sync."""
        return list(self._progress)

    def stream_slices(self, **_: Any) -> Iterator[Slice]:
        """The windows of each shop, oldest first; an account whose shops are not told is a slice that fails."""
        accounts = self.context.accounts
        for account in map(accounts.known.__getitem__, self.accounts_to_read()):
            try:
                shops = params_of(AVAILABLE_SHOPS, self.context, account.id)
            except ApiError as error:
                yield failing({"advertiser_id": account.id}, error)
                continue
            for shop in shops:
                yield from self._windows(account, shop[STORE_ID])

    def _windows(self, account: Account, store_id: str) -> Iterator[Slice]:
        """The windows of a shop."""
        shop = {"advertiser_id": account.id, STORE_ID: store_id}
        first, last = self.whole_days(account)
        whole, running = (max(first, FIRST_SHOP_DAY), last), self.context.accounts.running_day(account)
        for window in self.open_windows(self.watermark_owner(shop), whole, running, self.row.granularity.max_days):
            yield dated(shop, window)

    def request_params(
        self,
        stream_state: Mapping[str, Any] | None,
        stream_slice: Mapping[str, Any] | None = None,
        next_page_token: Mapping[str, Any] | None = None,
    ) -> MutableMapping[str, Any]:
        """The shop, what its rows are about, the window and the page."""
        slice_ = stream_slice or {}
        params = {
            **super().request_params(stream_state, slice_, next_page_token),
            "store_ids": _json([slice_[STORE_ID]]),
            "dimensions": _json(self.row.dimensions),
            "metrics": _json([metric.name for metric in self.row.metrics]),
            "start_date": slice_["start_date"],
            "end_date": slice_["end_date"],
        }
        if slice_.get("filtering"):
            params["filtering"] = _json(slice_["filtering"])
        return params

    def read_pages(self, stream_slice: Slice) -> Iterator[list[Record]]:
        """The rows of a window, asked for campaign by campaign where TikTok wants it so."""
        check_slice(stream_slice)

        def finish(rows: list[Record]) -> list[Record]:
            records = self._convert(rows, stream_slice["advertiser_id"])
            for record in records:
                record["advertiser_id"], record[STORE_ID] = stream_slice["advertiser_id"], stream_slice[STORE_ID]
            return records

        pages = (self.list_days({**stream_slice, "filtering": one}, Keys()) for one in self._filters(stream_slice))
        return map(finish, chain.from_iterable(pages))

    def evidence_of(self, stream_slice: Slice) -> Evidence:
        """Rows of the account, of the days and campaigns that were asked for, with every metric that was."""
        metrics = frozenset(metric.name for metric in self.row.metrics)
        query = {**stream_slice, "filters": stream_slice["filtering"]}
        return report_evidence(self.row, query, metrics, self.hours_that_come_twice(stream_slice))

    def _filters(self, stream_slice: Slice) -> Iterator[Mapping[str, Any]]:
        """What to ask for, one after the other."""
        level = self.row.level
        if level.by_campaign:
            for campaigns in _some(self._campaigns(stream_slice)):
                filtering = {"campaign_ids": campaigns}
                if not level.by_product:
                    yield filtering
                    continue
                for products in _some(self._products(stream_slice, filtering)):
                    yield {**filtering, "item_group_ids": products}
        elif level.promotion:
            deleted = {"campaign_statuses": ["STATUS_ALL"]} if self.context.config.include_deleted else {}
            yield {"gmv_max_promotion_types": [level.promotion], **deleted}
        else:
            yield {}

    def _campaigns(self, stream_slice: Slice) -> list[str]:
        """The campaigns of the shop that the level covers."""
        kind = Each("gmv_max_promotion_types", (f"{self.row.level.promotion}_GMV_MAX",), is_filter=True)
        parent = Parent(replace(SHOP_CAMPAIGNS, each=kind), (("campaign_id", "campaign_id"),))
        shops = (stream_slice[STORE_ID],)
        found = params_of(parent, self.context, stream_slice["advertiser_id"], store_ids=shops)
        return [params["campaign_id"] for params in found]

    def _products(self, stream_slice: Slice, filtering: Mapping[str, Any]) -> list[str]:
        """The products of some campaigns that have numbers in the window."""
        row = replace(self.row, level=SHOP_PRODUCT, granularity=Granularity.LIFETIME)
        pages = ShopReportStream(row, self.context).list_days({**stream_slice, "filtering": filtering}, Keys())
        found = (row["dimensions"]["item_group_id"] for page in pages for row in page)
        return list(dict.fromkeys(found))

    def list_days(self, stream_slice: Slice, emitted: Keys) -> Iterator[list[Record]]:
        """The rows of a window as TikTok sends them; what moves or is too large is read by shorter ones."""
        first, last = window_of(stream_slice)
        try:
            yield from self.list_pages(stream_slice, emitted)
        except MetricsMissing as error:
            names = ", ".join(sorted(error.names))
            raise Incomplete(f"TikTok's rows for {account_and_days(stream_slice)} lack {names}.") from error
        except (Incomplete, TooLarge):
            if first == last or not self.row.cursor:
                raise
            larger_half = (last - first).days // 2 + 1
            for window in split(first, last, larger_half):
                yield from self.list_days(dated(stream_slice, window), emitted)


def _some(ids: Sequence[str]) -> Iterator[list[str]]:
    return (list(ids[start : start + MAX_IDS]) for start in range(0, len(ids), MAX_IDS))


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
