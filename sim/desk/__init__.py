"""The desk as data: demand, staff, routing, targets and outcome, checked when made."""

from sim.desk.attention import Assist, Dispatch, Neglect, Pull, Supervisor
from sim.desk.caps import Cap
from sim.desk.conduct import CONDUCTS, Leaning, Reaction, Shortcuts
from sim.desk.demand import (
    AgreementChange,
    Branch,
    Curve,
    Demand,
    Kind,
    PriorityChange,
    Solutions,
    Stage,
    Surge,
    Triage,
)
from sim.desk.desk import Desk, SeatInstance, people_of, seats_of
from sim.desk.honest import honest, is_honest
from sim.desk.law import Law
from sim.desk.learners import LearnerWeights, LifeStage, Population
from sim.desk.learning import Learning, Newcomers
from sim.desk.planning import Planning
from sim.desk.policy import POLICIES, PersonWeights, Policy, TicketWeights
from sim.desk.seasons import Again, Burst, Duplicates, Schedule, Season
from sim.desk.service import Outcome, Routing
from sim.desk.staff import Absences, Meeting, Person, Role, Seat, Shift, Staff, Team, span_of
from sim.desk.verdicts import Audits, Judged, Recommendation, SecondAudit, Voice

__all__ = [
    "CONDUCTS",
    "POLICIES",
    "Absences",
    "Again",
    "AgreementChange",
    "Assist",
    "Audits",
    "Branch",
    "Burst",
    "Cap",
    "Curve",
    "Demand",
    "Desk",
    "Dispatch",
    "Duplicates",
    "Judged",
    "Kind",
    "Law",
    "Leaning",
    "LearnerWeights",
    "Learning",
    "LifeStage",
    "Meeting",
    "Neglect",
    "Newcomers",
    "Outcome",
    "Person",
    "PersonWeights",
    "Planning",
    "Policy",
    "Population",
    "PriorityChange",
    "Pull",
    "Reaction",
    "Recommendation",
    "Role",
    "Routing",
    "Schedule",
    "Season",
    "Seat",
    "SeatInstance",
    "SecondAudit",
    "Shift",
    "Shortcuts",
    "Solutions",
    "Staff",
    "Stage",
    "Supervisor",
    "Surge",
    "Team",
    "TicketWeights",
    "Triage",
    "Voice",
    "honest",
    "is_honest",
    "people_of",
    "seats_of",
    "span_of",
]
