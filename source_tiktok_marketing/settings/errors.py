"""How a wrong configuration is told."""

from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.airbyte_secrets_utils import filter_secrets
from airbyte_cdk.utils.traced_exception import AirbyteTracedException


def config_error(sentence: str) -> AirbyteTracedException:
    """The user's turn: what is wrong, where, and what to do."""
    sentence = filter_secrets(sentence)
    return AirbyteTracedException(
        message=sentence, internal_message=sentence, failure_type=FailureType.config_error
    )
