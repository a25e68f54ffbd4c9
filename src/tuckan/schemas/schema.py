"""A schema: the fields of a type of datasets, groups or organizations, and of a dataset's resources."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import msgspec

from tuckan._text import closest

if TYPE_CHECKING:
    from collections.abc import Iterator

Entity: TypeAlias = Literal["dataset", "organization", "group"]
Kind: TypeAlias = Literal[
    "text",
    "markdown",
    "integer",
    "number",
    "boolean",
    "date",
    "datetime",
    "json",
    "choice",
    "choices",
    "texts",
    "tags",
    "languages",
    "tags by language",
    "organization",
    "license",
    "name",
    "link",
    "email",
    "upload",
    "items",
    "composite",
    "composite items",
]
"""The kinds of fields: `choices` and `texts` are lists, `languages` has a text for each language, `items` is a list of records with
subfields. `composite` and `composite items` are one such record and a list of them, which the portal stores as JSON text."""

LISTS: frozenset[Kind] = frozenset(("choices", "texts", "tags", "items", "composite items"))
WITH_SUBFIELDS: frozenset[Kind] = frozenset(("items", "composite", "composite items"))
AS_JSON_TEXT: frozenset[Kind] = frozenset(("composite", "composite items"))


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that a field may have.

    Attributes:
        value: the stored value.
        label: the displayed text.
    """

    value: Any
    label: str


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a record.

    Attributes:
        name: its name in the API.
        label: its label, in the portal's first language.
        kind: the kind of its value; see `Kind`.
        required: whether the portal refuses a record without it.
        help: what the portal's form says about it.
        choices: the values that it may have, if the schema lists them; empty if any value is allowed or only the portal knows.
        subfields: the fields of its items.
        languages: the languages that a translated field asks for.
        computed: whether the portal computes it, regardless of what is sent.
        open: whether the portal takes values besides its choices.
    """

    name: str
    label: str
    kind: Kind = "text"
    required: bool = False
    help: str = ""
    choices: tuple[Choice, ...] = ()
    subfields: tuple[Field, ...] = ()
    languages: tuple[str, ...] = ()
    computed: bool = False
    open: bool = False

    def subfield(self, name: str) -> Field | None:
        """One of its subfields by name."""
        return next((one for one in self.subfields if one.name == name), None)

    def label_of(self, value: Any) -> str:
        """The displayed text of a value: the label of a choice, or the value itself.

        Example:
            >>> Field("theme", "Theme", "choice", choices=(Choice("eco", "Economy"),)).label_of("eco")
            'Economy'
        """
        return next((one.label for one in self.choices if one.value == value), str(value))

    def choice_meant(self, value: Any) -> Choice | None:
        """The choice with this value, or else with this label, ignoring case.

        Example:
            >>> Field("theme", "Theme", "choice", choices=(Choice("eco", "Economy"),)).choice_meant("economy").value
            'eco'
        """
        if (found := next((one for one in self.choices if one.value == value), None)) is not None:
            return found
        folded = str(value).strip().casefold()
        alike = [one for one in self.choices if folded in (str(one.value).casefold(), one.label.casefold())]
        return alike[0] if len(alike) == 1 else None


@dataclass(frozen=True, slots=True)
class Schema:
    """The schema of a type of datasets, groups or organizations.

    Attributes:
        entity: `dataset`, `organization` or `group`.
        type: the name of the type, such as `dataset` or `instrument`.
        fields: the fields, in the order of the portal's form.
        resource_fields: the fields of a dataset's resources.
        source: its origin: `scheming` or `ckan`.
        about: what the schema says about itself.

    Example:
        >>> schema = Schema("dataset", "dataset", (Field("title", "Title"), Field("notes", "Description", "markdown")))
        >>> [one.name for one in schema.fields]
        ['title', 'notes']
    """

    entity: Entity
    type: str
    fields: tuple[Field, ...]
    resource_fields: tuple[Field, ...] = ()
    source: Literal["scheming", "ckan"] = "ckan"
    about: str = ""
    _by_name: dict[str, Field] = field(default_factory=dict[str, Field], init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._by_name.update({one.name: one for one in self.fields})

    def field(self, name: str) -> Field | None:
        """Return a field by its name, or None.

        Args:
            name: the field's name.

        Example:
            >>> Schema("dataset", "dataset", (Field("notes", "Description"),)).field("notes").label
            'Description'
        """
        return self._by_name.get(name)

    def resource_field(self, name: str) -> Field | None:
        """Return a field of resources by its name, or None.

        Args:
            name: the field's name.

        Example:
            >>> schema = Schema("dataset", "dataset", (), (Field("format", "Format"),))
            >>> schema.resource_field("format").label, schema.resource_field("colour")
            ('Format', None)
        """
        return next((one for one in self.resource_fields if one.name == name), None)

    def near(self, name: str) -> str:
        """The field that a name probably means, by spelling or label; empty if there is none.

        Example:
            >>> Schema("dataset", "dataset", (Field("notes", "Description"),)).near("description")
            'notes'
        """
        labels = {one.label.casefold(): one.name for one in self.fields}
        if (found := labels.get(name.casefold())) is not None:
            return found
        return next(iter(closest(name, self._by_name, most=1)), "")

    def paths(self) -> Iterator[tuple[str, Field]]:
        """Iterate over all fields with their paths: `title`, `manufacturer.name`, `resources.url`.

        Yields:
            Pairs of a path and its field.

        Example:
            >>> schema = Schema("dataset", "dataset", (Field("title", "Title"),), (Field("url", "URL"),))
            >>> [path for path, field in schema.paths()]
            ['title', 'resources.url']
        """
        for one in self.fields:
            yield one.name, one
            yield from ((f"{one.name}.{sub.name}", sub) for sub in one.subfields)
        for one in self.resource_fields:
            yield f"resources.{one.name}", one
            yield from ((f"resources.{one.name}.{sub.name}", sub) for sub in one.subfields)

    def columns(self) -> Iterator[str]:
        """Iterate over all fields as columns of a table: `title_translated.en`, `manufacturer.0.name`, `resources.url`.

        Yields:
            The names of the columns.

        Example:
            >>> title = Field("title_translated", "Title", "languages", languages=("en", "fr"))
            >>> list(Schema("dataset", "dataset", (title,)).columns())
            ['title_translated.en', 'title_translated.fr']
        """
        yield from (column for one in self.fields for column in _columns(one))
        yield from (f"resources.{column}" for one in self.resource_fields for column in _columns(one))

    @property
    def hash(self) -> str:
        """A short hash of the schema."""
        said = (self.entity, self.type, self.fields, self.resource_fields)
        return hashlib.sha256(msgspec.json.encode(said, order="sorted")).hexdigest()[:16]


def _columns(field: Field) -> list[str]:
    if field.languages:
        return [f"{field.name}.{language}" for language in field.languages]
    place = "" if field.kind == "composite" else "0."
    inside = [f"{field.name}.{place}{column}" for sub in field.subfields for column in _columns(sub)]
    return [field.name, *inside]
