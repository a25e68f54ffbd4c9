# Generated from src/tuckan/client/_async/actions/tags.py by scripts/unasync.py: change that file, then run `make fix`.
# Generated from actions/catalogue.json by scripts/actions/methods.py: `make fix` writes it.
"""Actions: tags, vocabularies, translations and licenses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

from tuckan.client._sync.actions.calling import UNSET, Calling

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Literal

    from tuckan.shapes import License, Success, Tag, TagSearch, Translation, Vocabulary


class TagsActions(Calling):
    """Tags, vocabularies, translations and licenses."""

    def license_list(self) -> list[License]:
        """The licenses that the portal offers for datasets.

        Returns:
            `list[License]`.

        Who may: anyone.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.license_list()  # doctest: +SKIP
        """
        result: list[License] = self._send("license_list", {})
        return result

    def tag_autocomplete(
        self, *, query: str, vocabulary_id: str = UNSET, limit: int = UNSET, offset: int = UNSET
    ) -> list[str]:
        """Names of tags that contain a text, for autocompletion.

        Args:
            query: text to search for in tag names.
            vocabulary_id: the vocabulary's name or id.
            limit: the maximum number of results.
            offset: the number of results to skip.

        Returns:
            `list[str]`.

        Who may: anyone.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.tag_autocomplete(query="wat")  # doctest: +SKIP
        """
        result: list[str] = self._send(
            "tag_autocomplete", {"query": query, "vocabulary_id": vocabulary_id, "limit": limit, "offset": offset}
        )
        return result

    def tag_create(self, *, name: str, vocabulary_id: str) -> Tag:
        """Add a tag to a vocabulary; free tags are created by datasets that have them.

        Args:
            name: the tag.
            vocabulary_id: the vocabulary's name or id.

        Returns:
            `Tag`.

        Who may: system administrators.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.tag_create(name="alpine", vocabulary_id=vocabulary_id)  # doctest: +SKIP
        """
        result: Tag = self._send("tag_create", {"name": name, "vocabulary_id": vocabulary_id})
        return result

    def tag_delete(self, *, id: str, vocabulary_id: str = UNSET) -> None:
        """Delete a tag, and remove it from all datasets.

        Args:
            id: the tag's name or id.
            vocabulary_id: the vocabulary's name or id.

        Returns:
            Nothing.

        Who may: system administrators.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.tag_delete(id="alpine", vocabulary_id=vocabulary_id)  # doctest: +SKIP
        """
        result: None = self._send("tag_delete", {"id": id, "vocabulary_id": vocabulary_id})
        return result

    @overload
    def tag_list(
        self, *, query: str = UNSET, vocabulary_id: str = UNSET, all_fields: Literal[False] = UNSET
    ) -> list[str]: ...

    @overload
    def tag_list(self, *, query: str = UNSET, vocabulary_id: str = UNSET, all_fields: Literal[True]) -> list[Tag]: ...

    @overload
    def tag_list(
        self, *, query: str = UNSET, vocabulary_id: str = UNSET, all_fields: bool
    ) -> list[str] | list[Tag]: ...

    def tag_list(
        self, *, query: str = UNSET, vocabulary_id: str = UNSET, all_fields: bool = UNSET
    ) -> list[str] | list[Tag]:
        """The names of tags in use, or of one vocabulary; full tags with all_fields.

        Args:
            query: text to search for in tag names.
            vocabulary_id: the vocabulary's name or id.
            all_fields: return full records instead of names.

        Returns:
            `list[str] | list[Tag]`.

        Who may: anyone.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.tag_list(query="wat")  # doctest: +SKIP
        """
        result: list[str] | list[Tag] = self._send(
            "tag_list", {"query": query, "vocabulary_id": vocabulary_id, "all_fields": all_fields}
        )
        return result

    def tag_search(
        self,
        *,
        query: Sequence[str] = UNSET,
        vocabulary_id: str = UNSET,
        fields: Mapping[str, Any] = UNSET,
        limit: int = UNSET,
        offset: int = UNSET,
    ) -> TagSearch:
        """Tags whose name contains a text, with their number.

        Args:
            query: text to search for in tag names, or several texts.
            vocabulary_id: the vocabulary's name or id.
            fields: terms by field; the older form of `query`.
            limit: the maximum number of results.
            offset: the number of results to skip.

        Returns:
            `TagSearch`.

        Who may: anyone.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.tag_search(query="wat", limit=5)  # doctest: +SKIP
        """
        result: TagSearch = self._send(
            "tag_search",
            {"query": query, "vocabulary_id": vocabulary_id, "fields": fields, "limit": limit, "offset": offset},
        )
        return result

    def tag_show(self, *, id: str, vocabulary_id: str = UNSET, include_datasets: bool = UNSET) -> Tag:
        """One tag, with up to 1,000 of its datasets on request.

        Args:
            id: the tag's name or id.
            vocabulary_id: the vocabulary's name or id.
            include_datasets: include up to 1,000 of its datasets.

        Returns:
            `Tag`.

        Who may: anyone.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.tag_show(id="water", include_datasets=True)  # doctest: +SKIP
        """
        result: Tag = self._send(
            "tag_show", {"id": id, "vocabulary_id": vocabulary_id, "include_datasets": include_datasets}
        )
        return result

    def term_translation_show(self, *, terms: Sequence[str], lang_codes: Sequence[str] = UNSET) -> list[Translation]:
        """Translations of terms into some languages.

        Args:
            terms: the terms.
            lang_codes: language codes, such as `de`; all if omitted.

        Returns:
            `list[Translation]`.

        Who may: anyone.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.term_translation_show(terms=["water"], lang_codes=["de"])  # doctest: +SKIP
        """
        result: list[Translation] = self._send("term_translation_show", {"terms": terms, "lang_codes": lang_codes})
        return result

    def term_translation_update(self, *, term: str, term_translation: str, lang_code: str) -> Translation:
        """Set the translation of a term into a language.

        Args:
            term: the term.
            term_translation: the translation.
            lang_code: the language code, such as `de`.

        Returns:
            `Translation`.

        Who may: system administrators.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.term_translation_update(term="water", term_translation="Wasser", lang_code="de")  # doctest: +SKIP
        """
        result: Translation = self._send(
            "term_translation_update", {"term": term, "term_translation": term_translation, "lang_code": lang_code}
        )
        return result

    def term_translation_update_many(self, *, data: Sequence[Mapping[str, Any]]) -> Success:
        """Set several translations at once.

        Args:
            data: the translations, each as term_translation_update takes it.

        Returns:
            `Success`.

        Who may: system administrators.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.term_translation_update_many(data=[{"term": "lake", "term_translation": "See", "lang_code": "de"}])  # doctest: +SKIP
        """
        result: Success = self._send("term_translation_update_many", {"data": data})
        return result

    def vocabulary_create(self, *, name: str, tags: Sequence[Mapping[str, Any]] = UNSET) -> Vocabulary:
        """Create a vocabulary, a closed list of tags.

        Args:
            name: the vocabulary's name.
            tags: all its tags, each with a name.

        Returns:
            `Vocabulary`.

        Who may: system administrators.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.vocabulary_create(name="seasons", tags=[{"name": "summer"}, {"name": "winter"}])  # doctest: +SKIP
        """
        result: Vocabulary = self._send("vocabulary_create", {"name": name, "tags": tags})
        return result

    def vocabulary_delete(self, *, id: str) -> None:
        """Delete a vocabulary, which must have no tags.

        Args:
            id: the vocabulary's name or id.

        Returns:
            Nothing.

        Who may: system administrators.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.vocabulary_delete(id=vocabulary_id)  # doctest: +SKIP
        """
        result: None = self._send("vocabulary_delete", {"id": id})
        return result

    def vocabulary_list(self) -> list[Vocabulary]:
        """All vocabularies with their tags.

        Returns:
            `list[Vocabulary]`.

        Who may: anyone.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.vocabulary_list()  # doctest: +SKIP
        """
        result: list[Vocabulary] = self._send("vocabulary_list", {})
        return result

    def vocabulary_show(self, *, id: str) -> Vocabulary:
        """One vocabulary with its tags.

        Args:
            id: the vocabulary's name or id.

        Returns:
            `Vocabulary`.

        Who may: anyone.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.vocabulary_show(id="zones")  # doctest: +SKIP
        """
        result: Vocabulary = self._send("vocabulary_show", {"id": id})
        return result

    def vocabulary_update(self, *, id: str, name: str = UNSET, tags: Sequence[Mapping[str, Any]] = UNSET) -> Vocabulary:
        """Change a vocabulary's name, or replace its tags.

        Args:
            id: the vocabulary's name or id.
            name: the vocabulary's name.
            tags: all its tags, each with a name.

        Returns:
            `Vocabulary`.

        Who may: system administrators.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.vocabulary_update(id=vocabulary_id, name="zones", tags=[{"name": "north"}, {"name": "south"}])  # doctest: +SKIP
        """
        result: Vocabulary = self._send("vocabulary_update", {"id": id, "name": name, "tags": tags})
        return result
