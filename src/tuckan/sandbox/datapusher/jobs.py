"""The jobs of the service: waiting, done or failed, each with its own key and log."""

from __future__ import annotations

import hmac
import logging
import secrets
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tuckan.client import Client
from tuckan.errors import TuckanError
from tuckan.sandbox.datapusher.loading import NotLoaded, load

if TYPE_CHECKING:
    from collections.abc import Mapping

_log = logging.getLogger("tuckan.sandbox.datapusher")
_MOMENT = "%Y-%m-%dT%H:%M:%S.%f"


@dataclass(slots=True)
class Job:
    """One job.

    Attributes:
        id: its id.
        key: grants access to the job.
        metadata: CKAN's metadata of the job.
        status: `pending`, `complete` or `error`.
    """

    metadata: Mapping[str, Any]
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    key: str = field(default_factory=secrets.token_hex, repr=False)
    status: str = "pending"
    error: str | None = None
    requested: str = field(default_factory=lambda: datetime.now(UTC).strftime(_MOMENT))
    finished: str | None = None
    logs: list[dict[str, str]] = field(default_factory=list)

    def tell(self, message: str, level: str = "INFO") -> None:
        """Add to its log."""
        moment = datetime.now(UTC).strftime(_MOMENT)
        self.logs.append({"timestamp": moment, "level": level, "message": message, "module": "datapusher"})
        _log.info("%s: %s", self.metadata.get("resource_id"), message)

    def to_json(self) -> dict[str, Any]:
        """The job in CKAN's form."""
        return {
            "job_id": self.id,
            "job_type": "push_to_datastore",
            "status": self.status,
            "error": {"message": self.error} if self.error else None,
            "requested_timestamp": self.requested,
            "finished_timestamp": self.finished,
            "metadata": dict(self.metadata),
            "logs": self.logs,
        }


class Jobs:
    """All jobs since the service started; two run concurrently."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._pool = ThreadPoolExecutor(2, thread_name_prefix="datapusher")
        self._closing = threading.Event()

    def submit(self, metadata: Mapping[str, Any], token: str) -> Job:
        """Accept a job."""
        job = Job(metadata)
        self._jobs[job.id] = job
        self._pool.submit(_perform, job, token, self._closing)
        return job

    def find(self, job_id: str, key: str) -> Job | None:
        """A job, for a client with its key."""
        job = self._jobs.get(job_id)
        return job if job and hmac.compare_digest(job.key, key) else None

    def close(self) -> None:
        """Fail every job soon: CKAN accepts no other for the same file while it believes that one is running."""
        self._closing.set()
        self._pool.shutdown(wait=True)


def _perform(job: Job, token: str, closing: threading.Event) -> None:
    def tell(message: str) -> None:
        if closing.is_set():
            raise NotLoaded("the service was ended before the file was loaded; submit it again")
        job.tell(message)

    try:
        tell("Begun.")
        load(job.metadata, token, tell)
    except NotLoaded as error:
        job.error = str(error)
        job.tell(str(error), "ERROR")
    except Exception as error:  # noqa: BLE001 - whatever happens, CKAN must be told that the job is over
        _log.exception("job %s", job.id)
        job.error = f"{type(error).__name__}: {error}"
        job.tell(job.error, "ERROR")
    job.status = "error" if job.error else "complete"
    job.finished = datetime.now(UTC).strftime(_MOMENT)
    job.tell("Failed." if job.error else "Done.")
    _tell_portal(job, token)


def _tell_portal(job: Job, token: str) -> None:
    """Report the result to CKAN, which waits for it."""
    try:
        with Client(job.metadata["ckan_url"], token) as ckan:
            ckan.call("datapusher_hook", {**job.to_json(), "job_key": job.key})
    except TuckanError:
        _log.exception("CKAN did not take the end of job %s", job.id)
