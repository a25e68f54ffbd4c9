"""Changes as Solr's clients send them, in XML or JSON."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, Any

from tuckan.sandbox.search.documents import texts_of
from tuckan.sandbox.search.syntax import Refused

if TYPE_CHECKING:
    from tuckan.sandbox.search.engine import Engine
    from tuckan.sandbox.search.parameters import Parameters


def update(engine: Engine, body: bytes, content_type: str, parameters: Parameters) -> None:
    """Perform an update request: all changes in it, then a commit if requested."""
    if body.strip():
        if "json" in content_type:
            _from_json(engine, body)
        else:
            _from_xml(engine, body)
    if any(parameters.on(name) for name in ("commit", "softCommit", "optimize")) or "commitWithin" in parameters.given:
        engine.commit()
    if parameters.on("rollback"):
        engine.rollback()


def _from_xml(engine: Engine, body: bytes) -> None:
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise Refused("a document type has no place in an update")
    try:
        root = ET.fromstring(body)  # noqa: S314 - entities are refused above
    except ET.ParseError as error:
        raise Refused(f"the update is no XML: {error}") from None
    for element in [root] if root.tag != "update" else list(root):
        _element(engine, element)


def _element(engine: Engine, element: ET.Element) -> None:
    if element.tag == "add":
        for doc in element.iter("doc"):
            engine.add(_document(doc))
        if element.get("commitWithin"):
            engine.commit()
    elif element.tag == "delete":
        engine.delete_keys([one.text or "" for one in element.iter("id")])
        for one in element.iter("query"):
            engine.delete_matching(one.text or "")
    elif element.tag in ("commit", "optimize"):
        engine.commit()
    elif element.tag == "rollback":
        engine.rollback()
    else:
        raise Refused(f"Unexpected element in an update: {element.tag}")


def _document(element: ET.Element) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for field in element.iter("field"):
        if field.get("update"):
            raise Refused("updates of parts of a document are not had here")
        if field.get("null") != "true":
            found.setdefault(field.get("name", ""), []).append(field.text or "")
    return found


def _from_json(engine: Engine, body: bytes) -> None:
    try:
        given: Any = json.loads(body, object_pairs_hook=list)
    except ValueError as error:
        raise Refused(f"the update is no JSON: {error}") from None
    # A command may occur several times in an object, so objects are decoded as pairs; documents are in a list.
    if _is_object(given):
        for name, value in given:
            _command(engine, name, _plain(value))
    else:
        for one in given if isinstance(given, list) else [given]:
            engine.add(_texts(_plain(one)))


def _is_object(given: Any) -> bool:
    return isinstance(given, list) and bool(given) and all(isinstance(one, tuple) for one in given)


def _plain(given: Any) -> Any:
    if _is_object(given):
        return {name: _plain(value) for name, value in given}
    return [_plain(one) for one in given] if isinstance(given, list) else given


def _command(engine: Engine, name: str, value: Any) -> None:
    if name == "add" and isinstance(value, dict):
        engine.add(_texts(value.get("doc")))
    elif name == "delete":
        _delete(engine, value)
    elif name in ("commit", "optimize"):
        engine.commit()
    elif name == "rollback":
        engine.rollback()
    elif name == "restore":  # not a command of Solr
        engine.restore()
    else:
        raise Refused(f"Unknown command '{name}' in an update")


def _delete(engine: Engine, value: Any) -> None:
    if isinstance(value, dict):
        if "query" in value:
            engine.delete_matching(str(value["query"]))
        if "id" in value:
            engine.delete_keys([str(value["id"])])
        return
    engine.delete_keys([str(one) for one in (value if isinstance(value, list) else [value])])


def _texts(document: Any) -> dict[str, list[str]]:
    if not isinstance(document, dict):
        raise Refused("a document is an object of fields")
    return texts_of(document)
