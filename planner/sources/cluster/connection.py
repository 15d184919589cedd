"""One authenticated connection: requests with time limit and back-off, answers as raw bytes.

The kubernetes package builds the client (certificates, tokens and their renewal, proxies); its models are not
used, because turning every field of every object into one costs more than the transfer.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

import urllib3
import urllib3.exceptions as http
from kubernetes import client

from planner.sources.cluster.faults import RequestError, broken, refused

JSON = "application/json"
_FIRST_WAIT, _LONGEST_WAIT, _CONNECT = 0.2, 8.0, 10.0


class Connection:
    """Talks to one API server. Safe to use from several threads.

    Attributes:
        context: Name of the context, or `in-cluster`.
        server: Address of the API server.
        timeout: Seconds after which a request is given up, retries included.
    """

    def __init__(
        self, api: client.ApiClient, context: str, timeout: float = 60.0, *, compressed: bool = False,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:  # fmt: skip
        self.context = context
        self.server = str(api.configuration.host)
        self.timeout = timeout
        self._api = api
        self._encoding = {"Accept-Encoding": "gzip"} if compressed else {}
        self._sleep = sleep
        self._random = random.Random()  # noqa: S311  # spreads the retries of many clients, nothing else

    def __enter__(self) -> Connection:
        """Give itself; leaving closes its connections."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close its connections."""
        self.close()

    def close(self) -> None:
        """Close all connections that are kept open."""
        self._api.rest_client.pool_manager.clear()

    def get(self, path: str, query: Mapping[str, str] | None = None, accept: str = JSON) -> bytes:
        """Read; a busy server or a cut connection is asked again until the time is up.

        Args:
            path: Path below the server (`/api/v1/pods`).
            query: Parameters.
            accept: Media type that is asked for.

        Raises:
            RequestError: There was no success in time.
        """
        return self._retried(lambda left: self._once("GET", path, query, {"Accept": accept}, None, left))

    def send(
        self, method: str, path: str, body: Any = None, content: str = JSON, query: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """Change something, once; only an answer of 429, which did nothing, is asked again.

        Args:
            method: `POST`, `PATCH`, `PUT` or `DELETE`.
            path: Path below the server.
            body: The object or patch.
            content: Its media type (`application/merge-patch+json`).
            query: Parameters (`fieldManager`, `dryRun`).

        Returns:
            The object, or the Status, that the server answers.

        Raises:
            RequestError: It was refused, or nobody knows whether it was done.
        """
        headers = {"Accept": JSON, "Content-Type": content}
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        answer = self._retried(lambda left: self._once(method, path, query, headers, data, left), only_busy=True)
        value = json.loads(answer) if answer else {}
        return value if isinstance(value, dict) else {}

    def _retried(self, ask: Callable[[float], bytes], *, only_busy: bool = False) -> bytes:
        end, wait = time.monotonic() + self.timeout, _FIRST_WAIT
        while True:
            try:
                return ask(max(end - time.monotonic(), 0.1))
            except RequestError as fault:
                pause = max(fault.wait, wait * (0.5 + self._random.random()))
                again = fault.status == 429 if only_busy else fault.passing
                if not again or time.monotonic() + pause > end:
                    raise
            self._sleep(pause)
            wait = min(wait * 2, _LONGEST_WAIT)

    def _once(
        self, method: str, path: str, query: Mapping[str, str] | None, headers: Mapping[str, str],
        body: bytes | None, left: float,
    ) -> bytes:  # fmt: skip
        url = self.server + quote(path, safe="/%") + (f"?{urlencode(query)}" if query else "")
        sent = {**headers, **self._encoding, "User-Agent": "meshplan"}
        self._api.update_params_for_auth(sent, [], ["BearerToken"], path, method, None)
        what = f"{method} {path}"
        try:
            answer = self._api.rest_client.pool_manager.request(
                method, url, body=body, headers=sent, preload_content=False, retries=False, redirect=False,
                timeout=urllib3.Timeout(connect=min(_CONNECT, left), read=left),
            )  # fmt: skip
            data = answer.data
        except (http.HTTPError, OSError) as fault:
            raise broken(fault, self.server, what) from fault
        if not 200 <= answer.status < 300:
            raise refused(answer.status, data, answer.headers.get("Retry-After") or "", what)
        return bytes(data)
