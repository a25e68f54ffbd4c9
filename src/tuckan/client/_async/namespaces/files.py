"""Files of resources, up and down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from tuckan.client._async.bulk.downloads import Downloading, size_told
from tuckan.client._async.bulk.uploads import Uploading, sources
from tuckan.client._async.namespaces.datasets import Datasets
from tuckan.client._async.namespaces.namespace import Namespace
from tuckan.errors import InvalidArgument
from tuckan.transport import Source
from tuckan.transport.download_folder import place_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tuckan.client._async.namespaces.datasets import Filters
    from tuckan.shapes import Downloaded, Downloads, Uploaded

Verify = Literal["size", "download"]


class ResourceFiles(Namespace):
    """The part of `resources` that has to do with their files."""

    async def upload(
        self,
        dataset: str,
        file: Any,
        *,
        name: str | None = None,
        id: str | None = None,  # noqa: A002 - CKAN's own word
        format: str | None = None,  # noqa: A002 - CKAN's own word
        description: str | None = None,
        force: bool = False,
        verify: Verify = "size",
        **fields: Any,
    ) -> Uploaded:
        """Upload a file, of any size, as a new resource or in place of the file that one has.

        It is read once and sent as it is read. Its SHA-256 is recorded in the resource's `hash` (as `sha256:...`), and the
        size that the portal tells is compared with what was sent. Where the answer is lost, the resource is looked for
        before the file is sent again, so it is there once. Lists and objects among the fields arrive as such.

        A file that the portal has already, by the size and hash that it records, is not sent again: in the resource `id`,
        in one of the same name, or in one whose file is called so and that has no name (or any, when none is given); fields
        that differ are set all the same. Where the hash is missing, or a loader wrote it, the file is fetched and compared.

        Args:
            dataset: its name or id.
            file: a path, or an open binary file.
            name: the resource's name; the file's own without.
            id: the resource whose file is to be replaced; its other fields stay as they are.
            format: such as `CSV`; told from the file's name without.
            description: what is in it.
            force: send it even when the portal has it already.
            verify: `"size"`, or `"download"` to download it again and compare the hash.
            **fields: further fields of the resource, nested ones too.

        Returns:
            What became of it; `.resource` is the resource as the portal has it.

        Raises:
            TooLarge: CKAN or a proxy before it refuses the size.
            FileChanged: somebody wrote to the file meanwhile; the portal has not taken it.
            Incomplete: the portal has another size than was sent.
            NotKept: the file is there, and the portal did not keep a field that was given, such as its name.
            InDoubt: answers were lost again and again.

        Example:
            >>> from pathlib import Path
            >>> size = Path("moons.csv").write_text("Phobos, Deimos")
            >>> done = ckan.resources.upload("planet-mars", "moons.csv", name="Moons")
            >>> done.outcome, done.size
            ('uploaded', 14)
        """
        if verify not in ("size", "download"):
            raise InvalidArgument(f"verify={verify!r} is no way to verify.", hint="Use 'size' or 'download'.")
        package = await Datasets(self._connection).get(dataset)
        given = {"name": name, "format": format, "description": description}
        fields = {**{key: value for key, value in given.items() if value is not None}, **fields}
        with self._connection.progress("uploading", unit="bytes") as progress:
            source = Source(file, tell=progress.step)
            progress.total(source.size or 0)
            work = Uploading(self._connection, package, force=force, download=verify == "download")
            return await work.one(source, id, fields)

    async def upload_many(
        self, dataset: str, files: Sequence[Any], *, force: bool = False, verify: Verify = "size"
    ) -> list[Uploaded]:
        r"""Upload many files of one dataset together.

        They are sent with `package_revise`, up to a hundred files or half a gigabyte in a call, and each call succeeds or fails as a
        whole. On a dataset of 200 resources, 50 small files took 0.6 s on CKAN 2.12, 0.7 s on 2.11 and 0.9 s on 2.10; a single
        `upload` took 0.2, 0.5 and 0.9 s. CKAN does not announce new resources that come this way to DataPusher or XLoader: submit
        them with `ckan.datapusher.submit(id)` if they are to become tables. Default views are created as usual.

        Args:
            dataset: the dataset's name or id.
            files: each a path, an open binary file, or a dict with `file`, the resource's fields, and `id` where the file
                of an existing resource is to be replaced.
            force: send files even when the portal has them already.
            verify: `"size"`, or `"download"` to download each file again and compare its hash.

        Returns:
            One `Uploaded` for each file, in their order.

        Raises:
            TooLarge, FileChanged, Incomplete, InDoubt: as `upload`; nothing of the call that failed was taken.

        Example:
            >>> from pathlib import Path
            >>> sizes = [Path(name).write_text("measured,depth\n") for name in ("north.csv", "south.csv")]
            >>> done = ckan.resources.upload_many("planet-mars", ["north.csv", "south.csv"])
            >>> [one.outcome for one in done]
            ['uploaded', 'uploaded']
            >>> after = ckan.datasets.remove_resources("planet-mars", [one.id for one in done])
        """
        package = await Datasets(self._connection).get(dataset)
        with self._connection.progress("uploading", unit="bytes") as progress:
            found = sources(files, progress.step)
            progress.total(sum(source.size or 0 for source, _, _ in found))
            work = Uploading(self._connection, package, force=force, download=verify == "download")
            return await work.several(found)

    async def download(
        self,
        id: str,  # noqa: A002 - CKAN's own word
        to: str | Path = ".",
        *,
        max_bytes: int | None = None,
        check: bool = True,
        force: bool = False,
    ) -> Downloaded:
        """Download the file of a resource, on the portal or elsewhere.

        It is written beside its place and moved there when it is whole, so that a file is only ever replaced by a whole
        one. What broke off goes on where it ended when the other side can do that safely, in another run too. Asked for
        again, it is left as it is when the other side says that this very version is the one it has. The token goes to
        the portal's own address and nowhere else. What is known of the files is kept in a folder `.tuckan` beside them.

        Args:
            id: the resource's id.
            to: a folder that is there (or written with a slash at its end), or the path of the file.
            max_bytes: bytes that it may have at most.
            check: False to save what comes with a good status even when it is a web page in place of data.
            force: fetch it even when it is there.

        Returns:
            What became of it: `path`, `size`, `sha256`, `outcome`, `resumed`.

        Raises:
            NotFound: no such resource, or its file is gone.
            NotTheFile: a page or an error came in place of the file; nothing was saved.
            TransportError: no answer, or it broke off again and again.

        Example:
            >>> done = ckan.resources.download("planet-mars/Moons", "copies")
            >>> done.outcome, done.size
            ('fetched', 14)
            >>> ckan.resources.delete("planet-mars/Moons")
        """
        resource = await self._read_record("resource_show", {"id": await self._resource(id)})
        place = place_of(resource, to)
        with self._connection.progress("downloading", total=size_told(resource), unit="bytes") as progress:
            work = Downloading(self._connection, check=check, max_bytes=max_bytes, force=force)
            return await work.one(resource, place, tell=progress.step)

    async def download_all(
        self,
        to: str | Path,
        q: str | None = None,
        *,
        fq: str | Sequence[str] | None = None,
        filters: Filters | None = None,
        formats: Sequence[str] = (),
        names: Sequence[str] = (),
        max_bytes: int | None = None,
        include_private: bool = False,
        include_drafts: bool = False,
        check: bool = True,
        force: bool = False,
        dry_run: bool = False,
    ) -> Downloads:
        """Download the files of all datasets that match, side by side; one that fails stops none of the others.

        Each lies in `DATASET/RESOURCE-ID/FILE` under the folder, and `manifest.jsonl` there has a line for each. Run
        again, it goes on: what is there and still the portal's is not sent again.

        Args:
            to: the folder.
            q: what datasets to look for; all of them without.
            fq: filters in Solr's syntax.
            filters: fields of datasets with the value wanted, or a list of alternatives.
            formats: only resources of these formats.
            names: only resources whose name, or whose file's name, matches one of these patterns, such as `*2024*`.
            max_bytes: bytes that a file may have at most; larger ones are left off and said so.
            include_private: private datasets too, which needs a token.
            include_drafts: drafts too, which needs a token.
            check: False to save what comes with a good status even when it is a web page in place of data.
            force: fetch everything, whatever is there.
            dry_run: fetch nothing; the manifest says what would be.

        Returns:
            How many ended how, why some failed, and the manifest; going through it gives each outcome.

        Example:
            >>> done = ckan.resources.download_all("files", filters={"name": "states"}, formats=["csv"])
            >>> done.complete, done.count("fetched")
            (True, 1)
        """
        datasets = Datasets(self._connection).iter(
            q, fq=fq, filters=filters, include_private=include_private, include_drafts=include_drafts
        )
        work = Downloading(self._connection, check=check, max_bytes=max_bytes, force=force)
        return await work.many(datasets, to, formats=formats, names=names, dry_run=dry_run)
