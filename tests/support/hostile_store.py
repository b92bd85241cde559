"""A store full of hostile text, for whatever shows or hands out what was fetched."""

from tests.world import URL, World, acme, policy
from tracker.clock import ManualClock
from tracker.history.clause_runs import refresh_stale_runs
from tracker.store.database import Database
from tracker.store.work.events import log_event

SCRIPT = "<script>alert(1)</script>"

#: Text that means something in HTML, XML, CSV, SQL, templates and headers, or is hard to write out.
HOSTILE = (
    f"{SCRIPT} ]]> &amp; <!-- \" ' =cmd() {{{{ 7*7 }}}} %s '; drop table change; -- "
    "\u202egnp.exe \x07\x0b \ufffe \U0001f4a9 We may sell your data to Acme\u2028Data."
)


def hostile_world(database: Database, clock: ManualClock) -> World:
    """Return a world with one source of three versions and two changes, all of whose texts are hostile."""
    source = acme(name=f"Acme {HOSTILE}", organisation=f"Acme {SCRIPT}", tags=("vendor", "a/b <c>"))
    world = World.build(database, clock, source)
    escaped = HOSTILE.replace("&", "&amp;").replace("<", "&lt;")
    for replaced in ({}, {"p3": f"We sell your personal information. {escaped}"}, {"extra": escaped}):
        world.fetcher.serve(URL, policy(**replaced))
        world.check()
        world.check(hours=1)
    refresh_stale_runs(database)
    with database.write() as session:
        log_event(session, clock.now(), 1, "failed", HOSTILE)
    return world
