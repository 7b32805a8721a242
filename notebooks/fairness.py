import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Fairdesk: fairness / 公平性")


@app.cell
def _():
    import marimo as mo

    from scenarios.apps import asked_for, label_of, language_control, scenario_control
    from scenarios.files.desks import read
    from scenarios.files.rubrics import load_rubric, rubric_names
    from scenarios.lab.appraisal import fairness_sentence, measure_label
    from scenarios.plots.fairness import marks
    from scenarios.report import page
    from scenarios.report.fairness import harm_parts, limits, measure_parts, people_table, shares_parts
    from scenarios.texts import text
    from scenarios.whatif import fragment
    from sim.lab import fairness

    return (
        asked_for,
        fairness,
        fairness_sentence,
        fragment,
        harm_parts,
        label_of,
        language_control,
        limits,
        load_rubric,
        marks,
        measure_label,
        measure_parts,
        mo,
        page,
        people_table,
        read,
        rubric_names,
        scenario_control,
        shares_parts,
        text,
    )


@app.cell
def _(asked_for, language_control, mo, rubric_names, scenario_control):
    # A script takes `--lang zh --scenario academy --rubric fair_merge`; the web app takes the same after `--`.
    said = asked_for()
    language = language_control(said)
    scenario_pick = scenario_control(said)
    _rubrics = rubric_names()
    _first = said["rubric"] if said.get("rubric") in _rubrics else "aftersales_100"
    rubric_pick = mo.ui.dropdown(_rubrics, value=_first)
    return language, rubric_pick, scenario_pick


@app.cell
def _(language):
    lang = language.value
    return (lang,)


@app.cell
def _(load_rubric, read, rubric_pick, scenario_pick):
    scenario, rubric = read(scenario_pick.value), load_rubric(rubric_pick.value)
    return rubric, scenario


@app.cell
def _(mo, scenario):
    # Labels stand apart from the controls, so that another language resets none.
    from scenarios.commands.fairness import largest_role

    role_pick = mo.ui.dropdown(list(scenario.desk.staff.roles), value=largest_role(scenario.desk))
    worlds_slider = mo.ui.slider(3, 100, value=8, show_value=True, debounce=True)
    seatings_slider = mo.ui.slider(1, 12, value=2, show_value=True, debounce=True)
    unseen_slider = mo.ui.slider(10, 400, step=10, value=20, show_value=True, debounce=True)
    return role_pick, seatings_slider, unseen_slider, worlds_slider


@app.cell
def _(role_pick, seatings_slider, unseen_slider, worlds_slider):
    role, worlds = role_pick.value, worlds_slider.value
    seatings, unseen = seatings_slider.value, unseen_slider.value
    return role, seatings, unseen, worlds


@app.cell
def _(mo):
    go = mo.ui.run_button(label="▶")
    return (go,)


@app.cell
def _(go, mo, role, rubric, scenario, seatings, unseen, worlds):
    # A study takes a while: nothing begins before the button is pressed, and after a change not before it is again.
    _request = scenario, rubric, role, worlds, seatings, unseen
    started = go.value or mo.app_meta().mode == "script"
    return (started,)


@app.cell
def _(
    go,
    label_of,
    lang,
    language,
    mo,
    role_pick,
    rubric_pick,
    scenario_pick,
    seatings_slider,
    unseen_slider,
    worlds_slider,
):
    _controls = {
        "notebook.scenario": scenario_pick,
        "lab_page.rubric": rubric_pick,
        "lab_page.role": role_pick,
        "lab_page.worlds": worlds_slider,
        "lab_page.seatings": seatings_slider,
        "lab_page.unseen": unseen_slider,
    }
    _parts = [part for key, each in _controls.items() for part in (label_of(lang, key), each)]
    mo.sidebar(mo.vstack([language, *_parts, label_of(lang, "lab_page.study_it"), go], justify="start"))
    return


@app.cell
def _(lang, mo, text):
    mo.md(f"# {text(lang, 'lab_page.notebook_title')}\n\n{text(lang, 'lab_page.notebook_lead')}")
    return


@app.cell
def _(fairness, lang, mo, role, rubric, scenario, seatings, started, text, unseen, worlds):
    mo.stop(not started, mo.callout(text(lang, "lab_page.not_yet"), kind="info"))
    with mo.status.spinner(title=scenario.name, remove_on_exit=True) as _spin:
        try:
            found, refused = (
                fairness(
                    scenario.desk,
                    rubric,
                    role,
                    worlds,
                    seatings=min(seatings, 12),
                    unseen=unseen,
                    on_progress=lambda done, most: _spin.update(subtitle=f"{done} / {most}"),
                ),
                None,
            )
        except ValueError as _error:
            found, refused = None, _error
    return found, refused


@app.cell
def _(lang, mo, refused):
    from scenarios.notes import rule_in

    _said = rule_in(lang, str(refused or ""))
    if _said and mo.app_meta().mode == "script":
        print(_said)
    mo.stop(bool(_said), mo.callout(_said, kind="danger"))
    return


@app.cell
def _(fairness_sentence, found, fragment, lang, mo, page, shares_parts):
    mo.stop(found is None)
    mo.Html(fragment(page.quote(fairness_sentence(found, lang)), *shares_parts(lang, found)))
    return


@app.cell
def _(found, fragment, harm_parts, lang, mo, page, people_table, rubric, text):
    mo.stop(found is None)
    _hurt = [page.heading(text(lang, "lab_page.hurt")), *harm_parts(lang, found, rubric, None)]
    mo.Html(fragment(*_hurt, page.heading(text(lang, "lab_page.people")), people_table(lang, found)))
    return


@app.cell
def _(found, fragment, lang, measure_parts, mo, page, rubric, text):
    mo.stop(found is None)
    mo.Html(fragment(page.heading(text(lang, "lab_page.help")), *measure_parts(lang, found, rubric)))
    return


@app.cell
def _(found, lang, measure_label, mo, rubric):
    # For researchers: one measure, everybody's value in every world and seating.
    mo.stop(found is None)
    _known = {
        measure_label(name, rubric, lang): name
        for name, shares in found.measures.items()
        if shares.merit.mean is not None
    }
    mo.stop(not _known)
    measure_pick = mo.ui.dropdown(_known, value=next(iter(_known)))
    return (measure_pick,)


@app.cell
def _(found, fragment, label_of, lang, marks, measure_pick, mo, page, text):
    _name = measure_pick.value
    _drawn = marks(found.arrays.people, found.arrays.lived[_name], measure_pick.selected_key, lang)
    mo.vstack(
        [
            mo.Html(fragment(page.heading(text(lang, "lab_page.one_measure")))),
            label_of(lang, "lab_page.pick_measure"),
            measure_pick,
            mo.Html(fragment(page.figure(_drawn, text(lang, "lab_page.marks_caption")))),
        ]
    )
    return


@app.cell
def _(found, fragment, lang, limits, mo, page, text):
    mo.stop(found is None)
    mo.Html(fragment(page.heading(text(lang, "lab_page.limits")), page.points(limits(lang, found))))
    return


@app.cell
def _(fairness_sentence, found, lang, mo):
    # A script shows on the terminal what the app shows on its page.
    if found is not None and mo.app_meta().mode == "script":
        print(fairness_sentence(found, lang))
    return


if __name__ == "__main__":
    app.run()
