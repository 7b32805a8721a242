"""Pictures on lanes along a real time axis: the course of a ticket, and a person's day."""

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from scenarios.plots.course import Course, Due
from scenarios.plots.pictures import svg
from scenarios.plots.walls import Stretch, ticks
from scenarios.plots.working_day import PARTS, Day, Worked
from scenarios.texts import known, text
from sim.calendar import Timeline

BLUE, SKY, GREEN, ORANGE, RED, PINK, GREY, PALE = (
    "#0072b2", "#56b4e9", "#009e73", "#e69f00", "#d55e00", "#cc79a7", "#9aa5b1", "#e9edf1",
)  # fmt: skip
"""Told apart by the colour-blind (Okabe and Ito 2008), and two greys."""

CAUSES = {
    "queue": ORANGE, "inbox": "#f0c75e", "first_reply": ORANGE, "requester": SKY, "third_party": PINK, "assist": PINK,
    "resolved": "#b9dccf",
}  # fmt: skip
KINDS = (BLUE, ORANGE, GREEN, PINK, SKY, RED, "#8a7a2e")
"""Colours of kinds by how often they occur; all further ones are grey."""

OF_PART = {
    "busy": BLUE, "idle": "#c9d3dc", "break": "#f0c75e", "meeting": PINK, "late": RED, "absent": "#8d6e63",
    "overtime": "#6a51a3",
}  # fmt: skip
MOST_LANES = 14
_HIGH = 0.62
_LONGEST = 26


def shown(name: object, longest: int = _LONGEST) -> str:
    """Return a name as a picture shows it: on one line, without signs that nobody sees, cut to a bearable length."""
    words = "".join(sign if sign.isprintable() else "\ufffd" for sign in str(name))
    cut = words if len(words) <= longest else words[: longest - 1] + "…"
    return f" {cut}" if cut.startswith("_") else cut


def word(lang: str, section: str, name: str) -> str:
    """Return a word of the log in a language; a name that is nobody's word as it is."""
    key = f"{section}.{name}"
    return text(lang, key) if known(lang, key) else name


def minutes(lang: str, seconds: int | None) -> str:
    """Return a length of time in seconds, minutes, from two hours on in hours, from two days on in days; or a dash."""
    if seconds is None:
        return "-"
    for key, unit_s, from_s in (("days", 86_400, 172_800), ("hours", 3600, 7200)):
        if seconds >= from_s:
            return text(lang, f"show.in_{key}", value=f"{seconds / unit_s:.1f}")
    if 0 < seconds < 60:
        return text(lang, "show.in_seconds", value=seconds)
    return text(lang, "show.in_minutes", value=f"{seconds / 60:.1f}")


def course_picture(found: Course, timeline: Timeline, lang: str) -> str:
    """Return the time-line of a ticket: moments, promises, waits, and a lane for everybody who worked on it.

    Of a ticket with branches everybody has a lane for each skill, in which the wait before the touch is drawn, too.
    """
    joint = any(each["branch"] for each in found.touches)
    hands = list(dict.fromkeys(_hand(each, joint) for each in found.touches if each["person"] and _begun(each)))
    lanes = hands[:MOST_LANES]
    promised = [what for what in ("response", "next_response", "resolution") if any(d.what == what for d in found.dues)]
    names = [
        text(lang, "show.moments"), *(text(lang, f"show.{what}") for what in promised), text(lang, "show.waits"),
        *(shown(person if skill is None else f"{person} ({skill})") for person, skill in lanes),
    ]  # fmt: skip

    def draw(figure: Figure) -> None:
        axes = _lanes(figure, names, found.begin_s, found.end_s, timeline)
        _shade(axes, found.closed)
        _marks(axes, found)
        for lane, what in enumerate(promised, start=1):
            for due in found.dues:
                if due.what == what:
                    _due(axes, lane, due, found, lang)
        below = 1 + len(promised)
        for wait in found.waits:
            _bar(axes, below, wait.begin_s, wait.end_s, CAUSES.get(wait.cause, GREY))
        for touch in found.touches:
            if (hand := _hand(touch, joint)) in lanes and _begun(touch):
                lane = below + 1 + lanes.index(hand)
                _touch(axes, lane, touch, found, lang)
                if joint and touch["queued_s"] is not None and touch["queued_s"] < touch["started_s"]:
                    _bar(axes, lane, touch["queued_s"], touch["started_s"], CAUSES["queue"], high=0.15)
        _legend(figure, _course_legend(found, lang))

    return svg(draw, width=9.4, height=1.25 + 0.36 * len(names) + 0.16 * (len(_course_legend(found, lang)) // 4))


def _hand(touch: dict[str, Any], joint: bool) -> tuple[str, str | None]:
    """Return whose lane a touch is drawn in: a person's, or with branches a person's for a skill."""
    return touch["person"], touch["skill"] if joint else None


def _begun(touch: dict[str, Any]) -> bool:
    return touch["started_s"] is not None


def _course_legend(found: Course, lang: str) -> list[tuple[str, str]]:
    causes = dict.fromkeys((*CAUSES, *(wait.cause for wait in found.waits)))
    used = {wait.cause for wait in found.waits}
    made = [(CAUSES.get(cause, GREY), shown(word(lang, "waits", cause), 40)) for cause in causes if cause in used]
    met = {due.met for due in found.dues}
    made += [(GREEN, text(lang, "show.in_time"))] if found.dues else []
    made += [(RED, text(lang, "show.overdue"))] if False in met else []
    made += [(BLUE, text(lang, "show.work"))] if any(_begun(each) for each in found.touches) else []
    return made + ([(PALE, text(lang, f"show.closed_{found.closed_by}"))] if found.closed else [])


def _lanes(figure: Any, names: Sequence[str], begin_s: int, end_s: int, timeline: Timeline) -> Axes:
    """Return axes with a named lane each and local times below."""
    axes: Axes = figure.subplots()
    axes.set_xlim(begin_s, end_s)
    axes.set_ylim(len(names) - 0.45, -0.6)
    axes.set_yticks(range(len(names)), list(names), fontsize=9)
    axes.set_xticks(*ticks(timeline, begin_s, end_s), fontsize=8.5)
    axes.grid(axis="y", visible=False)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    for lane in range(len(names)):
        axes.axhline(lane + 0.5, color="#eef1f4", linewidth=0.8, zorder=0.5)
    return axes


def _shade(axes: Axes, closed: Sequence[Stretch]) -> None:
    for begin, end in closed:
        axes.axvspan(begin, end, color=PALE, linewidth=0, zorder=0.2)


def _bar(axes: Axes, lane: float, begin: int, end: int, colour: str, high: float = _HIGH, edge: bool = True) -> None:
    """Draw a stretch; however short, it can be seen."""
    line = {"edgecolor": colour, "linewidth": 0.8} if edge else {"linewidth": 0}
    axes.barh(lane, end - begin, left=begin, height=high, color=colour, zorder=2, **line)


def groups(instants: Sequence[int], apart_s: float) -> list[tuple[int, int]]:
    """Return first and last place of instants that stand too close for a number each.

    Parameters
    ----------
    instants
        Seconds, rising.
    apart_s
        How far a group must begin from the begin of the one before.

    Examples
    --------
    >>> groups([0, 5, 100], 20)
    [(0, 1), (2, 2)]
    """
    found: list[tuple[int, int]] = []
    for place, at_s in enumerate(instants):
        if found and at_s - instants[found[-1][0]] < apart_s:
            found[-1] = (found[-1][0], place)
        else:
            found.append((place, place))
    return found


def _marks(axes: Axes, found: Course) -> None:
    """Draw the moments with their numbers in the table; those too close together share a number's place."""
    inside = [each for each in found.moments if each["at_s"] <= found.end_s]
    instants = [each["at_s"] for each in inside]
    axes.plot(instants, [0.16] * len(instants), linestyle="none", marker="|", markersize=9, color="#1f2933", zorder=3)
    for first, last in groups(instants, (found.end_s - found.begin_s) * 0.035):
        words = str(first + 1) if first == last else f"{first + 1}-{last + 1}"
        axes.text(instants[first], -0.08, words, fontsize=7.5, ha="left" if last > first else "center", va="bottom")


def _due(axes: Axes, lane: int, due: Due, found: Course, lang: str) -> None:
    """Draw a promise: green until it was kept or the due instant, red for what was too late, a mark at the due."""
    until = min(due.done_s if due.done_s is not None else found.until_s, found.end_s)
    _bar(axes, lane, due.since_s, min(until, due.due_s), GREEN, 0.3, edge=False)
    if until > due.due_s:
        _bar(axes, lane, due.due_s, until, RED, 0.3, edge=False)
    if due.due_s <= found.end_s:
        axes.plot([due.due_s] * 2, [lane - 0.3, lane + 0.3], color="#1f2933", linewidth=1.6, zorder=4)
    else:
        words = text(lang, "show.due_later", time=minutes(lang, due.due_s - due.since_s))
        axes.text(found.end_s, lane - 0.18, words, fontsize=7.5, ha="right", va="bottom", color="#52606d")


def _touch(axes: Axes, lane: int, touch: dict[str, Any], found: Course, lang: str) -> None:
    """Draw a touch with its work; one that was interrupted, or whose work is unknown, is paler."""
    begin = touch["started_s"]
    end = found.until_s if touch["ended_s"] is None else touch["ended_s"]
    solid = touch["work_s"] is not None and touch["work_s"] >= end - begin
    _bar(axes, lane, begin, end, BLUE if solid else "#7fb2d6")
    words = minutes(lang, touch["work_s"]) if touch["work_s"] is not None else text(lang, "show.not_timed")
    width = found.end_s - found.begin_s
    if (end - begin) / width > 0.12:
        dark = "white" if solid else "#1f2933"
        axes.text((begin + end) / 2, lane, words, fontsize=7.5, va="center", ha="center", color=dark, zorder=5)
        return
    right = (end - found.begin_s) / width < 0.86
    place = end + width * 0.006 if right else begin - width * 0.006
    axes.text(place, lane, words, fontsize=7.5, va="center", ha="left" if right else "right", color="#323f4b", zorder=5)


def _legend(figure: Any, entries: Sequence[tuple[str, str]], columns: int = 5) -> None:
    handles = [Patch(facecolor=colour, edgecolor="#8a94a0", linewidth=0.4) for colour, _ in entries]
    figure.legend(
        handles, [words for _, words in entries], fontsize=8, ncols=columns, loc="outside upper left", handlelength=1.2,
        columnspacing=1.3, borderaxespad=0.1,
    )  # fmt: skip


def day_picture(found: Day, timeline: Timeline, lang: str) -> str:
    """Return a person's day: the shift and what took time off it, the touches, what is idle, and the balance beside."""
    lanes = min(max((each.lane for each in found.worked), default=0) + 1, MOST_LANES)
    of_kind = colours([each.kind for each in found.worked])
    above = 0 if found.no_shifts else 1
    idle = "show.idle_lane" if found.offs is not None else "show.idle_or_break"
    names = [
        *([text(lang, "show.shift")] if above else []), text(lang, "show.touches"), *[""] * (lanes - 1),
        *([text(lang, idle)] if found.shifts else []),
    ]  # fmt: skip
    entries = [(colour, shown(kind)) for kind, colour in of_kind.items() if colour != GREY]
    entries += [(GREY, text(lang, "show.other_kinds"))] if GREY in of_kind.values() else []
    balance = {part: found.sums[part] or 0 for part in PARTS}

    def draw(figure: Figure) -> None:
        left: Any = figure
        if sum(balance.values()):
            left, right = figure.subfigures(1, 2, width_ratios=(5.4, 1), squeeze=False)[0]
            _balance(right, found, balance, lang)
        axes = _lanes(left, names, found.begin_s, found.end_s, timeline)
        if above:
            _shift(axes, found, lang)
        for each in found.worked:
            if each.lane < lanes:
                _worked(axes, found, each, above + each.lane, of_kind[each.kind])
        for begin, end in found.idle if found.shifts else ():
            _bar(axes, above + lanes, begin, end, OF_PART["idle"], edge=False)
        _legend(left, [*entries, *_day_legend(found, lang)], 4)

    return svg(draw, width=9.4, height=1.7 + 0.42 * len(names) + 0.16 * ((len(entries) + 3) // 4))


def colours(kinds: Sequence[str]) -> dict[str, str]:
    """Return a colour by kind, the most frequent first; grey for those beyond the colours there are."""
    ordered = sorted(set(kinds), key=lambda kind: (-kinds.count(kind), kind))
    return {kind: KINDS[place] if place < len(KINDS) else GREY for place, kind in enumerate(ordered)}


def _day_legend(found: Day, lang: str) -> list[tuple[str, str]]:
    seen = [
        part for part in ("break", "meeting", "late", "absent") if any(off.what == part for off in found.offs or ())
    ]
    seen += ["overtime"] if found.overtime else []
    return [(OF_PART[part], text(lang, f"show.{part}")) for part in seen]


def _shift(axes: Axes, found: Day, lang: str) -> None:
    for each in found.shifts:
        away = each["presence"] not in (None, "present")
        _bar(axes, 0, each["start_s"], each["end_s"], OF_PART["absent"] if away else "#d3e2ee", edge=False)
    for off in found.offs or ():
        _bar(axes, 0, off.begin_s, off.end_s, OF_PART[off.what], edge=False)
    for begin, end in found.overtime:
        _bar(axes, 0, begin, end, OF_PART["overtime"], edge=False)
    if not found.shifts:
        words = text(lang, "show.no_shift")
        axes.text((found.begin_s + found.end_s) / 2, 0, words, fontsize=8.5, ha="center", va="center", color="#52606d")


def _worked(axes: Axes, found: Day, each: Worked, lane: int, colour: str) -> None:
    """Draw a touch, and the name of its ticket where there is room."""
    width = found.end_s - found.begin_s
    for begin, end in each.stretches:
        low, high = max(begin, found.begin_s), min(end, found.end_s)
        if high < low:
            continue
        edge = "white" if (high - low) / width > 0.006 else colour
        axes.barh(lane, high - low, left=low, height=0.74, color=colour, edgecolor=edge, linewidth=0.7, zorder=2)
        if (high - low) / width > 0.012 * len(each.ticket) + 0.004:
            said = shown(each.ticket)
            axes.text((low + high) / 2, lane, said, fontsize=7, ha="center", va="center", color="white", zorder=3)


def _balance(figure: Any, found: Day, balance: dict[str, int], lang: str) -> None:
    """Draw what the rostered time was used for, as a column, and the utilisation above it."""
    axes = figure.subplots()
    whole, below = sum(balance.values()), 0.0
    for part, seconds in balance.items():
        if not seconds:
            continue
        share = 100 * seconds / whole
        axes.bar(0, share, 0.8, bottom=below, color=OF_PART[part], edgecolor="white", linewidth=0.8)
        if share >= 5:
            words = f"{text(lang, f'show.{part}')} {share:.0f} %"
            dark = part in ("busy", "absent", "late")
            axes.text(
                0,
                below + share / 2,
                words,
                fontsize=7.5,
                ha="center",
                va="center",
                color="white" if dark else "#1f2933",
            )
        below += share
    axes.set_xlim(-0.45, 0.45)
    axes.set_ylim(0, 100)
    axes.axis("off")
    used = found.utilisation()
    words = "-" if used is None else f"{100 * used:.0f} %"
    axes.set_title(f"{text(lang, 'show.utilisation')}\n{words}", fontsize=9.5, loc="center")
