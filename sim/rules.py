"""Every decision of a desk, once, as a small compiled scalar function; all engines call these."""

import math

from numba import njit

PPM = 1_000_000
BIG = 4_000_000_000
"""Slack in seconds of a ticket without a due instant: longer than any run."""


@njit(cache=True)  # type: ignore[untyped-decorator]
def handling_s(left_ms, rate_ppm, clock_s):  # type: ignore[no-untyped-def]
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


@njit(cache=True)  # type: ignore[untyped-decorator]
def left_after_ms(left_ms, elapsed_s, rate_ppm):  # type: ignore[no-untyped-def]
    """Return the work left in milliseconds after `elapsed_s` at a rate, at least 0."""
    return max(left_ms - elapsed_s * 1000 * rate_ppm // PPM, 0)


@njit(cache=True)  # type: ignore[untyped-decorator]
def delay_s(delay_ms, clock_s):  # type: ignore[no-untyped-def]
    """Return a delay in seconds on the grain of the clock, rounded up; no delay stays none."""
    return -(-int(delay_ms) // (1000 * clock_s)) * clock_s


@njit(cache=True)  # type: ignore[untyped-decorator]
def part_ms(work_ms, share_ppm):  # type: ignore[no-untyped-def]
    """Return a share of a work content, rounded down to the millisecond."""
    return work_ms * share_ppm // PPM


@njit(cache=True)  # type: ignore[untyped-decorator]
def ticket_index(  # type: ignore[no-untyped-def]
    w_priority, w_age, w_slack, w_kind, w_warned, w_main, w_returns, rank, age_s, slack_s, kind, warned, main, returns
):
    """Return the ticket index: integer weights times integer features; the largest goes first.

    Parameters
    ----------
    w_priority, ..., w_returns
        Weights, see `sim.desk.TicketWeights`.
    rank
        Rank of the priority from below.
    age_s, slack_s
        Seconds since ready; seconds to the next due instant.
    kind
        Weight of the kind.
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


@njit(cache=True)  # type: ignore[untyped-decorator]
def person_index(  # type: ignore[no-untyped-def]
    w_idle, w_speed, w_permissions, w_main, w_open, w_returns, idle_s, rate_ppm, permissions, main, open_tickets, returns
):
    """Return the person index of a ticket: integer weights times integer features; the largest takes it."""
    return (
        w_idle * idle_s
        + w_speed * (rate_ppm // 1000)
        + w_permissions * permissions
        + w_main * main
        + w_open * open_tickets
        + w_returns * returns
    )


@njit(cache=True)  # type: ignore[untyped-decorator]
def solves(u, solved_logit, quality, difficulty):  # type: ignore[no-untyped-def]
    """Return whether work solves the ticket: its uniform lies below a logistic of quality minus difficulty."""
    return u < 1.0 / (1.0 + math.exp(-(solved_logit + quality - difficulty)))


@njit(cache=True)  # type: ignore[untyped-decorator]
def reopens_in_time(delay, close_after_s):  # type: ignore[no-untyped-def]
    """Return whether an unsolved ticket is reopened before it closes; later the learner has given up."""
    return delay < close_after_s


@njit(cache=True)  # type: ignore[untyped-decorator]
def waits_for_owner(now_s, next_on_s, orphan_s):  # type: ignore[no-untyped-def]
    """Return whether a returning ticket waits for its owner, whose next duty begins at `next_on_s` (now if on duty)."""
    return next_on_s - now_s <= orphan_s


@njit(cache=True)  # type: ignore[untyped-decorator]
def warns_at_s(due_s, lead_s, ready_s):  # type: ignore[no-untyped-def]
    """Return the instant of the warning before a due instant, never before the ticket is there."""
    return max(due_s - lead_s, ready_s)


@njit(cache=True)  # type: ignore[untyped-decorator]
def rating(latent):  # type: ignore[no-untyped-def]
    """Return the rating 1 to 5 of a latent satisfaction: the nearest whole number, halves up."""
    return min(max(int(math.floor(latent + 0.5)), 1), 5)
