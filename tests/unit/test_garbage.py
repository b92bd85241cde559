"""The garbage collector is slowed down for as long as it is asked for, and no longer."""

import gc

import pytest

from tracker.daemon.garbage import collecting_rarely


def test_collecting_rarely_ends_with_its_block() -> None:
    """Whatever happens within."""
    before = gc.get_threshold()

    def fail() -> None:
        assert gc.get_threshold()[0] > before[0]
        raise ValueError("within")

    with pytest.raises(ValueError, match="within"), collecting_rarely():
        fail()
    assert gc.get_threshold() == before


def test_a_function_may_be_run_so() -> None:
    """Each time it is called."""
    work = collecting_rarely()(gc.get_threshold)
    before = gc.get_threshold()
    assert work() == work() != before == gc.get_threshold()
