"""Scenario files, right and wrong."""

import pickle

import pytest

from scenarios import ScenarioError, difference, load, load_what_if, read, read_what_if
from scenarios.files.desks import over
from scenarios.positions import Place, places
from sim import sample
from tests.desks import DESK


@pytest.fixture
def write(tmp_path):
    def make(content, name="desk.toml"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return make


@pytest.fixture
def refused(write, tmp_path):
    def wrong(content, name="desk.toml"):
        with pytest.raises(ScenarioError) as caught:
            load(write(content, name))
        return str(caught.value).replace(f"{tmp_path}/", "").splitlines()

    return wrong


def _with(old, new, text=DESK):
    assert text.count(old) == 1
    return text.replace(old, new)


def test_a_file_loads(write):
    desk = load(write(DESK))
    assert desk.weeks == 1
    assert desk.demand.kinds["question"].per_week == 40.0


@pytest.mark.parametrize("change", [lambda t: t.replace("\n", "\r\n"), lambda t: "\ufeff" + t])
def test_line_ends_of_windows_and_a_byte_order_mark_are_no_matter(write, change):
    assert load(write(change(DESK))) == load(write(DESK, "plain.toml"))


def test_a_whole_number_will_do_where_a_fraction_may_stand(write):
    assert load(write(_with("40.0", "40"))).demand.kinds["question"].per_week == 40.0


def test_a_misspelt_key_is_named_with_its_place_and_the_nearest_key(refused):
    assert refused(_with("per_week", "per_wek")) == [
        "desk.toml:5:15: demand.kinds.question.per_week: 'per_week' is missing",
        "desk.toml:7:1: demand.kinds.question.per_wek: unknown key; did you mean 'per_week'?",
    ]


def test_an_unknown_key_without_a_near_one_lists_the_known(refused):
    (line,) = refused(_with('role = "agent"', 'role = "agent"\nxyz = 1'))
    assert line.startswith("desk.toml:27:1: staff.seats.agent.xyz: unknown key; known here: role, team, takes")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("-3", "must be at least 0 (got -3)"),
        ("nan", "must be a finite number (got nan)"),
        ("inf", "must be a finite number (got inf)"),
        ('"many"', 'must be a number (got "many")'),
    ],
)
def test_a_number_out_of_range_is_named_with_its_place(refused, value, said):
    assert refused(_with("40.0", value)) == [f"desk.toml:7:12: demand.kinds.question.per_week: {said}"]


MOST_A_DAY = (2**16 - 1) * 32


@pytest.mark.parametrize("per_week", [7 * MOST_A_DAY * 1.001, 2e13, 1e308])
def test_more_tickets_than_a_world_makes_are_refused_with_their_place(refused, write, per_week):
    said = "demand.kinds.question.per_week: more than 2 million tickets a day are beyond this model"
    assert refused(DESK.replace("40.0", f"{per_week}")) == [f"desk.toml:7:12: {said}"]
    fits = load(write(DESK.replace("40.0", f"{7 * MOST_A_DAY * 0.999}")))
    kinds = {"question": fits.demand.kinds["question"].changed(per_week=min(per_week, 1e13))}
    with pytest.raises(ValueError, match="more than 2 million"):  # load and sample draw the line at one place
        sample(fits.changed(demand=fits.demand.changed(kinds=kinds)), seed=1)


def test_a_what_if_that_makes_too_many_tickets_points_at_them(write):
    base = read(write(DESK.replace("40.0", "1e6")))
    what_if = write('[scale]\n"demand.kinds.*.per_week" = 20.0\n', "more.toml")
    with pytest.raises(ScenarioError, match=r"toml:\d+:\d+: demand.kinds.question.per_week: more than 2 million"):
        read_what_if(base, what_if)
    surge = write("[add.demand.surges.all]\nfirst_day = 1\nlast_day = 31\nfactor = 20.0\n", "surge.toml")
    with pytest.raises(ScenarioError, match=r"demand\.kinds\.question\.per_week: more than 2 million"):
        read_what_if(base, surge)


def test_work_that_takes_no_time_is_refused_unless_constant(refused):
    (line,) = refused(_with("mean_min = 10.0", "mean_min = 0"))
    assert line == (
        "desk.toml:12:8: demand.kinds.question.route.0.work: mean_min of law = exponential must be above 0, got 0.0"
    )


def test_bursts_and_absences_of_a_file_are_checked_with_their_places(refused, write):
    burst = '[demand.bursts.x]\ndate = 2026-03-03\nhours = "13:00-15:00"\nfactor = 4.0\n'
    spell = "[staff.absences.flu]\nfirst_day = 2026-03-02\nlast_day = 2026-03-03\nabsent = 0.3\n"
    assert load(write(DESK + burst + spell)).demand.bursts["x"].factor == 4.0
    (line,) = refused(DESK + burst.replace("2026-03-03", '"3 March"'))
    assert line.startswith("desk.toml:32:8: demand.bursts.x.date: must be a date as 2026-03-02")
    (line,) = refused(DESK + burst.replace("13:00-15:00", "13-15"))
    assert line.startswith("desk.toml:33:9: demand.bursts.x.hours: expected a wall time")
    (line,) = refused(DESK + burst + 'kinds = ["questio"]\n')
    assert line.startswith("desk.toml:35:10: demand.bursts.x.kinds.0: unknown kind 'questio'; did you mean 'question'")
    (line,) = refused(DESK + burst.replace("4.0", "-4.0"))
    assert line == "desk.toml:34:10: demand.bursts.x.factor: must be at least 0 (got -4.0)"
    (line,) = refused(DESK + spell.replace("03-03", "03-01"))
    assert line == "desk.toml:31:17: staff.absences.flu: last_day 2026-03-01 lies before first_day 2026-03-02"
    (line,) = refused(DESK + spell.replace("0.3", "1.3"))
    assert line == "desk.toml:34:10: staff.absences.flu.absent: must be at most 1 (got 1.3)"
    (line,) = refused(DESK + spell + 'roles = ["agnt"]\n')
    assert line.startswith("desk.toml:35:10: staff.absences.flu.roles.0: unknown role 'agnt'; did you mean 'agent'?")


def test_more_tickets_in_a_burst_than_a_world_makes_are_refused(refused):
    burst = '[demand.bursts.x]\ndate = 2026-03-03\nhours = "13:00-15:00"\nfactor = 1e9\n'
    (line,) = refused(DESK + burst)
    assert line.startswith("desk.toml:7:12: demand.kinds.question.per_week: more than 2 million tickets a day")


def test_all_errors_of_a_file_come_at_once_in_the_order_of_the_file(refused):
    lines = refused(DESK.replace("weeks = 1", "weeks = 0").replace("40.0", "-1").replace("heads = 2", "heads = -2"))
    assert [line.split(":")[1] for line in lines] == ["2", "7", "30"]


def test_a_skill_that_nobody_has_is_named_with_the_nearest(refused):
    (line,) = refused(_with('skill = "answer"', 'skill = "answr"'))
    assert line.startswith("desk.toml:11:9: demand.kinds.question.route.0.skill: unknown skill")
    assert line.endswith("did you mean 'answer'?")


def test_a_route_in_a_circle_is_refused(refused):
    stage = DESK[DESK.index("[[demand.kinds.question.route]]") : DESK.index("\n[staff.roles")]
    (line,) = refused(_with(stage, stage + stage))
    assert line.startswith("desk.toml:5:15: demand.kinds.question: the route goes in a circle: desk/answer comes twice")


@pytest.mark.parametrize("span", ["25:00-26:00", "9-18", "09:00"])
def test_hours_that_are_no_span_are_refused(refused, span):
    (line,) = refused(_with("09:00-18:00", span))
    assert line.startswith("desk.toml:22:9: staff.shifts.day.hours: expected a")


@pytest.mark.parametrize("breaks", ['["12:00-13:00", "12:30-14:00"]', '["13:00-12:00"]', '["08:00-08:30"]'])
def test_breaks_that_overlap_or_go_backwards_or_lie_outside_are_refused(refused, breaks):
    (line,) = refused(_with('["12:00-13:00"]', breaks))
    assert "staff.shifts.day" in line
    assert "overlaps another or lies outside" in line


def test_a_shift_that_overlaps_itself_by_naming_a_day_twice_is_refused(refused):
    (line,) = refused(_with('days = ["mon", "tue"]', 'days = ["mon", "mon"]'))
    assert "staff.shifts.day" in line
    assert "a day is named twice" in line


@pytest.mark.parametrize("hours", ["{}", '{ mon = ["18:00-09:00"] }', '{ mon = ["09:00-12:00", "11:00-13:00"] }'])
def test_a_calendar_without_an_open_hour_or_with_wrong_intervals_is_refused(refused, hours):
    (line, *_) = refused(f"{DESK}[calendars.office]\nhours = {hours}\n")
    assert line.startswith(("desk.toml:31", "desk.toml:32"))
    assert "calendars.office" in line


def test_a_clause_on_an_unknown_calendar_is_named(refused):
    sla = '[sla.priorities.normal]\nresponse = { target_min = 30, calendar = "offise" }\n'
    (line,) = refused(f'{DESK}[calendars.office]\nhours = {{ mon = ["09:00-18:00"] }}\n{sla}')
    assert line.startswith("desk.toml:34:42: sla.priorities.normal.response.calendar: unknown calendar 'offise'")


def test_toml_that_is_none_is_named_with_line_and_column(refused):
    (line,) = refused(_with("weeks = 1", "weeks 1"))
    assert line.startswith("desk.toml:2:7: TOML syntax: ")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "desk.toml: the file is empty"),
        (b" \n\t\r\n", "desk.toml: the file is empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "desk.toml: this is no text file"),
        (b"\x1f\x8b\x08\x03\x01\x02\x03\xff\xfe", "desk.toml:1:2: this is no text file"),
        (
            'start = 2026-03-02\ntitle = "培训机构"\n'.encode("gbk"),
            "desk.toml:2:10: this is no UTF-8 text, perhaps GBK; save the file as UTF-8",
        ),
        (
            "weeks = 1".encode("utf-16"),
            "desk.toml: this is no UTF-8 text, perhaps UTF-16; save the file as UTF-8",
        ),
        (b"a = " + b"[" * 5000 + b"]" * 5000, "desk.toml: tables or arrays are nested deeper than 32"),
        (b".".join([b"a"] * 100_000) + b" = 1", "desk.toml: tables or arrays are nested deeper than 32"),
        (b"weeks = " + b"9" * 5000, "desk.toml: TOML syntax: Exceeds the limit"),
        (b"#" * 2_000_001, "desk.toml: is longer than 2000000 bytes"),
    ],
    ids=["empty", "blank", "png", "gzip", "gbk", "utf-16", "deep", "long-key", "digits", "large"],
)
def test_a_file_that_is_no_scenario_is_refused_with_a_reason(refused, content, said):
    (line,) = refused(content)
    assert line.startswith(said)


def test_a_folder_and_a_missing_file_are_refused(tmp_path):
    with pytest.raises(ScenarioError, match="this is a folder"):
        load(tmp_path)
    with pytest.raises(ScenarioError, match="there is no such file"):
        load(tmp_path / "none.toml")


def test_a_misspelt_name_is_answered_with_the_nearest():
    with pytest.raises(ScenarioError, match=r"no scenario or file \"acadmy\"; did you mean 'academy'"):
        load("acadmy")


def test_messages_come_in_chinese_too(write):
    with pytest.raises(ScenarioError) as caught:
        load(write(_with("40.0", "-3")))
    assert caught.value.say("zh").endswith("desk.toml:7:12: demand.kinds.question.per_week: 必须不小于 0（实际为 -3）")


def test_an_error_survives_the_way_between_processes(write):
    with pytest.raises(ScenarioError) as caught:
        load(write(_with("40.0", "-3")))
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_a_what_if_holds_only_its_changes(write):
    base = read(write(DESK))
    path = write('title = "More heads"\n[change.staff.seats.agent]\nheads = 3\n', "more.toml")
    changed = read_what_if(base, path)
    assert difference(base, changed) == [("staff.seats.agent.heads", 2, 3)]
    assert (changed.name, changed.title) == ("more", "More heads")
    assert load_what_if(base.desk, path) == load_what_if(base.data(), path) == changed.desk
    assert base.desk.staff.seats["agent"].heads == 2


def test_a_key_with_a_default_may_be_changed_although_the_base_does_not_write_it(write):
    base = read(write(DESK))
    changed = read_what_if(base, write('[change.routing]\npolicy = "best_skill"\n', "w.toml"))
    assert difference(base, changed) == [("routing.policy", "priority_fifo", "best_skill")]


def test_one_stage_of_a_route_may_be_changed_by_its_number(write):
    base = read(write(DESK))
    changed = read_what_if(base, write("[change.demand.kinds.question.route.0.work]\nmean_min = 12.0\n", "w.toml"))
    assert difference(base, changed) == [("demand.kinds.question.route.0.work.mean_min", 10.0, 12.0)]


def test_what_a_stage_lacks_is_added_by_its_number(write):
    base = read(write(DESK))
    answer = "[change.demand.kinds.question.route.0]\nasks = 0.5\n"
    law = '[add.demand.kinds.question.route.0.answer]\nlaw = "constant"\nmean_min = 30.0\n'
    (stage,) = read_what_if(base, write(answer + law, "w.toml")).desk.demand.kinds["question"].route
    assert (stage.asks, stage.answer.mean_min) == (0.5, 30.0)


@pytest.mark.parametrize(
    ("what_if", "said"),
    [
        ("[change.demand.kinds.question.route.0.work]\nmean_min = -1.0\n",
         "w.toml:2:12: demand.kinds.question.route.0.work.mean_min: must be at least 0 (got -1.0)"),
        ("[change.demand.kinds.question.route.0]\nasks = 1.5\n",
         "w.toml:2:8: demand.kinds.question.route.0.asks: must be at most 1"),
        ("[add.demand.kinds.question.route.0.answer]\nlaw = 'constant'\nmean_min = 'x'\n",
         "w.toml:3:12: demand.kinds.question.route.0.answer.mean_min: must be a number"),
        ("[add.demand.kinds.question.route.1]\nskill = 'x'\n",
         "w.toml:1:34: add.demand.kinds.question.route.1: the base's list has no such entry; it has 1"),
        ("[add.demand.kinds.question.route.0]\nskill = 'x'\n",
         "w.toml:2:1: add.demand.kinds.question.route.0.skill: the base already has this"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_one_stage_points_into_the_what_if(write, what_if, said):
    base = read(write(DESK))
    with pytest.raises(ScenarioError) as caught:
        read_what_if(base, write(what_if, "w.toml"))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("what_if", "said"),
    [
        (
            "[change.staff.seats.agnt]\nheads = 3\n",
            "w.toml:1:21: change.staff.seats.agnt: the base has no such key; did you mean 'agent'?"
            " A new entry belongs under [add]",
        ),
        (
            "[change.staff.seats.agent]\nhead = 3\n",
            "w.toml:2:1: change.staff.seats.agent.head: the base has no such key; did you mean 'heads'?"
            " A new entry belongs under [add]",
        ),
        (
            "[change.demand.kinds.question.route.1]\nskill = 'x'\n",
            "w.toml:1:37: change.demand.kinds.question.route.1: the base's list has no such entry; it has 1,"
            ' counted from 0 (got "1")',
        ),
        (
            "[add.staff.seats.agent]\nheads = 3\n",
            "w.toml:2:1: add.staff.seats.agent.heads: the base already has this; change it under [change]",
        ),
        ("[chnge]\na = 1\n", "w.toml:1:2: chnge: unknown key; did you mean 'change'?"),
        ("title = 'x'\n", "w.toml:1:1: the what-if changes nothing"),
        ("change = 3\n", "w.toml:1:10: change: must be a table (got 3)"),
        (
            "[scale]\n'demand.kinds.*.per_wek' = 2\n",
            "w.toml:2:1: scale.demand.kinds.*.per_wek: the base has no such key",
        ),
        (
            "[scale]\n'demand.kinds.*.per_week' = nan\n",
            "w.toml:2:29: scale.demand.kinds.*.per_week: a factor must be",
        ),
        (
            "[scale]\n'demand.kinds.*.category' = 2\n",
            "w.toml:2:1: scale.demand.kinds.*.category: there is no number",
        ),
        (
            "[change.staff.seats.agent]\nheads = -3\n",
            "w.toml:2:9: staff.seats.agent.heads: must be at least 0 (got -3)",
        ),
    ],
)
def test_a_what_if_that_does_not_fit_is_refused_with_its_place(write, what_if, said):
    base = read(write(DESK))
    path = write(what_if, "w.toml")
    with pytest.raises(ScenarioError) as caught:
        read_what_if(base, path)
    assert str(caught.value).rpartition("/")[2].startswith(said)


def test_an_error_that_a_what_if_causes_in_the_base_points_at_the_base(write):
    base = read(write(DESK))
    path = write("[change.staff.roles.agent]\nskills = ['other']\n", "w.toml")
    with pytest.raises(ScenarioError) as caught:
        read_what_if(base, path)
    assert str(caught.value).rpartition("/")[2].startswith("desk.toml:28:10: staff.seats.agent.takes.0: unknown skill")


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ('priorities = ["normal"]', 'priorities = ["normal", "high", "high"]', "3:25: priorities.1"),
        ('skills = ["answer"]', 'skills = ["answer", "answer"]', "15:11: staff.roles.agent.skills.0"),
    ],
)
def test_a_name_that_stands_twice_in_a_list_is_refused(refused, old, new, where):
    (line,) = refused(_with(old, new))
    assert line.startswith(f"desk.toml:{where}: ") and line.endswith("stands twice in the list")


def faults(write, tmp_path, what_if, text=DESK):
    base = read(write(text))
    with pytest.raises(ScenarioError) as caught:
        read_what_if(base, write(what_if, "w.toml"))
    return str(caught.value).replace(f"{tmp_path}/", "")


def test_a_table_that_one_changed_key_makes_wrong_points_at_that_key(write, tmp_path):
    """The rule is about the whole law, or the whole route; both stand in the base but for what is changed."""
    law = "[change.demand.kinds.question.route.0.work]\nlaw = 'gamma'\n"
    assert faults(write, tmp_path, law).startswith("w.toml:2:7: demand.kinds.question.route.0.work: law = gamma needs")
    factor = "title = 'none'\n[scale]\n'demand.kinds.question.route.*.work.mean_min' = 0\n"
    assert faults(write, tmp_path, factor).startswith("w.toml:3:49: demand.kinds.question.route.0.work: mean_min of")
    asks = "[change.demand.kinds.question.route.0]\nasks = 0.5\n"
    assert faults(write, tmp_path, asks).startswith("w.toml:2:8: demand.kinds.question.route.0: ")


def test_what_is_missing_after_a_removal_points_at_the_removal(write, tmp_path):
    said = faults(write, tmp_path, 'remove = ["demand.kinds.question.per_week"]\n')
    assert said.startswith("w.toml:1:11: demand.kinds.question.per_week: ")


TARGET = "\n[sla.priorities]\nnormal = { resolution = { working_days = 8, calendar = 'always' } }\n"


def test_a_target_that_a_shorter_run_makes_too_long_is_named_with_its_place(write):
    scenario = read(write(_with("weeks = 1", "weeks = 3") + TARGET))
    assert over(scenario, 2).desk.weeks == 2 and over(scenario, 2).places.keys
    said = r"desk.toml:\d+:10: sla.priorities.normal: a target of 8 working days is longer than the run \(weeks = 1\)"
    with pytest.raises(ScenarioError, match=said):
        over(scenario, 1)


def test_a_word_that_is_a_skill_and_a_department_is_named_where_it_is_a_skill(refused):
    text = DESK.replace('department = "desk"', 'department = "answr"').replace('skill = "answer"', 'skill = "answr"')
    (line,) = refused(text)
    assert line.startswith("desk.toml:11:9: demand.kinds.question.route.0.skill: unknown skill")


def test_a_priority_that_an_agreement_overrides_is_named_with_its_key(refused):
    (line,) = refused(_with("weeks = 1", "weeks = 3") + TARGET + "\n[sla.agreements.vip]\nnrmal = {}\n")
    assert ": sla.agreements.vip.nrmal: agreement 'vip': no priority 'nrmal'" in line


def test_a_new_entry_is_added_under_a_new_name(write):
    base = read(write(DESK))
    text = '[add.staff.seats.night]\nrole = "agent"\nteam = "desk"\ntakes = ["answer"]\nshift = "day"\n'
    changed = read_what_if(base, write(text, "w.toml"))
    ((path, old, new),) = difference(base, changed)
    assert (path, old, new["heads"]) == ("staff.seats.night", None, 1)


def test_scaling_multiplies_every_number_that_fits_and_keeps_heads_whole(write):
    """2 heads times 1.3 are 2.6, rounded half up 3; 40 a week times 1.3 are 52."""
    base = read(write(DESK))
    text = '[scale]\n"demand.kinds.*.per_week" = 1.3\nstaff.seats.agent.heads = 1.3\n'
    changed = read_what_if(base, write(text, "w.toml"))
    assert difference(base, changed) == [
        ("demand.kinds.question.per_week", 40.0, 52.0),
        ("staff.seats.agent.heads", 2, 3),
    ]


def test_a_what_if_that_names_its_base_is_a_scenario_by_itself(write):
    write(DESK, "base.toml")
    path = write('base = "base.toml"\n[change.staff.seats.agent]\nheads = 5\n', "w.toml")
    assert load(path).staff.seats["agent"].heads == 5


def test_a_scenario_may_be_based_on_one_that_is_based_on_another(write):
    """2 heads are 5 in b and 5 x 2 = 10 in c; weeks are those of b; what nobody changes is the base's."""
    write(DESK, "a.toml")
    write('base = "a.toml"\n[change]\nweeks = 3\n[change.staff.seats.agent]\nheads = 5\n', "b.toml")
    path = write('base = "b.toml"\n[change]\ntitle = "C"\n[scale]\nstaff.seats.agent.heads = 2\n', "c.toml")
    found = read(path)
    assert (found.title, found.desk.title, found.desk.weeks) == ("C", "C", 3)
    assert found.desk.staff.seats["agent"].heads == 10
    assert [file.name for file in found.made_of] == ["a.toml", "b.toml", "c.toml"]


def test_a_desk_has_the_same_hash_whether_it_was_written_out_or_inherited(write):
    write(DESK, "a.toml")
    inherited = write('base = "a.toml"\n# more of them\n[change.staff.seats.agent]\nheads = 3\n', "b.toml")
    written = write(_with("heads = 2", "heads = 3"), "c.toml")
    assert read(inherited).content_hash() == read(written).content_hash() != read("mm1").content_hash()


def test_an_error_in_a_chain_of_bases_points_into_the_file_that_made_it(write, tmp_path):
    write(DESK, "a.toml")
    write('base = "a.toml"\n[change.staff.seats.agent]\nheads = 5\ntakes = ["answr"]\n', "b.toml")
    path = write('base = "b.toml"\n[change.demand.kinds.question]\nper_week = -1\n', "c.toml")
    with pytest.raises(ScenarioError) as caught:
        load(path)
    (line,) = str(caught.value).replace(f"{tmp_path}/", "").splitlines()
    assert line.startswith("b.toml:4:10: staff.seats.agent.takes.0: unknown skill 'answr'")
    write('base = "a.toml"\n[change.staff.seats.agent]\nheads = 5\n', "b.toml")
    with pytest.raises(ScenarioError, match=r"c\.toml:3:12: demand\.kinds\.question\.per_week: must be at least 0"):
        load(path)


def test_what_differs_from_a_base_is_sent_under_change(refused, write):
    write(DESK, "a.toml")
    (line,) = refused('base = "a.toml"\nweeks = 3\n')
    assert line == "desk.toml:2:1: weeks: this file has a base, so what differs from it belongs under [change]"
    assert refused("base = 3\n[change]\nweeks = 2\n") == ["desk.toml:1:8: base: must be a text in quotes (got 3)"]


def test_a_what_if_of_the_catalogue_is_a_scenario_by_itself():
    base = read("academy")
    assert read("sla_24h").desk == read_what_if(base, "sla_24h").desk
    with pytest.raises(ScenarioError, match="did you mean 'sla_24h'"):
        read("sla_24")


FIRST = 'base = "a.toml"\n[change.staff.seats.agent]\nheads = 3\n[scale]\n"demand.kinds.*.per_week" = 2\n'
SECOND = 'base = "first.toml"\n[change.staff.seats.agent]\nheads = 4\n'


def test_a_what_if_brings_along_the_what_if_that_it_is_based_on(write):
    """40 a week, twice 40 under the first; the second moves heads from 3 to 4. Not twice twice as many."""
    base, other = read(write(DESK, "a.toml")), read(write(_with("40.0", "10.0"), "other.toml"))
    first, second = write(FIRST, "first.toml"), write(SECOND, "second.toml")
    both = [("demand.kinds.question.per_week", 40.0, 80.0), ("staff.seats.agent.heads", 2, 4)]
    assert difference(base, read_what_if(base, second)) == both
    surged = read_what_if(base, first)
    assert difference(surged, read_what_if(surged, second)) == [("staff.seats.agent.heads", 3, 4)]
    assert read(second).desk == read_what_if(base, second).desk
    assert read_what_if(other, second).desk.demand.kinds["question"].per_week == 20.0


def test_what_ifs_joined_by_a_plus_are_taken_together_in_any_order():
    base = read("academy")
    one, two = (read_what_if(base, name) for name in ("auto_verified_enrolment", "cross_training"))
    both, turned = (read_what_if(base, f"{a.name}+{b.name}") for a, b in ((one, two), (two, one)))
    assert both.desk.changed(title="") == turned.desk.changed(title="")
    alone = [*difference(base, one), *difference(base, two)]
    assert sorted(map(str, difference(base, both))) == sorted(map(str, alone))
    assert both.name == "auto_verified_enrolment+cross_training"
    assert both.title == f"{one.title} + {two.title}"


def test_what_ifs_of_which_one_undoes_the_other_are_refused_with_the_key(write):
    first, second = write("[change]\nweeks = 2\n", "two.toml"), write("[change]\nweeks = 3\n", "three.toml")
    with pytest.raises(ScenarioError, match="two and three cannot be taken together: both change weeks"):
        read_what_if(read("mm1"), f"{first}+{second}")


def test_a_what_if_cannot_be_taken_together_with_itself():
    with pytest.raises(ScenarioError, match="--what-if sla_24h is given twice"):
        read_what_if(read("academy"), "sla_24h + sla_24h")


def test_an_unknown_what_if_in_a_sum_is_named_with_the_nearest():
    with pytest.raises(ScenarioError, match="no_reminders"):
        read_what_if(read("academy"), "sla_24h+no_reminder")


def test_what_ifs_in_a_circle_and_bases_that_are_not_there_are_refused(write):
    base = read(write(DESK, "a.toml"))
    write('base = "second.toml"\n[change]\nweeks = 2\n', "first.toml")
    with pytest.raises(ScenarioError, match=r"toml:1:8: base: the bases go in a circle"):
        read_what_if(base, write(SECOND, "second.toml"))
    with pytest.raises(ScenarioError, match="did you mean 'month_start_surge'"):
        read_what_if(base, write(SECOND.replace("first.toml", "month_start_surg"), "third.toml"))


def test_bases_in_a_circle_are_refused(write):
    write('base = "b.toml"\n[change]\nweeks = 2\n', "a.toml")
    path = write('base = "a.toml"\n[change]\nweeks = 2\n', "b.toml")
    with pytest.raises(ScenarioError, match="the bases go in a circle"):
        load(path)


def test_the_content_hash_ignores_order_comments_and_written_out_defaults(write):
    head, rest = DESK.split("\n", 1)
    other = write(f"# a comment\nclock_s = 1\n{rest.replace('weeks = 1', 'weeks = 1' + chr(10) + head)}", "o.toml")
    assert read(other).content_hash() == read(write(DESK)).content_hash()
    assert read(write(_with("40.0", "41.0"), "p.toml")).content_hash() != read(other).content_hash()


def test_places_are_found_in_every_form_of_toml():
    """Worked out by eye: line and column of each value, counted from 1."""
    text = (
        'a.b = 1  # note = 2\n"q.r" = "x#y"\nm = """\nl1 \\" ""\nl2"""\nn = \'\'\'it\'s\'\'\'\n'
        "[[t]]\nk = [1, [2, 3],\n  { x = 4, y.z = 5 }]\n[t.sub]\nd = 1979-05-27 07:32:00\n[[t]]\nk = 6\n"
    )
    found = places(text, "f")
    at = {path: (place.line, place.column) for path, place in found.values.items()}
    assert at == {
        ("a", "b"): (1, 7), ("q.r",): (2, 9), ("m",): (3, 5), ("n",): (6, 5), ("t", 0, "k"): (8, 5),
        ("t", 0, "k", 0): (8, 6), ("t", 0, "k", 1): (8, 9), ("t", 0, "k", 1, 0): (8, 10),
        ("t", 0, "k", 1, 1): (8, 13), ("t", 0, "k", 2): (9, 3), ("t", 0, "k", 2, "x"): (9, 9),
        ("t", 0, "k", 2, "y", "z"): (9, 18), ("t", 0, "sub", "d"): (11, 5), ("t", 1, "k"): (13, 5),
    }  # fmt: skip
    assert found.key(("t", 1)) == Place("f", 12, 3)
    assert found.value(("t", 1, "missing")) == Place("f", 12, 3)


def removed(write, tmp_path, lines):
    """Return the scenario that is based on the desk with two kinds, less what is removed; or what is said of it."""
    two = "\n[demand.kinds.refund]\ncategory = 'money'\nper_week = 3.0\npriorities = { normal = 1.0 }\n"
    two += "[[demand.kinds.refund.route]]\ndepartment = 'desk'\nskill = 'answer'\nwork = { mean_min = 5.0 }\n"
    two += "[demand.surges.start]\nfirst_day = 1\nlast_day = 3\nfactor = 2.0\nkinds = ['refund']\n"
    write(DESK + two, "base.toml")
    path = write(f'base = "base.toml"\n{lines}', "w.toml")
    try:
        return read(path)
    except ScenarioError as error:
        return str(error).replace(f"{tmp_path}/", "")


def test_what_a_base_has_may_be_removed(write, tmp_path):
    base = removed(write, tmp_path, "[change]\nweeks = 2\n")
    made = removed(write, tmp_path, 'remove = ["demand.kinds.refund", "demand.surges.start"]\n')
    assert set(base.desk.demand.kinds) == {"question", "refund"} and set(made.desk.demand.kinds) == {"question"}
    assert [path for path, _, new in difference(base, made) if new is None] == [
        "demand.kinds.refund", "demand.surges.start",
    ]  # fmt: skip


def test_what_is_removed_first_may_be_added_anew(write, tmp_path):
    text = "[add.demand.surges.start]\nfirst_day = 5\nlast_day = 6\nfactor = 3.0\n"
    made = removed(write, tmp_path, f'remove = ["demand.surges.start"]\n{text}')
    assert (made.desk.demand.surges["start"].first_day, made.desk.demand.surges["start"].kinds) == (5, None)


def test_entries_of_a_list_are_removed_by_the_numbers_that_they_have_in_the_base(write, tmp_path):
    """Of the breaks 10, 12 and 15 o'clock the first and the last go."""
    shift = "[change.staff.shifts.day]\nbreaks = ['10:00-10:10', '12:00-13:00', '15:00-15:10']\n"
    write(DESK, "a.toml")
    write(f'base = "a.toml"\n{shift}', "b.toml")
    path = write('base = "b.toml"\nremove = ["staff.shifts.day.breaks.0", "staff.shifts.day.breaks.2"]\n', "c.toml")
    assert read(path).desk.staff.shifts["day"].breaks == ("12:00-13:00",)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (
            'remove = ["demand.kinds.refnd"]',
            "w.toml:2:11: remove: the base has no \"demand.kinds.refnd\" that could be removed; did you mean 'refund'?",
        ),
        ('remove = ["sla"]', 'w.toml:2:11: remove: the base has no "sla" that could be removed'),
        ('remove = ["demand.kinds.*"]', 'w.toml:2:11: remove: the base has no "demand.kinds.*" that could be removed'),
        (
            "remove = 'sla'",
            'w.toml:2:10: remove: expected a list of dotted keys, as ["demand.kinds.refund"] (got "sla")',
        ),
        ("remove = [3]", "w.toml:2:10: remove: expected a list of dotted keys"),
        (
            'remove = ["demand.kinds.refund.route", "demand.kinds.refund"]',
            'w.toml:2:40: remove: "demand.kinds.refund" is removed together with "demand.kinds.refund.route"',
        ),
        ('remove = ["demand.kinds.refund"]', "base.toml:"),
        ("remove = []", "w.toml:1:1: the what-if changes nothing"),
    ],
)
def test_what_cannot_be_removed_is_refused_with_its_place(write, tmp_path, lines, said):
    """Whoever removes a kind that something else names is told what names it."""
    found = removed(write, tmp_path, lines + "\n")
    assert isinstance(found, str) and found.startswith(said)


def test_a_what_if_of_the_command_line_may_remove_too(write):
    base = read(write(DESK))
    path = write('remove = ["staff.seats.agent.heads"]\n', "w.toml")
    assert difference(base, read_what_if(base, path)) == [("staff.seats.agent.heads", 2, 1)]
