"""Texts lie in packs, verdicts and layouts against what they resemble; all of them come back as they were."""

import hashlib
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm.exc import DetachedInstanceError
from sqlmodel import Session, col, func, select

from tests.integration.filling import NOW, SOURCE, fill, keep_text
from tests.support.clause_damage import alter_clause, lose_clause
from tracker.errors import DamagedError
from tracker.store.database import Database
from tracker.store.history.sources import sync_sources
from tracker.store.schema.tables import Change, ClausePack, ClauseText, Version
from tracker.store.texts.clause_packs import PACK, texts_downwards
from tracker.store.texts.clause_texts import clause_ids, delete_clauses, texts_of
from tracker.store.texts.layouts import clause_ids_in, clause_ids_of
from tracker.store.texts.verdicts import read_verdicts
from tracker.store.texts.versions import clauses_of
from tracker.store.upkeep.upgrade import create_store
from tracker.store.upkeep.verify import verify_store


def hashed(*texts: str) -> dict[str, str]:
    return {hashlib.sha256(words.encode()).hexdigest(): words for words in texts}


def long_text(seed: int) -> str:
    dice = random.Random(seed)
    return " ".join(f"word{dice.randrange(10_000)}" for _ in range(200))


@settings(max_examples=25)  # each makes a store
@given(st.lists(st.sets(st.sampled_from([*map(str, range(9)), "", "+", "é\U0001f600", "a\nb"])), max_size=6), st.data())
def test_texts_come_back_whatever_came_and_went_before(waves: list[set[str]], data: st.DataObject) -> None:
    """Stored a few at a time and deleted in between, in one session or another."""
    database = Database("sqlite://")
    create_store(database)
    known: dict[int, str] = {}
    for wave in waves:
        with database.write() as session:
            ids = clause_ids(session, hashed(*sorted(wave)))
            known |= {ids[digest]: words for digest, words in hashed(*wave).items()}
            gone = data.draw(st.sets(st.sampled_from(sorted(known)))) if known else set()
            assert delete_clauses(session, gone) == len(gone)
            known = {ident: words for ident, words in known.items() if ident not in gone}
            assert texts_of(session, [*known, *gone, 9_999]) == known
    with database.read() as session:
        assert texts_of(session, range(1, 100)) == known
    database.close()


def test_texts_of_many_packs_are_read_and_removed(database: Database) -> None:
    """Also those at the ends of packs; a pack without a text goes."""
    texts = hashed(*(f"Clause {number}." for number in range(3 * PACK)))
    with database.write() as session:
        ids = clause_ids(session, texts)
        assert clause_ids(session, texts) == ids
    with database.write() as session:
        told = {ids[digest]: words for digest, words in texts.items()}
        assert texts_of(session, told) == told
        middle = [ident for ident in told if ident // PACK == 1]
        assert delete_clauses(session, middle) == len(middle)
        assert texts_of(session, told) == {ident: words for ident, words in told.items() if ident not in middle}
        if database.is_sqlite:
            assert session.exec(select(ClausePack.id).order_by(col(ClausePack.id))).all() == [0, 2, 3]
            assert set(session.exec(select(ClauseText.text))) == {None}
            left = [ident for ident in told if ident not in middle]
            for below in (None, 2 * PACK + 1, 2 * PACK, PACK, 1):
                fitting = [(one, told[one]) for one in sorted(left, reverse=True) if below is None or one < below]
                assert list(texts_downwards(session, below)) == fitting
    assert verify_store(database).ok


def judged(session: Session, *, quoted: int) -> Change:
    """Store a change between two long texts, with a verdict that quotes each side some times over."""
    versions = [keep_text(session, 1, "Shared.", long_text(seed))[0] for seed in (1, 2)]
    told: dict[str, Any] = {
        "id": "beef01",
        "source_key": 1,
        "before_version_id": versions[0].id,
        "after_version_id": versions[1].id,
        "last_seen_before": NOW,
        "first_seen_after": NOW,
        "origin": "live",
        "state": "history",
        "created_at": NOW,
        "alert": True,
        "severity": "low",
        "direction": "weaker",
        "rules_version": "1",
    }
    change = Change(**told)
    change.verdict = {"quotes": [long_text(1), long_text(2)] * quoted}
    session.add(change)
    return change


def test_a_quotation_takes_a_few_bytes(database: Database) -> None:
    """A verdict is kept against the clauses that differ, however often it quotes them."""
    fill(database, 0)
    with database.write() as session:
        judged(session, quoted=5)
    with database.read() as session:
        assert session.exec(select(func.length(col(Change.packed_verdict)))).one() < 150
        assert session.get_one(Change, "beef01").verdict == {"quotes": [long_text(1), long_text(2)] * 5}


def test_verdicts_are_read_while_the_session_is_open(database: Database) -> None:
    """What was read stays readable; what was not says so; what was set is there at once."""
    fill(database, 0)
    with database.write() as session:
        change = judged(session, quoted=1)
        assert len(change.verdict["quotes"]) == 2
    with database.read() as session:
        unread, read, listed = (session.get_one(Change, "beef01"), session.get_one(Change, "beef01"), change)
    with pytest.raises(DetachedInstanceError, match="not read while its session was open"):
        _ = unread.verdict
    with database.read() as session:
        read = session.get_one(Change, "beef01")
        assert read_verdicts(session, [read]) == {"beef01": change.verdict}
    assert (read.verdict, listed.verdict) == (change.verdict, change.verdict)
    with database.write() as session:
        again = session.get_one(Change, "beef01")
        again.verdict = again.verdict | {"flags": ["returned"]}
        assert again.verdict["flags"] == ["returned"]
    with database.read() as session:
        assert session.get_one(Change, "beef01").verdict == change.verdict | {"flags": ["returned"]}


def test_a_verdict_whose_clause_is_lost_or_altered_is_named(database: Database) -> None:
    """The change, and the clause where one is missing; `tracker verify` tells of it."""
    for damage in (alter_clause, lose_clause):
        with database.write() as session:
            sync_sources(session, [SOURCE], NOW)
            if session.get(Change, "beef01") is None:
                judged(session, quoted=2)
        with database.write() as session:
            given = ("Altered.",) if damage is alter_clause else ()
            damage(session, long_text(2), *given)
        with database.read() as session, pytest.raises(DamagedError, match="change beef01 cannot be read"):
            _ = session.get_one(Change, "beef01").verdict
        named = [str(found) for found in verify_store(database).damages if found.what == "verdict"]
        assert ["change beef01" in one for one in named] == [True]
    assert "clause" in named[0]
    assert "missing" in named[0]


def test_later_texts_of_a_source_are_kept_against_the_first(database: Database) -> None:
    """Until one resembles it too little: then the next ones are kept against that."""
    fill(database, 0)
    paragraphs = [f"Paragraph {number} of this text." for number in range(120)]
    others = [f"Nothing like number {number}." for number in range(0, 600, 3)]
    dice = random.Random(1)
    mixed = sorted([*others, *paragraphs[::2]], key=lambda _: dice.random())
    with database.write() as session:
        made = [
            keep_text(session, 1, *texts)[0]
            for texts in (
                paragraphs,
                [*paragraphs[:50], "New.", *paragraphs[51:]],
                mixed,
                [*mixed[:50], "Newer.", *mixed[50:]],
            )
        ]
        idents = [version.id or 0 for version in made]
    with database.read() as session:
        rows = session.exec(select(Version).order_by(col(Version.id))).all()
        assert [row.layout_base_id for row in rows] == [None, idents[0], None, idents[2]]
        shown = clause_ids_in(session, [*idents, 9_999])
        assert {row.id: clause_ids_of(session, row) for row in rows} == shown
        assert [clause.text for clause in clauses_of(session, rows[3])] == [*mixed[:50], "Newer.", *mixed[50:]]
    with database.write() as session:
        session.get_one(Version, idents[0]).layout = b"\0\0\0\1x"
    with database.read() as session:
        assert set(clause_ids_in(session, idents)) == set(idents[2:])
        with pytest.raises(DamagedError, match=f"version {idents[1]}: its layout is damaged"):
            clauses_of(session, session.get_one(Version, idents[1]))
