"""Logs tell what happened and keep what must not be told."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from pydantic import SecretStr

from tracker.logs import set_up_logs
from tracker.settings import Settings


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def logged(form: str, **settings: Any) -> io.StringIO:
    stream = io.StringIO()
    set_up_logs(Settings(log_format=form, **settings), stream)
    return stream


def test_json_logs_are_one_object_a_line() -> None:
    """A program can read every entry, those of the standard library's loggers too."""
    stream = logged("json")
    structlog.get_logger("a").info("checked", source="acme", count=3)
    logging.getLogger("b").warning("from %s", "elsewhere")
    first, second = map(json.loads, stream.getvalue().splitlines())
    assert (first["event"], first["source"], first["count"], first["level"]) == ("checked", "acme", 3, "info")
    assert (second["event"], second["level"]) == ("from elsewhere", "warning")


@pytest.mark.parametrize("form", ["json", "console"])
def test_no_secret_reaches_the_log(form: str) -> None:
    """Passwords in addresses and configured secrets are masked, in exceptions too."""
    stream = logged(
        form, database_url=SecretStr("postgresql://u:hunter2@db/t"), proxy=SecretStr("http://proxy-token-9")
    )
    log = structlog.get_logger("a")
    log.info("asked", address="https://me:pa55@host.example/x", detail=["via http://proxy-token-9"])
    try:
        raise ValueError("cannot reach postgresql://u:hunter2@db/t")
    except ValueError:
        log.exception("failed")
    told = stream.getvalue()
    assert "ValueError" in told
    assert not [secret for secret in ("hunter2", "pa55", "proxy-token-9") if secret in told]


def test_what_is_logged_cannot_steer_a_terminal() -> None:
    """Escape sequences from a host's answer come out as replacement characters."""
    stream = logged("console")
    structlog.get_logger("a").warning("failed", detail="\x1b]0;owned\x07")
    assert "\x1b" not in stream.getvalue()
    assert "\x07" not in stream.getvalue()


@pytest.mark.parametrize("name", ["apscheduler.executors.default", "urllib3.connectionpool", "uvicorn.access"])
def test_chatty_libraries_are_quiet(name: str) -> None:
    """What libraries say about their ordinary work is not logged."""
    stream = logged("console", log_level="debug")
    logging.getLogger(name).info("doing my job")
    assert stream.getvalue() == ""
