"""Post a message to its receiver over the guarded network, without robots.txt and redirects. The answer is not kept."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import datetime

from scraper.errors import BadUrl, FetchError, HttpStatusError
from scraper.fetch import transport as network
from scraper.fetch.caching import retry_after_seconds
from scraper.fetch.redirects import check_url
from scraper.notify.message import WebhookMessage

SECONDS = 15.0  # for one message and its answer
MAX_ANSWER_BYTES = 16 * 1024


async def post_webhook(
    message: WebhookMessage,
    transport: network.Transport,
    *,
    now: Callable[[], datetime],
    seconds: float = SECONDS,
) -> None:
    """Send one message. Raises FetchError unless the answer is 2xx; a redirect must be corrected in the settings."""
    url = check_url(message.url)
    request = network.request("POST", network.Url(url), message.headers, message.body)
    with network.deadline(seconds):
        try:
            response = await transport.handle_async_request(request)
            with contextlib.suppress(FetchError):  # the status is all that counts
                await _finish(response)
        except Exception as error:
            ours = network.translate(error, url)
            if ours is None or ours is error:
                raise
            raise ours from error
    status = response.status_code
    if 300 <= status < 400:
        raise BadUrl(f"HTTP {status}: redirects are not followed", code="bad_redirect", url=url)
    if not 200 <= status < 300:
        after = retry_after_seconds(response.headers.get("retry-after"), now=now())
        raise HttpStatusError(status, url=url, retry_after=after)


async def _finish(response: network.Response) -> None:
    """Read a short answer to its end, so that the connection serves the next message; hang up on a long one."""
    size = 0
    try:
        async for chunk in response.aiter_raw():
            size += len(chunk)
            if size > MAX_ANSWER_BYTES:
                return
    finally:
        await response.aclose()
