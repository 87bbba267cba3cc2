"""What verification of all dialects has in common."""

from __future__ import annotations

import hmac
import json
import math
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Iterable, Mapping, Optional, Sequence, Union

Body = Union[str, bytes, bytearray, memoryview]
Source = Union[str, Mapping[str, Any], None]

DEFAULT_TOLERANCE_SECONDS = 300

HINTS = {
    "header_missing": "Hand over the request's own headers; proxies may drop some.",
    "header_malformed": "Hand over the header as it came, and look whether the endpoint has this dialect.",
    "no_match": "Mostly a body that was parsed and written again, or the secret of another endpoint.",
    "too_old": "Compare the clocks; a delivery that was kept for later needs tolerance_seconds.",
    "too_new": "The clock of this machine is behind.",
    "body_parsed": "Read the raw body before any JSON parser does: its exact bytes are signed.",
    "wrong_secret_kind": "Copy the whole secret of this endpoint, with its prefix and without spaces.",
    "secret_empty": "Is the environment variable set?",
    "not_json": "It is signed, but is no JSON object: look whether the endpoint has this dialect.",
}


class WebhookVerificationError(Exception):
    """A delivery that must not be trusted. `code` is for programs, one of the keys of HINTS; `hint` is for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{message}. {HINTS[code]}")
        self.code = code
        self.hint = HINTS[code]


@dataclass(frozen=True)
class Signed:
    """What a request says of its signatures: `prefix` is signed in front of the body."""

    prefix: str
    timestamp: Optional[str]
    signatures: Sequence[str]


class Dialect(ABC):
    """How the deliveries of one dialect are verified."""

    def verify(
        self,
        body: Body,
        source: Source,
        secret: Union[str, Iterable[str]],
        *,
        tolerance_seconds: float = DEFAULT_TOLERANCE_SECONDS,
        now: Optional[float] = None,
    ) -> dict[str, Any]:
        """
        Returns the event of a delivery. Raises WebhookVerificationError if no secret signed this body, or not within
        the tolerance. `body`: the raw request body. `source`: the request's headers; for `voice` the URL that was
        called. `secret`: one, or several while they are rotated. `now`: Unix seconds, the clock's unless given.
        """
        raw = _raw(body)
        keys = [self._key(one) for one in _secrets(secret)]
        signed = self._read(source)
        # All of them, so that timing does not tell which.
        if not any([self._is_signed(signed, raw, key) for key in keys]):
            raise WebhookVerificationError("no_match", "No signature belongs to this body and secret")
        if signed.timestamp is not None:
            _require_recent(signed.timestamp, tolerance_seconds, time.time() if now is None else now)
        return self._event(raw, source)

    @abstractmethod
    def _key(self, secret: str) -> Any: ...

    @abstractmethod
    def _read(self, source: Source) -> Signed: ...

    def _is_signed(self, signed: Signed, body: bytes, key: Any) -> bool:
        return any_equals(signed.signatures, digest(key, signed.prefix, body).hex())

    def _event(self, body: bytes, source: Source) -> dict[str, Any]:
        return parsed_object(body)


def _raw(body: Any) -> bytes:
    if isinstance(body, str):
        return body.encode("utf-8", "surrogatepass")
    if isinstance(body, (bytes, bytearray, memoryview)):
        return bytes(body)
    raise WebhookVerificationError(
        "body_parsed", f"The body must be the raw request body, text or bytes, but is {type(body).__name__}"
    )


def _secrets(secret: Any) -> list[str]:
    given = [secret] if secret is None or isinstance(secret, (str, bytes)) else list(secret)
    for one in given:
        if one is None or (isinstance(one, (str, bytes)) and not one.strip()):
            raise WebhookVerificationError("secret_empty", "The secret is empty")
        if not isinstance(one, str):
            raise WebhookVerificationError("wrong_secret_kind", "The secret must be text")
    if not given:
        raise WebhookVerificationError("secret_empty", "No secret was given")
    return given


def _require_recent(timestamp: str, tolerance_seconds: float, now: float) -> None:
    age = math.floor(now) - int(timestamp.split(".")[0])
    # Written so that a NaN refuses.
    if not age <= tolerance_seconds:
        raise WebhookVerificationError("too_old", f"It was signed more than {tolerance_seconds} seconds ago")
    if not age >= -tolerance_seconds:
        raise WebhookVerificationError("too_new", f"It was signed {-age} seconds from now")


def digest(key: bytes, prefix: str, body: bytes) -> bytes:
    return hmac.new(key, prefix.encode("utf-8", "surrogatepass") + body, "sha256").digest()


def any_equals(signatures: Iterable[str], expected: str) -> bool:
    """Whether one of them is the expected one, in a time that does not tell where they differ."""
    wanted = expected.encode()
    return any([hmac.compare_digest(one.encode("utf-8", "surrogatepass"), wanted) for one in signatures])


def header(source: Source, name: str) -> Optional[str]:
    """The value of a header, None if it is missing or empty. `name`: lower case."""
    if not isinstance(source, Mapping) and not hasattr(source, "items"):
        return None
    for key, value in source.items():  # type: ignore[union-attr]
        if str(key).lower() == name and value:
            return str(value) if isinstance(value, (str, int)) else " ".join(value)
    return None


def required_header(source: Source, name: str) -> str:
    value = header(source, name)
    if value is None:
        raise WebhookVerificationError("header_missing", f"The header {name} is missing")
    return value


def signature_of(source: Source, name: str) -> str:
    """The one header of signatures, from its value or from all headers."""
    return source if isinstance(source, str) and source else required_header(source, name)


def malformed(name: str, form: str) -> WebhookVerificationError:
    return WebhookVerificationError("header_malformed", f"The header {name} is not {form}")


def wrong_kind(form: str) -> WebhookVerificationError:
    return WebhookVerificationError("wrong_secret_kind", f"The secret must be {form}")


def parsed(body: bytes) -> Any:
    """The body's JSON value; strictly JSON, which Python's own reading is not."""
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_no_constant, parse_int=_integer)
    except (ValueError, RecursionError) as cause:
        raise WebhookVerificationError("not_json", "The body is no JSON") from cause


def parsed_object(body: bytes) -> dict[str, Any]:
    return require_object(parsed(body))


def require_object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise WebhookVerificationError("not_json", "The body is no JSON object")
    return value


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _integer(digits: str) -> Union[int, float]:
    """Python refuses to read more digits, because that takes a time that grows with their square."""
    return int(digits) if len(digits) <= 4000 else float(digits)
