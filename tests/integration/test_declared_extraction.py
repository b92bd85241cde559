"""What imported declarations keep of real pages is what the collection itself recorded of them."""

import json
import re
import subprocess
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from statistics import median

import pytest

from tests.support.showcase import captures_of
from tracker.compare.model import Block
from tracker.errors import ExtractionError
from tracker.extract import ExtractionRules, extract
from tracker.intake.declarations import read_declarations
from tracker.sources.load import parse_sources

pytestmark = pytest.mark.corpus

#: Captures of one document that are tried, spread over its history, and those that are enough.
TRIED, ENOUGH = 15, 5


def git(*arguments: str | Path) -> str:
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, encoding="utf-8", check=True)
    return done.stdout


def words(blocks: Sequence[Block]) -> Counter[str]:
    return Counter(re.findall(r"\w+", " ".join(block.text for block in blocks).lower()))


def alike(one: Counter[str], other: Counter[str]) -> float:
    """Return the share of words that two texts have in common."""
    return 2 * (one & other).total() / (one.total() + other.total())


@pytest.fixture(scope="module")
def recorded(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The versions that the collection recorded."""
    folder = tmp_path_factory.mktemp("versions")
    git("clone", "-q", "--bare", corpus / "corpus" / "genai-eu-versions.bundle", folder)
    return folder


@pytest.mark.parametrize(
    "document",
    [
        "Qwen Chat/Privacy Policy",
        "Llama API/Acceptable Use Policy",
        "Microsoft Copilot/Privacy Policy",
        "Meta AI/Terms of Service",
    ],
)
def test_pages_read_by_imported_selectors_give_the_recorded_text(document: str, corpus: Path, recorded: Path) -> None:
    """Word for word but for a few in a thousand: selectors, removals, ranges and spans of validity do as declared."""
    found = read_declarations(corpus / "corpus" / "declarations" / "genai-eu")
    place = document.replace("/", " ‧ ")
    (entry,) = [one.entry for one in found.documents if one.place == place]
    (source,) = parse_sources(entry.as_toml(), "s.toml", {}).sources
    folder = corpus / "corpus" / "captures"
    rows = [json.loads(line) for line in (folder / "index.jsonl").read_text(encoding="utf-8").splitlines()]
    (row,) = [row for row in rows if row["document"] == f"{document}.html"]
    commits = [
        line.split() for line in git("-C", recorded, "log", "--format=%H %aI", "--", f"{document}.md").splitlines()
    ]
    captures = list(captures_of(folder / row["file"]))
    shares: list[float] = []
    for url, moment, body, _, _ in captures[:: -max(1, len(captures) // TRIED)]:
        if len(shares) == ENOUGH:
            break
        (page,) = source.pages_at(moment.date())
        before = [commit for commit, when in commits if datetime.fromisoformat(when) <= moment]
        try:
            kept = extract(body, "text/html", replace(page.rules, min_words=0), url=url)
        except ExtractionError:
            continue  # the page did not look as declared, and the collection recorded nothing then
        if before:
            text = git("-C", recorded, "show", f"{before[0]}:{document}.md").encode()
            version = extract(text, "text/markdown", ExtractionRules(min_words=0))
            shares.append(alike(words(kept.blocks), words(version.blocks)))
    assert len(shares) >= 2
    assert median(shares) > 0.99
