"""What reaches the desk: kinds of tickets, when they come, what they ask for."""

from typing import Self

from pydantic import Field, model_validator

from sim.desk.attention import Assist
from sim.desk.law import Law
from sim.desk.learners import MOST_LEARNERS, LearnerWeights, Population
from sim.desk.seasons import Again, Burst, Duplicates, Schedule, Season, is_date
from sim.parameters import Finite, Name, Names, NotNegative, Parameters, Positive, Share

HOURS_OF_WEEK = 168


class Branch(Parameters):
    """A department's work that needs one skill."""

    department: Name = Field(description="Department that does the step.")
    skill: Name = Field(description="Skill that the step needs.")
    work: Law = Field(description="Work content for a person of speed 1.")
    asks: Share = Field(default=0.0, description="Probability that the work stops once to ask the requester.")
    asks_after: Share = Field(default=0.5, description="Share of the work that is done before the question.")
    answer: Law | None = Field(default=None, description="How long the requester takes to answer.")
    refers: Share = Field(default=0.0, description="Probability that the work stops once to wait for a third party.")
    refers_after: Share = Field(
        default=1.0, description="Share of the work that is done before that wait, at least `asks_after` if it asks."
    )
    third_party: Law | None = Field(default=None, description="How long the third party takes.")

    @model_validator(mode="after")
    def _a_law_for_each_wait(self) -> Self:
        if self.asks > 0 and self.answer is None:
            raise ValueError("a stage that asks the requester needs `answer`, the law of the time to the answer")
        if self.refers > 0 and self.third_party is None:
            raise ValueError("a stage that waits for a third party needs `third_party`, the law of that wait")
        if self.asks > 0 and self.refers > 0 and self.refers_after < self.asks_after:
            raise ValueError(
                f"refers_after {self.refers_after} lies before asks_after {self.asks_after}: "
                "the requester is asked first"
            )
        return self


class Stage(Branch):
    """One step of a kind's route: a department's work that needs one skill, and what others do beside it."""

    handoff: Law | None = Field(default=None, description="Delay between the step before and this one's queue.")
    beside: tuple[Branch, ...] = Field(
        default=(),
        max_length=7,
        description="Further branches of the step, which other people work on at the same time; the step ends when all "
        "are done (R000-29).",
    )
    assists: Share = Field(
        default=0.0,
        description="Probability that the work stops once to ask a colleague for help, unless whoever does it takes "
        "that skill as well (R003-41).",
    )
    assists_after: Share = Field(
        default=0.5, description="Share of the work that is done before the help, at least `asks_after` if it asks."
    )
    assist: Assist | None = Field(default=None, description="Who helps, and what work it takes.")

    @model_validator(mode="after")
    def _one_wait_inside(self) -> Self:
        if self.assists > 0 and self.assist is None:
            raise ValueError("a stage that asks a colleague needs `assist`: the skill and the work of who helps")
        if self.assists > 0 and self.beside:
            raise ValueError("a stage that asks a colleague has no branches beside it: assists or beside must be empty")
        if self.assists > 0 and self.refers > 0:
            raise ValueError("a stage either waits for a third party or asks a colleague: refers or assists must be 0")
        if self.asks > 0 and self.assists > 0 and self.assists_after < self.asks_after:
            raise ValueError(
                f"assists_after {self.assists_after} lies before asks_after {self.asks_after}: "
                "the requester is asked first"
            )
        return self

    def branches(self) -> tuple[Branch, ...]:
        """Return the branches of the step: its own work first, then what is done beside it."""
        return (self, *self.beside)


class PriorityChange(Parameters):
    """A change of priority in mid-life: some tickets turn out to be more, or less, urgent than they seemed."""

    share: Share = Field(description="Share of the tickets whose priority is looked at again.")
    after: Law = Field(description="How long after the creation.")
    to: dict[Name, Share] = Field(description="Share of each priority from then on; they sum to 1.")

    @model_validator(mode="after")
    def _shares_sum_to_one(self) -> Self:
        total = sum(self.to.values())
        if abs(total - 1.0) > 1e-9:
            raise ValueError(f"the shares of the new priorities must sum to 1, got {total:.6g}")
        return self


class AgreementChange(Parameters):
    """A change of agreement in mid-life: some tickets come under another one, as when their learner is upgraded."""

    share: Share = Field(description="Share of the tickets that come under another agreement.")
    after: Law = Field(description="How long after the creation.")
    to: dict[Name, Share] = Field(description="Share of each agreement of `sla.agreements`; they sum to 1.")

    @model_validator(mode="after")
    def _shares_sum_to_one(self) -> Self:
        total = sum(self.to.values())
        if abs(total - 1.0) > 1e-9:
            raise ValueError(f"the shares of the new agreements must sum to 1, got {total:.6g}")
        return self


class Solutions(Parameters):
    """Standard solutions of the knowledge base, for a share of the tickets of a kind (R003-29, R003-30)."""

    share: Share = Field(description="Share of the tickets for which there is one.")
    work: Share = Field(default=0.5, description="Work content of the last stage with it, over that without.")


class Kind(Parameters):
    """One kind of ticket."""

    category: Name = Field(description="Category above the kind (A-16).")
    channel: Name = Field(default="web", description="Channel by which it comes.")
    per_week: NotNegative = Field(description="Mean arrivals in a week of an ordinary month.")
    curve: Name = Field(default="flat", description="Name of the hour-of-week curve.")
    priorities: dict[Name, Share] = Field(description="Share of each priority; they sum to 1.")
    route: tuple[Stage, ...] = Field(min_length=1, max_length=12, description="Stages in their order.")
    difficulty_mean: Finite = Field(default=0.0, description="Mean difficulty in logits.")
    difficulty_sd: NotNegative = Field(default=0.0, description="Standard deviation of difficulty in logits.")
    patience: Law | None = Field(default=None, description="How long the learner waits for work to begin.")
    deflected: Share = Field(
        default=0.0, description="Share of the enquiries that self-service answers, so that no ticket comes (R000-60)."
    )
    repeats: Again | None = Field(
        default=None, description="Tickets that come again as a new ticket of the same learner; none when absent."
    )
    duplicates: Duplicates | None = Field(
        default=None, description="Copies of tickets that are merged into the first; none when absent (R001-38)."
    )
    schedules: dict[Name, Schedule] = Field(
        default={}, description="Tickets that come by the calendar, besides those by rate (R001-08)."
    )
    priority_change: PriorityChange | None = Field(
        default=None, description="Tickets whose priority changes while they are open; none when absent."
    )
    learners: LearnerWeights | None = Field(
        default=None, description="Whose tickets they are, if not those of all learners alike; needs a population."
    )
    solutions: Solutions | None = Field(
        default=None, description="What the knowledge base knows of it; nothing when absent."
    )
    room: Name | None = Field(default=None, description="Waiting room that this kind waits in.")
    weight: int = Field(default=1, ge=0, le=1000, description="Weight of the kind for routing.")
    auto_reply: bool = Field(default=False, description="Whether a machine answers at once.")
    chat: bool = Field(
        default=False, description="Whether it may be worked on beside other chats, by seats that hold several."
    )
    agreement_change: AgreementChange | None = Field(
        default=None, description="Tickets that come under another agreement in mid-life; none when absent."
    )
    replies_at_end: bool = Field(
        default=False,
        description="The first human reply is given when the first work ends, not when it begins.",
    )

    calls_back: Share = Field(
        default=0.0, description="Probability that a resolution is followed by a call-back (R001-21)."
    )
    call_back_after: Law | None = Field(default=None, description="Delay from the resolution to the call-back.")
    call_back_work: Law | None = Field(default=None, description="Work content of a call-back.")

    @model_validator(mode="after")
    def _laws_for_a_call_back(self) -> Self:
        if self.calls_back > 0 and (self.call_back_after is None or self.call_back_work is None):
            raise ValueError("a kind with call-backs needs the laws `call_back_after` and `call_back_work`")
        return self

    @model_validator(mode="after")
    def _shares_sum_to_one(self) -> Self:
        total = sum(self.priorities.values())
        if abs(total - 1.0) > 1e-9:
            raise ValueError(f"priorities must sum to 1, got {total:.6g}")
        seen: set[tuple[str, str]] = set()
        for stage in self.route:
            places = {(branch.department, branch.skill) for branch in stage.branches()}
            for department, skill in sorted(places & seen):
                raise ValueError(
                    f"the route goes in a circle: {department}/{skill} comes twice; returns are modelled by reopening"
                )
            seen |= places
        return self

    @model_validator(mode="after")
    def _branches_of_a_ticket(self) -> Self:
        if self.chat and any(stage.beside for stage in self.route):
            raise ValueError("a chat is one conversation: the stages of its route cannot have branches `beside` them")
        for what, there in (("a waiting room", self.room), ("duplicates", self.duplicates)):
            if self.route[0].beside and there is not None:
                raise ValueError(
                    f"the first stage of a kind with {what} cannot have branches `beside` it; "
                    "let the ticket be taken in by a stage before them"
                )
        return self

    def branches(self) -> tuple[Branch, ...]:
        """Return the branches of all stages, stage by stage; a stage without `beside` is one branch."""
        return tuple(branch for stage in self.route for branch in stage.branches())


class Curve(Parameters):
    """Relative arrival rate by hour of week; only its shape counts, its mean is scaled to 1."""

    days: tuple[NotNegative, ...] = Field(default=(1.0,) * 7, min_length=7, max_length=7, description="Monday first.")
    hours: tuple[NotNegative, ...] = Field(
        default=(1.0,) * 24, min_length=24, max_length=24, description="From midnight."
    )
    week: tuple[NotNegative, ...] | None = Field(
        default=None,
        min_length=HOURS_OF_WEEK,
        max_length=HOURS_OF_WEEK,
        description="All 168 hours from Monday midnight, instead of days x hours.",
    )

    @model_validator(mode="after")
    def _not_all_zero(self) -> Self:
        if sum(self.shape()) <= 0:
            raise ValueError("a curve must be above 0 in at least one hour")
        return self

    def shape(self) -> tuple[float, ...]:
        """Return the 168 relative rates, Monday midnight first, unscaled."""
        if self.week is not None:
            return self.week
        return tuple(day * hour for day in self.days for hour in self.hours)


class Surge(Parameters):
    """A factor on arrivals in some days of every month (R000-57)."""

    first_day: int = Field(ge=1, le=31, description="First day of the month.")
    last_day: int = Field(ge=1, le=31, description="Last day of the month.")
    factor: NotNegative = Field(description="Factor on the rate.")
    kinds: Names | None = Field(default=None, description="Kinds that it touches; all when absent.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last_day < self.first_day:
            raise ValueError(f"last_day {self.last_day} lies before first_day {self.first_day}")
        return self


class Triage(Parameters):
    """How tickets are sorted when they come, and what comes of a mistake (R000-11, R001-19)."""

    confusion: dict[Name, dict[Name, Share]] = Field(
        description="By kind, the probability that a ticket of it is taken for one of another kind; the rest is right."
    )
    finds_out: Law = Field(description="Work until the wrong department finds out.")
    handoff: Law | None = Field(default=None, description="Delay from there to the right queue.")

    @model_validator(mode="after")
    def _rows_of_a_matrix(self) -> Self:
        for kind, row in self.confusion.items():
            if kind in row:
                raise ValueError(f"confusion.{kind}: a kind is not mistaken for itself; what is left is sorted rightly")
            if (total := sum(row.values())) > 1 + 1e-9:
                raise ValueError(f"confusion.{kind}: the shares must sum to at most 1, got {total:.6g}")
        return self


class Demand(Parameters):
    """The demand part of a desk: everything that a world depends on, people's names apart."""

    kinds: dict[Name, Kind] = Field(min_length=1, description="Kinds of tickets by name.")
    curves: dict[Name, Curve] = Field(default={}, description="Hour-of-week curves; `flat` is always known and even.")
    surges: dict[Name, Surge] = Field(default={}, description="Factors by day of month.")
    seasons: dict[Name, Season] = Field(default={}, description="Factors in spans of dates, such as terms.")
    special_days: dict[Name, NotNegative] = Field(
        default={}, description="Factor on all kinds by date, as `2026-05-01 = 0.2`."
    )
    bursts: dict[Name, Burst] = Field(default={}, description="Factors in some hours of one day.")
    busyness_shape: Positive | None = Field(
        default=None,
        description="Shape of the day's gamma busyness with mean 1; absent = no day-level variation.",
    )
    rooms: dict[Name, int] = Field(default={}, description="Places in each waiting room; more are turned away.")
    learners: int = Field(default=1000, ge=1, description="Number of learners that tickets are drawn from.")
    population: Population | None = Field(
        default=None, description="Courses, stages and tenure of the learners; nothing is known of them when absent."
    )

    triage: Triage | None = Field(default=None, description="Mistakes in sorting tickets; none when absent.")

    @model_validator(mode="after")
    def _known_names(self) -> Self:
        for day in self.special_days:
            if not is_date(day):
                raise ValueError(f"special_days: expected a date as 2026-05-01, got {day!r}")
        for room, places in self.rooms.items():
            if places < 0:
                raise ValueError(f"rooms.{room} must have at least 0 places, got {places}")
        if self.population is not None and self.learners > MOST_LEARNERS:
            raise ValueError(f"learners: a population has at most {MOST_LEARNERS:,} learners, got {self.learners:,}")
        return self
