"""Pure changes to datasets, and flows that write, without a network."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuckan import errors
from tuckan.cli.differences import differences
from tuckan.snapshot import list_edits
from tuckan.wire.address import Address
from tuckan.wire.call import Call
from tuckan.wire.doubt import once
from tuckan.wire.entities import ENTITIES, inviting
from tuckan.wire.flow import NetworkFailure, Outcome, Reply, Send, Wait
from tuckan.wire.package_revise import flattened_call
from tuckan.wire.portal_state import PortalState
from tuckan.wire.removing import (
    following,
    removing,
    removing_collaborator,
    removing_member,
    unfollowing,
    unrelating,
)
from tuckan.wire.retry import RetryPolicy
from tuckan.wire.revising import setting
from tuckan.wire.uncounted_lists import executing_list
from tuckan.wire.validation_hints import advised, valid_name
from tuckan.wire.verification import verifying, verifying_order
from tuckan.wire.writing import editing, reading_if_there

LOST = NetworkFailure("broken", "reset")
DONE = Reply(200, {}, b'{"success": true, "result": {}}')
GONE = Reply(404, {}, b'{"success": false, "error": {"__type": "Not Found Error", "message": "Not found"}}')
THERE = Reply(200, {}, b'{"success": true, "result": {"id": "x", "name": "x", "state": "active"}}')


def portal_state() -> PortalState:
    known = PortalState(Address.parse("https://example.org"), policy=RetryPolicy(attempts=3))
    known.action_base = "https://example.org/api/3/action"
    return known


def perform(flow: Any, *answers: Any) -> tuple[Any, list[str]]:
    """Perform a flow with these answers, and tell what was sent."""
    sent: list[str] = []
    rest = iter(answers)
    try:
        step = next(flow)
        while True:
            if isinstance(step, Wait):
                step = flow.send(None)
            else:
                assert isinstance(step, Send)
                sent.append(step.request.url.rpartition("/")[2])
                step = flow.send(Outcome(next(rest), 0.1))
    except StopIteration as end:
        return end.value, sent


def test_a_list_is_read_again_when_one_of_its_records_goes_meanwhile() -> None:
    gone = Reply(404, {}, b'{"success": false, "error": {"__type": "Not Found Error", "message": "Not found"}}')
    full = Reply(200, {}, b'{"success": true, "result": [{"name": "a"}]}')
    call = Call("organization_list", {"all_fields": True}, read_only=True)
    found, sent = perform(executing_list(call, portal_state()), gone, gone, full)
    assert ([one["name"] for one in found], sent) == (["a"], ["organization_list"] * 3)
    with pytest.raises(errors.NotFound):
        perform(executing_list(call, portal_state()), gone, gone, gone, gone)


DELETE = Call("package_delete", {"id": "x"})
LOOK = Call("package_show", {"id": "x"}, read_only=True)


def test_a_delete_is_looked_up_before_it_is_repeated() -> None:
    assert perform(removing(DELETE, LOOK, portal_state()), DONE)[1] == ["package_delete"]
    assert perform(removing(DELETE, LOOK, portal_state()), LOST, GONE)[1] == ["package_delete", "package_show"]
    twice = perform(removing(DELETE, LOOK, portal_state()), LOST, THERE, GONE, GONE)[1]
    assert twice == ["package_delete", "package_show"] * 2, "it was gone by the second time"
    with pytest.raises(errors.NotFound):
        perform(removing(DELETE, LOOK, portal_state()), GONE)
    with pytest.raises(errors.InDoubt):
        perform(removing(DELETE, LOOK, portal_state()), *[LOST, THERE] * 3)


def test_a_write_that_fails_each_time_ends_in_the_portals_own_error() -> None:
    def nothing() -> Any:
        return
        yield

    failed = Reply(500, {}, b'{"success": false, "error": {"__type": "Internal Server Error", "message": "Oops"}}')
    with pytest.raises(errors.ServerError, match="Oops"):
        perform(once(Call("package_create", {"name": "x"}), nothing, portal_state()), failed, failed, failed)


MOVED = Reply(303, {"location": "/dataset/x"}, b"")
LOGIN = Reply(302, {"location": "/user/login"}, b"")
RECORD = {"id": "x", "name": "x", "title": "Old", "metadata_modified": "2026-01-01T00:00:00"}


def answer(result: Any) -> Reply:
    return Reply(200, {}, msgspec.json.encode({"success": True, "result": result}))


def looking() -> Any:
    return reading_if_there(LOOK, portal_state())


def test_a_write_answered_with_a_redirect_is_looked_up_and_never_sent_again() -> None:
    create = Call("package_create", {"name": "x"})
    found, sent = perform(once(create, looking, portal_state()), MOVED, answer(RECORD))
    assert (found, sent) == (RECORD, ["package_create", "package_show"])
    with pytest.raises(errors.NotCKAN, match="/user/login") as caught:
        perform(once(create, looking, portal_state()), LOGIN, GONE)
    assert caught.value.hint.startswith("A lookup showed that nothing was changed.")

    done, sent = perform(removing(DELETE, LOOK, portal_state()), MOVED, GONE)
    assert (done, sent) == (None, ["package_delete", "package_show"])
    with pytest.raises(errors.NotCKAN):
        perform(removing(DELETE, LOOK, portal_state()), LOGIN, answer(RECORD))


@pytest.mark.parametrize("result", [None, "x", [], 7])
def test_a_write_that_is_answered_without_a_record_is_in_doubt(result: Any) -> None:
    with pytest.raises(errors.InDoubt, match=r"returned no dataset: it may have been written"):
        perform(verifying("dataset", {"title": "Rain"}, result, portal_state()))


def test_a_revision_answered_with_a_redirect_is_looked_up_and_never_sent_again() -> None:
    new = {**RECORD, "title": "New", "metadata_modified": "2026-01-01T00:00:01"}
    title = {"title": "New"}
    edit, sent = perform(editing("x", lambda _: title, portal_state(), known=RECORD), MOVED, answer(new))
    assert (edit.before, edit.after, edit.sent) == (RECORD, new, title)
    assert sent == ["package_revise", "package_show"]
    assert perform(setting("x", title, portal_state()), MOVED, answer(new)) == (new, sent)
    for flow in (editing("x", lambda _: title, portal_state(), known=RECORD), setting("x", title, portal_state())):
        with pytest.raises(errors.NotCKAN):
            perform(flow, LOGIN, answer(RECORD))


@pytest.mark.parametrize(
    "look", [LOGIN, Reply(403, {}, b'{"success": false, "error": {"__type": "Authorization Error"}}')]
)
def test_a_write_that_cannot_be_looked_up_stays_in_doubt(look: Reply) -> None:
    flows = [
        once(Call("package_create", {"name": "x"}), looking, portal_state()),
        removing(DELETE, LOOK, portal_state()),
        setting("x", {"title": "New"}, portal_state()),
        editing("x", lambda _: {"title": "New"}, portal_state(), known=RECORD),
    ]
    for flow in flows:
        with pytest.raises(errors.InDoubt, match="may have arrived"):
            perform(flow, LOST, look)


def test_a_doubt_tells_how_often_it_was_sent() -> None:
    """Sent once, or several times with a look after each; and what could not be verified."""
    forbidden = Reply(403, {}, b'{"success": false, "error": {"__type": "Authorization Error"}}')
    old = answer(RECORD)
    title = {"title": "New"}

    def flows(patience: PortalState) -> list[tuple[Any, Reply]]:
        return [
            (once(Call("package_create", {"name": "x"}), looking, patience), GONE),
            (removing(DELETE, LOOK, patience), old),
            (setting("x", title, patience), old),
            (editing("x", lambda _: title, patience, known=RECORD), old),
        ]

    for flow, undone in flows(portal_state()):
        with pytest.raises(
            errors.InDoubt, match=r": it was sent 3 times, each answer was lost, .* looked up and not done\. "
        ):
            perform(flow, *[LOST, undone] * 3)
    single = portal_state()
    single.policy = RetryPolicy(attempts=1)
    for flow, undone in flows(single):
        with pytest.raises(errors.InDoubt, match=r": it was sent once, the answer was lost, and it was looked up"):
            perform(flow, LOST, undone)
    for flow, undone in flows(portal_state()):
        with pytest.raises(
            errors.InDoubt, match=r": it was sent 2 times and was not done before the last attempt\. That one may have"
        ):
            perform(flow, LOST, undone, LOST, forbidden)
    for flow, _ in flows(portal_state()):
        with pytest.raises(
            errors.InDoubt, match=r": it may have arrived and can't be looked up \(.*\), so it was not sent"
        ):
            perform(flow, LOST, forbidden)


def test_a_portal_that_went_away_before_a_write_was_looked_up_is_said_with_the_doubt() -> None:
    away = Reply(502, {}, b"")
    with pytest.raises(errors.Unavailable) as caught:
        perform(once(Call("package_create", {"name": "x"}), looking, portal_state()), LOST, away, away, away)
    assert "package_create may already have been done" in caught.value.hint


def test_a_plugins_own_fields_are_no_extras() -> None:
    own = {"name": "x", "contact": "Ann", "tags": []}
    assert list_edits.with_extras(own, {"contact": "Bea", "spatial": {"type": "Point"}}) == {
        "contact": "Bea",
        "spatial": {"type": "Point"},
    }
    assert list_edits.without_extras(own, ["contact"]) == {"contact": ""}
    mixed = {**own, "extras": [{"key": "a", "value": "1"}]}
    assert list_edits.with_extras(mixed, {"contact": "Bea"}) == {"contact": "Bea"}, "the extras are not sent"
    assert list_edits.with_extras(mixed, {"b": 2})["extras"] == [{"key": "a", "value": "1"}, {"key": "b", "value": "2"}]
    assert list_edits.without_extras(mixed, ["b"]) == {}
    with pytest.raises(errors.InvalidArgument):
        list_edits.without_extras(mixed, ["title"])


def test_resources_are_recognised_once_each() -> None:
    there = {
        "resources": [
            {"id": "1", "name": "a", "url": "u"},
            {"id": "2", "name": "a", "url": "v"},
            {"id": "3", "url": "w"},
        ]
    }
    given = [{"name": "a"}, {"name": "a"}, {"name": "a"}, {"url": "w"}, {"url": "new"}]
    assert [one.get("id") for one in list_edits.recognised(there, given)] == ["1", "2", None, "3", None]
    assert [one.get("id") for one in list_edits.recognised(there, [{"id": "1"}, {"name": "a"}])] == ["1", "2"]


def test_forms_of_a_revision() -> None:
    call = flattened_call("x", (), {"a": 1}, "-*", {"resources__0__upload": "f"}, {"resources__0__size": 5})
    assert dict(call.params) == {
        "match": {"name": "x"},
        "update": {"a": 1},
        "include": ["-*"],
        "update__resources__0__size": 5,
    }
    assert dict(call.files) == {"update__resources__0__upload": "f"}
    assert not call.may_repeat
    assert flattened_call("x", (), {"a": 1}, (), None, {}).may_repeat
    assert not flattened_call("x", (), None, (), None, {"resources__extend": [{}]}).may_repeat
    assert not flattened_call({"name": "x", "a": 0}, (), {"a": 1}, (), None, {}).may_repeat
    assert not flattened_call("x", "-resources__0", None, (), None, {}).may_repeat, "the next one would go too"


def test_names_that_ckan_takes() -> None:
    assert [valid_name(text) for text in ("Rain", "  Ä & B ", "!!!")] == ["rain", "a-b", "dataset"]


@given(st.text(), st.sampled_from(["dataset", "organization", "user"]))
def test_a_name_that_is_proposed_is_one_that_ckan_takes(text: str, kind: str) -> None:
    assert re.fullmatch(r"[a-z0-9_-]{2,100}", valid_name(text, kind))


@pytest.mark.parametrize("kind", ["package", "organization", "user"])
def test_a_name_that_is_refused_is_not_proposed(kind: str) -> None:
    for name in ("a", "Ü", "-", "x" * 101):
        refused = errors.ValidationError("no", action=f"{kind}_create", status=409, error={"name": ["no"]})
        assert f"for example {name.lower()!r}" not in advised(refused, kind, {"name": name}).hint


def test_differences_in_lines() -> None:
    there = {
        "title": "T",
        "notes": None,
        "extras": [{"key": "a", "value": "1"}],
        "resources": [{"id": "1", "name": "r", "url": "u"}, {"id": "2", "name": "s"}],
        "organization": {"name": "o", "title": "O"},
    }
    assert differences(there, {"title": "T", "notes": ""}) == []
    assert differences(there, {"extras": [{"key": "a", "value": "2"}, {"key": "b", "value": ""}]}) == [
        "extras a value: 1 → 2",
        "extras: + b = (nothing)",
    ]
    assert differences(there, {"resources": [{"id": "1", "url": "v"}, {"name": "new"}]}) == [
        "resources: - s (2)",
        "resources r (1) url: u → v",
        "resources: + new (new 2)",
    ]
    assert differences(there, {"resources": there["resources"][::-1]}) == ["resources: in another order"]  # type: ignore[index]
    assert differences(there, {"organization": {"title": "P"}}) == [
        "organization.name: o → (nothing)",
        "organization.title: O → P",
    ]


def test_an_order_is_verified() -> None:
    def said(*order: str) -> Any:
        return verifying_order("dataset", "rain", ["b", "a"], {"order": list(order)}, portal_state())

    assert perform(said("b", "a", "c"), None)[1] == []
    for other in (("a", "b", "c"), ("b",), ()):
        with pytest.raises(errors.NotKept, match=r"dataset rain: .*order"):
            perform(said(*other))


def test_an_answer_that_does_not_show_what_was_sent_is_followed_by_a_look() -> None:
    def answered(**record: Any) -> Reply:
        return Reply(200, {}, json.dumps({"success": True, "result": {"id": "x", "name": "uni", **record}}).encode())

    look = Call("group_show", {"id": "uni"}, read_only=True)
    sent = {"title": "Uni", "alias": "U"}

    def write(answer: dict[str, Any], *replies: Reply) -> tuple[Any, list[str]]:
        return perform(verifying("group", sent, {"name": "uni", **answer}, portal_state(), look=look), *replies)

    assert write(sent)[1] == [], "nothing is asked when the answer shows it"
    assert write({"title": "Uni"}, answered(**sent)) == ({"id": "x", "name": "uni", **sent}, ["group_show"])
    with pytest.raises(
        errors.NotKept, match=r"https://example.org did not keep 1 field of the group uni: alias: sent 'U'"
    ):
        write({"title": "Uni"}, answered(title="Uni", alias=None))


def test_a_delete_that_is_answered_with_success_is_not_believed() -> None:
    def delete(action: str, *answers: Any) -> list[str]:
        call = Call(action, {"id": "x"})
        return perform(removing(call, LOOK, portal_state(), still="the dataset x is still there"), *answers)[1]

    binned = answer({"id": "x", "name": "x", "state": "deleted"})
    refused = Reply(403, {}, b'{"success": false, "error": {"__type": "Authorization Error", "message": "No"}}')
    assert delete("package_delete", DONE, GONE) == ["package_delete", "package_show"]
    assert delete("package_delete", DONE, binned) == ["package_delete", "package_show"]
    assert delete("package_delete", DONE, refused)[:2] == ["package_delete", "package_show"], "only others see the bin"
    assert delete("package_delete", LOST, GONE) == ["package_delete", "package_show"], "it was looked at already"
    for action, found in (("package_delete", THERE), ("dataset_purge", binned), ("dataset_purge", THERE)):
        with pytest.raises(errors.NotKept, match="reported success, but the dataset x is still there") as caught:
            delete(action, DONE, found)
        assert (caught.value.subject, caught.value.portal) == ("dataset x", "https://example.org")
        assert caught.value.record["id"] == "x"
    failed = Reply(500, {}, b'{"success": false, "error": {"__type": "Internal Server Error", "message": "Oops"}}')
    with pytest.raises(errors.ServerError) as unknown:
        delete("package_delete", DONE, *[failed] * 3)
    assert "could not be verified" in unknown.value.hint


WANTED = {"subject": "a", "type": "depends_on", "object": "b"}
MEMBERS = {
    "id": "g",
    "name": "g",
    "users": [{"id": "u", "name": "ann", "capacity": "editor"}, {"id": "v", "name": "bob"}],
}


@pytest.mark.parametrize(
    ("flow", "still", "left", "gone"),
    [
        (lambda: unrelating(WANTED, portal_state()), "relationship a depends_on b", [[WANTED]], [[]]),
        (lambda: removing_collaborator("x", "u", portal_state()), "user u", [[{"user_id": "u"}]], [[]]),
        (
            lambda: removing_collaborator("x", "ann", portal_state()),
            "user ann",
            [[{"user_id": "v"}, {"user_id": "u"}], {"id": "u", "name": "ann"}],
            [[{"user_id": "v"}], {"id": "u", "name": "ann"}],
        ),
        (
            lambda: removing_member(ENTITIES["group"], "g", "ann", portal_state()),
            "user ann",
            [MEMBERS],
            [{**MEMBERS, "users": MEMBERS["users"][1:]}],
        ),
        (lambda: unfollowing("dataset", "x", portal_state()), "dataset x", [True], [False]),
    ],
)
def test_what_is_taken_back_is_looked_at(flow: Any, still: str, left: list[Any], gone: list[Any]) -> None:
    looks = 1 + len(gone)
    for first in (DONE, LOST):
        assert len(perform(flow(), first, *map(answer, gone))[1]) == looks, "one look, whichever way it went"
    with pytest.raises(errors.NotKept, match=f"the {still} .*still") as caught:
        perform(flow(), DONE, *map(answer, left))
    assert caught.value.subject == still
    with pytest.raises(errors.NotFound):
        perform(flow(), GONE)
    repeated = perform(flow(), LOST, *map(answer, left), DONE, *map(answer, gone))[1]
    assert repeated == [*repeated[:looks]] * 2, "what was seen not to be done is sent again"


def test_following_is_looked_at() -> None:
    assert perform(following("group", "g", portal_state()), answer(True))[1] == ["am_following_group"]
    looks = ["am_following_group", "follow_group", "am_following_group"]
    assert perform(following("group", "g", portal_state()), answer(False), DONE, answer(True))[1] == looks
    with pytest.raises(errors.NotKept, match="the group g is not followed"):
        perform(following("group", "g", portal_state()), answer(False), DONE, answer(False))


def test_the_role_of_who_was_invited_is_looked_at() -> None:
    ann = {"id": "u", "name": "ann", "state": "pending"}

    def invite(role: str, *answers: Any) -> tuple[Any, list[str]]:
        return perform(inviting("ann@example.org", "g", role, portal_state()), answer(ann), *answers)

    assert invite("editor", answer(MEMBERS)) == (ann, ["user_invite", "organization_show"])
    assert invite("editor", GONE, answer(MEMBERS))[1] == ["user_invite", "organization_show", "group_show"]
    for found in (MEMBERS, {**MEMBERS, "users": []}):
        with pytest.raises(errors.NotKept, match="ann"):
            invite("admin", answer(found))
    with pytest.raises(errors.InDoubt):
        perform(inviting("ann@example.org", "g", "editor", portal_state()), LOST)
