"""What went wrong in a sync, in the user's words: per slice, per stream and for all of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from airbyte_cdk.models import FailureType, StreamDescriptor
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_tiktok_marketing.settings.errors import LONGEST_SENTENCE
from source_tiktok_marketing.settings.secrets import shorten

# Of several failures the worst names the sync's.
SEVERITY = (FailureType.config_error, FailureType.system_error, FailureType.transient_error)


@dataclass(frozen=True)
class Failure:
    """What is left of an exception: the exception itself would hold the page at which it was raised."""

    sentence: str
    failure_type: FailureType

    @classmethod
    def of(cls, error: Exception) -> "Failure":
        """What the user has to know of an exception."""
        sentence = f"{type(error).__name__}: {error}" if is_surprise(error) else str(error)
        return cls(shorten(sentence, LONGEST_SENTENCE), getattr(error, "failure_type", FailureType.system_error))

    def __str__(self) -> str:
        """The sentence."""
        return self.sentence


def is_surprise(error: Exception) -> bool:
    """Whether nobody foresaw the exception, so that its traceback is worth printing."""
    return not isinstance(error, AirbyteTracedException) and not hasattr(error, "failure_type")


def stream_failure(name: str, failures: Sequence[Failure]) -> AirbyteTracedException:
    """The failures of a stream as one: the first, and how many more there are."""
    more = f" (and {len(failures) - 1} more like it)" if len(failures) > 1 else ""
    return AirbyteTracedException(
        message=f"{failures[0]}{more}",
        internal_message=str(failures[0]),
        failure_type=failures[0].failure_type,
        stream_descriptor=StreamDescriptor(name=name),
    )


def sync_failure(failed: Mapping[str, AirbyteTracedException], streams: int) -> AirbyteTracedException:
    """The failed streams, by name, of so many as the failure of the sync."""
    details = " ".join(f"{name}: {failure.message}" for name, failure in failed.items())
    return AirbyteTracedException(
        message=f"{len(failed)} of {streams} streams were not read whole. {details}",
        internal_message="streams incomplete: " + ", ".join(failed),
        failure_type=_worst(failure.failure_type for failure in failed.values()),
    )


def _worst(types: Iterable[FailureType]) -> FailureType:
    return min(types, key=SEVERITY.index)
