# ruff: noqa: E501  (one case a line)
"""Tables and lists of names are compared as sets, and their cells in the light of their headers."""

import pytest

from tracker.compare import Verdict, compare
from tracker.compare.findings.tables import column_of
from tracker.compare.model import Block, BlockKind, Document
from tracker.compare.text.clauses import cut
from tracker.words import ClauseClass, Direction, Topic

PROCESSORS = ("Sub-processor", "Service", "Location")
HOSTING = ("Cloudspan Ltd", "Hosting", "Ireland")
HELPDESK = ("Ticketly BV", "Helpdesk", "Netherlands")
VOICE = ("Parrot Speech Inc.", "Transcription of calls", "USA")
MAIL = ("Mailroom GmbH", "E-mail", "Germany")


def table(header: tuple[str, ...], *rows: tuple[str, ...], heading: str = "Who helps us") -> Document:
    """Return a document that holds a heading, a sentence and a table."""
    blocks = [Block(BlockKind.HEADING, heading, level=2), Block(BlockKind.PARAGRAPH, "We work with the following.")]
    for cells in (header, *rows):
        blocks.append(Block(BlockKind.ROW, " | ".join(cells), cells=cells, header=header))
    return cut(blocks)


def items(lead_in: str, *names: str) -> Document:
    """Return a document that holds a list under a sentence."""
    return cut([Block(BlockKind.PARAGRAPH, lead_in), *(Block(BlockKind.ITEM, name, level=1) for name in names)])


def said(verdict: Verdict) -> list[str]:
    """Return the sentences of all material changes, each once."""
    return list(dict.fromkeys(reason.sentence for change in verdict.material() for reason in change.judgement.reasons))


def test_a_new_processor_is_one_reason_with_its_name() -> None:
    """A row that comes to the table of processors says who came, and that data goes abroad."""
    verdict = compare(table(PROCESSORS, HOSTING, HELPDESK), table(PROCESSORS, HOSTING, HELPDESK, VOICE))
    assert said(verdict) == ["The list of sub-processors and recipients: added: Parrot Speech Inc. Weaker for you."]
    assert verdict.direction is Direction.WEAKER
    assert {Topic.THIRD_PARTY_SHARING, Topic.INTERNATIONAL_TRANSFER} <= set(verdict.topics)


def test_all_that_came_and_went_is_told_together() -> None:
    """Each changed row of a table carries the whole difference of the two sets."""
    verdict = compare(table(PROCESSORS, HOSTING, HELPDESK), table(PROCESSORS, VOICE, HOSTING, MAIL))
    assert verdict.alert
    for sentence in said(verdict):
        assert "added: Parrot Speech Inc, Mailroom GmbH; removed: Ticketly BV" in sentence.replace("Inc.", "Inc")


def test_a_processor_that_goes_is_better() -> None:
    """One recipient less is stronger for the person."""
    verdict = compare(table(PROCESSORS, HOSTING, VOICE), table(PROCESSORS, HOSTING))
    assert (verdict.alert, verdict.direction) == (True, Direction.STRONGER)


def test_a_table_in_another_order_is_silent() -> None:
    """Rows are a set."""
    verdict = compare(table(PROCESSORS, HOSTING, HELPDESK, VOICE), table(PROCESSORS, VOICE, HOSTING, HELPDESK))
    assert not verdict.alert


def test_columns_in_another_order_say_the_same() -> None:
    """A cell means what its header says, wherever its column stands."""
    before = table(("Data", "Purpose"), ("E-mail", "Login"), ("Phone", "Delivery"))
    after = table(("Purpose", "Data"), ("Login", "E-mail"), ("Delivery", "Phone"))
    verdict = compare(before, after)
    assert not verdict.alert
    assert {change.judgement.cls for change in verdict.changes} == {ClauseClass.COSMETIC}


@pytest.mark.parametrize(
    ("header", "before", "after", "topic", "sentence"),
    [
        (("Record", "Deleted after"), ("Call recordings", "3 months"), ("Call recordings", "3 years"), Topic.RETENTION, "“Call recordings”: how long data is kept: “3 months” became “3 years”. Weaker for you."),
        (("Cookie", "Purpose", "Duration"), ("vis", "statistics", "1 day"), ("vis", "statistics", "13 months"), Topic.RETENTION, "“vis”: how long data is kept: “1 day” became “13 months”. Weaker for you."),
        (("Service", "Price"), ("Replacement card", "free"), ("Replacement card", "8 EUR"), Topic.PAYMENT, "“Replacement card”: what you pay: “free” became “8 EUR”. Weaker for you."),
        (PROCESSORS, HOSTING, (*HOSTING[:2], "Ireland, India"), Topic.INTERNATIONAL_TRANSFER, "“Cloudspan Ltd”, Location: added: India. Weaker for you."),
        (("Vendor", "Purpose"), ("Cloudspan", "Hosting, analytics"), ("Cloudspan", "Hosting, analytics, advertising"), Topic.FIRST_PARTY_USE, "“Cloudspan”, Purpose: added: advertising. Weaker for you."),
        (("Vendor", "Data"), ("Cloudspan", "e-mail address"), ("Cloudspan", "e-mail address, precise location"), Topic.SENSITIVE_DATA, "“Cloudspan”, Data: added: precise location. Weaker for you."),
    ],
)  # fmt: skip
def test_a_cell_is_read_in_the_light_of_its_header(
    header: tuple[str, ...], before: tuple[str, ...], after: tuple[str, ...], topic: Topic, sentence: str
) -> None:
    """A span under "deleted after" is one of keeping, an amount under "price" one to pay, a country one of transfer."""
    other = tuple(f"Other {number}" for number in range(len(header)))
    verdict = compare(table(header, before, other), table(header, after, other))
    assert (verdict.alert, verdict.direction) == (True, Direction.WEAKER)
    assert topic in verdict.topics
    assert sentence in said(verdict)


def test_a_list_of_named_processors_is_a_set_too() -> None:
    """A name in the place of another is told as added and removed."""
    lead_in = "Our sub-processors are:"
    verdict = compare(
        items(lead_in, "Cloudspan (hosting, Ireland)", "Mailroom (e-mail, Germany)"),
        items(lead_in, "Mailroom (e-mail, Germany)", "Nimbus Peak (hosting, Ireland)"),
    )
    assert verdict.alert
    assert all("added: Nimbus Peak; removed: Cloudspan." in sentence for sentence in said(verdict))


def test_development_kits_and_affiliates_are_recipients() -> None:
    """A list under "SDKs used for advertising" or of affiliates that do the work names recipients too."""
    kits = compare(
        items("SDKs used for advertising:", "Buttons", "Cloudspan"),
        items("SDKs used for advertising:", "Buttons", "Cloudspan", "Nimbus"),
    )
    assert said(kits) == ["The list of sub-processors and recipients: added: Nimbus. Weaker for you."]
    lead_in = "These affiliates are employed:"
    helped = compare(
        items(lead_in, "Toriv AB (network)"), items(lead_in, "Toriv AB (network)", "6G Sweden AB (servers)")
    )
    assert said(helped) == ["The list of sub-processors and recipients: added: 6G Sweden AB. Weaker for you."]


def test_a_table_laid_out_in_one_column_is_a_list() -> None:
    """A row of a single cell opens with a name as an item does."""
    before, after = (
        [
            Block(BlockKind.HEADING, "Subprocessors", level=2),
            *(Block(BlockKind.ROW, cell, cells=(cell,)) for cell in cells),
        ]
        for cells in (
            ("Sift • Fraud detection",),
            ("Sift • Fraud detection", "Arkway Labs • Fraud detection, all products"),
        )
    )
    assert said(compare(cut(before), cut(after))) == [
        "The list of sub-processors and recipients: added: Arkway Labs. Weaker for you."
    ]


def test_the_legal_form_of_a_name_is_no_other_name() -> None:
    """Cloudspan Ltd and Cloudspan Limited are one processor."""
    renamed = ("Cloudspan Limited", *HOSTING[1:])
    assert not compare(table(PROCESSORS, HOSTING, HELPDESK), table(PROCESSORS, renamed, HELPDESK)).alert


def test_items_of_other_lists_are_no_names() -> None:
    """A list of what is collected is left to the facts."""
    lead_in = "We collect:"
    verdict = compare(items(lead_in, "Your name", "Your city"), items(lead_in, "Your name", "Your fingerprints"))
    assert not any(reason.rule.startswith("entry") for change in verdict.changes for reason in change.judgement.reasons)


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("Retention period", "duration"),
        ("Kept for", "duration"),
        ("Price", "price"),
        ("Country", "place"),
        ("Why we use it", "purpose"),
        ("Categories of data", "data"),
        ("Nonsense", ""),
    ],
)
def test_a_header_says_what_its_column_holds(header: str, column: str) -> None:
    """Headers are read by the words of the lexicon."""
    assert column_of(header) == column


def test_a_long_table_is_read_once() -> None:
    """Thousands of rows take no longer than their number."""
    rows = [(f"Vendor {number}", "Hosting", "Ireland") for number in range(3000)]
    verdict = compare(table(PROCESSORS, *rows), table(PROCESSORS, *rows[1:], VOICE))
    assert "added: Parrot Speech Inc; removed: Vendor 0" in said(verdict)[0].replace("Inc.", "Inc")


def test_a_sentence_put_in_the_form_of_a_table_names_nobody_new() -> None:
    """Where there was no table, what the text named in its sentences is known."""
    named = [Block(BlockKind.PARAGRAPH, "Our sub-processors are Cloudspan for hosting and Ticketly for the helpdesk.")]
    verdict = compare(cut(named), table(PROCESSORS, ("Cloudspan", "Hosting", "EU"), ("Ticketly", "Helpdesk", "EU")))
    rules = {reason.rule for change in verdict.changes for reason in change.judgement.reasons}
    assert not {rule for rule in rules if rule.startswith("entry")}


def test_a_row_that_changed_throughout_is_found_again_by_its_name() -> None:
    """A row is the row of its name, however little else of it is left."""
    header, chats = ("Data", "Kept for"), ("Chats", "1 year")
    verdict = compare(table(header, ("Logs", "30 days"), chats), table(header, ("Logs", "indefinitely"), chats))
    assert (verdict.alert, verdict.direction) == (True, Direction.WEAKER)
    assert said(verdict) == ["“Logs”: how long data is kept: “30 days” became “indefinitely”. Weaker for you."]


def test_a_column_of_no_substance_may_come() -> None:
    """When a vendor was added says nothing about data."""
    wider = table((*PROCESSORS, "Since"), (*HOSTING, "2020"), (*HELPDESK, "2021"))
    assert not compare(table(PROCESSORS, HOSTING, HELPDESK), wider).alert


def test_a_table_is_of_what_its_heading_says() -> None:
    """The heading tells cookies from other things with a name and a purpose."""
    header, session = ("Name", "Purpose", "Lifetime"), ("sid", "Login", "Session")
    before, after = (
        table(header, *rows, heading="Cookies") for rows in ((session,), (session, ("fbp", "Advertising", "3 months")))
    )
    assert said(compare(before, after)) == ["The table of cookies: added: fbp. Weaker for you."]
