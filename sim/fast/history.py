"""What people were given and did: whose turn it is, who has worked how long today, whose tickets were how easy."""

from typing import Any

from sim import rules
from sim.fast.forms import BUSY
from sim.fast.memory import compiled, inlined, kind_at, midnight_at, person_at, role_at, ticket_at


@compiled
def _counts(m: Any, ticket: int, person: int) -> None:
    ease, p = kind_at(m, ticket_at(m, ticket).kind).ease, person_at(m, person)
    role = role_at(m, p.role)
    p.turn_s = m.now_s
    p.given += 1
    p.given_ease += ease
    role.given += 1
    role.ease += ease


@inlined
def counts(m: Any, ticket: int, person: int) -> None:
    """The routing gives a ticket to a person."""
    if m.tracks:
        _counts(m, ticket, person)


@compiled
def _midnight_s(m: Any) -> Any:
    """Return the begin of the present local day."""
    while m.day + 1 < m.n_midnights and midnight_at(m, m.day + 1).at_s <= m.now_s:
        m.day += 1
    return midnight_at(m, m.day).at_s


@compiled
def _busied(m: Any, person: int, begin_s: int) -> None:
    midnight_s, p = _midnight_s(m), person_at(m, person)
    if p.busy_day_s != midnight_s:
        p.busy_day_s, p.busy_s = midnight_s, 0
    p.busy_s += m.now_s - max(begin_s, midnight_s)


@inlined
def busied(m: Any, person: int, begin_s: int) -> None:
    """A stretch of work that began at `begin_s` ends now."""
    if m.tracks:
        _busied(m, person, begin_s)


@compiled
def busy_today_s(m: Any, person: int) -> Any:
    """Return the seconds that a person has worked since local midnight, work in hand included."""
    midnight_s, p = _midnight_s(m), person_at(m, person)
    worked_s = p.busy_s if p.busy_day_s == midnight_s else 0
    if p.status == BUSY:
        worked_s += m.now_s - max(p.busy_since_s, midnight_s)
    return worked_s


@compiled
def mix_gain(m: Any, ticket: int, person: int) -> Any:
    """Return what a ticket would take off a person's mix deficit, in thousandths."""
    p = person_at(m, person)
    role = role_at(m, p.role)
    deficit = rules.mix_deficit(p.given, p.given_ease, role.given, role.ease)
    return rules.mix_gain(deficit, kind_at(m, ticket_at(m, ticket).kind).ease, role.given, role.ease)
