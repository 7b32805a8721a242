import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Fairdesk: thresholds / 门槛")


@app.cell
def _():
    import marimo as mo

    from optimize.thresholds import Guards
    from scenarios.apps import asked_for, label_of, language_control
    from scenarios.files.desks import difference, read
    from scenarios.files.rubrics import load_rubric
    from scenarios.lab.calibration import (
        change_of_share,
        mean_by_person,
        points_picture,
        scored,
        shares_picture,
        tier_changes,
        with_borders,
    )
    from scenarios.lab.thresholds import calibrate
    from scenarios.labels import number, unit_label
    from scenarios.report import page
    from scenarios.report.calibrated import answer, frontier_table, title_of, verdict_table
    from scenarios.report.calibrated import changes_table as moved_table
    from scenarios.report.compare import changes_table
    from scenarios.texts import text
    from scenarios.whatif import Moves, fragment, moved
    from sim.lab import trials

    return (
        Guards,
        Moves,
        answer,
        asked_for,
        calibrate,
        change_of_share,
        changes_table,
        difference,
        fragment,
        frontier_table,
        label_of,
        language_control,
        load_rubric,
        mean_by_person,
        mo,
        moved,
        moved_table,
        number,
        page,
        points_picture,
        read,
        scored,
        shares_picture,
        text,
        tier_changes,
        title_of,
        trials,
        unit_label,
        verdict_table,
        with_borders,
    )


@app.cell
def _(asked_for, language_control):
    # A script takes `--lang zh`; the web app takes the same after `--`, or `?lang=zh`.
    said = asked_for()
    language = language_control(said)
    return (language,)


@app.cell
def _(language):
    lang = language.value
    return (lang,)


@app.cell
def _(Moves, load_rubric, moved, read):
    rubric = load_rubric("aftersales_100")
    items = [rubric.item(name) for name in ("response", "success")]
    # A branch of twice the size, so that a role has enough people to tell person from seat.
    small = read("academy_small")
    desk = moved(small, Moves(volume=2.0, heads=dict.fromkeys(small.desk.staff.seats, 1))).desk
    return desk, items, rubric, small


@app.cell
def _(desk, items, mo):
    # Labels stand apart from the sliders, so that another language resets none.
    role_pick = mo.ui.dropdown(list(desk.staff.roles), value=next(iter(desk.staff.roles)))
    worlds_slider = mo.ui.slider(3, 60, value=8, show_value=True, debounce=True)
    response_slider = mo.ui.range_slider(
        10,
        items[0].worst,
        step=10,
        value=sorted(2 * cut for cut in items[0].cuts()),
        show_value=True,
        debounce=True,
    )
    success_slider = mo.ui.range_slider(
        40, items[1].best, step=1, value=sorted(items[1].cuts()), show_value=True, debounce=True
    )
    return response_slider, role_pick, success_slider, worlds_slider


@app.cell
def _(items, response_slider, success_slider):
    # The best band's border comes first: the shortest time, the highest rate.
    borders = {
        items[0].name: sorted(response_slider.value),
        items[1].name: sorted(success_slider.value, reverse=True),
    }
    return (borders,)


@app.cell
def _(role_pick, worlds_slider):
    role = role_pick.value
    worlds = worlds_slider.value
    seatings = 2
    return role, seatings, worlds


@app.cell
def _(
    items,
    label_of,
    lang,
    language,
    mo,
    response_slider,
    role_pick,
    success_slider,
    unit_label,
    worlds_slider,
):
    _controls = [
        (label_of(lang, "notebook.role"), role_pick),
        (label_of(lang, "notebook.worlds"), worlds_slider),
        *(
            (
                label_of(lang, "notebook.response_borders", label=_item.label[lang], unit=unit_label(lang, _item.unit)),
                _slider,
            )
            for _item, _slider in zip(items, (response_slider, success_slider), strict=True)
        ),
    ]
    mo.sidebar(mo.vstack([language, *(part for pair in _controls for part in pair)], justify="start"))
    return


@app.cell
def _(lang, mo, text):
    mo.md(f"# {text(lang, 'notebook.calibrate_title')}\n\n{text(lang, 'notebook.calibrate_lead')}")
    return


@app.cell
def _(desk, mo, role, rubric, seatings, trials, worlds):
    with mo.status.progress_bar(total=worlds, title=role, remove_on_exit=True) as _bar:
        made = trials(desk, [rubric], role, range(1, worlds + 1), seatings=seatings, on_done=lambda _: _bar.update())
    return (made,)


@app.cell
def _(made, rubric, scored):
    level = 0.95
    before = scored(made, rubric, level=level)
    return before, level


@app.cell
def _(borders, lang, mo, text):
    mo.stop(
        any(len(set(cuts)) < len(cuts) for cuts in borders.values()),
        mo.callout(text(lang, "notebook.same_border"), kind="warn"),
    )
    allowed = borders
    return (allowed,)


@app.cell
def _(allowed, before, change_of_share, level, made, rubric, scored, with_borders):
    parts = ("person", "seat", "fit", "luck")
    after = scored(made, with_borders(rubric, allowed), level=level)
    gaps = {part: change_of_share(before, after, made.seats, part, level) for part in parts}
    return after, gaps, parts


@app.cell
def _(after, before, lang, parts, text):
    sides = {text(lang, "notebook.as_written"): before, text(lang, "notebook.moved"): after}
    part_names = {part: text(lang, f"notebook.{part}_part") for part in parts}
    return part_names, sides


@app.cell
def _(allowed, fragment, items, lang, mo, page, text, unit_label):
    _heads = [
        text(lang, "notebook.item"),
        *(
            f"{text(lang, f'notebook.{_which}')}, {text(lang, f'notebook.{_side}')}"
            for _which in ("border_best", "border_next")
            for _side in ("as_written", "moved")
        ),
        text(lang, "table.unit"),
    ]
    _lines = [
        [
            _item.label[lang],
            *(f"{_cut:g}" for _pair in zip(_item.cuts(), allowed[_item.name], strict=True) for _cut in _pair),
            unit_label(lang, _item.unit),
        ]
        for _item in items
    ]
    mo.Html(fragment(page.heading(text(lang, "notebook.borders")), page.table(_heads, _lines, numbers=(1, 2, 3, 4))))
    return


@app.cell
def _(
    before,
    fragment,
    gaps,
    lang,
    level,
    made,
    mo,
    number,
    page,
    part_names,
    seatings,
    shares_picture,
    sides,
    text,
    worlds,
):
    def percent(estimate):
        mean, low, high = (number(each, "1") for each in (estimate.mean, estimate.low, estimate.high))
        return f"{mean} [{low} … {high}]"

    _heads = [text(lang, "notebook.share"), *sides, text(lang, "table.difference")]
    share_lines = [
        [_name, *(percent(getattr(_side.shares, _part)) for _side in sides.values()), percent(gaps[_part])]
        for _part, _name in part_names.items()
    ]
    _note = text(
        lang,
        "notebook.calibrate_note",
        people=len(made.people),
        role=made.role,
        worlds=worlds,
        seatings=made.seats.shape[1],
        month=f"{made.month.begin:%Y-%m}",
        level=f"{level:.0%}",
        share=f"{before.objective_share:.0%}",
    )
    mo.Html(
        fragment(
            page.heading(text(lang, "notebook.share_title")),
            page.table([f"{_head}, %" if _head else _head for _head in _heads], share_lines, numbers=(1, 2, 3)),
            page.paragraph(_note, "note"),
            page.figure(shares_picture(lang, sides, part_names), text(lang, "notebook.share_caption")),
        )
    )
    return (share_lines,)


@app.cell
def _(
    after,
    before,
    fragment,
    items,
    lang,
    made,
    mean_by_person,
    mo,
    number,
    page,
    points_picture,
    sides,
    text,
    tier_changes,
):
    _range = {"low": 10, "high": 90}
    _labels = {_item.name: _item.label[lang] for _item in items}
    _heads = [
        text(lang, "notebook.person"),
        *(f"{_what}, {_side}" for _what in (*_labels.values(), text(lang, "notebook.total")) for _side in sides),
        text(lang, "notebook.tier_changes"),
    ]
    _changes = tier_changes(before, after)
    _lines = []
    for _place, _person in enumerate(made.people):
        _columns = [_side.points[_name] for _name in _labels for _side in sides.values()]
        _columns += [_side.totals for _side in sides.values()]
        _means = [number(mean_by_person(_months)[_place], "points") for _months in _columns]
        _lines.append([_person, *_means, number(float(_changes[_place]), "1")])
    mo.Html(
        fragment(
            page.heading(text(lang, "notebook.points")),
            page.figure(
                points_picture(lang, made, sides, _labels, **_range),
                text(lang, "notebook.points_caption", **_range),
            ),
            page.table(_heads, _lines, numbers=range(1, len(_heads))),
        )
    )
    return


@app.cell
def _(changes_table, desk, difference, fragment, lang, mo, page, small, text):
    _found = f'<div class="short">{changes_table(lang, difference(small, desk))}</div>'
    mo.Html(fragment(page.heading(text(lang, "notebook.the_desk", name=small.name)), _found))
    return


@app.cell
def _(lang, mo, share_lines, sides, text):
    # A script shows on the terminal what the app shows on its page.
    if mo.app_meta().mode == "script":
        print(
            text(lang, "notebook.share_title"),
            "|",
            " | ".join([*sides, text(lang, "table.difference")]),
            "(%)",
        )
        for _line in share_lines:
            print(" | ".join(_line))
    return


@app.cell
def _(lang, mo, text):
    go = mo.ui.run_button(label=text(lang, "calibrate.button"))
    mo.vstack([mo.md(text(lang, "calibrate.waiting")), go])
    return (go,)


@app.cell
def _(go):
    asked = go.value
    return (asked,)


@app.cell
def _(Guards):
    guards = Guards()
    return (guards,)


@app.cell
def _(asked, calibrate, desk, guards, mo, role, rubric, seatings, worlds):
    mo.stop(not asked)
    with mo.status.progress_bar(total=3 * worlds, title=role, remove_on_exit=True) as _bar:
        calibration = calibrate(
            [(desk, role)],
            rubric,
            guards=guards,
            worlds=worlds,
            unseen=worlds,
            seatings=seatings,
            on_done=lambda: _bar.update(),
        )
    return (calibration,)


@app.cell
def _(
    answer,
    calibration,
    fragment,
    frontier_table,
    lang,
    mo,
    moved_table,
    page,
    rubric,
    small,
    text,
    title_of,
    verdict_table,
):
    mo.Html(
        fragment(
            page.heading(answer(lang, calibration, calibration.desks[0])),
            page.table(*verdict_table(lang, calibration.desks[0]), numbers=range(1, 8)),
            page.paragraph(title_of(lang, small.name, calibration, calibration.desks[0]), "note"),
            page.heading(text(lang, "calibrate.frontier")),
            page.table(*frontier_table(lang, calibration), numbers=range(1, 5)),
            page.heading(text(lang, "calibrate.changes")),
            page.table(*moved_table(lang, rubric, calibration.rubric)),
            page.paragraph(text(lang, "calibrate.blind"), "note"),
        )
    )
    return


if __name__ == "__main__":
    app.run()
