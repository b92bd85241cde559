"""The legal form of a company in the place of another: "Acme Inc." became "Acme LLC", and whose text it is stays."""

import re
from collections.abc import Mapping

from tracker.compare.text.canonical import canonical
from tracker.compare.vocabulary.lexicons import active, cached

_LONGEST = 4000  #: characters of a clause that is looked at
_NAME = r"[A-Z][\w&'’.-]*"


@cached(1)
def _forms() -> tuple[re.Pattern[str], re.Pattern[str], Mapping[str, str]]:
    """Return what finds a form behind a name, what finds "a Delaware corporation", and the law of each form."""
    table = active().table("synonyms.toml")["legal_forms"]
    forms, kinds = (
        "|".join(re.escape(form) for form in sorted(table[name], key=lambda one: (-len(one), one)))
        for name in ("forms", "kinds")
    )
    laws = {form: law for law, of_law in table["laws"].items() for form in of_law}
    return (
        re.compile(rf"\b({_NAME}),? (?=[A-Z])((?i:{forms}))\b\.?"),
        re.compile(rf"\b(an? (?:{_NAME} ){{0,3}})(?i:{kinds})\b"),
        laws,
    )


def _without_forms(text: str) -> tuple[str, list[str]]:
    """Return a text without the legal forms of companies, and the laws of these, in order."""
    named, kind, laws = _forms()
    found = [form.lower() for _, form in named.findall(text)]
    return canonical(named.sub(r"\1", kind.sub(r"\1company", text))), [laws.get(form, form) for form in found]


def same_but_for_legal_forms(before: str, after: str) -> bool:
    """Say whether two texts differ only in legal forms: each company has one of the same law, or is named without."""
    if not before or not after or max(len(before), len(after)) > _LONGEST:
        return False
    (old, had), (new, has) = _without_forms(before), _without_forms(after)
    return old == new and bool(had or has) and (had == has or not had or not has)
