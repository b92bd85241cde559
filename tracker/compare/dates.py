"""The dates a policy states about itself: "last updated" and "effective". Never a date out of "30 days"."""

import re
from collections.abc import Iterable
from datetime import date

_MONTHS = (
    "january jan januar janvier enero gennaio janeiro januari",
    "february feb februar février febrero febbraio fevereiro februari",
    "march mar märz mars marzo março maart", "april apr avril abril aprile", "may mai mayo maggio maio mei",
    "june jun juni juin junio giugno junho",
    "july jul juli juillet julio luglio julho",
    "august aug août agosto augustus",
    "september sep sept septembre septiembre settembre setembro", "october oct oktober octobre octubre ottobre outubro",
    "november nov novembre noviembre novembro", "december dec dezember décembre diciembre dicembre dezembro",
)  # fmt: skip
_MONTH_OF = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}
_NAME = "|".join(sorted(_MONTH_OF, key=len, reverse=True))
_DATE = re.compile(
    rf"(?P<iso>\b\d{{4}})-(?P<iso_month>\d\d)-(?P<iso_day>\d\d)\b"
    rf"|\b(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.|er)?\s+(?:of\s+|de\s+)?(?P<month>{_NAME})\.?,?\s+(?:de\s+)?(?P<year>\d{{4}})\b"
    rf"|\b(?P<us_month>{_NAME})\.?\s+(?P<us_day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<us_year>\d{{4}})\b"
    rf"|\b(?P<first>\d{{1,2}})(?P<mark>[./])(?P<second>\d{{1,2}})(?P=mark)(?P<numeric_year>\d{{4}})\b",
    re.IGNORECASE,
)
_UPDATED = re.compile(
    r"\b(?:last\s+(?:updated|modified|revised|changed|update|revision|modification)|(?:date\s+)?(?:updated|revised)\s*(?:on|:)"
    r"|revision\s+date|zuletzt\s+(?:aktualisiert|geändert)|stand\s*:|derni[eè]re\s+(?:mise\s+à\s+jour|modification)"
    r"|[úu]ltima\s+(?:actualización|modificación|atualização)|ultimo\s+aggiornamento|laatst\s+(?:bijgewerkt|gewijzigd))",
    re.IGNORECASE,
)
_EFFECTIVE = re.compile(
    r"\b(?:effective\s+(?:date|as\s+of|from|on|since|starting|until)?|(?:takes?|comes?)\s+(?:effect|into\s+force)\s+(?:on)?"
    r"|gültig\s+(?:ab|seit)|in\s+kraft|en\s+vigueur|vigente\s+desde|in\s+vigore)",
    re.IGNORECASE,
)
_REACH = 40  #: characters between the words and their date


def date_of(match: re.Match[str]) -> str | None:
    """Return the ISO date of a match; None where it is none, or where day and month cannot be told apart."""
    part = match.groupdict()
    try:
        if part["iso"]:
            return date(int(part["iso"]), int(part["iso_month"]), int(part["iso_day"])).isoformat()
        if part["month"]:
            return date(int(part["year"]), _MONTH_OF[part["month"].lower()], int(part["day"])).isoformat()
        if part["us_month"]:
            return date(int(part["us_year"]), _MONTH_OF[part["us_month"].lower()], int(part["us_day"])).isoformat()
        first, second, year = int(part["first"]), int(part["second"]), int(part["numeric_year"])
        if part["mark"] == "." or first > 12 or first == second:
            return date(year, second, first).isoformat()
        return date(year, first, second).isoformat() if second > 12 else None
    except ValueError:
        return None


def dates_in(text: str) -> tuple[str, ...]:
    """Return the ISO dates written in a text, in order."""
    found = (date_of(match) for match in _DATE.finditer(text))
    return tuple(day for day in found if day)


def _anchored(text: str, anchor: re.Pattern[str]) -> str | None:
    for words in anchor.finditer(text):
        match = _DATE.search(text, words.end(), words.end() + _REACH + 30)
        if match and match.start() - words.end() <= _REACH and (day := date_of(match)):
            return day
    return None


def stated_dates(texts: Iterable[str]) -> tuple[str | None, str | None]:
    """Return the first "last updated" and the first "effective" date of texts in reading order, as ISO dates."""
    updated = effective = None
    for text in texts:
        if not any(character.isdigit() for character in text):
            continue
        updated = updated or _anchored(text, _UPDATED)
        effective = effective or _anchored(text, _EFFECTIVE)
        if updated and effective:
            break
    return updated, effective
