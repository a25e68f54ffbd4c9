"""Lucene's query syntax: from text to a tree of clauses, independent of a schema."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

Occur: TypeAlias = Literal["must", "should", "must_not"]

SPECIAL = frozenset('+-&|!(){}[]^"~*?:\\/')


@dataclass(frozen=True, slots=True)
class Words:
    """A word, still with its escapes."""

    field: str | None
    raw: str
    fuzzy: str | None = None


@dataclass(frozen=True, slots=True)
class Phrase:
    """A quoted phrase."""

    field: str | None
    text: str
    slop: int = 0


@dataclass(frozen=True, slots=True)
class Range:
    """A range; None for an open end."""

    field: str | None
    low: str | None
    high: str | None
    with_low: bool
    with_high: bool


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression between slashes."""

    field: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Clause:
    """Part of a group."""

    occur: Occur
    node: Node


@dataclass(frozen=True, slots=True)
class Group:
    """A group of clauses."""

    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Boosted:
    """A node whose score is multiplied, or fixed."""

    node: Node
    factor: float
    constant: bool = False


Node: TypeAlias = Words | Phrase | Range | Pattern | Group | Boosted

_SPACE = " \t\n\r\f　"
_NUMBER = re.compile(r"\d+(?:\.\d+)?|\.\d+")
_FIELD = re.compile(
    r"((?:[^\s+\-!(){}\[\]^\"~*?:\\/&|]|\\.)(?:[^\s!(){}\[\]^\"~*?:\\/&|]|\\.)*|\*)\s*:(?!\s*$)", re.DOTALL
)
_OPERATORS = re.compile(r"(AND|OR|NOT)(?=[\s(+\-!\"\[{]|$)|&&|\|\|")


def parse(text: str, *, every: bool) -> Group:
    """Parse a query.

    Args:
        text: the query.
        every: whether clauses without an operator are all required (`q.op=AND`).

    Raises:
        Refused: when it is not valid Lucene syntax.
    """
    parser = _Parser(text, every=every)
    return parser.group(closing=False)


def unescaped(text: str) -> str:
    """Text without its escapes.

    Example:
        >>> unescaped("a" + chr(92) + ":b")
        'a:b'
    """
    return re.sub(r"\\(u[0-9a-fA-F]{4}|.)", _unescape, text, flags=re.DOTALL)


def _unescape(found: re.Match[str]) -> str:
    escape = found[1]
    return chr(int(escape[1:], 16)) if len(escape) == 5 else escape


class _Parser:
    def __init__(self, text: str, *, every: bool) -> None:
        self._text = text
        self._at = 0
        self._every = every
        self._depth = 0

    def group(self, *, closing: bool, field: str | None = None) -> Group:
        """Clauses up to the end or the closing bracket."""
        self._depth += 1
        if self._depth > 200:
            raise self._error("brackets nested too deeply")
        clauses: list[Clause] = []
        while True:
            self._skip()
            if self._end():
                if closing:
                    raise self._error('Encountered "<EOF>" where a bracket should close')
                break
            if self._peek() == ")":
                if not closing:
                    raise self._error('Encountered " ")" ") "" at a place where nothing is open')
                self._at += 1
                break
            self._clause(clauses, field)
        self._depth -= 1
        return Group(tuple(clauses))

    def _clause(self, clauses: list[Clause], field: str | None) -> None:
        joint = self._joint()
        if joint and not clauses:
            raise self._error(f'Encountered "{joint}" at the beginning')
        sign = self._sign()
        self._skip()
        if self._end() or self._peek() == ")":
            raise self._error("an operator with nothing after it")
        node = self._boosted(self._item(field))
        if joint and clauses and clauses[-1].occur != "must_not":
            if joint == "AND":
                clauses[-1] = replace(clauses[-1], occur="must")
            elif self._every:
                clauses[-1] = replace(clauses[-1], occur="should")
        occur: Occur = "should"
        if sign == "-":
            occur = "must_not"
        elif sign == "+" or joint == "AND" or (self._every and joint != "OR"):
            occur = "must"
        clauses.append(Clause(occur, node))

    def _joint(self) -> str:
        """The AND or OR before a clause."""
        found = _OPERATORS.match(self._text, self._at)
        if not found or found[0] == "NOT":
            return ""
        self._at = found.end()
        self._skip()
        return {"&&": "AND", "||": "OR"}.get(found[0], found[0])

    def _sign(self) -> str:
        found = _OPERATORS.match(self._text, self._at)
        if found and found[0] == "NOT":
            self._at = found.end()
            return "-"
        if self._peek() and self._peek() in "+-!":
            sign = self._peek()
            self._at += 1
            return "-" if sign == "!" else sign
        return ""

    def _item(self, field: str | None) -> Node:
        named = _FIELD.match(self._text, self._at)
        if named:
            self._at = named.end()
            field = unescaped(named[1])
            self._skip()
        start = self._peek()
        if start == "(":
            self._at += 1
            return self.group(closing=True, field=field)
        if start == '"':
            return self._phrase(field)
        if start in "[{":
            return self._range(field)
        if start == "/":
            return self._pattern(field)
        if not named and start in "+-!":
            raise self._error(f'Encountered "{start}" after another sign')
        return self._words(field)

    def _words(self, field: str | None) -> Words:
        begin = self._at
        while not self._end() and self._peek() not in _SPACE + '()[]{}"^~:':
            if self._peek() == "/" and self._at == begin:
                break
            self._at += 2 if self._peek() == "\\" else 1
        if self._at > len(self._text):
            raise self._error('Lexical error: a "\\" with nothing after it')
        raw = self._text[begin : self._at]
        if not raw or raw in ("AND", "OR", "NOT", "&&", "||"):
            raise self._error(f'Encountered "{raw or self._peek() or "<EOF>"}" where a term should be')
        if not self._end() and self._peek() in ':"[]{}':
            raise self._error(f'Encountered "{self._peek()}" after "{raw}"')
        fuzzy = self._tilde()
        return Words(field, raw, fuzzy)

    def _tilde(self) -> str | None:
        if self._peek() != "~":
            return None
        self._at += 1
        return self._number() or ""

    def _phrase(self, field: str | None) -> Phrase:
        found = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL).match(self._text, self._at)
        if not found:
            raise self._error("Lexical error: a quotation mark without its twin")
        self._at = found.end()
        slop = self._tilde()
        return Phrase(field, unescaped(found[1]), int(float(slop)) if slop else 0)

    def _range(self, field: str | None) -> Range:
        end = r'("(?:[^"\\]|\\.)*"|(?:[^\s\]}\\]|\\.)+)'
        found = re.compile(rf"([\[{{])\s*{end}\s+TO\s+{end}\s*([\]}}])", re.DOTALL).match(self._text, self._at)
        if not found:
            raise self._error("a range that is not [a TO b]")
        self._at = found.end()
        return Range(field, _bound(found[2]), _bound(found[3]), found[1] == "[", found[4] == "]")

    def _pattern(self, field: str | None) -> Pattern:
        found = re.compile(r"/((?:[^/\\]|\\.)*)/", re.DOTALL).match(self._text, self._at)
        if not found:
            raise self._error("Lexical error: a slash without its twin")
        self._at = found.end()
        return Pattern(field, found[1].replace("\\/", "/"))

    def _boosted(self, node: Node) -> Node:
        if self._peek() != "^":
            return node
        self._at += 1
        constant = self._peek() == "="
        self._at += constant
        number = self._number()
        if not number:
            raise self._error('a "^" without a number')
        return Boosted(node, float(number), constant)

    def _number(self) -> str:
        found = _NUMBER.match(self._text, self._at)
        if found:
            self._at = found.end()
        return found[0] if found else ""

    def _skip(self) -> None:
        while not self._end() and self._peek() in _SPACE:
            self._at += 1

    def _peek(self) -> str:
        return self._text[self._at] if self._at < len(self._text) else ""

    def _end(self) -> bool:
        return self._at >= len(self._text)

    def _error(self, why: str) -> Refused:
        return Refused(
            f"org.apache.solr.search.SyntaxError: Cannot parse '{self._text}': {why} (at character {self._at})."
        )


def _bound(text: str) -> str | None:
    if text == "*":
        return None
    return unescaped(text[1:-1] if text[0] == '"' and len(text) > 1 else text)


class Refused(Exception):
    """A request that cannot be answered.

    Args:
        message: the reason; in Solr's words where CKAN matches on them.
        status: the HTTP status.
    """

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
