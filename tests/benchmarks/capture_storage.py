"""Print what raw captures take of a store beside their compressed WARC files, and how long each takes to be read.

`TRACKER_CORPUS=... python -m tests.benchmarks.capture_storage`. Captures are kept as an import keeps them, in an SQLite
file; the times are seconds of the core, of a read that fetches a capture with all it is based on and checks its hash.
"""

import sys
import tempfile
from contextlib import closing
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlmodel import col, func, select

from tests.benchmarks.timing import quantile, seconds
from tests.conftest import corpus_root
from tests.integration.test_capture_storage import MOST
from tests.support.kept_captures import keep_captures
from tracker.store.database import Database
from tracker.store.schema.tables import Blob
from tracker.store.texts.blobs import get_blob
from tracker.store.upkeep.upgrade import create_store

#: Milliseconds that reading one capture may take.
MOST_MILLISECONDS = 20.0


def main() -> None:
    """Measure and print."""
    corpus = corpus_root()
    if corpus is None:
        sys.exit("TRACKER_CORPUS is not set")
    files = sorted((corpus / "corpus" / "captures").glob("*.warc.gz"))
    with tempfile.TemporaryDirectory() as name, closing(Database(f"sqlite:///{Path(name) / 'store.sqlite'}")) as store:
        create_store(store)
        kept = {digest for path in files for digest in keep_captures(store, path)}
        with store.read() as session:
            stored, plain = session.exec(select(func.sum(func.length(col(Blob.data))), func.sum(col(Blob.size)))).one()
        times = []
        for digest in sorted(kept):
            with store.read() as session:
                times.append(1_000 * seconds(get_blob, session, digest))
    packed = sum(path.stat().st_size for path in files)
    table = Table("what", "figure", "meant to be")
    table.add_row("distinct captures, MB", f"{len(kept):,}, {plain / 1e6:.0f}", "")
    table.add_row("compressed WARC files, MB", f"{packed / 1e6:.1f}", "")
    table.add_row("in the store, MB", f"{stored / 1e6:.1f}", "")
    table.add_row("  of the WARC files", f"{stored / packed:.1%}", f"at most {MOST:.0%}")
    told = ", ".join(f"{quantile(times, share):.1f}" for share in (0.5, 0.95, 1.0))
    table.add_row("reading one, ms: median, 95th percentile, longest", told, f"below {MOST_MILLISECONDS:.0f}")
    Console().print(table)


if __name__ == "__main__":
    main()
