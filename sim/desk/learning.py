"""Learning on the job: how far newcomers are behind, how fast that goes, and how many of them there are."""

from pydantic import Field

from sim.parameters import NotNegative, Parameters, Positive, Share


class Learning(Parameters):
    """A learning curve: what a complete newcomer lacks, half of which is gone after each half-life.

    Notes
    -----
    By default 64 % more is done after learning than at the begin (ln 1.64 = 0.5): so much rose the performance of new
    agents of a call centre within their first year, steepest in the first three months (De Grip, Sauermann and Sieben
    2016, Journal of Economic Behavior and Organization 126:39). The half-life and the loss of quality are our
    assumptions.
    """

    speed_log: NotNegative = Field(
        default=0.5, le=5.0, description="By how much the log speed of a complete newcomer lies below the settled one."
    )
    quality: NotNegative = Field(
        default=0.4, description="By how many logits the quality of a complete newcomer lies below the settled one."
    )
    half_life_weeks: Positive = Field(default=8.0, description="Weeks in the role after which half of that is gone.")

    def left(self, tenure_weeks: float) -> float:
        """Return the share of both deficits that is left after so many weeks in the role, 0 to 1.

        Examples
        --------
        >>> Learning(half_life_weeks=8.0).left(16.0)
        0.25
        """
        return float(2.0 ** -(tenure_weeks / self.half_life_weeks))


class Newcomers(Parameters):
    """How many of the unnamed persons of a role are newcomers, and since when at most."""

    share: Share = Field(description="Probability that an unnamed person of the role is a newcomer.")
    within_weeks: NotNegative = Field(
        default=0.0,
        description="Newcomers joined between the run's first day and so many weeks before it, all instants alike.",
    )


def check_learns(where: str, stated: float | None, learning: Learning | None) -> None:
    """Refuse newcomers of a role that states no learning curve: they would be like all others.

    Parameters
    ----------
    where
        What states them, for the message.
    stated
        What is stated of newcomers: a share, or weeks in the role; None if nothing is.
    learning
        The curve of their role.

    Raises
    ------
    ValueError
        If something is stated, but no curve.
    """
    if stated is not None and learning is None:
        raise ValueError(
            f"{where} = {stated:g} needs a learning curve of the role: state `learning`, with speed_log, quality and "
            "half_life_weeks as far as they differ from the defaults"
        )
