"""Detect the language of a text: ISO 639-1 code and confidence. The only import of fasttext.

The script decides where it can (Armenian, Georgian, Greek, Hebrew ...), then letters that only one language has, then
statistics; the source's declared languages (``prior``) count where the text is short. Only a sample of the text is read.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

# From the start, and as much from the middle: a dateline or a quotation is not the language. Small words are counted in more
# where the first count leaves it open: of English texts it does so with one in seven, the second with one in seven of those.
_SAMPLE_CHARS, _PROSE_CHARS = 130, 300
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
_LATIN_LETTER = re.compile(f"[{dict(_SCRIPTS)['latin']}]")
_NOT_LATIN = re.compile("[" + "".join(chars for name, chars in _SCRIPTS if name != "latin") + "]")
_LATIN_PER_OTHER = 3
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
_TURKIC = re.compile("[ığşİĞŞ]")
_TURKIC_LETTERS = re.compile("[ığşİĞŞəüöçÜÖÇ]|[qQ](?![uU])")
_SISTERS = ("az", "tr", "uz", "tk")
# Azerbaijani without its schwa against Turkish: letters, endings and words that only one of them has.
_AZERI_WORDS = _codes(
    "üçün deyil edir ildir üzrə hamı jurnal jurnalı dollar nazir naziri rayon rayonunda yanğın yanğını milyonluq kimi "
    "olub edib görə belə həm daha yox öz azı fikir böyük ilin iki ki nazirliyi prezidenti prezidentin xalq haqda"
)
_AZERI_ENDINGS = tuple(sorted(_codes("ıb ib ub üb ıblar iblər ıq uq aq maq nın acaq")))
_TURKISH_WORDS = _codes(
    "ve ile için olarak çok gibi kadar ama değil yok iyi şey yıl yılı yılın yıllık haber haberi haberler bakan bakanı bakanlığı "
    "açıkladı açıklama nasıl hakkında dakika büyük işte ne etti ettiği abd dolar göre böyle önce olduğu olduğunu milyar türkiye "
    "türkiye'nin sonra kişi ilk"
)
_TURKISH_ENDINGS = tuple(
    sorted(_codes("yor yorum yorlar ıp ip up üp acak ecek eceği acağı miş lerin lere leri den deki"))
)
# A headline of names reads like Dutch or Hungarian; these words are English and hardly anything else.
_ENGLISH = _codes(
    "the and with from say says said after over has was were will by to of for at on is are new about into met its their "
    "who why how what"
)
_NEAR_ENGLISH = _codes("nl af de no da sv")
# English prose holds several kinds of these, and many; no other language shares more than three of them.
_ENGLISH_GLUE = _codes(
    "the and of to that with from was were are has have had would been being its his their they this these which who "
    "when what as at but by for not it he she an said into about after more than you your"
)
_GLUE_SHARE, _GLUE_KINDS, _PROSE_WORDS = 6, 4, 25
_WORD = re.compile(r"[\w']+")
_DIACRITIC = re.compile(r"[^\x00-\x7f‘’“”–—…]")

# How much more an expected language counts, by the number of words: a short headline proves little.
_PRIOR_WEIGHTS = ((8, 40.0), (20, 15.0))
_PRIOR_WEIGHT_LONG = 5.0
_loaded: list[Any] = []  # the model, once it was needed
_GUESSES = 8  # of the model, the likeliest ones
_UNSURE, _SURE = 0.6, 0.7
_ENOUGH_WORDS = 8
_STRANGE = 0.35  # even the likeliest language is unlikely: one that the model does not know
# Turkish shows itself within a few words; Azerbaijani without its schwa may not (measured on 6,000 titles).
_NO_SIGN_OF_TURKISH = 1.2


def detect_language(text: str, *, prior: Sequence[str] = ()) -> tuple[str | None, float]:
    """Return the language of a text and how sure that is (0 to 1); (None, 0.0) where there are no letters to judge by."""
    sample = _sample(text)
    script, share = _script(sample)
    if script is None:
        return None, 0.0
    expected = tuple(
        dict.fromkeys(code.lower().replace("_", "-").partition("-")[0] for code in prior if code)
    )
    if script == "latin":
        code, confidence = _latin(sample, expected, text)
    elif script == "cyrillic":
        code, confidence = _cyrillic(sample, expected)
    elif script == "arabic":
        code, confidence = _best(sample, _ARABIC, expected, "ar")
    elif script == "indic":
        code, confidence = _best(sample, _INDIC, expected, "hi")
    else:
        code, confidence = script, 1.0
    return _variant(code, expected), round(confidence * share, 3)


def _sample(text: str, chars: int = _SAMPLE_CHARS) -> str:
    if len(text) > 2 * chars:
        middle = len(text) // 2
        text = text[:chars] + " " + text[middle : middle + chars]
    text = text.replace("\n", " ")
    if not text.isupper():
        return text.replace("İ", "i")
    # capitals, as Turkish and Azerbaijani write them where a dotted one says that it is one of them
    return (text.replace("I", "ı").replace("İ", "i") if "İ" in text else text).lower()


def _script(sample: str) -> tuple[str | None, float]:
    """Return the script with the most letters, and its share of all letters."""
    if sample.isascii():
        return ("latin", 1.0) if any(map(str.isalpha, sample)) else (None, 0.0)
    if not _NOT_LATIN.search(sample) and _LATIN_LETTER.search(sample):
        return "latin", 1.0
    counts: Counter[int] = Counter()
    for match in _RUNS.finditer(sample):
        counts[match.lastindex or 0] += match.end() - match.start()
    if not counts:
        return None, 0.0
    weighed = {_SCRIPTS[i - 1][0]: n * _DENSE.get(_SCRIPTS[i - 1][0], 1) for i, n in counts.items()}
    if "ja" in weighed:
        weighed["ja"] += weighed.pop("zh", 0)
    # names of firms and places come in Latin letters everywhere, other scripts in Latin text hardly ever
    latin = weighed.get("latin", 0)
    if latin and (sum(weighed.values()) - latin) * _LATIN_PER_OTHER >= latin:
        weighed["latin"] = 0
    script = max(weighed, key=weighed.__getitem__)
    return script, weighed[script] / sum(weighed.values())


def _cyrillic(sample: str, expected: tuple[str, ...]) -> tuple[str, float]:
    words = sample.count(" ") + 1
    for code, signs in _CYRILLIC_SIGNS:
        if len(signs.findall(sample)) * _SIGNS_PER_WORDS >= words:
            return code, 0.98
    if not _BEYOND_RUSSIAN.search(sample):
        if _NOT_BULGARIAN.search(sample) or ("ru" in expected and "bg" not in expected):
            return "ru", 0.97
        code, confidence = _best(sample, frozenset({"ru", "bg", "uk", "mk", "sr"}), expected, "ru")
        likely = confidence > _SURE and (words >= _ENOUGH_WORDS or "bg" in expected)
        return (code, confidence) if code == "bg" and likely else ("ru", 0.8)
    return _best(sample, _CYRILLIC, expected, "ru")


def _latin(sample: str, expected: tuple[str, ...], text: str) -> tuple[str, float]:
    count = sample.count(" ") + 1
    if not sample.isascii() and len(_SCHWA.findall(sample)) * 5 >= count:
        return "az", 0.99
    if _is_english_prose(sample) or (
        len(text) > len(sample) and _is_english_prose(_sample(text, _PROSE_CHARS))
    ):
        return "en", 0.99
    scores = _regional(_scores(sample, _LATIN), sample, count, expected)
    code, confidence = _weighed(scores, count, expected, expected[0] if expected else "en")
    if code == "en" and scores.get("en", 0.0) >= _STRANGE:
        return code, confidence
    words = [word.lower() for word in _WORD.findall(sample)]
    if code in ("tr", "az") or (confidence < _UNSURE and _TURKIC.search(sample)):
        return _turkic(words, scores, expected), confidence
    likely = count >= _PROSE_WORDS and confidence > _SURE  # Dutch prose has "was" and "over" too
    if code != "en" and not likely and _is_english(sample, words, code, confidence):
        return "en", 0.6
    if confidence < _UNSURE and count <= 2 and expected:
        return expected[0], 0.3
    return code, confidence


def _is_english_prose(sample: str) -> bool:
    """Return True if the small words alone prove English, at a tenth of the cost of statistics."""
    count = sample.count(" ") + 1
    if count < _PROSE_WORDS:
        return False
    glue = [word for word in sample.lower().split() if word in _ENGLISH_GLUE]
    return len(glue) * _GLUE_SHARE >= count and len(set(glue)) >= _GLUE_KINDS


def _regional(
    scores: dict[str, float], sample: str, words: int, expected: tuple[str, ...]
) -> dict[str, float]:
    """Give the scores of related languages to the one of the two Turkic languages that the source declares.

    Text that has its letters in every few words is not English, however many names it holds.
    """
    ours = [code for code in expected if code in ("az", "tr")]
    if len(ours) != 1:
        return scores
    merged = {code: score for code, score in scores.items() if code not in _SISTERS}
    merged[ours[0]] = sum(scores.get(code, 0.0) for code in _SISTERS)
    if len(_TURKIC_LETTERS.findall(sample)) * 4 >= words:
        merged.pop("en", None)
    return {code: score for code, score in merged.items() if score > 0} or scores


def _turkic(words: list[str], scores: dict[str, float], expected: tuple[str, ...]) -> str:
    """Choose Azerbaijani or Turkish: log-odds of the model, of words, endings and letters, and of the declared language."""
    azeri = sum(
        word in _AZERI_WORDS or "q" in word or "x" in word or word.endswith(_AZERI_ENDINGS) for word in words
    )
    turkish = sum(word in _TURKISH_WORDS or word.endswith(_TURKISH_ENDINGS) for word in words)
    odds = math.log((scores.get("az", 0.0) + 0.02) / (scores.get("tr", 0.0) + 0.02)) + azeri - 1.2 * turkish
    odds += _NO_SIGN_OF_TURKISH if turkish == 0 else 0.0
    odds += 4.0 * (("az" in expected) - ("tr" in expected))
    return "az" if odds > 0 else "tr"


def _is_english(sample: str, words: list[str], code: str, confidence: float) -> bool:
    if _DIACRITIC.search(sample):
        return False
    return len(_ENGLISH.intersection(words)) >= (2 if code in _NEAR_ENGLISH or confidence > 0.9 else 1)


def _best(
    sample: str, allowed: frozenset[str], expected: tuple[str, ...], otherwise: str
) -> tuple[str, float]:
    """Return the likeliest language of those allowed; what is expected counts several times."""
    return _weighed(_scores(sample, allowed), sample.count(" ") + 1, expected, otherwise)


def _scores(sample: str, allowed: frozenset[str]) -> dict[str, float]:
    scores: dict[str, float] = {}
    labels, shares = _model().predict(sample, k=_GUESSES)
    for label, share in zip(labels, shares, strict=True):
        code = label.removeprefix("__label__")
        if code in allowed:
            code = _SAME.get(code, code)
            scores[code] = scores.get(code, 0.0) + min(share, 1.0)
    return scores


def _weighed(
    scores: dict[str, float], words: int, expected: tuple[str, ...], otherwise: str
) -> tuple[str, float]:
    if not scores:
        return otherwise, 0.1
    weight = next((weight for limit, weight in _PRIOR_WEIGHTS if words <= limit), _PRIOR_WEIGHT_LONG)
    known = {_SAME.get(code, code) for code in expected}
    weighed = {code: score * (weight if code in known else 1.0) for code, score in scores.items()}
    best = max(weighed, key=weighed.__getitem__)
    return best, min(1.0, max(scores[best], weighed[best] / sum(weighed.values())))


def _variant(code: str, expected: tuple[str, ...]) -> str:
    """Return the source's own code where two codes are one language to statistics (nb and no, hr and bs)."""
    for name in expected:
        if name != code and _VARIANTS.get(name, name) == _VARIANTS.get(code, code):
            return name
    return code


def _model() -> Any:
    """Load fastText's small model of 176 languages, once."""
    if not _loaded:
        import fasttext  # 8 MB: only where a text is judged

        package = find_spec("scraper")
        assert package is not None
        assert package.submodule_search_locations is not None
        _loaded.append(fasttext.load_model(f"{package.submodule_search_locations[0]}/data/lid.176.ftz"))
    return _loaded[0]
