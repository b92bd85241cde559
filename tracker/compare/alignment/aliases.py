"""Names of which a text itself says that they were others: "Acme Mail (formerly Acme Post)"."""

import re
from collections.abc import Mapping

from tracker.compare.model import Document
from tracker.compare.text.canonical import canonical
from tracker.compare.text.holding import holding
from tracker.compare.text.remembered import per_document

_NAME = r"[A-Z0-9][\w&'’-]*(?: [A-Z0-9&][\w&'’-]*){0,4}"
_CALLED = r"(?: known as| called| named)"
_BEFORE = r"(?:formerly|previously|once)"
_ONCE = (
    rf"(?:{_BEFORE}{_CALLED}?|(?:which |that )?(?:used to be|was (?:{_BEFORE}|until now)){_CALLED}?"
    r"|(?:now )?the new name (?:of|for)|renamed from)(?: the)?"
)
_TOLD = re.compile(rf"({_NAME}) ?(?:\(|, ){_ONCE} [“\"]?({_NAME})[”\"]?[),.]")
_MOST = 50  #: former names that a text is read with; a real one tells a handful
_CUES = ("formerly", "previously", "once", "used to be", "until now", "new name", "renamed")


@per_document
def _told(document: Document) -> Mapping[str, str]:
    """Return what names were called before, by their former names."""
    found: dict[str, str] = {}
    texts = [clause.text for clause in document.clauses]
    for at in holding(_CUES, texts):
        found.update((old, new) for new, old in _TOLD.findall(texts[at]))
    return found


class Aliases:
    """The names that are one, as either side of a comparison tells."""

    def __init__(self, before: Document, after: Document) -> None:
        told = [(old, new) for old, new in (*_told(before).items(), *_told(after).items()) if old != new]
        self._names = dict(told[:_MOST])
        olds = "|".join(re.escape(old) for old in sorted(self._names, key=len, reverse=True))
        self._pattern = re.compile(rf"(?<![\w-])(?:{olds})(?![\w-])") if olds else None
        self._once = re.compile(rf" ?(?:\(|, ){_ONCE} [“\"]?(?:{olds})[”\"]?[),]") if olds else None

    def are_same(self, before: str, after: str) -> bool:
        """Say whether two texts are the same once each name stands for the one that it became."""
        return self._pattern is not None and self._under_one(before) == self._under_one(after)

    def _under_one(self, text: str) -> str:
        assert self._pattern is not None
        assert self._once is not None
        return canonical(self._pattern.sub(lambda match: self._names[match.group()], self._once.sub("", text)))
