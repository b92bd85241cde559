"""What the topics model learns from: paragraphs by the headings above them."""

import pytest

from tests.quality.train_topics import Example, by_headings, headings
from tracker.words import Topic

PARAGRAPH = "Brightmail does this for everybody who has an account with it."


def taught(text: str) -> list[Example]:
    """Return the paragraphs, without the headings, that a document teaches."""
    return [example for example in by_headings(text, *headings()) if example.text == PARAGRAPH]


@pytest.mark.parametrize(
    ("document", "topics"),
    [
        (f"## Security\n\n{PARAGRAPH}", {Topic.SECURITY}),
        (f"## Security\n\n### Brightmail for teams\n\n{PARAGRAPH}", {Topic.SECURITY}),
        (f"## Security\n\n**Brightmail for teams**\n\n{PARAGRAPH}", {Topic.SECURITY}),
        (f"## Security\n\n### Children\n\n{PARAGRAPH}", {Topic.CHILDREN}),
        (f"## Security\n\n## Introduction\n\n{PARAGRAPH}", set()),
    ],
)
def test_a_paragraph_is_about_the_nearest_heading_that_tells(document: str, topics: set[Topic]) -> None:
    """A heading that tells nothing belongs to the one above it; an introduction is about none of the topics."""
    assert [set(example.topics) for example in taught(document)] == [topics]


@pytest.mark.parametrize("document", [PARAGRAPH, f"## Security\n\n## Brightmail for teams\n\n{PARAGRAPH}"])
def test_nothing_is_learnt_where_no_heading_tells(document: str) -> None:
    """Neither a paragraph before any heading nor one under a heading beside a telling one is an example."""
    assert taught(document) == []


def test_a_general_topic_beside_another_is_unsure() -> None:
    """A heading on collection and sharing teaches sharing, and nothing about collection."""
    (example,) = taught(f"## How we collect and share your data\n\n{PARAGRAPH}")
    assert example.topics == {Topic.THIRD_PARTY_SHARING}
    assert example.unsure == {Topic.FIRST_PARTY_COLLECTION}
