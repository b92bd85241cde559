"""The rooms of the house: imports point down and right only."""

import ast
from pathlib import Path

import pytest

import tracker

ROOT = Path(tracker.__file__).parent

#: What each room may import of the others; modules directly under `tracker/` are open to all.
ALLOWED = {
    "compare": set(),
    "store": set(),
    "lexicon": set(),
    "extract": {"compare"},
    "fetch": set(),
    "sources": {"extract", "fetch", "compare"},
    "intake": {"extract", "fetch", "compare", "sources"},
    "alerts": {"compare", "store", "sources"},
    "history": {"extract", "compare", "store", "sources"},
    "daemon": {"fetch", "extract", "compare", "alerts", "store", "sources", "history", "intake"},
    "export": {"history", "extract", "compare", "store", "sources"},
    "web": {"export", "daemon", "history", "fetch", "extract", "compare", "alerts", "store", "sources"},
    "demo": {"daemon", "history", "fetch", "extract", "compare", "alerts", "store", "sources", "cli", "web"},
    "cli": {
        "intake",
        "web",
        "export",
        "daemon",
        "history",
        "fetch",
        "extract",
        "compare",
        "alerts",
        "store",
        "sources",
        "demo",
    },
}


def rooms_imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            parts = name.split(".")
            if parts[0] == "tracker" and len(parts) > 1 and (ROOT / parts[1]).is_dir():
                found.add(parts[1])
    return found


@pytest.mark.parametrize("room", sorted(ALLOWED))
def test_room_imports_only_what_lies_below_it(room: str) -> None:
    """No room reaches up or back into one that uses it."""
    for path in (ROOT / room).rglob("*.py"):
        if "migrations" in path.parts:
            continue
        assert rooms_imported(path) - {room} <= ALLOWED[room], path


def test_every_room_is_listed() -> None:
    """A new folder under tracker/ has to say what it may import."""
    assert {path.name for path in ROOT.iterdir() if path.is_dir() and path.name != "__pycache__"} == set(ALLOWED)
