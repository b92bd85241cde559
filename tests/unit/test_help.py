"""The command line answers for help without loading what only the commands need."""

import subprocess
import sys

import pytest

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
