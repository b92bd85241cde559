"""What every test may use: the corpus of real policies, a clean environment, fixed clocks."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tracker.clock import ManualClock

REQUIRE_ALL = os.environ.get("TRACKER_REQUIRE_ALL") == "1"


def unavailable(reason: str) -> None:
    """Skip a test whose real counterpart is missing; fail it where everything has to be there."""
    if REQUIRE_ALL:
        pytest.fail(f"TRACKER_REQUIRE_ALL=1, but {reason}")
    pytest.skip(reason)


def corpus_root() -> Path | None:
    """Return the folder that holds `corpus/`, `seeds/` and `tools/`; TRACKER_CORPUS may name it or its `corpus`."""
    named = os.environ.get("TRACKER_CORPUS")
    if not named:
        return None
    path = Path(named).resolve()
    return path.parent if (path / "changes.jsonl.gz").is_file() else path


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of real policies; tests that ask for it are skipped where TRACKER_CORPUS is not set."""
    root = corpus_root()
    if root is None:
        pytest.skip("TRACKER_CORPUS is not set")
    assert (root / "corpus").is_dir(), f"TRACKER_CORPUS={root} holds no corpus/"
    return root


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep a developer's own settings, proxies and stores out of the tests."""
    for name in list(os.environ):
        if name.startswith("TRACKER_") and name not in {"TRACKER_CORPUS", "TRACKER_REQUIRE_ALL"}:
            monkeypatch.delenv(name)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TRACKER_DATA_DIR", str(tmp_path / "data"))


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands at noon on 1 March 2026 until it is moved."""
    return ManualClock(datetime(2026, 3, 1, 12, tzinfo=UTC))
