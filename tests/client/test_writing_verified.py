"""Writes whose values a real portal did not keep, or kept in another form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tuckan import Client, errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Both

    Name = Callable[[], str]


def test_a_field_of_a_dataset_that_the_portal_drops(writer: Both, new_name: Name) -> None:
    name = new_name()
    with pytest.raises(errors.NotKept, match=rf"dataset {name}: license: sent 'cc-by', found no such field") as caught:
        writer.datasets.create(name=name, owner_org="city", license="cc-by", title="Rain")
    assert caught.value.fields == {"license": ("cc-by", None)}
    assert "license_id" in caught.value.hint
    assert (caught.value.record["name"], caught.value.record["title"]) == (name, "Rain"), "it was created"
    writes: list[Callable[[], Any]] = [
        lambda: writer.datasets.patch(name, licence_id="cc-by"),
        lambda: writer.datasets.patch(name, licence_id="cc-by", resources=[]),
        lambda: writer.datasets.update(name, {"licence_id": "cc-by", "title": "Snow"}),
        lambda: writer.datasets.update({**writer.datasets.get(name), "licence_id": "cc-by"}),
        lambda: writer.datasets.upsert(name=name, licence_id="cc-by"),
        lambda: writer.datasets.upsert(name=new_name(), owner_org="city", licence_id="cc-by"),
    ]
    for write in writes:
        with pytest.raises(errors.NotKept, match="licence_id") as caught:
            write()
        assert "license_id" in caught.value.hint
        assert caught.value.portal == writer.client.base_url
    assert writer.datasets.get(name)["title"] == "Snow", "what else was sent is kept"


def test_a_value_of_a_dataset_that_the_portal_keeps_in_another_form(writer: Both, new_name: Name) -> None:
    name = new_name()
    with pytest.warns(errors.KeptAs, match="' Rain ' is kept as 'Rain'"):
        writer.datasets.create(name=name, owner_org="city", title=" Rain ", private=False, version=3)
    with pytest.warns(errors.KeptAs, match=r"resources\[0\].url .* is kept as 'http://example.org/a'"):
        writer.datasets.patch(name, resources=[{"url": "example.org/a"}])
    with pytest.warns(errors.KeptAs, match="tag_string"):
        writer.datasets.patch(name, tag_string="snow, rain")
    with pytest.warns(errors.KeptAs) as caught, Client(writer.client.base_url, writer.client.settings.token) as ckan:
        ckan.datasets.patch(name, title="Hail ")
    assert caught[0].filename == __file__, "it is told where it was asked for"
    back = writer.datasets.get(name)
    assert writer.datasets.patch(name, back)["name"] == name, "what the portal computes may be sent back"
