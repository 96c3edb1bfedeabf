"""Read the JSON that a page carries for its own scripts: as Next.js, Nuxt, Inertia and hand-made pages write it. Pure.

    <script type="application/json">{...}</script>      Next.js (__NEXT_DATA__), Inertia, most others
    <script id="__NUXT_DATA__">[...]</script>           Nuxt 3: one list whose members name each other by number
    <div data-page="{...}">                             Inertia before its third version
    <script>window.NAME = {...}</script>                Nuxt 2 and others; JSON.parse("...") as well
    <script>self.__next_f.push([1, "..."])</script>     Next.js, streamed: rows of JSON, cut anywhere

Never runs a script: what is no JSON (a function call, say) is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scraper.extract.html import Node, Tree, parse, select
from scraper.feeds.json_path import load_json, value_at

MAX_DOCUMENTS = 200
MAX_FAILED = 1000  # texts of one script that begin like JSON but are not
_ASSIGNED = re.compile(r"[\w$\])\"']\s*=\s*(JSON\.parse\(\s*(?=\")|(?=[\[{]))")
_STREAMED = re.compile(r"__next_f\.push\(\s*(?=\[)")
_ROW = re.compile(r"(?:^|\n)[0-9a-f]{1,8}:(?=[\[{])")
_WRAPPERS = frozenset(("Reactive", "ShallowReactive", "Ref", "ShallowRef", "Date", "Object"))


def embedded_documents(text: str, *, about: str = "") -> Iterator[object]:
    """Yield the documents of a page that mention a word, in the order of the page. Raises PageTooComplex."""
    count = 0
    for document in _documents(parse(text), about):
        if document and isinstance(document, dict | list):
            yield document
            count += 1
        if count >= MAX_DOCUMENTS:
            return


def _documents(tree: Tree, about: str) -> Iterator[object]:
    streamed: list[str] = []
    for node in select(tree, "script, [data-page]"):
        value = (node.attributes.get("data-page") or "").lstrip()
        if value.startswith(("{", "[")) and about in value:
            yield load_json(value)
        if node.tag != "script":
            continue
        script = node.text()
        if "__next_f" in script:
            streamed += _pieces(script)
        elif about in script:
            yield from _of_script(node, script)
    rows = "".join(streamed)
    if rows and about in rows:
        yield from _values(rows, _ROW)


def _of_script(node: Node, script: str) -> Iterator[object]:
    attributes = node.attributes
    if "json" in (attributes.get("type") or "").lower():
        found = load_json(script)
        is_numbered = attributes.get("id") == "__NUXT_DATA__" or "data-nuxt-data" in attributes
        yield _revived(found) if is_numbered and isinstance(found, list) else found
        return
    for value in _values(script, _ASSIGNED):
        yield load_json(value) if isinstance(value, str) else value


def _pieces(script: str) -> list[str]:
    """Return what a script adds to the stream."""
    calls = _values(script, _STREAMED)
    return [c[1] for c in calls if isinstance(c, list) and len(c) > 1 and isinstance(c[1], str)]


def _values(text: str, before: re.Pattern[str]) -> Iterator[object]:
    """Yield the values behind each match. Gives up after many failures: to find where one ends costs the text before it."""
    at = failed = 0
    while failed < MAX_FAILED and (match := before.search(text, at)) is not None:
        at = match.end()
        try:
            value, at = value_at(text, at)
        except ValueError:
            failed += 1
        else:
            yield value


def _revived(flat: list[object]) -> object:
    """Return the first member of a list whose objects and lists hold the numbers of their members instead of the members."""
    made: list[object] = [{} if isinstance(v, dict) else [] if isinstance(v, list) else v for v in flat]

    def member(number: object) -> object:
        for _ in flat:  # a wrapper may hold a wrapper
            if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < len(flat):
                return None  # negative ones stand for undefined, NaN and the like
            value = flat[number]
            if not (isinstance(value, list) and len(value) > 1 and value[0] in _WRAPPERS):
                return made[number]
            if not isinstance(value[1], int):
                return value[1]  # a date, as text
            number = value[1]
        return None

    for value, copy in zip(flat, made, strict=True):
        if isinstance(value, dict) and isinstance(copy, dict):
            copy.update((key, member(number)) for key, number in value.items())
        elif isinstance(value, list) and isinstance(copy, list):
            named = value[:1] == ["Set"]
            copy.extend(member(number) for number in value[named:])
    return member(0)
