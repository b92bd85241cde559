"""The store's schema over time, as Alembic revisions."""

#: Every revision, oldest first; the last one is what this program reads and writes. Kept here so that opening a store
#: that is up to date does not have to import Alembic.
REVISIONS = (
    *("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010", "0011", "0012", "0013", "0014"),
    *("0015", "0016", "0017"),
)
HEAD = REVISIONS[-1]
