"""What replications say together: means with their intervals, and differences world by world."""

from typing import Any

import numpy as np
import polars as pl
from scipy import special


def summary(measured: pl.DataFrame, level: float = 0.95) -> pl.DataFrame:
    """Return mean and interval over replications: columns name, unit, by ..., mean, low, high, n.

    Parameters
    ----------
    measured
        As `measured` returns it; its null means are left out, and `n` counts the others.
    level
        Confidence level of the t interval, in (0, 1); the interval is null for one replication.
    """
    keys = [column for column in measured.columns if column not in ("seed", "mean")]
    rows = []
    for key, group in measured.group_by(keys, maintain_order=True):
        values = group["mean"].drop_nulls().to_numpy()
        rows.append((*key, *interval(values, level), len(values)))
    schema = {column: measured.schema[column] for column in keys}
    return pl.DataFrame(
        rows,
        schema=schema | {"mean": pl.Float64, "low": pl.Float64, "high": pl.Float64, "n": pl.Int64},
        orient="row",
    )


def interval(values: np.ndarray[Any, Any], level: float = 0.95) -> tuple[float | None, float | None, float | None]:
    """Return mean, low and high of the t interval of a sample, shape (n,); None where it is too small."""
    n = len(values)
    if n == 0:
        return None, None, None
    mean = float(np.mean(values))
    if n == 1:
        return mean, None, None
    half = float(special.stdtrit(n - 1, (1 + level) / 2) * np.std(values, ddof=1) / np.sqrt(n))
    return mean, mean - half, mean + half


def paired(base: pl.DataFrame, other: pl.DataFrame, level: float = 0.95) -> pl.DataFrame:
    """Return the differences other - base, paired by seed, of two frames of `measured`; columns as `summary`.

    Only what both have is compared: a seed or a group of one of them alone is left out, a null difference too.
    """
    keys = [column for column in base.columns if column != "mean"]
    both = base.join(other, on=keys, how="inner", nulls_equal=True, maintain_order="left", suffix="_other")
    return summary(both.select(*keys, mean=pl.col("mean_other") - pl.col("mean")), level)
