"""The daemon's clockwork: APScheduler, made to tick on when the machine's clock is set."""

from datetime import datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler

#: Seconds after which it looks at the clock again, however far the next tick is.
LOOK_EVERY = 1.0


class Clockwork(BackgroundScheduler):  # type: ignore[misc]  # the library brings no types
    """Jobs at intervals; none is ever further away than its interval.

    The library counts by the machine's clock alone. Were that set back, it would wait until the clock is there again,
    and nothing in the daemon could notice; were it set ahead, as on a board that begins in 1970, it would first list
    every tick in between, which takes all memory there is.
    """

    def __init__(self) -> None:
        super().__init__(
            timezone="UTC",
            # A tick that is late is still wanted, once: the library's default drops it after a second.
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def tick_every(self, seconds: float, name: str, work: object) -> None:
        """Have something done now, and every so many seconds from then on."""
        self.add_job(work, "interval", seconds=seconds, id=name, next_run_time=datetime.now(self.timezone))

    def _process_jobs(self) -> float | None:
        """Do what is due and return how long to wait, as the library has its own schedulers do."""
        self._bring_back(datetime.now(self.timezone))
        left: float | None = super()._process_jobs()
        # The clock may have been set since it was looked at.
        return None if left is None else min(left, LOOK_EVERY)

    def _bring_back(self, now: datetime) -> None:
        """Let each job be due now whose time lies further away than its interval, in either direction."""
        for job in self.get_jobs():
            interval: timedelta = job.trigger.interval
            if job.next_run_time is not None and abs(job.next_run_time - now) > interval:
                job.modify(next_run_time=now)
