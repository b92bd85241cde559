"""Looks for the documents of many sites at once: one thread per site, as many as fetch, each host at its pace."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

from tracker.daemon.discovery.discovered import USUAL, Cost, Discovery, Wanted, home_of
from tracker.daemon.discovery.discovery import discover
from tracker.daemon.runtime import Runtime

#: Told after each site: how many are done, of how many, and the site.
Progress = Callable[[int, int, Discovery], None]


def discover_all(
    runtime: Runtime,
    wanted: Sequence[Wanted],
    *,
    archive: str | None = None,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
    cost: Cost = USUAL,
) -> list[Discovery]:
    """Return what is found on each site that was searched, in the order asked.

    Args:
        runtime: whose fetcher asks the sites.
        wanted: the sites.
        archive: name of the archive whose index may be asked; None for none.
        progress: told after each site.
        stop: when set, no further site is begun; those are left out of what is returned.
        cost: of one site.

    Raises:
        UsageError: one of the sites is no domain; nothing was asked then.

    """
    for one in wanted:
        home_of(one.site)
    found: list[Discovery | None] = [None] * len(wanted)
    stop = stop or threading.Event()

    def one_site(position: int) -> int:
        if not stop.is_set():
            opened = (lambda: runtime.open_archive(archive)) if archive else None
            found[position] = discover(wanted[position], runtime.fetcher, runtime.clock, archive=opened, cost=cost)
        return position

    threads = max(1, min(runtime.settings.fetch_threads, len(wanted)))
    with ThreadPoolExecutor(threads, thread_name_prefix="discover") as pool:
        jobs = [pool.submit(one_site, position) for position in range(len(wanted))]
        try:
            for done, job in enumerate(as_completed(jobs), 1):
                discovery = found[job.result()]
                if progress is not None and discovery is not None:
                    progress(done, len(jobs), discovery)
        except BaseException:
            stop.set()
            raise
    return [one for one in found if one is not None]
