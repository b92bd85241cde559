"""How much a change weighs: named terms, and the step their sum reaches."""

from collections.abc import Sequence

from tracker.compare.findings.finding import Finding, kinds
from tracker.words import Direction, Severity, Topic

Terms = tuple[tuple[str, int], ...]

WORDING = "substantive wording"  #: the term of what the scorer alone found
#: sum of the terms from which a severity is reached, highest first
_STEPS = ((7, Severity.CRITICAL), (5, Severity.HIGH), (3, Severity.MEDIUM), (1, Severity.LOW))
#: topics a person would act on
_GRAVE = frozenset(
    {
        Topic.SALE,
        Topic.AI_TRAINING,
        Topic.SENSITIVE_DATA,
        Topic.DISPUTE_RESOLUTION,
        Topic.CHILDREN,
        Topic.CHOICE_CONSENT,
        Topic.THIRD_PARTY_SHARING,
    }
)


def severity_of(terms: Terms) -> Severity:
    """Return the severity a sum of terms reaches; `none` below 1."""
    total = sum(value for _, value in terms)
    return next((severity for least, severity in _STEPS if total >= least), Severity.NONE)


def terms_of(findings: Sequence[Finding]) -> Terms:
    """Return the terms of the weightiest of some findings, and one for the company of others."""
    ranked = sorted((_terms(finding) for finding in findings), key=lambda terms: -sum(value for _, value in terms))
    if not ranked:
        return ()
    return (*ranked[0], ("more than one difference", 1)) if len({item.kind for item in findings}) > 1 else ranked[0]


def _terms(finding: Finding) -> Terms:
    found = [(finding.kind.replace("_", " "), kinds()[finding.kind].weight)]
    if finding.weight:
        found.append(("what it is about", finding.weight))
    if _GRAVE & set(finding.topics):
        found.append(("a topic people act on", 1))
    if finding.direction is Direction.STRONGER:
        found.append(("better for the person", -1))
    return tuple(found)
