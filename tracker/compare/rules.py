"""Which rules judged: a short hash over everything a verdict depends on besides the two texts."""

import hashlib
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from importlib import metadata, resources
from importlib.resources.abc import Traversable

from tracker.compare.text.canonical import CANON_VERSION
from tracker.compare.vocabulary.lexicons import active, cached, shipped

_LIBRARIES = ("nupunkt", "rapidfuzz", "diff-match-patch", "PyStemmer")


def _files(folder: Traversable, ending: str, above: str = "") -> Iterable[tuple[str, bytes]]:
    """Yield the files of a folder and those below it, by name."""
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _files(entry, ending, f"{above}{entry.name}/")
        elif entry.name.endswith(ending):
            yield above + entry.name, entry.read_bytes()


@lru_cache(maxsize=1)
def _program() -> str:
    """Return a hash over the code that judges, the models, and the libraries and tables they read texts with."""
    digest = hashlib.sha256(f"canon {CANON_VERSION}\nunicode {unicodedata.unidata_version}\n".encode())
    for library in _LIBRARIES:
        digest.update(f"{library} {metadata.version(library)}\n".encode())
    words = resources.files("tracker") / "words.py"
    code = [("../words.py", words.read_bytes()), *_files(resources.files("tracker.compare"), ".py")]
    # Line ends are those of the platform that installed it; the rules are the same.
    read = [(name, data.replace(b"\r\n", b"\n")) for name, data in code]
    for name, data in [*read, *_files(resources.files("tracker.lexicon") / "models", ".gz")]:
        digest.update(f"{name} {hashlib.sha256(data).hexdigest()}\n".encode())
    return digest.hexdigest()


@cached(1)
def rules_version() -> str:
    """Return twelve hexadecimal digits; equal ones promise equal verdicts on equal texts.

    They cover the code of this package, its models, the words in force with their overlays, and the versions of the
    libraries used. How bytes become text is not among them: that is the extractor's version.
    """
    return hashlib.sha256(f"{_program()} {active().fingerprint}".encode()).hexdigest()[:12]


def canon_version() -> str:
    """Return under which rules keys are made: CANON_VERSION, and where overlays make others, a hash of their words."""
    words = active().fingerprint_of("synonyms.toml")
    return CANON_VERSION if words == shipped().fingerprint_of("synonyms.toml") else f"{CANON_VERSION}-{words[:8]}"
