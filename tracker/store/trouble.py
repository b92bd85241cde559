"""Says in plain words what is wrong when the database under the store refuses."""

from sqlalchemy.exc import DatabaseError, OperationalError

from tracker.errors import StoreError
from tracker.store.database import Database
from tracker.store.meta import delete_meta, write_meta

#: A daemon needs no hand: it tries the store at every tick and goes on.
FULL = "free some space, then run the command again; nothing half-written is kept"

#: Bytes written to see whether a store takes them; more than fits into the pages that a full one still has.
PROOF = 1_000_000

_NO_HOST = "check the name of the database server's host in TRACKER_DATABASE_URL"

#: What a database says (in lower case), and what its user can do about it; the first that fits counts.
REMEDIES = (
    ("readonly", "give this user the right to write the store's file and its folder"),
    ("unable to open", "check that the path is right and that this user may write to the folder"),
    ("disk is full", FULL),
    ("no space left", FULL),
    ("disk i/o error", "look whether the disk is full or fails; nothing half-written is kept"),
    ("locked", "another program holds the store for long; run the command again when it has ended"),
    ("not a database", "TRACKER_DATABASE_URL names another kind of file; name the store, or a file not there yet"),
    ("malformed", "the file is damaged; put the newest backup in its place"),
    ("resolve host", _NO_HOST),
    ("translate host name", _NO_HOST),
    ("the database system is", "wait until the database server has started"),
    ("connection", "check that the database server runs and that TRACKER_DATABASE_URL names it rightly"),
)


def store_trouble(error: BaseException) -> StoreError | None:
    """Return the error for the user that a refusal of the database amounts to; None for anything else.

    Broken constraints and wrong statements are mistakes of the program, so they are not explained away.
    """
    remedy = remedy_for(error)
    if remedy is None:
        return None
    return StoreError(f"the store cannot be used: {said(error)}; {remedy}")


def remedy_for(error: BaseException) -> str | None:
    """Return what the user can do about a refusal of the database; None for anything else."""
    if not isinstance(error, OperationalError) and type(error) is not DatabaseError:
        return None
    told = said(error).lower()
    return next((remedy for words, remedy in REMEDIES if words in told), "run `tracker verify` to look closer")


def prove_writable(database: Database) -> None:
    """Write something of some size, and remove it again; raise what the database raises if it refuses."""
    with database.write() as session:
        write_meta(session, "proof", "0" * PROOF)
    with database.write() as session:
        delete_meta(session, "proof")


def said(error: BaseException) -> str:
    """Return the driver's own words: the wrapper's hold the statement and, with it, stored text."""
    cause = getattr(error, "orig", None)
    return (str(cause).splitlines() or [type(cause).__name__])[0]
