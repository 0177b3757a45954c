"""What people are told: log lines, failures and the result of a check, each masked, short enough, and a message.

Values are masked, never the text of a whole message: a secret that happens to be `type` or `17` would break that.
"""

import logging

import orjson
from airbyte_cdk.logger import AirbyteLogFormatter
from airbyte_cdk.models import (
    AirbyteConnectionStatus,
    AirbyteLogMessage,
    AirbyteMessage,
    AirbyteMessageSerializer,
    Level,
    Status,
    Type,
)
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_tiktok_marketing.settings.secrets import shorten

LOGGER = logging.getLogger("airbyte")

# A sentence for each of all streams fits in, or a stack trace.
LONGEST_TEXT = 20_000


class LogFormatter(logging.Formatter):
    """Log records as LOG messages; the CDK masks debug lines when they are JSON already."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record, its traceback included."""
        level = AirbyteLogFormatter.level_mapping.get(record.levelno, Level.INFO)
        text = shorten(super().format(record), LONGEST_TEXT)
        return line_of(AirbyteMessage(type=Type.LOG, log=AirbyteLogMessage(level=level, message=text)))


def listen_to_logs() -> None:
    """Have every log line of the process written by this module, but those of the libraries for HTTP.

    Their warnings quote addresses, and what is worth knowing of them is told with the answer.
    """
    for handler in logging.getLogger().handlers:
        handler.setFormatter(LogFormatter())
    logging.getLogger("urllib3").setLevel(logging.CRITICAL)


def masked(message: AirbyteMessage) -> AirbyteMessage:
    """A message without secrets in what it tells; records and states are handed on as they are."""
    if message.trace and message.trace.error:
        error = message.trace.error
        error.message = shorten(error.message, LONGEST_TEXT)
        error.internal_message = shorten(error.internal_message or "", LONGEST_TEXT)
        error.stack_trace = error.stack_trace and shorten(error.stack_trace, LONGEST_TEXT)
    elif message.connectionStatus and message.connectionStatus.message:
        message.connectionStatus.message = shorten(message.connectionStatus.message, LONGEST_TEXT)
    return message


def failure_message(error: Exception) -> AirbyteMessage:
    """The failure of the whole command; with its stack trace only if nobody foresaw it."""
    if not isinstance(error, AirbyteTracedException):
        return masked(
            AirbyteTracedException.from_exception(error, message=sentence_of(error)).as_airbyte_message()
        )
    message = error.as_airbyte_message()
    if message.trace and message.trace.error:
        message.trace.error.stack_trace = None
    return masked(message)


def failed_check(error: Exception) -> AirbyteMessage:
    """The result of a check that an error has ended; the log has the stack trace if nobody foresaw it."""
    if not isinstance(error, AirbyteTracedException):
        LOGGER.error("The check could not be finished.", exc_info=error)
    status = AirbyteConnectionStatus(status=Status.FAILED, message=sentence_of(error))
    return masked(AirbyteMessage(type=Type.CONNECTION_STATUS, connectionStatus=status))


def sentence_of(error: Exception) -> str:
    """What went wrong, for a person."""
    if isinstance(error, AirbyteTracedException):
        return shorten(str(error), LONGEST_TEXT)
    what = f"{type(error).__name__}: {error}; this is a fault of the connector, please report it with the log."
    return shorten(what, LONGEST_TEXT)


def line_of(message: AirbyteMessage) -> str:
    """A message as it stands on stdout, without the end of the line."""
    return orjson.dumps(AirbyteMessageSerializer.dump(message)).decode()
