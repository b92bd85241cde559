"""Routes in the sources file: what is read, and every mistake with its key and what to write instead."""

from datetime import time, timedelta

import pytest

from tracker.errors import SourcesError
from tracker.sources.load import parse_sources
from tracker.sources.model import Route
from tracker.words import Severity

GOOD = '[[source]]\nid = "a"\nname = "A"\ntype = "Privacy Policy"\nurl = "https://a.example/p"\n'
ROUTE = '[[route]]\nname = "team"\nurl = "json://hooks.example/x"\n'


def route(extra: str) -> Route:
    return parse_sources(f"{GOOD}{ROUTE}{extra}\n", "s.toml", {"PAGER": "json://pager.example/s3cret"}).routes[0]


def test_everything_a_route_may_say_is_read() -> None:
    """Times, days, rates and spans become values; no secret shows."""
    found = route(
        'digest = "weekly"\ndigest_at = "7:30"\ndigest_day = "fri"\ntime_zone = "Europe/Berlin"\n'
        'quiet = ["22:00-07:00", "12:00-13:00"]\nquiet_days = "sun"\nquiet_unless = "critical"\nlimit = "10/1h"\n'
        'escalate_after = "4h"\nescalate_to = "${PAGER}"\nescalate_severity = "high"'
    )
    assert (found.digest, found.digest_at, found.digest_day, found.all_quiet) == ("weekly", time(7, 30), 4, True)
    assert found.quiet is not None
    assert found.quiet.spans == ((time(22), time(7)), (time(12), time(13)))
    assert (found.quiet.days, found.quiet.unless) == ((6,), Severity.CRITICAL)
    assert found.limit is not None
    assert (found.limit.messages, found.limit.every) == (10, timedelta(hours=1))
    assert found.escalation is not None
    assert (found.escalation.after, found.escalation.severity) == (timedelta(hours=4), Severity.HIGH)
    assert "s3cret" not in repr(found)


def test_a_plain_route_sends_at_once_and_always() -> None:
    """Nothing said, nothing held back; an hourly digest does not say every hour that all is quiet."""
    found = route("")
    assert (found.digest, found.quiet, found.limit, found.escalation, found.operator) == (None, None, None, None, False)
    assert route('digest = "hourly"').all_quiet is False


@pytest.mark.parametrize(
    ("extra", "field", "said"),
    [
        ('digest = "monthly"', "digest", "weekly"),
        ('digest_at = "07:00"', "digest_at", "goes with digest"),
        ('digest = "daily"\ndigest_at = "25:00"', "digest_at", "07:00"),
        ('digest = "daily"\ndigest_day = "mon"', "digest_day", "weekly"),
        ('digest = "hourly"\ndigest_at = "07:00"', "digest_at", "daily"),
        ('digest = "weekly"\ndigest_day = "monday"', "digest_day", "mon"),
        ('time_zone = "Berlin"', "time_zone", "Europe/Berlin"),
        ('quiet = "22-7"', "quiet", "07:00"),
        ('quiet = "22:00-22:00"', "quiet", "same time"),
        ('quiet = ["00:00-12:00", "12:00-00:00"]', "quiet", "no time to send"),
        ('quiet_days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]', "quiet_days", "no time to send"),
        ('quiet_unless = "high"', "quiet_unless", "goes with quiet"),
        ('limit = "10"', "limit", "10/1h"),
        ('limit = "0/1h"', "limit", "from 1"),
        ('limit = "5/1s"', "limit", "1s"),
        ('escalate_after = "4h"', "escalate_after", "escalate_to"),
        ('escalate_to = "json://x.example/"', "escalate_to", "escalate_after"),
        ('escalate_severity = "high"', "escalate_severity", "goes with"),
        ('escalate_after = "4h"\nescalate_to = "${NONE}"', "escalate_to", "NONE"),
        ("operator = 1", "operator", "true or false"),
    ],
)
def test_mistakes_of_a_route_are_told(extra: str, field: str, said: str) -> None:
    """Each names the key and what to write."""
    with pytest.raises(SourcesError) as caught:
        route(extra)
    (problem,) = caught.value.problems
    assert problem.field == f"route[team].{field}"
    assert said in str(problem)
