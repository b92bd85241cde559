"""`tracker quality`: your own labelled pairs, judged or with verdicts made before, and every bad row named."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tracker.cli.app import app
from tracker.cli.batch import judge_row
from tracker.errors import UsageError

NEVER, MAY = "We never sell your data.", "We may sell your data to advertisers."
ADDRESS = ("Write to us at 1 Old Road, Dublin.", "Write to us at 5 New Street, Dublin.")


def clause(ident: object, before: str, after: str, *, material: bool, **values: Any) -> dict[str, Any]:
    told: dict[str, Any] = {"topics": ["sale"] if material else [], "direction": "weaker" if material else None}
    return {"id": ident, "before": before, "after": after, "material": material, "why": "So it is."} | told | values


def version(ident: object, service: str, before: str, after: str, cls: str, **values: Any) -> dict[str, Any]:
    hunk: dict[str, Any] = {"n": 0, "change": "modified", "before": before, "after": after, "class": cls, "topics": []}
    hunk |= {"topics": ["sale"], "direction": "weaker"} if cls == "material" else {"direction": None}
    told = {"id": ident, "service": service, "document": "Privacy Policy", "date": "2026-01-01", "summary": "It sells."}
    return told | {"before": before, "after": after, "alert": cls == "material", "hunks": [hunk | values]}


PAIRS = (
    version("a", "Acme", NEVER, MAY, "material"),
    version("b", "Acme", *ADDRESS, "minor"),
    version("c", "Brightmail", NEVER, MAY, "cosmetic"),
)
CLAUSES = (clause("h1", NEVER, MAY, material=True), clause("h2", *ADDRESS, material=False))


def write(path: Path, *rows: object) -> Path:
    """Write rows, texts as they are."""
    text = "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows)
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text, encoding="utf-8")
    return path


def verdicts(*rows: dict[str, Any]) -> list[Any]:
    return [json.loads(judge_row((number, json.dumps(row).encode()))[1]) for number, row in enumerate(rows, 1)]


def run(*args: object) -> Result:
    return CliRunner().invoke(app, ["quality", *map(str, args)])


def data(*args: object, status: int = 0) -> Any:
    result = run(*args, "--json", "--jobs", 1)
    assert result.exit_code == status, result.output
    return json.loads(result.stdout)


def test_pairs_of_versions_are_judged_and_scored(tmp_path: Path) -> None:
    """Each figure is there with its interval, and each wrong alert with what people and what the verdict say."""
    found = data(write(tmp_path / "gold.jsonl.gz", *PAIRS))
    assert (found["pairs"], found["services"]) == (3, 2)
    assert (found["alert_hits"], found["alert_extra"], found["alert_missed"]) == (1, 1, 0)
    assert found["figures"]["alert"]["precision"] == {"value": 0.5, "low": 0.0, "high": 1.0}
    assert found["figures"]["blocks"]["recall"]["value"] == 1.0
    assert found["figures"]["direction"]["accuracy"]["value"] == 1.0
    (wrong,) = found["false_alarms"]
    assert (wrong["line"], wrong["id"], wrong["service"], wrong["label"]) == (3, "c", "Brightmail", "It sells.")
    assert wrong["verdict"].startswith("material: ")


def test_the_text_names_what_is_wrong(tmp_path: Path) -> None:
    """People read figures, then the wrong alerts by file and line."""
    gold = write(tmp_path / "gold.jsonl", *PAIRS)
    result = run(gold)
    assert result.exit_code == 0, result.output
    assert "3 pairs of 2 services, 1 deserves an alert" in result.stdout
    assert "alert   0.500 (0.000-1.000)" in result.stdout
    assert "false alarms (1)" in result.stdout
    assert f"{gold}:3  c Brightmail" in result.stdout.replace("\n", "")
    assert "false alarms (" not in run(gold, "--errors", 0).stdout


def test_pairs_of_clauses_have_no_blocks(tmp_path: Path) -> None:
    """Where no row names a service each pair stands for itself."""
    gold = write(tmp_path / "hard.jsonl", *CLAUSES)
    found = data(gold)
    assert (found["pairs"], found["services"], found["alert_hits"], found["alert_extra"]) == (2, None, 1, 0)
    assert found["figures"]["blocks"]["f1"]["value"] is None
    text = run(gold, "--jobs", 1).stdout
    assert "2 pairs, 1 deserves an alert" in text
    assert "blocks" not in text


def test_swapped_pairs_alert_too_and_turn_round(tmp_path: Path) -> None:
    """Before and after are exchanged for the verdict; an announcement that goes is left out."""
    announced = version("d", "Acme", "", "Our policy changes on 1 May 2026.", "material")
    announced["hunks"][0] |= {"change": "inserted", "topics": ["policy_change"]}
    found = data(write(tmp_path / "gold.jsonl", PAIRS[0], announced), "--swapped")
    assert (found["pairs"], found["left_out"], found["alert_hits"]) == (1, 1, 1)
    assert found["figures"]["direction"]["accuracy"]["value"] == 1.0


def test_verdicts_made_before_give_the_same_figures(tmp_path: Path) -> None:
    """In the order of the pairs or in another, with others in between."""
    gold = write(tmp_path / "gold.jsonl", *PAIRS)
    judged = data(gold)
    made = verdicts(*PAIRS)
    for rows in (made, made[::-1], [{"id": "other", "alert": False}, *made]):
        assert data(gold, "--predictions", write(tmp_path / "made.jsonl", *rows)) == judged


def test_bad_rows_are_named_by_file_and_line(tmp_path: Path) -> None:
    """The rest is counted, and the exit status is 1."""
    gold = write(
        tmp_path / "gold.jsonl",
        PAIRS[0],
        "{broken",
        "",
        {"id": "x"},
        version("y", "Acme", NEVER, MAY, "awful"),
        version("z", "Acme", NEVER, MAY, "material") | {"before": None},
    )
    found = data(gold, status=1)
    assert (found["pairs"], found["alert_hits"], found["alert_missed"]) == (2, 1, 1)
    lines = [line.removeprefix(f"{gold}:").split(": ", 1) for line in found["bad_rows"]]
    assert [number for number, _ in lines] == ["2", "4", "5", "6"]
    assert lines[1][1] == "it has neither hunks nor material; not counted"
    assert lines[2][1].startswith("hunk 0: class: 'awful' is none of material")
    assert lines[3][1] == "before is no text; counted as no alert"
    assert f"tracker: {found['bad_rows'][0]}" in run(gold, "--jobs", 1).stderr


def test_bad_verdicts_are_named_too(tmp_path: Path) -> None:
    """A verdict that is none, one that tells of an error, and one that is missing."""
    gold = write(tmp_path / "gold.jsonl", *PAIRS)
    first, second, _ = verdicts(*PAIRS)
    made = write(tmp_path / "made.jsonl", first | {"error": "too long", "alert": False}, second | {"alert": "no"})
    found = data(gold, "--predictions", made, status=1)
    assert found["pairs"] == 1
    assert found["bad_rows"] == [
        f"{made}:1: too long; counted as no alert",
        f"{made}:2: alert is neither true nor false; not counted",
        f'{gold}:2: {made} has no verdict for pair "b"; not counted',
        f'{gold}:3: {made} has no verdict for pair "c"; not counted',
    ]


def test_labels_of_the_machine_are_told(tmp_path: Path) -> None:
    """What nobody reviewed flatters the figures, so the text says how much it is."""
    pairs = (version("a", "Acme", NEVER, MAY, "material", label="machine"), version("b", "Acme", *ADDRESS, "minor"))
    assert (
        "1 of 2 blocks carries the class of a verdict"
        in run(write(tmp_path / "gold.jsonl", *pairs), "--jobs", 1).stdout
    )


def test_files_that_cannot_be_read_are_bad_usage(tmp_path: Path) -> None:
    """Missing, damaged and cut-off files are named; an empty one is no error."""
    with pytest.raises(UsageError, match="No such file"):
        raise run(tmp_path / "none.jsonl").exception or AssertionError
    packed = gzip.compress(json.dumps(PAIRS[0]).encode() + b"\n")
    for name, content in (("cut.jsonl.gz", packed[:-9]), ("plain.jsonl.gz", b"{}\n")):
        (tmp_path / name).write_bytes(content)
        assert isinstance(run(tmp_path / name, "--jobs", 1).exception, UsageError)
    assert "has no pair that could be judged" in run(write(tmp_path / "empty.jsonl"), "--jobs", 1).stdout


def test_all_cores_give_what_one_gives(tmp_path: Path) -> None:
    """The order of the answers is that of the rows, whoever judged them."""
    gold = write(tmp_path / "gold.jsonl", *(row | {"id": f"{row['id']}{n}"} for n in range(6) for row in PAIRS))
    assert json.loads(run(gold, "--json", "--jobs", 2).stdout) == data(gold)
