"""Says in plain words what is wrong when the database under the store refuses."""

from sqlalchemy.exc import DatabaseError, OperationalError

from tracker.errors import StoreError

#: What a database says (in lower case), and what its user can do about it; the first that fits counts.
REMEDIES = (
    ("readonly", "give this user the right to write the store's file and its folder"),
    ("unable to open", "check that the path is right and that this user may write to the folder"),
    ("disk is full", "free some space, then run the command again; nothing half-written is kept"),
    ("no space left", "free some space, then run the command again; nothing half-written is kept"),
    ("locked", "another program holds the store for long; run the command again when it has ended"),
    ("not a database", "TRACKER_DATABASE_URL names another kind of file; name the store, or a file not there yet"),
    ("malformed", "the file is damaged; put the newest backup in its place"),
    ("connection", "check that the database server runs and that TRACKER_DATABASE_URL names it rightly"),
)


def store_trouble(error: BaseException) -> StoreError | None:
    """Return the error for the user that a refusal of the database amounts to; None for anything else.

    Broken constraints and wrong statements are mistakes of the program, so they are not explained away.
    """
    if not isinstance(error, OperationalError) and type(error) is not DatabaseError:
        return None
    # The driver's own words: the wrapper's hold the statement and, with it, stored text.
    said = (str(error.orig).splitlines() or [type(error.orig).__name__])[0]
    remedy = next(
        (remedy for words, remedy in REMEDIES if words in said.lower()), "run `tracker verify` to look closer"
    )
    return StoreError(f"the store cannot be used: {said}; {remedy}")
