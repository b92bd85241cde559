"""The steps of a history against a naive model of it."""

from datetime import timedelta
from itertools import groupby, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import Session, SQLModel, create_engine

from tests.integration.filling import NOW, SOURCE, record
from tracker.store.history.history import numbered_versions, transitions
from tracker.store.history.sources import sync_sources


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 30), st.sampled_from("ABC")), max_size=14, unique_by=lambda sight: sight[0]))
def test_transitions_are_the_borders_between_runs(sights: list[tuple[int, str]]) -> None:
    """Whatever the order of arrival: one step wherever neighbours in time differ, none inside a run."""
    engine = create_engine("sqlite://")
    SQLModel.metadata.create_all(engine)
    with Session(engine) as session:
        sync_sources(session, [SOURCE], NOW)
        texts = {record(session, 1, day, words).id: words for day, words in sights}
        runs = [list(run) for _, run in groupby(sorted(sights), key=lambda sight: sight[1])]
        expected = [
            (before[-1][1], after[0][1], NOW + timedelta(days=before[-1][0]), NOW + timedelta(days=after[0][0]))
            for before, after in pairwise(runs)
        ]
        found = [
            (texts[step.before_version_id], texts[step.after_version_id], step.last_seen_before, step.first_seen_after)
            for step in transitions(session, 1)
        ]
        assert found == expected
        numbered = [texts[entry.version.id] for entry in numbered_versions(session, 1)]
        assert numbered == list(dict.fromkeys(words for _, words in sorted(sights)))
    engine.dispose()
