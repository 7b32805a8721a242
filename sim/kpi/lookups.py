"""Compiled passes that bring facts of other rows to a ticket."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sim.kpi.kernels import NONE, Bools, Ints


@njit(cache=True, nogil=True)
def rows_of(tickets: Ints, wanted: Ints) -> Ints:
    """Return the row of each wanted ticket in a sorted list of tickets that holds them all."""
    out = np.empty(len(wanted), dtype=np.int64)
    dense = len(tickets) > 0 and tickets[-1] - tickets[0] == len(tickets) - 1
    for i in range(len(wanted)):
        if dense:
            out[i] = wanted[i] - tickets[0]
            continue
        low, high = 0, len(tickets) - 1
        while low < high:
            middle = (low + high) >> 1
            if tickets[middle] < wanted[i]:
                low = middle + 1
            else:
                high = middle
        out[i] = low
    return out


@njit(cache=True, nogil=True)
def count_rows(row: Ints, counted: Bools, size: int) -> Ints:
    """Return how often each row from 0 to size - 1 is named where it is counted."""
    out = np.zeros(size, dtype=np.int64)
    for i in range(len(row)):
        out[row[i]] += counted[i]
    return out


@njit(cache=True, nogil=True)
def count_before(
    row: Ints, at_s: Ints, turn: NDArray[np.uint8], reason: Ints, requester: int, first_resolved_s: Ints
) -> tuple[Ints, Ints]:
    """Return replies and questions to the requester of each ticket up to its first resolution; 0 for one without.

    Parameters
    ----------
    row, at_s, turn, reason
        Of each moment: the ticket's row, the second, 1 for a reply and 2 for the begin of a wait, and the code of its
        reason; -1, no reason, is the requester.
    requester
        Code of the requester as a reason.
    first_resolved_s
        Of each ticket, in seconds, or `NONE`.
    """
    replies = np.zeros(len(first_resolved_s), dtype=np.int64)
    asks = np.zeros(len(first_resolved_s), dtype=np.int64)
    for i in range(len(row)):
        at = row[i]
        if turn[i] == 0 or at_s[i] > first_resolved_s[at]:
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
