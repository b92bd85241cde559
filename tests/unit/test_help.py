"""The command line answers for help without loading what only the commands need."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from tracker.cli.app import app
from tracker.words import Topic

#: Each takes longer to import than help may take, or opens the way to one that does.
HEAVY = (
    *(
        "sqlmodel",
        "sqlalchemy",
        "pydantic_settings",
        "alembic",
        "requests",
        "lxml",
        "nupunkt",
        "apscheduler",
        "apprise",
    ),
    *("fastapi", "uvicorn", "jinja2", "structlog", "tracker.store", "tracker.daemon", "tracker.compare", "tracker.web"),
)

SCRIPT = """
import sys
from tracker.cli.app import app
sys.argv = ["tracker", *{args!r}]
try:
    app()
except SystemExit as ended:
    assert ended.code in (0, None), ended.code
print("LOADED", *sorted(name for name in sys.modules if name in {heavy!r}))
"""


@pytest.mark.parametrize("args", [["--help"], ["show", "--help"], ["backfill", "--help"], ["--version"]])
def test_help_loads_no_heavy_module(args: list[str]) -> None:
    """`tracker --help` imports the commands' signatures only."""
    script = SCRIPT.format(args=args, heavy=HEAVY)
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines()[-1] == "LOADED"


@pytest.mark.parametrize("command", ["changes", "blame", "search", "mute", "compare-sources", "export clauses"])
def test_topics_are_listed_where_one_is_wrong_and_not_in_the_help(command: str) -> None:
    """Thirty names would fill the screen; who mistypes one gets them all."""
    shown = CliRunner().invoke(app, [*command.split(), "--help"], terminal_width=200)
    assert "--topic TOPIC " in " ".join(shown.output.split())
    wrong = CliRunner().invoke(app, [*command.split(), "--topic", "weather"], terminal_width=10_000)
    assert wrong.exit_code == 2
    assert all(topic.value in wrong.output for topic in Topic)
