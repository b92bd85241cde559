"""Counts that SQLite keeps beside the history: tables, and the triggers that alter them within each transaction.

What writes a change, a version, an observation or a snapshot alters its counts in the same statement, so that they are
never behind, whoever writes. PostgreSQL counts anew each time: there rows that every writer alters would make writers
wait for each other. The tables are no part of the metadata: they follow from the others, and a copy of a store makes
its own. A migration that rebuilds one of the counted tables has to drop these before and make them again after it.
"""

from collections.abc import Iterator, Mapping

#: Numbers of `change_tally`, by name, as SQL over a change.
NUMBERS: Mapping[str, str] = {
    "changes": "1",
    "material": "severity <> 'none'",
    "weaker": "severity <> 'none' and direction = 'weaker'",
    "stronger": "severity <> 'none' and direction = 'stronger'",
    "mixed": "severity <> 'none' and direction = 'mixed'",
    "alerts": "alert",
    "silent": "instr(flags, '\"silent\"') > 0",
    "low": "severity = 'low'",
    "medium": "severity = 'medium'",
    "high": "severity = 'high'",
    "critical": "severity = 'critical'",
}

#: Numbers of `seen_tally`. `firsts` are versions by when they were first seen, and stand by slot only.
SEEN = ("versions", "firsts", "observations", "captures")


def seconds_of(moment: str) -> str:
    """Return SQL for a moment as whole seconds; fractions are cut off, since SQLite would round them."""
    return f"cast(strftime('%s', substr({moment}, 1, 19)) as integer)"


def slot_of(moment: str) -> str:
    """Return SQL for the slot of a moment: a quarter of an hour about the turn of a month, else the rest of the month.

    Days begin from 14 hours before to 12 hours after they do in UTC, and at a quarter: each month holds whole slots.
    """
    second = f"substr({moment}, 1, 19)"
    return (
        f"case when strftime('%m', {second}, '+14 hours') = strftime('%m', {second}, '-12 hours') "
        f"then substr({moment}, 1, 8) || '01 12:00' "
        f"else substr({moment}, 1, 14) || printf('%02d', substr({moment}, 15, 2) / 15 * 15) end"
    )


#: What changes are counted by, as SQL over a change.
_GROUPS = {
    "source": "source_key",
    "topics": "topic_mask",
    "severity": "severity",
    "direction": "direction",
    "slot": slot_of("first_seen_after"),
}

_TABLES = (
    (
        "create table if not exists change_tally (kind text not null, key not null, "
        + "".join(f"{name} integer not null, " for name in NUMBERS)
        + "primary key (kind, key)) without rowid"
    ),
    (
        "create table if not exists spacing_tally (kind text not null, key not null, days integer not null, "
        "times integer not null, primary key (kind, key, days)) without rowid"
    ),
    (
        "create table if not exists seen_tally (kind text not null, key not null, "
        + "".join(f"{name} integer not null default 0, " for name in SEEN)
        + "primary key (kind, key)) without rowid"
    ),
)

#: Where a change stands among those of its source.
_CHANGE_PLACE = (
    "create view if not exists change_place(id, seconds, before, after_id) as "
    f"select x.id, {seconds_of('x.first_seen_after')}, "
    f"(select {seconds_of('p.first_seen_after')} from change p where p.source_key = x.source_key "
    "and p.state <> 'superseded' and (p.first_seen_after, p.id) < (x.first_seen_after, x.id) "
    "order by p.first_seen_after desc, p.id desc limit 1), "
    "(select n.id from change n where n.source_key = x.source_key "
    "and n.state <> 'superseded' and (n.first_seen_after, n.id) > (x.first_seen_after, x.id) "
    "order by n.first_seen_after, n.id limit 1) from change x where x.state <> 'superseded'"
)

#: What a change that comes in does to the days between changes: it has some, the next one has others than before.
_CHANGE_STEP = (
    "create view if not exists change_step(id, whose, days, times) as "
    "select x.id, x.id, (x.seconds - x.before) / 86400, 1 from change_place x where x.before is not null "
    f"union all select x.id, n.id, ({seconds_of('n.first_seen_after')} - x.seconds) / 86400, 1 "
    "from change_place x join change n on n.id = x.after_id "
    f"union all select x.id, n.id, ({seconds_of('n.first_seen_after')} - x.before) / 86400, -1 "
    "from change_place x join change n on n.id = x.after_id where x.before is not null"
)

#: What an observation that comes in does to when its version was first seen.
_FIRST_STEP = (
    "create view if not exists first_step(id, at, times) as "
    "select o.id, o.observed_at, 1 from observation o where not exists (select 1 from observation e "
    "where e.version_id = o.version_id and (e.observed_at, e.id) < (o.observed_at, o.id)) "
    "union all select o.id, l.observed_at, -1 from observation o join observation l on l.id = "
    "(select m.id from observation m where m.version_id = o.version_id and m.id <> o.id "
    "order by m.observed_at, m.id limit 1) where (o.observed_at, o.id) < (l.observed_at, l.id)"
)

#: Which columns of a table counts follow from.
_COUNTED = {
    "change": "source_key, first_seen_after, state, severity, direction, alert, topic_mask, flags",
    "observation": "source_key, observed_at, version_id",
    "snapshot": "source_key, captured_at",
    "version": "source_key",
}


#: Of what a table comes in or goes, by where it counts: the target's keys and numbers, and the rows that add to it.
_Count = tuple[str, str, Mapping[str, str], str]


def _counts_of_changes() -> Iterator[_Count]:
    for kind, key in _GROUPS.items():
        yield "change_tally", f"'{kind}', {key}", NUMBERS, "change c where c.id {row} and c.state <> 'superseded'"
    for kind, key in _GROUPS.items():
        steps = "change_step s join change c on c.id = s.whose where s.id {row}"
        yield "spacing_tally", f"'{kind}', {key}, s.days", {"times": "s.times"}, steps


def _counts_of_rows(table: str, number: str, moment: str) -> Iterator[_Count]:
    rows = f"{table} where id {{row}}"
    yield "seen_tally", "'source', source_key", {number: "1"}, rows
    if moment:
        yield "seen_tally", f"'slot', {slot_of(moment)}", {number: "1"}, rows


def _counts_of_firsts() -> Iterator[_Count]:
    yield "seen_tally", f"'slot', {slot_of('at')}", {"firsts": "times"}, "first_step s where id {row}"


#: What each row of a table counts for.
_COUNTS: Mapping[str, tuple[_Count, ...]] = {
    "change": tuple(_counts_of_changes()),
    "observation": (*_counts_of_rows("observation", "observations", "observed_at"), *_counts_of_firsts()),
    "snapshot": tuple(_counts_of_rows("snapshot", "captures", "captured_at")),
    "version": tuple(_counts_of_rows("version", "versions", "")),
}


def _statement(count: _Count, row: str, sign: str) -> str:
    table, keys, numbers, source = count
    names = "kind, key, days" if table == "spacing_tally" else "kind, key"
    values = ", ".join(f"{sign}({value})" for value in numbers.values())
    added = ", ".join(f"{name} = {name} + excluded.{name}" for name in numbers)
    return (
        f"insert into {table}({names}, {', '.join(numbers)}) select {keys}, {values} "
        f"from {source.format(row=row)} on conflict({names}) do update set {added}"
    )


def _trigger(table: str, moment: str, row: str, sign: str) -> str:
    name = f"tally_{table}_{moment.replace(' ', '_')}"
    event = f"{moment} of {_COUNTED[table]}" if moment.endswith("update") else moment
    body = "; ".join(_statement(count, f"= {row}.id", sign) for count in _COUNTS[table])
    return f"create trigger if not exists {name} {event} on {table} begin {body}; end"


def _triggers() -> Iterator[str]:
    # A row has to be there while it is counted. None is counted before it comes in: it may yet be turned away.
    for table in _COUNTS:
        yield _trigger(table, "after insert", "new", "+")
        yield _trigger(table, "before update", "old", "-")
        yield _trigger(table, "after update", "new", "+")
        yield _trigger(table, "before delete", "old", "-")
    forget = "; ".join(
        f"delete from {table} where kind = 'source' and key = old.key"
        for table in ("change_tally", "spacing_tally", "seen_tally")
    )
    yield f"create trigger if not exists tally_source_after_delete after delete on source begin {forget}; end"


#: Makes all of it, in a store that has the other tables.
CREATE = (*_TABLES, _CHANGE_PLACE, _CHANGE_STEP, _FIRST_STEP, *_triggers())

#: Takes all of it away again. Triggers go with their tables, but for those on tables that stay.
DROP = (
    *(f"drop trigger if exists {name.split()[5]}" for name in _triggers()),
    *(f"drop view if exists {name}" for name in ("change_step", "change_place", "first_step")),
    *(f"drop table if exists {name}" for name in ("change_tally", "spacing_tally", "seen_tally")),
)
