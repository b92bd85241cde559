"""Captures of real policies, fed through the whole pipeline as if they were live: every news told, nothing else."""

from collections import Counter
from pathlib import Path

import pytest

from tests.quality.captures_replay import index, run_one

#: Documents with many changes and small pages, so that the test ends in time; the module replays all of them.
SAMPLE = ("demo-brevo", "demo-github-terms", "demo-npm", "demo-open-collective", "genai-eu-meta", "genai-eu-chatgpt")


@pytest.mark.corpus
def test_alerts_tell_of_real_changes_and_no_new_text_is_missed(corpus: Path) -> None:
    """No alert where nothing changed; every new text a capture shows is recorded; alerts as labelled but one or two."""
    results = [run_one(corpus, told, every=2) for told in index(corpus) if told["file"].startswith(SAMPLE)]
    assert len(results) == len(SAMPLE)
    assert [line for one in results for line in one.unfounded] == []
    assert [line for one in results for line in one.missed] == []
    labels: Counter[str] = sum((one.labels for one in results), Counter())
    assert labels["hit"] >= 8
    assert labels["missed"] + labels["false"] <= 3
