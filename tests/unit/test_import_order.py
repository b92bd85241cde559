"""Which of the tasks of an import a process does next."""

from tracker.daemon.imports.work import Task
from tracker.daemon.imports.workers import Order, next_order


def orders(sources: str) -> list[Order]:
    return [Order(Task((), ()), source) for source in sources]


def test_a_process_keeps_to_its_source() -> None:
    """The oldest task of it goes before older ones of others."""
    waiting = orders("abba")
    assert next_order(waiting, "b", set()) == (waiting[1], "b")


def test_a_source_that_no_other_has_comes_next() -> None:
    """Without one of its own a process turns to the oldest task of a source that is not in hand."""
    waiting = orders("abcb")
    assert next_order(waiting, "d", {"a"}) == (waiting[1], "b")


def test_the_last_task_of_another_is_taken_where_nothing_else_waits() -> None:
    """The other goes on with the first; who takes stays free for the next source."""
    waiting = orders("aaa")
    assert next_order(waiting, None, {"a"}) == (waiting[2], None)
