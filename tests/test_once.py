"""What depends on a desk alone is made once for it, and never mixed up with another thing or another desk."""

from dataclasses import replace
from functools import partial
from types import FunctionType
from typing import Any

import pytest

from scenarios import load
from sim import sample
from sim.desk import Desk
from sim.desk.once import WHO, kept_for, once_per_demand, once_per_desk
from sim.fast.dues import _promises
from sim.layout import lay_out
from sim.layout.plan import _clock_of
from sim.world.course import course_of
from tests.conftest import queue


def test_each_thing_of_each_desk_is_made_once() -> None:
    desks = queue(per_mean=1.0, people=1), queue(per_mean=1.0, people=1)
    assert desks[0] == desks[1]
    made: list[tuple[int, str]] = []

    def asked(which: int, what: str) -> tuple[int, str]:
        def make() -> tuple[int, str]:
            made.append((which, what))
            return which, what

        return kept_for(desks[which], ("test_once", what), make)

    for which, what in [(0, "a"), (0, "b"), (1, "a"), (0, "a"), (1, "a"), (0, "b")]:
        assert asked(which, what) == (which, what)
    assert made == [(0, "a"), (0, "b"), (1, "a")]


def test_two_functions_of_one_desk_give_each_its_own() -> None:
    desk = queue(per_mean=1.0, people=2)
    weeks, heads = once_per_desk(lambda each: [each.weeks]), once_per_desk(lambda each: [each.staff.seats])
    assert weeks(desk) == [1] and heads(desk) == [desk.staff.seats]
    assert weeks(desk) is weeks(desk) and heads(desk) is heads(desk)


def test_what_belongs_to_the_demand_is_made_once_whoever_works_there() -> None:
    desk = queue(per_mean=1.0, people=2)
    made: list[Desk] = []

    @once_per_demand
    def kept(each: Desk) -> int:
        made.append(each)
        return len(made)

    more = queue(per_mean=1.0, people=3).staff
    alike = [desk, desk.changed(title="Another"), desk.changed(staff=more), desk.changed(priorities=desk.priorities)]
    assert [kept(each) for each in alike] == [1, 1, 1, 1]
    kind = next(iter(desk.demand.kinds))
    less = desk.demand.changed(kinds={kind: desk.demand.kinds[kind].changed(per_week=1.0)})
    others = [desk.changed(weeks=2), desk.changed(clock_s=60), desk.changed(demand=less), desk.changed(currency="EUR")]
    assert [kept(each) for each in others] == [2, 3, 4, 5]
    assert kept(desk) == 1 and kept(others[2]) == 4


class _Blind:
    """A desk that does not tell who works where."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def __getattr__(self, name: str) -> Any:
        assert name not in WHO, f"what is kept for the demand looked at {name}"
        method = getattr(Desk, name, None)
        return partial(method, self) if isinstance(method, FunctionType) else getattr(self.desk, name)


@pytest.mark.parametrize("name", ["academy_small", "mmc"])
def test_what_is_kept_for_the_demand_never_looks_at_who_works_there(name: str) -> None:
    desk: Any = load(name).changed(weeks=1)
    layout: Any = lay_out(desk, sample(desk, 1))
    blind: Any = _Blind(desk)
    course_of.__wrapped__(blind)  # type: ignore[attr-defined]
    _clock_of.__wrapped__(blind)  # type: ignore[attr-defined]
    _promises(replace(layout, desk=blind), 0)
    with pytest.raises(AssertionError, match="looked at staff"):
        blind.staff  # noqa: B018
