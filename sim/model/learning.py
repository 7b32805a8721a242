"""How able somebody is on a day of the run: newcomers learn."""

from __future__ import annotations

from sim import rules
from sim.model.state import State


def rate_on(state: State, person: int, skill: int, at_s: int) -> int:
    """Return a person's rate in a skill, alone and at an instant, in parts per million."""
    settled_ppm: int = state.rate[person][skill]
    if not state.learning:
        return settled_ppm
    return int(rules.shared_rate_ppm(settled_ppm, state.new_pace_ppm[person][rules.day_of_run(at_s)]))


def quality_now(state: State, person: int, skill: int) -> float:
    """Return a person's quality in a skill at this instant, in logits."""
    settled: float = state.quality[person][skill]
    if not state.learning:
        return settled
    return float(settled - state.lacks[person][rules.day_of_run(state.now)])
