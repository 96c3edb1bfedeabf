"""Send an alert by mail, Telegram, Slack ...: the only import of apprise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scraper.errors import AlertError
from scraper.notify.alert import Alert

MISSING = "alerts need apprise: pip install 'darial[alerts]'"


def send_alert(addresses: Sequence[str], alert: Alert) -> None:
    """Send to all addresses; blocks for seconds. Raises AlertError that names those which did not take it, without secrets."""
    failed = [shown for address, shown in shown_addresses(addresses) if not _sent(address, alert)]
    if failed:
        raise AlertError(f"not accepted: {', '.join(failed)}")


def shown_addresses(addresses: Sequence[str]) -> list[tuple[str, str]]:
    """Return each address with a form of it that hides its secrets. Raises AlertError for one of no known service."""
    apprise = _library()
    shown = []
    for address in addresses:
        service = apprise.Apprise.instantiate(address)
        if service is None:
            raise AlertError(
                f"{address.partition('://')[0]}://...: not an address that Apprise knows",
                code="alert_address",
            )
        shown.append((address, str(service.url(privacy=True)).partition("?")[0]))
    return shown


def _sent(address: str, alert: Alert) -> bool:
    apprise = _library()
    service = apprise.Apprise()
    service.add(address)
    return bool(service.notify(title=alert.title, body=alert.body, body_format=apprise.NotifyFormat.TEXT))


def _library() -> Any:
    try:
        import apprise
    except ModuleNotFoundError as error:
        raise AlertError(MISSING, code="alerts_missing") from error
    return apprise
