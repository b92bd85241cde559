"""Reviews in the store: kept by the texts they speak of, superseded by later ones, gone with their source."""

from datetime import timedelta
from typing import Any

from sqlalchemy import text
from sqlmodel import select

from tests.integration.filling import NOW, SOURCE, fill
from tests.support.dump import dump_content
from tracker.store.database import Database
from tracker.store.history.sources import purge_source
from tracker.store.people.reviews import add_review, hashes_of, list_reviews, past_verdicts, reviews_of
from tracker.store.schema.people_tables import Review
from tracker.store.schema.tables import Change, PastVerdict
from tracker.store.upkeep.verify import verify_store

SOLD = ("We do not sell data.", "We may sell data.")


def review(database: Database, day: int = 0, texts: tuple[str, str] = SOLD, **values: Any) -> None:
    told: dict[str, Any] = {
        "clause_class": "material",
        "topics": None,
        "direction": None,
        "note": "",
        "reviewer": "kim",
        "at": NOW + timedelta(days=day),
    }
    with database.write() as session:
        add_review(session, 1, "abcd01", texts, **(told | values))


def test_the_latest_review_of_two_texts_comes_first_and_the_older_stay(database: Database) -> None:
    """Reviews are found by source and by both texts; nothing is overwritten."""
    fill(database, 2)
    review(database, clause_class="minor", note="first look")
    review(database, 1, clause_class="material", topics=["sale"], direction="weaker")
    review(database, 2, ("", "A new clause."), clause_class="noise")
    with database.read() as session:
        found = reviews_of(session, [1, 99])
    assert [(one.clause_class, one.topics, one.note) for one in found[1][hashes_of(SOLD)]] == [
        ("material", ["sale"], ""),
        ("minor", None, "first look"),
    ]
    assert [one.clause_class for one in found[1][hashes_of(("", "A new clause."))]] == ["noise"]
    assert hashes_of(("A new clause.", "")) not in found[1]
    assert found[99] == {}


def test_the_list_says_which_review_holds(database: Database) -> None:
    """Newest first; one that a later one took the place of is told apart, also when the later one is filtered out."""
    fill(database, 2)
    for day in (0, 1):
        review(database, day)
    review(database, 2, ("a", "b"))
    with database.read() as session:
        assert [(entry.review.id, entry.current) for entry in list_reviews(session)] == [
            (3, True),
            (2, True),
            (1, False),
        ]
        recent = list_reviews(session, source_key=1, since=NOW + timedelta(days=1))
        assert [entry.review.id for entry in recent] == [3, 2]
        assert list_reviews(session, source_key=2) == []


def test_no_text_or_note_fails_a_review(database: Database) -> None:
    """What no database stores is replaced, and the hash is that of what is stored."""
    fill(database, 2)
    review(database, texts=("a\0b", "c\ud800"), note="n\0", reviewer="\udfff")
    with database.read() as session:
        (row,) = session.exec(select(Review))
        assert (row.before, row.after, row.note) == ("a\ufffdb", "c\ufffd", "n\ufffd")
        assert hashes_of(("a\0b", "c\ud800")) in reviews_of(session, [1])[1]
    assert verify_store(database).ok


def test_an_altered_review_is_named(database: Database) -> None:
    """`verify` recomputes the hashes of reviewed texts."""
    fill(database, 2)
    review(database)
    with database.write() as session:
        session.connection().execute(text("update review set after = 'We never sell data.'"))
    report = verify_store(database)
    assert [str(damage) for damage in report.damages] == [
        "review: acme: the texts of review 1 (change abcd01) do not fit their hashes"
    ]


def test_the_dump_tells_reviews_in_the_order_given(database: Database) -> None:
    """Reviews are content: what holds can be read from a dump."""
    fill(database, 2)
    review(database, clause_class="minor")
    review(database, clause_class="cosmetic")
    with database.read() as session:
        lines = [line for line in dump_content(session) if '"kind": "review"' in line]
    assert ['"clause_class": "minor"' in line for line in lines] == [True, False]


def test_reviews_and_past_verdicts_go_with_their_source(database: Database) -> None:
    """Purging a source leaves nothing of it; a change that is removed takes its past verdicts along."""
    fill(database, 3)
    review(database)
    with database.write() as session:
        changes = session.exec(select(Change).order_by(Change.id)).all()
        for number, change in enumerate((changes[0], changes[0], changes[1])):
            past = PastVerdict(change_id=change.id, replaced_at=NOW, rules_version=str(number))
            past.verdict = {"n": number}
            session.add(past)
    with database.write() as session:
        kept = past_verdicts(session, ["abcd01", "abcd02", "gone"])
        assert {ident: [past.verdict["n"] for past in rows] for ident, rows in kept.items()} == {
            "abcd01": [0, 1],
            "abcd02": [2],
        }
        session.delete(session.get_one(Change, "abcd02"))
    with database.write() as session:
        assert [past.change_id for past in session.exec(select(PastVerdict))] == ["abcd01", "abcd01"]
        counts = purge_source(session, SOURCE.id, force=True)
        assert (counts["review"], counts["past_verdict"]) == (1, 2)
        assert session.exec(select(Review)).all() == []
        assert session.exec(select(PastVerdict)).all() == []
