"""The guard before a text becomes a version."""

import pytest

from tracker.compare.model import Block, BlockKind, Document
from tracker.compare.text.clauses import cut
from tracker.compare.text.guard import guard


def text(words: str) -> Document:
    return cut([Block(BlockKind.PARAGRAPH, words)])


def test_login_page_is_suspect_and_a_policy_that_mentions_it_is_not() -> None:
    """A short text that asks to log in is held, a long one that mentions it passes."""
    found = guard(text("Please log in to see this page."))
    assert found is not None
    assert found.reason == "login"
    assert guard(text("Please log in to your account to change the personal data that we keep. " * 40)) is None


def test_length_language_and_redirects() -> None:
    """A text that shrank, speaks otherwise or came from the home page is held."""
    policy = text("We collect the data that you give to us and we keep it. " * 10)
    reasons = [
        guard(policy, recent_words=(1000, 1100)),
        guard(policy, language="de"),
        guard(policy, asked_url="https://acme.example/privacy", final_url="https://acme.example/"),
        guard(
            policy,
            asked_url="https://acme.example/privacy",
            final_url="https://other.example/privacy",
            usual_url="https://acme.example/privacy",
        ),
    ]
    assert [found.reason for found in reasons if found] == ["shrank", "other_language", "home_page", "other_host"]
    assert guard(policy, recent_words=(120, 130), language="en") is None
    assert guard(policy, recent_words=(1000, 1100), sizes=(0.0, 2.5)) is None
    assert guard(policy, recent_words=(100, 110), sizes=(0.4, 1.1)) is not None


def test_a_page_that_always_leads_elsewhere_is_fine() -> None:
    """Only where a page led to another place before is a redirect suspect."""
    policy = text("We collect the data that you give to us and we keep it. " * 10)
    for usual in ("", "https://docs.acme.example/legal"):
        asked, final = "https://acme.example/privacy", "https://docs.acme.example/legal"
        assert guard(policy, asked_url=asked, final_url=final, usual_url=usual) is None


def test_a_title_gives_an_error_page_away_at_any_length() -> None:
    """A long page titled as an error is none of our policies; one that only begins with the word is."""
    policy = text("We collect the data that you give to us and we keep it. " * 40)
    found = guard(policy, title="404 Not Found | Acme")
    assert found is not None
    assert found.reason == "error"
    assert guard(policy, title="Login and account policy") is None


def test_a_text_without_the_words_of_policies_is_suspect() -> None:
    """A recipe is no policy, however long."""
    found = guard(text("Whisk the eggs with the flour and let the dough rest until the oven is hot and ready. " * 20))
    assert found is not None
    assert found.reason == "no_policy_words"


def test_an_accepted_language_is_the_usual_one() -> None:
    """A source whose text was accepted in another language than was told is held again when it flips, not before."""
    german = text("Wir verarbeiten Ihre Daten, die Sie uns geben, und wir löschen sie, wenn Sie das wollen. " * 12)
    changed = text("Wir verarbeiten die Daten, die Sie uns geben, und wir löschen sie, wenn Sie es verlangen. " * 12)
    french = text("Nous traitons les données que vous nous donnez et nous les supprimons si vous le voulez. " * 12)
    assert guard(changed, language="en", before=german) is None
    for before in (None, german):
        found = guard(french, language="en", before=before)
        assert found is not None
        assert found.reason == "other_language"


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("de", "Die Eier mit dem Mehl schlagen und den Teig ruhen lassen, bis der Ofen heiß und alles bereit ist. "),
        ("fr", "Battre les œufs avec la farine et laisser la pâte au frais, puis mettre le tout dans le four. "),
        ("es", "Batir los huevos con la harina y dejar la masa en el frío hasta que el horno esté muy caliente. "),
        ("pl", "Ubić jajka z mąką i zostawić ciasto w chłodzie przez noc, a potem jest dobre dla nas oraz dla gości. "),
    ],
)
def test_a_recipe_is_no_policy_in_any_language(language: str, words: str) -> None:
    """Hardly a word of it is one that policies of its language use."""
    found = guard(text(words * 12), language=language)
    assert found is not None
    assert found.reason == "no_policy_words"
