"""Logs: structlog and the standard library's loggers in one stream, for people or as JSON, without secrets."""

import logging
import re
import sys
from collections.abc import Collection, Mapping, MutableMapping
from typing import IO, Any

import structlog
from pydantic import SecretStr

from tracker.printable import printable
from tracker.settings import Settings

#: Least level of chatty libraries. urllib3 and Apprise write whole addresses, which may hold tokens, into warnings.
QUIET = {
    "alembic": logging.WARNING,
    "apprise": logging.CRITICAL,
    "apscheduler": logging.ERROR,  # it warns of each tick that finds the one before still at work, which is meant so
    "asyncio": logging.WARNING,
    "pdfminer": logging.ERROR,
    "procrastinate": logging.CRITICAL,  # its entries hold a job's whole story; ours say what matters of it
    "psycopg.pool": logging.ERROR,
    "urllib3": logging.ERROR,
    "uvicorn": logging.WARNING,
    "uvicorn.access": logging.WARNING,
}

MASK = "***"

#: User name and password of an address.
_CREDENTIALS = re.compile(r"(?<=://)[^/\s@'\"]+(?=@)")

EventDict = MutableMapping[str, Any]


class Cleaner:
    """Masks secrets, and characters that would steer a terminal, in everything that is logged."""

    def __init__(self, secrets: Collection[str] = ()) -> None:
        self._secrets = sorted((secret for secret in secrets if secret), key=len, reverse=True)

    def __call__(self, _logger: object, _method: str, event: EventDict) -> EventDict:
        """Clean one entry, as structlog asks its processors to."""
        return {name: value if name.startswith("_") else self._clean(value) for name, value in event.items()}

    def _clean(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, Mapping):
            return {key: self._clean(item) for key, item in value.items()}
        if isinstance(value, list | tuple | set):
            return [self._clean(item) for item in value]
        return value if isinstance(value, int | float | bool | None) else self._text(str(value))

    def _text(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        text = _CREDENTIALS.sub(MASK, text)
        return printable(text)


class _StandardError(logging.StreamHandler[IO[str]]):
    """Writes to whatever standard error is at the moment."""

    @property
    def stream(self) -> IO[str]:
        return sys.stderr

    @stream.setter
    def stream(self, _stream: IO[str]) -> None:
        pass


def set_up_logs(settings: Settings, stream: IO[str] | None = None, *, command: bool = False) -> None:
    """Send all logs of this process to one stream (standard error by default) in the form the settings ask for.

    A `command` prints its results itself, so its logs say no more than warnings, unless the settings ask for `debug`.
    """
    values = [getattr(settings, name) for name in type(settings).model_fields]
    secrets = [value.get_secret_value() for value in values if isinstance(value, SecretStr)]
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    if command and level > logging.DEBUG:
        level = max(level, logging.WARNING)
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        Cleaner(secrets),
    ]
    renderer: structlog.types.Processor
    if settings.log_format == "json":
        renderer = structlog.processors.JSONRenderer(ensure_ascii=False)
    else:
        renderer = structlog.dev.ConsoleRenderer(
            colors=(stream or sys.stderr).isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer]
    )
    handler = logging.StreamHandler(stream) if stream else _StandardError()
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name, least in QUIET.items():
        logging.getLogger(name).setLevel(max(least, level))
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
