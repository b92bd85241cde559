"""Numbers on the command line that nothing can hold are bad usage, whatever the command."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tracker.cli.app import app

HUGE = "9" * 23


@pytest.mark.parametrize(
    "args",
    [
        ("clause", HUGE),
        ("clause", "0"),
        ("alerts", "retry", HUGE),
        ("alerts", "list", "--limit", HUGE),
        ("held", "--release", HUGE),
        ("changes", "--limit", HUGE),
        ("events", "--limit", HUGE),
        ("trail", "--limit", HUGE),
        ("subscriptions", "end", HUGE),
        ("subscriptions", "resume", HUGE),
        ("audit", "--gap", HUGE),
        ("audit", "--gap", "inf"),
        ("audit", "--gap", "nan"),
        ("sources", "report", "--hours", HUGE),
        ("sources", "report", "--hours", "nan"),
        ("sources", "report", "--hours", "inf"),
        ("import", "ota", ".", "--processes", "257"),
    ],
)
def test_a_number_that_nothing_holds_is_refused(
    args: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the store is opened, with the status of bad usage and the value in the message."""
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, list(args))
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == 2
    assert "Invalid value" in result.output
