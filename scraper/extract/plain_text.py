"""Text that was flattened by a naive scrape: body paragraphs apart from the bare headlines after them. Pure.

In: text of lines. Out: an Article whose body and related headlines are disjoint and in the order of the text. A line is
judged alone (``lines``); a tail of headlines is the suffix that scores best as such. When in doubt, a line is body.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate

from scraper.extract import text_lines
from scraper.extract.text_lines import TextLine
from scraper.model import Article, Extraction, Headline, Kind, Where
from scraper.text.normalize import clean_line

# Log-odds. A tail must gather PRIOR from its lines and its border before it is believed; one line alone, with neither a
# blank line nor a heading before it, cannot.
PRIOR = 3.5
ENOUGH = 1.0
HEADING_BONUS = 5.0
ONLY_GAP_BONUS = 5.0
RARE_GAP_BONUS = 3.0
BLOCK_BONUS = 1.5
MAX_TITLE_CHARS = 150
MIN_PROSE_CHARS = 60
MAX_INLINE_HEADLINES = 5
# A table has so many rows, each short, or in this share of them figures, and so many that they are this share of it.
MIN_ROWS = 3
MOST = 0.75
MANY_DIGITS = 0.08
SHORT_ROW_CHARS = 45


def split_text(text: str) -> Article:
    """Body lines complete and in order, headlines of other articles apart, the title where there is no doubt."""
    rows = _rows(text)
    title, published_raw, start = _head(rows)
    cut, margin = _cut(rows, start)
    body, related = _inline(rows, start, cut)
    related += _tail(rows[cut:])
    warnings = () if body else ("no_body",)
    found = Extraction(
        method="text" if body else "none",
        confidence=round(_confidence(margin) if body else 0.0, 2),
        warnings=warnings,
    )
    return Article(
        title=title, body=tuple(body), related=tuple(related), published_raw=published_raw, extraction=found
    )


def _rows(text: str) -> list[TextLine]:
    rows: list[TextLine] = []
    gap = 0
    for raw in text.splitlines():
        line = clean_line(raw)
        if line:
            rows.append(text_lines.read_line(line, gap))
            gap = 0
        else:
            gap += 1
    return rows


def _head(rows: Sequence[TextLine]) -> tuple[str | None, str | None, int]:
    """Return the title and the date line that stand before the body, and where the body starts."""
    if len(rows) < 2:
        return None, None, 0
    first, at = rows[0], 1
    dated = rows[at] if rows[at].dated else None
    if dated and len(rows) > 2:
        at += 1
    else:
        dated = None
    follows = rows[at]
    sure = (
        first.odds > 0
        and first.end != "open"
        and not first.labelled
        and len(first.text) <= MAX_TITLE_CHARS
        and follows.odds < 0
        and not follows.foot
        and len(follows.text) >= MIN_PROSE_CHARS
        and len(follows.text) > len(first.text) * 0.6
    )
    return (first.text, dated.text if dated else None, at) if sure else (None, None, 0)


def _cut(rows: Sequence[TextLine], start: int) -> tuple[int, float]:
    """Where the tail of headlines begins (``len(rows)`` if there is none) and how sure that is."""
    n = len(rows)
    if n - start < 2:
        return n, 0.0
    stories = _stories(rows, start)
    if stories is not None:
        return stories, PRIOR
    # Sums over prefixes, so that every cut costs the same however long the text is.
    chars = list(accumulate((min(len(row.text), 400) for row in rows), initial=0))
    gaps = list(accumulate((row.gap > 0 for row in rows), initial=0))
    prose = list(accumulate((_is_prose(row) for row in rows), initial=0))
    best, best_score = n, ENOUGH
    total = 0.0
    headlines = inner_gaps = 0
    for k in range(n - 1, start, -1):
        row = rows[k]
        total += row.odds
        headlines += row.odds > 0 and not row.dated
        size = k - start
        if prose[k] > prose[start] and headlines and total > 0 and (row.odds > -4.5 or row.gap):
            mean = (chars[k] - chars[start]) / size
            score = total - PRIOR
            score -= 2.0 if mean < MIN_PROSE_CHARS else 0.0
            body_gaps = gaps[k] - gaps[start + 1]
            score += _border(rows, k, size=size, body_gaps=body_gaps, tail_gaps=inner_gaps)
            if score > best_score and (headlines > 1 or row.gap or row.heading):
                best, best_score = k, score
        inner_gaps += row.gap > 0
    if best < n and _is_table(rows[best:]):
        return n, 0.0
    return best, best_score - ENOUGH if best < n else 0.0


def _is_table(rows: Sequence[TextLine]) -> bool:
    """Return True for a list of the article itself: names and verse in short lines, results and programmes full of figures."""
    plain = [text_lines.without_stamp(row.text, at_end=True) for row in rows if row.odds > 0]
    if len(plain) < MIN_ROWS or any(row.heading not in (None, "section") for row in rows):
        return False
    if len(plain) > MIN_ROWS and max(map(len, plain)) < SHORT_ROW_CHARS:
        return True
    chars, least = sum(map(len, plain)), MOST * len(plain)
    digits = [sum(map(str.isdigit, text)) for text in plain]
    return sum(map(bool, digits)) >= least and (
        sum(digits) >= MANY_DIGITS * chars
        or chars < SHORT_ROW_CHARS * len(plain)
        or sum(text[0].isdigit() for text in plain) >= least
    )


def _border(rows: Sequence[TextLine], k: int, *, size: int, body_gaps: int, tail_gaps: int) -> float:
    """Return what the place between body and tail says: blank lines, a heading, the line before."""
    row, before, tail = rows[k], rows[k - 1], len(rows) - k
    bonus = 0.0
    if row.heading and row.heading != "section" and k + 1 < len(rows) and rows[k + 1].odds > 0:
        bonus += HEADING_BONUS
    if before.heading:
        bonus -= HEADING_BONUS  # the heading belongs to the tail
    spaced = body_gaps / max(1, size - 1)
    if row.gap:
        if not body_gaps and not tail_gaps:
            bonus += ONLY_GAP_BONUS if size > 1 else 1.0
        elif spaced <= 0.15:
            bonus += RARE_GAP_BONUS
        elif spaced >= 0.5 and tail > 2 and tail_gaps <= 0.1 * tail:
            bonus += BLOCK_BONUS
    if not row.heading and before.end == "open" and (not row.gap or spaced >= 0.5):
        bonus -= 4.0  # "He listed three things:"
    elif before.end in ("stop", "soft"):
        bonus += 0.5
    return bonus


def _is_prose(row: TextLine) -> bool:
    return row.odds < 0 and not row.foot and len(row.text) >= MIN_PROSE_CHARS


def _stories(rows: Sequence[TextLine], start: int) -> int | None:
    """Whole other stories after the article, each under a bare date line: where the first begins."""
    at = [
        i
        for i in range(start + 1, len(rows) - 2)
        if rows[i].dated and not rows[i + 1].dated and rows[i + 1].odds > 0 and _is_prose(rows[i + 2])
    ]
    if not at or not any(_is_prose(row) for row in rows[start : at[0]]):
        return None
    cut = at[0]
    headed = cut - 1 > start and rows[cut - 1].heading is not None
    if len(at) < 2 and not headed:
        return None
    return cut - 1 if headed else cut


def _inline(rows: Sequence[TextLine], start: int, cut: int) -> tuple[list[str], list[Headline]]:
    """Return the body without the "read also" lines and blocks that stand between its paragraphs."""
    last_prose = max((i for i in range(start, cut) if _is_prose(rows[i])), default=-1)
    body: list[str] = []
    found: list[Headline] = []
    i = start
    while i < cut:
        row = rows[i]
        if row.labelled and row.end != "stop" and len(row.text) < text_lines.LONG_CHARS:
            label, kind, headline = row.labelled
            found.append(_headline(headline, "inline" if i < last_prose else "trailing", label, kind))
            i += 1
            continue
        end = _block_end(rows, i, cut) if row.heading in ("read_also", "related", "recommended") else i
        if end > i and end <= last_prose:
            found += [
                _headline(r.text, "inline", row.text, row.heading or "related")
                for r in rows[i + 1 : end]
                if not r.dated
            ]
            i = end
            continue
        body.append(row.text)
        i += 1
    return body, found


def _block_end(rows: Sequence[TextLine], i: int, cut: int) -> int:
    """Return the end of the headlines that follow a heading inside the body; ``i`` if none do."""
    end = i + 1
    while end < cut and end - i <= MAX_INLINE_HEADLINES and (rows[end].dated or rows[end].odds > 0.5):
        end += 1
    return end if end > i + 1 else i


def _tail(rows: Sequence[TextLine]) -> list[Headline]:
    """Return the headlines of a tail: dates, categories and credits dropped, each with the heading that it stands under."""
    if not rows:
        return []
    stories = sum(_is_prose(row) for row in rows) > 1  # theirs are not headlines
    plain = [row for row in rows if not row.heading and not row.dated and not row.foot]
    marks = [row for row in rows if row.heading == "section"]
    categories = len(marks) * 2 >= len(plain) and len(marks) > 1
    stamped = sum(text_lines.has_stamp_at_end(row.text) for row in plain) * 2 >= max(2, len(plain))
    label: str | None = None
    kind: Kind = "related"
    found: list[Headline] = []
    for row in rows:
        if row.heading:
            if not (row.heading == "section" and categories):
                label, kind = row.text, row.heading
        elif row.labelled:
            found.append(_headline(row.labelled[2], "trailing", row.labelled[0], row.labelled[1]))
        elif row.dated or row.foot or (stories and _is_prose(row)):
            continue
        else:
            title = text_lines.without_stamp(row.text, at_end=stamped)
            if not found or found[-1].title != title:
                found.append(_headline(title, "trailing", label, kind))
    return found


def _headline(title: str, where: Where, label: str | None, kind: Kind) -> Headline:
    return Headline(title=title, where=where, label=label.strip(" :") if label else None, kind=kind)


def _confidence(margin: float) -> float:
    return 0.6 + 0.4 / (1 + math.exp(1.5 - margin)) if margin else 0.8
