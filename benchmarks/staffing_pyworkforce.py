"""What pyworkforce says to a question on standard input: `PYTHON staffing_pyworkforce.py < question.json`.

Runs in a Python that has pyworkforce, and imports nothing of this project. Per hour, its Erlang C gives positions per
skill and its multi-skill staffing turns them into people per profile; per profile, its shift scheduling covers the
hours of the week, which it takes as the periods of one long day.
"""

import json
import sys

from pyworkforce.queuing import ErlangC
from pyworkforce.scheduling import MinRequiredResources
from pyworkforce.staffing import MultiSkillStaffing


def positions(asked, skill, hour):
    """Return the people that a skill needs in an hour."""
    load = asked["loads"][skill][hour]
    if load <= 0:
        return 0
    aht = asked["work_min"][skill]
    queue = ErlangC(
        transactions=load * 60 / aht, aht=aht, asa=asked["within_min"][skill], interval=60,
        shrinkage=asked["shrinkage"],
    )  # fmt: skip
    return queue.required_positions(service_level=asked["level"], max_occupancy=asked["occupancy"])["positions"]


def mixed(asked):
    """Return the people of each profile by hour."""
    profiles = asked["profiles"]
    need = {profile["name"]: [0] * 168 for profile in profiles}
    for hour in range(168):
        here = [p for p in profiles if any(g["hours"][hour] for g in asked["groups"] if g["profile"] == p["name"])]
        skills = [s for s in asked["skills"] if any(s in p["skills"] for p in here)]
        wanted = {skill: positions(asked, skill, hour) for skill in skills}
        if not any(wanted.values()):
            continue
        able = [{**p, "skills": [s for s in p["skills"] if s in skills]} for p in here]
        found = MultiSkillStaffing(skills, able, wanted, max_search_time=20, num_search_workers=1).solve()
        for each in found["agents_per_profile"]:
            need[each["profile"]][hour] = each["agents"]
    return need


def main():
    """Print heads by seat group, and the positions behind them, as one line of JSON."""
    asked = json.load(sys.stdin)
    heads = {}
    for profile, need in mixed(asked).items():
        groups = [group for group in asked["groups"] if group["profile"] == profile]
        shifts = {group["name"]: group["hours"] for group in groups}
        found = MinRequiredResources(
            num_days=1, periods=168, shifts_coverage=shifts, required_resources=[need], max_period_concurrency=1000,
            max_shift_concurrency=500, cost_dict={g["name"]: round(g["cost"]) for g in groups}, max_search_time=20,
            num_search_workers=1,
        ).solve()  # fmt: skip
        heads |= {each["shift"]: each["resources"] for each in found["resources_shifts"]}
    print(json.dumps({"heads": heads}))


if __name__ == "__main__":
    main()
