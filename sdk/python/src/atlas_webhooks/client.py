"""A thin client of the API, for the calls that people use; `request` does the others."""

from __future__ import annotations

import json
import random
import time
import uuid
from typing import Any, Iterator, Mapping, Optional
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

MOST_WAIT_SECONDS = 30.0


class AtlasError(Exception):
    """A request that did not do what was asked. `code` is the API's, or `network`; `status` is 0 without an answer."""

    def __init__(self, code: str, message: str, status: int = 0, errors: Any = None, request_id: Optional[str] = None):
        super().__init__(message)
        self.code = code
        self.status = status
        self.errors = errors or []
        self.request_id = request_id
        self.retry_after: Optional[float] = None


class Client:
    """`Client("ak_…")`. What gets no answer, 429 or 5xx is repeated; nothing is made twice by that."""

    def __init__(
        self,
        key: str,
        base_url: str = "http://127.0.0.1:8787",
        *,
        timeout: float = 30.0,
        retries: int = 3,
    ) -> None:
        self._key = key
        self._base_url = base_url.rstrip("/")
        self._timeout = timeout
        self._retries = retries

    def publish(self, type: str, data: Mapping[str, Any], **more: Any) -> Any:
        """Returns once the event is stored durably. `more`: `id`, `created`, `tags`, `context`, `api_version`."""
        return self.request("POST", "/v1/events", {"type": type, "data": data, **more})

    def publish_batch(self, events: list[Mapping[str, Any]]) -> Any:
        """Up to 1,000 events, all or none."""
        return self.request("POST", "/v1/events/batch", {"events": events})["events"]

    def event(self, event_id: str) -> Any:
        return self.request("GET", f"/v1/events/{quote(event_id, safe='')}")

    def explain(self, event_id: str) -> Any:
        """Per endpoint: what became of the event, and why."""
        return self.request("GET", f"/v1/events/{quote(event_id, safe='')}/explain")

    def create_endpoint(self, url: str, **fields: Any) -> Any:
        """The answer carries the secret."""
        return self.request("POST", "/v1/endpoints", {"url": url, **fields})

    def endpoints(self, **query: Any) -> Iterator[Any]:
        return self.list("/v1/endpoints", **query)

    def update_endpoint(self, endpoint_id: str, **fields: Any) -> Any:
        return self.request("PATCH", f"/v1/endpoints/{quote(endpoint_id, safe='')}", fields)

    def delete_endpoint(self, endpoint_id: str) -> None:
        self.request("DELETE", f"/v1/endpoints/{quote(endpoint_id, safe='')}")

    def rotate_secret(self, endpoint_id: str, **fields: Any) -> Any:
        return self.request("POST", f"/v1/endpoints/{quote(endpoint_id, safe='')}/secret/rotate", fields)

    def deliveries(self, endpoint_id: str, **query: Any) -> Iterator[Any]:
        return self.list(f"/v1/endpoints/{quote(endpoint_id, safe='')}/deliveries", **query)

    def replay(self, event_id: str, endpoint_ids: Optional[list[str]] = None) -> Any:
        body = {} if endpoint_ids is None else {"endpoint_ids": endpoint_ids}
        return self.request("POST", f"/v1/events/{quote(event_id, safe='')}/replay", body)

    def list(self, path: str, **query: Any) -> Iterator[Any]:
        """Goes through all of a list, page by page."""
        cursor: Optional[str] = None
        while True:
            page = self.request("GET", path, query={**query, "cursor": cursor})
            yield from page["data"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: Optional[Mapping[str, Any]] = None,
        idempotency_key: Optional[str] = None,
    ) -> Any:
        """The answer's JSON, None where it has none. Raises AtlasError."""
        given = {name: value for name, value in (query or {}).items() if value is not None}
        url = f"{self._base_url}{path}" + (f"?{urlencode(given)}" if given else "")
        headers = {"Authorization": f"Bearer {self._key}"}
        content = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        if content is not None:
            headers["Content-Type"] = "application/json"
        if method == "POST":
            headers["Idempotency-Key"] = idempotency_key or str(uuid.uuid4())
        for tried in range(self._retries + 1):
            try:
                return self._try(Request(url, content, headers, method=method))
            except AtlasError as error:
                may_help = error.status in (0, 429) or error.status >= 500 or error.code == "in_progress"
                if not may_help or tried == self._retries:
                    raise
                back_off = min(MOST_WAIT_SECONDS, 0.25 * 2**tried) * random.uniform(0.5, 1)
                time.sleep(back_off if error.retry_after is None else error.retry_after)
        raise AssertionError("unreachable")

    def _try(self, request: Request) -> Any:
        try:
            with urlopen(request, timeout=self._timeout) as answer:
                text = answer.read()
        except HTTPError as error:
            with error:
                raise _problem(error, error.read()) from None
        except (URLError, OSError) as cause:
            raise AtlasError("network", f"{request.full_url} cannot be reached: {cause}") from cause
        return json.loads(text) if text else None


def _problem(answer: HTTPError, text: bytes) -> AtlasError:
    try:
        problem = json.loads(text)
        code = problem["code"]
    except (ValueError, KeyError, TypeError):
        # Not one of the service's: a proxy's own page.
        problem, code = {}, "internal"
    message = problem.get("detail") or problem.get("title") or f"The service answered {answer.code}."
    error = AtlasError(code, message, answer.code, problem.get("errors"), answer.headers.get("X-Request-Id"))
    try:
        error.retry_after = float(answer.headers.get("Retry-After", ""))
    except ValueError:
        pass
    return error
