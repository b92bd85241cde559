"""Days written in a text, and the dates a policy states about itself: "last updated" and "effective".

Never a date out of "30 days": spans are counted from a day by `later`.
"""

import calendar
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

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
# A year ends where its digits do: the word of a link often sticks to it, as in "July 8, 2026Previous version".
_DATE = re.compile(
    rf"(?P<iso>\b\d{{4}})(?P<dash>[-/])(?P<iso_month>\d\d)(?P=dash)(?P<iso_day>\d\d)(?!\d)"
    rf"|\b(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.|er)?\s+(?:(?:day\s+)?of\s+|de\s+)?(?P<month>{_NAME})\.?,?"
    rf"\s+(?:de\s+)?(?P<year>\d{{4}})(?!\d)"
    rf"|\b(?P<us_month>{_NAME})\.?\s+(?:the\s+)?(?P<us_day>\d{{1,2}})(?:st|nd|rd|th)?(?:,|\s+of)?"
    rf"\s+(?P<us_year>\d{{4}})(?!\d)"
    rf"|\b(?P<first>\d{{1,2}})(?P<mark>[./])(?P<second>\d{{1,2}})(?P=mark)(?P<numeric_year>\d{{4}})(?!\d)",
    re.IGNORECASE,
)
_EDGE = (
    rf"\b(?P<edge>end|last\s+day|close|beginning|start|first\s+day|first)\s+of\s+(?P<edge_month>{_NAME})\b"
    rf"(?:,?\s+(?:of\s+)?(?P<edge_year>\d{{4}})(?!\d))?"
)
_WITHOUT_DIGITS = re.compile(_EDGE, re.IGNORECASE)  #: the only days that may be told without one
#: Days of less precision: the edge of a month, a day whose year is left out, a month alone.
_LOOSE = re.compile(
    rf"{_EDGE}|\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:(?:day\s+)?of\s+)?(?P<month>{_NAME})\b"
    rf"|\b(?P<us_month>{_NAME})\.?\s+(?:the\s+)?(?P<us_day>\d{{1,2}})(?:st|nd|rd|th)?\b(?!\s*(?:days|weeks|months|years|:|%))"
    rf"|\b(?P<bare_month>{_NAME}),?\s+(?P<bare_year>\d{{4}})(?!\d)",
    re.IGNORECASE,
)
_LEAP_YEAR = 2000
_LAST = re.compile(r"end|last|close", re.IGNORECASE)
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
_DIGIT = re.compile(r"\d")
_YEAR = re.compile(r"\d{4}")  #: every whole date has one
_REACH = 40  #: characters between the words and their date


@dataclass(frozen=True, slots=True)
class Day:
    """A day a text names; `start` and `end` count characters."""

    date: date | None  #: None where its year is left out and cannot be told
    start: int
    end: int


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


def _loose_days(match: re.Match[str], base: date | None) -> tuple[date | None, ...]:
    """Return the day of a match of less precision, in a tuple; an empty one where it is no day at all."""
    part = match.groupdict()
    name = part["edge_month"] or part["month"] or part["us_month"] or part["bare_month"]
    if name[0].islower():
        return ()  # the verbs "may" and "march"
    month = _MONTH_OF[name.lower()]
    year = part["edge_year"] or part["bare_year"]
    last = part["edge"] is not None and _LAST.match(part["edge"]) is not None

    def in_year(number: int) -> date:
        day = calendar.monthrange(number, month)[1] if last else int(part["day"] or part["us_day"] or 1)
        return date(number, month, day)

    try:
        if year is not None:
            return (in_year(int(year)),)
        if base is None:
            in_year(_LEAP_YEAR)
            return (None,)
        found = in_year(base.year)
        return (found if found >= base else in_year(base.year + 1),)
    except ValueError:
        return ()


def days_in(text: str, base: date | None = None) -> tuple[Day, ...]:
    """Return the days a text names, in reading order.

    "The end of March 2026" is its last day, "March 2026" its first. Where a year is left out it is the first such day
    from `base` on; without a base the day is told without a date.
    """
    if not _DIGIT.search(text) and ("of" not in text or not _WITHOUT_DIGITS.search(text)):
        return ()
    found = []
    taken = []
    for match in _DATE.finditer(text) if _YEAR.search(text) else ():
        iso = date_of(match)
        taken.append(match.span())
        if iso is not None:
            found.append(Day(date.fromisoformat(iso), *match.span()))
    for match in _LOOSE.finditer(text):
        if all(match.end() <= start or end <= match.start() for start, end in taken):
            found += [Day(day, *match.span()) for day in _loose_days(match, base)]
    return tuple(sorted(found, key=lambda day: day.start))


def later(base: date, number: float, unit: str) -> date:
    """Return the day a number of "day", "week", "fortnight", "month", "year" or "hour" after another.

    Months and years are those of the calendar; a month after 31 January is the last day of February.
    """
    if unit in {"month", "year"}:
        months = base.month - 1 + int(number * (12 if unit == "year" else 1))
        year, month = base.year + months // 12, months % 12 + 1
        return date(year, month, min(base.day, calendar.monthrange(year, month)[1]))
    days = {"hour": 1 / 24, "day": 1.0, "week": 7.0, "fortnight": 14.0}[unit] * number
    return base + timedelta(days=days)


def _anchored(text: str, anchor: re.Pattern[str]) -> str | None:
    for words in anchor.finditer(text):
        match = _DATE.search(text, words.end(), words.end() + _REACH + 30)
        if match and match.start() - words.end() <= _REACH and (day := date_of(match)):
            return day
    return None


@lru_cache(maxsize=8192)
def _stated(text: str) -> tuple[str | None, str | None]:
    """Return both dates of one clause; most clauses of a text stood in the one before."""
    return (_anchored(text, _UPDATED), _anchored(text, _EFFECTIVE)) if _DIGIT.search(text) else (None, None)


def stated_dates(texts: Iterable[str]) -> tuple[str | None, str | None]:
    """Return the first "last updated" and the first "effective" date of texts in reading order, as ISO dates."""
    updated = effective = None
    for text in texts:
        first, second = _stated(text)
        updated, effective = updated or first, effective or second
        if updated and effective:
            break
    return updated, effective
