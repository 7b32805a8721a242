"""Instants that never come, places in a queue, and the purposes that random numbers are drawn for."""

from sim import chance

NEVER = 2**62
"""An instant that never comes."""


FRONT_S = 1_000_000_000
"""A ticket that was handed back stands in its queue as if it had been ready so much earlier: more than any run."""


ROOM_S = 1_000_000_000
"""Who has room for one more chat stands among the idle as if idle since so much later: after all who are idle."""


SOLVED, REOPEN, PICKUP = (chance.code(purpose) for purpose in ("solved", "reopen", "pickup"))


ANSWER = tuple(chance.code("answer", stage) for stage in range(12))


HANDOFF = tuple(chance.code("handoff", stage) for stage in range(12))


REFERS = tuple(chance.code("refers", stage) for stage in range(12))


ASSISTS = tuple(chance.code("assists", stage) for stage in range(12))


CALLS_BACK, TRIAGE, MISGIVEN = chance.code("calls_back"), chance.code("triage"), chance.code("misgiven")


THIRD = tuple(chance.code("third_party", stage) for stage in range(12))


NEGLECT, FORGOTTEN, HEEDED = (
    tuple(chance.code(purpose, stage) for stage in range(12)) for purpose in ("neglect", "forgotten", "heeded")
)


LOOK_AROUND, DECLINE = (chance.code(purpose) for purpose in ("look_around", "decline"))


DISPATCH = tuple(chance.code("dispatch", stage) for stage in range(12))


LOT = tuple(chance.code("lot", stage) for stage in range(12))
