"""One request on its way through the emulator."""

from dataclasses import dataclass

from integration_tests.tiktok_emulator.errors import NotModelledError
from integration_tests.tiktok_emulator.parameters import Parameters
from integration_tests.tiktok_emulator.report_quirks import Quirks
from integration_tests.tiktok_emulator.world import World


@dataclass(frozen=True)
class PageLimits:
    """TikTok's page sizes of one endpoint.

    Attributes:
        default: rows per page when `page_size` is absent; 0 where no source tells it.
        most: largest `page_size`.
        reach: largest `page` times `page_size`, where there is such a limit.
    """

    default: int
    most: int
    reach: int = 10**9


@dataclass(frozen=True)
class Call:
    """What a handler needs to answer.

    Attributes:
        granted: account ids of the token.
        ad_limit: how many ads a report covers at most before it is cut.
        withdrawn: metrics that TikTok no longer accepts.
        size_budget: largest days x metrics x objects of a report; None for no limit.
        quirks: what is odd about reports.
        moment: monotonic second of the request.
    """

    world: World
    parameters: Parameters
    pages: PageLimits
    sandbox: bool
    granted: tuple[str, ...]
    ad_limit: int
    withdrawn: frozenset[str]
    size_budget: int | None
    quirks: Quirks
    moment: float

    @property
    def advertiser_id(self) -> str:
        """The account asked for."""
        return self.parameters.number_text("advertiser_id")

    def page(self, most: int | None = None) -> tuple[int, int]:
        """Return page number and page size.

        Args:
            most: a smaller maximum of the page size, where a filter lowers it.
        """
        if not self.pages.default and "page_size" not in self.parameters:
            raise NotModelledError("the page size of a request that names none")
        size = self.parameters.integer("page_size", self.pages.default, most or self.pages.most)
        page = self.parameters.integer("page", 1, max(1, self.pages.reach // size))
        return page, size
