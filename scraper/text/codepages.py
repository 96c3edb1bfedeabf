"""Tell single-byte code pages apart by how often each language uses their letters. Pure tables.

``decoder(name)`` gives a strict bytes -> str function for a label as pages spell it, or None; ``guess(counts)`` ranks
code pages by how well a histogram of the high bytes fits a language. It never looks at markup or declarations.
"""

from __future__ import annotations

import codecs
import math
from collections.abc import Callable, Mapping

# Python has no codec for these three (ARMSCII-8: Armenian; the Georgian ones: libiconv's GEORGIAN-PS and -ACADEMY).
# Each is the upper half of the page; "\ufffd" marks a byte that stands for nothing.
_C1 = "".join(map(chr, range(0x80, 0xA0)))
_ARMSCII_8 = (
    _C1
    + "\u00a0\ufffdև։)(»«—.՝,-֊…՜՛՞ԱաԲբԳգԴդԵեԶզԷէԸըԹթԺժԻիԼլԽխԾծԿկՀհՁձՂղՃճՄմՅյՆնՇշՈոՉչՊպՋջՌռՍսՎվՏտՐրՑցՒւՓփՔքՕօՖֆ՚\ufffd"
)
_WESTERN = bytes(range(0x80, 0xC0)).decode("cp1252", "replace")
_GEORGIAN_PS = _WESTERN + "აბგდევზჱთიკლმნჲოპჟრსტჳუფქღყშჩცძწჭხჴჯჰჵ" + "".join(map(chr, range(0xE6, 0x100)))
_GEORGIAN_ACADEMY = (
    _WESTERN + "აბგდევზთიკლმნოპჟრსტუფქღყშჩცძწჭხჯჰჱჲჳჴჵჶ" + "".join(map(chr, range(0xE7, 0x100)))
)
_ASCII = "".join(map(chr, range(0x80)))
_OWN = {
    "armscii-8": _ASCII + _ARMSCII_8,
    "georgian-ps": _ASCII + _GEORGIAN_PS,
    "georgian-academy": _ASCII + _GEORGIAN_ACADEMY,
}

# Labels that Python does not know, or knows as something narrower than what pages mean by them (WHATWG Encoding).
_ALIAS_ROWS = """
windows-1252: ascii us-ascii latin1 latin-1 iso-8859-1 iso8859-1 iso_8859-1 ansi x-cp1252 ms-ansi dbcs
windows-1254: latin5 iso-8859-9 iso8859-9 iso_8859-9 ms-turk
iso-8859-8: iso-8859-8-i iso-8859-8-e
cp874: iso-8859-11 tis-620
windows-1251: win1251 win-1251 x-cp1251 ms-cyrl
koi8-r: koi8 koi
koi8-u: koi8-ru
ibm866: dos-866 cp866
mac-cyrillic: x-mac-cyrillic
mac-roman: mac csmacintosh x-mac-roman
windows-1250: ms-ee
windows-1253: ms-greek
windows-1255: ms-hebr
windows-1256: ms-arab
windows-1257: winbaltrim
armscii-8: armscii8 armscii
georgian-ps: geostd8 georgian georgian-ps8
gb18030: gb2312 gbk x-gbk
big5hkscs: big5
cp932: shift_jis shift-jis x-sjis
cp949: euc-kr ks_c_5601-1987
utf-8: utf8 unicode-1-1-utf-8
"""  # "dbcs" is "the code page of this Windows"
_ALIASES = {
    alias: name
    for name, _, aliases in (row.partition(": ") for row in _ALIAS_ROWS.strip().splitlines())
    for alias in aliases.split()
}
# Codecs of Python's that no page may ask for: not text encodings, or never what a page is in.
_REFUSED = frozenset(
    {"utf-7", "idna", "punycode", "raw-unicode-escape", "unicode-escape", "mbcs", "oem", "undefined"}
)
_FAMILIES = (("windows-", ("cp125", "windows-125", "windows125", "win125")), ("iso-8859-", ("iso8859-",)))


def encoding_name(label: str | None) -> str | None:
    """Return our one name for a label: lower case, WHATWG's superset (iso-8859-9 is windows-1254)."""
    if not label:
        return None
    label = label.strip().strip("\"'").lower()
    label = _ALIASES.get(label, label)
    if label in _OWN:
        return label
    try:
        name = codecs.lookup(label).name
    except (LookupError, ValueError):
        return None
    if not getattr(codecs.lookup(name), "_is_text_encoding", True) or name.replace("_", "-") in _REFUSED:
        return None
    for prefix, spellings in _FAMILIES:
        for spelling in spellings:
            if name.startswith(spelling):
                tail = name.removeprefix(spelling)
                name = f"{prefix}{'125' if prefix == 'windows-' else ''}{tail}"
    return _ALIASES.get(name, name)


def decoder_of(name: str) -> Callable[[bytes, str], str]:
    """Return ``decode(data, errors)`` for a name that ``encoding_name`` gave."""
    table = _OWN.get(name)

    def builtin(data: bytes, errors: str) -> str:
        return data.decode(name, errors)

    def charmap(data: bytes, errors: str) -> str:
        return codecs.charmap_decode(data, errors, table)[0]

    return builtin if table is None else charmap


# ------------------------------------------------------------------------------------------ statistics

# The letters beyond ASCII of each language, most frequent first (general knowledge of each orthography, capitals added
# by code), and the code pages that its pages were written in. Rank alone separates them: see tests/text/test_charset.py.
_RUSSIAN = "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё"
_LANGUAGES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (_RUSSIAN, ("windows-1251", "koi8-r", "ibm866", "iso-8859-5", "mac-cyrillic")),
    ("оаинтвеірслкумдпязьбгчйхцжїєюшфщґ", ("windows-1251", "koi8-u")),
    ("аеоинтрсвлкдпмзгуябъчщжцхйюшфь", ("windows-1251",)),
    ("աեինոըրուկտմլվսգհյպթցծքդէշխզբչղփօջճռձժֆ", ("armscii-8",)),
    ("აიეოსრმდნლვთბუგკხშცპყძჩქზწტღფჭჯჰჟ", ("georgian-ps", "georgian-academy")),
    ("ıüşöğçâîû", ("windows-1254",)),
    ("’“”–‘—…•é©®°£½²×¼¾·ñöüá™", ("windows-1252",)),  # English: hardly any letters
    ("éèàêçôâîûùëïœ", ("windows-1252",)),
    ("üäößéàè", ("windows-1252",)),
    ("óíáéñúü¿¡", ("windows-1252",)),
    ("ãçéáóêíâõúàô", ("windows-1252",)),
    ("èàùòéì", ("windows-1252",)),
    ("åäöøæé", ("windows-1252",)),
    ("íáðéóöþæúý", ("windows-1252",)),
    ("ëéïèöó", ("windows-1252",)),
    ("łąęóśżćńź", ("windows-1250", "iso-8859-2")),
    ("íáéěýřžščůúťďňó", ("windows-1250", "iso-8859-2")),
    ("áéöőíóüúű", ("windows-1250", "iso-8859-2")),
    ("ăîâşţ", ("windows-1250", "iso-8859-2")),
    ("čšžćđ", ("windows-1250", "iso-8859-2")),
    ("ėšųąžįęčū", ("windows-1257",)),
    ("āīēšūņļģžķč", ("windows-1257",)),
    ("αοιετσνηυρπκμλωςάίόέήδγχθύφβώξζψ", ("windows-1253",)),
    ("יוהלאתרשבמםנדעקחכפטסגןזצךףץ", ("windows-1255",)),
    ("اليمونرتبدسعفقكحجهشطصخذزثضظغةأىئء", ("windows-1256",)),
    ("านรอก่เง้ยมลวีดัทสตะปิบคหแ็จพช์ใไขืุูโผซธถำณศภฐษึญฉฏฟ", ("cp874",)),
)
_MARKS = "«»“”„–—’…№°§\u00a0·©€‘•®"
_MARK_SHARE = 0.04
_CAPITAL_SHARE = 0.08
_FLOOR = math.log(1e-5)


def _model(letters: str, name: str) -> dict[int, float]:
    """Return the log-probability of each high byte in text of one language in one code page (Zipf's law over the ranks)."""
    weights: dict[str, float] = {}
    total = sum(1 / (rank + 2) for rank in range(len(letters)))
    for rank, letter in enumerate(letters):
        share = (1 / (rank + 2)) / total
        weights[letter] = share
        capital = letter.upper()
        # Georgian has no capitals; str.upper() would give Mtavruli, which no code page has
        if (
            len(capital) == 1
            and capital != letter
            and capital.isascii() is False
            and not "ა" <= letter <= "ჿ"
        ):
            weights[capital] = weights.get(capital, 0) + share * _CAPITAL_SHARE
    for mark in _MARKS:
        weights[mark] = max(weights.get(mark, 0), _MARK_SHARE / len(_MARKS))
    if "ı" in letters:
        weights["İ"] = 0.02
    decode = decoder_of(name)
    scores: dict[int, float] = {}
    for byte in range(0x80, 0x100):
        char = decode(bytes([byte]), "replace")
        if char in weights:
            scores[byte] = math.log(weights[char])
    return scores


_models: list[tuple[str, dict[int, float]]] = []


def guess_code_page(counts: Mapping[int, int]) -> list[tuple[float, str]]:
    """Rank code pages by the mean log-likelihood of a high byte, best first, one entry each. ``counts`` must not be empty."""
    if not _models:
        _models.extend((name, _model(letters, name)) for letters, names in _LANGUAGES for name in names)
    total = sum(counts.values())
    best: dict[str, float] = {}
    for name, scores in _models:
        score = sum(count * scores.get(byte, _FLOOR) for byte, count in counts.items()) / total
        if score > best.get(name, -math.inf):
            best[name] = score
    return sorted(((score, name) for name, score in best.items()), reverse=True)
