"""Worlds of a study that are kept as they come: packed and unpacked, known by their content, taken up again."""

import json
from dataclasses import replace
from functools import partial

import numpy as np
import polars as pl
import pytest

from scenarios.cli import BAD_INPUT, DONE, INTERRUPTED, main
from scenarios.files.rubrics import load_rubric
from sim import fast
from sim.experiment import Reacting, Remembering, keepable, threads
from sim.experiment.memory import content
from sim.experiment.packing import pack, unpack
from sim.lab import course, fairness
from sim.lab.counts import Counts
from tests.lab_desks import lab_desk, short_rubric
from tests.stopping import stopping

PEOPLE = {"ann": {"speed": {"talk": 0.8}}, "ben": {"speed": {"talk": 1.25}}}
STUDY = ["fairness", "academy_small", "--role", "service_agent", "--worlds", "4", "--unseen", "2", "--seatings", "2"]


def plainly(study):
    """Return the figures of a study as plain data."""
    measures = {name: shares.named() for name, shares in study.measures.items()}
    return replace(study, persons=study.persons.to_dicts(), arrays=None, measures=measures, wrong=str(study.wrong))


def equal(one, two):
    """Say whether two packed values are one to the last bit, the order of their memory included."""
    return pack(one).equals(pack(two))


def test_a_packed_result_comes_back_to_the_last_bit():
    """Plain values, tuples, mappings, a class; numbers that are none; an array that lies in columns."""
    lying = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    facts = {"solved": np.array([[1, 2], [3, 4]]), "none": np.zeros((5, 0), dtype=np.int64)}
    value = (
        Counts(facts, np.arange(3), {"rated": "no ratings"}),
        [lying, None, 0.1, True],
        {("a", 1): np.array([np.nan])},
    )
    made = unpack(pack(value))
    assert equal(made, value)
    assert made[1][0].flags.f_contiguous and np.isnan(made[2]["a", 1][0])
    assert made[0].reasons == {"rated": "no ratings"} and made[1][1:] == [None, 0.1, True]


@pytest.mark.parametrize("value", [object(), {1, 2}, np.array(["text"]), np.array([None])])
def test_what_has_no_form_is_not_kept(value):
    with pytest.raises(TypeError, match="cannot be kept in a folder"):
        pack(value)


@pytest.mark.parametrize(
    "form",
    ["", "[]", '{"as": "Path", "with": {}}', '{"as": "Counts", "with": {"facts": {"is": 1}}}', '{"array": 7}', "[" * 9],
)
def test_a_form_that_names_what_is_not_kept_is_refused(form):
    frame = pack(None).with_columns(values=pl.lit(form.encode()))
    with pytest.raises(ValueError, match="no packed result"):
        unpack(frame)


@pytest.mark.parametrize("change", [{"dtype": "object"}, {"order": "A"}, {"shape": [5]}])
def test_an_array_that_is_none_is_refused(change):
    rows = pack(np.arange(3)).to_dicts()
    frame = pl.DataFrame([rows[0], rows[1] | change], schema=pack(None).schema)
    with pytest.raises(ValueError, match="no packed result"):
        unpack(frame)


def test_two_classes_of_one_name_are_not_both_kept():
    with pytest.raises(ValueError, match="another class that is kept is called 'Counts'"):
        keepable(type("Counts", (), {}))


def test_a_task_is_known_by_all_that_it_is_made_of():
    desk, rubric = lab_desk(PEOPLE), short_rubric()
    engine = Reacting(fast.run, (("short", rubric),))
    task = partial(fairness, desk, rubric, "adviser", 3, run=engine, seatings=None)
    others = [
        partial(course, desk, rubric, "adviser", 3, run=engine, seatings=None),
        partial(fairness, desk.changed(weeks=3), rubric, "adviser", 3, run=engine, seatings=None),
        partial(fairness, desk, rubric.changed(title={}), "adviser", 3, run=engine, seatings=None),
        partial(fairness, desk, rubric, "adviser", 3, run=fast.run, seatings=None),
        partial(fairness, desk, rubric, "adviser", 3, run=replace(engine, rubrics=()), seatings=None),
        partial(fairness, desk, rubric, "adviser", 3, run=engine, seatings=2),
    ]
    said = [json.dumps(content(each)) for each in (task, *others)]
    assert len(set(said)) == len(said)
    assert json.dumps(content(partial(task.func, *task.args, **task.keywords))) == said[0]
    assert content(np.arange(2)) != content(np.arange(2.0)) != content(np.zeros(2))


@pytest.mark.parametrize("part", [lambda: 1, object(), pl.DataFrame()])
def test_a_task_without_a_name_of_its_own_is_not_kept(part, tmp_path):
    with (
        pytest.raises(TypeError, match="cannot be kept in a folder"),
        Remembering(tmp_path).store(partial(print, part)),
    ):
        pass
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("stops", "kept"), [(1, 0), (7, 3), (11, 6)])
def test_a_study_that_was_stopped_goes_on_and_says_what_one_in_a_row_says(tmp_path, stops, kept):
    """Two runs a world, four worlds, and four unseen ones of one run: stopped after 1, 7 or 11 of 12 runs."""
    desk, rubric = lab_desk(PEOPLE), short_rubric()
    plain = fairness(desk, rubric, "adviser", 4, run=fast.run, unseen=4)
    run, _ = stopping(stops)
    try:
        assert fairness(desk, rubric, "adviser", 4, run=run, unseen=4, executor=Remembering(tmp_path)).interrupted
    except KeyboardInterrupt:
        assert stops < 6
    assert len(list(tmp_path.glob("*/world-*.parquet"))) == kept + (stops == 11)
    assert not list(tmp_path.glob("*/lock")) and not list(tmp_path.glob("*/*.part"))
    run, runs = stopping(None)
    again = fairness(desk, rubric, "adviser", 4, run=run, unseen=4, executor=Remembering(tmp_path, threads(2)))
    assert plainly(again) == plainly(plain)
    assert len(runs) == 12 - stops + stops % 2 * (stops < 8)


def test_a_year_that_was_stopped_goes_on(tmp_path):
    """A run a world, three worlds, and 24 unseen ones; stopped after the second."""
    desk, rubric = lab_desk(PEOPLE), load_rubric("aftersales_100")
    how = {"seatings": 1, "unseen": 1, "seed": 4}
    run, _ = stopping(2)
    with pytest.raises(KeyboardInterrupt):
        course(desk, rubric, "adviser", 3, run=run, executor=Remembering(tmp_path), **how)
    run, runs = stopping(None)
    again = course(desk, rubric, "adviser", 3, run=run, executor=Remembering(tmp_path), **how)
    plain = course(desk, rubric, "adviser", 3, run=fast.run, **how)
    assert len(runs) == 1 + 24
    assert replace(again, brought=again.brought.to_dicts()) == replace(plain, brought=plain.brought.to_dicts())


def test_the_command_goes_on_where_it_was_stopped_and_gives_the_same_bytes(tmp_path, capsys, monkeypatch):
    """Eight runs for the study, two unseen, and four of a test; stopped in the third world, then in the test."""
    words = [*STUDY, "--tests", "items", "--workers", "1", "--json"]
    assert main(words) == DONE
    whole = capsys.readouterr().out
    words += ["--out", str(tmp_path)]
    for stops, code, ran in ((5, INTERRUPTED, 5), (7, INTERRUPTED, 7), (None, DONE, 3)):
        run, runs = stopping(stops)
        monkeypatch.setattr("scenarios.commands.common.engine_of", lambda *_, run=run: run)
        assert (main(words), len(runs)) == (code, ran)
        said = capsys.readouterr()
    assert said.out == (tmp_path / "fairness.json").read_text() == whole
    run, runs = stopping(0)
    monkeypatch.setattr("scenarios.commands.common.engine_of", lambda *_: run)
    assert main([*words, "--seed", "2"]) == INTERRUPTED  # nothing is taken from the study of another seed
    assert main(words) == DONE  # and nothing of this one is lost by it
    assert not runs


def test_a_world_that_was_cut_off_is_named_in_both_languages(tmp_path, capsys):
    words = [*STUDY, "--workers", "1", "--out", str(tmp_path)]
    assert main(words) == DONE
    path = next(tmp_path.glob("worlds/*/world-0.parquet"))
    whole = path.read_bytes()
    for raw, english, chinese in (
        (whole[:-9], "is no Parquet file, or a damaged one; delete it", "不是 Parquet 文件"),
        (odd(whole, tmp_path), "holds something else than a replication; delete it", "内容不是一次重复运行的结果"),
    ):
        path.write_bytes(raw)
        capsys.readouterr()
        for lang, said in (("en", english), ("zh", chinese)):
            assert main([*words, "--lang", lang]) == BAD_INPUT
            assert f"{path}: {said}" in capsys.readouterr().err
    path.unlink()
    assert main(words) == DONE
    assert path.read_bytes() == whole


def odd(whole, folder):
    """Return the bytes of a file of the right columns that hold no result."""
    frame = pl.read_parquet(whole).with_columns(values=pl.lit(b"{}"))
    frame.write_parquet(folder / "odd")
    return (folder / "odd").read_bytes()
