"""The steps of a route: stages, the branches beside them, and what is not part of the way itself."""

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any, NamedTuple

from sim import chance
from sim.crew import PPM, skills_of
from sim.desk import Branch, Desk, Kind, Law, people_of
from sim.layout.form import Step
from sim.layout.names import ANSWER, ASSISTS, DISPATCH, FORGOTTEN, HANDOFF, HEEDED, LOT, NEGLECT, REFERS, THIRD
from sim.world import ASKS, WORK


def errors_of(
    desk: Desk, name: str, first: Step, skills: tuple[str, ...], row: Callable[[Law | None], int]
) -> tuple[list[Step], list[str]]:
    """Return the steps to which a dispatcher may send tickets of a kind wrongly, and their departments.

    They are the skills, but the right one, of those to whom the kind is not forbidden, each as likely as the others.
    """
    dispatch = desk.routing.dispatch
    if dispatch is None or dispatch.finds_out is None or not dispatch.errors:
        return [], []
    departments: dict[str, str] = {}
    for person, seat in people_of(desk).items():
        own, group = desk.staff.persons.get(person), desk.staff.seats[seat.rpartition("#")[0]]
        for skill in group.takes if own is None or name not in own.forbidden_kinds else ():
            if own is None or skill not in own.forbidden_skills:
                departments.setdefault(skill, desk.staff.teams[group.team].department)
    wrong = [skill for skill in sorted(departments) if skills.index(skill) != first.skill]
    finds_out, work_row = dispatch.finds_out, row(dispatch.finds_out)
    steps = [
        replace(
            first, skill=skills.index(skill), work_row=work_row, answer_row=-1, third_row=-1, handoff_row=-1,
            refers=0.0, branches=0, beside=0, assist=-1, mistaken=dispatch.errors * many / len(wrong),
            mean_s=max(round(60 * finds_out.mean_min), 1),
            **purposes_of("misgiven"),
        )
        for many, skill in enumerate(wrong, 1)
    ]  # fmt: skip
    return steps, [departments[skill] for skill in wrong]


def mistakes_of(
    desk: Desk, name: str, first: Step, skills: tuple[str, ...], row: Callable[[Law | None], int]
) -> tuple[list[Step], list[str]]:
    """Return the steps to which triage may send tickets of a kind wrongly, and their departments.

    A kind that begins with the same skill is no mistake: the ticket stands where it belongs.
    """
    triage, steps, departments = desk.demand.triage, list[Step](), list[str]()
    for other, share in sorted(triage.confusion.get(name, {}).items()) if triage else ():
        stage, passed = desk.demand.kinds[other].route[0], steps[-1].mistaken if steps else 0.0
        if triage is None or not share or skills.index(stage.skill) == first.skill:
            continue
        steps.append(
            replace(
                first, skill=skills.index(stage.skill), work_row=row(triage.finds_out), answer_row=-1, third_row=-1,
                handoff_row=row(triage.handoff), refers=0.0, branches=0, beside=0, assist=-1, mistaken=passed + share,
                mean_s=max(round(60 * triage.finds_out.mean_min), 1), **purposes_of("triage"),
            )
        )  # fmt: skip
        departments.append(stage.department)
    return steps, departments


def looks_of(desk: Desk, route: tuple[Step, ...], row: Callable[[Law | None], int]) -> tuple[Step, ...]:
    """Return the steps at which a supervisor looks at a ticket that was escalated, one for each stage."""
    supervisor = desk.routing.supervisor
    if supervisor is None:
        return ()
    work_row, skill = row(supervisor.work), skills_of(desk).index(supervisor.skill)
    mean_s = max(round(60 * supervisor.work.mean_min), 1)
    return tuple(
        replace(
            step, skill=skill, work_row=work_row, mean_s=mean_s, answer_row=-1, third_row=-1, handoff_row=-1,
            refers=0.0, branches=0, beside=0, assist=-1, **purposes_of(f"supervision.{number}"),
        )
        for number, step in enumerate(route)
    )  # fmt: skip


def purposes_of(what: str) -> dict[str, Any]:
    """Return codes of a chance of its own for a step that is no stage."""
    names = [field.name for field in fields(Step) if field.name.endswith("_purpose")]
    return {name: chance.code(what, name.removesuffix("_purpose")) for name in names}


def call_back_of(last: Step, kind: Kind, row: Callable[[Law | None], int]) -> Step:
    """Return the step of a call-back, which needs the skill of the last stage."""
    assert kind.call_back_work is not None
    return replace(
        last, work_row=row(kind.call_back_work), handoff_row=row(kind.call_back_after), answer_row=-1, third_row=-1,
        refers=0.0, branches=0, beside=0, mean_s=max(round(60 * kind.call_back_work.mean_min), 1),
        **purposes_of("call_back"),
    )  # fmt: skip


def step_of(
    branch: Branch, skills: tuple[str, ...], row: Callable[[Law | None], int], handoff_row: int, **purposes: int
) -> Step:
    """Return the step of a stage, or of a branch beside one."""
    return Step(
        skill=skills.index(branch.skill), work_row=row(branch.work),
        answer_row=row(branch.answer if branch.asks > 0 else None), handoff_row=handoff_row,
        third_row=row(branch.third_party if branch.refers > 0 else None),
        asks_after_ppm=round(branch.asks_after * PPM), refers_after_ppm=round(branch.refers_after * PPM),
        refers=branch.refers, mean_s=max(round(60 * branch.work.mean_min), 1), asks=branch.asks, **purposes,
    )  # fmt: skip


def with_branches(
    route: tuple[Step, ...], kind: Kind, skills: tuple[str, ...], row: Callable[[Law | None], int]
) -> tuple[Step, ...]:
    """Return the steps of a kind with the branches beside its stages put last."""
    made = list(route)
    for number, stage in enumerate(kind.route):
        if stage.beside:
            made[number] = replace(made[number], branches=1 + len(stage.beside), beside=len(made))
        for other, branch in enumerate(stage.beside, 1):
            made.append(step_of(branch, skills, row, -1, **purposes_of(f"branch.{number}.{other}")))
    return tuple(made)


def places_of(kind: Kind, supervised: bool, mistaken: int) -> list[tuple[int, int]]:
    """Return stage and branch of each step of a kind; a call-back follows the last stage, a mistake is at the first."""
    own = [(n, 0) for n in range(len(kind.route))]
    beside = [(n, m) for n, stage in enumerate(kind.route) for m in range(1, 1 + len(stage.beside))]
    called = [(len(kind.route), 0)] * bool(kind.calls_back)
    helped = [(n, 0) for n, stage in enumerate(kind.route) if stage.assists > 0]
    return [*own, *called, *beside, *helped, *own * supervised, *[(0, 0)] * mistaken]


def with_assists(
    kind: Kind, route: tuple[Step, ...], skills: tuple[str, ...], row: Callable[[Law | None], int]
) -> tuple[Step, ...]:
    """Return a route with the help of colleagues after it; the stages that ask for it know at which step."""
    steps, helps = list(route), list[Step]()
    for number, stage in enumerate(kind.route):
        if stage.assist is None or not stage.assists:
            continue
        steps[number] = replace(
            steps[number], assist=len(route) + len(helps), refers=stage.assists,
            refers_after_ppm=round(stage.assists_after * PPM), refers_purpose=ASSISTS[number],
        )  # fmt: skip
        helps.append(
            replace(
                route[number], skill=skills.index(stage.assist.skill), work_row=row(stage.assist.work), answer_row=-1,
                third_row=-1, handoff_row=-1, refers=0.0, mean_s=max(round(60 * stage.assist.work.mean_min), 1),
                **purposes_of(f"assist.{number}"),
            )
        )  # fmt: skip
    return (*steps, *helps)


class Way(NamedTuple):
    """The steps of a kind, by the attributes of `Layout` that tell of them; the positions are those where others begin.

    After the stages come the call-back, branches beside stages, help of colleagues (`assists`), looks of supervisors
    (`looks`), mistakes of triage (`wrong`) and of dispatchers (`misgiven`).
    """

    routes: tuple[Step, ...]
    departments: tuple[str, ...]
    last: int
    assists: int
    looks: int
    wrong: int
    misgiven: int
    stage_of: tuple[int, ...]
    branch_of: tuple[int, ...]


def way_of(desk: Desk, name: str, skills: tuple[str, ...], row: Callable[[Law | None], int]) -> Way:
    """Return the steps of a kind; `row` returns the row of a law's table."""
    kind = desk.demand.kinds[name]
    steps = tuple(
        step_of(stage, skills, row, row(stage.handoff), work_purpose=WORK[number], answer_purpose=ANSWER[number],
                handoff_purpose=HANDOFF[number], refers_purpose=REFERS[number], third_purpose=THIRD[number],
                neglect_purpose=NEGLECT[number], forgotten_purpose=FORGOTTEN[number], heeded_purpose=HEEDED[number],
                dispatch_purpose=DISPATCH[number], lot_purpose=LOT[number], asks_purpose=ASKS[number])
        for number, stage in enumerate(kind.route)
    )  # fmt: skip
    last = len(steps) - 1
    called = (call_back_of(steps[last], kind, row),) if kind.calls_back else ()
    steps = with_branches((*steps, *called), kind, skills, row)
    assists = len(steps)
    steps = with_assists(kind, steps, skills, row)
    looks = len(steps)
    steps = (*steps, *looks_of(desk, steps[: last + 1], row))
    wrong, own = len(steps), [stage.department for stage in kind.route]
    mistakes, missed = mistakes_of(desk, name, steps[0], skills, row)
    errors, given = errors_of(desk, name, steps[0], skills, row)
    supervised = desk.routing.supervisor is not None
    departments = (
        *own, *own[-1:] * len(called), *(branch.department for stage in kind.route for branch in stage.beside),
        *(stage.department for stage in kind.route if stage.assists > 0), *own * supervised, *missed, *given,
    )  # fmt: skip
    places = places_of(kind, supervised, len(mistakes) + len(errors))
    return Way(
        (*steps, *mistakes, *errors), departments, last, assists, looks, wrong, wrong + len(mistakes),
        tuple(stage for stage, _ in places), tuple(branch for _, branch in places),
    )  # fmt: skip
