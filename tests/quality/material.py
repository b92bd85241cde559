"""What the models learn from besides the labelled pairs: changes written for it, and more real ones we labelled.

`written/` and the odd ones of `pairs/` are invented texts; they are only ever learned from. `read/` labels changes of
the recorded versions in the corpus's Git bundle, by commit, path and word positions, so that no policy's text stands
here.
"""

import json
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
BUNDLE = "genai-eu-versions.bundle"
INVENTED = "invented: "  #: opens the service of a row that is nobody's policy


def _lines(folder: str, pattern: str = "*.jsonl") -> Iterator[dict[str, Any]]:
    for path in sorted((HERE / folder).glob(pattern)):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip():
                yield json.loads(line)


def invented(*, variants: bool = True) -> list[dict[str, Any]]:
    """Return the written changes and the odd own pairs as rows of one block, in the shape of labelled pairs.

    `variants` are the written ones that turn one clause many ways (files from 20 on).
    """
    found = []
    for line in _lines("written", "*.jsonl" if variants else "[01]*.jsonl"):
        found.append(_invented(line, line["class"], f"# {line['document']}\n\n", line["heading"]))
    for line in _lines("pairs"):
        if int(line["id"].rsplit("-", 1)[1]) % 2:
            found.append(_invented(line, "material" if line["material"] else "cosmetic", "", ""))
    return found


def _invented(line: dict[str, Any], cls: str, title: str, heading: str) -> dict[str, Any]:
    above = title + (f"## {heading}\n\n" if heading else "")
    before, after = line["before"] or "", line["after"] or ""
    material = cls == "material"
    hunk = {
        "n": 0, "class": cls, "before": before, "after": after,
        "topics": line["topics"], "direction": line["direction"] if material else None,
    }  # fmt: skip
    return {
        "id": line["id"], "service": INVENTED + line["id"], "alert": material,
        "before": above + before, "after": above + after, "hunks": [hunk],
    }  # fmt: skip


def read_by_us(root: Path) -> list[dict[str, Any]]:
    """Return the changes of the corpus's Git bundle that we labelled, in the shape of labelled pairs but for `spans`.

    A block's `spans` are, for each side, its (first, end) positions among the words displayed.
    """
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["git", "clone", "-q", "--bare", str(root / "corpus" / BUNDLE), folder], check=True)

        def text(commit: str, path: str) -> str:
            command = ["git", "-C", folder, "show", f"{commit}:{path}"]
            return subprocess.run(command, check=True, capture_output=True, text=True).stdout

        found = []
        for line in _lines("read"):
            commit, path = line["commit"], line["path"]
            hunks = [
                {
                    "n": at, "class": block["class"], "topics": block.get("topics", []),
                    "direction": block.get("direction"), "spans": (block["before"], block["after"]),
                }
                for at, block in enumerate(line["blocks"])
            ]  # fmt: skip
            found.append(
                {
                    "id": f"{commit}:{path}", "service": path.split("/")[0],
                    "alert": any(hunk["class"] == "material" for hunk in hunks),
                    "before": text(f"{commit}^", path), "after": text(commit, path), "hunks": hunks,
                }
            )  # fmt: skip
    return found


def said(words: Sequence[str], spans: Sequence[tuple[int, int]]) -> str:
    """Return the words of some spans."""
    return " ".join(word for first, end in spans for word in words[first:end])
