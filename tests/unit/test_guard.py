"""The guard before a text becomes a version."""

from tracker.compare.clauses import cut
from tracker.compare.guard import guard
from tracker.compare.model import Block, BlockKind, Document


def text(words: str) -> Document:
    return cut([Block(BlockKind.PARAGRAPH, words)])


def test_login_page_is_suspect_and_a_policy_that_mentions_it_is_not() -> None:
    """A short text that asks to log in is held, a long one that mentions it passes."""
    found = guard(text("Please log in to see this page."))
    assert found is not None
    assert found.reason == "login"
    assert guard(text("Please log in to change what we keep about you. " * 40)) is None


def test_length_language_and_redirects() -> None:
    """A text that shrank, speaks otherwise or came from the home page is held."""
    policy = text("We collect the data that you give to us and we keep it. " * 10)
    reasons = [
        guard(policy, recent_words=(1000, 1100)),
        guard(policy, language="de"),
        guard(policy, asked_url="https://acme.example/privacy", final_url="https://acme.example/"),
        guard(policy, asked_url="https://acme.example/privacy", final_url="https://other.example/privacy"),
    ]
    assert [found.reason for found in reasons if found] == ["shrank", "other_language", "home_page", "other_host"]
    assert guard(policy, recent_words=(120, 130), language="en") is None
