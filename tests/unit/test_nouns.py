# ruff: noqa: E501  (one case a line)
"""What policies name as data, recipients and purposes is read, and lies within what contains it."""

import pytest

from tracker.compare.vocabulary.lexicon import Noun, lexicon

#: A text, the noun it is read with, and the entries it names.
NAMED = [
    ("data_types", "your social security number and driver's license", {"ssn", "government_id"}),
    ("data_types", "racial or ethnic origin, religious beliefs and union membership", {"ethnicity", "religion", "union"}),
    ("data_types", "precise geolocation", {"precise_location"}),
    ("data_types", "your faceprint, voiceprint and gait", {"biometric"}),
    ("data_types", "mac address, idfa and other device identifiers", {"device_ids"}),
    ("data_types", "keystrokes and session recordings", {"input_behavior"}),
    ("data_types", "prompts you enter and the outputs", {"ai_inputs", "ai_outputs"}),
    ("data_types", "inferences drawn to create a profile reflecting your aptitudes", {"inferences"}),
    ("data_types", "your address book and call logs", {"contacts", "call_data"}),
    ("data_types", "browsing history and search queries", {"browsing_history", "search_history"}),
    ("data_types", "menstrual cycles and genetic data", {"reproductive", "genetic"}),
    ("data_types", "your credit score and bank account details", {"credit", "bank_account"}),
    ("recipients", "data brokers and data aggregators", {"data_brokers"}),
    ("recipients", "our corporate affiliates and subsidiaries", {"affiliates"}),
    ("recipients", "ad networks, sponsors and measurement partners", {"advertisers", "analytics_providers"}),
    ("recipients", "consumer reporting agencies and debt collectors", {"credit_agencies"}),
    ("recipients", "ai vendors and model providers", {"ai_providers"}),
    ("recipients", "auditors, lawyers and other professional advisers", {"advisers"}),
    ("recipients", "a prospective buyer or successor", {"buyers"}),
    ("recipients", "police and tax authorities", {"authorities"}),
    ("recipients", "universities and other research partners", {"researchers"}),
    ("purposes", "for targeted advertising and audience matching", {"advertising"}),
    ("purposes", "to train our large language models", {"ai"}),
    ("purposes", "to personalize what you see", {"personalization"}),
    ("purposes", "to prevent fraud and keep accounts secure", {"security_purpose"}),
    ("purposes", "to verify your identity", {"identity_check"}),
    ("purposes", "for newsletters and sweepstakes", {"marketing"}),
    ("purposes", "to make automated decisions about you", {"automated_decisions"}),
    ("purposes", "to comply with legal obligations", {"legal_compliance"}),
    ("purposes", "for credit scoring and underwriting", {"credit_scoring"}),
    ("regions", "the european economic area, switzerland and quebec", {"eea", "switzerland", "quebec"}),
    ("groups", "pupils, their parents and other minors", {"students", "parents", "minors"}),
    ("safeguards", "the data privacy framework and binding corporate rules", {"privacy_framework", "bcr"}),
]  # fmt: skip

#: A noun, what contains, and what lies within it.
WITHIN = [
    ("data_types", "identifiers", "email"),
    ("data_types", "contact_details", "phone"),
    ("data_types", "device_data", "ip_address"),
    ("data_types", "usage", "browsing_history"),
    ("data_types", "health", "genetic"),
    ("data_types", "special", "religion"),
    ("data_types", "government_id", "ssn"),
    ("data_types", "financial", "bank_account"),
    ("data_types", "content", "photos"),
    ("data_types", "location", "approximate_location"),
    ("recipients", "service_providers", "hosting"),
    ("recipients", "service_providers", "payment_processors"),
    ("recipients", "partners", "advertisers"),
    ("purposes", "profiling", "credit_scoring"),
    ("regions", "eu", "germany"),
    ("regions", "eea", "norway"),
    ("regions", "usa", "california"),
    ("regions", "anywhere", "india"),
    ("groups", "everyone", "minors"),
]


@pytest.mark.parametrize(("noun", "text", "names"), NAMED)
def test_what_a_text_names_is_read(noun: str, text: str, names: set[str]) -> None:
    """Each way of naming a thing leads to its entry, and nothing else is read into it."""
    found: Noun = getattr(lexicon(), noun)
    assert {mention.name for mention in found.mentions(text)} == names


@pytest.mark.parametrize(("noun", "wide", "narrow"), WITHIN)
def test_a_part_is_no_news_where_the_whole_is_named(noun: str, wide: str, narrow: str) -> None:
    """What lies within an entry is covered by it, and not the other way round."""
    found: Noun = getattr(lexicon(), noun)
    assert found.covers({wide}, narrow)
    assert not found.covers({narrow}, wide)


@pytest.mark.parametrize(
    ("noun", "text"),
    [
        ("regions", "contact us"),
        ("data_types", "we change this text"),
        ("recipients", "we answer"),
        ("purposes", "you can write to us"),
    ],
)
def test_plain_words_name_nothing(noun: str, text: str) -> None:
    """A pronoun is no country, and a sentence about nothing in particular names nothing."""
    found: Noun = getattr(lexicon(), noun)
    assert found.mentions(text) == ()
