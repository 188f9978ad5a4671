"""Snapshots of a loop, from which its backward sweep runs parts of it once more.

The forward sweep offers the state of the loop at the beginning of every step; a few of
these are kept. The backward sweep goes over the loop in *segments*, from the last to
the first: each is run again from its snapshot, recorded, and reversed.

Which steps are kept, for `n` segments:

every      all of them: every step is run once more
snapshots  a binomial schedule: of `c` snapshots the first is at the start, the second
           so far on that what lies before it can be reversed with one repetition less.
           A plain run aside, `n` segments take at most `r * n - binomial(c + r, c + 1)`
           runs of one, the least that there is, where `r` is the smallest number with
           `n <= binomial(c + r, c)` (Griewank and Walther, Algorithm 799: revolve, ACM
           Trans. Math. Softw. 26, 2000)

Where the number of steps is not known before, snapshots stand at even distances; when
there are too many, every second is dropped and the distance doubles.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from dpc.runtime.arrays import array_module
from dpc.runtime.draws import generators_in, put_states, states_of
from dpc.runtime.refused import NotAgainError
from dpc.runtime.trees import is_array
from dpc.runtime.twins import twin_array

State = tuple[Any, ...]


def reach(snapshots: int, repetitions: int) -> int:
    """The longest loop that can be reversed with so many snapshots, no step being run
    more often than `repetitions` times before it is recorded."""
    return math.comb(snapshots + repetitions, snapshots)


def ahead(segments: int, snapshots: int) -> int:
    """How many of `segments` to run before the second of `snapshots` is taken."""
    if snapshots < 2 or segments < 2:
        return max(segments - 1, 1)
    r = 1
    while reach(snapshots, r) < segments:
        r += 1
    # What is left has to be reversible in r repetitions by the other snapshots.
    before = segments - reach(snapshots - 1, r)
    return min(max(before, reach(snapshots, r - 2) if r > 1 else 1, 1), segments - 1)


class Checkpoints:
    """The snapshots of one run of a loop; `reversed` goes over its segments.

    steps: how many steps the loop has; None if that shows only when it ends.
    every: the steps of a segment, which are recorded together; "sqrt" for the square
      root of their number.
    snapshots: how many are kept at the same time; None for one a segment.
    advance: `advance(first, last, *state)` is the state at step `last`, from that at
      step `first`, whose arrays it may write.
    written: how many values at the end of a state are memory that the steps write.
    held: how many of these, at the end, are lists and dicts, whose elements nobody
      writes.
    draws: what the steps draw random numbers from.
    """

    def __init__(
        self,
        steps: int | None = None,
        every: Any = 1,
        snapshots: int | None = None,
        advance: Callable[..., State] | None = None,
        written: int = 0,
        held: int = 0,
        draws: State = (),
    ) -> None:
        self.doubles = steps is None and (every == "sqrt" or snapshots is not None)
        if every == "sqrt":
            every = 1 if steps is None else math.isqrt(max(steps - 1, 0)) + 1
        if every < 1 or (snapshots is not None and snapshots < 1):
            raise NotAgainError(
                "the number of steps or snapshots is not positive",
                "pass positive integers as every and snapshots",
            )
        self.steps, self.every, self.snapshots = steps, every, snapshots
        self.gap = every
        self.advance, self.written, self.held = advance, written, held
        self.generators = list(generators_in(draws)) if draws else None
        self.count = self.due = 0
        # Step, state, and states of random generators.
        self.kept: list[tuple[int, State, Any]] = []

    def take(self, state: State) -> None:
        """Keep the state of the step that begins, and say which is the next."""
        most = 2 * self.gap if self.snapshots is None else self.snapshots
        if self.doubles and len(self.kept) >= most:
            del self.kept[1::2]
            self.gap *= 2
        if self.count % self.gap == 0:
            self.kept.append((self.count, self.own(state), self.states()))
        self.due += self.gap
        if self.steps is not None and self.snapshots is not None:
            self.due = self.planned(self.steps, self.snapshots)

    def planned(self, steps: int, snapshots: int) -> int:
        """The step of the next snapshot of a binomial schedule.

        The last two segments are one, and its state is kept beside the others: the
        forward sweep, which has to go on to the end, does the work of a first run.
        """
        last = max(-(-steps // self.every) - 2, 0) * self.every
        left = (last - self.count) // self.every + 1
        if left < 2:
            return steps
        free = snapshots - len(self.kept)
        there: int = self.count + ahead(left, free + 1) * self.every if free else last
        return there

    def own(self, state: State) -> State:
        """A state whose written memory nobody else writes."""
        plain, end = len(state) - self.written, len(state) - self.held
        arrays, holders = state[plain:end], state[end:]
        for place, array in enumerate(arrays):
            require_array(array)
            require_apart(array, *arrays[:place])
        for place, holder in enumerate(holders):
            require_another(holder, *holders[:place])
        copies = (twin_array(x) if is_array(x) else x for x in arrays)
        return (*state[:plain], *copies, *(x.copy() for x in holders))

    def states(self) -> Any:
        """The states of what the steps draw from, if they do."""
        return None if self.generators is None else states_of(self.generators)

    def put(self, states: Any) -> None:
        """Put what the steps draw from back into these states."""
        if self.generators is not None:
            put_states(self.generators, states)

    def __reversed__(self) -> Iterator[State]:
        """`(first, last, *state)` of every segment, its state free to be written."""
        now = self.states()
        try:
            yield from self.stored() if self.advance is None else self.run_again()
        finally:
            self.put(now)

    def stored(self) -> Iterator[State]:
        """The segments where every one of them has a snapshot."""
        last = self.count
        for first, state, drawn in reversed(self.kept):
            self.put(drawn)
            yield first, last, *self.own(state)
            last = first

    def run_again(self) -> Iterator[State]:
        """The segments where snapshots that are used up make room for others."""
        assert self.advance is not None
        most = 1 if self.snapshots is None else self.snapshots
        last, together = self.count, 2 * self.every if self.steps else self.every
        while last:
            first, state, drawn = self.kept[-1]
            self.put(drawn)
            state = self.own(state)
            while last - first > together:
                free = most - len(self.kept)
                segments = -(-(last - first + self.every - together) // self.every)
                there = first + ahead(segments, free + 1) * self.every
                state = self.advance(first, there, *state)
                first = there
                if free:
                    drawn = self.states()
                    self.kept.append((first, self.own(state), drawn))
            together = self.every
            yield first, last, *state
            last = first
            if first and self.kept[-1][0] == first:
                self.kept.pop()


def checkpoint(steps: Any, every: Any = None, snapshots: Any = None) -> Any:
    """`for t in dpc.checkpoint(range(T), every=k):` the loop is run again backwards.

    steps: what the loop goes over, which is the result.
    every: how many steps are recorded together, from a snapshot at the first of them;
      "sqrt" for the square root of their number. By default 1.
    snapshots: how many are kept at the same time; by default one for all `every` steps.
    """
    return steps


def keep(checkpoints: Checkpoints, *state: Any) -> None:
    """Offer the state of a loop at the beginning of a step."""
    if checkpoints.count == checkpoints.due:
        checkpoints.take(state)
    checkpoints.count += 1


def require_array(x: Any) -> None:
    """Refuse to keep a list or an object that the loop writes."""
    if not isinstance(x, float | int | complex | np.generic | None) and not is_array(x):
        name = type(x).__name__
        raise NotAgainError(
            f"it writes a {name}, and a snapshot holds numbers and arrays",
            "let numbers and arrays go from one step to the next",
        )


def require_apart(x: Any, *others: Any) -> None:
    """Refuse arrays that a checkpointed loop writes and that share memory."""
    for other in others if is_array(x) else ():
        if is_array(other) and array_module(x).may_share_memory(x, other):
            raise NotAgainError(
                "it writes arrays that share memory",
                "copy one of them before the loop: y = x.copy()",
            )


def require_another(x: Any, *others: Any) -> None:
    """Refuse lists and dicts that a checkpointed loop writes and that are one."""
    if any(x is other for other in others):
        raise NotAgainError(
            f"it writes a {type(x).__name__} under two names",
            "copy it before the loop, or write it under one name",
        )
