"""Write a record as an HTTP message, signed as standardwebhooks.com specifies. Pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

from scraper.codec import Struct
from scraper.settings import Notify

PREFIX = "whsec_"  # of secrets that are base64 of random bytes


class WebhookMessage(Struct, frozen=True, kw_only=True):
    url: str
    headers: Mapping[str, str]
    body: bytes


def message_for(hook: Notify, seq: int, line: bytes, *, agent: str, now: datetime) -> WebhookMessage:
    """Write the message for a record's line. Every retry has the same id, so that the receiver can recognise it."""
    id_, moment = f"{hook.id}-{seq}", str(int(now.timestamp()))
    headers = {
        "Content-Type": "application/json",
        "User-Agent": agent.encode("ascii", "ignore").decode(),
        "Webhook-Id": id_,
        "Webhook-Timestamp": moment,
    }
    if hook.secret:
        headers["Webhook-Signature"] = webhook_signature(hook.secret, id_, moment, line)
    return WebhookMessage(url=hook.url, headers=headers, body=line)


def webhook_signature(secret: str, id_: str, moment: str, body: bytes) -> str:
    """Sign id, time and body with HMAC-SHA256; the time keeps others from sending an old message again."""
    signed = f"{id_}.{moment}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(secret_bytes(secret), signed, hashlib.sha256).digest()).decode()


def secret_bytes(secret: str) -> bytes:
    """Return the bytes of a secret; after the standard's prefix it is base64."""
    if secret.startswith(PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
        except binascii.Error:
            pass
    return secret.encode()
