"""Fixtures of running archives, for every test that asks for them by name."""

from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.archives import Facade, Pywb

# Every test run loads this module; what it needs is imported by the fixtures that need it.


@pytest.fixture(scope="session")
def acme_pywb(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Pywb"]:
    """A real pywb that holds the records of `tests.support.acme`."""
    if find_spec("pywb") is None:
        from tests.conftest import unavailable

        unavailable("pywb is not installed")
    from tests.support.acme import RECORDS
    from tests.support.archives import start_pywb, write_warc

    folder = tmp_path_factory.mktemp("pywb")
    warc = write_warc(tmp_path_factory.mktemp("warc") / "acme.warc.gz", RECORDS)
    with start_pywb(folder, [warc]) as server:
        yield server


@pytest.fixture
def facade(acme_pywb: "Pywb") -> Iterator["Facade"]:
    """The same archive in the Internet Archive's dialect, with a clean list of faults."""
    from tests.support.archives import start_facade

    with start_facade(acme_pywb.port) as server:
        yield server
