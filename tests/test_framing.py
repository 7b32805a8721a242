"""Tables in columns of plain numbers: the frame that they stand for, made column by column."""

import pickle

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from sim.log.framing import Coded, Known, Later, Nothing, Numbered, Sheet, numbers_of, words_of

COLOURS = pl.Enum(["blue", "red"])


def sheet() -> Sheet:
    return Sheet(
        {
            "number": np.array([7, 8, 9]), "seen_s": Known(np.array([0, -1, 5])),
            "colour": Coded(np.array([1, -1, 0], np.int8), COLOURS), "who": Numbered(np.array([2, 0, 2])),
            "why": Nothing(pl.Int64), "small": np.array([1, 2, 3], np.int16),
        }
    )  # fmt: skip


def test_a_sheet_stands_for_a_frame() -> None:
    wanted = pl.DataFrame(
        {
            "number": [7, 8, 9], "seen_s": [0, None, 5], "colour": ["red", None, "blue"], "who": ["2", "0", "2"],
            "why": [None, None, None], "small": [1, 2, 3],
        }, schema_overrides={"colour": COLOURS, "why": pl.Int64, "small": pl.Int16},
    )  # fmt: skip
    assert_frame_equal(sheet().frame(), wanted)
    assert_frame_equal(sheet().some(["why"]), wanted.select("why"))


@pytest.mark.parametrize("many", [255, 256, 257])
def test_words_keep_their_places_however_many_bytes_they_take(many: int) -> None:
    """A place takes one byte up to 255 words and two beyond; the last word and what is unknown show which."""
    words = [f"w{n}" for n in range(many)]
    codes = np.array([many - 1, -1, 0, many - 2], np.int16)
    made = Sheet({"word": Coded(codes, pl.Enum(words))})
    assert made["word"].to_list() == [f"w{many - 1}", None, "w0", f"w{many - 2}"]
    assert numbers_of(Sheet.of(made.frame()), ("word",))["word"].tolist() == codes.tolist()


def test_only_columns_that_are_asked_for_are_made() -> None:
    made = sheet()
    assert made["colour"].to_list() == ["red", None, "blue"]
    assert [name for name in made.names if isinstance(made.raw(name), pl.Series)] == ["colour"]
    assert made["colour"] is made["colour"]


def test_plain_numbers_are_those_of_the_frame() -> None:
    """Unknown seconds stand as -9, no word as -1; text that is made of numbers is told by these."""
    words, values = ("colour",), dict.fromkeys(("number", "seen_s", "why", "small"), -9)
    raw, framed = numbers_of(sheet(), words, values), numbers_of(sheet().frame(), words, values)
    assert raw.keys() == framed.keys() == {"colour", *values}
    for name, found in raw.items():
        assert found.tolist() == framed[name].tolist() and found.dtype == framed[name].dtype
        assert not found.flags.writeable and not framed[name].flags.writeable
    assert raw["seen_s"].tolist() == [0, -9, 5] and raw["colour"].tolist() == [1, -1, 0]
    assert numbers_of(sheet(), ("who",))["who"].tolist() == [2, 0, 2]


@pytest.mark.parametrize("framed", [False, True])
def test_a_sheet_says_whether_a_column_says_anything(framed: bool) -> None:
    made = Sheet.of(sheet().frame()) if framed else sheet()
    assert [name for name in made.names if not made.knows(name)] == ["why"]
    assert words_of(made, "colour") == ["blue", "red"] and made.type("colour") == COLOURS
    assert Sheet.of(made) is made and made.height == 3


def test_unknown_everywhere_says_nothing() -> None:
    none = Sheet({"seen_s": Known(np.array([-1, -1])), "colour": Coded(np.array([-1, -1], np.int8), COLOURS)})
    assert not none.knows("seen_s") and not none.knows("colour")
    assert none.frame().null_count().row(0) == (2, 2)


def test_a_column_for_later_is_worked_out_once_for_all_sheets_that_have_it() -> None:
    asked = []

    def seen() -> Known:
        asked.append(1)
        return Known(np.array([4, -1]))

    one = Sheet({"ticket": np.arange(2), "seen_s": Later(seen)})
    two = Sheet(one.columns() | {"more": np.ones(2)})
    assert one["ticket"].to_list() == [0, 1] and not asked
    assert two["seen_s"].to_list() == one["seen_s"].to_list() == [4, None]
    assert asked == [1]
    assert_frame_equal(pickle.loads(pickle.dumps(two)).frame(), two.frame())
