"""Every decision of a desk, once, as a small compiled scalar function; all engines call these."""

import math
from typing import Any

import numpy as np
from numba import njit

PPM = 1_000_000
DAY_S = 86_400
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
def handed_back_ms(begun_ms: int, left_ms: int, kept_ppm: int) -> int:
    """Return the work to be done in milliseconds at speed 1 when work is handed back.

    Parameters
    ----------
    begun_ms, left_ms
        Work left when the touch began, and when it ended.
    kept_ppm
        Share of what was done that is kept, in parts per million; it is rounded down to the millisecond.
    """
    return begun_ms - part_ms(begun_ms - left_ms, kept_ppm)


@njit(cache=True)
def shared_rate_ppm(rate_ppm: int, pace_ppm: int) -> int:
    """Return a person's rate at a part of it, beside other chats or while new, at least 1; in parts per million."""
    return max(rate_ppm * pace_ppm // PPM, 1)


@njit(cache=True)
def day_of_run(at_s: int) -> int:
    """Return the day of the run in which an instant lies, from 0: days of 24 hours from its begin."""
    return at_s // DAY_S


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
def touches_per_ms(rate_ppm: int, mean_s: int) -> int:
    """Return how many touches of a stage a person would end in 10^6 seconds, at most 10^6.

    Parameters
    ----------
    rate_ppm
        Speed of the person in parts per million, above 0.
    mean_s
        Mean work content of the stage in seconds at speed 1, at least 1.
    """
    return min(rate_ppm // mean_s, PPM)


@njit(cache=True)
def mix_deficit(given: int, ease: int, role_given: int, role_ease: int) -> int:
    """Return what a person lacks of an even mix, in thousandths of a ticket, rounded down.

    It is what the role's average ticket so far would have given on as many tickets as the person was given, less what
    the person's own gave; each gives the ease of its kind.

    Parameters
    ----------
    given, ease
        Tickets that the routing gave the person, and the sum of their ease in thousandths.
    role_given, role_ease
        The same of everybody in the role.
    """
    if role_given == 0:
        return 0
    return role_ease * 1000 // role_given * given // 1000 - ease


@njit(cache=True)
def mix_gain(deficit: int, ease: int, role_given: int, role_ease: int) -> int:
    """Return what a ticket takes off a mix deficit: the deficit x the ease beyond the role's mean, in thousandths.

    Of two people, a ticket that is easier than the mean suits the one with the larger deficit, a harder one the other:
    the sum of squared deficits falls the most.

    Parameters
    ----------
    deficit
        See `mix_deficit`, in thousandths.
    ease
        Of the ticket's kind, 0 to 1000.
    role_given, role_ease
        Tickets that the routing gave the person's role, and the sum of their ease in thousandths.
    """
    if role_given == 0:
        return 0
    return deficit * (ease - role_ease // role_given) // 1000


@njit(cache=True)
def more_ticket_index(
    w_cmu: int, w_ease: int, w_work: int, w_mix: int, cmu: int, ease: int, mean_s: int, gain: int
) -> int:
    """Return what the rarer features add to the ticket index.

    Parameters
    ----------
    w_cmu, ..., w_mix
        Weights, see `sim.desk.TicketWeights`.
    cmu
        Weight of the kind x `touches_per_ms`; belongs to the pair.
    ease, mean_s
        Ease of the kind, 0 to 1000; mean work content of the stage in seconds.
    gain
        See `mix_gain`; belongs to the pair.
    """
    return w_cmu * cmu + w_ease * ease + w_work * mean_s + w_mix * gain


@njit(cache=True)
def more_person_index(
    w_turn: int, w_lot: int, w_busy: int, w_mix: int, turn_s: int, lot: int, busy_s: int, gain: int
) -> int:
    """Return what the rarer features add to the person index.

    Parameters
    ----------
    w_turn, ..., w_mix
        Weights, see `sim.desk.PersonWeights`.
    turn_s, busy_s
        Seconds since the routing last gave the person a ticket, and of work since local midnight.
    lot
        Lot of ticket and person, 0 to 2^20 - 1.
    gain
        See `mix_gain`.
    """
    return w_turn * turn_s + w_lot * lot + w_busy * busy_s + w_mix * gain


@njit(cache=True)
def declines(u: float, share: float) -> bool:
    """Return whether somebody who looks around passes over a kind: their uniform `u` in (0, 1] is at most the share."""
    return u <= share


@njit(cache=True)
def heeded(u: float, heeds: float) -> int:
    """Return which reminder is the first to be heeded, from 1, at most 1000.

    Parameters
    ----------
    u
        A uniform number in (0, 1].
    heeds
        Chance of heeding a reminder, above 0.

    Notes
    -----
    The geometric distribution by inversion: the least k with 1 - (1 - heeds)^k >= u.
    """
    k, unheeded = 1, 1.0 - heeds
    while 1.0 - unheeded < u and k < 1000:
        unheeded *= 1.0 - heeds
        k += 1
    return k


@njit(cache=True)
def noticed_s(pickup_s: int, forgotten_s: int, reminder_s: int) -> int:
    """Return after how many seconds a forgotten ticket is accepted.

    Parameters
    ----------
    pickup_s, forgotten_s
        Pick-up delay, and for how long it is then forgotten.
    reminder_s
        When the first heeded reminder comes after the assignment, 0 for none.
    """
    if reminder_s == 0:
        return pickup_s + forgotten_s
    return min(pickup_s + forgotten_s, max(pickup_s, reminder_s))


@njit(cache=True)
def after_duty_s(on_s: Any, off_s: Any, from_s: int, delay_s: int) -> int:
    """Return when somebody has been on duty for so long, counted from an instant; 2^62 if never.

    Parameters
    ----------
    on_s, off_s
        Begins and ends of the spans on duty, which are apart and rising.
    from_s, delay_s
        Seconds; without a delay it is the first second on duty.
    """
    for i in range(np.searchsorted(off_s, from_s, side="right"), len(on_s)):
        begin_s = max(on_s[i], from_s)
        if begin_s + delay_s <= off_s[i]:
            return int(begin_s + delay_s)
        delay_s -= off_s[i] - begin_s
    return 2**62


@njit(cache=True)
def may_hold_more(held: int, most: int) -> bool:
    """Return whether somebody who holds so many tickets of a cap, at most `most`, may be given one more."""
    return held < most


@njit(cache=True)
def open_to(main: int, age_s: int, main_only_s: int) -> bool:
    """Return whether a ticket may go to a person: it is kept for those whose main skill it needs until it is so old.

    Parameters
    ----------
    main
        0 or 1: whether the ticket needs the person's main skill.
    age_s, main_only_s
        Seconds since the ticket became ready, and for how many it is kept; at exactly this age it is kept no longer.
    """
    return main != 0 or age_s >= main_only_s


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
def due_after_change_s(due_s: int, changed_s: int) -> int:
    """Return when a ticket falls due whose target changed at `changed_s`: never earlier than that change."""
    return max(due_s, changed_s)


@njit(cache=True)
def warns_at_s(due_s: int, lead_s: int, ready_s: int) -> int:
    """Return the instant of the warning `lead_s` seconds before a due instant, never before the ticket is there."""
    return max(due_s - lead_s, ready_s)


def ease_of(solved_logit: float, difficulty_mean: float) -> int:
    """Return the ease of a kind in thousandths: the chance that somebody of quality 0 solves an average ticket of it.

    Parameters
    ----------
    solved_logit
        Of the desk's outcome, in logits.
    difficulty_mean
        Mean difficulty of the kind in logits.
    """
    z = min(max(solved_logit - difficulty_mean, -700.0), 700.0)
    return round(1000.0 / (1.0 + math.exp(-z)))
