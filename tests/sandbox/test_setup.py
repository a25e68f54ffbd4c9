"""What a sandbox is set up with: read from files and options, and told with its line where it cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from tuckan.errors import InvalidArgument
from tuckan.sandbox import Sandbox
from tuckan.sandbox.packages import complete, name_of, pins, requested, to_resolve
from tuckan.sandbox.recipe import clashes, packages_of, recipes
from tuckan.sandbox.setup import Setup, parse_setting, read_setup

NOTHING = Setup()

WHOLE = """
ckan = "2.11"
recipes = ["scheming"]
install = ["ckanext-geoview>=0.5", "./ckanext-mine"]
override = ["setuptools<81"]
plugins = ["mine", "scheming_datasets"]
solr_schema = "fields.xml"

[config]
"scheming.dataset_schemas" = "camels.yaml ckanext.mine:sites.yaml"
ckan.site_title = "100 % rivers"
ckan.datastore.sqlsearch.enabled = true
ckan.locales_offered = ["en", "de"]
mine.folder = "%(here)s/data"

[after]
ckan = [["mine", "seed"], ["search-index", "rebuild"]]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with an extension and what a setup names."""
    (tmp_path / "ckanext-mine").mkdir()
    (tmp_path / "ckanext-mine" / "setup.py").touch()
    (tmp_path / "fields.xml").touch()
    (tmp_path / "camels.yaml").touch()
    return tmp_path


def written(folder: Path, text: str) -> Path:
    path = folder / "sandbox.toml"
    path.write_text(text)
    return path


def test_a_whole_file(folder: Path) -> None:
    setup, ckan = read_setup(written(folder, WHOLE))
    assert ckan == "2.11"
    assert setup.install == ("ckanext-geoview>=0.5", str(folder / "ckanext-mine"))
    assert setup.load == (("plugin", "mine"), ("plugin", "scheming_datasets"), ("recipe", "scheming"))
    assert (setup.override, setup.solr_schema) == (("setuptools<81",), str(folder / "fields.xml"))
    assert setup.after == (("mine", "seed"), ("search-index", "rebuild"))
    assert setup.config == {
        "scheming.dataset_schemas": f"{(folder / 'camels.yaml').as_uri()} ckanext.mine:sites.yaml",
        "ckan.site_title": "100 % rivers",
        "ckan.datastore.sqlsearch.enabled": "true",
        "ckan.locales_offered": "en de",
        "mine.folder": f"{folder}/data",
    }


@pytest.mark.parametrize(
    ("text", "line", "why", "hint"),
    [
        ('\nrecipe = ["scheming"]', 2, "'recipe' is no key", "Did you mean 'recipes'?"),
        ("# plugins\nplugin = []", 2, "'plugin' is no key", "Did you mean 'plugins'?"),
        ('recipes = [\n  "dcat",\n  "sceming",\n]', 3, "there is no recipe 'sceming'", "Did you mean 'scheming'?"),
        ('recipes = "scheming"', 1, "'recipes' is a list of texts", 'recipes = ["...", "..."]'),
        ("ckan = 2.10", 1, "written as text", 'ckan = "2.11"'),
        ('ckan = "2.9"', 1, "there is no sandbox with CKAN 2.9", "2.12, 2.11, 2.10"),
        ('ckan = "2.11"\nplugins = ["ckanext-mine"]', 2, "no name of a plugin", "install"),
        ('install = ["./nowhere"]', 1, "./nowhere is not there", "pyproject.toml"),
        ('install = ["."]', 1, "no folder of a package", "pyproject.toml"),
        ('[config]\nckan.site_title = "a"\nsolr_url = "http://example.org"', 3, "itself sets 'solr_url'", "[config]"),
        ('[config]\n"a b" = 1', 2, "'a b' is no name of a setting", "ckan.ini"),
        ("[config]\nwhen = 2020-01-01", 2, "value of 'when'", "ckan.ini"),
        ("config = 1", 1, "'config' is a table", "[config]"),
        ('ckan = "2.12"\n[after]\nckan = ["search-index rebuild"]', 3, "a list of commands", '[["search-index"'),
        ("[after]\nckann = []", 2, "[after] has the key", "Did you mean 'ckan'?"),
        ('solr_schema = "none.xml"', 1, "none.xml is no file", "path"),
    ],
)
def test_a_mistake_is_told_with_its_line(folder: Path, text: str, line: int, why: str, hint: str) -> None:
    path = written(folder, text)
    with pytest.raises(InvalidArgument) as caught:
        read_setup(path)
    assert caught.value.message.startswith(f"{path}, line {line}: ")
    assert why in caught.value.message
    assert hint in caught.value.hint


@pytest.mark.parametrize("text", ["recipes = \n", "[config\n"])
def test_what_is_no_toml_is_told(folder: Path, text: str) -> None:
    with pytest.raises(InvalidArgument, match=r"sandbox.toml is no TOML: .*line \d"):
        read_setup(written(folder, text))


def test_a_file_that_is_not_there_is_told(folder: Path) -> None:
    with pytest.raises(InvalidArgument, match="can't be read: No such file"):
        Sandbox(config=folder / "sandbox.toml")


def test_options_say_what_they_mean_by_how_they_look(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    mine = str(folder / "ckanext-mine")
    given = ["./ckanext-mine", "scheming", "ckanext-geoview", "ckanext-x>=1,<2", "stats"]
    setup = NOTHING.with_options(given, {"scheming.dataset_schemas": "camels.yaml", "ckan.max_image_size": 4})
    assert setup.load == (
        ("package", mine),
        ("recipe", "scheming"),
        ("package", "ckanext-geoview"),
        ("package", "ckanext-x>=1,<2"),
        ("plugin", "stats"),
    )
    assert setup.install == (mine, "ckanext-geoview", "ckanext-x>=1,<2")
    assert setup.config == {
        "scheming.dataset_schemas": (folder / "camels.yaml").as_uri(),
        "ckan.max_image_size": "4",
    }


def test_files_of_settings_may_have_spaces_in_their_paths(folder: Path) -> None:
    spaced = folder / "my schemas"
    spaced.mkdir()
    for name in ("a b.yaml", "c.yaml"):
        (spaced / name).touch()
    one, two = ((spaced / name).as_uri() for name in ("a b.yaml", "c.yaml"))
    lists = """[config]
    "scheming.dataset_schemas" = ["my schemas/a b.yaml", "%(here)s/my schemas/c.yaml", "ckanext.mine:sites.yaml"]
    "scheming.group_schemas" = "my schemas/a b.yaml"
    """
    assert read_setup(written(folder, lists))[0].config == {
        "scheming.dataset_schemas": f"{one} {two} ckanext.mine:sites.yaml",
        "scheming.group_schemas": one,
    }
    given = NOTHING.with_options([], {"scheming.dataset_schemas": [spaced / "a b.yaml", spaced / "c.yaml"]})
    assert given.config == {"scheming.dataset_schemas": f"{one} {two}"}


def test_a_file_of_a_setting_that_is_not_there_is_told(folder: Path) -> None:
    text = '[config]\n"scheming.dataset_schemas" = "camels.yaml camel.yaml"\n'
    with pytest.raises(
        InvalidArgument, match=r"line 2: 'scheming.dataset_schemas' names 'camel.yaml', but there is no"
    ):
        read_setup(written(folder, text))


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"plugins": ["./nowhere"]}, "nowhere is not there"),
        ({"plugins": ["--what"]}, "is no plugin"),
        ({"settings": {"sqlalchemy.url": "x"}}, "itself sets 'sqlalchemy.url'"),
        ({"settings": {"a": None}}, "value of 'a'"),
        ({"solr_schema": "nowhere.xml"}, "is no file"),
    ],
)
def test_bad_options_are_refused(options: dict[str, object], why: str) -> None:
    with pytest.raises(InvalidArgument, match=why):
        Sandbox(**options)  # type: ignore[arg-type]


def test_the_version_of_the_file_counts_unless_another_is_given(folder: Path) -> None:
    path = written(folder, 'ckan = "2.10"')
    assert Sandbox(config=path).ckan == "2.10"
    assert Sandbox(ckan="2.11", config=path).ckan == "2.11"
    assert Sandbox().ckan == "2.12"


@pytest.mark.parametrize("text", ["ckan.site_title", "=x", ""])
def test_what_is_no_setting_is_refused(text: str) -> None:
    with pytest.raises(InvalidArgument, match="is no setting"):
        parse_setting(text)
    assert parse_setting(" a.b = c=d ") == ("a.b", "c=d")


def test_recipes_are_pinned_and_agree_with_each_other() -> None:
    seen: dict[str, str] = {}
    for name in recipes():
        for one in packages_of(name):
            assert "==" in one
            assert seen.setdefault(name_of(one), one) == one
    assert all(clash.why and (clash.plugins or clash.packages) for clash in clashes())
    known = {plugin for one in recipes().values() for plugin in one.plugins}
    assert known.issuperset(plugin for clash in clashes() for plugin in clash.plugins)


def test_packages_that_are_known_need_no_looking_up(folder: Path) -> None:
    assert complete("2.11", NOTHING) == pins("2.11")
    doi = complete("2.11", NOTHING.with_options(["doi"]))
    assert doi is not None
    assert {"setuptools==80.9.0", "ckanext-doi==4.0.5"} < set(doi.split())
    assert doi.count("setuptools==") == 1

    mine = folder / "ckanext-mine"
    setup = NOTHING.with_options([str(mine)])
    assert complete("2.11", setup) is None, "who knows what a setup.py says"
    needs = '[project]\nname = "ckanext-mine"\nversion = "1"\ndependencies = ["{}"]\n'
    (mine / "pyproject.toml").write_text(needs.format("requests>2"))
    before = complete("2.11", setup)
    assert before is not None
    assert f"-e {mine} # " in before
    (mine / "pyproject.toml").write_text(needs.format("Requests>1"))
    assert complete("2.11", setup) != before, "what is installed of it may be another thing"
    (mine / "pyproject.toml").write_text(needs.format("rdflib"))
    assert complete("2.11", setup) is None
    assert complete("2.11", NOTHING.with_options([str(mine), "dcat"])), "a recipe brings it"


def test_what_is_looked_up_keeps_to_the_pins_but_for_what_is_overridden(folder: Path) -> None:
    setup, _ = read_setup(
        written(folder, 'install = ["ckanext-scheming==2.0", "./ckanext-mine"]\noverride = ["Flask<3"]')
    )
    (folder / "ckanext-mine" / "requirements.txt").write_text("xmltodict\n")
    wanted, fixed = to_resolve("2.11", setup)
    assert {"ckanext-scheming==2.0", f"-e {folder / 'ckanext-mine'}", "Flask<3"} < set(wanted.splitlines())
    assert f"-r {folder / 'ckanext-mine' / 'requirements.txt'}" in wanted.splitlines()
    assert "Flask<3" in fixed.splitlines()
    assert not [one for one in fixed.splitlines() if one.startswith(("flask==", "ckanext-scheming"))]
    before = requested("2.11", setup)
    (folder / "ckanext-mine" / "requirements.txt").write_text("xmltodict>1\n")
    assert requested("2.11", setup) != before


def test_the_file_that_the_documentation_shows_can_be_read(folder: Path) -> None:
    page = Path(__file__).parents[2] / "docs" / "how-to" / "extensions.md"
    text = page.read_text(encoding="utf-8").partition("```toml\n")[2].partition("```")[0]
    (folder / "surveys.yaml").touch()
    setup, ckan = read_setup(written(folder, text))
    assert (ckan, setup.recipes) == ("2.11", ("scheming", "dcat"))
    assert setup.config["scheming.dataset_schemas"].startswith("file:///")
