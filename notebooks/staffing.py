import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Fairdesk: staffing / 人员配置")


@app.cell
def _():
    import marimo as mo

    from optimize import Infeasible, default_targets, staff
    from optimize.targets import expanded
    from scenarios.apps import asked_for, label_of, language_control, scenario_control
    from scenarios.files.desks import ScenarioError, over, read
    from scenarios.labels import number
    from scenarios.limits import limits_of
    from scenarios.notes import rule_in
    from scenarios.plans import WHAT_IF, what_if_text
    from scenarios.refusals import refusal_lines
    from scenarios.report import page
    from scenarios.report.plans import plan_parts
    from scenarios.texts import text
    from scenarios.whatif import fragment

    return (
        Infeasible,
        ScenarioError,
        WHAT_IF,
        asked_for,
        default_targets,
        expanded,
        fragment,
        label_of,
        language_control,
        limits_of,
        mo,
        number,
        over,
        page,
        plan_parts,
        read,
        refusal_lines,
        rule_in,
        scenario_control,
        staff,
        text,
        what_if_text,
    )


@app.cell
def _(asked_for, language_control, scenario_control):
    # A script takes `--lang zh --scenario academy`; the web app takes the same after `--`, or `?lang=zh`.
    said = asked_for()
    language = language_control(said)
    scenario_pick = scenario_control(said)
    return language, scenario_pick


@app.cell
def _(language):
    lang = language.value
    return (lang,)


@app.cell
def _(read, scenario_pick):
    scenario = read(scenario_pick.value)
    return (scenario,)


@app.cell
def _(default_targets, mo, scenario):
    # Labels stand apart from the controls, so that another language resets none.
    _longest = scenario.desk.weeks
    weeks_slider = mo.ui.slider(1, _longest, value=min(2, _longest), show_value=True, debounce=True)
    worlds_slider = mo.ui.slider(2, 20, value=4, show_value=True, debounce=True)
    trials_slider = mo.ui.slider(4, 200, value=40, show_value=True, debounce=True)
    targets_area = mo.ui.text_area("\n".join(map(str, default_targets(scenario.desk))), rows=6, full_width=True)
    most_area, least_area = (mo.ui.text_area("", rows=2, full_width=True) for _ in range(2))
    budget_field = mo.ui.text("", full_width=True)
    return (
        budget_field,
        least_area,
        most_area,
        targets_area,
        trials_slider,
        weeks_slider,
        worlds_slider,
    )


@app.cell
def _(trials_slider, weeks_slider, worlds_slider):
    weeks, worlds, trials = weeks_slider.value, worlds_slider.value, trials_slider.value
    return trials, weeks, worlds


@app.cell
def _(budget_field, least_area, most_area, targets_area):
    stated = targets_area.value
    limited = {"at_most": most_area.value, "at_least": least_area.value, "budget": budget_field.value}
    return limited, stated


@app.cell
def _(mo):
    go = mo.ui.run_button(label="▶")
    return (go,)


@app.cell
def _(base, go, limits, mo, targets, trials, worlds):
    # A search takes minutes: nothing begins before the button is pressed, and after a change not before it is again.
    _request = base, targets, limits, worlds, trials
    started = go.value or mo.app_meta().mode == "script"
    return (started,)


@app.cell
def _(
    budget_field,
    go,
    label_of,
    lang,
    language,
    least_area,
    mo,
    most_area,
    scenario_pick,
    targets_area,
    trials_slider,
    weeks_slider,
    worlds_slider,
):
    _controls = {
        "notebook.scenario": scenario_pick,
        "notebook.weeks": weeks_slider,
        "plan_notebook.targets": targets_area,
        "plan_notebook.at_most": most_area,
        "plan_notebook.at_least": least_area,
        "plan_notebook.budget": budget_field,
        "plan_notebook.search_worlds": worlds_slider,
        "plan_notebook.trials": trials_slider,
    }
    _parts = [part for key, each in _controls.items() for part in (label_of(lang, key), each)]
    mo.sidebar(mo.vstack([language, *_parts, label_of(lang, "plan_notebook.plan_it"), go], justify="start"))
    return


@app.cell
def _(lang, mo, text):
    mo.md(f"# {text(lang, 'plan_notebook.staffing_title')}\n\n{text(lang, 'plan_notebook.staffing_lead')}")
    return


@app.cell
def _(expanded, limited, limits_of, over, scenario, stated, weeks):
    # What is asked for, or why it cannot be. No language here: another one makes nothing anew.
    try:
        base = over(scenario, weeks)
        targets = expanded([line for line in map(str.strip, stated.splitlines()) if line], base.desk)
        limits, failed = limits_of(base.desk, **limited), None
    except ValueError as _error:
        base, targets, limits, failed = scenario, (), None, _error
    return base, failed, limits, targets


@app.cell
def _(ScenarioError, failed, lang, mo, rule_in, started, text):
    _wrong = failed.say(lang) if isinstance(failed, ScenarioError) else rule_in(lang, str(failed or ""))
    if _wrong and mo.app_meta().mode == "script":
        print(_wrong)
    mo.stop(bool(_wrong), mo.callout(_wrong, kind="danger"))
    mo.stop(not started, mo.callout(text(lang, "plan_notebook.not_yet"), kind="info"))
    return


@app.cell
def _(Infeasible, base, failed, limits, mo, number, staff, started, targets, trials, worlds):
    mo.stop(failed is not None or not started)
    level, plan, refused, _seen = 0.95, None, None, []
    with mo.status.spinner(title=base.name, remove_on_exit=True) as _spin:

        def _tell(trial):
            _seen.append(trial)
            _spin.update(subtitle=f"{len(_seen)}: {number(trial.cost, '')} {base.desk.currency}")

        try:
            plan = staff(
                base.desk,
                targets,
                worlds=worlds,
                trials=trials,
                level=level,
                limits=limits,
                gains=True,
                on_progress=_tell,
            )
        except Infeasible as _none:
            refused = _none
    return level, plan, refused


@app.cell
def _(base, fragment, lang, level, mo, page, plan, plan_parts, refusal_lines, refused):
    _parts = [page.points(refusal_lines(lang, refused))] if plan is None else plan_parts(lang, base.desk, plan, level)
    mo.Html(fragment(*_parts))
    return


@app.cell
def _(WHAT_IF, fragment, lang, mo, page, plan, scenario, text, what_if_text):
    from pathlib import Path

    mo.stop(plan is None)
    _title = text(lang, "staff.plan_title", name=scenario.name)
    plan_file = what_if_text(scenario, plan.desk.changed(weeks=scenario.desk.weeks), _title, Path(), lang)
    _command = f"fairdesk compare {scenario.name} --what-if {WHAT_IF}"
    mo.vstack(
        [
            mo.Html(fragment(page.paragraph(text(lang, "plan_notebook.download_note", command=_command)))),
            mo.download(
                plan_file.encode(),
                filename=WHAT_IF,
                mimetype="application/toml",
                label=text(lang, "plan_notebook.download"),
            ),
            mo.Html(fragment(page.source(WHAT_IF, plan_file))),
        ]
    )
    return (plan_file,)


@app.cell
def _(base, lang, mo, number, plan, refusal_lines, refused, text):
    # A script shows on the terminal what the app shows on its page.
    if mo.app_meta().mode == "script":
        if plan is None:
            print(*refusal_lines(lang, refused), sep="\n")
        if plan is not None:
            for _group, _heads in plan.seats.items():
                print(f"{_group}: {base.desk.staff.seats[_group].heads} -> {_heads}")
            for _name, _found in plan.confirmed.items():
                _unit = "1" if _found.target.kpi.endswith("_rate") else ""
                print(f"{_name}: {' '.join(number(each, _unit) for each in (_found.mean, _found.low, _found.high))}")
            print(f"{number(plan.cost, '')} {base.desk.currency}")
            print(text(lang, f"staff.{plan.status}", targets=", ".join(plan.in_question)))
    return


if __name__ == "__main__":
    app.run()
