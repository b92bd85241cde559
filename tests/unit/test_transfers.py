# ruff: noqa: E501  (one case a line)
"""What a transfer abroad rests on."""

import pytest

from tracker.compare.findings.transfers import mechanisms_in, with_mechanisms
from tracker.words import Direction


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("we transfer data under standard contractual clauses.", {"scc"}),
        ("transfers to the us rest on the data privacy framework (dpf).", {"privacy_framework"}),
        ("transfers rest on the eu-us privacy shield.", {"privacy_shield"}),
        ("data goes to countries that are recognised as adequate.", {"adequacy"}),
        ("we transfer data with your consent.", {"consent"}),
        ("we send newsletters with your consent.", set()),
    ],
)
def test_mechanisms_are_read(text: str, found: set[str]) -> None:
    """Each mechanism by its names; consent only where something goes abroad."""
    assert mechanisms_in(text) == found


@pytest.mark.parametrize(
    ("before", "after", "kind", "way"),
    [
        ("Transfers rest on binding corporate rules.", "Transfers rest on your consent.", "mechanism_replaced", Direction.WEAKER),
        ("Transfers rest on the Privacy Shield.", "Transfers rest on the Data Privacy Framework.", "mechanism_replaced", Direction.NEUTRAL),
        ("Transfers rest on standard contractual clauses.", "Transfers rest on our judgement.", "mechanism_lost", Direction.WEAKER),
        ("Transfers rest on our judgement.", "Transfers rest on an adequacy decision.", "mechanism_gained", Direction.STRONGER),
        ("Seeds go to Ohio under binding corporate rules.", "Seeds go to Ohio under standard contractual clauses.", "mechanism_replaced", Direction.NEUTRAL),
        ("Transfers rest on the EU-US Privacy Shield.", "Transfers rest on standard contractual clauses, since a judgment struck down the Privacy Shield.", "mechanism_replaced", Direction.NEUTRAL),
    ],
)  # fmt: skip
def test_a_mechanism_comes_goes_or_takes_anothers_place(before: str, after: str, kind: str, way: Direction) -> None:
    """Consent shifts the risk to the person; between mechanisms the facts take no side."""
    assert [(finding.kind, finding.direction) for finding in with_mechanisms(before, after, ())] == [(kind, way)]
    (back,) = with_mechanisms(after, before, ())
    assert back.direction is way.opposite
