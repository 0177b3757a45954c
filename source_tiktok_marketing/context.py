"""What the streams of a sync share: one configuration, one way to TikTok, one list of accounts, one clock."""

from dataclasses import dataclass, field

from source_tiktok_marketing.accounts.accounts import Accounts
from source_tiktok_marketing.accounts.effort import Effort
from source_tiktok_marketing.api.client import PRODUCTION_HOST, SANDBOX_HOST, Api, TiktokClient
from source_tiktok_marketing.api.crew import MOST_WORKERS
from source_tiktok_marketing.api.limits import Limits
from source_tiktok_marketing.api.rate_limits import RequestBudget
from source_tiktok_marketing.api.retries import Patience
from source_tiktok_marketing.clock import Clock
from source_tiktok_marketing.settings.config import Config


@dataclass(frozen=True)
class Context:
    """What a sync shares.

    Attributes:
        config: What the user wants.
        client: The way to TikTok.
        accounts: Whose data there is.
        clock: What time it is.
        effort: Which accounts take long.
    """

    config: Config
    client: TiktokClient
    accounts: Accounts
    clock: Clock
    effort: Effort = field(default_factory=Effort)

    @classmethod
    def of(cls, config: Config, clock: Clock, patience: Patience) -> "Context":
        """What a configuration leads to; nothing is asked of TikTok yet.

        Raises:
            AirbyteTracedException: As `config_error`, if there is no day to read.
        """
        config.check_start(clock.now().date())
        limits = Limits.of(config.rate_limit_level, config.rate_limit_share, sandbox=config.sandbox)
        host = SANDBOX_HOST if config.sandbox else PRODUCTION_HOST
        api = Api(host, config.access_token, config.concurrency_level or MOST_WORKERS)
        client = TiktokClient(api, RequestBudget(clock, limits), clock, patience)
        return cls(config, client, Accounts(config, client, clock), clock)
