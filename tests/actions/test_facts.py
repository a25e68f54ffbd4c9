"""What is known of an action decides how it may be sent."""

from __future__ import annotations

import pytest

from tuckan.actions import call_for, is_idempotent, is_read_only


@pytest.mark.parametrize("name", ["package_search", "datastore_search", "user_show", "api_token_list"])
def test_actions_that_only_read(name: str) -> None:
    assert is_read_only(name)
    assert call_for(name, {}).read_only


@pytest.mark.parametrize("name", ["package_create", "api_token_revoke", "datapusher_submit", "a_plugins_own_action"])
def test_what_is_not_known_to_read_is_taken_for_a_write(name: str) -> None:
    assert not is_read_only(name)
    assert not call_for(name, {}).read_only


def test_a_create_may_not_be_repeated_blindly() -> None:
    assert not is_idempotent("package_create")
