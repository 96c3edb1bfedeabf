"""What an error code means, in words that an operator can act on. Pure."""

from __future__ import annotations

GROUPS = {
    "The network, ours or theirs": {
        "dns_failed": "the host's name is not known (or our name server does not answer)",
        "connect_failed": "the server does not accept connections",
        "connection_lost": "the server closed the connection",
        "tls_failed": "no trustworthy encryption (an expired or wrong certificate)",
        "timeout": "the server did not answer in time",
    },
    "Ourselves": {
        "own_fault": "this machine is short of descriptors or memory; tried again soon, counted against nobody",
        "poll_broke": "a poll met a bug (please report it: the log says where)",
    },
    "Addresses that are not asked": {
        "blocked_address": "the host is on a private network (settings.allow_private_hosts)",
        "bad_url": "the address is not one",
        "bad_scheme": "the address is not http or https",
        "userinfo": "the address holds a user name or password",
        "foreign_host": "the page moved to another outlet's site (hosts lists an outlet's own)",
        "bad_redirect": "redirected to an address that is none",
        "redirect_scheme": "redirected to something that is not http or https",
        "redirect_userinfo": "redirected to an address with a user name or password",
        "redirect_downgrade": "redirected from https to http",
        "redirect_loop": "redirected in a circle",
        "too_many_redirects": "redirected too often",
    },
    "Answers that cannot be used": {
        "http_401": "the server demands a password",
        "http_402": "the server demands payment",
        "http_403": "the server forbids it (many forbid programs)",
        "http_404": "not there",
        "http_410": "gone for good",
        "http_429": "we asked too often: paused",
        "http_451": "withheld for legal reasons",
        "http_503": "the server is overloaded or closed: paused",
        "unasked_304": "the server says nothing changed, without having been asked",
        "too_large": "larger than anything we read",
        "truncated": "the answer was cut short",
        "unsupported_encoding": "the answer is compressed in a way we do not know",
        "protocol_error": "the answer is not valid HTTP",
        "robots_denied": "robots.txt forbids it",
        "robots_unreachable": "robots.txt cannot be read, which forbids all",
        "not_recorded": "the recording has no such page",
    },
    "Files and stores": {
        "unreadable": "the file cannot be read",
        "backup_exists": "something is there already, and is not overwritten",
        "damaged": "the recording is damaged there",
        "no_address": "nothing tells where the saved page is from",
        "bad_encoding": "the text is not UTF-8",
        "bad_record": "the line is no record",
        "bad_location": "the store's URL cannot be understood",
        "bad_filter": "the filter cannot be understood",
        "bad_query": "the search cannot be understood",
        "no_such_article": "no article has this id or address",
        "no_such_revision": "the article has no such revision",
        "state_lost": "what was remembered of a source cannot be read: it is begun anew, nothing is stored twice",
        "store": "the store failed",
        "store_busy": "another program locks the database",
        "store_damaged": "the store is damaged: darial store verify says where, darial store rebuild mends it",
        "store_denied": "the database does not let us in: user, password, rights",
        "store_full": "the disk is full",
        "store_locked": "another process owns the store",
        "store_missing": "there is no store",
        "store_newer": "the store was made by a newer Darial",
        "store_no_files": "a store in PostgreSQL has no JSON files: darial store project",
        "store_older": "the store was made by an older Darial: darial store upgrade",
        "store_readonly": "the store may not be written",
        "store_unknown": "there is no store of this kind",
        "store_unreachable": "the database server cannot be reached",
        "store_unreadable": "the database cannot be opened",
    },
    "Documents that are not what they should be": {
        "not_a_feed": "the document is no feed",
        "challenge": "a page that wants to know whether we are a robot stands in its place",
        "html_not_feed": "a web page stands where the feed should be",
        "no_json_list": "the JSON has no list where the outlet's entry says",
        "empty_document": "the document is empty",
        "nothing_to_poll": "the site shows no feed, no sitemap and no page of headlines",
        "feed_too_complex": "the feed is too complex to be parsed",
        "html_too_complex": "the page is too complex to be parsed",
        "no_article": "the page is no article",
        "other_text": "another text stands in the article's place",
        "not_text": "the document is neither text nor markup",
        "parser_crashed": "the page crashed its parser",
        "parser_timeout": "the page took too long to parse",
        "parser_error": "the page could not be parsed (a bug: please report it)",
        "bug": "a mistake of Darial's own, which the log has with its place (please report it)",
        "quarantined": "the page crashed its parser too often and was put aside",
    },
}
CAUSES = {code: words for group in GROUPS.values() for code, words in group.items()}


# The server is there and will not have us.
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
    """The meaning of a code; of an unknown HTTP status by its class; else the code itself, made readable."""
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
