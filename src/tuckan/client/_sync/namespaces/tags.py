# Generated from src/tuckan/client/_async/namespaces/tags.py by scripts/unasync.py: change that file, then run `make fix`.
"""Tags, the vocabularies they may belong to, and licenses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuckan._text import choices, counted
from tuckan.client._sync.namespaces.namespace import Namespace, named
from tuckan.errors import Hint, InvalidArgument, NotFound
from tuckan.wire.call import Call
from tuckan.wire.doubt import once
from tuckan.wire.verification import verified
from tuckan.wire.writing import creating, reading, reading_if_there

if TYPE_CHECKING:
    import builtins
    from collections.abc import Sequence

    from tuckan.client._sync.namespaces.namespace import Subject
    from tuckan.shapes import License, Names, Tag, Vocabulary


def _belonging_to(vocabulary: str | None) -> Sequence[Subject]:
    return [("vocabulary", vocabulary)] if vocabulary else ()


class Tags(Namespace):
    """Tags of datasets."""

    def list(self, query: str | None = None, *, vocabulary: str | None = None) -> Names:
        """List the names of all tags in use, or of those that contain a text, sorted.

        Args:
            query: text that the names must contain.
            vocabulary: the name or id of a vocabulary; free tags without it.

        Returns:
            The names.

        Raises:
            NotFound: when there is no such vocabulary.

        Example:
            >>> ckan.tags.list("planet")
            ['planets']
        """
        # Of a tag that came into being twice at the same moment CKAN keeps both.
        params = {"query": query, "vocabulary_id": vocabulary}
        return sorted(set(self._read_texts("tag_list", params, about=_belonging_to(vocabulary))))

    def get(self, id: str, *, vocabulary: str | None = None, datasets: bool = False) -> Tag:  # noqa: A002
        """Return a tag by its name or id.

        Args:
            id: the tag's name or id.
            vocabulary: the vocabulary that it belongs to, if any.
            datasets: include the first 1,000 datasets that have it, in `packages`.

        Returns:
            The tag: `id`, `name`, `vocabulary_id`, ...

        Raises:
            NotFound: when there is no such tag.

        Example:
            >>> ckan.tags.get("planets")["name"]
            'planets'
        """
        params = {"id": named(id, "tag"), "vocabulary_id": vocabulary, "include_datasets": datasets}
        return self._read_record("tag_show", params, about=_belonging_to(vocabulary))

    def create(self, name: str, vocabulary: str) -> Tag:
        """Add a tag to a vocabulary, exactly once. Free tags exist as soon as a dataset has them: see `datasets.add_tags`.

        Args:
            name: the tag.
            vocabulary: the vocabulary's name or id.

        Returns:
            The tag: `id`, `name` and `vocabulary_id`.

        Raises:
            NotFound: when there is no such vocabulary.
            ValidationError: when the vocabulary has the tag already.

        Example:
            >>> seasons = ckan.vocabularies.create("seasons", ["spring", "summer"])
            >>> ckan.tags.create("autumn", "seasons")["name"]
            'autumn'
        """
        found = self._read_record("vocabulary_show", {"id": named(vocabulary, "vocabulary")})
        tag = {"name": named(name, "tag"), "vocabulary_id": found["id"]}
        look = Call("tag_show", {"id": tag["name"], "vocabulary_id": found["id"]}, read_only=True)
        flow = once(Call("tag_create", tag), lambda: reading_if_there(look, self._portal_state), self._portal_state)
        return self._run(verified(flow, "tag", tag, self._portal_state, new=True))

    def delete(self, name: str, *, vocabulary: str | None = None) -> None:
        """Delete a tag, and with it remove it from all datasets; only a system administrator may.

        Args:
            name: the tag.
            vocabulary: the name or id of the vocabulary that the tag belongs to, if any.

        Raises:
            NotFound: when there is no such tag.
            NotKept: when the portal reported success, but the tag is still there.

        Example:
            >>> ckan.tags.delete("autumn", vocabulary="seasons")
            >>> ckan.tags.list(vocabulary="seasons")
            ['spring', 'summer']
            >>> ckan.vocabularies.delete("seasons", with_tags=True)
        """
        more = {"vocabulary_id": vocabulary} if vocabulary else {}
        self._remove("tag_delete", named(name, "tag"), "tag_show", about=_belonging_to(vocabulary), **more)


class Vocabularies(Namespace):
    """Vocabularies: closed lists of tags."""

    def list(self) -> builtins.list[Vocabulary]:
        """List all vocabularies with their tags.

        Returns:
            The vocabularies, each with its `id`, `name` and `tags`.

        Example:
            >>> ckan.vocabularies.create("continents", ["Africa", "Asia"])["name"]
            'continents'
            >>> [one["name"] for one in ckan.vocabularies.list()]
            ['continents']
        """
        return self._read_records("vocabulary_list", {})

    def get(self, id: str) -> Vocabulary:  # noqa: A002 - CKAN's own word
        """Return a vocabulary by its name or id.

        Args:
            id: the vocabulary's name or id.

        Returns:
            The vocabulary with its tags.

        Raises:
            NotFound: when there is no such vocabulary.

        Example:
            >>> sorted(one["name"] for one in ckan.vocabularies.get("continents")["tags"])
            ['Africa', 'Asia']
        """
        return self._read_record("vocabulary_show", {"id": named(id, "vocabulary")})

    def create(self, name: str, tags: Sequence[str] = ()) -> Vocabulary:
        """Create a vocabulary, exactly once; only a system administrator may.

        Args:
            name: the vocabulary's name.
            tags: the names of its tags.

        Returns:
            The vocabulary with its tags.

        Raises:
            ValidationError: when there is a vocabulary of this name already, or a tag is not valid.

        Example:
            >>> made = ckan.vocabularies.create("oceans", ["Atlantic", "Pacific"])
            >>> sorted(one["name"] for one in made["tags"])
            ['Atlantic', 'Pacific']
        """
        record = {"name": named(name, "vocabulary's name"), "tags": [{"name": one} for one in tags]}
        flow = creating("vocabulary_create", record, self._portal_state)
        return self._run(verified(flow, "vocabulary", record, self._portal_state, new=True))

    def update(self, id: str, *, name: str | None = None, tags: Sequence[str] | None = None) -> Vocabulary:  # noqa: A002
        """Change a vocabulary's name or tags; what is not given stays. `tags.create` and `tags.delete` change a single tag.

        Args:
            id: the vocabulary's name or id.
            name: its new name.
            tags: the names of all the tags that it is to have; tags that are left out are removed from all datasets.

        Returns:
            The vocabulary with its tags.

        Raises:
            NotFound: when there is no such vocabulary.

        Example:
            >>> after = ckan.vocabularies.update("oceans", tags=["Arctic", "Atlantic", "Pacific"])
            >>> len(after["tags"])
            3
            >>> ckan.vocabularies.delete("oceans", with_tags=True)
        """
        if name is None and tags is None:
            raise InvalidArgument(
                f"There is nothing to change in {id}.",
                hint=Hint("Give name= or tags=.", "Give --name or --tag."),
            )
        there = self.get(id)
        given = {"name": name, "tags": None if tags is None else [{"name": one} for one in tags]}
        fields = {"id": there["id"], **{field: value for field, value in given.items() if value is not None}}
        flow = reading(Call("vocabulary_update", fields, idempotent=True), self._portal_state)
        return self._run(verified(flow, "vocabulary", fields, self._portal_state))

    def delete(self, id: str, *, with_tags: bool = False) -> None:  # noqa: A002 - CKAN's own word
        """Delete a vocabulary, which only a system administrator may.

        Args:
            id: the vocabulary's name or id.
            with_tags: delete its tags too, and so remove them from all datasets; CKAN refuses to delete a vocabulary that has tags.

        Raises:
            NotFound: when there is no such vocabulary.
            InvalidArgument: when it has tags, and `with_tags` is not given.
            NotKept: when the portal reported success, but the vocabulary is still there.

        Example:
            >>> ckan.vocabularies.delete("continents", with_tags=True)
        """
        there = self.get(id)
        if there.get("tags") and not with_tags:
            raise InvalidArgument(
                f"The vocabulary {there['name']} has {counted(len(there['tags']), 'tag')}, which datasets may use.",
                hint=Hint("Pass with_tags=True to delete them too.", "Add --with-tags to delete them too."),
            )
        if there.get("tags"):
            self._set("vocabulary_update", {"id": there["id"], "tags": []})
        self._remove("vocabulary_delete", str(there["id"]), "vocabulary_show")


class Licenses(Namespace):
    """The licenses that a portal offers for datasets."""

    def list(self) -> builtins.list[License]:
        """List the licenses that the portal offers.

        Returns:
            The licenses, each with its `id`, `title` and `url`.

        Example:
            >>> "cc-by" in [one["id"] for one in ckan.licenses.list()]
            True
        """
        return self._read_records("license_list", {})

    def get(self, id: str) -> License:  # noqa: A002 - CKAN's own word
        """Return a license by its id.

        Args:
            id: the license's id, such as `cc-by`.

        Returns:
            The license: `id`, `title`, `url`, ...

        Raises:
            NotFound: when the portal does not offer it.

        Example:
            >>> ckan.licenses.get("cc-by")["title"]
            'Creative Commons Attribution'
        """
        wanted = named(id, "license")
        licenses = self.list()
        for one in licenses:
            if one.get("id") == wanted:
                return one
        offered = [str(one.get("id")) for one in licenses]
        raise NotFound(
            f"The portal offers no license {wanted!r}.",
            action="license_list",
            status=404,
            hint=choices(wanted, offered, what="It offers", most=len(offered)),
        )
