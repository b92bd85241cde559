"""What several processes may do to one SQLite store at once."""

import os
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tracker.errors import StoreBusyError
from tracker.settings import Settings
from tracker.store.lock import daemon_lock
from tracker.store.upkeep.upgrade import open_store
from tracker.store.upkeep.verify import verify_store

DAEMON = """
import os, sys, time
from tracker.settings import Settings
from tracker.store.lock import daemon_lock
from tracker.store.upkeep.upgrade import open_store
with daemon_lock(open_store(Settings(data_dir=sys.argv[1]))):
    child = os.fork()
    if child:
        print(child, flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="only where processes fork")
def test_a_killed_daemon_frees_the_store_although_its_children_live(tmp_path: Path) -> None:
    """SIGKILL frees the lock at once; while it is held, the refusal names the process."""
    settings = Settings(data_dir=tmp_path)
    with subprocess.Popen([sys.executable, "-c", DAEMON, str(tmp_path)], stdout=subprocess.PIPE, text=True) as daemon:
        assert daemon.stdout is not None
        child = int(daemon.stdout.readline())
        try:
            with closing(open_store(settings)) as database:
                with pytest.raises(StoreBusyError, match=f"process {daemon.pid} on"), daemon_lock(database):
                    pass
                daemon.kill()
                daemon.wait()
                with daemon_lock(database):
                    pass
        finally:
            daemon.kill()
            os.kill(child, signal.SIGKILL)


def test_processes_that_start_together_make_one_store(tmp_path: Path) -> None:
    """First use by a daemon and a command at once ends with one whole store."""
    script = "import sys; from tracker.settings import Settings; from tracker.store.upkeep.upgrade import open_store\n"
    script += "open_store(Settings(data_dir=sys.argv[1])).close()"
    started = [subprocess.Popen([sys.executable, "-c", script, str(tmp_path)]) for _ in range(4)]
    assert [process.wait() for process in started] == [0, 0, 0, 0]
    with closing(open_store(Settings(data_dir=tmp_path))) as database:
        assert verify_store(database).ok
