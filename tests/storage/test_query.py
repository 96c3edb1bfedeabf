"""The query language: what a query is read as, and what is said about one that cannot be read."""

from __future__ import annotations

import pytest

from scraper.errors import StoreError
from scraper.model import Record
from storage.search.match import finds
from storage.search.query import MAX_CHARS, MAX_DEPTH, AllOf, AnyOf, Node, Term, parse_query, wanted_terms
from tests.support.growth import assert_linear
from tests.support.stories import NOW


def _shown(node: Node) -> str:
    """Return a tree in brackets; exact words as they are, words in forms as ~."""
    if isinstance(node, Term):
        (phrase, *more) = node.phrases
        return "~" if more or not phrase.words[0].isascii() else "_".join(phrase.words) + "*" * phrase.prefix
    if isinstance(node, AnyOf):
        return f"({' | '.join(map(_shown, node.parts))})"
    return f"({' & '.join(map(_shown, node.wanted))}{''.join(f' -{_shown(part)}' for part in node.unwanted)})"


READ = {
    "words": ("=a =b", "(a & b)"),
    "AND": ("=a AND =b", "(a & b)"),
    "OR binds closer than a blank": ("=a =b OR =c", "(a & (b | c))"),
    "OR of three": ("=a OR =b OR =c", "(a | b | c)"),
    "brackets": ("=a OR (=b =c)", "(a | (b & c))"),
    "without brackets": ("=a NOT (=b OR =c)", "(a -(b | c))"),
    "minus brackets": ("=a -(=b =c)", "(a -(b & c))"),
    "minus": ('=a -=b -"c d"', "(a -b -c_d)"),
    "brackets with only what must not be": ("=a (NOT =b)", "(a -b)"),
    "AND NOT": ("=a AND NOT =b", "(a -b)"),
    "useless brackets": ("((=a)) ()", "a"),
    "phrase": ('"a b c"', "a_b_c"),
    "phrase in other quotes": ("«a b» “c d”", "(a_b & c_d)"),
    "beginning": ("beg*", "beg*"),
    "beginning of a phrase": ('"a be"*', "a_be*"),
    "twice": ("=a =a OR =a", "a"),
    "signs": ("=a - & =b", "(a & b)"),
    "a number": ("2026", "2026"),
    "a number in a word": ("covid-19", "covid_19"),
    "small operators are words": ("=a and =b", "(a & ~ & b)"),
    "in forms": ("war", "~"),
    "both signs": ("=a -=b", "(a -b)"),
}


@pytest.mark.parametrize("query, tree", READ.values(), ids=READ)
def test_read(query, tree):
    """A query is read into one tree."""
    assert _shown(parse_query(query)) == tree


REFUSED = {
    "nothing": ("", "no words"),
    "only signs": ("?! %", "no words"),
    "only a minus": ("-NATO", "only says what must not"),
    "a bracket open": ("a (b OR c", r'"\(" is not closed \(character 3\): add "\)"'),
    "a bracket too many": ("a b) c", r'"\)" closes nothing \(character 4\)'),
    "a quote open": ('war "in the', "quote is not closed .character 5.: add"),
    "OR at the end": ("war OR", "nothing follows OR"),
    "OR at the beginning": ("OR war", "OR stands between two words .character 1."),
    "OR behind brackets": ("a (OR b)", "OR stands between"),
    "OR OR": ("a OR OR b", "OR stands between"),
    "OR NOT": ("a OR NOT b", "OR and NOT cannot follow"),
    "OR of what must not be": ("a OR (NOT b)", "only what must not"),
    "OR after what must not be": ("-a OR b", "what is before it must not"),
    "NOT at the end": ("a NOT", "nothing follows NOT"),
    "NOT NOT": ("a NOT NOT b", "NOT and NOT"),
    "NOT of NOT": ("a NOT (NOT b)", "only what must not"),
    "AND beside OR": ("a AND b OR c", "put brackets"),
    "a short beginning": ("ab*", "write 3 letters before the star"),
    "a star within a word": ("мин*р", "only behind the beginning of a word .character 1."),
    "too long": ("word " * 300, "1,500 characters; at most 1,000"),
    "too deep": ("(" * 30 + "a" + ")" * 30, "more than 20 deep"),
}


@pytest.mark.parametrize("query, says", REFUSED.values(), ids=REFUSED)
def test_refused(query, says):
    """What cannot be read is refused with what to change."""
    with pytest.raises(StoreError, match=says) as refusal:
        parse_query(query)
    assert refusal.value.code == "bad_query"


def test_apostrophes():
    """An ending behind an apostrophe is one; a short beginning is none."""
    assert parse_query("Erdoğan'ın") == parse_query("Erdoğan")
    assert parse_query("Armenia’s") == parse_query("Armenia")
    assert parse_query("O'Brien") != parse_query("O")


def test_wanted_terms():
    """What must not occur is not marked."""
    assert len(list(wanted_terms(parse_query("a (b OR c) NOT d")))) == 3


LONGEST = {  # of so many characters
    "brackets": lambda n: "(" * min(n, MAX_DEPTH) + "a" + ")" * min(n, MAX_DEPTH),
    "OR": lambda n: " OR ".join("ab" for _ in range(n // 6)),
    "minus": lambda n: "a" + " -b" * (n // 3),
    "quotes": lambda n: '""' * (n // 2 - 8) + "a",
    "words": lambda n: " ".join(f"w{i}" for i in range(n // 6)),
    "equals": lambda n: "a " + "=" * (n - 80),
    "open quotes": lambda n: "a " + '" ' * (n // 5 * 2),
}


@pytest.mark.parametrize("query", LONGEST.values(), ids=LONGEST)
def test_the_longest_take_little_time(query):
    """The worst query of the greatest length costs no more than its length."""
    assert isinstance(parse_query(query(MAX_CHARS)[:MAX_CHARS]), Term | AllOf | AnyOf)
    assert_linear(parse_query, lambda size: query(size)[:size], MAX_CHARS)


IN_A_TEXT = [  # a query, and a text of a language that it finds, or not
    ("зубры", "ru", "Зубров вернули в ущелье.", True),  # a capital at the beginning: a surname or a word
    ("зубр", "ru", "Зубров вернули в ущелье.", True),
    ("Зубров", "ru", "Зубров вернули в ущелье.", True),
    ("зубрёнок", "ru", "Зубров вернули в ущелье.", False),
    ("ребёнок", "ru", "Детям раздали подарки.", True),
    ("СЧЕТ", "ru", "Ещё один счёт оплачен.", True),
    ("церковь", "ru", "Представитель церкви выступил.", True),
    ("пожар", "ru", "Пожарные приехали.", False),
    ("премьер-министр", "ru", "Премьер-министра сменили.", True),
    ("премьер-министр", "ru", "Министр ушел.", False),
    ("Нью-Йорк", "ru", "В Нью Йорке прошла встреча.", True),
    ("Нью-Йорке", "ru", "Жители Нью-Йорка.", True),
    ("44-дневная", "ru", "44-дневная война.", True),
    ("գրքեր", "hy", "Գիրքը տպագրվել է։", True),
    ("գիրք", "hy", "Գրքի շնորհանդեսը։", True),
    ("դատարան", "hy", "Դատավորի որոշումը։", False),
    ("Եւրոպա", "hy", "ԵՎՐՈՊԱՅԻ խորհուրդը։", True),
    ("Kyiv", "hy", "Կիևում պայթյուն եղավ։", True),
    ("Baku", "ru", "Рост цен на бак бензина.", False),
    ("გზა", "ka", "გზის შეკეთება.", True),
    ("დღე", "ka", "დღის ბოლოს.", True),
    ("სოფლები", "ka", "სოფელი ცარიელია.", True),
    ("სოფელი", "ka", "სოფიო ჩამოვიდა.", False),
    ("ərazi", "az", "Ərazilərdən keçən yol.", True),
    ("gömrük", "az", "Gömrüyə yeni rəis təyin olunub.", True),
    ("Gyumri", "az", "Gömrük Komitəsinin rəisi.", False),
    ("DIYARBAKIR", "tr", "Diyarbakır'da toplantı yapıldı.", True),
    ("istanbul", "tr", "İSTANBUL BÜYÜKŞEHİR BELEDİYESİ", True),
    ("Erdoğan", "tr", "Sonra Erdoğan\u02bcın sözleri tartışıldı.", True),
    ("=Erdoğan", "tr", "Sonra Erdoğan\u02bcın sözleri tartışıldı.", True),
    ("Qur'an", "az", "Qur’anın tərcüməsi.", True),
    ("Qur'an", "az", "Kür çayı daşıb.", False),
    ("wolf", "en", "Wolves were seen.", True),
    ("Шольц", "en", "Yesterday Scholz spoke.", True),
    ("Макрон", "tr", "Dün Macron'un sözleri tartışıldı.", True),
    ("Bayram", "az", "Dünən Bayramov çıxış edib.", False),
    ("=գիրք", "hy", "Գրքի շնորհանդեսը։", False),
]  # fmt: skip


@pytest.mark.parametrize("query, language, text, found", IN_A_TEXT)
def test_in_a_text(query, language, text, found):
    """Forms of a word are found, and other words are not."""
    record = Record(
        seq=1, id="a", revision=1, source="s", url="u", fetched=NOW, first_seen=NOW, language=language,
        title="2026", body=(text,),
    )  # fmt: skip
    assert finds(query, record) is found
