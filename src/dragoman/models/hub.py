"""Fetch a file from a model hub over HTTP, and go on where an earlier attempt stopped."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

import httpx

from dragoman.errors import DownloadError
from dragoman.models.catalog import ModelFile
from dragoman.models.connections import is_loopback, tls_for
from dragoman.models.partial import PartialFile
from dragoman.settings import Settings

_STALL_SECONDS = 60.0
_ATTEMPTS = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Hub:
    """One address that a file can be fetched from."""

    name: str
    """For people."""

    url: str
    """Address of the file, pinned to a revision."""

    connect_seconds: float = 5.0
    """Time limit for opening a connection."""

    pause: Callable[[float], None] = time.sleep
    """How to wait before another attempt."""

    def fetch(self, partial: PartialFile, progress: Callable[[int], None]) -> None:
        """Complete `partial`; `progress` hears its length as it grows.

        Raises:
            DownloadError: the hub could not be reached, or does not have the file.
        """
        with httpx.Client(
            timeout=httpx.Timeout(_STALL_SECONDS, connect=self.connect_seconds),
            verify=tls_for(self.url),
            trust_env=not is_loopback(self.url),
            follow_redirects=True,
            headers={"User-Agent": "dragoman", "Accept-Encoding": "identity"},
        ) as client:
            for attempt in range(_ATTEMPTS):
                before = partial.done
                try:
                    self._continue(client, partial, progress)
                except (
                    *(httpx.ConnectError, httpx.ConnectTimeout, httpx.TooManyRedirects),
                    *(httpx.UnsupportedProtocol, httpx.InvalidURL),
                ) as error:
                    raise DownloadError(f"cannot be reached ({_reason(error)})") from None
                except httpx.HTTPError as error:
                    self._again(attempt, partial.done > before, _reason(error))
                if partial.is_complete:
                    return
        raise DownloadError("the connection broke off again and again")

    def answers(self) -> bool:
        """Whether the hub is there and has the file, found out without fetching it."""
        try:
            response = httpx.head(
                self.url,
                timeout=self.connect_seconds,
                verify=tls_for(self.url),
                trust_env=not is_loopback(self.url),
                follow_redirects=True,
            )
        except (httpx.HTTPError, httpx.InvalidURL):
            return False
        return bool(response.is_success)

    def _continue(
        self, client: httpx.Client, partial: PartialFile, progress: Callable[[int], None]
    ) -> None:
        with client.stream("GET", self.url, headers=self._range(partial)) as response:
            if response.status_code in {408, 429} or response.is_server_error:
                raise httpx.HTTPStatusError(
                    f"status {response.status_code}", request=response.request, response=response
                )
            if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
                partial.drop()  # it holds what the hub does not: begin again with the next attempt
                return
            if not response.is_success:
                raise DownloadError(f"answers with status {response.status_code}")
            if response.status_code != httpx.codes.PARTIAL_CONTENT:
                partial.drop()  # the hub sends the file from its beginning
            elif not _continues(response, partial):
                raise DownloadError("sent another part of the file than was asked for")
            self._check_length(response, partial)
            partial.begin_hub(self.name, response.headers.get("ETag", ""))
            # Not in chunks of a fixed size: httpx would drop a chunk that was not yet full.
            partial.append(response.iter_raw(), progress)

    def _range(self, partial: PartialFile) -> dict[str, str]:
        if not partial.done:
            return {}
        headers = {"Range": f"bytes={partial.done}-"}
        etag = partial.note.etag
        # A weak ETag cannot be used for ranges (RFC 9110, 13.1.5), nor that of another server.
        if etag and not etag.startswith("W/") and partial.note.source == self.name:
            headers["If-Range"] = etag
        return headers

    def _check_length(self, response: httpx.Response, partial: PartialFile) -> None:
        length = response.headers.get("Content-Length", "")
        if length.isdecimal() and partial.done + int(length) != partial.size:
            raise DownloadError(
                f"has a file of another size: {partial.done + int(length)} bytes "
                f"instead of {partial.size}"
            )

    def _again(self, attempt: int, advanced: bool, reason: str) -> None:
        if attempt + 1 >= _ATTEMPTS:
            raise DownloadError(f"the connection broke off again and again ({reason})")
        self.pause(0.0 if advanced else 2.0**attempt)


def hubs_for(file: ModelFile, settings: Settings) -> list[Hub]:
    """The hubs that hold `file`, in the order in which they are tried."""
    found = []
    if file.hugging_face:
        place = file.hugging_face
        base = settings.hugging_face_endpoint.rstrip("/")
        path = f"{place.repository}/resolve/{place.revision}/{quote(file.name)}"
        found.append(("Hugging Face", f"{base}/{path}"))
    if file.modelscope:
        place = file.modelscope
        base = settings.modelscope_endpoint.rstrip("/")
        path = f"models/{place.repository}/resolve/{place.revision}/{quote(file.name)}"
        found.append(("ModelScope", f"{base}/{path}"))
    return [
        Hub(name=name, url=url, connect_seconds=settings.connect_seconds) for name, url in found
    ]


def _continues(response: httpx.Response, partial: PartialFile) -> bool:
    return str(response.headers.get("Content-Range", "")).startswith(f"bytes {partial.done}-")


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__
