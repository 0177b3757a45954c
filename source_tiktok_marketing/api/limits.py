"""How many requests TikTok allows: per app, endpoint and account. Numbers: TikTok's page on rate limits."""

from collections.abc import Mapping
from dataclasses import dataclass

WHOLE = 100


@dataclass(frozen=True)
class Limit:
    """Requests that TikTok allows in any second, minute and day."""

    per_second: float
    per_minute: int
    per_day: int

    def part(self, percent: int) -> "Limit":
        """The part that one of several processes may use, where the parts of all add up to 100.

        TikTok counts whole requests in any second, and processes do not know of each other: half a request too
        many for each of two is one too many in a second in which they meet. So a part is rounded down.
        """
        if percent == WHOLE:
            return self
        per_second = self.per_second * percent / WHOLE
        return Limit(
            int(per_second) if per_second >= 1 else per_second,
            max(1, self.per_minute * percent // WHOLE),
            max(1, self.per_day * percent // WHOLE),
        )


LEVELS: Mapping[str, Limit] = {
    "Basic": Limit(10, 600, 864_000),
    "Advanced": Limit(20, 1_200, 1_728_000),
    "Premium": Limit(30, 1_800, 2_592_000),
    "Ultimate": Limit(50, 3_000, 4_320_000),
}
REPORT_TASKS = {"report/task/create/": Limit(2, 60, 4_500)}
ENDPOINTS: Mapping[str, Mapping[str, Limit]] = {
    "Basic": {**REPORT_TASKS, "gmv_max/report/get/": Limit(8, 240, 20_000)},
    "Advanced": {**REPORT_TASKS, "gmv_max/report/get/": Limit(12, 360, 30_000)},
    "Premium": {**REPORT_TASKS, "gmv_max/report/get/": Limit(20, 600, 50_000)},
    "Ultimate": {**REPORT_TASKS, "gmv_max/report/get/": Limit(20, 600, 50_000)},
}
# The portal gives this for each endpoint of the sandbox; other sources say more, and the lower one is safe.
SANDBOX = Limit(1, 30, 1_000)
# Quoted in TikTok's refusals (40133): what one account allows on one endpoint, whatever the app's level.
ACCOUNT_AND_ENDPOINT = Limit(20, 1_200, 1_728_000)


@dataclass(frozen=True)
class Limits:
    """What a process has to keep to.

    Attributes:
        app: The limit over all endpoints; None if there is none.
        endpoints: Limits of single endpoints.
        every_endpoint: A limit for each endpoint by itself.
        account: What one account allows on one endpoint; None where the app cannot ask as fast as that.
    """

    app: Limit | None = None
    endpoints: Mapping[str, Limit] | None = None
    every_endpoint: Limit | None = None
    account: Limit | None = None

    @classmethod
    def of(cls, level: str, share: int = WHOLE, *, sandbox: bool = False) -> "Limits":
        """The limits of an app of that level, or of the sandbox, or a share in percent of them."""
        if sandbox:
            return cls(every_endpoint=SANDBOX.part(share))
        app, account = LEVELS[level], ACCOUNT_AND_ENDPOINT
        return cls(
            app.part(share),
            {name: limit.part(share) for name, limit in ENDPOINTS[level].items()},
            account=account.part(share) if app.per_second > account.per_second else None,
        )
