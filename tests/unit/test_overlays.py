"""Words of the user: laid over the shipped ones, checked, and never mixed with those of another set."""

import pickle
import subprocess
import sys
import threading
import tomllib
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tracker.compare import Block, BlockKind, compare
from tracker.compare.findings.finding import kinds
from tracker.compare.judging.judge import neutral_words
from tracker.compare.rules import rules_version
from tracker.compare.text.canonical import canonical
from tracker.compare.vocabulary.lexicon import lexicon
from tracker.compare.vocabulary.lexicons import Lexicons, activate, active, load, shipped, use
from tracker.compare.vocabulary.schema import FILES
from tracker.compare.vocabulary.shapes import FLAG, Entries, Items, Shape, Table, Value
from tracker.errors import LexiconError

#: Files that belong to other rooms or to measurements: nothing of them can be laid over.
NOT_EXTENDED = {"terms_types.toml", "topic_maps.toml", "policy_links.toml", "vendor_columns.toml"}

TABLE = ("Processor", "Data", "Country")
PLAIN = "We may share your email address with couriers."


def overlay(folder: Path, file: str, text: str | bytes) -> tuple[Path, ...]:
    (folder / file).write_bytes(text.encode() if isinstance(text, str) else text)
    return (folder,)


def found(lexicons: Lexicons, noun: str, text: str) -> list[str]:
    with use(lexicons):
        return [mention.name for mention in getattr(lexicon(), noun).mentions(text)]


def test_every_lexicon_file_is_read_through_the_loader() -> None:
    """A file without a shape would be read unchecked, and no overlay could reach it."""
    shipped_files = {
        entry.name for entry in resources.files("tracker.lexicon").iterdir() if entry.name.endswith(".toml")
    }
    assert shipped_files - NOT_EXTENDED == set(FILES)


def test_no_module_reads_lexicon_files_by_itself() -> None:
    """Only the loader parses TOML in the room that judges and in the one that reads pages."""
    root = Path(str(resources.files("tracker")))
    readers = {
        path.name
        for room in ("compare", "extract")
        for path in (root / room).rglob("*.py")
        if "tomllib" in path.read_text(encoding="utf-8")
    }
    assert readers == {"lexicons.py"}


def test_no_module_keeps_words_when_it_is_imported() -> None:
    """Words are asked for when a text is read: an overlay that is put in force later would not reach a constant."""
    program = (
        "import importlib, pkgutil, tracker.compare, tracker.extract\n"
        "for room in (tracker.compare, tracker.extract):\n"
        "    for module in pkgutil.walk_packages(room.__path__, room.__name__ + '.'):\n"
        "        importlib.import_module(module.name)\n"
        "from tracker.compare.vocabulary.lexicons import shipped\n"
        "print(shipped.cache_info().misses)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "0\n"


def test_an_overlay_extends_a_shipped_entry_and_adds_new_ones(tmp_path: Path) -> None:
    """A vendor-risk team adds the words of its trade without touching the program."""
    text = '[health]\nforms = ["zorg count"]\n[meter]\ntitle = "meter readings"\nforms = ["meter reading|readings"]\n'
    words = load(overlay(tmp_path, "data_types.toml", text))
    assert found(words, "data_types", "zorg count, medical records, meter readings") == ["health", "health", "meter"]


def test_an_overlay_replaces_an_entry_that_says_so(tmp_path: Path) -> None:
    """`replace = true` drops the shipped forms."""
    text = '[gender]\ntitle = "sex"\nforms = ["sex"]\nreplace = true\n'
    assert found(load(overlay(tmp_path, "data_types.toml", text)), "data_types", "gender and sex") == ["gender"]


def test_an_overlay_replaces_a_single_value_and_leaves_the_rest(tmp_path: Path) -> None:
    """A title or weight is taken from the overlay, the forms stay."""
    words = load(overlay(tmp_path, "data_types.toml", '[gender]\ntitle = "sex"\nweight = 4\n'))
    with use(words):
        entry = lexicon().data_types.entries["gender"]
    assert (entry.title, entry.weight) == ("sex", 4)
    assert entry.cues


def test_an_entry_that_is_switched_off_is_not_found_but_still_contains_others(tmp_path: Path) -> None:
    """`enabled = false` leaves nothing to look for; what lies under the entry keeps its place."""
    words = load(overlay(tmp_path, "recipients.toml", "[service_providers]\nenabled = false\n"))
    assert found(words, "recipients", "vendors and couriers") == ["couriers"]
    with use(words):
        assert lexicon().recipients.covers({"service_providers"}, "couriers")


def test_a_pair_or_list_is_switched_off_by_false(tmp_path: Path) -> None:
    """A synonym that a user does not share is one no more."""
    words = load(overlay(tmp_path, "synonyms.toml", '[synonyms]\n"personal data" = false\n"fellow" = "member"\n'))
    with use(words):
        assert canonical("personal data of a fellow") == "personal data of a member"
    assert canonical("personal data of a fellow") == "personal information of a fellow"


def test_later_overlays_lie_over_earlier_ones(tmp_path: Path) -> None:
    """Of two files the second wins, and its lists come on top."""
    for name, title in (("a", "first"), ("b", "second")):
        (tmp_path / name).mkdir()
        overlay(tmp_path / name, "data_types.toml", f'[gender]\ntitle = "{title}"\nforms = ["gendername {name}"]\n')
    words = load((tmp_path / "a", tmp_path / "b" / "data_types.toml"))
    with use(words):
        assert lexicon().data_types.entries["gender"].title == "second"
    assert found(words, "data_types", "gendername a, gendername b") == ["gender", "gender"]


def test_a_kind_of_finding_can_be_made_to_alert_no_more(tmp_path: Path) -> None:
    """A user whose readers do not care for dates and fees sets `material = false`."""
    words = load(overlay(tmp_path, "findings.toml", "[period_changed]\nmaterial = false\n"))
    assert kinds()["period_changed"].material
    with use(words):
        assert not kinds()["period_changed"].material


THING = '[pulse]\ntitle = "p"\nforms = ["pulse"]\n'


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("data_types.toml", '[pulse]\nforms = ["pulse"]\n', "[pulse] needs `title`: a text of at most 300 characters"),
        (
            "data_types.toml",
            '[pulse]\ntitle = "p"\nforms = 5\n',
            "[pulse] `forms`: expected a list, each item a cue phrase",
        ),
        ("data_types.toml", '[pulse]\ntitle = "p"\nforms = 5\n', ", found 5"),
        ("data_types.toml", '[pulse]\ntitle = "p"\nforms = ["(pulse"]\n', "found '(pulse'"),
        ("data_types.toml", '[pulse]\ntitle = "p"\nforms = ["a ... b ... c ... d ... e"]\n', "and 3 `...`"),
        ("data_types.toml", '[pulse]\ntitle = "p"\nforms = ["a b? c? d? e? f?"]\n', "at most 4 `word?`"),
        ("data_types.toml", f'{THING}under = ["body"]\n', "[pulse] names 'body' in `under`, which is no entry"),
        ("data_types.toml", '[gender]\nunder = ["city"]\n[city]\nunder = ["x"]\n', "[city] names 'x' in `under`"),
        ("data_types.toml", f'{THING}under = ["pulse"]\n', "[pulse] lies under itself"),
        ("data_types.toml", f"{THING}colour = 1\n", "[pulse] unknown key 'colour'; known are title, forms, under"),
        (
            "data_types.toml",
            f"{THING}weight = true\n",
            "[pulse] `weight`: expected a whole number from 0 to 9, found true",
        ),
        ("data_types.toml", f'{THING}topics = ["sales"]\n', "[pulse] `topics`: expected a list, each item one of"),
        ("data_types.toml", "[gendre]\nenabled = false\n", "cannot be switched off; did you mean gender?"),
        ("data_types.toml", 'gender = "sex"\n', "[gender]: expected a table, found 'sex'"),
        ("data_types.toml", '["Heart Rate"]\ntitle = "p"\nforms = ["pulse"]\n', "'Heart Rate' is no name of an entry"),
        (
            "acts.toml",
            '[lend]\ntitle = "lending"\nforms = ["lend"]\n',
            "[lend] needs `side`: one of exposure, protection",
        ),
        (
            "acts.toml",
            '[sell]\nside = ["exposure"]\n',
            "[sell] `side`: expected one of exposure, protection, right, burden",
        ),
        (
            "gates.toml",
            '[maybe]\ntitle = "m"\nforms = ["maybe"]\nlevel = 9\n',
            "[maybe] `level`: expected a whole number from 0 to 6",
        ),
        ("gates.toml", "[opt_in]\nlevel = true\n", "[opt_in] `level`: expected a whole number from 0 to 6, found true"),
        ("gates.toml", '[opt_in]\ndenies = "nobody"\n', "[opt_in] names 'nobody' in `denies`, which is no entry"),
        ("findings.toml", '[term_added]\nweaker = "{what.__class__}"\n', "[term_added] `weaker`: expected a sentence"),
        (
            "findings.toml",
            '[new_kind]\nweight = 1\nmaterial = true\nalone = true\nneutral = "x"\n',
            "none can be added",
        ),
        ("findings.toml", "[term_added]\nenabled = false\n", "[term_added] unknown key 'enabled'"),
        ("change_cues.toml", '[places]\nname = "a place"\ncues = ["place"]\n', "the learned scorer knows only"),
        ("topic_cues.toml", '[sales]\ncues = ["sale"]\n', "unknown key 'sales'"),
        ("topic_cues.toml", "[sale]\nweight = nan\n", "[sale] `weight`: expected a number from -9 to 9"),
        ("topic_cues.toml", "[signals]\nregion = false\n", "[signals] `region`: expected a table, found false"),
        ("synonyms.toml", '[numbers]\n"dozen" = 12\n', "[numbers] `dozen`: expected digits in quotes, found 12"),
        ("synonyms.toml", '[synonyms]\n"Member" = "user"\n', "[synonyms] 'Member' is no name of an entry"),
        ("word_lists.toml", '[document_kinds]\nrecipes = ["recipe"]\n', "the learned scorer knows only"),
        ("page_furniture.toml", 'junk = "go away"\n', "[junk]: expected a list"),
        ("recipients.toml", "no toml", "not TOML"),
        ("recipients.toml", b"# caf\xe9\n", "not UTF-8 (byte 5)"),
        ("recipients.toml", "a = " + "[" * 9999, "nested too deeply"),
        ("recipients.toml", "a = " + "9" * 9999, "not TOML"),
        ("gates.toml", "[opt_in]\nlevel = 0x" + "f" * 9999, "found a very large number"),
        ("recipients.toml", "#" * 1_000_001, "larger than 1000000 bytes"),
        ("recipient.toml", "", "no lexicon file is called recipient.toml; did you mean recipients.toml?"),
        ("terms_types.toml", "", "no lexicon file is called terms_types.toml"),
    ],
)
def test_a_bad_entry_is_refused_by_file_entry_and_key(tmp_path: Path, file: str, text: str | bytes, said: str) -> None:
    """The message names the user's own file, the entry, the key, what was found and what is expected."""
    with pytest.raises(LexiconError) as caught:
        load(overlay(tmp_path, file, text))
    assert said in str(caught.value)
    assert str(caught.value).startswith(f"{tmp_path / file}: ")


def test_an_overlay_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """A path that leads nowhere, or to a folder without any lexicon file, is a mistake, not an empty overlay."""
    with pytest.raises(LexiconError, match="not found"):
        load((tmp_path / "nowhere",))
    with pytest.raises(LexiconError, match="holds no lexicon file"):
        load((tmp_path,))


@pytest.mark.parametrize(
    ("entries", "said"), [(5, "lies under itself"), (5000, "lies under more than 30 other entries")]
)
def test_a_ring_of_entries_is_refused(tmp_path: Path, entries: int, said: str) -> None:
    """A way round is found, and a very long one costs no time."""
    ring = "".join(
        f'[n{at}]\ntitle = "n"\nforms = ["nothing{at}"]\nunder = ["n{(at + 1) % entries}"]\n' for at in range(entries)
    )
    with pytest.raises(LexiconError, match=said):
        load(overlay(tmp_path, "data_types.toml", ring))


def test_what_one_set_of_words_read_is_never_served_to_another(tmp_path: Path) -> None:
    """Caches are kept apart: the same clause is read anew under other words, and again as before after them."""
    text = "We may share your email address with zorgs."
    words = load(overlay(tmp_path, "recipients.toml", '[zorgs]\ntitle = "zorgs"\nforms = ["zorgs"]\n'))
    first = compare(PLAIN, text)
    with use(words):
        other = compare(PLAIN, text)
    assert compare(PLAIN, text) == first
    assert other.rules_version != first.rules_version
    assert other != first


def test_threads_share_the_words_of_the_process_and_none_of_a_block(tmp_path: Path) -> None:
    """`activate` reaches every thread, `use` only the code within it."""
    words = load(overlay(tmp_path, "neutral_words.toml", '[trade]\nwords = ["zorgish"]\n'))
    seen: list[bool] = []

    def look() -> None:
        thread = threading.Thread(target=lambda: seen.append("zorgish" in neutral_words()))
        thread.start()
        thread.join()

    with use(words):
        look()
    activate(words)
    look()
    activate(None)
    look()
    assert seen == [False, True, False]


def test_words_survive_the_way_to_another_process(tmp_path: Path) -> None:
    """What is sent to a pool is the same set, though its files are gone."""
    (path,) = overlay(tmp_path, "neutral_words.toml", '[trade]\nwords = ["zorgish"]\n')
    words = load((path,))
    (tmp_path / "neutral_words.toml").unlink()
    again = pickle.loads(pickle.dumps(words))
    assert again.fingerprint == words.fingerprint != shipped().fingerprint
    with use(again):
        assert "zorgish" in neutral_words()


@pytest.mark.parametrize("file", FILES)
def test_an_empty_overlay_changes_no_verdict(tmp_path: Path, file: str) -> None:
    """A file without entries is no change of the rules."""
    words = load(overlay(tmp_path, file, "# nothing yet\n"))
    with use(words):
        there = compare(PLAIN, "We may sell your email address.")
    assert there == compare(PLAIN, "We may sell your email address.")
    assert there.alert


@pytest.mark.parametrize("file", FILES)
def test_saying_again_what_is_shipped_changes_no_verdict(tmp_path: Path, file: str) -> None:
    """Lists grow by what is new only, so that a copy of the shipped file is an empty overlay too."""
    text = (resources.files("tracker.lexicon") / file).read_text(encoding="utf-8")
    assert load(overlay(tmp_path, file, text)).fingerprint == shipped().fingerprint


NAMES = st.text("bcdfghjklmnpqrstvwxz", min_size=7, max_size=12)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(NAMES)
def test_an_entry_of_an_overlay_changes_the_verdict_of_a_pair_that_names_it(tmp_path: Path, name: str) -> None:
    """A recipient that only the user knows is found, said by its title, and counted in the rules version."""
    title = f"the {name} people"
    words = load(overlay(tmp_path, "recipients.toml", f'[{name}]\ntitle = "{title}"\nforms = ["{name}"]\nweight = 2\n'))
    after = f"We may share your email address with couriers and {name}."
    without = compare(PLAIN, after)
    with use(words):
        there = compare(PLAIN, after)
        version = rules_version()
    said = [reason.sentence for change in there.changes for reason in change.judgement.reasons]
    assert there.alert
    assert any(title in sentence for sentence in said)
    assert not any(title in reason.sentence for change in without.changes for reason in change.judgement.reasons)
    assert there.rules_version == version != without.rules_version == rules_version()


#: A little of everything that is read: acts, conditions, times, amounts, definitions, regions, announcements, tables.
BEFORE = (
    Block(BlockKind.HEADING, "Privacy Policy", level=1),
    Block(BlockKind.PARAGRAPH, "We may share your email address with couriers if you agree."),
    Block(BlockKind.PARAGRAPH, "“Personal data” means your name and address. You must be at least 13 years old."),
    Block(BlockKind.PARAGRAPH, "Residents of the EU may opt out at any time. We keep logs for thirty days."),
    Block(BlockKind.ROW, "Acme Mail | e-mail | Germany", cells=("Acme Mail", "e-mail", "Germany"), header=TABLE),
)
AFTER = (
    Block(BlockKind.HEADING, "Privacy Policy", level=1),
    Block(
        BlockKind.PARAGRAPH,
        "We will be updating our policy, effective May 1, 2026, unless you object by April 1, 2026.",
    ),
    Block(BlockKind.PARAGRAPH, "Acme may sell your e-mail address to advertisers for 2 years and will not delete it."),
    Block(BlockKind.PARAGRAPH, "“Personal data” means your name and location. You must be at least 16 years old."),
    Block(BlockKind.PARAGRAPH, "Residents of France may opt out within a fortnight. The fee is $5, and 3% a month."),
    Block(BlockKind.ROW, "Brightmail | names | India", cells=("Brightmail", "names", "India"), header=TABLE),
)

SHIPPED: dict[str, dict[str, Any]] = {
    file: tomllib.loads((resources.files("tracker.lexicon") / file).read_text(encoding="utf-8")) for file in FILES
}
#: Values of every sort; most fit somewhere and nowhere else.
VALUES = (
    True, False, 0, 1, 4, 6, 9, -3, 2.5, float("nan"), "sell", "weaker", "exposure", "share ... data", "7", "{what}.",
    "{x}", "*", "...", "a|b c?", "", " ", "it", "may", "not", "your", "Acme", "email", "recipients", "partners", "sale",
    "retention", "opt_in", "without consent", "de", "is", "\N{RIGHT SINGLE QUOTATION MARK}", "\x07", "\ue000", "ſ",
    "we ... sell|share", 1 << 70,
)  # fmt: skip
ANY = st.one_of(st.sampled_from(VALUES), st.lists(st.sampled_from(VALUES), max_size=3), st.text(max_size=5))


def like(shape: Shape, shipped_value: object) -> st.SearchStrategy[object]:
    """Give data of a shape, mostly: now and then something else."""
    fitting: st.SearchStrategy[object]
    if isinstance(shape, Value):
        fitting = st.sampled_from([value for value in VALUES if shape.fits(value)] or [""])
    elif isinstance(shape, Items):
        fitting = st.lists(like(shape.each, None), max_size=3)
    else:
        known = shipped_value if isinstance(shipped_value, dict) else {}
        keys = [*known, "fresh"] if isinstance(shape, Entries) else [*shape.required, *shape.optional, "enabled"]
        fitting = st.lists(st.sampled_from(keys), max_size=4, unique=True).flatmap(
            lambda chosen: st.fixed_dictionaries({key: like(inner(shape, key), known.get(key)) for key in chosen})
        )
    return st.integers(0, 19).flatmap(lambda roll: ANY if roll == 0 else fitting)


def inner(shape: Table | Entries, key: str) -> Shape:
    return FLAG if key == "enabled" and isinstance(shape, Table) else shape.inner(key)


@st.composite
def overlays(draw: st.DrawFn) -> tuple[str, str]:
    """Give the name and text of a file that may or may not be a fine overlay."""
    file = draw(st.sampled_from(sorted(FILES)))
    data = draw(like(FILES[file], SHIPPED[file]))
    return file, tomlkit.dumps(data) if isinstance(data, dict) else str(data)


def loaded_or_refused(folder: Path, file: str, data: str | bytes) -> Lexicons | None:
    """Return the words with an overlay of one file; None where it is refused, by the name of the file."""
    for old in folder.iterdir():
        old.unlink()
    try:
        return load(overlay(folder, file, data))
    except LexiconError as error:
        message = str(error)
    assert message.startswith(f"{folder / file}: ")
    return None


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(overlays())
def test_any_overlay_loads_or_is_refused(tmp_path: Path, given_overlay: tuple[str, str]) -> None:
    """Whatever a file holds, it raises LexiconError and nothing else, or judges without any error."""
    file, text = given_overlay
    words = loaded_or_refused(tmp_path, file, text)
    if words is None:
        return
    with use(words):
        verdict = compare(BEFORE, AFTER, captured_on=date(2026, 3, 1))
        assert verdict.to_json()
        assert active() is words


def forget_everything() -> None:
    """Empty the caches of the rooms that read texts; those of models, patterns and the program hold no words."""
    kept = {"_model", "shipped", "_program", "compile_cue"}
    for name, module in list(sys.modules.items()):
        if name.startswith(("tracker.compare.", "tracker.extract.")):
            for value in vars(module).values():
                if isinstance(value, type(shipped)) and value.__name__ not in kept:
                    value.cache_clear()


def turned_round(shape: Shape, told: Any) -> Any:
    """Return an overlay that switches off what may be, and looks for words of the pair everywhere else."""
    if isinstance(shape, Items):
        return [word for word in ("couriers", "advertisers", "our policy", "location") if shape.each.fits(word)]
    if isinstance(shape, Value):
        return not told if isinstance(told, bool) else told
    if isinstance(shape, Table) and shape.entry:
        return {"enabled": False}
    if isinstance(shape, Entries) and not isinstance(shape.each, Table) and not shape.fixed:
        return dict.fromkeys(told, False)
    return {name: turned_round(shape.inner(name), value) for name, value in told.items()}


@pytest.mark.parametrize("file", FILES)
def test_a_verdict_is_that_of_a_process_that_never_knew_other_words(tmp_path: Path, file: str) -> None:
    """Whatever was read under the shipped words, a compare under others says what it says with all caches empty."""
    words = load(overlay(tmp_path, file, tomlkit.dumps(turned_round(FILES[file], SHIPPED[file]))))
    assert words.fingerprint != shipped().fingerprint
    compare(BEFORE, AFTER)
    with use(words):
        warm = compare(BEFORE, AFTER)
    forget_everything()
    with use(pickle.loads(pickle.dumps(words))):
        assert compare(BEFORE, AFTER) == warm


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=60), st.sampled_from(sorted(FILES)))
def test_any_bytes_load_or_are_refused(tmp_path: Path, data: bytes, file: str) -> None:
    """A damaged file raises LexiconError and nothing else."""
    loaded_or_refused(tmp_path, file, data)
