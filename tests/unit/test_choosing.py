"""What goes out next, and with what: decided by what waits, what was sent and the time alone."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tracker.alerts.choosing import GATHER, Bundle, Choice, Past, Told, Waiting, choose, next_chance
from tracker.sources.model import QuietHours, RateLimit, Route
from tracker.words import Severity

NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)
NIGHT = datetime(2026, 3, 3, 23, tzinfo=UTC)
MORNING = datetime(2026, 3, 4, 7, tzinfo=UTC)
ZONE = ZoneInfo("UTC")
QUIET = QuietHours(((time(22), time(7)),), unless=Severity.CRITICAL)


def waits(number: int, **values: object) -> Waiting:
    told: dict[str, object] = {"id": number, "created_at": NOW, "severity": Severity.HIGH, "source_key": number}
    return Waiting(**(told | {"pair": (f"a{number}", f"b{number}")} | values))  # type: ignore[arg-type]


def test_without_rules_each_goes_by_itself_the_first_one_first() -> None:
    """A plain route sends as ever."""
    assert choose([waits(1), waits(2)], Route("r", ()), Past(), NOW, ZONE) == Choice((1,))
    assert choose([], Route("r", ()), Past(), NOW, ZONE) is None


def test_one_change_of_a_text_that_sources_share_is_one_message() -> None:
    """Equal texts before and after; a change of another text does not come along."""
    alike = [waits(number, pair=("a", "b")) for number in (1, 3)]
    assert choose([alike[0], waits(2), alike[1]], None, Past(), NOW, ZONE) == Choice((1, 3), bundle=Bundle.SHARED)


def test_what_follows_of_a_shared_change_is_gathered_for_half_a_day() -> None:
    """The lane was told of it already; the same source changing so again is news at once."""
    past = Past(told={("a", "b"): Told(NOW, frozenset({1}))})
    later = [waits(2, pair=("a", "b")), waits(3, pair=("a", "b"))]
    assert choose(later, None, past, NOW + timedelta(hours=1), ZONE) is None
    assert next_chance(later, None, past, NOW + timedelta(hours=1), ZONE) == NOW + GATHER
    assert choose(later, None, past, NOW + GATHER, ZONE) == Choice((2, 3), bundle=Bundle.SHARED)
    assert choose([waits(1, pair=("a", "b"))], None, past, NOW, ZONE) == Choice((1,))


def test_in_quiet_hours_only_what_is_severe_enough_goes() -> None:
    """The rest waits for the morning and goes out as one."""
    route = Route("r", (), quiet=QUIET)
    night = [waits(1, created_at=NIGHT), waits(2, created_at=NIGHT)]
    assert choose(night, route, Past(), NIGHT, ZONE) is None
    assert next_chance(night, route, Past(), NIGHT, ZONE) == MORNING
    loud = waits(3, created_at=NIGHT, severity=Severity.CRITICAL)
    assert choose([*night, loud], route, Past(), NIGHT, ZONE) == Choice((3,))
    assert choose(night, route, Past(), MORNING, ZONE) == Choice((1, 2), bundle=Bundle.QUIET)
    assert choose(night[:1], route, Past(), MORNING, ZONE) == Choice((1,))


def test_the_last_message_that_a_limit_allows_sums_up_the_rest() -> None:
    """Of five, two go by themselves and the third holds three; then nothing goes until the span is over."""
    route = Route("r", (), limit=RateLimit(3, timedelta(hours=1)))
    five = [waits(number) for number in range(1, 6)]
    assert choose(five, route, Past(), NOW, ZONE) == Choice((1,))
    assert choose(five[1:], route, Past((NOW,)), NOW, ZONE) == Choice((2,))
    assert choose(five[2:], route, Past((NOW, NOW)), NOW, ZONE) == Choice((3, 4, 5), bundle=Bundle.LIMIT)
    full = Past((NOW, NOW, NOW))
    assert choose([waits(6)], route, full, NOW, ZONE) is None
    assert next_chance([waits(6)], route, full, NOW, ZONE) == NOW + timedelta(hours=1)
    assert choose([waits(6)], route, full, NOW + timedelta(hours=1), ZONE) == Choice((6,))


def test_what_was_tried_before_keeps_its_members() -> None:
    """Whoever comes in between is not added, and quiet hours hold for the message as for one."""
    tried = [waits(1, batch="k"), waits(2), waits(3, batch="k")]
    assert choose(tried, Route("r", ()), Past(), NOW, ZONE) == Choice((1, 3), batch="k")
    assert choose(tried, Route("r", (), quiet=QUIET), Past(), NIGHT, ZONE) is None


def test_a_digest_takes_all_that_waits_for_it_and_no_limit_holds_it() -> None:
    """It is one message as it is."""
    route = Route("r", (), digest="daily", limit=RateLimit(1, timedelta(hours=1)))
    waiting = [waits(1, digest="daily"), waits(2, digest="daily"), waits(3)]
    assert choose(waiting, route, Past((NOW,)), NOW, ZONE) == Choice((1, 2), digest="daily")
