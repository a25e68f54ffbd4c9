"""What a sandbox is set up with, as its owner says it: packages, plugins, settings and commands, from a file or from options."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

import msgspec

from tuckan._text import did_you_mean
from tuckan.errors import InvalidArgument
from tuckan.sandbox.instances import VERSIONS
from tuckan.sandbox.recipe import file_settings, recipes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

OURS = frozenset(
    """
    SECRET_KEY WTF_CSRF_SECRET_KEY beaker.session.secret api_token.jwt.encode.secret api_token.jwt.decode.secret
    sqlalchemy.url ckan.datastore.write_url ckan.datastore.read_url solr_url ckan.redis.url ckan.site_url ckan.site_id
    ckan.storage_path
    """.split()
)
"""Settings that make the sandbox one: its secrets, and where its parts are."""

Kind: TypeAlias = Literal["recipe", "plugin", "package"]
T = TypeVar("T")

_PACKAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_PLUGIN = re.compile(r"\w+")


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """What a sandbox is set up with, besides what every sandbox has.

    Attributes:
        install: requirements of packages, and folders of packages (absolute paths), which are installed so that changes
            in them take effect.
        override: requirements that override CKAN's own pins.
        load: what CKAN is to load, in order: a `recipe`, a `plugin` by CKAN's own name, or the plugin of something that is
            to be installed (`package`).
        config: settings of CKAN.
        after: commands of CKAN's command line that prepare the database, each as its words.
        solr_schema: a file with fields of the search schema (an absolute path), or an empty string.
    """

    install: tuple[str, ...] = ()
    override: tuple[str, ...] = ()
    load: tuple[tuple[Kind, str], ...] = ()
    config: dict[str, str] = {}
    after: tuple[tuple[str, ...], ...] = ()
    solr_schema: str = ""

    @property
    def recipes(self) -> tuple[str, ...]:
        """The recipes that it uses."""
        return tuple(name for kind, name in self.load if kind == "recipe")

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folders among what is to be installed."""
        return tuple(Path(one) for one in self.install if is_path(one))

    def with_options(
        self, plugins: Iterable[str] = (), settings: Mapping[str, Any] | None = None, solr_schema: str | Path = ""
    ) -> Setup:
        """This one with plugins and settings added; what is added comes first.

        Args:
            plugins: names of recipes, requirements of packages, folders of packages, and CKAN's own names of plugins.
            settings: settings of CKAN.
            solr_schema: a file with fields of the search schema.

        Raises:
            InvalidArgument: when one of them is none.
        """
        here = Path.cwd()
        load = [_loaded(str(one), here) for one in plugins]
        config = {key: _setting(key, value, here, "settings") for key, value in (settings or {}).items()}
        return msgspec.structs.replace(
            self,
            load=_once(load, self.load),
            install=_once(self.install, (name for kind, name in load if kind == "package")),
            config={**self.config, **config},
            solr_schema=_file(str(solr_schema), here) if solr_schema else self.solr_schema,
        )


def is_path(given: str) -> bool:
    """Whether what is to be installed is a folder, and no package of a registry."""
    return given.startswith((".", "/", "~")) or ("/" in given and "://" not in given and "@" not in given)


def parse_setting(text: str) -> tuple[str, str]:
    """A setting as typed, `KEY=VALUE`.

    Raises:
        InvalidArgument: when it is none.
    """
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise InvalidArgument(f"{text!r} is no setting.", hint="Write KEY=VALUE, as in ckan.site_title=Rivers.")
    return key.strip(), value.strip()


def read_setup(path: Path) -> tuple[Setup, str | None]:
    """A setup from a file, and the version of CKAN that it names.

    Raises:
        InvalidArgument: when the file can't be read or says what can't be, with the line.
    """
    try:
        text = path.read_text(encoding="utf-8")
        data = tomllib.loads(text)
    except OSError as error:
        raise InvalidArgument(f"{path} can't be read: {error.strerror}.", hint="Check the path.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidArgument(f"{path} is no TOML: {error}.", hint="See https://toml.io.") from None
    return _File(path, text).setup(data)


class _File:
    """A file that is being read: its mistakes are told with their line."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self.here = path.absolute().parent
        self._lines = text.splitlines()
        self._keys: dict[str, Callable[[Any], Any]] = {
            "ckan": self._version,
            "recipes": lambda value: self._each("recipes", value, self._recipe),
            "install": lambda value: self._each("install", value, self._installed),
            "override": lambda value: self._each("override", value, self._requirement),
            "plugins": lambda value: self._each("plugins", value, self._plugin),
            "config": self._config,
            "after": self._after,
            "solr_schema": lambda value: self._tried("solr_schema", lambda: _file(str(value), self.here)),
        }

    def setup(self, data: dict[str, Any]) -> tuple[Setup, str | None]:
        """What it says."""
        found: dict[str, Any] = {}
        for key, value in data.items():
            name = key.replace("-", "_")
            if name not in self._keys:
                raise self._wrong(key, f"{key!r} is no key of a sandbox", near=self._keys)
            found[name] = self._keys[name](value)
        version = found.pop("ckan", None)
        # The plugins that somebody names come before those that recipes bring.
        named: list[tuple[Kind, str]] = [("plugin", one) for one in found.pop("plugins", ())]
        used: list[tuple[Kind, str]] = [("recipe", one) for one in found.pop("recipes", ())]
        return Setup(load=_once(named, used), **found), version

    def _version(self, value: Any) -> str:
        if not isinstance(value, str):  # 2.10 would be 2.1
            raise self._wrong("ckan", "'ckan' is a version, written as text", hint='Write ckan = "2.11".')
        short = ".".join(value.split(".")[:2])
        if short not in VERSIONS or value not in (short, VERSIONS[short]):
            raise self._wrong("ckan", f"there is no sandbox with CKAN {value}", hint=f"Choose {', '.join(VERSIONS)}.")
        return value

    def _each(self, key: str, value: Any, check: Callable[[str], str]) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise self._wrong(key, f"{key!r} is a list of texts", hint=f'Write {key} = ["...", "..."].')
        return tuple(check(one) for one in value)

    def _recipe(self, value: str) -> str:
        if value not in recipes():
            raise self._wrong(value, f"there is no recipe {value!r}", near=recipes())
        return value

    def _installed(self, value: str) -> str:
        if is_path(value):
            return self._tried(value, lambda: _folder(value, self.here))
        return self._requirement(value)

    def _requirement(self, value: str) -> str:
        if not _PACKAGE.match(value):
            raise self._wrong(value, f"{value!r} is no requirement of a package")
        return value

    def _plugin(self, value: str) -> str:
        if not _PLUGIN.fullmatch(value):
            raise self._wrong(value, f"{value!r} is no name of a plugin", hint="Packages go into `install`.")
        return value

    def _config(self, value: Any) -> dict[str, str]:
        if not isinstance(value, dict):
            raise self._wrong(
                "config", "'config' is a table of settings", hint="Write [config], and KEY = VALUE below."
            )
        return {key: self._set(key, one) for key, one in _flat(value)}

    def _set(self, key: str, value: Any) -> str:
        return self._tried(key, lambda: _setting(key, value, self.here, "[config]"))

    def _after(self, value: Any) -> tuple[tuple[str, ...], ...]:
        if not isinstance(value, dict) or set(value) - {"ckan"}:
            unknown = next((one for one in value if one != "ckan"), "after") if isinstance(value, dict) else "after"
            raise self._wrong(unknown, "[after] has the key 'ckan' alone", near=["ckan"])
        commands = value.get("ckan", [])
        try:
            return msgspec.convert(commands, tuple[tuple[str, ...], ...])
        except msgspec.ValidationError:
            raise self._wrong(
                "ckan",
                "'ckan' of [after] is a list of commands, each a list of words",
                hint='Write ckan = [["search-index", "rebuild"]].',
                section="after",
            ) from None

    def _tried(self, word: str, read: Callable[[], str]) -> str:
        try:
            return read()
        except InvalidArgument as error:
            raise self._wrong(word, error.message.removesuffix("."), hint=error.hint) from None

    def _wrong(
        self, word: str, why: str, *, near: Iterable[str] = (), hint: str = "", section: str = ""
    ) -> InvalidArgument:
        line = self._line(word, section)
        place = f"{self.path}, line {line}" if line else str(self.path)
        return InvalidArgument(f"{place}: {why}.", hint=did_you_mean(word, near) or hint or _choices(near))

    def _line(self, word: str, section: str) -> int:
        begin = next((n for n, one in enumerate(self._lines) if one.strip() == f"[{section}]"), 0) if section else 0
        wanted = re.compile(rf"(?<![\w.-]){re.escape(word)}(?![\w-])")
        at = (n for n, one in enumerate(self._lines, 1) if n > begin and wanted.search(one.partition(" #")[0]))
        return next(at, 0)


def _choices(names: Iterable[str]) -> str:
    known = ", ".join(names)
    return f"Choose from {known}." if known else ""


def _loaded(given: str, here: Path) -> tuple[Kind, str]:
    """What is meant by one word after `--plugin`."""
    if is_path(given):
        return "package", _folder(given, here)
    if given in recipes():
        return "recipe", given
    if _PLUGIN.fullmatch(given):
        return "plugin", given
    if _PACKAGE.match(given):
        return "package", given
    raise InvalidArgument(
        f"{given!r} is no plugin.",
        hint="Give the name of a recipe, a package such as 'ckanext-geoview>=0.3', a folder such as ./ckanext-mine, or CKAN's own name of a plugin.",
    )


def _folder(given: str, here: Path) -> str:
    path = (here / Path(given).expanduser()).resolve()
    if not any((path / name).is_file() for name in ("pyproject.toml", "setup.py", "setup.cfg")):
        why = "is no folder of a package: it has no pyproject.toml and no setup.py" if path.is_dir() else "is not there"
        raise InvalidArgument(f"{given} {why}.", hint="Give the folder that the extension's pyproject.toml is in.")
    return str(path)


def _file(given: str, here: Path) -> str:
    path = (here / Path(given).expanduser()).resolve()
    if not path.is_file():
        raise InvalidArgument(f"{given} is no file.", hint="Check the path.")
    return str(path)


def _flat(table: Mapping[str, Any], before: str = "") -> Iterable[tuple[str, Any]]:
    """The settings of a table: a key with dots that nobody has put in quotes is a table in a table."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{key}.")
        else:
            yield f"{before}{key}", value


def _setting(key: str, value: Any, here: Path, where: str) -> str:
    if key in OURS:
        raise InvalidArgument(f"The sandbox itself sets {key!r}.", hint=f"Leave it out of {where}.")
    if re.search(r"[\s=:#;\[]", key) or not key:
        raise InvalidArgument(f"{key!r} is no name of a setting.", hint="Names are as in ckan.ini: ckan.site_title.")
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str | int | float | Path | list):
        raise InvalidArgument(
            f"The value of {key!r} is not text, number, truth or list.", hint="Write it as in ckan.ini."
        )
    words = [str(one).replace("%(here)s", str(here)) for one in (value if isinstance(value, list) else [value])]
    if key in file_settings():
        return " ".join(_address(one, here, key) for word in words for one in _files(word, here))
    return " ".join(words)


def _files(text: str, here: Path) -> list[str]:
    """The files that a value names: one, whose path may have spaces, or several with spaces between them."""
    return [text] if (here / Path(text).expanduser()).is_file() else text.split()


def _address(word: str, here: Path, key: str) -> str:
    """The address of a file, which extensions can read; a file in a package stays as it is named.

    Raises:
        InvalidArgument: when there is no such file.
    """
    path = (here / Path(word).expanduser()).resolve()
    if path.is_file():
        return path.as_uri()
    if ":" not in word:
        raise InvalidArgument(
            f"{key!r} names {word!r}, but there is no such file in {here}.",
            hint="Name files of a package as in ckanext.mine:schema.yaml; a list takes paths with spaces.",
        )
    return word


def _once(first: Iterable[T], second: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys([*first, *second]))
