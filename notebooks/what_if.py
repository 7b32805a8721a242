import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Fairdesk: what if? / 假如")


@app.cell
def _():
    import marimo as mo

    from scenarios.apps import asked_for, label_of, language_control, scenario_control
    from scenarios.commands.common import over
    from scenarios.files.desks import difference, read
    from scenarios.labels import label, number, unit_label
    from scenarios.report import page
    from scenarios.report.compare import changes_table, moved_table, pictures
    from scenarios.texts import text
    from scenarios.whatif import Moves, as_toml, fragment, moved, play, what_if
    from sim.desk import POLICIES
    from sim.experiment import paired, summary

    return (
        Moves,
        POLICIES,
        as_toml,
        asked_for,
        changes_table,
        difference,
        fragment,
        label,
        label_of,
        language_control,
        mo,
        moved,
        moved_table,
        number,
        over,
        page,
        paired,
        pictures,
        play,
        read,
        scenario_control,
        summary,
        text,
        unit_label,
        what_if,
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
def _(POLICIES, mo, scenario):
    # Labels stand apart from the sliders, so that another language resets none.
    longest = scenario.desk.weeks
    weeks_slider = mo.ui.slider(1, longest, value=min(4, longest), show_value=True, debounce=True)
    worlds_slider = mo.ui.slider(2, 20, value=3, show_value=True, debounce=True)
    volume_slider = mo.ui.slider(0.5, 2.0, step=0.05, value=1.2, show_value=True, debounce=True)
    seat_pick = mo.ui.dropdown(list(scenario.desk.staff.seats), value=next(iter(scenario.desk.staff.seats)))
    heads_slider = mo.ui.slider(0, 3, value=0, show_value=True, debounce=True)
    own = scenario.desk.routing.policy
    policies = [name for name in POLICIES if name == own or not name.startswith(("pull_", "manual_"))]
    policy_pick = mo.ui.dropdown(policies, value=scenario.desk.routing.policy)
    return heads_slider, policy_pick, seat_pick, volume_slider, weeks_slider, worlds_slider


@app.cell
def _(Moves, heads_slider, policy_pick, seat_pick, volume_slider):
    moves = Moves(volume=volume_slider.value, heads={seat_pick.value: heads_slider.value}, policy=policy_pick.value)
    return (moves,)


@app.cell
def _(weeks_slider, worlds_slider):
    weeks = weeks_slider.value
    seeds = list(range(1, worlds_slider.value + 1))
    return seeds, weeks


@app.cell
def _(
    heads_slider,
    label_of,
    lang,
    language,
    mo,
    policy_pick,
    scenario_pick,
    seat_pick,
    volume_slider,
    weeks_slider,
    worlds_slider,
):
    _controls = {
        "scenario": scenario_pick,
        "weeks": weeks_slider,
        "worlds": worlds_slider,
        "volume": volume_slider,
        "seat": seat_pick,
        "heads": heads_slider,
        "policy": policy_pick,
    }
    _parts = [part for key, each in _controls.items() for part in (label_of(lang, f"notebook.{key}"), each)]
    mo.sidebar(mo.vstack([language, *_parts], justify="start"))
    return


@app.cell
def _(lang, mo, text):
    mo.md(f"# {text(lang, 'notebook.what_if_title')}\n\n{text(lang, 'notebook.what_if_lead')}")
    return


@app.cell
def _(mo, over, play, scenario, seeds, weeks):
    base = over(scenario, weeks)
    with mo.status.progress_bar(total=len(seeds), title=base.name, remove_on_exit=True) as _bar:
        base_played = play(base.desk, seeds, on_done=lambda _: _bar.update())
    return base, base_played


@app.cell
def _(base, difference, mo, moved, moves, play, seeds):
    other = moved(base, moves)
    changes = difference(base, other)
    with mo.status.progress_bar(total=len(seeds), title=f"{base.name} +", remove_on_exit=True) as _bar:
        other_played = play(other.desk, seeds, on_done=lambda _: _bar.update())
    return changes, other_played


@app.cell
def _(base_played, other_played, paired, summary):
    level = 0.95
    found, found_other = summary(base_played.measured, level), summary(other_played.measured, level)
    differences = paired(base_played.measured, other_played.measured, level)
    return differences, found, found_other, level


@app.cell
def _(changes, changes_table, fragment, lang, mo, page, text):
    _found = f'<div class="short">{changes_table(lang, changes)}</div>'
    mo.Html(fragment(page.heading(text(lang, "page.changed")), _found))
    return


@app.cell
def _(
    base,
    differences,
    found,
    found_other,
    fragment,
    lang,
    level,
    mo,
    moved_table,
    page,
    seeds,
    text,
):
    heads = text(lang, "notebook.as_it_is"), text(lang, "notebook.moved")
    _said = text(lang, "page.replications", count=len(seeds), first=seeds[0], last=seeds[-1], level=f"{level:.0%}")
    mo.Html(
        fragment(
            page.heading(text(lang, "page.kpis")),
            page.paragraph(text(lang, "page.paired_note")),
            moved_table(lang, found, found_other, differences, base.desk.currency, heads),
            page.paragraph(_said, "note"),
        )
    )
    return (heads,)


@app.cell
def _(base_played, fragment, heads, lang, mo, other_played, page, pictures, seeds, text):
    drawn = pictures(lang, {heads[0]: base_played.log, heads[1]: other_played.log})
    mo.Html(fragment(*drawn, page.paragraph(text(lang, "page.one_world", seed=seeds[0]), "note")))
    return


@app.cell
def _(as_toml, base, changes, fragment, lang, mo, moves, page, text, what_if):
    mo.stop(not changes)
    _file = as_toml(what_if(base, moves), base.name)
    _command = f"fairdesk compare {base.name} --weeks {base.desk.weeks} --what-if my_what_if.toml"
    mo.Html(
        fragment(
            page.heading(text(lang, "notebook.file")),
            page.paragraph(text(lang, "notebook.file_note", name="my_what_if.toml", command=_command)),
            page.source("my_what_if.toml", _file),
        )
    )
    return


@app.cell
def _(base, changes, differences, label, lang, mo, number, text, unit_label):
    # A script shows on the terminal what the app shows on its page.
    if mo.app_meta().mode == "script":
        for _path, _old, _new in changes:
            print(f"{_path}: {_old} -> {_new}")
        print(text(lang, "cli.differences_title", base=base.name))
        for _row in differences.iter_rows(named=True):
            _mean, _low, _high = (number(_row[key], _row["unit"]) for key in ("mean", "low", "high"))
            _said = unit_label(lang, _row["unit"], base.desk.currency)
            print(f"{label(lang, _row['name'])}: {_mean} [{_low}, {_high}] {_said}")
    return


if __name__ == "__main__":
    app.run()
