"""Every dialect of the service, one object each."""

from __future__ import annotations

import base64
import re
from typing import Any, Optional
from urllib.parse import unquote_to_bytes

from . import ed25519
from .verification import (
    Dialect,
    Signed,
    Source,
    WebhookVerificationError,
    any_equals,
    digest,
    header,
    malformed,
    parsed,
    parsed_object,
    require_object,
    required_header,
    signature_of,
    wrong_kind,
)

MOST_SIGNATURES = 20

_SECONDS = re.compile(r"[0-9]{1,12}")
_FLOAT_SECONDS = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,9})?")
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def _text_key(secret: str) -> bytes:
    if secret.startswith(("whpk_", "whsk_", "ak_")):
        raise wrong_kind("the endpoint's own, not a public, private or API key")
    if not re.fullmatch(r"[\x21-\x7e]+", secret):
        raise wrong_kind("visible ASCII characters, without spaces or line ends")
    return secret.encode()


class _Atlas(Dialect):
    def _key(self, secret: str) -> bytes:
        return _text_key(secret)

    def _read(self, source: Source) -> Signed:
        wrong = malformed("Atlas-Signature", "t=…,v1=…")
        timestamp: Optional[str] = None
        signatures: list[str] = []
        for part in signature_of(source, "atlas-signature").split(","):
            name, equals, value = part.partition("=")
            name, value = name.strip(" \t"), value.strip(" \t")
            if not equals:
                raise wrong
            if name == "v1":
                signatures.append(value)
            if name == "t":
                # A second time would leave open which of the two was signed.
                if timestamp is not None or not _SECONDS.fullmatch(value):
                    raise wrong
                timestamp = value
        if timestamp is None or not 1 <= len(signatures) <= MOST_SIGNATURES:
            raise wrong
        return Signed(f"{timestamp}.", timestamp, signatures)


class _Standard(Dialect):
    def _key(self, secret: str) -> tuple[str, bytes]:
        symmetric = _base64_after("whsec_", secret)
        if symmetric is not None:
            return "v1", symmetric
        public_key = _base64_after("whpk_", secret)
        if public_key is None or len(public_key) != 32:
            raise wrong_kind("whsec_ and base64, or the sender's public key, whpk_")
        return "v1a", public_key

    def _read(self, source: Source) -> Signed:
        event_id = required_header(source, "webhook-id")
        timestamp = required_header(source, "webhook-timestamp")
        signatures = [
            part
            for part in required_header(source, "webhook-signature").split(" ")
            if part.startswith(("v1,", "v1a,"))
        ]
        if not _SECONDS.fullmatch(timestamp):
            raise malformed("webhook-timestamp", "a time in Unix seconds")
        if not 1 <= len(signatures) <= MOST_SIGNATURES:
            raise malformed("webhook-signature", "v1,…")
        return Signed(f"{event_id}.{timestamp}.", timestamp, signatures)

    def _is_signed(self, signed: Signed, body: bytes, key: tuple[str, bytes]) -> bool:
        scheme, key_bytes = key
        if scheme == "v1":
            expected = base64.b64encode(digest(key_bytes, signed.prefix, body)).decode()
            return any_equals(signed.signatures, f"v1,{expected}")
        content = signed.prefix.encode("utf-8", "surrogatepass") + body
        candidates = [_base64_after("v1a,", one) for one in signed.signatures]
        return any(one is not None and ed25519.verify(one, content, key_bytes) for one in candidates)


class _CloudEvents(_Standard):
    def _event(self, body: bytes, source: Source) -> dict[str, Any]:
        content = parsed_object(body)
        if header(source, "ce-specversion") is None:
            return content
        event: dict[str, Any] = {}
        for name in ("specversion", "id", "source", "type"):
            event[name] = _percent_decoded(name, required_header(source, f"ce-{name}"))
        # Only the id and the body are signed; another event's headers must not be taken for this one's.
        if event["id"] != _percent_decoded("id", required_header(source, "webhook-id")):
            raise malformed("ce-id", "that of webhook-id")
        for name in ("time", "subject"):
            value = header(source, f"ce-{name}")
            if value is not None:
                event[name] = _percent_decoded(name, value)
        return {**event, "data": content}


class _BodySigned(Dialect):
    """Dialects whose one header is the hex HMAC of the body alone."""

    def __init__(self, name: str, form: Optional[re.Pattern[str]]) -> None:
        self._name = name
        self._form = form

    def _key(self, secret: str) -> bytes:
        if self._form is not None and not self._form.fullmatch(secret):
            raise wrong_kind("the webhook's UUID")
        return secret.encode("utf-8", "surrogatepass")

    def _read(self, source: Source) -> Signed:
        return Signed("", None, [signature_of(source, self._name)])


class _Support(Dialect):
    def _key(self, secret: str) -> bytes:
        return _text_key(secret)

    def _read(self, source: Source) -> Signed:
        signature = required_header(source, "x-atlas-webhook-signature")
        name = "x-atlas-webhook-signature-timestamp"
        timestamp = header(source, name) or required_header(source, "x-atlas-webhook-timestamp")
        if not _FLOAT_SECONDS.fullmatch(timestamp):
            raise malformed(name, "a time in Unix seconds")
        return Signed(f"{timestamp}.", timestamp, [signature])

    def _is_signed(self, signed: Signed, body: bytes, key: bytes) -> bool:
        made = digest(key, signed.prefix, body)
        is_hex = len(signed.signatures[0]) == 64
        return any_equals(signed.signatures, made.hex() if is_hex else base64.b64encode(made).decode())

    def _event(self, body: bytes, source: Source) -> dict[str, Any]:
        envelope = parsed_object(body)
        data = envelope.get("data")
        if not isinstance(data, str):
            raise WebhookVerificationError("not_json", "The body's data is no JSON in a string")
        return {**envelope, "data": parsed_object(data.encode("utf-8", "surrogatepass"))}


class _Voice(Dialect):
    """Unsigned: whoever knows the URL can post to it. It is compared with the one that was subscribed."""

    def _key(self, secret: str) -> str:
        path = _path(secret)
        if path is None:
            raise wrong_kind("a URL, or its path, with a part that is hard to guess")
        return path

    def _read(self, source: Source) -> Signed:
        if not source:
            raise WebhookVerificationError("header_missing", "The URL that was called is missing")
        return Signed("", None, [_path(str(source)) or ""])

    def _is_signed(self, signed: Signed, body: bytes, key: str) -> bool:
        return any_equals(signed.signatures, key)

    def _event(self, body: bytes, source: Source) -> dict[str, Any]:
        events = parsed(body)
        if not isinstance(events, list) or len(events) != 1:
            raise WebhookVerificationError("not_json", "The body is no JSON array of one event")
        return require_object(events[0])


def _path(url: str) -> Optional[str]:
    """Path and query, which only the sender knows; None if there is nothing to guess."""
    path = re.sub(r"\Ahttps?://[^/?#]*", "", url, flags=re.IGNORECASE).split("#")[0]
    return path if re.match(r"/[^?]|/\?.", path, re.DOTALL) else None


def _base64_after(prefix: str, text: str) -> Optional[bytes]:
    rest = text[len(prefix) :]
    if not text.startswith(prefix) or len(rest) % 4 != 0 or not _BASE64.fullmatch(rest):
        return None
    return base64.b64decode(rest)


def _percent_decoded(name: str, value: str) -> str:
    try:
        if re.search(r"%(?![0-9A-Fa-f]{2})", value):
            raise ValueError(value)
        return unquote_to_bytes(value).decode("utf-8")
    except ValueError:
        raise malformed(f"ce-{name}", "percent-encoded") from None


atlas = _Atlas()
standard = _Standard()
cloudevents = _CloudEvents()
voice = _Voice()
brokers = _BodySigned("x-webhook-secret", None)
atomic = _BodySigned("x-atomic-signature", _UUID)
support = _Support()
