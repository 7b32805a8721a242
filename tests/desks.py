"""A small desk as the text of a scenario file, for tests that write it down right and wrong."""

DESK = """\
start = 2026-03-02
weeks = 1
priorities = ["normal"]

[demand.kinds.question]
category = "question"
per_week = 40.0
priorities = { normal = 1.0 }
[[demand.kinds.question.route]]
department = "desk"
skill = "answer"
work = { law = "exponential", mean_min = 10.0 }

[staff.roles.agent]
skills = ["answer"]

[staff.teams]
desk = { department = "desk" }

[staff.shifts.day]
days = ["mon", "tue"]
hours = "09:00-18:00"
breaks = ["12:00-13:00"]

[staff.seats.agent]
role = "agent"
team = "desk"
takes = ["answer"]
shift = "day"
heads = 2
"""
