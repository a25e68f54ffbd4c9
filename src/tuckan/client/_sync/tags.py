# Generated from src/tuckan/client/_async/tags.py by scripts/unasync.py: change that file, then run `make fix`.
"""Tags, the vocabularies they may belong to, and licenses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuckan.client._sync.namespace import Namespace, named
from tuckan.errors import NotFound

if TYPE_CHECKING:
    from tuckan.shapes import Names, Record, Records


class Tags(Namespace):
    """Tags of datasets."""

    def list(self, query: str | None = None, *, vocabulary: str | None = None) -> Names:
        """The names of all tags in use, or of those that hold some text, sorted.

        Args:
            query: text that the names must hold.
            vocabulary: the name or id of a vocabulary; free tags without it.
        """
        # Of a tag that came into being twice at the same moment CKAN keeps both.
        return sorted(set(self._read_list("tag_list", {"query": query, "vocabulary_id": vocabulary})))

    def get(self, id: str, *, vocabulary: str | None = None, datasets: bool = False) -> Record:  # noqa: A002
        """One tag by its name or id.

        Args:
            id: its name or id.
            vocabulary: the vocabulary it belongs to, if it does.
            datasets: the first 1,000 datasets with it too.
        """
        params = {"id": named(id, "tag"), "vocabulary_id": vocabulary, "include_datasets": datasets}
        return self._read_record("tag_show", params)


class Vocabularies(Namespace):
    """Vocabularies: closed lists of tags."""

    def list(self) -> Records:
        """All vocabularies with their tags."""
        return self._read_list("vocabulary_list", {})

    def get(self, id: str) -> Record:  # noqa: A002 - CKAN's own word
        """One vocabulary by its name or id."""
        return self._read_record("vocabulary_show", {"id": named(id, "vocabulary")})


class Licenses(Namespace):
    """The licenses that a portal offers for datasets."""

    def list(self) -> Records:
        """All licenses."""
        return self._read_list("license_list", {})

    def get(self, id: str) -> Record:  # noqa: A002 - CKAN's own word
        """One license by its id, such as `cc-by`.

        Raises:
            NotFound: when the portal does not offer it.
        """
        wanted = named(id, "license")
        licenses = self.list()
        for one in licenses:
            if one.get("id") == wanted:
                return one
        raise NotFound(
            f"The portal offers no license {wanted!r}.",
            action="license_list",
            status=404,
            hint="It offers: " + ", ".join(str(one.get("id")) for one in licenses),
        )
