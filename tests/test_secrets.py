"""The token appears nowhere: it is looked for in every place where text goes."""

from __future__ import annotations

import copy
import io
import logging
import os
import pickle
import re
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from tuckan import Client, errors, show
from tuckan.cli import changes
from tuckan.config import Profile, load_profiles, resolve, save_profile
from tuckan.jobs.kinds.calls import CallAction
from tuckan.jobs.operation import Operation, public
from tuckan.shapes import SECRET_FIELDS, is_secret, without_secrets
from tuckan.snapshot import verify
from tuckan.wire import encoding
from tuckan.wire.address import Address
from tuckan.wire.call import Call
from tuckan.wire.portal_state import PortalState
from tuckan.wire.retry import RetryPolicy
from tuckan.wire.verification import not_kept

if TYPE_CHECKING:
    from tuckan.sandbox import Sandbox

WRONG = "wrong-token-5d41402abc4b2a76b9719d911017c592"


def everything_of(error: BaseException) -> str:
    """All that a person or a log may come to see of an error."""
    text = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    return (
        text
        + repr(error)
        + str(error)
        + repr(vars(error))
        + repr(error.args)
        + pickle.dumps(str(error)).decode("latin-1")
    )


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Everything that is logged, by everybody."""
    caplog.set_level(logging.NOTSET)
    for name in ("tuckan", "httpx2", "httpcore2"):
        caplog.set_level(logging.DEBUG, logger=name)
    return caplog


def work(ckan: Client) -> list[Any]:
    """A bit of everything."""
    return [
        ckan.portal.status(),
        ckan.portal.whoami(),
        ckan.portal.capabilities(),
        ckan.datasets.list(include_private=True),
        ckan.users.get("admin"),
        ckan.tokens.list("admin"),
        ckan.tokens.revoke("admin", name="sandbox", dry_run=True, include_current=True),
        ckan.call("package_search", rows=0),
    ]


def test_good_work_shows_no_token(
    ckan_sandbox: Sandbox, log: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    token = ckan_sandbox.token()
    with Client(ckan_sandbox.url, token) as ckan:
        results = work(ckan)
        show(results[0])
        held = [
            ckan,
            ckan.settings,
            ckan.datasets,
            ckan.action,
            ckan._connection.portal_state,
            resolve(ckan_sandbox.url, token),
        ]
        said = "".join(map(repr, held)) + "".join(map(str, held)) + repr(results)
        assert token not in said
        assert token not in repr(copy.copy(ckan.settings))
    captured = capsys.readouterr()
    assert token not in captured.out + captured.err + log.text
    assert token not in " ".join(psutil.Process().cmdline())


@pytest.mark.parametrize(
    "trouble",
    ["wrong token", "reset", "html", "redirect", "timeout", "validation", "malformed url", "invalid argument"],
)
def test_no_error_shows_the_token(
    ckan_sandbox: Sandbox, proxy: Any, faults: Any, log: pytest.LogCaptureFixture, trouble: str
) -> None:
    token = WRONG if trouble == "wrong token" else ckan_sandbox.token()
    url = "http//nowhere?key=" + token if trouble == "malformed url" else proxy.url
    always = {
        "reset": faults.reset_before,
        "html": faults.status(200, b"<html>"),
        "redirect": faults.status(302, location="https://evil.example.net/api/3/action/x"),
        "timeout": faults.slow(0.6),
    }
    proxy.always(always.get(trouble))
    with pytest.raises(errors.TuckanError) as caught:
        ask(url, token, trouble)
    # What the frames hold is ours; what a frame of the test itself holds is not what is being tested.
    seen = everything_of(caught.value.with_traceback(None)) + log.text
    assert token not in seen


def ask(url: str, token: str, trouble: str) -> None:
    with Client(url, token, timeout=0.3 if trouble == "timeout" else 20, retries=RetryPolicy(attempts=1)) as ckan:
        if trouble == "invalid argument":
            ckan.datasets.get("")
        ckan.call("package_create", name="Not a name!")


def test_the_locals_of_our_own_frames_show_no_token(ckan_sandbox: Sandbox, own_frames: Any) -> None:
    """Tools that print the variables of each frame (pytest, Sentry, rich) must not find it in ours, headers apart."""
    token = ckan_sandbox.token()
    with Client(ckan_sandbox.url, token) as ckan, pytest.raises(errors.NotFound) as caught:
        ckan.datasets.get("nowhere")
    for frame in own_frames(caught.value):
        for name, value in frame.f_locals.items():
            assert token not in repr(value), f"{name} in {frame.f_code.co_name}"


def test_the_token_never_stands_in_an_address(ckan_sandbox: Sandbox, proxy: Any) -> None:
    token = ckan_sandbox.token()
    with Client(proxy.url, token) as ckan:
        work(ckan)
    assert proxy.seen
    for seen in proxy.seen:
        assert token not in seen.path
        assert token.encode() not in seen.body
        assert seen.headers["authorization"] == token


def test_a_loaders_status_shows_no_token(clean_portal: Sandbox, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("a\n1\n")
    with clean_portal.client() as ckan:
        ckan.call("organization_create", name="city")
        ckan.call("package_create", name="dataset", owner_org="city")
        made = ckan.call("resource_create", {"package_id": "dataset", "format": "text"}, files={"upload": file})
        ckan.xloader.submit(made["id"])
        state = ckan.xloader.wait(made["id"], timeout=200)
        assert state["status"] == "complete"
        loaders = clean_portal.settings.secrets.loader_token
        assert loaders not in repr(state)
        assert loaders in repr(ckan.call("xloader_status", resource_id=made["id"])), "which is why it is taken out"


def test_profiles_are_for_their_owner_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUCKAN_CONFIG_DIR", str(tmp_path / "config"))
    path = save_profile(Profile("work", "https://example.org", WRONG))
    assert path.stat().st_mode & 0o077 == 0
    os.chmod(path, 0o644)  # noqa: PTH101 - somebody was careless
    save_profile(Profile("other", "https://example.org"))
    assert path.stat().st_mode & 0o077 == 0
    assert load_profiles()["work"].token == WRONG
    assert WRONG not in repr(load_profiles())


def test_an_unreadable_env_file_is_named_and_not_quoted(tmp_path: Path) -> None:
    bad = tmp_path / ".env"
    bad.write_bytes(f"CKAN_BASE_URL=https://example.org\nCKAN_API_KEY={WRONG}\n".encode() + b"\xff\xfe\x00")
    with pytest.raises(errors.ConfigurationError) as caught:
        Client(env_file=bad)
    assert str(bad) in str(caught.value)
    assert WRONG not in everything_of(caught.value.with_traceback(None))


def test_nothing_is_printed_by_the_library(ckan_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    out, err = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    with ckan_sandbox.client() as ckan:
        work(ckan)
    assert (out.getvalue(), err.getvalue()) == ("", "")


SECRET_VALUE = "hunter2-hunter2"


@pytest.mark.parametrize("name", [*sorted(SECRET_FIELDS), "Authorization", "client_secret", "X-API-Key", "db_passwd"])
def test_every_road_hides_every_secret_field(name: str) -> None:
    """Journals, plans, errors, dumps and queries all go by the one list."""
    record = {"id": "ann", name: SECRET_VALUE, "deep": [{name: SECRET_VALUE}]}
    operation = Operation("k", "user.put", "ann", record)
    batch = Operation("k", "call", "x", {"action": "x_create", "data": record})
    call = Call("x_show", {name: SECRET_VALUE}, unlisted=True)
    portal_state = PortalState(Address.parse("https://example.org"))
    lost = verify("dataset", {name: SECRET_VALUE, "extras": [{"key": name, "value": SECRET_VALUE}]}, {"name": "d"})
    shown = [
        without_secrets(record),
        public(operation),
        public(batch),
        CallAction().intent(batch),
        changes.shown({name: (None, SECRET_VALUE), "extras": ([], [{"key": name, "value": SECRET_VALUE}])}),
        list(changes.lines({name: ("", SECRET_VALUE), "a": (None, record)})),
        lost,
        lost.reason(),
        not_kept(lost, portal_state, "dataset d", {**record, "name": "d"}, {name: SECRET_VALUE}),
        list(encoding.encodings(call, portal_state)).count("get"),
    ]
    assert SECRET_VALUE not in repr(shown) + str(shown[-2]) + repr(vars(shown[-2]))
    assert shown[-1] == 0


def test_names_that_only_sound_like_secrets_are_shown() -> None:
    assert not any(map(is_secret, ("secretariat", "name", "passage", "key", "authorized_by", "apiary")))


def test_there_is_one_list_of_secret_fields() -> None:
    """A list of our own elsewhere would miss what is added to this one."""
    several = re.compile(r"(?:[\"'\s|(]|^)(?:apikey|password_hash|reset_key|job_key)[\"'\s|)]", re.MULTILINE)
    allowed = {
        "shapes/secrets.py",
        "shapes/records.py",
        "jobs/records/fields.py",
        "client/_async/bulk/loading.py",
        "client/_sync/bulk/loading.py",
    }
    root = Path(errors.__file__).parent
    for path in root.rglob("*.py"):
        name = path.relative_to(root).as_posix()
        if name not in allowed and "/actions/" not in name and "sandbox/" not in name:
            assert not several.search(path.read_text(encoding="utf-8")), name
