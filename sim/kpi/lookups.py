"""Compiled passes that bring facts of other rows to a ticket."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sim.kpi.kernels import NONE, Bools, Ints


@njit(cache=True, nogil=True)
def row_of(tickets: Ints, wanted: int, dense: bool) -> int:
    """Return the row of a ticket in a sorted list of tickets that holds it; `dense` if the list leaves none out."""
    if dense:
        return wanted - int(tickets[0])
    low, high = 0, len(tickets) - 1
    while low < high:
        middle = (low + high) >> 1
        if tickets[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True, nogil=True)
def are_dense(tickets: Ints) -> bool:
    """Say whether a sorted list of different tickets leaves none out."""
    return len(tickets) > 0 and tickets[-1] - tickets[0] == len(tickets) - 1


@njit(cache=True, nogil=True)
def count_rows(tickets: Ints, wanted: Ints, counted: Bools) -> Ints:
    """Return how often each ticket is wanted where that is counted."""
    out = np.zeros(len(tickets), dtype=np.int64)
    dense = are_dense(tickets)
    for i in range(len(wanted)):
        if counted[i]:
            out[row_of(tickets, wanted[i], dense)] += 1
    return out


@njit(cache=True, nogil=True)
def count_before(
    tickets: Ints, named: Ints, at_s: Ints, turn: NDArray[np.uint8], reason: NDArray[np.int32], requester: int,
    first_resolved_s: Ints,
) -> tuple[Ints, Ints]:  # fmt: skip
    """Return replies and questions to the requester of each ticket up to its first resolution; 0 for one without.

    Parameters
    ----------
    tickets
        Sorted.
    named, at_s, turn, reason
        Of each moment: the ticket, the second, 1 for a reply and 2 for the begin of a wait, and the code of its reason;
        -1, no reason, is the requester.
    requester
        Code of the requester as a reason.
    first_resolved_s
        Of each ticket, in seconds, or `NONE`.
    """
    replies = np.zeros(len(tickets), dtype=np.int64)
    asks = np.zeros(len(tickets), dtype=np.int64)
    dense = are_dense(tickets)
    for i in range(len(named)):
        if turn[i] == 0:
            continue
        at = row_of(tickets, named[i], dense)
        if at_s[i] > first_resolved_s[at]:
            continue
        if turn[i] == 1:
            replies[at] += 1
        elif reason[i] == -1 or reason[i] == requester:
            asks[at] += 1
    return replies, asks


@njit(cache=True, nogil=True)
def _by_code(code: Ints, order: Ints) -> Ints:
    """Sort an order of rows by a code from -1, stably, by counting."""
    most = -1
    for each in code:
        most = max(most, each)
    ends = np.zeros(most + 3, dtype=np.int64)
    for each in code:
        ends[each + 2] += 1
    for at in range(most + 2):
        ends[at + 1] += ends[at]
    out = np.empty(len(order), dtype=np.int64)
    for row in order:
        place = code[row] + 1
        out[ends[place]] = row
        ends[place] += 1
    return out


@njit(cache=True, nogil=True)
def by_two_codes(one: Ints, two: Ints, order: Ints) -> Ints:
    """Return the rows sorted by one code, then by another, then as they stand in `order`."""
    return _by_code(one, _by_code(two, order))


@njit(cache=True, nogil=True)
def other_tickets(
    order: Ints, learner: Ints, category: Ints, created_s: Ints, resolved_s: Ints, back_s: int, ahead_s: int
) -> tuple[Bools, Bools]:
    """Return which tickets follow another of their group, and which are followed by one soon after their resolution.

    Parameters
    ----------
    order
        Rows by learner, category and creation.
    learner, category
        Codes; together they make the group.
    created_s, resolved_s
        Seconds; `NONE` where never resolved.
    back_s
        How far back another ticket may be created, sharp, in seconds.
    ahead_s
        How soon after the resolution another one may be created, sharp, in seconds.
    """
    size = len(order)
    repeat, second = np.zeros(size, dtype=np.bool_), np.zeros(size, dtype=np.bool_)
    begin = 0
    while begin < size:
        first = order[begin]
        end = begin + 1
        while end < size and learner[order[end]] == learner[first] and category[order[end]] == category[first]:
            end += 1
        for place in range(begin, end):
            row = order[place]
            if place > begin:
                repeat[row] = created_s[row] - created_s[order[place - 1]] <= back_s
            if resolved_s[row] == NONE:
                continue
            low, high = begin, end
            while low < high:
                middle = (low + high) >> 1
                if created_s[order[middle]] <= resolved_s[row]:
                    low = middle + 1
                else:
                    high = middle
            second[row] = low < end and created_s[order[low]] - resolved_s[row] <= ahead_s
        begin = end
    return repeat, second
