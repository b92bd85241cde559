"""Declarations of Open Terms Archive become sources: what they say is kept, what has no counterpart is said."""

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.errors import UsageError
from tracker.extract import extract
from tracker.extract.model import Range
from tracker.intake.declarations import Declarations, read_declarations
from tracker.sources.edit import NewEntry, add_entries, already_followed
from tracker.sources.load import load_sources, parse_sources
from tracker.sources.model import SourcesFile
from tracker.words import Render


def declared(tmp_path: Path, **files: object) -> Declarations:
    """Read a collection of these files; `Acme_history` stands for `Acme.history.json`."""
    for name, content in files.items():
        (tmp_path / f"{name.replace('_', '.')}.json").write_text(json.dumps(content), encoding="utf-8")
    return read_declarations(tmp_path)


def followed(found: Declarations) -> SourcesFile:
    return parse_sources("\n".join(one.entry.as_toml() for one in found.documents), "s.toml", {})


SINGLE = {"fetch": "https://acme.example/privacy", "select": ".policy", "remove": [".menu", ".share, .ads"]}


def test_a_document_keeps_address_and_selectors(tmp_path: Path) -> None:
    """One page: what to keep and what to drop, in the order declared; the id is that of the import of its history."""
    (source,) = followed(declared(tmp_path, Acme={"name": "Acme", "terms": {"Privacy Policy": SINGLE}})).sources
    (page,) = source.pages
    assert (source.id, source.organisation, source.document_type) == ("acme-privacy-policy", "Acme", "Privacy Policy")
    assert (page.url, page.rules.select) == ("https://acme.example/privacy", (".policy",))
    assert page.rules.remove == (".menu", ".share, .ads")


def test_ranges_become_ranges_alone_and_among_selectors(tmp_path: Path) -> None:
    """Each of the four ends has its counterpart."""
    told = {
        "fetch": "https://acme.example/legal",
        "select": {"startBefore": "#privacy", "endBefore": "#terms"},
        "remove": [".x", {"startAfter": "#faq", "endAfter": "#end"}],
    }
    (source,) = followed(declared(tmp_path, Acme={"name": "Acme", "terms": {"Privacy Policy": told}})).sources
    assert source.pages[0].rules.select == (Range(start_before="#privacy", end_before="#terms"),)
    assert source.pages[0].rules.remove == (".x", Range(start_after="#faq", end_after="#end"))


def test_what_is_kept_of_a_page_is_what_the_range_holds(tmp_path: Path) -> None:
    """Two documents on one page: the text of a source is that between its two elements."""
    told = {"fetch": "https://a.example/", "select": {"startBefore": "#p", "endBefore": "#t"}, "remove": ".ad"}
    (source,) = followed(declared(tmp_path, A={"name": "A", "terms": {"Imprint": told}})).sources
    kept_part = "<h2 id=p>Privacy</h2><p>We keep logs.</p><p class=ad>Buy!</p>"
    html = f"<body><h1>Legal</h1>{kept_part}<h2 id=t>Terms</h2><p>Pay.</p>"
    rules = source.pages[0].rules
    kept = extract(html.encode(), "text/html", type(rules)(rules.select, rules.remove, 0))
    assert [block.text for block in kept.blocks] == ["Privacy", "We keep logs."]


def test_parts_of_a_combined_document_override_what_they_share(tmp_path: Path) -> None:
    """The pages stand in order; a part without selectors of its own has the shared ones."""
    told = {
        "combine": [{"fetch": "https://a.example/1"}, {"fetch": "https://a.example/2", "select": "article"}],
        "select": ["main"],
        "remove": "nav",
    }
    (source,) = followed(declared(tmp_path, A={"name": "A", "terms": {"Terms of Service": told}})).sources
    assert [(page.url, page.rules.select, page.rules.remove) for page in source.pages] == [
        ("https://a.example/1", ("main",), ("nav",)),
        ("https://a.example/2", ("article",), ("nav",)),
    ]


def test_history_files_become_spans_with_their_last_day_in_utc(tmp_path: Path) -> None:
    """Offsets, fractions and the misspelt key are read; of two spans that end on one day the later is kept."""
    past = [
        {**SINGLE, "select": "#b", "validUntil": "2021-02-15T01:59:43+04:00"},
        {**SINGLE, "select": "#a", "ValidUntil": "2020-12-08T15:30:06.000123Z"},
        {**SINGLE, "select": "#c", "validUntil": "2021-06-01T10:00:00+0000"},
        {**SINGLE, "select": "#d", "validUntil": "2021-06-01T12:00:00.000Z"},
    ]
    found = declared(
        tmp_path, Acme={"name": "Acme", "terms": {"Privacy Policy": SINGLE}}, Acme_history={"Privacy Policy": past}
    )
    (source,) = followed(found).sources
    assert [(span.until, span.pages[0].rules.select) for span in source.earlier] == [
        (date(2020, 12, 8), ("#a",)),
        (date(2021, 2, 14), ("#b",)),
        (date(2021, 6, 1), ("#d",)),
    ]
    assert "in the past: of two spans" in found.documents[0].lost[0]


def test_what_has_no_counterpart_is_said_and_the_source_works(tmp_path: Path) -> None:
    """A filter of the collection's own is named in the entry; what changes nothing here is not."""
    told = {**SINGLE, "filter": [{"removeQueryParams": ["utm"]}, "hideAds", {"cut": 1}]}
    found = declared(tmp_path, Acme={"name": "Acme", "terms": {"Privacy Policy": told}})
    assert len(followed(found).sources) == 1
    assert found.documents[0].lost == ("filters written for the collection are not run: hideAds, cut",)
    assert "# filters written for the collection are not run: hideAds, cut\n" in found.documents[0].entry.as_toml()


def test_what_is_read_in_a_browser_there_is_here(tmp_path: Path) -> None:
    """The whole document where one of its parts is; nothing is said of it where none is."""
    parts = {"combine": [SINGLE, {**SINGLE, "fetch": "https://acme.example/two", "executeClientScripts": True}]}
    terms = {"Privacy Policy": {**SINGLE, "executeClientScripts": True}, "Imprint": SINGLE, "Terms of Service": parts}
    found = declared(tmp_path, Acme={"name": "Acme", "terms": terms})
    assert [source.render for source in followed(found).sources] == [Render.ALWAYS, None, Render.ALWAYS]
    assert [one.lost for one in found.documents] == [(), (), ()]


def test_a_document_that_cannot_be_used_stops_no_other(tmp_path: Path) -> None:
    """A broken file, an address that is none and a document without one are named; the rest is read."""
    (tmp_path / "Broken.json").write_text("{", encoding="utf-8")
    terms = {"Privacy Policy": SINGLE, "Imprint": {"fetch": "ftp://a.example/"}, "Trackers Policy": {"select": "p"}}
    found = declared(tmp_path, Acme={"name": "Acme", "terms": terms}, Odd={"name": "Odd"})
    assert [one.place for one in found.documents] == ["Acme ‧ Privacy Policy"]
    assert [place for place, _ in found.refused] == [
        "Acme ‧ Imprint",
        "Acme ‧ Trackers Policy",
        "Broken.json",
        "Odd.json",
    ]


def test_a_document_of_which_only_the_past_is_declared_is_left_out(tmp_path: Path) -> None:
    """There is no address to follow today."""
    past = {"Imprint": [{**SINGLE, "validUntil": "2020-01-01T00:00:00Z"}]}
    found = declared(tmp_path, A={"name": "A", "terms": {"Privacy Policy": SINGLE}}, A_history=past)
    assert (len(found.documents), found.retired) == (1, ["A ‧ Imprint"])


def test_language_and_jurisdiction_of_a_collection_are_those_of_its_documents(tmp_path: Path) -> None:
    """Only where it has one of each."""
    (tmp_path / "metadata.yml").write_text("languages: [fr]\njurisdictions: [EU]\n", encoding="utf-8")
    (source,) = followed(declared(tmp_path, A={"name": "A", "terms": {"Privacy Policy": SINGLE}})).sources
    assert (source.language, source.jurisdiction) == ("fr", "EU")


def test_two_services_whose_names_make_one_id_get_two(tmp_path: Path) -> None:
    """The second id is made of its name, so it is the same at every import."""
    told = {"name": "A", "terms": {"Privacy Policy": SINGLE}}
    first = [one.entry.id for one in declared(tmp_path, **{"A B": told, "A-B": told}).documents]
    assert first == ["a-b-privacy-policy", "a-b-privacy-policy-11a507"]


def test_a_folder_without_declarations_is_refused(tmp_path: Path) -> None:
    """The message says what to name."""
    with pytest.raises(UsageError, match=r"Service\.json"):
        read_declarations(tmp_path)


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(max_size=8),
        lambda a: (
            st.lists(a)
            | st.dictionaries(
                st.sampled_from(["fetch", "select", "remove", "combine", "filter", "startBefore", "endAfter", "x"]), a
            )
        ),
        max_leaves=8,
    )
)
def test_odd_declarations_are_read_or_refused(told: object) -> None:
    """Whatever a term holds, the result loads."""
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        good = {"Privacy Policy": SINGLE, "Imprint": told}
        found = declared(
            Path(folder), A={"name": "A", "terms": good}, A_history={"Imprint": told, "Privacy Policy": told}
        )
        assert len(followed(found).sources) == len(found.documents) >= 1


def test_followed_documents_are_recognised_by_id_or_by_page_and_what_is_kept_of_it() -> None:
    """`www.` and a last slash count for nothing; another document on the same page is another."""
    held = parse_sources(NewEntry("a", "A", "Imprint", "https://www.a.example/x/", select=("#i",)).as_toml(), "s", {})
    assert already_followed(held, NewEntry("a", "A", "Imprint", "https://b.example/")) == "a"
    assert already_followed(held, NewEntry("b", "B", "Imprint", "http://a.example/x", select=("#i",))) == "a"
    assert already_followed(held, NewEntry("b", "B", "Imprint", "http://a.example/x", select=("#j",))) is None


@pytest.mark.corpus
def test_every_service_of_the_real_collections_imports(corpus: Path, tmp_path: Path) -> None:
    """391 services, 872 documents: all load again as declared, and the report counts what was not kept."""
    found = read_declarations(corpus / "corpus" / "declarations")
    assert (found.services, len(found.documents), found.refused, len(found.retired)) == (391, 872, [], 26)
    kept = {what: found.counts[what] for what in ("pages", "selectors", "ranges", "in the past: spans")}
    assert kept == {"pages": 936, "selectors": 1499, "ranges": 89, "in the past: spans": 457}
    assert {what: number for what, number in found.counts.items() if what.startswith("lost")} == {
        "lost: custom filter": 43,
        "lost in the past: custom filter": 14,
        "lost in the past: span": 1,
    }
    assert sum(one.entry.render is Render.ALWAYS for one in found.documents) == 178
    path = tmp_path / "sources.toml"
    path.write_text("# ours\n", encoding="utf-8")
    add_entries(path, [one.entry for one in found.documents])
    assert path.read_text(encoding="utf-8").startswith("# ours\n")
    loaded = load_sources(path)
    for one, source in zip(found.documents, loaded.sources, strict=True):
        assert [(page.url, page.rules.select, page.rules.remove) for page in source.pages] == [
            (page.url, page.rules.select, page.rules.remove) for page in one.entry.followed_pages
        ]
        assert [span.until for span in source.earlier] == [span.until for span in one.entry.earlier]
    assert all(already_followed(loaded, one.entry) for one in found.documents)
