"""The script of the soak: what every page says at any moment, and what of it people must be told.

All of it follows from a seed. What a page says depends on the time alone, so a process that is killed and begun again
finds the world as it left it. Verdicts are not what the soak tests: its edits are clear ones, whose verdicts
`test_soak.py` asks for before it begins.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from tests.world import PARAGRAPHS, page

#: A Monday.
BEGIN = datetime(2026, 1, 5, 9, 40, tzinfo=UTC)

#: Edits that matter: the paragraph of the invented policy, and what it says instead.
MATERIAL = {
    "collect": (
        1,
        (
            "We collect your name, your email address, your precise location and the billing details that you give us "
            "when you open an account."
        ),
    ),
    "training": (
        2,
        "We use personal information to provide our services and to train our artificial intelligence models.",
    ),
    "sale": (3, "We may sell your personal information to our advertising partners."),
    "share": (4, "We may share your email address with third parties without your consent."),
    "retention": (5, "We keep server logs for 24 months and delete them after that."),
    "children": (
        8,
        "Our services are open to children of any age, and we knowingly collect their personal information.",
    ),
    "legal": (
        10,
        (
            "We may disclose personal information to government agencies whenever they ask for it, even without a "
            "court order."
        ),
    ),
}
#: Edits that do not.
HARMLESS = {
    "contact": (11, "If you have any questions about this policy, please write to our privacy team."),
    "typography": (
        9,
        (
            "If we change this privacy policy in a material way, we’ll notify you by email at least thirty days in "
            "advance."
        ),
    ),
    "spaces": (
        6,
        (
            "We protect  personal information with encryption in transit and at rest, and we limit access to staff who "
            "need\N{NO-BREAK SPACE}it."
        ),
    ),
}
ANNOUNCED = "From {day:%-d %B %Y}, we will share your personal information with advertising partners."

#: Pages that are no policy, with status 200.
STAND_INS = {
    "error": ("Something went wrong", "Something went wrong. Please try again later."),
    "login": ("Log in", "Please log in to see this page."),
    "consent": ("Before you continue", "We use cookies. Accept all. Reject all. Manage your cookie preferences."),
    "bot": ("Just a moment...", "Checking your browser before accessing this page. Please enable JavaScript."),
}
#: Days at the end in which nothing begins, so that the last weekly digest tells of all.
QUIET_END = 12

#: Ways not to answer, with the days they may last.
OUTAGES = {"down": 4.0, "timeout": 3.0, "dns": 2.0, "missing": 1.5}

#: What happens, as often as it stands here; dealt out to the slots of all sources.
DECK = (
    *("material",) * 6,
    *("silent",) * 2,
    *("return",) * 3,
    *("announced", "unseen", "flips", "flips", "retitled", "reordered"),
    *HARMLESS,
    *STAND_INS,
    *OUTAGES,
)


@dataclass(frozen=True, slots=True)
class Step:
    """From a moment on a page says something else."""

    at: datetime
    edit: str
    on: bool = True
    material: bool = False
    silent: bool = False  #: the page keeps the day it says it was updated on

    @property
    def words(self) -> str:
        """Return words of the text that goes or comes, which the alert has to quote."""
        return "advertising partners" if self.edit == "announced" else MATERIAL[self.edit][1][:60]


@dataclass(frozen=True, slots=True)
class Spell:
    """For a while a page shows something else, or nothing."""

    kind: str
    start: datetime
    end: datetime


@dataclass
class Policy:
    """One followed page and its whole future."""

    number: int
    brisk: bool  #: checked often
    begin: datetime
    counts: bool = False
    marked: bool = False  #: shows another token at each look
    steps: list[Step] = field(default_factory=list)
    spells: list[Spell] = field(default_factory=list)
    moved_at: datetime | None = None
    renamed_at: datetime | None = None  #: its entry of the sources file gets another id
    day: date | None = None  #: that it announces

    @property
    def name(self) -> str:
        """Return the organisation's name: letters only, since digits of a text may be noise."""
        return "Acme" + "".join(chr(ord("a") + int(digit)) for digit in f"{self.number:03}")

    @property
    def url(self) -> str:
        """Return where it is followed; five share a host."""
        return f"https://h{self.number // 5}.example/{self.name.lower()}"

    def ident(self, now: datetime) -> str:
        """Return its id in the sources file."""
        return (
            f"s{self.number}-renamed" if self.renamed_at is not None and now >= self.renamed_at else f"s{self.number}"
        )

    def spell(self, now: datetime) -> Spell | None:
        """Return what goes on at a moment."""
        return next((spell for spell in self.spells if spell.start <= now < spell.end), None)

    def said(self, now: datetime) -> frozenset[str]:
        """Return the edits in force."""
        found: set[str] = set()
        for step in self.steps:
            if step.at <= now:
                (found.add if step.on else found.discard)(step.edit)
        return frozenset(found)

    def html(self, now: datetime) -> str:
        """Return what the page shows a reader."""
        spell = self.spell(now)
        if spell is not None and spell.kind in STAND_INS:
            title, text = STAND_INS[spell.kind]
            return page(text, title=title)
        said = self.said(now)
        if spell is not None and spell.kind == "flips" and _tried(now):
            said ^= {"sale"}
        paragraphs = [*PARAGRAPHS]
        for edit in said & (MATERIAL.keys() | HARMLESS.keys()):
            number, text = (MATERIAL | HARMLESS)[edit]
            paragraphs[number] = text
        if "reordered" in said:
            paragraphs.insert(2, paragraphs.pop(6))
        if "announced" in said and self.day is not None:
            paragraphs.append(ANNOUNCED.format(day=self.day))
        dated = [step.at for step in self.steps if step.material and not step.silent and step.at <= now]
        paragraphs.append(f"Last updated: {(dated[-1] if dated else self.begin):%-d %B %Y}")
        if self.counts:
            paragraphs.append(f"Trusted by {12_000 + int((now - self.begin).total_seconds() // 3600)} customers.")
        if self.marked:
            token = random.Random(f"{self.number} {now:%Y%m%d%H}").getrandbits(40)
            paragraphs.append(f"Reference of this page: {token:010x}.")
        title = "Privacy Notice" if "retitled" in said else "Privacy Policy"
        return page(*paragraphs, title=title).replace("Acme", self.name)

    def told(self) -> list[Step]:
        """Return what people must be told of, in order."""
        return [step for step in self.steps if step.material]

    def reminders(self, days: Sequence[int], end: datetime) -> int:
        """Return how many reminders of the day it announces are due before an end."""
        return 0 if self.day is None else sum(self.day - timedelta(days=left) < end.date() for left in days)


def _tried(now: datetime) -> bool:
    """Say whether a page that flips shows its other text: for a third of each hour, never twice in half an hour."""
    return now.minute < 20


@dataclass(frozen=True)
class Script:
    """The world of one soak."""

    seed: int
    sources: int
    begin: datetime
    end: datetime
    slot: timedelta  #: one thing happens to a source in each
    every: timedelta  #: between two checks of most sources; the brisk ones are checked every twelve hours
    policies: tuple[Policy, ...]

    @classmethod
    def write(cls, seed: int, sources: int, days: int, slot: int, every: int, brisk: int) -> "Script":
        """Write a script.

        Args:
            seed: of everything in it.
            sources: how many.
            days: simulated.
            slot: days in which one thing happens to a source.
            every: days between two checks of most sources.
            brisk: one source of so many is checked every twelve hours.

        """
        begin = BEGIN
        end = begin + timedelta(days=days)
        chance = random.Random(seed)
        deck = _dealt(chance)
        policies = []
        for number in range(sources):
            policy = Policy(number, number % brisk == 0, begin, chance.random() < 0.3, chance.random() < 0.2)
            start = begin + timedelta(days=4 + chance.random() * 2)
            while start + timedelta(days=slot + QUIET_END) <= end:
                _happen(policy, next(deck), start, slot, 2 if policy.brisk else every + 2, chance)
                start += timedelta(days=slot)
            if policy.day is not None and policy.day > (end - timedelta(days=QUIET_END)).date():
                policy.day = (end + timedelta(days=60)).date()
            if number % 8 == 3:
                policy.moved_at = begin + timedelta(days=chance.uniform(5, days - QUIET_END - 2 * every - 7))
            if number % 8 == 5:
                policy.renamed_at = begin + timedelta(days=chance.uniform(5, days - QUIET_END - 2 * every - 7))
            policies.append(policy)
        return cls(seed, sources, begin, end, timedelta(days=slot), timedelta(days=every), tuple(policies))

    def toml(self, now: datetime) -> str:
        """Return the sources file as it is at a moment."""
        lines = [ROUTES]
        for one in self.policies:
            ident, hours = one.ident(now), 12 if one.brisk else int(self.every.total_seconds() // 3600)
            formerly = f'formerly = ["s{one.number}"]\n' if ident.endswith("renamed") else ""
            lines.append(
                f'[[source]]\nid = "{ident}"\nname = "{one.name} Privacy Policy"\ntype = "Privacy Policy"\n{formerly}'
                f'organisation = "{one.name}"\nurl = "{one.url}"\nschedule = {{ every = "{hours}h" }}\n'
            )
        return "\n".join(lines)


#: Routes of people, and one of operators.
ROUTES = """
[[route]]
name = "at-once"
url = "json://hooks.example/at-once"

[[route]]
name = "awake"
url = "json://hooks.example/awake"
quiet = "22:00-07:00"
time_zone = "Europe/Berlin"

[[route]]
name = "daily"
url = "json://hooks.example/daily"
digest = "daily"

[[route]]
name = "weekly"
url = "json://hooks.example/weekly"
digest = "weekly"

[[route]]
name = "operators"
url = "json://hooks.example/operators"
operator = true
"""
PEOPLE = ("at-once", "awake", "daily", "weekly")


def _dealt(chance: random.Random) -> Iterator[str]:
    while True:
        yield from chance.sample(DECK, len(DECK))


def _happen(policy: Policy, kind: str, start: datetime, slot: int, late: int, chance: random.Random) -> None:
    """Enter what a slot brings; a page is looked at every `late` days."""
    at = start + timedelta(hours=chance.uniform(0, 24))
    said = policy.said(start)
    on = sorted(said & MATERIAL.keys())
    off = sorted(MATERIAL.keys() - said)
    # A page that never shows two texts alike cannot be seen to flip between two.
    if kind == "flips" and (not policy.brisk or policy.counts or policy.marked):
        kind = "material"
    if kind == "announced":
        if policy.day is None:
            policy.day = (at + timedelta(days=late + chance.randint(16, 40))).date()
            policy.steps.append(Step(at, kind, material=True))
            return
        kind = "material"
    if kind == "return" and on:
        policy.steps.append(Step(at, chance.choice(on), on=False, material=True))
    elif kind in {"material", "silent", "unseen", "return"}:
        edit = chance.choice(off or on)
        policy.steps.append(Step(at, edit, on=edit in off, material=True, silent=kind == "silent"))
        if kind == "unseen":
            policy.spells.append(Spell("down", at - timedelta(days=1), at + timedelta(days=1)))
    elif kind in HARMLESS or kind in {"retitled", "reordered"}:
        policy.steps.append(Step(at, kind, on=kind not in said))
    elif kind in STAND_INS:
        policy.spells.append(Spell(kind, at, at + timedelta(days=chance.uniform(0.5, 2.5))))
    elif kind == "flips":
        policy.spells.append(Spell(kind, at, at + timedelta(days=min(10, slot - 5))))
    else:
        policy.spells.append(Spell(kind, at, at + timedelta(days=chance.uniform(0.5, OUTAGES[kind]))))
