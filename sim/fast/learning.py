"""How able somebody is on a day of the run: newcomers learn."""

from typing import Any

from sim import rules
from sim.fast.memory import ability_at, inlined, learned_at


@inlined
def rate_on(m: Any, person: int, skill: int, at_s: int) -> Any:
    """Return a person's rate in a skill, alone and at an instant, in parts per million."""
    settled_ppm = ability_at(m, person, skill).rate_ppm
    if m.learning == 0:
        return settled_ppm
    return rules.shared_rate_ppm(settled_ppm, learned_at(m, person, rules.day_of_run(at_s)).pace_ppm)


@inlined
def quality_now(m: Any, person: int, skill: int) -> Any:
    """Return a person's quality in a skill at this instant, in logits."""
    settled = ability_at(m, person, skill).quality
    return settled - learned_at(m, person, rules.day_of_run(m.now_s)).lacks if m.learning > 0 else settled
