"""Identities: whom ads show as their publisher."""

import logging
from collections.abc import Iterator

from source_tiktok_marketing.api.errors import ApiError, Unavailable
from source_tiktok_marketing.streams.cdk_stream import Slice
from source_tiktok_marketing.streams.entities import EntityStream, narrowed
from source_tiktok_marketing.streams.keys import Keys
from source_tiktok_marketing.streams.values import Record

LOGGER = logging.getLogger("airbyte")

IDENTITY_ENDPOINT = "identity/get/"
OF_CENTER = "BC_AUTH_TT"
CENTER = "identity_authorized_bc_id"


class IdentityStream(EntityStream):
    """Identities of an account; what may be done with one of a Business Center TikTok tells by center only."""

    def read_raw(self, stream_slice: Slice) -> Iterator[list[Record]]:
        """The identities as TikTok sends them, those of Business Centers last and with their details."""
        of_centers: dict[str, Record] = {}
        for rows in self.list_pages(stream_slice, Keys()):
            of_centers.update((row["identity_id"], row) for row in rows if row["identity_type"] == OF_CENTER)
            yield [row for row in rows if row["identity_type"] != OF_CENTER]
        for center in filter(None, dict.fromkeys(row.get(CENTER) for row in of_centers.values())):
            for row in self._details(stream_slice, center):
                of_centers[row["identity_id"]] = of_centers.get(row["identity_id"], {}) | row
        yield list(of_centers.values())

    def _details(self, stream_slice: Slice, center: str) -> Iterator[Record]:
        """What a Business Center's identities may be used for; nothing, if TikTok does not tell."""
        params = {"identity_type": OF_CENTER, CENTER: center}
        try:
            for rows in self.list_pages(narrowed(stream_slice, "params", **params), Keys()):
                yield from rows
        except ApiError as error:
            if error.is_everywhere or isinstance(error, Unavailable):
                raise
            LOGGER.warning(
                "%s: account %s shows identities of Business Center %s without what they may be used for. %s",
                self.name,
                stream_slice["advertiser_id"],
                center,
                error,
            )
