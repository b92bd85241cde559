"""Kills a process of the tracker at one of its commits; loaded by Python itself through PYTHONPATH."""

import os
from pathlib import Path

if "COMMITS" in os.environ:
    from tests.support.commits import watch

    watch(Path(os.environ["COMMITS"]), os.environ.get("KILL_AT", ""))
