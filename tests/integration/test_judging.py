"""The pool of processes that judges heavy documents."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from datetime import date
from functools import partial
from pathlib import Path

import pytest

from tracker.compare import Block, BlockKind
from tracker.compare.model import Document
from tracker.compare.text.clauses import cut
from tracker.daemon import judging
from tracker.daemon.judging import InlineJudge, PooledJudge
from tracker.extract.apart import READERS, Limits, Readers

DAY = date(2026, 3, 1)

#: Starts a pool, tells the id of its process and waits to be killed.
PARENT = """
import os, sys, time
from tracker.daemon.judging import PooledJudge
if __name__ == "__main__":
    print(PooledJudge(1)._open().submit(os.getpid).result(), flush=True)
    time.sleep(60)
"""


def document(*sentences: str) -> Document:
    return cut([Block(BlockKind.PARAGRAPH, sentence) for sentence in sentences])


BEFORE = document("We do not sell your personal information.", "We keep logs for 30 days.")
AFTER = document("We may sell your personal information.", "We keep logs for 30 days.")


def limits_here() -> Limits:
    """Return what a document may take in the process that this is called in."""
    return READERS.limits


def endless(begun: Path, *_: object, **__: object) -> None:
    """Stand for the compare of a document that takes for ever."""
    begun.touch()
    time.sleep(3_600)


@pytest.fixture
def pooled(monkeypatch: pytest.MonkeyPatch) -> Iterator[PooledJudge]:
    """A judge that finds every document heavy."""
    monkeypatch.setattr(judging, "HEAVY", 0)
    monkeypatch.setattr(judging, "READERS", Readers(Limits(cpu=7)))
    with closing(PooledJudge(1)) as judge:
        yield judge


def test_a_pool_judges_as_the_calling_thread_does(pooled: PooledJudge) -> None:
    """Where a document is judged changes nothing in its verdict."""
    inline = InlineJudge().judge(BEFORE, AFTER, names=(), captured_on=DAY)
    assert inline.alert
    assert pooled.judge(BEFORE, AFTER, names=(), captured_on=DAY) == inline
    assert pooled._open().submit(limits_here).result() == Limits(cpu=7), "documents are bound there as here"


def test_a_killed_process_is_replaced(pooled: PooledJudge) -> None:
    """One process that is killed, say for its memory, costs no verdict."""
    os.kill(pooled._open().submit(os.getpid).result(), signal.SIGKILL)
    assert pooled.judge(BEFORE, AFTER, names=(), captured_on=DAY).alert


def test_a_judge_that_is_closed_waits_for_no_huge_document(
    pooled: PooledJudge, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What is in the middle of a compare is killed after a grace, and whoever waited for it hears so."""
    monkeypatch.setattr(judging, "GRACE", 0.0)
    begun = tmp_path / "begun"
    monkeypatch.setattr(judging, "compare", partial(endless, begun))
    caught: list[BaseException] = []

    def ask() -> None:
        try:
            pooled.judge(BEFORE, AFTER, names=(), captured_on=DAY)
        except BrokenProcessPool as error:
            caught.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    while not begun.exists() and asking.is_alive():
        asking.join(0.02)
    pooled.close()
    asking.join()
    assert caught
    with pytest.raises(BrokenProcessPool, match="closed"):
        pooled.judge(BEFORE, AFTER, names=(), captured_on=DAY)


def test_a_pool_ends_with_its_parent() -> None:
    """A daemon that is killed leaves no process behind."""
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert parent.stdout is not None
    assert int(parent.stdout.readline()) > 0
    parent.kill()
    # The pipe is the other process's too: it ends only when the last process that holds it has ended.
    assert parent.stdout.read() == b""
    parent.stdout.close()
    parent.wait()
