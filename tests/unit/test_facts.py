"""What is read from one sentence: who, what, whether denied, how firmly, under which condition, for how long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.compare import compare
from tracker.compare.facts.facts import read
from tracker.compare.facts.periods import AGE, FOREVER, periods
from tracker.compare.findings.delta import Delta
from tracker.compare.findings.matching import same_facts
from tracker.compare.model import Block, BlockKind
from tracker.compare.text.clauses import cut
from tracker.words import Direction


@pytest.mark.parametrize(
    ("text", "actor", "act", "denied", "force", "exposure"),
    [
        ("We sell your data.", "company", "sell", False, "does", 5),
        ("We will not sell your data.", "company", "sell", True, "must", 0),
        ("Brightmail does not sell your data.", "company", "sell", True, "does", 0),
        ("Your data is not sold.", "company", "sell", True, "does", 0),
        ("We may share your data with partners.", "company", "share", False, "may", 5),
        ("We share your data with partners only with your consent.", "company", "share", False, "does", 1),
        ("We do not share your data without your consent.", "company", "share", False, "does", 1),
        ("We share your data without your consent.", "company", "share", False, "does", 6),
        ("We share your data unless you object.", "company", "share", False, "does", 3),
        ("This agreement forbids us from sharing your data.", "company", "share", True, "does", 0),
        ("Disclosure of your details to airlines takes place.", "company", "share", False, "does", 5),
        ("No disclosure of your details takes place.", "company", "share", True, "does", 0),
        ("Disclosure of your details does not occur.", "company", "share", True, "does", 0),
        ("Garages receive your name from us.", "company", "share", False, "does", 5),
        ("Advertisers do not receive your name from us.", "company", "share", True, "does", 0),
        ("We tell the account holder beforehand.", "company", "notify", False, "does", 5),
        ("You may not delete posts of others.", "user", "delete", True, "may", 0),
        ("We strive to encrypt your messages.", "company", "secure", False, "tries", 5),
        ("We are required to notify you.", "company", "notify", False, "must", 5),
        ("We share data with no one.", "company", "share", True, "does", 0),
    ],
)
def test_a_sentence_is_read(text: str, actor: str, act: str, denied: bool, force: str, exposure: int) -> None:
    """Denial counts by parity; a condition is no denial: "not without" is "only with"."""
    fact = next(fact for fact in read(text).facts if fact.act == act)
    assert (fact.actor, fact.denied, fact.force, fact.exposure) == (actor, denied, force, exposure)


def test_what_something_is_for_is_no_statement() -> None:
    """The words "to share" say a purpose, not that sharing happens."""
    assert read("We ask for your name to share it with you later.").acts.isdisjoint({"share"})


def test_slots_are_filled_with_quotes() -> None:
    """Each slot keeps the words that filled it."""
    (fact,) = read("We share your E-mail Address with Insurance Companies for marketing.").facts
    assert fact.slots["data_types"] == {"email"}
    assert fact.slots["recipients"] == {"insurers"}
    assert fact.slots["purposes"] == {"marketing"}
    assert fact.quote("recipients", "insurers") == "Insurance Companies"


def test_the_button_do_not_sell_promises_nothing() -> None:
    """The words "Do Not Sell My Personal Information" are the name of a page."""
    assert not any(fact.denied for fact in read("Visit our Do Not Sell My Personal Information page.").facts)


@pytest.mark.parametrize(
    ("text", "role", "days"),
    [
        ("we keep logs for thirty (30) days", "retention", 30),
        ("we keep logs for 13 months", "retention", 395.417),
        ("we keep your backups for at least 90 days", "kept_for_you", 90),
        ("we store it indefinitely", "retention", FOREVER),
        ("we will answer within 2 weeks", "deadline", 14),
        ("we delete your data within 30 days", "deletion", 30),
        ("we give 60 days' prior notice", "notice", 60),
        ("you may object within 14 days", "appeal", 14),
        ("you must be at least 16 years old", AGE, 16),
        ("not for children under 13", AGE, 13),
    ],
)
def test_spans_of_time_are_read_with_what_they_bound(text: str, role: str, days: float) -> None:
    """The same number means another thing as a limit, a promise, a notice or an age."""
    assert [(period.role, period.days) for period in periods(text)] == [(role, days)]


def test_dates_and_section_numbers_are_no_spans_of_time() -> None:
    """A day of a month bounds nothing."""
    assert periods("as of 1 march 2026, section 30 applies") == ()


SENTENCES = (
    "We sell your data.",
    "We never sell your data.",
    "We share your name with partners if you consent.",
    "We share your name and e-mail address with partners unless you object.",
    "We share your name with insurers, except with your employer.",
    "We keep your messages for 30 days.",
    "We keep your messages for two years.",
    "We must notify you of a breach.",
    "We may notify you of a breach where the law requires it.",
    "We transfer your data under standard contractual clauses.",
    "We transfer data.",
    "Disputes are resolved through binding arbitration.",
)


@given(st.sampled_from(SENTENCES), st.sampled_from(SENTENCES))
def test_findings_turn_around_with_the_sides(before: str, after: str) -> None:
    """Whatever is weaker one way is stronger the other way, and nothing more is found."""

    def directions(old: str, new: str) -> list[Direction]:
        documents = [cut([Block(BlockKind.PARAGRAPH, text)]) for text in (old, new)]
        return sorted(item.direction for item in Delta(*documents).findings(read(old), read(new), old, new))

    assert sorted(way.opposite for way in directions(after, before)) == directions(before, after)


@given(st.sampled_from(SENTENCES))
def test_a_text_has_no_findings_against_itself(text: str) -> None:
    """Equal sides give nothing."""
    document = cut([Block(BlockKind.PARAGRAPH, text)])
    assert Delta(document, document).findings(read(text), read(text), text, text) == ()
    assert same_facts(read(text), read(text))


@given(st.text(max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    """Hostile text raises nothing and quotes only itself."""
    for fact in read(text).facts:
        assert fact.sentence in " ".join(text.split()) or not fact.sentence.strip()


@pytest.mark.parametrize(
    ("text", "ages"),
    [
        ("you must be 16 or older to open an account.", [16]),
        ("you must be 13 years or older to open an account.", [13]),
        ("only people aged 18 and over may join.", [18]),
        ("children under the age of 13 may not join.", [13]),
        ("we keep 16 or more copies.", []),
    ],
)
def test_an_age_is_read_however_it_is_said(text: str, ages: list[int]) -> None:
    """An age limit is read whether it is said as a floor or as a ceiling."""
    assert [period.days for period in periods(text) if period.role is AGE] == ages


@pytest.mark.parametrize(
    ("text", "force"),
    [
        ("From 1 May 2024 we share your data with partners.", "does"),
        ("As of May 1, 2024 we share your data with partners.", "does"),
        ("From 1 May 2024 we may share your data with partners.", "may"),
    ],
)
def test_the_month_of_may_permits_nothing(text: str, force: str) -> None:
    """The month in a date is never read as the verb."""
    assert [str(fact.force) for fact in read(text).facts] == [force]


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("we keep logs for 1,000 days.", 1000),
        ("we keep logs for a fortnight.", 14),
        ("we keep logs for two fortnights.", 28),
        ("we keep logs for 100 days.", 100),
    ],
)
def test_a_span_is_read_whatever_its_unit_and_digits(text: str, days: float) -> None:
    """Thousands may be set off by commas, and a fortnight is two weeks."""
    assert [period.days for period in periods(text)] == [days]


@pytest.mark.parametrize(
    ("text", "act", "slot", "names"),
    [
        ("We share your name with insurers and store your address.", "retain", "recipients", set()),
        ("We share your name with insurers and store your phone number.", "share", "data_types", {"name"}),
        ("We share your name with insurers and store your phone number.", "retain", "data_types", {"phone"}),
        ("We collect your phone number and share it with insurers.", "share", "data_types", {"phone"}),
        ("We collect and share your phone number with insurers.", "collect", "data_types", {"phone"}),
        ("We sell, rent or share your phone number.", "sell", "data_types", {"phone"}),
        ("For marketing, we use your gender and analyse your phone number.", "use", "purposes", {"marketing"}),
        ("Your phone number is stored and your gender is shared with insurers.", "retain", "data_types", {"phone"}),
        ("We use your gender and phone number we collect.", "use", "data_types", {"gender", "phone"}),
    ],
)
def test_each_verb_has_its_own_part_of_the_sentence(text: str, act: str, slot: str, names: set[str]) -> None:
    """What stands after a coordinate verb belongs to it alone; verbs side by side share what follows."""
    found = [fact.slots[slot] for fact in read(text).facts if fact.act == act]
    assert found[0] == names


@pytest.mark.parametrize(
    ("text", "act", "exposures"),
    [
        ("We share your name and, with your consent, sell your phone number.", "share", [5]),
        ("We share your name and, with your consent, sell your phone number.", "sell", [1]),
        ("With your consent, we share your name and sell your phone number.", "share", [1]),
    ],
)
def test_a_condition_belongs_to_the_verb_it_stands_with(text: str, act: str, exposures: list[int]) -> None:
    """A condition before all verbs holds for all, one within a coordinate clause for that clause."""
    assert [fact.exposure for fact in read(text).facts if fact.act == act] == exposures


@pytest.mark.parametrize(
    ("text", "act", "denied"),
    [
        ("In no event will we sell your data.", "sell", True),
        ("Under no circumstances is your data sold.", "sell", True),
        ("On no account may your data be sold.", "sell", True),
        ("We refrain from selling your data.", "sell", True),
        ("We have ceased to sell your data.", "sell", True),
        ("We will not fail to delete your data.", "delete", False),
        ("Nothing in this policy prevents us from selling your data.", "sell", False),
        ("Nothing in this policy entitles us to sell your data.", "sell", True),
        ("We do not aim the service at children, nor do we sell their data.", "sell", True),
        ("We not only sell your data.", "sell", False),
        ("We cannot but sell your data.", "sell", False),
        ("We sell your data to neither insurers nor employers.", "sell", True),
    ],
)
def test_idioms_deny_as_they_are_meant(text: str, act: str, denied: bool) -> None:
    """Negations and prohibiting verbs count together; an idiom whose "not" denies nothing does not count."""
    fact = next(fact for fact in read(text).facts if fact.act == act)
    assert fact.denied is denied


def test_a_question_states_nothing() -> None:
    """A heading asks; the answer states."""
    assert read("Do we sell your data?").facts == ()


@pytest.mark.parametrize(
    ("sentence", "act", "denied"),
    [
        ("We use your data to prevent fraud and to train our models.", "train", None),
        ("We use your data to prevent fraud and train our models.", "train", False),
        ("We use your data to avoid abuse, to share it with partners and sell it.", "sell", False),
        ("We prevent our partners from selling your data.", "sell", True),
        ("We prevent your data from being sold.", "sell", True),
        ("We avoid sharing your data with anyone.", "share", True),
    ],
)
def test_what_is_prevented_is_what_follows_in_its_ing_form(sentence: str, act: str, denied: bool | None) -> None:
    """A purpose beside "to prevent fraud" is no denial; None where the act is a purpose of another."""
    assert next((fact.denied for fact in read(sentence, "").facts if fact.act == act), None) is denied


def test_training_added_behind_fraud_is_worse() -> None:
    """Once read as a promise not to train."""
    before = "We use personal information to provide our services and to prevent fraud."
    after = "We use personal information to provide our services, to prevent fraud and to train our AI models."
    verdict = compare(before, after)
    assert (verdict.alert, verdict.direction) == (True, Direction.WEAKER)


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ("We do not and never will sell your data.", True),
        ("We do not and will never sell your data.", True),
        ("We do not now, nor will we ever, sell your data.", True),
        ("We never refuse to delete your data.", False),
    ],
)
def test_one_denial_said_twice_denies(text: str, denied: bool) -> None:
    """Two that stand in one another's reach affirm; the same one said of now and of later does not."""
    assert {fact.denied for fact in read(text).facts} == {denied}


@pytest.mark.parametrize(
    ("text", "names_mail"),
    [
        ("We send you promotional emails about our products.", False),
        ("We use marketing messages to tell you of sales.", False),
        ("We use your email address to tell you of sales.", True),
        ("We use the content of your messages.", True),
    ],
)
def test_mail_that_is_sent_to_a_person_is_no_data_about_them(text: str, names_mail: bool) -> None:
    """What the organisation writes is none of the person's data; the address it writes to is."""
    named = {name for fact in read(text).facts for name in fact.slots["data_types"]}
    assert bool(named) is names_mail
