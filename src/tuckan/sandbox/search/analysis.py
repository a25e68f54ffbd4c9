"""From text to terms: the tokenizers and filters of CKAN's schemas, with their settings."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, TypeAlias

from snowballstemmer import stemmer  # type: ignore[import-untyped]

from tuckan.sandbox.search.syntax import Refused

if TYPE_CHECKING:
    import xml.etree.ElementTree as ET
    from collections.abc import Callable, Mapping

Token: TypeAlias = tuple[str, int]
"""A term, and its position in the text."""

Tokens: TypeAlias = list[Token]

_PARTS = re.compile(r"[^\W\d_]+|\d+")
_CASED_PARTS = re.compile(r"[A-ZÀ-ÖØ-Þ]*[^\W\d_A-ZÀ-ÖØ-Þ]+|[A-ZÀ-ÖØ-Þ]+|\d+")
_POSSESSIVE = re.compile(r"['\u2019][sS](?=\W|$)")
_FOLDS = str.maketrans(
    dict(
        zip(
            "ßæÆœŒøØłŁđĐðÐþÞ\u0131ħĦ\u2018\u2019\u201c\u201d",
            "ss ae AE oe OE o O l L d D d D th TH i h H ' ' \" \"".split(),
            strict=True,
        )
    )
)
"""Letters and marks that Unicode does not decompose."""


class Analyzer:
    """A tokenizer and the filters after it.

    Args:
        tokenize: splits text.
        word_filters: turn one word into its replacements, each with its distance from the first.
    """

    def __init__(
        self,
        tokenize: Callable[[str], list[str]],
        word_filters: list[Callable[[str], list[Token]]],
        *,
        plain: WordFilter,
    ) -> None:
        self._tokenize = tokenize
        self._filters = word_filters
        self.plain = plain
        self._of_word = lru_cache(maxsize=200_000)(self._analyze_word)

    def __call__(self, text: str) -> Tokens:
        """The terms of a text with their positions."""
        tokens: Tokens = []
        position = 0
        for word in self._tokenize(text):
            terms, length = self._of_word(word)
            tokens.extend((term, position + offset) for term, offset in terms)
            position += length
        return tokens

    def _analyze_word(self, word: str) -> tuple[tuple[Token, ...], int]:
        terms: list[Token] = [(word, 0)]
        for each in self._filters:
            terms = [(term, offset + more) for before, offset in terms for term, more in each(before)]
        return tuple(dict.fromkeys(terms)), 1 + max((offset for _, offset in terms), default=0)


class SubstringAnalyzer(Analyzer):
    """N-grams: terms are searched in the text itself, so none are stored."""

    def __init__(self, shortest: int, longest: int) -> None:
        super().__init__(lambda text: [text], [], plain=str.lower)
        self.shortest, self.longest = shortest, longest


WordFilter: TypeAlias = "Callable[[str], str]"


def _whole(text: str) -> list[str]:
    return [text]


def _same(text: str) -> str:
    return text


keep_whole = Analyzer(_whole, [], plain=_same)
"""No analysis: the value is the term."""


def analyzer_of(element: ET.Element | None) -> Analyzer:
    """The analyzer that a schema describes.

    Raises:
        Refused: when it names a tokenizer or filter that is not implemented.
    """
    if element is None:
        return keep_whole
    tokenizer = element.find("tokenizer")
    name = _class(tokenizer)
    if tokenizer is not None and name == "NGramTokenizerFactory":
        return SubstringAnalyzer(int(tokenizer.get("minGramSize", "1")), int(tokenizer.get("maxGramSize", "2")))
    splits: dict[str, Callable[[str], list[str]]] = {
        "WhitespaceTokenizerFactory": str.split,
        "StandardTokenizerFactory": re.compile(r"\w+").findall,
        "KeywordTokenizerFactory": _whole,
    }
    if name not in splits:
        raise Refused(f"the schema names the tokenizer {name}, which this service does not have", 500)
    filters = [(_class(one), one.attrib) for one in element.findall("filter")]
    words = [_expander(name, settings) for name, settings in filters]
    plain = [_PLAIN[name] for name, _ in filters if name in _PLAIN]
    return Analyzer(splits[name], words, plain=_chained(plain))


def _class(element: ET.Element | None) -> str:
    return (element.get("class", "") if element is not None else "").removeprefix("solr.")


def _chained(filters: list[WordFilter]) -> WordFilter:
    def chained(text: str) -> str:
        for each in filters:
            text = each(text)
        return text

    return chained


def _expander(name: str, settings: Mapping[str, str]) -> Callable[[str], list[Token]]:
    if name in ("WordDelimiterGraphFilterFactory", "WordDelimiterFilterFactory"):
        return _delimiter(settings)
    if name in ("SynonymGraphFilterFactory", "FlattenGraphFilterFactory"):
        return lambda word: [(word, 0)]  # Solr's synonyms.txt has examples only; flattening changes no position here
    if name == "SnowballPorterFilterFactory":
        return _stemmer(settings.get("language", "English").lower())
    if name in _PLAIN:
        change = _PLAIN[name]
        return lambda word: [(change(word), 0)]
    raise Refused(f"the schema names the filter {name}, which this service does not have", 500)


def _stemmer(language: str) -> Callable[[str], list[Token]]:
    stem = stemmer(language).stemWord
    alone = Lock()  # a stemmer has state, so threads must not share one

    def stemmed(word: str) -> list[Token]:
        with alone:
            return [(stem(word), 0)]

    return stemmed


def fold(text: str) -> str:
    """Letters without their accents.

    Example:
        >>> fold("Zürich, Łódź")
        'Zurich, Lodz'
    """
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text.translate(_FOLDS))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


_PLAIN: dict[str, WordFilter] = {
    "LowerCaseFilterFactory": str.lower,
    "ASCIIFoldingFilterFactory": fold,
    "TrimFilterFactory": str.strip,
}


def _delimiter(settings: Mapping[str, str]) -> Callable[[str], list[Token]]:
    """Split words at characters other than letters and digits, between letters and digits, and optionally where the case changes."""
    cased = settings.get("splitOnCaseChange", "1") == "1"
    pattern = _CASED_PARTS if cased else _PARTS
    joined = {
        True: settings.get("catenateWords", "0") == "1",
        False: settings.get("catenateNumbers", "0") == "1",
    }

    def split(word: str) -> list[Token]:
        parts = pattern.findall(_POSSESSIVE.sub("", word))
        terms: list[Token] = [(part, at) for at, part in enumerate(parts)]
        run_begins = 0
        for at in range(1, len(parts) + 1):
            if at < len(parts) and parts[at].isdigit() == parts[run_begins].isdigit():
                continue
            if at - run_begins > 1 and joined[not parts[run_begins].isdigit()]:
                terms.append(("".join(parts[run_begins:at]), run_begins))
            run_begins = at
        return terms

    return split
