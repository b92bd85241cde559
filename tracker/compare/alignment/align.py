"""Which clauses of two documents belong together: exact keys first, then the closest of what is left."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain
from operator import itemgetter

from rapidfuzz.fuzz import ratio

from tracker.compare.model import BlockKind, Clause, Document, Pair
from tracker.words import ChangeKind

ACCEPT = 0.60  #: likeness from which two clauses are one that changed
_RATIO_WEIGHT, _WORDS_WEIGHT, _SECTION_BONUS = 0.6, 0.4, 0.1
_CANDIDATES = 12  #: clauses looked at closely for each one left over
_BESIDE = 3  #: clauses on either side of the place in which it would stand that are too
_COMMON = 40  #: a word that more left-over clauses hold says nothing about which belong together
_RATIO_LENGTH = 4000  #: characters of a clause that are compared closely
_SPLIT_ACCEPT = 0.80  #: likeness from which neighbours together are one clause of the other side
_MOST_PARTS = 3
_SLACK = 1e-6  #: for rounding
_PART_SHARE = 0.7  #: of its words that a part has in common with the whole


def longest_increasing(values: Sequence[int]) -> set[int]:
    """Return the positions of a longest strictly increasing run of values."""
    tails: list[int] = []
    tail_at: list[int] = []
    previous = [-1] * len(values)
    for at, value in enumerate(values):
        place = bisect_left(tails, value)
        previous[at] = tail_at[place - 1] if place else -1
        if place == len(tails):
            tails.append(value)
            tail_at.append(at)
        else:
            tails[place], tail_at[place] = value, at
    kept: set[int] = set()
    at = tail_at[-1] if tail_at else -1
    while at >= 0:
        kept.add(at)
        at = previous[at]
    return kept


def _places(clauses: Sequence[Clause], keys: set[str]) -> dict[str, list[int]]:
    """Return where some keys stand."""
    found: dict[str, list[int]] = defaultdict(list)
    for index, clause in enumerate(clauses):
        if clause.key in keys:
            found[clause.key].append(index)
    return found


def _exact(before: Sequence[Clause], after: Sequence[Clause]) -> list[tuple[int, int]]:
    """Return index pairs of equal keys: unique keys, then their equal neighbours, then the rest in order."""
    shared = {clause.key for clause in before} & {clause.key for clause in after}
    places_before, places_after = _places(before, shared), _places(after, shared)
    partner: dict[int, int] = {}
    taken: set[int] = set()

    def pair(old: int, new: int) -> None:
        partner[new] = old
        taken.add(old)

    for key, olds in places_before.items():
        news = places_after[key]
        if len(olds) == 1 == len(news):
            pair(olds[0], news[0])
    waiting = [new for new, clause in enumerate(after) if clause.key in shared and new not in partner]
    for step in (1, -1):
        for new in [new for new in waiting[::step] if new not in partner]:
            old = partner.get(new - step, -2) + step
            if 0 <= old < len(before) and old not in taken and after[new].key == before[old].key:
                pair(old, new)
    for key in dict.fromkeys(after[new].key for new in waiting):
        free_new = [new for new in places_after[key] if new not in partner]
        free_old = [old for old in places_before[key] if old not in taken]
        for old, new in zip(free_old, free_new, strict=False):
            pair(old, new)
    return sorted(((old, new) for new, old in partner.items()), key=lambda found: found[1])


class _Left:
    """The clauses of one side that have no equal on the other, and the words of each."""

    def __init__(self, clauses: Sequence[Clause], indices: list[int]) -> None:
        self.clauses, self.indices = clauses, indices
        self.words = {index: frozenset(clauses[index].key.split()) for index in indices}
        self.headings = {index for index in indices if clauses[index].kind is BlockKind.HEADING}


def _likeness(old: str, new: str, shared: float, bonus: float) -> float:
    """Return how alike two keys are that share some of their words; what is below `ACCEPT` may come out lower."""
    if not shared and not bonus:
        return 0.0  # only equal keys would be alike enough, and these are paired
    least = (ACCEPT - _WORDS_WEIGHT * shared - bonus) / _RATIO_WEIGHT - _SLACK
    if least > 1:
        return 0.0
    cutoff = 100 * least if least > 0 else 0.0
    close = ratio(old[:_RATIO_LENGTH], new[:_RATIO_LENGTH], score_cutoff=cutoff) / 100
    return _RATIO_WEIGHT * close + _WORDS_WEIGHT * shared + bonus


class _Holders:
    """Which left-over clauses of the old side hold a word."""

    def __init__(self, before: _Left) -> None:
        self._of: dict[str, list[int]] = defaultdict(list)
        for old, words in before.words.items():
            for word in words:
                self._of[word].append(old)
        self._rare = {word: olds for word, olds in self._of.items() if len(olds) <= _COMMON}

    def _rarest(self, words: frozenset[str]) -> Iterable[str]:
        """Return of many words the rarest, those first that no clause holds."""
        return sorted(words, key=lambda word: (len(self._of.get(word, ())), word))[:_COMMON]

    def sharing(self, words: frozenset[str], near: int) -> Iterable[int]:
        """Return the clauses that share the most rare words with some, the nearest among equals, in any order."""
        asked = words if len(words) <= _COMMON else self._rarest(words)
        lists = [self._rare[word] for word in asked if word in self._rare]
        found = set(chain.from_iterable(lists))
        if len(found) <= _CANDIDATES:
            return found
        votes = Counter(chain.from_iterable(lists))
        return sorted(votes, key=lambda old: (-votes[old], abs(old - near), old))[:_CANDIDATES]


def _candidates(before: _Left, after: _Left) -> Iterable[tuple[int, Iterable[int]]]:
    """Yield for each clause those worth a close look: that share rare words, and neighbours in place.

    Linear in the number of clauses. Neighbours that share neither a word nor a section are not alike.
    """
    olds, news = before.indices, after.indices
    holders = _Holders(before)
    scale = len(olds) / (len(news) or 1)
    for rank, new in enumerate(news):
        words, section = after.words[new], after.clauses[new].section[-1:]
        near = round(rank * scale)
        around = [
            old
            for old in olds[max(0, near - _BESIDE) : near + _BESIDE + 1]
            if not words.isdisjoint(before.words[old]) or (section and before.clauses[old].section[-1:] == section)
        ]
        yield new, {*holders.sharing(words, new), *around}


def _closest(before: _Left, after: _Left) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    scored, partial = [], []
    clauses, words_of, headings = before.clauses, before.words, before.headings
    for new, olds in _candidates(before, after):
        key, others, section = after.clauses[new].key, after.words[new], after.clauses[new].section[-1:]
        is_heading = new in after.headings
        for old in olds:
            if (old in headings) is not is_heading:
                continue
            words = words_of[old]
            both = len(words & others)
            bonus = _SECTION_BONUS if section and clauses[old].section[-1:] == section else 0.0
            score = _likeness(clauses[old].key, key, both / (len(words) + len(others) - both or 1), bonus)
            if score >= ACCEPT:
                scored.append((-round(score, 6), abs(old - new), new, old))
            elif both >= _PART_SHARE * min(len(words), len(others)):
                partial.append((-round(score, 6), abs(old - new), new, old))
    return _best_first(scored), [(old, new) for _, _, new, old in sorted(partial)]


def _best_first(scored: Iterable[tuple[float, int, int, int]]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    used_old: set[int] = set()
    used_new: set[int] = set()
    for _, _, new, old in sorted(scored):
        if old not in used_old and new not in used_new:
            used_old.add(old)
            used_new.add(new)
            found.append((old, new))
    return found


class _Groups:
    """The pairs found so far, each a list of clauses on both sides, and which clause is in which."""

    def __init__(self, pairs: Iterable[tuple[int, int]]) -> None:
        self.of_new: dict[int, tuple[list[int], list[int]]] = {}
        self.of_old: dict[int, tuple[list[int], list[int]]] = {}
        for old, new in pairs:
            group = ([old], [new])
            self.of_old[old] = group
            self.of_new[new] = group

    def grow(self, before: Sequence[Clause], after: Sequence[Clause], left: tuple[list[int], list[int]]) -> None:
        """Take left-over neighbours into a pair that they make closer: a clause that was split or merged."""
        for side, known in ((0, self.of_old), (1, self.of_new)):
            for index in left[side]:
                if index in known:
                    continue
                for neighbour in (index - 1, index + 1):
                    group = known.get(neighbour)
                    if group and self._is_closer(group, side, index, before, after):
                        group[side].append(index)
                        group[side].sort()
                        known[index] = group
                        break

    def join_parts(
        self,
        before: Sequence[Clause],
        after: Sequence[Clause],
        left: tuple[set[int], set[int]],
        partial: Iterable[tuple[int, int]],
    ) -> None:
        """Pair a clause with neighbours none of which is like it alone, but which together are."""
        known = (self.of_old, self.of_new)
        for seed in partial:
            if seed[0] in self.of_old or seed[1] in self.of_new:
                continue
            for side, step in ((0, -1), (0, 1), (1, -1), (1, 1)):
                index = seed[side] + step
                group = ([seed[0]], [seed[1]])
                if index not in left[side] or index in known[side]:
                    continue
                if self._is_closer(group, side, index, before, after):
                    group[side].append(index)
                    group[side].sort()
                    for old in group[0]:
                        self.of_old[old] = group
                    for new in group[1]:
                        self.of_new[new] = group
                    break

    @staticmethod
    def _is_closer(
        group: tuple[list[int], list[int]], side: int, index: int, before: Sequence[Clause], after: Sequence[Clause]
    ) -> bool:
        if len(group[1 - side]) != 1 or len(group[side]) >= _MOST_PARTS:
            return False
        sides = (before, after)
        whole = sides[1 - side][group[1 - side][0]].key
        now = " ".join(sides[side][at].key for at in group[side])
        grown = " ".join(sides[side][at].key for at in sorted([*group[side], index]))
        if max(len(whole), len(grown)) > _RATIO_LENGTH:
            return False
        close = ratio(whole, grown) / 100
        return close >= _SPLIT_ACCEPT and close > ratio(whole, now) / 100


def _in_reading_order(pairs: list[Pair]) -> tuple[Pair, ...]:
    """Order by the after side; a removed clause stands after the pair of the clause that preceded it."""
    follows: dict[int, tuple[int, int]] = {}
    for pair in pairs:
        if pair.after and not pair.moved:
            for old in pair.before:
                follows[old] = (pair.after[0], 1)
    keyed: list[tuple[tuple[int, int, int], Pair]] = [((pair.after[0], 0, 0), pair) for pair in pairs if pair.after]
    removed = {pair.before[0]: pair for pair in pairs if not pair.after}
    last = (-1, 1)
    for old in sorted(follows.keys() | removed.keys()):
        if old in follows:
            last = follows[old]
        else:
            keyed.append(((last[0], last[1], old), removed[old]))
    return tuple(pair for _, pair in sorted(keyed, key=itemgetter(0)))


def align(before: Document, after: Document) -> tuple[Pair, ...]:
    """Return every clause of both sides in exactly one pair, in reading order of the after side. Deterministic."""
    olds, news = before.clauses, after.clauses
    exact = _exact(olds, news)
    main = longest_increasing([old for old, _ in exact])
    known_old = {old for old, _ in exact}
    known_new = {new for _, new in exact}
    left_old = [index for index in range(len(olds)) if index not in known_old]
    left_new = [index for index in range(len(news)) if index not in known_new]
    close, partial = _closest(_Left(olds, left_old), _Left(news, left_new))
    pairs = [
        Pair(None, (old,), (new,)) if at in main else Pair(ChangeKind.MOVED, (old,), (new,), moved=True)
        for at, (old, new) in enumerate(exact)
    ]
    groups = _Groups(close)
    groups.grow(olds, news, (left_old, left_new))
    groups.join_parts(olds, news, (set(left_old), set(left_new)), partial)
    run = sorted((entry for entry in groups.of_new.items() if entry[1][1][0] == entry[0]), key=lambda entry: entry[0])
    fixed = sorted([(new, old) for at, (old, new) in enumerate(exact) if at in main])
    anchors = [new for new, _ in fixed]
    for new, (old_part, new_part) in run:
        at = bisect_left(anchors, new)
        lowest = fixed[at - 1][1] if at else -1
        highest = fixed[at][1] if at < len(fixed) else len(olds)
        moved = not lowest < old_part[0] < highest
        pairs.append(Pair(ChangeKind.CHANGED, tuple(old_part), tuple(new_part), moved=moved))
    pairs += [Pair(ChangeKind.REMOVED, (old,), ()) for old in left_old if old not in groups.of_old]
    pairs += [Pair(ChangeKind.ADDED, (), (new,)) for new in left_new if new not in groups.of_new]
    return _in_reading_order(pairs)
