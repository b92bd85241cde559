"""Keys: what is written differently but says the same, and what must never be merged."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.compare.text.canonical import AFTER_NAMES, BEFORE_NAMES, SELF, canonical, own_names, tables

SAME = [
    ("We don’t sell data.", "We do not sell data"),
    ("“Terms” – e‑mail", '"Terms" - email'),
    ("We keep it for thirty (30) days.", "We keep it for 30 days."),
    ("3.2 We share data.", "4.1 We share data."),
    ("B.3.b. We share data.", "C.1.a.iii We share data."),
    ("See Section 3.2 for more.", "See section 7 for more."),
    ("We shall protect your personal data.", "We will protect your personal information."),
    ("Write to [email protected].", "Write to [email\u00a0protected]"),
    ("Visit https://acme.example/a", "Visit https://acme.example/b?lang=en"),
    ("Our organisation\u200b uses it.", "Our organization uses it."),
    ("You can read more [here](/a).", "You can read more [here (opens in a new window)](/a)."),
    ("Mehr dazu hier.", "Mehr dazu hier (öffnet in neuem Tab)."),
]
DIFFERENT = [
    ("We may share data.", "We will share data."),
    ("We share data.", "We do not share data."),
    ("We keep it for 30 days.", "We keep it for 13 months."),
    ("A fee of 1.5 %", "A fee of 15 %"),
    ("U.S. residents may object.", "U.K. residents may object."),
    ("You must be 13.", "You must be 16."),
    ("under Article 6 GDPR", "under Article 9 GDPR"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_form_makes_no_difference(one: str, other: str) -> None:
    """Typography, numbering, spelling and synonyms leave the key as it is."""
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_meaning_survives(one: str, other: str) -> None:
    """Modal verbs, negations and numbers stay in the key."""
    assert canonical(one) != canonical(other)


def test_own_names_are_one_token() -> None:
    """The organisation's names, with their legal forms, are equal to each other."""
    names = ("Acme Softwares", "Acme")
    assert canonical("Acme Softwares, Inc. collects data.", names) == canonical("Acme collects data.", names)


@given(st.text(min_size=1))
def test_key_of_words_is_never_empty(text: str) -> None:
    """A text that holds a letter or digit has a key."""
    if any(character.isalnum() for character in text):
        assert canonical(text)


@given(
    st.lists(
        st.sampled_from([*tables()["numbers"], *tables()["spelling"], *tables()["synonyms"], "Acme", "we", "A", "b"])
    )
)
def test_a_text_of_letters_has_the_key_that_every_step_gives_it(words: list[str]) -> None:
    """Steps that look for marks and digits are left out where there are none."""
    key = " ".join(words)
    for process in BEFORE_NAMES:
        key = process(key)
    key = own_names(key, ("Acme",))
    for process in AFTER_NAMES:
        key = process(key)
    assert canonical(" ".join(words), ("Acme",)) == key.replace("\ue000", SELF)
