"""Cells: group and local day as one whole number, so that one key is all that a grouping has to compare."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

KEY = "_cell"
_GROUP = "_group"


@dataclass(frozen=True)
class Cells:
    """The numbering of cells: labels of each axis in their order (0 is nobody), and the days that occur.

    Attributes
    ----------
    labels
        Axis: its labels, sorted.
    first_day, days
        The first local day, as `date.toordinal` counts, and how many there are.
    """

    labels: Mapping[str, list[str]]
    first_day: int
    days: int

    @classmethod
    def of(cls, axes: Sequence[str], frames: Iterable[pl.DataFrame]) -> Cells:
        """Return the numbering for frames that hold the axes, and days in `day` or in columns `_day_...`."""
        frames = list(frames)
        found = {
            axis: {label for frame in frames for label in frame[axis].unique().cast(pl.String).drop_nulls()}
            for axis in axes
        }
        days = [
            int(edge)
            for frame in frames
            for name in frame.columns
            if name == "day" or name.startswith("_day_")
            for edge in (frame[name].min(), frame[name].max())
            if isinstance(edge, int)
        ]
        first, last = (min(days), max(days)) if days else (0, 0)
        return cls({axis: sorted(labels) for axis, labels in found.items()}, first, last - first + 1)

    def placed(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the frame with the number of each row's group in the place of the axes."""
        group = pl.lit(0, dtype=pl.Int64)
        for axis, labels in self.labels.items():
            code = pl.col(axis).cast(pl.String).cast(pl.Enum(labels)).to_physical().cast(pl.Int64) + 1
            group = group * (len(labels) + 1) + code.fill_null(0)
        return frame.with_columns(group.alias(_GROUP))

    def key(self, day: pl.Expr) -> pl.Expr:
        """Return the number of the cell of a row."""
        return (pl.col(_GROUP) * self.days + (day.cast(pl.Int64) - self.first_day)).alias(KEY)

    def named(
        self, pieces: Mapping[str, list[pl.DataFrame]], others: Sequence[str], sums: Sequence[str],
        dtype: type[pl.DataType],
    ) -> pl.DataFrame:  # fmt: skip
        """Return all pieces in one frame: `name`, axes, `day`, others, sums; sorted by all but the sums."""
        keys = {"name": pl.String, **dict.fromkeys(self.labels, pl.String), "day": pl.Int32}
        frames = []
        for name in sorted(pieces):
            piece = pl.concat(pieces[name])
            own = [KEY, *others]
            if len(pieces[name]) > 1:
                piece = piece.group_by(own).agg(pl.col(column).sum() for column in sums)
            frames.append(piece.sort(own).select(pl.lit(name).alias("name"), *own, *sums))
        if not frames:
            return pl.DataFrame(schema={**keys, **dict.fromkeys(others, pl.Int64), **dict.fromkeys(sums, dtype)})
        made = pl.concat(frames)
        return made.select("name", *self._decoded(made[KEY].to_numpy()), *others, pl.col(sums).cast(dtype))

    def _decoded(self, keys: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> list[pl.Series]:
        day = pl.Series("day", keys % self.days + self.first_day, dtype=pl.Int32)
        group = keys // self.days
        made = []
        for axis, labels in reversed(list(self.labels.items())):
            code = pl.Series([None, *labels], dtype=pl.String).gather(group % (len(labels) + 1))
            made.append(code.alias(axis))
            group = group // (len(labels) + 1)
        return [*reversed(made), day]
