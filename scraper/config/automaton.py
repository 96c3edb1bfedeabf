"""Turn a parsed regular expression into an automaton without empty steps (Glushkov's), and count the ways it reads a text. Pure.

Each position reads one character; the pattern says which follow which, and in how many ways. Large counts and parts that are
never tried again are replaced by something simpler that is no quicker.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from re import _compiler as compiler  # type: ignore[attr-defined]
from re import _constants as code  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple

MAX_POSITIONS = 600
MAX_STEPS = 400_000  # of the analysis
COUNTED = 5  # repetitions that are written out; more are as good as any number
FIXED = 8  # copies that stand for more where none may be left out
READ_CHARS = 64

_SAMPLE = "az09AZ_-/.:?=&%#~+,;@ \n\té\u0131\u017f\u0130şəяджքև中\U0001f4a9"  # what addresses are made of, and oddities of case
LOOPS = (code.MAX_REPEAT, code.MIN_REPEAT)
_SINGLE = (code.LITERAL, code.NOT_LITERAL, code.IN, code.ANY)


class TooComplex(Exception):
    """The automaton, or its analysis, is too large."""


# ------------------------------------------------------------------------------------------ characters


def alphabet(tree: Any) -> str:
    """Return characters of which each class of the pattern has one that tells it from the others."""
    found = set(_SAMPLE)
    for number in _numbers(tree):
        for near in (number - 1, number, number + 1):
            if 0 <= near < 0x110000:
                found |= {chr(near), *chr(near).lower()[:1], *chr(near).upper()[:1]}
    return "".join(sorted(found))


def _numbers(node: Any) -> Iterable[int]:
    """Yield the characters that are named in a parsed pattern."""
    if isinstance(node, tuple) and len(node) == 2 and node[0] in (code.LITERAL, code.NOT_LITERAL):
        yield node[1]
    elif isinstance(node, tuple) and len(node) == 2 and node[0] is code.RANGE:
        yield from node[1]
    elif isinstance(node, tuple | list | parser.SubPattern):
        for part in node:
            yield from _numbers(part)


class _Piece(NamedTuple):
    """A part of the pattern: in how many ways it is empty (0, 1, 2: several), and the positions it begins and ends at."""

    empty: int
    first: dict[int, int]
    last: dict[int, int]


_NOTHING = _Piece(1, {}, {})


def _times(positions: dict[int, int], ways: int) -> dict[int, int]:
    return {p: min(n * ways, 2) for p, n in positions.items()} if ways else {}


def _sum(a: dict[int, int], b: dict[int, int]) -> dict[int, int]:
    return {p: min(a.get(p, 0) + b.get(p, 0), 2) for p in a | b}


# ------------------------------------------------------------------------------------------ automaton


class Automaton:
    """Positions, each with the characters that it reads as a set of bits, and in how many ways one follows another."""

    def __init__(self, alphabet: str) -> None:
        self._alphabet = alphabet
        self._end = 1 << len(alphabet)  # what "$" reads, and nothing else
        self._every = self._end - 1
        self._classes: dict[tuple[str, int], int] = {}
        self._reads: list[int] = []
        self._next: list[dict[int, int]] = []
        self._left = MAX_STEPS
        self._conditional = False  # the end of the pattern may fail where it is reached
        self.asides: list[tuple[Any, int, int]] = []  # looks ahead and behind: part, flags, 1 if in a loop

    # ---------------------------------------------------------------------------------- made of the parsed pattern

    def sequence(self, items: Any, flags: int, *, looped: bool) -> _Piece:
        whole = _NOTHING
        for op, given in items:
            whole = self._then(whole, self._item(op, given, flags, looped=looped))
        return whole

    def _item(self, op: Any, given: Any, flags: int, *, looped: bool) -> _Piece:
        if op in _SINGLE:
            return self._position(self._class(op, given, flags))
        if op is code.SUBPATTERN:
            _, more, fewer, part = given
            return self.sequence(part, (flags | more) & ~fewer, looped=looped)
        if op is code.BRANCH:
            return self._either([self.sequence(part, flags, looped=looped) for part in given[1]])
        if op in LOOPS:
            least, most, part = given
            return self._repeat(least, most, part, flags, looped=looped)
        if op is code.GROUPREF:  # anything, as far as can be told from here
            return self._star(self._position(self._every))
        if op is code.GROUPREF_EXISTS:
            parts = [self.sequence(part, flags, looped=looped) if part else _NOTHING for part in given[1:]]
            return self._either(parts)
        if op is code.AT:
            if given in (code.AT_END, code.AT_END_STRING):
                return self._position(self._end)
            self._conditional |= given not in (code.AT_BEGINNING, code.AT_BEGINNING_STRING)
            return _NOTHING
        if op in (code.ASSERT, code.ASSERT_NOT):
            self._conditional = True
            self.asides.append((given[1], flags, int(looped)))
            return _NOTHING
        if op in (code.ATOMIC_GROUP, code.POSSESSIVE_REPEAT):
            return self._atomic(op, given, flags, looped=looped)
        return _NOTHING  # (?!) and the like, which match nothing

    def _atomic(self, op: Any, given: Any, flags: int, *, looped: bool) -> _Piece:
        """Take a part that is never tried again as one step, which is judged for itself."""
        least, most, part = (1, 1, given) if op is code.ATOMIC_GROUP else given
        inside = Automaton(self._alphabet)
        whole = inside.sequence(part, flags, looped=looped)
        again = most is code.MAXREPEAT or most > 1
        self.asides.append((part, flags, int(looped or again)))
        one = self._position(self._union(inside._reads))
        return one._replace(empty=int(bool(whole.empty) or least == 0))

    @staticmethod
    def _union(reads: Iterable[int]) -> int:
        found = 0
        for one in reads:
            found |= one
        return found

    def _repeat(self, least: int, most: Any, part: Any, flags: int, *, looped: bool) -> _Piece:
        endless = most is code.MAXREPEAT
        single = len(part) == 1 and part[0][0] in _SINGLE
        if not endless and single and least == most:
            return self._copies(part, flags, min(least, FIXED), 0, looped=looped)
        if endless or most > COUNTED:
            body = self.sequence(part, flags, looped=True)
            if body.empty and body.first and least > 2 * COUNTED:
                raise TooComplex
            loop = self._star(body)
            return loop if least == 0 else loop._replace(empty=body.empty)
        return self._copies(part, flags, least, most - least, looped=looped)

    def _copies(self, part: Any, flags: int, needed: int, optional: int, *, looped: bool) -> _Piece:
        tail = _NOTHING
        for _ in range(optional):  # (a(a(a)?)?)?
            tail = self._then(self.sequence(part, flags, looped=looped), tail)
            tail = tail._replace(empty=min(tail.empty + 1, 2))
        whole = tail
        for _ in range(needed):
            whole = self._then(self.sequence(part, flags, looped=looped), whole)
        return whole

    def _position(self, reads: int) -> _Piece:
        if len(self._reads) >= MAX_POSITIONS:
            raise TooComplex
        self._reads.append(reads)
        self._next.append({})
        here = {len(self._reads) - 1: 1}
        return _Piece(0, here, here)

    def _class(self, op: Any, given: Any, flags: int) -> int:
        """Return the characters that one element of the parsed pattern reads."""
        key = (repr((op, given)), flags)
        if key not in self._classes:
            state = parser.State()
            state.flags = flags
            one = compiler.compile(parser.SubPattern(state, [(op, given)]), flags)
            self._classes[key] = sum(1 << i for i, c in enumerate(self._alphabet) if one.fullmatch(c))
        return self._classes[key]

    def _join(self, last: dict[int, int], first: dict[int, int]) -> None:
        self._spend(len(last) * len(first))
        for p, ways in last.items():
            after = self._next[p]
            for q, more in first.items():
                after[q] = min(after.get(q, 0) + ways * more, 2)

    def _then(self, a: _Piece, b: _Piece) -> _Piece:
        self._join(a.last, b.first)
        first = _sum(a.first, _times(b.first, a.empty))
        return _Piece(min(a.empty * b.empty, 2), first, _sum(b.last, _times(a.last, b.empty)))

    @staticmethod
    def _either(parts: Sequence[_Piece]) -> _Piece:
        whole = _Piece(0, {}, {})
        for part in parts:
            whole = _Piece(
                min(whole.empty + part.empty, 2), _sum(whole.first, part.first), _sum(whole.last, part.last)
            )
        return whole

    def _star(self, body: _Piece) -> _Piece:
        self._join(body.last, body.first)
        return _Piece(1, body.first, body.last)

    def _spend(self, steps: int) -> None:
        self._left -= steps
        if self._left < 0:
            raise TooComplex

    # ---------------------------------------------------------------------------------- what it costs

    def explodes(self) -> bool:
        """Return True if some text can be read from a position back to itself in two ways."""
        for loop in self._loops(range(len(self._reads))):
            if any(ways > 1 for p in loop for q, ways in self._next[p].items() if q in loop):
                return True
            same = [(p, p) for p in loop]
            ahead = self._pairs(same, loop, forward=True)
            if any(p != q for p, q in ahead & self._pairs(same, loop, forward=False)):
                return True
        return False

    def _pairs(
        self, begin: Iterable[tuple[int, int]], loop: set[int], *, forward: bool
    ) -> set[tuple[int, int]]:
        """Return the pairs of positions that can be reached, or from which one can come, while both read the same text."""
        step: dict[int, list[int]] = {p: [] for p in loop}
        for p in loop:
            for q in self._next[p]:
                if q in loop:
                    step[p if forward else q].append(q if forward else p)
        found = set(begin)
        work = list(found)
        while work:
            p, q = work.pop()
            if not forward and not self._reads[p] & self._reads[q]:
                continue
            for p2 in step[p]:
                self._spend(len(step[q]))
                for q2 in step[q]:
                    fits = not forward or self._reads[p2] & self._reads[q2]
                    if fits and (p2, q2) not in found:
                        found.add((p2, q2))
                        work.append((p2, q2))
        return found

    def degree(self, whole: _Piece, *, search: bool, ends: bool) -> int:
        """Return the cost of a match that fails, as a power of the text's length; of a search, which tries every beginning."""
        if search:
            start = self._position(self._every)
            self._join(self._star(start).last, whole.first)
        # where the pattern can end nothing is tried again: it has matched
        over = set(whole.last) if ends and not self._conditional else set()
        there = [p for p in range(len(self._reads)) if p not in over]
        loops = self._loops(there)
        best = 0
        costs: list[int] = [1] * len(loops)
        for i in reversed(range(len(loops))):  # loops come in the order in which they are met
            for j in range(i + 1, len(loops)):
                if costs[j] + 1 > costs[i] and self._hands_over(loops[i], loops[j], set(there)):
                    costs[i] = costs[j] + 1
                elif costs[j] > costs[i] and self._between(loops[i], loops[j], set(there)):
                    costs[i] = costs[j]
            best = max(best, costs[i])
        return best

    def _hands_over(self, one: set[int], other: set[int], there: set[int]) -> bool:
        """Return True if for some text: ``one`` reads it and is where it was, reads it and is in ``other``, which reads it likewise."""
        way = self._between(one, other, there) | one | other
        if way == one | other and not self._between(one, other, there, direct=True):
            return False
        return any(self._pumped(p, q, one, way, other) for p in one for q in other)

    def _pumped(self, p: int, q: int, one: set[int], way: set[int], other: set[int]) -> bool:
        found = {(p, p, q)}
        work = [(p, p, q)]
        while work:
            x, y, z = work.pop()
            for x2 in self._next[x]:
                for y2 in self._next[y]:
                    self._spend(1)
                    reads = self._reads[x2] & self._reads[y2]
                    if x2 not in one or y2 not in way or not reads:
                        continue
                    for z2 in self._next[z]:
                        if z2 not in other or not reads & self._reads[z2]:
                            continue
                        if (x2, y2, z2) == (p, q, q):
                            return True
                        if (x2, y2, z2) not in found:
                            found.add((x2, y2, z2))
                            work.append((x2, y2, z2))
        return False

    def _between(self, one: set[int], other: set[int], there: set[int], *, direct: bool = False) -> set[int]:
        """Return the positions on a way from one set to another; with ``direct`` those of the other that are met."""
        ahead = self._reach(one, there, self._next)
        if direct:
            return ahead & other
        back: list[dict[int, int]] = [{} for _ in self._next]
        for p, after in enumerate(self._next):
            for q in after:
                back[q][p] = 1
        return ahead & self._reach(other, there, back) if ahead & other else set()

    def _reach(self, begin: set[int], there: set[int], edges: Sequence[dict[int, int]]) -> set[int]:
        found = set(begin)
        work = list(begin)
        while work:
            for q in edges[work.pop()]:
                if q in there and q not in found:
                    found.add(q)
                    work.append(q)
        self._spend(len(found))
        return found

    def ways(self, whole: _Piece, most: int) -> int:
        """Count the ways in which texts of one character, up to READ_CHARS of it, can be begun to be read; of the worst character."""
        worst = 0
        for i in range(len(self._alphabet)):
            bit = 1 << i
            now = {p: 1 for p in whole.first if self._reads[p] & bit}
            total = 0
            for _ in range(READ_CHARS):
                if not now:
                    break
                total += sum(now.values())
                if total > most:
                    return total
                after: dict[int, int] = {}
                for p, ways in now.items():
                    for q, more in self._next[p].items():
                        if self._reads[q] & bit:
                            after[q] = after.get(q, 0) + ways * more
                now = after
            worst = max(worst, total)
        return worst

    def _loops(self, there: Iterable[int]) -> list[set[int]]:
        """Return the sets of positions that lead back to themselves, in the order in which they are met (Tarjan's, turned)."""
        inside = set(there)
        number: dict[int, int] = {}
        low: dict[int, int] = {}
        stack: list[int] = []
        held: set[int] = set()
        found: list[set[int]] = []
        for root in sorted(inside):
            if root in number:
                continue
            work = [(root, iter(self._next[root]))]
            number[root] = low[root] = len(number)
            stack.append(root)
            held.add(root)
            while work:
                p, rest = work[-1]
                for q in rest:
                    if q not in inside:
                        continue
                    if q not in number:
                        number[q] = low[q] = len(number)
                        stack.append(q)
                        held.add(q)
                        work.append((q, iter(self._next[q])))
                        break
                    if q in held:
                        low[p] = min(low[p], number[q])
                else:
                    work.pop()
                    if work:
                        low[work[-1][0]] = min(low[work[-1][0]], low[p])
                    if low[p] == number[p]:
                        at = stack.index(p)
                        part = set(stack[at:])
                        del stack[at:]
                        held -= part
                        if len(part) > 1 or p in self._next[p]:
                            found.append(part)
        return found[::-1]
