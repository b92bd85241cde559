"""Which rules judged: a short hash over everything a verdict depends on besides the two texts."""

import hashlib
from collections.abc import Iterable
from functools import lru_cache
from importlib import metadata, resources
from importlib.resources.abc import Traversable

from tracker.compare.canonical import CANON_VERSION

_LIBRARIES = ("nupunkt", "rapidfuzz", "diff-match-patch")
_DATA = (".toml", ".gz", ".json")


def _files(folder: Traversable, prefix: str = "") -> Iterable[tuple[str, bytes]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _files(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith(_DATA):
            yield prefix + entry.name, entry.read_bytes()


@lru_cache(maxsize=1)
def rules_version() -> str:
    """Return twelve hexadecimal digits; equal ones promise equal verdicts on equal texts."""
    digest = hashlib.sha256(f"canon {CANON_VERSION}\n".encode())
    for library in _LIBRARIES:
        digest.update(f"{library} {metadata.version(library)}\n".encode())
    for name, data in _files(resources.files("tracker.lexicon")):
        digest.update(f"{name} {hashlib.sha256(data).hexdigest()}\n".encode())
    return digest.hexdigest()[:12]
