"""The parameters of a request, and local parameters in a query: `{!dismax qf=title}water`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tuckan.sandbox.search.syntax import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

_LOCAL = re.compile(r"""\s*(?:([\w.\-]+)=)?("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s}]+)""", re.DOTALL)


class Parameters:
    """Names with one or more texts each."""

    def __init__(self, given: Mapping[str, list[str]]) -> None:
        self.given = dict(given)

    def all(self, name: str) -> list[str]:
        """Every given value, except empty ones."""
        return [one for one in self.given.get(name, []) if one.strip()]

    def get(self, name: str, default: str = "") -> str:
        """The first value, or a default."""
        values = self.all(name)
        return values[0] if values else default

    def of_field(self, name: str, field: str) -> str:
        """A value for one field (`f.FIELD.NAME`), or for all."""
        return self.get(f"f.{field}.{name}") or self.get(name)

    def integer(self, name: str, default: int, *, field: str | None = None) -> int:
        """A whole number.

        Raises:
            Refused: when it is not.
        """
        text = self.of_field(name, field) if field else self.get(name)
        try:
            return int(text) if text else default
        except ValueError:
            raise Refused(f'For input string: "{text}"') from None

    def natural(self, name: str, default: int) -> int:
        """A whole number that is not negative."""
        number = self.integer(name, default)
        if number < 0:
            raise Refused(f"'{name}' parameter cannot be negative")
        return number

    def on(self, name: str) -> bool:
        """Whether an option is enabled."""
        return self.get(name).lower() in ("true", "on", "yes", "1")

    def with_local(self, text: str) -> tuple[Parameters, str, str]:
        """These parameters, overridden by the local ones of a query.

        Returns:
            The parameters, the name of the parser (empty if none is named), and the query itself.
        """
        if not text.lstrip().startswith("{!"):
            return self, "", text
        text = text.lstrip()
        local: dict[str, list[str]] = {}
        at = 2
        while at < len(text) and text[at] != "}":
            found = _LOCAL.match(text, at)
            if not found:
                break
            local.setdefault(found[1] or "type", []).append(self._value(found[2]))
            at = found.end()
            at += len(text[at:]) - len(text[at:].lstrip())
        if text[at : at + 1] != "}":
            raise Refused(
                f"org.apache.solr.search.SyntaxError: Expected ending character '}}' parsing local params '{text}'"
            )
        query = local.pop("v", [text[at + 1 :]])[0]
        parser = local.pop("type", [""])[0]
        return Parameters({**self.given, **local}), parser, query

    def _value(self, text: str) -> str:
        if text[0] in "\"'":
            return re.sub(r"\\(.)", r"\1", text[1:-1])
        return self.get(text[1:]) if text[0] == "$" else text
