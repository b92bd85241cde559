"""What the models learn from besides the labelled pairs: changes written for it, and more real ones we labelled.

`written/`, `taught/` and the odd ones of `pairs/` and `others/` are invented texts; they are only ever learned from;
`taught/` and `others/` were written by other hands, that is by people who saw neither our rules nor our rows. `read/`
labels real ones, by word positions, so that no policy's text stands here: changes of the recorded versions in the
corpus's Git bundle, by commit and path; of its captures, by source and moments; of the months between two labelled
pairs of one document ("apart"), by their ids; and sentences of labelled pairs, each as if it had just come to its text
("alone"). Of real clauses revised by other hands (`revisions`) those with odd numbers are learned from.
"""

import gzip
import json
import subprocess
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from warcio.archiveiterator import ArchiveIterator

from tests.quality.lines import HERE, is_odd, lines_of
from tests.quality.revisions import revisions_to_learn, revisions_to_measure
from tracker.daemon.checks.reading import charset_of
from tracker.extract import ExtractionRules, extract
from tracker.extract.writing import write_markdown

BUNDLE = "genai-eu-versions.bundle"
AT_ONCE = 5  #: sentences that come to a text together, where each was labelled by itself
INVENTED = "invented: "  #: opens the service of a row that is nobody's policy,
BY_OTHERS = f"{INVENTED}by others: "  #: and of one by other hands


def labelled_rows(root: Path) -> list[dict[str, Any]]:
    """Return the labelled version pairs."""
    with gzip.open(root / "corpus" / "changes.jsonl.gz", "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def _by_id(root: Path) -> dict[str, dict[str, Any]]:
    return {pair["id"]: pair for pair in labelled_rows(root)}


def invented(*, variants: bool = True) -> list[dict[str, Any]]:
    """Return the changes written to learn from, ours and by other hands, in the shape of labelled pairs.

    `variants` are the written ones that turn one clause many ways (files from 20 on).
    """
    found = []
    for line in lines_of("written", "*.jsonl" if variants else "[01]*.jsonl"):
        found.append(_written(line, INVENTED))
    for line in lines_of("pairs"):
        if is_odd(line["id"]):
            found.append(_invented(line, "material" if line["material"] else "cosmetic", INVENTED, ""))
    found += [row for rows in by_others().values() for row in rows if is_odd(row["id"])]
    return [*found, *(_written(line, BY_OTHERS) for line in lines_of("taught"))]


def by_others() -> dict[str, list[dict[str, Any]]]:
    """Return the changes written by other hands to measure, by file, in the shape of labelled pairs."""
    return {
        path.stem: [_written(line, BY_OTHERS) for line in lines_of("others", path.name)]
        for path in sorted((HERE / "others").glob("*.jsonl"))
    }


def _written(line: dict[str, Any], opening: str) -> dict[str, Any]:
    heading = f"## {line['heading']}\n\n" if line["heading"] else ""
    return _invented(line, line["class"], opening, f"# {line['document']}\n\n{heading}")


def _invented(line: dict[str, Any], cls: str, opening: str, above: str) -> dict[str, Any]:
    """Return a row of its `blocks`, where each was labelled, else of one; `opening` is that of its service."""
    before, after = line["before"] or "", line["after"] or ""
    material = cls == "material"
    direction = line["direction"] if material else None
    whole = {**line, "class": cls, "before": before, "after": after, "direction": direction}
    hunks = [
        {"n": at, **{name: block[name] for name in ("class", "before", "after", "topics", "direction")}}
        for at, block in enumerate(line.get("blocks", [whole]))
    ]
    return {
        "id": line["id"], "service": opening + line["id"], "alert": material,
        "before": above + before, "after": above + after, "hunks": hunks,
    }  # fmt: skip


def read_by_us(root: Path) -> list[dict[str, Any]]:
    """Return the changes of the corpus's Git bundle and captures that we labelled.

    They have the shape of labelled pairs but for `spans`: a block's are, for each side, its (first, end) positions
    among the words displayed; `whole`: false where some of what changed is not labelled; and `new` instead of `before`
    where sentences of one text are labelled as if they had just come to it: their positions.
    """
    return [
        *_read_in_bundle(root), *_read_in_captures(root), *_read_apart(root), *_read_alone(root),
        *revisions_to_learn(_by_id(root)),
    ]  # fmt: skip


def revised(root: Path) -> list[dict[str, Any]]:
    """Return real clauses revised by other hands that nothing learns from, one edit to a row."""
    return list(revisions_to_measure(_by_id(root)))


def read_lines(name: str) -> list[dict[str, Any]]:
    """Return what `read/` holds of "genai-eu", "captures", "apart" or "alone", as it stands there."""
    return list(lines_of("read", f"{name}.jsonl"))


def _read_in_bundle(root: Path) -> Iterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["git", "clone", "-q", "--bare", str(root / "corpus" / BUNDLE), folder], check=True)

        def text(commit: str, path: str) -> str:
            command = ["git", "-C", folder, "show", f"{commit}:{path}"]
            return subprocess.run(command, check=True, capture_output=True, text=True).stdout

        for line in read_lines("genai-eu"):
            commit, path = line["commit"], line["path"]
            yield _read(line, f"{commit}:{path}", path.split("/")[0], text(f"{commit}^", path), text(commit, path))


def _read_in_captures(root: Path) -> Iterator[dict[str, Any]]:
    folder = root / "corpus" / "captures"
    index = map(json.loads, (folder / "index.jsonl").read_text(encoding="utf-8").splitlines())
    services = {told["file"].removesuffix(".warc.gz"): told["document"].split("/")[0] for told in index}
    lines = read_lines("captures")
    wanted: dict[str, set[str]] = {}
    for line in lines:
        wanted.setdefault(line["source"], set()).update((line["before"], line["after"]))
    for line in lines:
        source = line["source"]
        texts = _captured(folder / f"{source}.warc.gz", frozenset(wanted[source]))
        ident = f"{source}:{line['after']}"
        yield _read(line, ident, services[source], texts[line["before"]], texts[line["after"]])


def _read_apart(root: Path) -> Iterator[dict[str, Any]]:
    pairs = _by_id(root)
    for line in read_lines("apart"):
        earlier, later = pairs[line["before"]], pairs[line["after"]]
        ident = f"{line['before']}:{line['after']}"
        row = _read(line, ident, earlier["service"], earlier["after"], later["before"])
        yield {**row, "whole": False}


def _read_alone(root: Path) -> Iterator[dict[str, Any]]:
    pairs = _by_id(root)
    for line in read_lines("alone"):
        pair = pairs[line["text"]]
        for at in range(0, len(line["blocks"]), AT_ONCE):
            blocks = [{**block, "before": []} for block in line["blocks"][at : at + AT_ONCE]]
            row = _read({"blocks": blocks}, f"{line['text']}+{at}", pair["service"], "", pair["after"])
            yield {**row, "whole": False, "new": [span for block in blocks for span in block["after"]]}


@cache
def _captured(path: Path, moments: frozenset[str]) -> dict[str, str]:
    """Return the text, as Markdown, of some captures by when they were made (as the file writes it)."""
    texts = {}
    with path.open("rb") as file:
        for record in ArchiveIterator(file):
            moment = record.rec_headers["WARC-Date"]
            if record.rec_type == "response" and moment in moments:
                told = record.http_headers.get_header("Content-Type") or ""
                body, address = record.content_stream().read(), record.rec_headers["WARC-Target-URI"]
                media_type, charset = told.partition(";")[0].strip().lower(), charset_of(told)
                extracted = extract(body, media_type, ExtractionRules(), url=address, charset=charset)
                texts[moment] = write_markdown(extracted.blocks)
    return texts


def _read(line: dict[str, Any], ident: str, service: str, before: str, after: str) -> dict[str, Any]:
    hunks = [
        {
            "n": at, "class": block["class"], "topics": block.get("topics", []),
            "direction": block.get("direction"), "spans": (block["before"], block["after"]),
        }
        for at, block in enumerate(line["blocks"])
    ]  # fmt: skip
    alert = any(hunk["class"] == "material" for hunk in hunks)
    return {"id": ident, "service": service, "alert": alert, "before": before, "after": after, "hunks": hunks}
