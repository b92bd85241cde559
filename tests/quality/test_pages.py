"""Pages that say themselves that they are no policy, and short policies, in ten languages."""

import html
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.world import acme
from tracker.compare.text.clauses import cut
from tracker.compare.text.guard import guard
from tracker.daemon.checks.reading import PageBody, read_source
from tracker.errors import ExtractionError
from tracker.extract import ExtractionRules, extract
from tracker.sources.model import SourcePage
from tracker.words import FailureKind

PAGES: list[dict[str, Any]] = [
    json.loads(line)
    for line in (Path(__file__).parent / "pages" / "pages.jsonl").read_text(encoding="utf-8").splitlines()
]
KINDS = ("error", "login", "consent", "bot", "maintenance")
LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "pl")


def as_html(page: dict[str, Any]) -> bytes:
    """Return a page as its server sends it."""
    lines = "".join(f"<div>{html.escape(line)}</div>" for line in page["lines"])
    title = html.escape(page["title"])
    return f"<html lang={page['language']}><head><title>{title}</title></head><body>{lines}</body></html>".encode()


def test_every_kind_is_there_in_ten_languages() -> None:
    """The collection is what it says it is."""
    counts = Counter((page["language"], page["kind"]) for page in PAGES)
    assert all(counts[language, kind] >= 2 for language in LANGUAGES for kind in (*KINDS, "policy"))


@pytest.mark.parametrize("kind", [*KINDS, "script", "region", "parking"])
def test_a_page_says_itself_that_it_is_no_policy(kind: str) -> None:
    """Each is told by its name, whatever its language; an unscripted shell stays one that needs rendering."""
    wrong = []
    for page in (page for page in PAGES if page["kind"] == kind):
        try:
            read_source(
                acme(), (SourcePage("https://acme.example/privacy"),), [PageBody(as_html(page), "text/html", "")]
            )
        except ExtractionError as error:
            told = error.kind is FailureKind.NEEDS_RENDERING if kind == "script" else str(error).startswith(f"{kind}: ")
        else:
            told = False
        if not told:
            wrong.append((page["language"], page["title"]))
    assert wrong == []


def test_a_short_policy_is_a_policy() -> None:
    """One that speaks of log-ins, errors, cookies and robots passes, in its language."""
    for page in (page for page in PAGES if page["kind"] == "policy"):
        found = extract(as_html(page), "text/html", ExtractionRules(min_words=0))
        assert guard(cut(found.blocks), title=found.title, language=page["language"]) is None, page["title"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_policies_use_the_words_of_policies(language: str) -> None:
    """Two short policies of a language, said until they are long, are not held for their words."""
    lines = [
        line for page in PAGES if (page["kind"], page["language"]) == ("policy", language) for line in page["lines"]
    ]
    rules = ExtractionRules(min_words=0)
    body = as_html({"language": language, "title": "", "lines": lines * 4})
    assert guard(cut(extract(body, "text/html", rules).blocks)) is None
