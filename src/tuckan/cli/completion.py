"""What a shell completes besides commands and options: profiles, jobs, actions, fields, and names of the portal's records.

Nothing here raises: a shell that waits for completions cannot show an error. Answers of the portal are cached for
some minutes, and waited for no longer than a second.
"""

from __future__ import annotations

import contextlib
import os
import threading
from typing import TYPE_CHECKING, Any

from tuckan._text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    import click

    from tuckan.client import Client

    Completer = Callable[[click.Context, click.Parameter, str], list[str]]

SECONDS = 1.0
"""How long the portal is waited for."""

KEPT = 300.0
"""How many seconds its answer is kept."""

MOST = 100
_RECORDS = ("dataset", "organization", "group")


def _completer(known: Callable[[click.Context, str], Iterable[str]], mark: str = "") -> Completer:
    def complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
        del param
        with contextlib.suppress(Exception):  # whatever it is, a shell completes nothing and says nothing
            found = (one for one in known(ctx, incomplete) if one.startswith(incomplete))
            return [
                f"{one}{mark}" for one in found if printable(one, one_line=True) == one
            ]  # otherwise not a CKAN name
        return []

    return complete


def _profiles(_ctx: click.Context, _incomplete: str) -> Iterable[str]:
    from tuckan.config import load_profiles  # noqa: PLC0415 - only where it is completed, as all below

    return load_profiles()


def _jobs(_ctx: click.Context, _incomplete: str) -> Iterable[str]:
    from tuckan.jobs.shelf import summaries  # noqa: PLC0415

    return ["last", *(one.name for one in reversed(list(summaries())))]


def _actions(_ctx: click.Context, _incomplete: str) -> Iterable[str]:
    from tuckan.actions import catalogue  # noqa: PLC0415

    return sorted(catalogue().actions)


def _search_fields(_ctx: click.Context, _incomplete: str) -> Iterable[str]:
    from tuckan.wire.solr import FIELDS  # noqa: PLC0415

    return sorted(FIELDS)


def _record_fields(ctx: click.Context, _incomplete: str) -> Iterable[str]:
    from tuckan.snapshot.fields import fields_of  # noqa: PLC0415

    kind = next((name for name in ctx.command_path.split() if name != "tuckan"), "")
    own = _names(f"{kind} fields", ctx, "") if kind in _RECORDS else []
    return dict.fromkeys([*fields_of(kind), *own])


profiles = _completer(_profiles)
jobs = _completer(_jobs)
actions = _completer(_actions)
search_fields = _completer(_search_fields)
search_filters = _completer(_search_fields, "=")
record_fields = _completer(_record_fields, "=")


def names(kind: str) -> Completer:
    """Complete names of the portal's records.

    Args:
        kind: `dataset`, `organization` or `group`.
    """
    return _completer(lambda ctx, incomplete: _names(kind, ctx, incomplete))


datasets, organizations, groups = (names(kind) for kind in _RECORDS)


def _names(kind: str, ctx: click.Context, incomplete: str) -> list[str]:
    portal: dict[str, Any] = {}
    for at in (ctx.find_root(), ctx):
        portal |= {key: value for key in ("url", "profile", "anonymous") if (value := at.params.get(key))}
    file = _kept_in(kind, incomplete, portal)
    found = _read(file)
    if found is not None:
        return found
    answer: list[list[str]] = []
    # A thread, since an unresponsive portal is retried: answers after more than a second are useless.
    asking = threading.Thread(target=_ask, args=(kind, incomplete, portal, file, answer), daemon=True)
    asking.start()
    asking.join(SECONDS)
    return answer[0] if answer else []


def _ask(kind: str, incomplete: str, portal: dict[str, Any], file: Path, answer: list[list[str]]) -> None:
    with contextlib.suppress(Exception):
        from tuckan.client import Client  # noqa: PLC0415

        token = "" if portal.get("anonymous") else None
        profile = portal.get("profile")
        with Client(portal.get("url"), token, profile=profile, timeout=SECONDS, progress=False) as ckan:
            found: Iterable[Any]
            if kind.endswith(" fields"):
                found = _fields(ckan, kind.removesuffix(" fields"))
            elif incomplete and kind == "dataset":
                found = ckan.call("package_autocomplete", {"q": incomplete, "limit": MOST})
            else:
                action = "package_list" if kind == "dataset" else f"{kind}_list"
                found = ckan.call(action, {"limit": MOST} if kind == "dataset" else {})
        answer.append([str(one["name"] if isinstance(one, dict) else one) for one in found])
        keep(file, answer[0])


def _fields(ckan: Client, entity: Any) -> Iterable[str]:
    """The fields of the portal's own schemas, of all types."""
    schemas = [ckan.schemas.get(one, entity=entity) for one in ckan.schemas.types(entity)]
    return dict.fromkeys(column for one in schemas if one.source == "scheming" for column in one.columns())


def _kept_in(kind: str, incomplete: str, portal: dict[str, Any]) -> Path:
    """The file that keeps an answer: one for each question, portal and folder, since a `.env` may name the portal."""
    import hashlib  # noqa: PLC0415
    from pathlib import Path  # noqa: PLC0415

    import platformdirs  # noqa: PLC0415

    named = [os.environ.get(name, "") for name in ("CKAN_BASE_URL", "TUCKAN_PROFILE")]
    question = [kind, incomplete if kind == "dataset" else "", str(sorted(portal.items())), str(Path.cwd()), *named]
    digest = hashlib.sha256("\0".join(question).encode()).hexdigest()[:32]
    return Path(platformdirs.user_cache_dir("tuckan", appauthor=False)) / "completion" / digest


def _read(file: Path) -> list[str] | None:
    import time  # noqa: PLC0415

    try:
        if time.time() - file.stat().st_mtime > KEPT:
            return None
        return file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeError):
        return None


def keep(file: Path, found: list[str]) -> None:
    """Keep an answer; names of private datasets may be among them, so they are the owner's alone."""
    from tuckan.transport.durable import private_folder, replacing  # noqa: PLC0415

    private_folder(file.parent)
    with replacing(file, private=True) as new:
        new.write("".join(f"{one}\n" for one in found).encode())
