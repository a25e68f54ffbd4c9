"""Settings of one client, put together from argument, environment, `.env` and profile."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tuckan.config.profiles import Profile, default_profile, load_profiles, unknown_profile
from tuckan.errors import ConfigurationError, Hint
from tuckan.shapes import Secret
from tuckan.wire.address import Address, origin
from tuckan.wire.redaction import without_user_info

if TYPE_CHECKING:
    from collections.abc import Mapping

URL_NAME = "CKAN_BASE_URL"
TOKEN_NAME = "CKAN_API_KEY"  # noqa: S105 - the name of a variable, not a secret
PROFILE_NAME = "TUCKAN_PROFILE"

_PROFILE = "the profile "

VARIABLES = {
    URL_NAME: "The portal's address.",
    TOKEN_NAME: "The API token for that portal.",
    PROFILE_NAME: "The profile to use when no portal is named.",
    "TUCKAN_CONFIG_DIR": "The folder for profiles.",
    "TUCKAN_JOBS_DIR": "The folder for the journals of jobs.",
    "TUCKAN_SANDBOX_HOME": "The folder for sandboxes.",
    "HTTPS_PROXY, HTTP_PROXY, ALL_PROXY": "The proxy to use, such as `http://proxy.example.org:3128`.",
    "NO_PROXY": "Hosts to reach without the proxy.",
    "SSL_CERT_FILE, SSL_CERT_DIR": "Certificates to trust instead of the system's.",
    "NO_COLOR": "If set, output is not coloured.",
}
"""The variables of the environment that are looked at. The first three may stand in `.env` as well."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a client needs to know of its portal.

    Attributes:
        base_url: the portal's address as it was given.
        token: the API token, or None.
        source: where the address came from, in words.
    """

    base_url: str
    token: Secret | None = field(default=None, repr=False)
    source: str = ""

    @property
    def profile(self) -> str:
        """The name of the profile that named the portal, or nothing."""
        return self.source.removeprefix(_PROFILE) if self.source.startswith(_PROFILE) else ""


class _Source(NamedTuple):
    """One place to look.

    Attributes:
        name: the place, in words.
        url: the address that it names.
        token: the token that it has.
        trusted: whether the person chose it, so that its address may get a token from elsewhere. The nearest `.env` is
            whatever lies in the folder, a cloned repository's too.
    """

    name: str
    url: str | None
    token: Secret | None = None
    trusted: bool = True


def resolve(
    base_url: str | None = None,
    token: str | None = None,
    *,
    profile: str | None = None,
    environment: Mapping[str, str] | None = None,
    env_file: Path | str | None = None,
) -> Settings:
    """Find the portal's address and the token that belongs to it.

    The first source that has an address wins: argument, environment (`CKAN_BASE_URL`, then `TUCKAN_PROFILE`), the nearest
    `.env`, the default profile. A token from another source is used only when that source names the same portal, or
    none. It never goes to an address that only a `.env` found nearby names: that may be anybody's.

    Args:
        base_url: the address, when it is given outright.
        token: the token, when it is given outright; `""` means none at all.
        profile: the name of a profile, which then counts like an argument.
        environment: the environment variables; by default the process's own.
        env_file: the `.env` to read, instead of the nearest one here or above.

    Raises:
        ConfigurationError: when no address is found, a source cannot be read, a token has characters that no token has, or a
            token is set without an address and only a `.env` has one.

    Example:
        >>> resolve("https://example.org", environment={"CKAN_BASE_URL": "https://other.example", "CKAN_API_KEY": "x"}).token
        >>> resolve(environment={"CKAN_BASE_URL": "https://example.org", "CKAN_API_KEY": "x"}).source
        'the environment'
    """
    _check_text("base_url", base_url)
    _check_text("token", token)
    given = Secret(token) if token is not None else None
    sources = _sources(base_url, given, profile, os.environ if environment is None else environment, env_file)
    del token, environment  # what shows the variables of a frame would show the token
    chosen = next((source for source in sources if source.url and source.url.strip()), None)
    if chosen is None:
        raise ConfigurationError(
            "No portal is given.",
            hint=Hint("Pass base_url='https://example.org'", "Give --url https://example.org")
            + f", set {URL_NAME} (in the environment or a .env file), "
            + "or save a profile: tuckan login NAME --url https://example.org"
            + _saved_profiles(),
        )
    url = (chosen.url or "").strip()
    Address.parse(url)
    return Settings(url, _checked(_token_for(chosen, given, sources)), chosen.name)


def _check_text(name: str, value: object) -> None:
    if not isinstance(value, str | None):
        kind = type(value).__name__
        del value  # which may be a token
        raise ConfigurationError(
            f"{name} must be text, not {kind}.", hint="Pass a str, or leave it out to use other settings."
        )


def _saved_profiles() -> str:
    names = sorted(load_profiles())
    if not names:
        return "."
    return (
        f". Saved profiles are {', '.join(names)}: "
        + Hint("pass profile=", "give --profile")
        + " or set TUCKAN_PROFILE."
    )


def known(base_url: str) -> Settings:
    """The settings of a portal by its address, with the token that the environment, `.env` or any profile has for it.

    Args:
        base_url: the address.

    Raises:
        ConfigurationError: when a source cannot be read.
    """
    settings = resolve(base_url)
    if settings.token is None:
        for profile in load_profiles().values():
            if profile.token and origin(profile.url) == origin(base_url):
                return Settings(base_url, _checked(_secret(profile.token)), f"the profile {profile.name}")
    return settings


def _sources(
    base_url: str | None,
    token: Secret | None,
    profile: str | None,
    environment: Mapping[str, str],
    env_file: Path | str | None,
) -> list[_Source]:
    """Every place to look, the strongest first; `.env` and profiles are read only when they matter."""
    found = [_Source("the argument", base_url, token)]
    if profile is not None:
        return [*found, _from_profile(profile)]
    found.append(_Source("the environment", environment.get(URL_NAME), _secret(environment.get(TOKEN_NAME))))
    if not _has_address(found) and (name := environment.get(PROFILE_NAME)):
        found.append(_from_profile(name))
    dotenv = _read_env_file(env_file)
    token_there = _secret(dotenv.get(TOKEN_NAME))
    found.append(_Source("the file .env", dotenv.get(URL_NAME), token_there, trusted=env_file is not None))
    if not _has_address(found) and (name := dotenv.get(PROFILE_NAME) or default_profile()):
        found.append(_from_profile(name))
    return found


def _has_address(sources: list[_Source]) -> bool:
    return any(source.url and source.url.strip() for source in sources)


def _secret(token: str | None) -> Secret | None:
    return Secret(token) if token is not None else None


def _from_profile(name: str) -> _Source:
    profiles = load_profiles()
    entry: Profile | None = profiles.get(name)
    if entry is None:
        raise unknown_profile(name, profiles)
    return _Source(f"{_PROFILE}{name}", entry.url, _secret(entry.token))


def _read_env_file(given: Path | str | None) -> Mapping[str, str]:
    path = Path(given) if given is not None else _nearest_env_file()
    if path is None:
        return {}
    try:
        found = _parsed(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = f"{error.strerror}." if isinstance(error, OSError) else "it is not text in UTF-8."
        raise _unreadable_env(path, reason) from None  # the frames of a decoder hold the text, the token in it
    if isinstance(found, int):
        raise _unreadable_env(path, f"there is an error in line {found}; are its quotes balanced?")
    return found


def _unreadable_env(path: Path, reason: str | None) -> ConfigurationError:
    return ConfigurationError(
        f"The file {path} cannot be read: {reason}",
        hint="Fix it or remove it; its lines look like CKAN_BASE_URL=https://...",
    )


def _parsed(text: str) -> Mapping[str, str] | int:
    """The values of a `.env`, or the number of the line with one of ours that can't be read.

    The file may be another program's as well: what else is wrong in it does not concern us.
    """
    from dotenv import dotenv_values  # noqa: PLC0415 - only wanted when there is such a file
    from dotenv.parser import parse_stream  # noqa: PLC0415

    entries = list(parse_stream(StringIO(text)))
    for entry in entries:
        if entry.error and any(name in entry.original.string for name in (URL_NAME, TOKEN_NAME, PROFILE_NAME)):
            return entry.original.line
    readable = "".join(entry.original.string for entry in entries if not entry.error)
    return {name: value for name, value in dotenv_values(stream=StringIO(readable)).items() if value is not None}


def _nearest_env_file() -> Path | None:
    try:
        here = Path.cwd()
    except FileNotFoundError:
        return None  # the folder that we are in was removed
    return next((folder / ".env" for folder in (here, *here.parents) if (folder / ".env").exists()), None)


def _token_for(chosen: _Source, given: Secret | None, sources: list[_Source]) -> Secret | None:
    if given is not None and not given.strip():
        return None
    url = (chosen.url or "").strip()
    for source in sources:
        same_portal = not source.url or origin(source.url.strip()) == origin(url)
        if source.token and source.token.strip() and same_portal:
            if not source.url and not chosen.trusted and source is not chosen:
                raise _without_address(source, url)
            return Secret(source.token.strip())
    return None


def _without_address(source: _Source, url: str) -> ConfigurationError:
    where = "given as an argument" if source.name == "the argument" else f"set in {source.name}"
    return ConfigurationError(
        f"The token that is {where} was set without an address, and only a file .env names one: {without_user_info(url)}.",
        hint=f"A token is sent only to the address that it was set with. Set {URL_NAME} along with it, "
        + Hint("pass base_url= with it", "give --url")
        + ", or keep both in a profile: tuckan login NAME --url https://example.org",
    )


def _checked(token: Secret | None) -> Secret | None:
    if token is not None and not (token.isascii() and token.isprintable() and " " not in token):
        raise ConfigurationError(
            "The token contains invalid characters (spaces, line breaks or accents).",
            hint="Copy it again, without 'Bearer' in front.",
        )
    return token
