# Generated from src/tuckan/client/_async/actions/files.py by scripts/unasync.py: change that file, then run `make fix`.
# Generated from actions/catalogue.json by scripts/actions/methods.py: `make fix` writes it.
"""Actions: files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuckan.client._sync.actions.calling import UNSET, Calling

if TYPE_CHECKING:
    from tuckan.client._sync.actions.calling import Upload
    from tuckan.shapes import File, FileScan


class FilesActions(Calling):
    """Files."""

    def file_create(self, *, upload: Upload, name: str = UNSET, storage: str = UNSET) -> File:
        """Upload a file that does not belong to a resource yet.

        Args:
            upload: the file: a path, or a file opened in binary mode.
            name: the file name used for downloads.
            storage: the name of the storage (CKAN's own value is 'default').

        Returns:
            `File`.

        Who may: system administrators, and users where the portal lets them create files.

        In CKAN 2.12.

        Example:
            >>> ckan.action.file_create(name="map.txt", storage="files", upload="map.txt")  # doctest: +SKIP
        """
        result: File = self._send("file_create", {"name": name, "storage": storage}, files={"upload": upload})
        return result

    def file_delete(self, *, id: str) -> File:
        """Delete a file from its storage.

        Args:
            id: the file's id.

        Returns:
            `File`.

        Who may: whoever may delete the file.

        In CKAN 2.12.

        Example:
            >>> ckan.action.file_delete(id=file_id)  # doctest: +SKIP
        """
        result: File = self._send("file_delete", {"id": id})
        return result

    def file_owner_scan(
        self,
        *,
        owner_id: str = UNSET,
        owner_type: str = UNSET,
        start: int = UNSET,
        rows: int = UNSET,
        sort: str = UNSET,
    ) -> FileScan:
        """The files of a user or another owner.

        Args:
            owner_id: the owner's id.
            owner_type: the type of the owner: user, package, resource or another (CKAN's own value is 'user').
            start: the number of results to skip.
            rows: the maximum number of results (CKAN's own value is 10).
            sort: the field to sort by (CKAN's own value is 'name').

        Returns:
            `FileScan`.

        Who may: the owner.

        In CKAN 2.12.

        Example:
            >>> ckan.action.file_owner_scan(rows=5)  # doctest: +SKIP
        """
        result: FileScan = self._send(
            "file_owner_scan",
            {"owner_id": owner_id, "owner_type": owner_type, "start": start, "rows": rows, "sort": sort},
        )
        return result

    def file_ownership_transfer(
        self, *, id: str, owner_id: str, owner_type: str, force: bool = UNSET, pin: bool = UNSET
    ) -> File:
        """Transfer a file to another owner.

        Args:
            id: the file's id.
            owner_id: the owner's id.
            owner_type: the type of the owner: user, package, resource or another.
            force: transfer the file even if its ownership is pinned.
            pin: pin the ownership, so that it cannot be transferred without `force`.

        Returns:
            `File`.

        Who may: whoever may edit the file and the new owner.

        In CKAN 2.12.

        Example:
            >>> ckan.action.file_ownership_transfer(id=file_id, owner_type="package", owner_id=dataset_id, force=True)  # doctest: +SKIP
        """
        result: File = self._send(
            "file_ownership_transfer",
            {"id": id, "owner_id": owner_id, "owner_type": owner_type, "force": force, "pin": pin},
        )
        return result

    def file_pin(self, *, id: str) -> File:
        """Pin the ownership of a file, so that it cannot be transferred.

        Args:
            id: the file's id.

        Returns:
            `File`.

        Who may: whoever may edit the file's owner.

        In CKAN 2.12.

        Example:
            >>> ckan.action.file_pin(id=file_id)  # doctest: +SKIP
        """
        result: File = self._send("file_pin", {"id": id})
        return result

    def file_register(self, *, location: str, storage: str = UNSET) -> File:
        """Register a file that already exists in a storage.

        Args:
            location: its location in the storage.
            storage: the name of the storage (CKAN's own value is 'default').

        Returns:
            `File`.

        Who may: users where the portal lets them register files.

        In CKAN 2.12.

        Example:
            >>> ckan.action.file_register(location="chart.txt", storage="files")  # doctest: +SKIP
        """
        result: File = self._send("file_register", {"location": location, "storage": storage})
        return result

    def file_rename(self, *, id: str, name: str) -> File:
        """Change the file name used for downloads.

        Args:
            id: the file's id.
            name: the file name used for downloads.

        Returns:
            `File`.

        Who may: whoever may edit the file.

        In CKAN 2.12.

        Example:
            >>> ckan.action.file_rename(id=file_id, name="chart.txt")  # doctest: +SKIP
        """
        result: File = self._send("file_rename", {"id": id, "name": name})
        return result

    def file_show(self, *, id: str) -> File:
        """Information about a file.

        Args:
            id: the file's id.

        Returns:
            `File`.

        Who may: whoever may read the file.

        In CKAN 2.12.

        Example:
            >>> ckan.action.file_show(id=file_id)  # doctest: +SKIP
        """
        result: File = self._send("file_show", {"id": id})
        return result

    def file_unpin(self, *, id: str) -> File:
        """Unpin the ownership of a file, so that it can be transferred again.

        Args:
            id: the file's id.

        Returns:
            `File`.

        Who may: whoever may edit the file's owner.

        In CKAN 2.12.

        Example:
            >>> ckan.action.file_unpin(id=file_id)  # doctest: +SKIP
        """
        result: File = self._send("file_unpin", {"id": id})
        return result
