"""A finite language as a minimal deterministic automaton over words.

Three textbook steps: a `Graph` is drawn with arcs of one word or none (a nondeterministic automaton),
`Graph.determined` follows all its arcs at once (subset construction), and `_merged` folds states with the same future
into one, last ones first, which for a language without loops gives the smallest automaton there is (Revuz 1992).
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

ANY = "*"
"""The word of an arc that stands for any words at all: what is woven is heard in a second look (`Language.weaving`)."""


@dataclass(frozen=True)
class Automaton:
    """States are numbers; state 0 is the start."""

    arcs: tuple[Mapping[str, int], ...]
    """arcs[state][word] -> the next state."""
    finals: Mapping[int, str]
    """Where a sentence may end, and what such a sentence is about ("" where each is about something of its own)."""

    @classmethod
    def of(cls, sentences: Iterable[str]) -> Automaton:
        """-> the language of just these sentences."""
        graph = Graph()
        for sentence in sentences:
            graph.finals[graph.path(0, sentence.split())] = ""
        return graph.determined()

    def walk(self, words: Iterable[str]) -> int | None:
        """-> the state after these words, or None where the language knows no such beginning."""
        state = 0
        for word in words:
            following = self.arcs[state].get(word)
            if following is None:
                return None
            state = following
        return state

    def accepts(self, sentence: str) -> bool:
        """Whether this is a whole sentence of the language."""
        return self.walk(sentence.split()) in self.finals

    def open_ends(self) -> set[int]:
        """-> the ends from which a sentence could go on to be about something else.

        "stop" could become "stop please" and mean the same: that is not an open end."""
        after: dict[int, set[str]] = {}
        for state in _last_first(self.arcs):
            after[state] = {about for to in self.arcs[state].values() for about in (*after[to], *self._about(to))}
        return {state for state, about in self.finals.items() if after.get(state, set()) - ({about} - {""})}

    def _about(self, state: int) -> list[str]:
        return [self.finals[state]] if state in self.finals else []

    def sentences(self) -> tuple[int, ...]:
        """-> how many sentences of no word, of one, of two ... the language has."""
        after: dict[int, list[int]] = {}
        for state in _last_first(self.arcs):
            ways = [after[to] for to in self.arcs[state].values()]
            longer = [sum(counts) for counts in zip_longest(*ways, fillvalue=0)]
            after[state] = [int(state in self.finals), *longer]
        return tuple(after[0])

    def words(self) -> set[str]:
        """-> every word of the language."""
        return {word for arcs in self.arcs for word in arcs}

    def union(self, other: Automaton) -> Automaton:
        """-> the language of both. Its cost grows with `other` alone: what only self knows is taken over as it is."""
        arcs, finals = list(self.arcs), dict(self.finals)  # no arc leads to a start, so both can share self's
        numbers: dict[tuple[int | None, int], int] = {(0, 0): 0}
        waiting: deque[tuple[int | None, int]] = deque(numbers)
        while waiting:
            mine, theirs = pair = waiting.popleft()
            if theirs in other.finals:
                finals[numbers[pair]] = other.finals[theirs]
            elif mine is not None and mine in self.finals:
                finals[numbers[pair]] = self.finals[mine]
            joined = {} if mine is None else dict(self.arcs[mine])
            for word, to in other.arcs[theirs].items():
                following = (None if mine is None else self.arcs[mine].get(word), to)
                if following not in numbers:
                    numbers[following] = len(arcs)
                    arcs.append({})
                    waiting.append(following)
                joined[word] = numbers[following]
            arcs[numbers[pair]] = joined
        return Automaton(tuple(arcs), finals)

    def behind(self, words: Sequence[str]) -> Automaton:
        """-> the language of all that may follow these words. Raises KeyError where they begin no sentence."""
        begin = 0
        for word in words:
            begin = self.arcs[begin][word]
        states = [begin]
        for state in states:  # grows meanwhile
            states += [to for to in dict.fromkeys(self.arcs[state].values()) if to not in states]
        number = {state: n for n, state in enumerate(states)}
        arcs = tuple({word: number[to] for word, to in self.arcs[state].items()} for state in states)
        return Automaton(arcs, {number[state]: name for state, name in self.finals.items() if state in number})

    def also(self, words: Sequence[str], like: str) -> Automaton:
        """-> the language in which these words may stand wherever `like` does. Takes a few milliseconds."""
        arcs, finals = list(self.arcs), dict(self.finals)

        def both(*states: int | None) -> int:
            """-> a new state that goes on as all of these do."""
            arcs.append({word: to for state in states if state is not None for word, to in arcs[state].items()})
            finals.update({len(arcs) - 1: finals[state] for state in states if state in finals})
            return len(arcs) - 1

        for state, following in enumerate(self.arcs):
            if like in following:
                at, goal = state, following[like]
                for word in words[:-1]:
                    begun = both(arcs[at].get(word))
                    arcs[at] = {**arcs[at], word: begun}
                    at = begun
                before = arcs[at].get(words[-1], goal)
                arcs[at] = {**arcs[at], words[-1]: goal if before == goal else both(before, goal)}
        return Automaton(tuple(arcs), finals)


@dataclass
class Graph:
    """A nondeterministic automaton while it is drawn; state 0 is the start."""

    arcs: list[list[tuple[str | None, int]]] = field(default_factory=lambda: [[]])
    """arcs[state]: (word, next state); None goes on without a word."""
    finals: dict[int, str] = field(default_factory=dict)
    """As of the automaton."""

    def state(self) -> int:
        """-> a new state."""
        self.arcs.append([])
        return len(self.arcs) - 1

    def arc(self, begin: int, word: str | None, end: int) -> None:
        self.arcs[begin].append((word, end))

    def path(self, begin: int, words: Sequence[str]) -> int:
        """Draws the words one after another. -> the state after the last."""
        for word in words:
            end = self.state()
            self.arc(begin, word, end)
            begin = end
        return begin

    def determined(self) -> Automaton:
        """-> the same language with one arc a word, and as few states as can be."""
        start = self._closure({0})
        numbers, waiting = {start: 0}, deque([start])
        arcs: list[dict[str, int]] = []
        finals: dict[int, str] = {}
        while waiting:
            together = waiting.popleft()
            about = {self.finals[state] for state in together if state in self.finals}
            if about:
                finals[numbers[together]] = about.pop() if len(about) == 1 else ""
            following: defaultdict[str, set[int]] = defaultdict(set)
            for state in together:
                for word, to in self.arcs[state]:
                    if word is not None:
                        following[word].add(to)
            arcs.append({})
            for word, states in following.items():
                closed = self._closure(states)
                if closed not in numbers:
                    numbers[closed] = len(numbers)
                    waiting.append(closed)
                arcs[-1][word] = numbers[closed]
        return _merged(arcs, finals)

    def _closure(self, states: Iterable[int]) -> frozenset[int]:
        """-> all that is reached from these states without a word; only those with words or an end are kept."""
        seen, waiting = set(states), list(states)
        while waiting:
            for word, to in self.arcs[waiting.pop()]:
                if word is None and to not in seen:
                    seen.add(to)
                    waiting.append(to)
        return frozenset(s for s in seen if s in self.finals or any(word is not None for word, _ in self.arcs[s]))


def _merged(arcs: Sequence[Mapping[str, int]], finals: Mapping[int, str]) -> Automaton:
    """Folds states that have the same future. The language must be without loops."""
    classes: dict[tuple[str | None, tuple[tuple[str, int], ...]], int] = {}
    kinds: dict[int, int] = {}
    for state in _last_first(arcs):
        future = tuple(sorted((word, kinds[to]) for word, to in arcs[state].items() if to in kinds))
        if not future and state not in finals and state != 0:
            continue  # from here no sentence ends
        kinds[state] = classes.setdefault((finals.get(state), future), len(classes))
    last = len(classes) - 1  # the start is folded last; turned round it is 0
    merged = [(about, {word: last - to for word, to in future}) for about, future in classes]
    merged.reverse()
    ends = {number: about for number, (about, _) in enumerate(merged) if about is not None}
    return Automaton(tuple(future for _, future in merged), ends)


def _last_first(arcs: Sequence[Mapping[str, int]]) -> list[int]:
    """-> all states reached from the start, each after those it leads to."""
    order: list[int] = []
    seen: set[int] = {0}
    stack = [(0, iter(arcs[0].values()))]
    while stack:
        state, following = stack[-1]
        fresh = next((to for to in following if to not in seen), None)
        if fresh is None:
            order.append(state)
            stack.pop()
        else:
            seen.add(fresh)
            stack.append((fresh, iter(arcs[fresh].values())))
    return order
