"""How a wrong configuration is told."""

from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_tiktok_marketing.settings.secrets import shorten

# TikTok's words and a piece of a state fit in, a whole state does not.
LONGEST_SENTENCE = 2000


def config_error(sentence: str) -> AirbyteTracedException:
    """The user's turn: what is wrong, where, and what to do."""
    sentence = shorten(sentence, LONGEST_SENTENCE)
    return AirbyteTracedException(
        message=sentence, internal_message=sentence, failure_type=FailureType.config_error
    )
