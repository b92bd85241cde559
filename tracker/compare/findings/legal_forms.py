"""The legal form of a company in the place of another: "Acme Inc." became "Acme LLC", and whose text it is stays."""

import re

from tracker.compare.text.canonical import canonical
from tracker.compare.vocabulary.lexicons import active, cached

_LONGEST = 4000  #: characters of a clause that is looked at


@cached(1)
def _forms() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return what finds a form behind a name, and what names the kind of company in plain words."""
    table = active().table("synonyms.toml")["legal_forms"]
    forms, kinds = (
        "|".join(re.escape(form) for form in sorted(table[name], key=lambda one: (-len(one), one)))
        for name in ("forms", "kinds")
    )
    return re.compile(rf"\b([A-Z][\w&'’.-]*),? (?=[A-Z])(?i:{forms})\b\.?"), re.compile(rf"\b(?i:{kinds})\b")


def _without_forms(text: str) -> str:
    named, kind = _forms()
    return canonical(named.sub(r"\1", kind.sub("company", text)))


def same_but_for_legal_forms(before: str, after: str) -> bool:
    """Say whether two texts differ only in the legal form of a company that both name."""
    if not before or not after or max(len(before), len(after)) > _LONGEST:
        return False
    return _without_forms(before) == _without_forms(after)
