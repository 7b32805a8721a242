"""The README is run: its examples, and the commands and files that it names. What other pages point at is there."""

import doctest
import re
import tomllib
from pathlib import Path

from scenarios import difference, read, read_what_if
from scenarios.commands import COMMANDS
from scenarios.files.kpis import load_book
from scenarios.files.spaces import load_space

README = Path(__file__).resolve().parents[1] / "README.md"


def test_the_readme_s_examples_give_what_it_says() -> None:
    failed, tried = doctest.testfile(str(README), module_relative=False)
    assert tried > 5
    assert failed == 0


def test_the_readme_names_only_commands_and_files_that_there_are() -> None:
    words = README.read_text("utf-8")
    assert set(re.findall(r"^fairdesk (\w+)", words, re.MULTILINE)) <= set(COMMANDS)
    for name in re.findall(r"`((?:sim|scenarios|notebooks|benchmarks|optimize)/[\w./]*)`", words):
        assert (README.parent / name).exists(), name


def block_with(word: str) -> str:
    """Return the file in the README that holds a word."""
    (block,) = (made for made in re.findall(r"```toml\n(.*?)```", README.read_text("utf-8"), re.DOTALL) if word in made)
    return str(block)


def test_the_readme_s_file_of_kpis_is_one(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text(block_with("[switches]"), "utf-8")
    book = load_book(file)
    assert book.switches.low_rating == 1 and list(book.kpis)[-2:] == ["quick_share", "index"]


def test_the_readme_s_kpi_of_external_values_is_one(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text(block_with('of = "externals"'), "utf-8")
    assert load_book(file).kpis["renewals"].requires == ("measure renewals",)


def test_the_readme_s_space_of_settings_is_one(tmp_path: Path) -> None:
    file = tmp_path / "space.toml"
    file.write_text(block_with("warning_min"), "utf-8")
    assert load_space(file).size() == 36


def test_the_readme_s_what_if_is_one(tmp_path: Path) -> None:
    file = tmp_path / "more.toml"
    file.write_text(block_with("[change"), "utf-8")
    base = read("academy")
    changed = {path for path, _, _ in difference(base, read_what_if(base, str(file)))}
    assert "staff.seats.front_day.heads" in changed
    assert any(path.endswith("per_week") for path in changed)


def test_the_contents_of_the_model_s_page_are_its_headings_in_their_order() -> None:
    words = (README.parent / "MODEL.md").read_text("utf-8")
    heads = [title for _, title in re.findall(r"^(#{2,4}) (.+)$", words, re.MULTILINE) if title != "Contents"]
    listed = re.findall(r"\[([^\]]+)\]\(#([^)]+)\)", words)
    assert [title for title, _ in listed] == heads
    assert all(re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") == anchor for title, anchor in listed)


def test_the_map_of_the_house_has_the_floors_that_are_enforced() -> None:
    words = (README.parent / "CONTRIBUTING.md").read_text("utf-8")
    floors = words[words.index("| floor | holds |") : words.index("| to change | go to |")]
    drawn = [set(re.findall(r"`(\w+)`", line.split("|")[1])) for line in floors.splitlines()[2:] if line]
    contracts = tomllib.loads((README.parent / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    (layers,) = (each["layers"] for each in contracts if each["name"] == "the floors of sim")
    assert drawn == [set(re.findall(r"\w+", layer)) for layer in layers]


def test_what_the_map_of_the_house_points_at_is_there() -> None:
    words = (README.parent / "CONTRIBUTING.md").read_text("utf-8")
    places = re.findall(r"`((?:sim|scenarios|optimize|tests|benchmarks)/[\w./]*)`", words)
    assert len(places) > 10
    assert [place for place in places if not (README.parent / place).exists()] == []
