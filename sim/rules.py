"""Every decision of a desk, once, as a small compiled scalar function; all engines call these."""

import math

from numba import njit

PPM = 1_000_000
BIG = 4_000_000_000
"""Slack in seconds of a ticket without a due instant: longer than any run."""


@njit(cache=True)
def handling_s(left_ms: int, rate_ppm: int, clock_s: int) -> int:
    """Return the seconds that work takes: the ceiling, on the grain of the clock, and at least one grain.

    Parameters
    ----------
    left_ms
        Work left in milliseconds at speed 1, at least 0.
    rate_ppm
        Speed of the person in parts per million, above 0.
    clock_s
        Grain of instants in seconds.
    """
    needed_ms = -(-left_ms * PPM // rate_ppm)
    grains = -(-needed_ms // (1000 * clock_s))
    return max(grains, 1) * clock_s


@njit(cache=True)
def left_after_ms(left_ms: int, elapsed_s: int, rate_ppm: int) -> int:
    """Return the work left in milliseconds at speed 1 after `elapsed_s` at a rate in parts per million, at least 0."""
    return max(left_ms - elapsed_s * 1000 * rate_ppm // PPM, 0)


@njit(cache=True)
def delay_s(delay_ms: int, clock_s: int) -> int:
    """Return a delay in seconds on the grain of the clock, rounded up; no delay stays none."""
    return -(-delay_ms // (1000 * clock_s)) * clock_s


@njit(cache=True)
def part_ms(work_ms: int, share_ppm: int) -> int:
    """Return a share in parts per million of a work content, rounded down to the millisecond."""
    return work_ms * share_ppm // PPM


@njit(cache=True)
def happens(u: float, share: float) -> bool:
    """Return whether something of a share in [0, 1] happens to whom the uniform `u` in (0, 1] belongs."""
    return u <= share


@njit(cache=True)
def ticket_index(
    w_priority: int,
    w_age: int,
    w_slack: int,
    w_kind: int,
    w_warned: int,
    w_main: int,
    w_returns: int,
    rank: int,
    age_s: int,
    slack_s: int,
    kind: int,
    warned: int,
    main: int,
    returns: int,
) -> int:
    """Return the ticket index: integer weights times integer features; the largest goes first.

    Parameters
    ----------
    w_priority, ..., w_returns
        Weights, see `sim.desk.TicketWeights`.
    rank
        Rank of the priority from below, from 0.
    age_s, slack_s
        Seconds since ready; seconds to the next due instant, below 0 when overdue, at most `BIG`.
    kind
        Weight of the kind, 0 to 1000.
    warned, main, returns
        0 or 1; `main` and `returns` belong to the pair of ticket and person.
    """
    return (
        w_priority * rank
        + w_age * age_s
        + w_slack * slack_s
        + w_kind * kind
        + w_warned * warned
        + w_main * main
        + w_returns * returns
    )


@njit(cache=True)
def person_index(
    w_idle: int,
    w_speed: int,
    w_permissions: int,
    w_main: int,
    w_open: int,
    w_returns: int,
    idle_s: int,
    rate_ppm: int,
    permissions: int,
    main: int,
    open_tickets: int,
    returns: int,
) -> int:
    """Return the person index of a ticket: integer weights times integer features; the largest takes it.

    Parameters
    ----------
    w_idle, ..., w_returns
        Weights, see `sim.desk.PersonWeights`.
    idle_s
        Seconds since the person became idle, 0 if busy; inbox: since the last assignment.
    rate_ppm
        Speed in the skill in parts per million; it counts in whole thousandths.
    permissions
        Number of skills that the seat takes.
    main, returns
        0 or 1: whether the skill is the seat's main one; whether the person owned the ticket before.
    open_tickets
        Tickets that the person holds.
    """
    return (
        w_idle * idle_s
        + w_speed * (rate_ppm // 1000)
        + w_permissions * permissions
        + w_main * main
        + w_open * open_tickets
        + w_returns * returns
    )


@njit(cache=True)
def solves(u: float, solved_logit: float, quality: float, difficulty: float) -> bool:
    """Return whether work solves the ticket: its uniform `u` in (0, 1] lies below a logistic.

    The argument of the logistic is `solved_logit` + `quality` - `difficulty`, all in logits.
    """
    return u < 1.0 / (1.0 + math.exp(-(solved_logit + quality - difficulty)))


@njit(cache=True)
def reopens_in_time(delay: int, close_after_s: int) -> bool:
    """Return whether an unsolved ticket, `delay` seconds after its resolution, is reopened before it closes.

    Later the learner has given up.
    """
    return delay < close_after_s


@njit(cache=True)
def waits_for_owner(now_s: int, next_on_s: int, orphan_s: int) -> bool:
    """Return whether a returning ticket waits for its owner, who is next on duty at `next_on_s` (now if on duty).

    All in seconds; an absence of exactly `orphan_s` is waited for.
    """
    return next_on_s - now_s <= orphan_s


@njit(cache=True)
def warns_at_s(due_s: int, lead_s: int, ready_s: int) -> int:
    """Return the instant of the warning `lead_s` seconds before a due instant, never before the ticket is there."""
    return max(due_s - lead_s, ready_s)
