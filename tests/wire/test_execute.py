"""One call, from the question to the answer, without a network or a clock: the flows are driven by hand."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from tuckan import errors
from tuckan.actions import call_for
from tuckan.wire.address import Address
from tuckan.wire.execute import execute
from tuckan.wire.flow import Form, NetworkFailure, Outcome, Reply, Request, Send, Wait
from tuckan.wire.portal_state import PortalState
from tuckan.wire.retry import RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tuckan.wire.flow import Flow

TOKEN = "secret-token-1234"


def good(result: Any = "yes") -> Reply:
    return Reply(200, {"content-type": "application/json"}, json.dumps({"success": True, "result": result}).encode())


def bad(status: int, kind: str, **more: Any) -> Reply:
    return Reply(status, {}, json.dumps({"success": False, "error": {"__type": kind, **more}}).encode())


def page(status: int = 200) -> Reply:
    return Reply(status, {"content-type": "text/html"}, b"<html><title>Just a moment</title>")


@dataclass
class Driver:
    """Answers requests as a test says, and remembers what was asked."""

    answer: Callable[[Request], Reply | NetworkFailure]
    requests: list[Request] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    def run(self, flow: Flow[Any]) -> Any:
        outcome: Outcome | None = None
        try:
            while True:
                step = flow.send(outcome)
                outcome = None
                if isinstance(step, Wait):
                    self.waits.append(step.seconds)
                    self.troubles.append(step.trouble)
                else:
                    assert isinstance(step, Send)
                    self.requests.append(step.request)
                    outcome = Outcome(self.answer(step.request), 0.1)
        except StopIteration as end:
            return end.value


def answers(*replies: Reply | NetworkFailure) -> Callable[[Request], Reply | NetworkFailure]:
    """One after the other; the last for ever."""
    left: Iterator[Reply | NetworkFailure] = iter(replies)
    last = [replies[-1]]

    def answer(_: Request) -> Reply | NetworkFailure:
        return next(left, last[0])

    return answer


def portal_state(**more: Any) -> PortalState:
    known = {"action_base": "https://example.org/api/3/action", "chance": lambda: 0.5, **more}
    return PortalState(Address.parse("https://example.org"), **known)


def call(action: str, driver: Driver, known: PortalState, /, **params: Any) -> Any:
    return driver.run(execute(call_for(action, params), known))


@pytest.mark.parametrize(
    "trouble",
    [Reply(502, {}, b""), Reply(503, {}, b""), Reply(429, {}, b""), Reply(504, {}, b"<html>"), NetworkFailure("timeout", "slow"),
     NetworkFailure("broken", "reset"), NetworkFailure("connect", "refused"), Reply(500, {}, b""), Reply(200, {}, b'{"success": true, "re')],
)  # fmt: skip
def test_reads_are_tried_again(trouble: Reply | NetworkFailure) -> None:
    driver = Driver(answers(trouble, trouble, good(7)))
    assert call("package_show", driver, portal_state(), id="x") == 7
    assert len(driver.requests) == 3
    assert driver.waits == [0.25, 0.5]


@pytest.mark.parametrize(
    ("trouble", "sent"),
    [(Reply(502, {}, b""), 1), (NetworkFailure("timeout", "slow"), 1), (NetworkFailure("broken", "reset"), 1), (NetworkFailure("connect", "no"), 2),
     (Reply(429, {}, b""), 2), (Reply(503, {"retry-after": "1"}, b""), 2), (Reply(503, {}, b""), 1)],
)  # fmt: skip
def test_a_write_that_may_have_arrived_is_not_repeated(trouble: Reply | NetworkFailure, sent: int) -> None:
    driver = Driver(answers(trouble, good()))
    if sent == 1:
        with pytest.raises(errors.InDoubt) as doubt:
            call("package_create", driver, portal_state(), name="x")
        assert "may have arrived" in str(doubt.value)
        assert "package_create (name=x)" in str(doubt.value)
    else:
        assert call("package_create", driver, portal_state(), name="x") == "yes"
    assert len(driver.requests) == sent


def test_a_patch_leaves_the_same_when_sent_twice() -> None:
    driver = Driver(answers(NetworkFailure("broken", "reset"), good()))
    assert call("package_patch", driver, portal_state(), id="x") == "yes"


def test_retry_after_in_both_forms_is_kept() -> None:
    late = {"retry-after": "Wed, 01 Jan 2025 00:00:07 GMT", "date": "Wed, 01 Jan 2025 00:00:00 GMT"}
    driver = Driver(answers(Reply(429, {"retry-after": "3"}, b""), Reply(503, late, b""), good()))
    assert call("package_show", driver, portal_state(), id="x") == "yes"
    assert driver.waits == [3.25, 7.25]


def test_waiting_has_an_end() -> None:
    driver = Driver(answers(Reply(429, {"retry-after": "200"}, b"")))
    with pytest.raises(errors.RateLimited) as limited:
        call("package_show", driver, portal_state(), id="x")
    assert limited.value.retry_after == 200
    assert sum(driver.waits) <= 300
    driver = Driver(answers(NetworkFailure("timeout", "slow")))
    with pytest.raises(errors.Timeout):
        call("package_show", driver, portal_state(policy=RetryPolicy(attempts=3)), id="x")
    assert len(driver.requests) == 3


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (bad(404, "Not Found Error", message="Not found"), errors.NotFound),
        (bad(403, "Authorization Error", message="no"), errors.NotAuthorized),
        (bad(409, "Validation Error", name=["Missing value"]), errors.ValidationError),
        (bad(409, "Search Error", message="bad query"), errors.SearchError),
        (bad(200, "Validation Error", name=["Missing value"]), errors.ValidationError),
        (Reply(400, {}, b'"Bad request: Action name not known: package_show"'), errors.ActionNotFound),
        (Reply(400, {}, '"Mauvaise requête - Nom d\'action inconnu: package_show"'.encode()), errors.ActionNotFound),
        (Reply(413, {}, b"<html>"), errors.TooLarge),
        (page(), errors.NotCKAN),
        (Reply(200, {}, b"[]"), errors.NotCKAN),
        (Reply(200, {}, b'{"ok": 1}'), errors.NotCKAN),
        (Reply(200, {}, b""), errors.NotCKAN),
        (Reply(200, {}, b"\xff\xfe"), errors.NotCKAN),
        (Reply(418, {}, b"tea"), errors.NotCKAN),
    ],
)
def test_each_answer_is_told_apart(reply: Reply, kind: type[errors.PortalError]) -> None:
    with pytest.raises(kind) as caught:
        call("package_show", Driver(answers(reply)), portal_state(policy=RetryPolicy(attempts=1)), id="x")
    assert type(caught.value) is kind
    assert caught.value.hint, "what to do next"
    assert caught.value.action == "package_show"


SOLR = "SOLR returned an error running query: {'q': 'foo:(', 'fq': ['+capacity:public']} Error: "


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (f'{SOLR}SolrError("Solr responded with an error (HTTP 400): [Reason: Cannot parse it]")', "Cannot parse it"),
        (
            repr(
                f"{SOLR}SolrError('Solr responded (HTTP 400): [Reason: org.apache.SyntaxError: Cannot parse \\'foo:(\\': <EOF>]')"
            ),
            "Cannot parse 'foo:(': <EOF>",
        ),
        (f"{SOLR}SolrError('Connection refused')", "SolrError('Connection refused')"),
        ("Search Query is invalid: brackets", None),
    ],
)
def test_a_search_error_is_told_without_the_request(message: str, said: str | None) -> None:
    reply = bad(409, "Search Error", message=message)
    with pytest.raises(errors.SearchError) as caught:
        call("package_search", Driver(answers(reply)), portal_state(), q="x")
    assert caught.value.message.endswith(message if said is None else f": Search error: {said}")


def test_validation_names_its_fields() -> None:
    reply = bad(409, "Validation Error", name=["That URL is already in use."], extras=[{}, {"key": ["Missing"]}])
    with pytest.raises(errors.ValidationError) as caught:
        call("package_create", Driver(answers(reply)), portal_state(), name="x")
    assert caught.value.fields["name"] == ["That URL is already in use."]
    assert "already in use" in str(caught.value)


@pytest.mark.parametrize(
    "refusal", [Reply(405, {}, b""), page(403), page(200), Reply(400, {}, b'"Bad request - JSON Error"')]
)
def test_reads_find_the_way_of_asking_that_is_accepted_and_keep_to_it(refusal: Reply) -> None:
    def answer(request: Request) -> Reply:
        return good() if request.method == "GET" else refusal

    driver, known = Driver(answer), portal_state()
    assert call("package_show", driver, known, id="x") == "yes"
    assert [one.method for one in driver.requests] == ["POST", "GET"]
    call("package_show", driver, known, id="y")
    assert driver.requests[-1].url.endswith("/package_show?id=y")
    assert len(driver.requests) == 3, "remembered"
    call("tag_show", driver, known, id="y")
    call("group_show", driver, known, id="y")
    assert len(driver.requests) == 6, "two actions that refused: it is the portal"


def test_the_form_is_the_last_resort_and_holds_the_whole_json() -> None:
    def answer(request: Request) -> Reply:
        return good() if isinstance(request.body, Form) else Reply(405, {}, b"")

    driver = Driver(answer)
    for action, params in (
        ("package_show", {"id": "1"}),
        ("package_search", {"fl": ["id"], "rows": 3}),
        ("package_create", {"name": "x", "private": True, "resources": [{"url": None}]}),
    ):
        assert call(action, driver, portal_state(), **params) == "yes"
        body = driver.requests[-1].body
        assert isinstance(body, Form)
        ((name, value),) = body.fields.items()
        assert (json.loads(name), value) == (params, "1")


@pytest.mark.parametrize(
    ("params", "query"),
    [
        ({"fl": ["id"], "rows": 3, "facet": False, "q": None}, "fl=id&rows=3&facet=false"),
        ({"fl": ["id", "name"]}, "fl=id&fl=name"),
        ({"facet.field": ["tags"]}, "facet.field=%5B%22tags%22%5D"),
        ({"fq_list": ["a:b"]}, "fq_list=a%3Ab&fq_list=a%3Ab"),
        ({"fq_list": ["a:b", "c:d"], "fl": []}, "fq_list=a%3Ab&fq_list=c%3Ad"),
        ({"extras": {"a": [1]}, "fl": [["x"]]}, "extras=%7B%22a%22%3A%5B1%5D%7D&fl=%5B%5B%22x%22%5D%5D"),
    ],
)
def test_a_query_says_lists_as_ckan_reads_them(params: dict[str, Any], query: str) -> None:
    driver = Driver(lambda request: good() if request.method == "GET" else page(403))
    assert call("package_search", driver, portal_state(), **params) == "yes"
    assert driver.requests[-1].url.partition("?")[2] == query


@pytest.mark.parametrize("refusal", [page(200), page(403), Reply(400, {}, b'"Bad request: Invalid request. Use POST"')])
def test_an_action_that_nobody_knows_is_asked_for_by_get_where_post_does_not_reach_it(refusal: Reply) -> None:
    driver = Driver(lambda request: good() if request.method == "GET" else refusal)
    known = portal_state()
    assert call("instrument_parties", driver, known, kind="uni", limit=3, ids=["a", "b"]) == "yes"
    assert driver.requests[-1].url.endswith("/instrument_parties?kind=uni&limit=3&ids=a&ids=b")
    call("instrument_parties", driver, known, kind="x")
    assert len(driver.requests) == 3, "remembered"


@pytest.mark.parametrize("params", [{"ids": ["a"]}, {"extras": {}}, {"new_password": "x"}, {"q": "x" * 5000}])
def test_what_a_query_would_change_or_show_does_not_go_by_get(params: dict[str, Any]) -> None:
    driver = Driver(lambda request: good() if isinstance(request.body, Form) else page(403))
    assert call("instrument_parties", driver, portal_state(), **params) == "yes"
    assert [one.method for one in driver.requests] == ["POST", "POST"]


def test_an_action_of_which_nothing_is_known_is_not_posted_again_after_a_page() -> None:
    driver = Driver(
        lambda request: page(200) if request.method == "POST" else Reply(400, {}, b'"Bad request: use POST"')
    )
    with pytest.raises(errors.InDoubt):
        call("instrument_register", driver, portal_state(), name="x")
    assert [one.method for one in driver.requests] == ["POST", "GET"], "and CKAN refuses that to all that write"


def test_a_write_never_goes_by_get() -> None:
    driver = Driver(answers(Reply(405, {}, b"")))
    with pytest.raises(errors.PortalError):
        call("package_create", driver, portal_state(), name="x", tags=[1])
    assert {one.method for one in driver.requests} == {"POST"}


def test_long_questions_do_not_go_by_get() -> None:
    driver = Driver(answers(Reply(405, {}, b"")))
    with pytest.raises(errors.PortalError):
        call("package_search", driver, portal_state(), q="x" * 9000)
    assert {one.method for one in driver.requests} == {"POST"}


def redirect(to: str, status: int = 302) -> Reply:
    return Reply(status, {"location": to}, b"")


def test_redirects_stay_on_the_portals_host_and_post_stays_post() -> None:
    driver = Driver(answers(redirect("/data/api/3/action/package_show"), good()))
    known = portal_state(token=TOKEN, token_checked=True)
    assert call("package_show", driver, known, id="x") == "yes"
    assert [one.method for one in driver.requests] == ["POST", "POST"]
    assert driver.requests[1].url == "https://example.org/data/api/3/action/package_show"
    assert known.action_base == "https://example.org/data/api/3/action"


@pytest.mark.parametrize("to", ["https://evil.example.net/api/3/action/package_show", "http://example.org/api/3/action/package_show",
                                "https://example.org:8443/api/3/action/package_show"])  # fmt: skip
def test_a_redirect_elsewhere_is_not_followed(to: str) -> None:
    driver = Driver(answers(redirect(to), good()))
    with pytest.raises(errors.Redirected) as caught:
        call("package_show", driver, portal_state(token=TOKEN, token_checked=True), id="x")
    assert len(driver.requests) == 1
    assert TOKEN not in str(caught.value)


def test_http_to_https_is_followed_once_and_said() -> None:
    known = PortalState(Address.parse("http://example.org"), action_base="http://example.org/api/3/action")
    driver = Driver(answers(redirect("https://example.org/api/3/action/package_show"), good()))
    with pytest.warns(errors.PortalMoved, match="https://example.org"):
        assert call("package_show", driver, known, id="x") == "yes"
    call("package_show", driver, known, id="x")
    assert driver.requests[-1].url.startswith("https://")
    assert len(driver.requests) == 3


@pytest.mark.parametrize("status", [301, 302, 303])
@pytest.mark.parametrize("to", ["/api/3/action/package_create", "/en/api/3/action/package_create", "/dataset/x",
                                "https://other.example.net/api/3/action/package_create", ""])  # fmt: skip
def test_a_write_answered_with_a_redirect_is_in_doubt(status: int, to: str) -> None:
    driver = Driver(answers(redirect(to, status), good()))
    with pytest.raises(errors.InDoubt, match="may have arrived") as doubt:
        call("package_create", driver, portal_state(token=TOKEN, token_checked=True), name="x")
    assert len(driver.requests) == 1
    assert isinstance(doubt.value.__cause__, (errors.NotCKAN, errors.Redirected))
    assert TOKEN not in str(doubt.value)


@pytest.mark.parametrize(
    ("action", "status"), [("package_create", 307), ("package_create", 308), ("package_patch", 301)]
)
def test_a_write_that_was_not_done_or_may_be_repeated_follows_a_redirect(action: str, status: int) -> None:
    driver = Driver(answers(redirect(f"/data/api/3/action/{action}", status), good()))
    assert call(action, driver, portal_state(), id="x") == "yes"
    assert [one.url for one in driver.requests][1:] == [f"https://example.org/data/api/3/action/{action}"]
    assert driver.requests[0].body == driver.requests[1].body


def test_a_redirect_elsewhere_that_kept_the_write_from_being_done_is_no_doubt() -> None:
    driver = Driver(answers(redirect("https://other.example.net/api/3/action/package_create", 308)))
    with pytest.raises(errors.Redirected):
        call("package_create", driver, portal_state(), name="x")


def test_a_write_to_a_portal_that_moved_to_https_is_sent_there_once() -> None:
    def answer(request: Request) -> Reply:
        return good() if request.url.startswith("https:") else redirect("https" + request.url[4:], 301)

    driver = Driver(answer)
    with pytest.warns(errors.PortalMoved):
        assert call("package_create", driver, PortalState(Address.parse("http://example.org")), name="x") == "yes"
    sent = [one.url for one in driver.requests if one.url.endswith("package_create")]
    assert sent == ["https://example.org/api/3/action/package_create"]


@pytest.mark.parametrize("reply", [page(), Reply(200, {}, b""), Reply(304, {}, b""), Reply(202, {}, b'{"ok": 1}')])
def test_a_write_that_something_else_answered_is_in_doubt(reply: Reply) -> None:
    driver = Driver(answers(reply))
    with pytest.raises(errors.InDoubt) as doubt:
        call("package_create", driver, portal_state(policy=RetryPolicy(attempts=1)), name="x")
    assert isinstance(doubt.value.__cause__, errors.NotCKAN)
    with pytest.raises(errors.NotCKAN):
        call("package_patch", driver, portal_state(policy=RetryPolicy(attempts=1)), id="x")


def test_a_login_page_and_a_circle_are_no_portal() -> None:
    with pytest.raises(errors.NotCKAN, match="login"):
        call("package_show", Driver(answers(redirect("/user/login"))), portal_state(), id="x")
    with pytest.raises(errors.NotCKAN, match="loop"):
        call("package_show", Driver(answers(redirect("/api/3/action/package_show"))), portal_state(), id="x")


def test_the_portal_is_found_where_its_actions_are() -> None:
    def answer(request: Request) -> Reply:
        return good() if request.url.startswith("https://example.org/api/action/") else page(404)

    known = portal_state(action_base=None)
    driver = Driver(answer)
    assert call("package_show", driver, known, id="x") == "yes"
    assert known.action_base == "https://example.org/api/action"


def test_a_website_is_no_portal() -> None:
    with pytest.raises(errors.NotCKAN, match="does not answer like a CKAN portal"):
        call("package_show", Driver(answers(page(404))), portal_state(action_base=None), id="x")


def test_an_invalid_token_is_found_out_before_anything_is_asked() -> None:
    driver = Driver(answers(bad(403, "Authorization Error", message="no")))
    with pytest.raises(errors.InvalidToken) as caught:
        call("package_create", driver, portal_state(token=TOKEN), name="x")
    assert all(not one.url.endswith("package_create") for one in driver.requests)
    assert TOKEN not in str(caught.value) + repr(caught.value)


@pytest.mark.parametrize(
    ("answer", "token", "lines"),
    [
        (bad(404, "Not Found Error", message="Not found"), "", [
            "package_show (id=x): Not found", "Portal: https://example.org",
            "Check the name or ID; a private one needs a token."]),
        (bad(403, "Authorization Error", message="Access denied"), "", [
            "package_show (id=x): Access denied", "Portal: https://example.org",
            "No token was given: log in (`tuckan login`) or set CKAN_API_KEY."]),
        (bad(403, "Authorization Error", message="Access denied"), TOKEN, [
            "https://example.org does not know this token.",
            "It may be expired or revoked, or belong to another portal. Create a new one on your user page there (API Tokens), then log in again (`tuckan login`) or set CKAN_API_KEY."]),
        (page(200), "", [
            "https://example.org does not answer like a CKAN portal (status 200, a web page titled 'Just a moment').",
            "Check the address. A CKAN portal shows JSON in a browser at https://example.org/api/3/action/status_show"]),
    ],
)  # fmt: skip
def test_first_errors_say_what_happened_where_and_what_to_do(answer: Reply, token: str, lines: list[str]) -> None:
    known = portal_state(action_base=None, **({"token": token} if token else {}))
    with pytest.raises(errors.PortalError) as caught:
        call("package_show", Driver(answers(answer)), known, id="x")
    error = caught.value
    assert error.portal == "https://example.org"
    assert list(filter(None, [error.message, errors.portal_line(error), errors.for_shell(error.hint)])) == lines
    assert str(error).splitlines()[:-1] == lines[:-1]


def test_a_good_token_is_checked_once() -> None:
    driver, known = Driver(answers(good({"name": "me"}))), portal_state(token=TOKEN)
    call("package_show", driver, known, id="x")
    call("package_show", driver, known, id="y")
    assert [one.url.rsplit("/", 1)[1] for one in driver.requests] == ["user_show", "package_show", "package_show"]
    assert all(one.headers["Authorization"] == TOKEN for one in driver.requests)
    assert TOKEN not in repr(driver.requests) + repr(known)


def test_struggles_are_counted_for_the_pace() -> None:
    known = portal_state()
    driver = Driver(answers(Reply(429, {}, b""), NetworkFailure("timeout", "slow"), Reply(502, {}, b""), good()))
    call("package_show", driver, known, id="x")
    assert known.troubles == 2


@pytest.mark.parametrize("name", ["", "a b", "../x", "package_show?x", "ä/b"])
def test_what_is_no_action(name: str) -> None:
    with pytest.raises(errors.InvalidArgument):
        call(name, Driver(answers(good())), portal_state())


def test_a_parameter_without_a_json_form() -> None:
    with pytest.raises(errors.InvalidArgument, match="cannot be sent as JSON"):
        call("package_create", Driver(answers(good())), portal_state(), name=object())
