"""What depends on a desk alone is made once for it, and never mixed up with another thing or another desk."""

from sim.desk.once import kept_for, once_per_desk
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
