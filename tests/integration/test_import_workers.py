"""The processes of an import: what one capture breaks costs that capture and no other."""

import os
import time
from contextlib import closing
from datetime import date
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from tests.world import policy
from tracker.daemon.imports import workers
from tracker.daemon.imports.work import Body, NoText, Task, Worked, work
from tracker.daemon.imports.workers import Workers
from tracker.daemon.judging import Inherited, begin_process
from tracker.extract.model import ExtractionRules

#: What makes the process of these tests hang, end or break.
HANGS, DIES, BREAKS = b"<!-- hang -->", b"<!-- die -->", b"<!-- break -->"

#: Names the variable that names the file by which a process tells that it hangs from now on.
HUNG = "IMPORT_TEST_HUNG"

#: Seconds that anything else may take on a machine that does much besides.
PATIENCE = 300.0


def fragile(connection: Connection, told: Inherited) -> None:
    """Work as the real process does, until some body does it harm."""
    begin_process(told)
    while True:
        try:
            task = connection.recv()
        except EOFError:
            return
        read = b"".join(body.body for body in task.bodies if body.rules is not None)
        if HANGS in read:
            Path(os.environ[HUNG]).touch()
            time.sleep(600)
        if DIES in read:
            os._exit(1)
        connection.send("ValueError: no" if BREAKS in read else work(task))


def body(text: str, harm: bytes = b"") -> Body:
    return Body(text.encode() + harm, "text/html", "", None, ExtractionRules(), date(2020, 1, 1))


TASK = Task(
    ("Acme",),
    (body(policy()), body(policy(), HANGS), body(policy(), DIES), body(policy(), BREAKS), body(policy(p5=""))),
)


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Worked:
    """What a task comes to of which three captures do harm.

    Time is over once the process tells that it hangs: no machine is too slow for the other captures.
    """
    hung = tmp_path_factory.mktemp("workers") / "hung"

    def answers(connection: Connection, _seconds: float) -> bool:
        patient = time.monotonic() + PATIENCE
        while time.monotonic() < patient and not hung.exists():
            if connection.poll(0.05):
                return True
        hung.unlink(missing_ok=True)
        return False

    with pytest.MonkeyPatch.context() as patch, closing(Workers(1, fragile)) as some:
        patch.setenv(HUNG, str(hung))
        patch.setattr(workers, "_answers", answers)
        return some.submit(TASK, "acme").result(10 * PATIENCE)


def test_captures_that_do_harm_are_named(worked: Worked) -> None:
    """One that hangs, one that ends the process, one that breaks the program; each with its reason."""
    assert worked.problems == [
        None,
        NoText("reading it takes more than 60 seconds", unreadable=True),
        NoText("reading it ended the process, maybe for want of memory", unreadable=True),
        NoText("reading it broke (ValueError: no)", unreadable=True),
        None,
    ]
    assert [bool(shown) for shown in worked.shown] == [True, False, False, False, True]
    assert len(worked.packed) == len(TASK.bodies)


def test_the_step_over_them_is_judged(worked: Worked) -> None:
    """The last good text before is compared with the next good one."""
    (step,) = worked.verdicts
    assert step[:2] == (worked.shown[0], worked.shown[4])


def test_processes_and_the_own_process_do_the_same() -> None:
    """Where the work is done changes nothing."""
    task = Task(("Acme",), tuple(body(policy(p5=f"We keep logs for {days} days.")) for days in (30, 60, 90)))
    with closing(Workers(2)) as some:
        apart = [some.submit(task, source).result(200) for source in ("one", "other")]
    here = Workers(0).submit(task, "one").result()
    for done in apart:
        assert (done.shown, done.verdicts, done.texts, done.packed) == (
            here.shown,
            here.verdicts,
            here.texts,
            here.packed,
        )
