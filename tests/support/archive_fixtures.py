"""Fixtures of running archives, for every test that asks for them by name."""

from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from tests.support.acme import RECORDS
from tests.support.archives import Facade, Pywb, start_facade, start_pywb, write_warc


@pytest.fixture(scope="session")
def acme_pywb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pywb]:
    """A real pywb that holds the records of `tests.support.acme`."""
    if find_spec("pywb") is None:
        from tests.conftest import unavailable  # the conftest loads this module

        unavailable("pywb is not installed")
    folder = tmp_path_factory.mktemp("pywb")
    warc = write_warc(tmp_path_factory.mktemp("warc") / "acme.warc.gz", RECORDS)
    with start_pywb(folder, [warc]) as server:
        yield server


@pytest.fixture
def facade(acme_pywb: Pywb) -> Iterator[Facade]:
    """The same archive in the Internet Archive's dialect, with a clean list of faults."""
    with start_facade(acme_pywb.port) as server:
        yield server
