"""The disk that the store is on."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from tracker.settings import Settings
from tracker.store.database import Database


@dataclass(frozen=True, slots=True)
class Disk:
    """A disk, and how much of it is free."""

    folder: Path  #: by which it was found
    free: int  #: bytes
    total: int

    @property
    def free_share(self) -> float:
        """Return which share of it is free."""
        return self.free / self.total


def disk_of(database: Database, settings: Settings) -> Disk | None:
    """Return the disk of the store's file, or of `data_dir` where a server has it; None where nobody can tell."""
    folder = settings.data_dir.expanduser()
    if database.is_sqlite and database.url.database:
        folder = Path(database.url.database).parent
    try:
        usage = shutil.disk_usage(folder)
    except OSError:
        return None
    return Disk(folder, usage.free, usage.total) if usage.total else None
