"""Runs of clauses, as they follow from stretches of versions."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tracker.store.history.clause_runs import RunSpan, Stretch, spans_of

START = datetime(2024, 1, 1, tzinfo=UTC)

#: The clauses of three versions.
VERSIONS = {1: frozenset({10, 11}), 2: frozenset({10, 12}), 3: frozenset({11, 12})}


def day(number: int) -> datetime:
    return START + timedelta(days=number)


def stretches(*versions: int) -> list[Stretch]:
    """Return a stretch of two days per version, one after the other."""
    return [Stretch(version, day(2 * at), day(2 * at + 1)) for at, version in enumerate(versions)]


def test_a_clause_that_stays_has_one_run_without_an_end() -> None:
    """What stood from the first on has no time before at which it was missing."""
    found = spans_of(stretches(1, 2), VERSIONS.__getitem__)
    assert found == [
        RunSpan(10, day(0), None, 1),
        RunSpan(11, day(0), None, 1, gone_at=day(2)),
        RunSpan(12, day(2), day(1), 2),
    ]


def test_a_clause_that_returns_has_two_runs() -> None:
    """It is gone in between, and the second run says since when it was unseen."""
    found = [span for span in spans_of(stretches(1, 2, 1), VERSIONS.__getitem__) if span.clause_id == 11]
    assert found == [RunSpan(11, day(0), None, 1, gone_at=day(2)), RunSpan(11, day(4), day(3), 1)]


histories = st.lists(st.sampled_from([1, 2, 3]), min_size=1, max_size=12).map(
    lambda versions: [version for at, version in enumerate(versions) if at == 0 or version != versions[at - 1]]
)


@given(histories)
def test_runs_tell_the_clauses_of_every_version(versions: list[int]) -> None:
    """At each stretch exactly the clauses of its version stand."""
    past = stretches(*versions)
    found = spans_of(past, VERSIONS.__getitem__)
    for stretch in past:
        for moment in (stretch.first_seen, stretch.last_seen):
            standing = {
                span.clause_id
                for span in found
                if span.appeared_at <= moment and (span.gone_at is None or span.gone_at > moment)
            }
            assert standing == VERSIONS[stretch.version_id]


@given(histories, st.data())
def test_going_on_from_standing_runs_gives_what_starting_anew_gives(versions: list[int], data: st.DataObject) -> None:
    """Runs are appended to, not made anew, and that makes no difference."""
    past = stretches(*versions)
    cut = data.draw(st.integers(1, len(past)))
    before = spans_of(past[:cut], VERSIONS.__getitem__)
    standing = [span for span in before if span.gone_at is None]
    ended = [span for span in before if span.gone_at is not None]
    after = spans_of(past[cut - 1 :], VERSIONS.__getitem__, standing)
    assert sorted([*ended, *after], key=lambda span: (span.appeared_at, span.clause_id)) == spans_of(
        past, VERSIONS.__getitem__
    )
