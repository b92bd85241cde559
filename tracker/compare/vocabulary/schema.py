"""What each lexicon file may hold, checked before anything is read."""

from collections.abc import Mapping

from tracker.compare.vocabulary.shapes import (
    COUNT,
    DIGITS,
    DIRECTION,
    FLAG,
    LANGUAGE,
    LOWER,
    NAME,
    PHRASE,
    SENTENCE,
    SHARE,
    TEXT,
    TOPIC,
    WAY,
    WORDS,
    Entries,
    Items,
    Shape,
    Table,
    one_of,
    whole_number,
)
from tracker.words import Direction, Topic

_WEIGHT = whole_number(0, 9)
_SLOT = one_of(["data_types", "recipients", "purposes", "safeguards"])
_THING: Mapping[str, Shape] = {"title": TEXT, "forms": Items(PHRASE)}
_MORE: Mapping[str, Shape] = {"under": Items(NAME), "topics": Items(TOPIC), "weight": _WEIGHT}
_PLAIN = Entries(Table(_THING, _MORE), NAME)
_CUES = Table({"cues": Items(PHRASE)}, {"weight": SHARE})
_READ_BY_NAME = "the program asks for each by its name"
_DIRECTION = one_of([way.value for way in Direction])
_BOUND = one_of(["most", "least", "within", "every", ""])
_SCOPES = ("of", "after", "outside", "good", "bad", "law", "place")
_ROLE = Table(
    {"title": TEXT, "longer": _DIRECTION, "topics": Items(TOPIC), "forms": Items(PHRASE)},
    {"together": Items(PHRASE), "without": Items(PHRASE), "bounds": Items(_BOUND)},
)


#: Every lexicon file that an overlay may extend, and what it holds.
FILES: Mapping[str, Table | Entries] = {
    "acts.toml": Entries(
        Table(
            {**_THING, "side": one_of(["exposure", "protection", "right", "burden"])},
            {**_MORE, "slots": Items(_SLOT)},
        ),
        NAME,
    ),
    "data_types.toml": _PLAIN,
    "recipients.toml": _PLAIN,
    "purposes.toml": _PLAIN,
    "safeguards.toml": _PLAIN,
    "gates.toml": Entries(Table({**_THING, "level": whole_number(0, 6)}, {**_MORE, "denies": NAME}), NAME),
    "legal_phrases.toml": Entries(Table({**_THING, "direction": DIRECTION}, _MORE), NAME),
    "tellings.toml": Entries(
        Table(
            {**_THING, "topics": Items(TOPIC)},
            {"affirmed": WAY, "denied": WAY, "unless": Items(PHRASE)},
        ),
        NAME,
    ),
    "stipulations.toml": Entries(
        Table(
            {**_THING, "direction": DIRECTION, "topics": Items(TOPIC)},
            {"alerts": FLAG, "also": Items(PHRASE), "unless": Items(PHRASE), "over": Items(NAME)},
        ),
        NAME,
    ),
    "findings.toml": Entries(
        Table(
            {"weight": _WEIGHT, "material": FLAG, "alone": FLAG},
            {"even": FLAG, **{way.value: SENTENCE for way in Direction}},
            entry=False,
        ),
        NAME,
        fixed="a kind of finding is made by the program; set `material = false` where it should not alert",
    ),
    "change_cues.toml": Entries(
        Table({"name": TEXT, "cues": Items(PHRASE)}), NAME, fixed="the learned scorer knows only the classes it learned"
    ),
    "topic_cues.toml": Table(
        {"signals": Entries(Table({"cues": Items(PHRASE)}), NAME, fixed=_READ_BY_NAME)},
        {topic.value: _CUES for topic in Topic},
        entry=False,
    ),
    "synonyms.toml": Table(
        {
            "spelling": Entries(LOWER, LOWER),
            "synonyms": Entries(LOWER, LOWER),
            "contractions": Entries(LOWER, LOWER),
            "numbers": Entries(DIGITS, LOWER),
            "link_notes": Table({"forms": Items(LOWER)}, entry=False),
            "legal_forms": Table(
                {"forms": Items(LOWER), "kinds": Items(LOWER), "laws": Entries(Items(LOWER), NAME)}, entry=False
            ),
        },
        entry=False,
    ),
    "neutral_words.toml": Entries(Table({"words": Items(LOWER)}), NAME),
    "word_lists.toml": Table(
        {
            "function_words": Items(LOWER),
            "denying": Items(LOWER),
            "refusing": Items(LOWER),
            "turning": Items(LOWER),
            "small_words": Entries(Items(LOWER), NAME, fixed="the learned scorer knows only the groups it learned"),
            "regions": Items(TEXT),
            "announcing": Items(PHRASE),
            "voices": Entries(Items(LOWER), NAME, fixed="the learned scorer knows only the voices it learned"),
            "document_kinds": Entries(Items(LOWER), NAME, fixed="the learned scorer knows only the kinds it learned"),
        },
        entry=False,
    ),
    "spans.toml": Table(
        {
            "numbers": Entries(COUNT, LOWER),
            "ordinals": Entries(COUNT, LOWER),
            "units": Entries(Table({"days": COUNT, "forms": Items(LOWER)}), NAME),
            "rhythms": Entries(COUNT, LOWER),
            "bounds": Entries(Items(LOWER), NAME, fixed=_READ_BY_NAME),
            "endless": Entries(Table({"title": TEXT, "days": COUNT, "forms": Items(PHRASE)}), NAME),
            "extending": Table({"forms": Items(PHRASE)}, entry=False),
            "starts": Entries(Table({"title": TEXT, "forms": Items(PHRASE)}), NAME),
            "roles": Entries(_ROLE, NAME),
            "ages": Entries(_ROLE, NAME),
        },
        entry=False,
    ),
    "grammar.toml": Entries(
        Table({"forms": Items(PHRASE)}, {"unless_before": Items(PHRASE)}, entry=False), NAME, fixed=_READ_BY_NAME
    ),
    "announcements.toml": Entries(Table({"cues": Items(PHRASE)}, entry=False), NAME, fixed=_READ_BY_NAME),
    "transfers.toml": Table(
        {name: Table({"title": TEXT, "forms": Items(PHRASE)}, entry=False) for name in ("about", "consent")},
        entry=False,
    ),
    "legal_bases.toml": Entries(Table({"title": TEXT, "forms": Items(PHRASE)}, entry=False), NAME, fixed=_READ_BY_NAME),
    "plain_words.toml": Table(
        {
            **{name: Entries(LOWER, LOWER) for name in ("phrases", "laws", "addressed")},
            **{name: Table({"words": Items(LOWER)}, entry=False) for name in ("dropped", "ours")},
        },
        entry=False,
    ),
    "asides.toml": Table(
        {
            "example": Table({"opens": Items(LOWER)}, entry=False),
            "summary": Table({"opens": Items(LOWER), "full": Items(LOWER)}, entry=False),
            "hours": Table({"words": Items(LOWER)}, entry=False),
            "found": Table({"whose": Items(LOWER), "shown": Items(LOWER)}, entry=False),
        },
        entry=False,
    ),
    "channels.toml": Table(
        {name: Table({"forms": Items(PHRASE)}, entry=False) for name in ("choices", "easy", "hard")}, entry=False
    ),
    "pointers.toml": Table({name: Items(LOWER) for name in ("opens", "stops", "called", "untitled")}, entry=False),
    "inert.toml": Table(
        {
            "pointer": Table(
                {
                    **{name: Items(PHRASE) for name in ("sends", "about", "where", "unless")},
                    **{name: Items(LOWER) for name in ("before", "documents")},
                },
                entry=False,
            ),
            "cut_short": Table({"open": Items(PHRASE)}, entry=False),
            "explanation": Table({name: Items(PHRASE) for name in ("subjects", "is", "unless")}, entry=False),
            **{
                name: Table({"says": Items(PHRASE), "unless": Items(PHRASE)}, entry=False)
                for name in ("courtesy", "about_text", "about_company", "statistic", "stamp", "illustration")
            },
            "contact": Table({name: Items(PHRASE) for name in ("asks", "says", "unless")}, entry=False),
        },
        entry=False,
    ),
    "boilerplate.toml": Table(
        {
            "reason": TEXT,
            "unless": Items(PHRASE),
            "titles": Items(PHRASE),
            "forms": Entries(
                Table(
                    {"of": Items(PHRASE), "when": Items(PHRASE)},
                    {"then": Items(PHRASE), "unless": Items(PHRASE), "reason": TEXT},
                ),
                NAME,
            ),
        },
        entry=False,
    ),
    "definitions.toml": Table(
        {name: Items(LOWER) for name in ("means", "by_which", "outside", "wide", "joints")}, entry=False
    ),
    "amounts.toml": Table(
        {
            "currencies": Entries(LOWER, LOWER),
            "nothing": Table({"forms": Items(PHRASE), "without": Items(PHRASE)}, entry=False),
            "roles": Entries(
                Table(
                    {"title": TEXT, "higher": _DIRECTION, "topics": Items(TOPIC), "forms": Items(PHRASE)},
                    {"without": Items(PHRASE)},
                ),
                NAME,
            ),
            "greater": Table({"forms": Items(PHRASE)}, entry=False),
            "lesser": Table({"forms": Items(PHRASE)}, entry=False),
        },
        entry=False,
    ),
    "regions.toml": _PLAIN,
    "groups.toml": _PLAIN,
    "thesaurus.toml": Entries(
        Entries(Items(LOWER), NAME), NAME, fixed="the learned scorer knows only the kinds it learned"
    ),
    "scopes.toml": Table(
        {
            **{name: Table({"forms": Items(PHRASE)}, entry=False) for name in _SCOPES},
            **{name: Table({"words": Items(LOWER)}, entry=False) for name in ("joints", "heads", "part")},
            "safe": Table({"regions": Items(NAME)}, entry=False),
        },
        entry=False,
    ),
    "tables.toml": Table(
        {
            "kinds": Entries(
                Table(
                    {
                        "title": TEXT,
                        "added": _DIRECTION,
                        "topics": Items(TOPIC),
                        "lists": FLAG,
                        "forms": Items(PHRASE),
                    }
                ),
                NAME,
            ),
            "columns": Entries(Table({"forms": Items(PHRASE)}), NAME, fixed=_READ_BY_NAME),
        },
        entry=False,
    ),
    "languages.toml": Entries(WORDS, LANGUAGE),
    "not_policy.toml": Table(
        {
            "titles": Entries(Items(LOWER), NAME),
            "documents": Table({"stems": Items(LOWER)}),
            "phrases": Entries(Items(LOWER), NAME),
            "buttons": Entries(Items(LOWER), NAME),
            "vocabulary": Entries(Items(LOWER), NAME),
        },
        entry=False,
    ),
    "page_furniture.toml": Table(
        {
            "junk": Items(LOWER),
            "contents_labels": Items(LOWER),
            "heading_anchors": Items(LOWER),
            "navigation": Items(LOWER),
            "footer_words": Items(LOWER),
            "consent_ids": Items(TEXT),
        },
        entry=False,
    ),
}
