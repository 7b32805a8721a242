import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Fairdesk: plans side by side / 方案比较")


@app.cell
def _():
    import marimo as mo

    from optimize import default_targets
    from optimize.targets import expanded
    from scenarios.apps import asked_for, label_of, language_control, scenario_control
    from scenarios.files.desks import ScenarioError, difference, read, read_what_if, what_if_names
    from scenarios.notes import rule_in
    from scenarios.report import page
    from scenarios.report.compare import changes_table, moved_table, pictures
    from scenarios.report.plans import names_of, side_tables, week_pictures
    from scenarios.sides import play_side, sides_of
    from scenarios.texts import text
    from scenarios.whatif import fragment
    from sim.experiment import paired, summary

    return (
        ScenarioError,
        asked_for,
        changes_table,
        default_targets,
        difference,
        expanded,
        fragment,
        label_of,
        language_control,
        mo,
        moved_table,
        names_of,
        page,
        paired,
        pictures,
        play_side,
        read,
        read_what_if,
        rule_in,
        scenario_control,
        side_tables,
        sides_of,
        summary,
        text,
        week_pictures,
        what_if_names,
    )


@app.cell
def _(asked_for, language_control, mo, scenario_control):
    # A script takes `--lang zh --scenario academy --plan out/plan.toml`; the web app takes the same after `--`, or
    # `?lang=zh`.
    said = asked_for()
    language = language_control(said)
    scenario_pick = scenario_control(said)
    # A file of this machine only the command line may name.
    _named = mo.cli_args().to_dict().get("plan", [])
    named = [str(each) for each in (_named if isinstance(_named, list) else [_named])]
    return language, named, scenario_pick


@app.cell
def _(language):
    lang = language.value
    return (lang,)


@app.cell
def _(read, scenario_pick):
    scenario = read(scenario_pick.value)
    return (scenario,)


@app.cell
def _(ScenarioError, read_what_if, scenario, what_if_names):
    def fits(name):
        try:
            read_what_if(scenario, name)
        except ScenarioError:
            return False
        return True

    fitting = [name for name in what_if_names() if fits(name)]
    return (fitting,)


@app.cell
def _(default_targets, fitting, mo, named, scenario):
    # Labels stand apart from the controls, so that another language resets none.
    _longest = scenario.desk.weeks
    weeks_slider = mo.ui.slider(1, _longest, value=min(2, _longest), show_value=True, debounce=True)
    worlds_slider = mo.ui.slider(2, 40, value=6, show_value=True, debounce=True)
    _first = [] if named else [name for name in ("cross_training", "surge_prepared") if name in fitting]
    plans_pick = mo.ui.multiselect(fitting, value=_first, full_width=True)
    files_pick = mo.ui.file(filetypes=[".toml"], multiple=True)
    targets_area = mo.ui.text_area("\n".join(map(str, default_targets(scenario.desk))), rows=6, full_width=True)
    return files_pick, plans_pick, targets_area, weeks_slider, worlds_slider


@app.cell
def _(files_pick, named, plans_pick, targets_area):
    chosen = [*plans_pick.value, *named]
    uploads = [(each.name, each.contents) for each in files_pick.value]
    stated = targets_area.value
    return chosen, stated, uploads


@app.cell
def _(weeks_slider, worlds_slider):
    weeks = weeks_slider.value
    seeds = list(range(1, worlds_slider.value + 1))
    return seeds, weeks


@app.cell
def _(mo):
    go = mo.ui.run_button(label="▶")
    return (go,)


@app.cell
def _(go, mo, scenarios, seeds, targets):
    # Nothing long begins before the button is pressed, and after a change not before it is pressed again.
    _request = scenarios, seeds, targets
    started = go.value or mo.app_meta().mode == "script"
    return (started,)


@app.cell
def _(
    files_pick,
    go,
    label_of,
    lang,
    language,
    mo,
    plans_pick,
    scenario_pick,
    targets_area,
    weeks_slider,
    worlds_slider,
):
    _controls = {
        "notebook.scenario": scenario_pick,
        "plan_notebook.plans": plans_pick,
        "plan_notebook.files": files_pick,
        "plan_notebook.targets": targets_area,
        "notebook.weeks": weeks_slider,
        "notebook.worlds": worlds_slider,
    }
    _parts = [part for key, each in _controls.items() for part in (label_of(lang, key), each)]
    mo.sidebar(mo.vstack([language, *_parts, label_of(lang, "plan_notebook.compare_it"), go], justify="start"))
    return


@app.cell
def _(lang, mo, text):
    mo.md(f"# {text(lang, 'plan_notebook.compare_title')}\n\n{text(lang, 'plan_notebook.compare_lead')}")
    return


@app.cell
def _(chosen, expanded, scenario, sides_of, stated, uploads, weeks):
    # The plans and what they are to keep, or what is wrong with them. No language here: another one plays nothing anew.
    try:
        scenarios = sides_of(scenario, chosen, weeks, uploads)
        targets = expanded([line for line in map(str.strip, stated.splitlines()) if line], scenarios[0].desk)
        failed = None
    except ValueError as _error:
        scenarios, targets, failed = [], (), _error
    return failed, scenarios, targets


@app.cell
def _(ScenarioError, failed, lang, mo, rule_in, started, text):
    _wrong = failed.say(lang) if isinstance(failed, ScenarioError) else rule_in(lang, str(failed or ""))
    if _wrong and mo.app_meta().mode == "script":
        print(_wrong)
    mo.stop(bool(_wrong), mo.callout(_wrong, kind="danger"))
    mo.stop(not started, mo.callout(text(lang, "plan_notebook.not_yet"), kind="info"))
    return


@app.cell
def _(failed, mo, play_side, scenarios, seeds, started, targets):
    mo.stop(failed is not None or not started)
    sides = []
    with mo.status.progress_bar(total=len(seeds) * len(scenarios), remove_on_exit=True) as _bar:
        for _each in scenarios:
            sides.append(play_side(_each, seeds, targets, on_done=lambda _: _bar.update()))
    return (sides,)


@app.cell
def _(fragment, lang, mo, page, seeds, side_tables, sides, targets, text):
    level = 0.95
    _said = text(lang, "page.replications", count=len(seeds), first=seeds[0], last=seeds[-1], level=f"{level:.0%}")
    mo.Html(fragment(*side_tables(lang, sides, targets, level), page.paragraph(_said, "note")))
    return (level,)


@app.cell
def _(
    changes_table,
    difference,
    fragment,
    lang,
    level,
    mo,
    moved_table,
    names_of,
    page,
    paired,
    sides,
    summary,
    text,
):
    titles = names_of(sides)
    differences = [paired(sides[0].played.measured, each.played.measured, level) for each in sides[1:]]
    _found = [summary(each.played.measured, level) for each in sides]
    _parts = [page.paragraph(text(lang, "page.paired_note"))]
    for _at, _each in enumerate(sides[1:], start=1):
        _title = text(lang, "plan_notebook.differences", name=titles[_at], base=titles[0])
        _changes = changes_table(lang, difference(sides[0].scenario, _each.scenario))
        _heads, _currency = (titles[0], titles[_at]), _each.scenario.desk.currency
        _parts += [
            page.heading(_title),
            f'<div class="short">{_changes}</div>',
            moved_table(lang, _found[0], _found[_at], differences[_at - 1], _currency, _heads),
        ]
    mo.Html(fragment(*_parts))
    return differences, titles


@app.cell
def _(fragment, lang, mo, page, pictures, seeds, sides, text, titles, week_pictures):
    _logs = {title: side.played.log for title, side in zip(titles, sides, strict=True)}
    mo.Html(
        fragment(
            page.heading(text(lang, "plan_notebook.week")),
            *week_pictures(lang, sides),
            *pictures(lang, _logs),
            page.paragraph(text(lang, "page.one_world", seed=seeds[0]), "note"),
        )
    )
    return


@app.cell
def _(differences, lang, level, mo, sides, targets, titles):
    # A script shows on the terminal what the app shows on its page.
    from scenarios.labels import label, number
    from scenarios.sides import risks

    if mo.app_meta().mode == "script":
        for _title, _side in zip(titles, sides, strict=True):
            print(_title)
            for _name, _risk in risks(_side.values, targets, level).items():
                print(f"  {_name or '*'}: {_risk.broken}/{_risk.worlds}")
        for _title, _gaps in zip(titles[1:], differences, strict=True):
            print(_title)
            for _row in _gaps.iter_rows(named=True):
                _mean, _low, _high = (number(_row[key], _row["unit"]) for key in ("mean", "low", "high"))
                print(f"  {label(lang, _row['name'])}: {_mean} [{_low}, {_high}]")
    return


if __name__ == "__main__":
    app.run()
