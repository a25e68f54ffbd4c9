"""Files of resources: uploads and downloads."""

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
    """The methods of `resources` for files."""

    async def upload(
        self,
        dataset: str,
        file: Any,
        *,
        name: str | None = None,
        id: str | None = None,  # noqa: A002 - CKAN's own word
        format: str | None = None,  # noqa: A002 - CKAN's own word
        description: str | None = None,
        again: bool = False,
        verify: Verify = "size",
        **fields: Any,
    ) -> Uploaded:
        """Upload a file of any size, as a new resource or replacing the file of an existing one.

        The file is streamed, and read once. Its SHA-256 is recorded in the resource's `hash` (as `sha256:...`), and the
        size that the portal reports is compared with what was sent. If the answer is lost, the resource is looked up
        before the file is sent again, so that it exists once. Lists and objects among the fields arrive as such.

        A file that the portal already has, by the size and hash that it records, is not sent again: in the resource `id`,
        in one of the same name, or in one without a name whose file has this name (or any, when no name is given); fields
        that differ are set all the same. If the hash is missing, or a loader wrote it, the file is downloaded and compared.

        Args:
            dataset: the dataset's name or id.
            file: a path, or an open binary file.
            name: the resource's name; the file's name by default.
            id: the resource whose file is to be replaced; its other fields stay.
            format: such as `CSV`; derived from the file's name by default.
            description: what the file contains.
            again: send the file even when the portal already has it.
            verify: `"size"`, or `"download"` to download the file again and compare its hash.
            **fields: other fields of the resource, including nested ones.

        Returns:
            The outcome: `outcome` (`uploaded`, `replaced` or `unchanged`), `resource`, `size` in bytes, `sha256`.

        Raises:
            NotFound: there is no such dataset or resource.
            TooLarge: CKAN or a proxy rejects the size.
            FileChanged: when somebody wrote to the file during the upload; the portal has not accepted it.
            Incomplete: when the portal reports another size than was sent.
            NotKept: when the file was uploaded, and the portal did not keep a field, such as its name.
            InDoubt: answers were lost repeatedly.

        Example:
            >>> from pathlib import Path
            >>> size = Path("moons.csv").write_text("Phobos, Deimos")
            >>> done = ckan.resources.upload("planet-mars", "moons.csv", name="Moons")
            >>> done.outcome, done.size
            ('uploaded', 14)
        """
        if verify not in ("size", "download"):
            raise InvalidArgument(f"verify={verify!r} is not a valid way to verify.", hint="Use 'size' or 'download'.")
        package = await Datasets(self._connection).get(dataset)
        given = {"name": name, "format": format, "description": description}
        fields = {**{key: value for key, value in given.items() if value is not None}, **fields}
        with self._connection.progress("uploading", unit="bytes") as progress:
            source = Source(file, tell=progress.step)
            progress.total(source.size or 0)
            work = Uploading(self._connection, package, again=again, download=verify == "download")
            return await work.one(source, id, fields)

    async def upload_many(
        self, dataset: str, files: Sequence[Any], *, again: bool = False, verify: Verify = "size"
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
            again: send files even if the portal already has them.
            verify: `"size"`, or `"download"` to download each file again and compare its hash.

        Returns:
            One `Uploaded` for each file, in their order.

        Raises:
            TooLarge, FileChanged, Incomplete, InDoubt: as `upload`; nothing of the failed call was accepted.

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
            work = Uploading(self._connection, package, again=again, download=verify == "download")
            return await work.several(found)

    async def download(
        self,
        id: str,  # noqa: A002 - CKAN's own word
        to: str | Path = ".",
        *,
        max_bytes: int | None = None,
        check: bool = True,
        again: bool = False,
    ) -> Downloaded:
        """Download the file of a resource, on the portal or elsewhere.

        The file is written next to its destination and moved there once it is complete. An interrupted download is resumed where the
        server supports that safely, in a later run too. If the file is there already, it is downloaded again only if it has changed. The
        token is sent to the portal's own address only. What is known of the files is kept in a folder `.tuckan` next to them.

        Args:
            id: the resource's id, `dataset/resource-name`, or the address of its page.
            to: an existing folder (or a path that ends with a slash), or the path of the file.
            max_bytes: the maximum size, in bytes.
            check: False to save any successful answer, even a web page instead of data.
            again: download the file again.

        Returns:
            The outcome: `path`, `size` in bytes, `sha256`, `outcome`, `resumed`.

        Raises:
            NotFound: there is no such resource, or its file is gone.
            NotTheFile: a web page or an error was received instead of the file; nothing was saved.
            TransportError: there was no answer, or the connection broke repeatedly.

        Example:
            >>> done = ckan.resources.download("planet-mars/Moons", "copies")
            >>> done.outcome, done.size
            ('fetched', 14)
            >>> ckan.resources.delete("planet-mars/Moons")
        """
        resource = await self._read_record("resource_show", {"id": await self._resource(id)})
        place = place_of(resource, to)
        with self._connection.progress("downloading", total=size_told(resource), unit="bytes") as progress:
            work = Downloading(self._connection, check=check, max_bytes=max_bytes, again=again)
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
        again: bool = False,
        dry_run: bool = False,
    ) -> Downloads:
        """Download the files of all datasets that match, concurrently; one failure does not stop the others.

        Each file is saved under the folder as `DATASET/RESOURCE-ID/FILE`, and `manifest.jsonl` there has a line for each. A second
        run resumes: files that are still the portal's are not downloaded again.

        Args:
            to: the folder.
            q: the datasets to search for; all of them without.
            fq: filters in Solr's syntax.
            filters: fields of datasets with a value, or with a list of alternatives.
            formats: only resources of these formats.
            names: only resources whose name, or whose file's name, matches one of these patterns, such as `*2024*`.
            max_bytes: the maximum size of a file, in bytes; larger ones are left out, and reported.
            include_private: include private datasets, which needs a token.
            include_drafts: include drafts, which needs a token.
            check: False to save any successful answer, even a web page instead of data.
            again: download everything again.
            dry_run: download nothing; the manifest says what would be.

        Returns:
            How many files have which outcome, why some failed, and the manifest; iterating over it yields each outcome.

        Raises:
            Incomplete: when the datasets cannot be listed completely.

        Example:
            >>> done = ckan.resources.download_all("files", filters={"name": "states"}, formats=["csv"])
            >>> done.complete, done.done
            (True, {'fetched': 1})
        """
        datasets = Datasets(self._connection).iter(
            q, fq=fq, filters=filters, include_private=include_private, include_drafts=include_drafts
        )
        work = Downloading(self._connection, check=check, max_bytes=max_bytes, again=again)
        return await work.many(datasets, to, formats=formats, names=names, dry_run=dry_run)
