"""What stands below an article and is no headline: credits, signatures, addresses, hashtags, the site's own notes. Pure."""

from __future__ import annotations

import re

_ADDRESS = re.compile(
    r"https?://|\bwww\.|[\w.+-]@[\w-]{1,64}\.\w|\w\w\.(?:com|org|net|ru|am|ge|az|tr)/|t\.me/|\(@\w",
    re.IGNORECASE,
)
_PHONE = re.compile(r"(?:tel|phone|тел|հեռ|ტელ)\b[^\w]{0,4}[+(\d]|\+\d[\d\s()-]{7,}", re.IGNORECASE)
_HASHTAGS = re.compile(r"(?:[#@][^\s#@,]+[\s,]*)+$")
_TOKEN = re.compile(r"[^\W\d_]+")

# What stands alone or before a colon at the foot of an article: credits, sources, signatures, calls to share.
_CREDIT = re.compile(
    r"""[\s(\[©*—–-]*+(?:
    photos?|images?|pictures?|pics?|video|source|sources|credit|credits|author|authors|text|tags?|topics|keywords|editor|editing|reporting|writing
    |translation|translated|contact|contacts|follow|subscribe|share|comments?|advertisement|copyright|caption|illustration|graphic|editor's\ note|note
    |фото|снимок|видео|источник|источники|автор|авторы|текст|теги|метки|редактор|перевод|подготовил[аи]?|подписывайтесь|подпишитесь|поделиться
    |комментарии|контакты|иллюстрация|коллаж|фотограф|ключевые\ слова|беседовал[аи]?|записал[аи]?|материал\ подготовлен|телеграм
    |լուսանկար|լուսանկարը|լուսանկարները|ֆոտո|տեսանյութ|աղբյուր|աղբյուրը|հեղինակ|հեղինակը|խմբագիր|թարգմանություն|պիտակներ|հետևեք|մեկնաբանություններ|զրուցեց|պատրաստեց|նյութի\ աղբյուրը
    |ფოტო|ფოტოები|ვიდეო|წყარო|ავტორი|ავტორები|რედაქტორი|თეგები|გამოიწერეთ|კომენტარები|გაზიარება|თარგმანი|მოამზადა|ტეგები
    |şəkil|foto|fotolar|mənbə|müəllif|redaktor|teqlər|etiketlər|paylaş|şərhlər|abunə|tərcümə|hazırladı|söhbətləşdi
    |fotoğraf|görsel|kaynak|yazar|editör|etiketler|yorumlar|muhabir|haber|çeviri|derleyen|kamera
    |quelle|autor|bild|bilder|quellen|source\ photo|auteur|crédit|fuente|autora|imagen|etiquetas|fonte|foto\ di|źródło|tagi|kilde|källa|bilde|джерело
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)
# What sites print below an article of themselves, and who wrote it.
_BOILERPLATE = re.compile(
    r"""(?:this\ (?:article|story|report|interview|piece|content)\b|read\ (?:the\ full|more|it|this)\b|leave\ a\b|your\ e-?mail|sign\ (?:up|in)\b|click\ here
    |log\ in|join\ (?:us|our)|by\ (?:clicking|subscribing)|first\ published|originally\ published|with\ (?:additional\ )?reporting|if\ you\ (?:find|found|notice|see|have)
    |to\ (?:read|watch|subscribe)|get\ the\ latest|download\ (?:the|our)|support\ (?:us|our)|send\ (?:us|your)|views?\ expressed|the\ (?:views|opinions)\b
    |по\ (?:материалам|данным|информации|сообщению)\b|(?:данн(?:ая|ый)|эта|этот)\ (?:статья|материал|текст)\b|статья\ (?:опубликована|написана)|материал\ (?:подготовлен|опубликован)
    |оставить\ комментарий|нашли\ ошибку|если\ вы\ (?:нашли|заметили)|читать\ (?:далее|полностью)|мнение\ (?:автора|редакции)|при\ (?:использовании|перепечатке|цитировании)
    |следите\ за|будьте\ в\ курсе|войти|подробнее\ на
    |(?:այս|սույն)\ (?:հոդված|նյութ|հարցազրույց)|ըստ\ նյութերի|մեջբերում|կարդալ\ (?:ամբողջ|ավելի)|տեսակետ
    |ეს\ (?:სტატია|მასალა)|მასალა\ მომზადებულია|დატოვე|(?:სრულად|ვრცლად)\b
    |bu\ (?:məqalə|yazı|material|haber|içerik)\b|şərh\ (?:yaz|bildir)|yorum\ yap|rəy\ bildir|məlumatdan\ istifadə|ətraflı\b|haberin\ devamı
    )|[^.:!?]{3,50}\ is\ an?\ (?:[\w-]+\ ){0,4}(?:journalist|reporter|writer|correspondent|editor|analyst|professor|fellow|columnist|contributor|researcher)\b""",
    re.IGNORECASE | re.VERBOSE,
)
# How people and offices sign; "with respect" and the like open the line, the office is all there is in it.
_SIGNATURE = re.compile(
    r"""(?:©|\(c\)\s|all\ rights\ reserved|все\ права\ защищены|բոլոր\ իրավունք|ყველა\ უფლება|bütün\ hüquqlar|tüm\ hakları)
    |(?:sincerely|respectfully|best\ regards|with\ respect|с\ уважением|հարգանքով|პატივისცემით|hörmətlə|saygılarımla|saygılarımızla)\b
    |(?:our|наш|join\ our)\ (?:telegram|facebook|whatsapp|youtube|телеграм)|(?:telegram|facebook|whatsapp|instagram|youtube|viber)\s*(?:$|[|/,:])
    |пресс-служб\w+|пресс-центр|(?:отдел|управление|департамент)\ информации
    |[^:]{0,60}(?:լրատվական|տեղեկատվական|մամուլի)\ (?:ծառայություն|վարչություն|կենտրոն|բաժին)$
    |[^:]{0,60}(?:პრეს-?სამსახური|პრესცენტრი)$|[^:]{0,60}mətbuat\ (?:xidməti|katibliyi)$
    |[^:]{0,60}basın\ (?:müşavirliği|merkezi|bürosu|ofisi|dairesi)$|\w+\.(?:am|az|ge|ru|com|org|net|tr|info|tv)$""",
    re.IGNORECASE | re.VERBOSE,
)
_OFFICE = re.compile(
    r"\b(?:ministry|embassy|press service|press office|information department|министерств\w+|посольств\w+|пресс-служб\w+|администраци\w+|nazirliyi|səfirliyi|bakanlığı)\b",
    re.IGNORECASE,
)
_SMALL_WORDS = frozenset("of the and for in de и в по и".split())  # noqa: SIM905


def is_foot(text: str) -> bool:
    """Whether a line is one of these."""
    if _HASHTAGS.fullmatch(text) or _ADDRESS.search(text) or _PHONE.search(text):
        return True
    credit = _CREDIT.match(text)
    if credit:
        rest = text[credit.end() :].lstrip()
        if not rest or rest[0] in ":/|©-–—՝`.)" or (len(rest.split()) <= 3 and len(text) < 40):
            return True
    # Headlines speak of press services and of Facebook too; a signature is little else.
    if _BOILERPLATE.match(text):
        return True
    if len(text) < 90 and text.count(" ") < 9 and _SIGNATURE.match(text):
        return True
    office = _OFFICE.search(text) if len(text) < 120 else None
    if office and (
        office.start() < 5 or office.end() == len(text)
    ):  # "Statement of the Ministry ..." is a headline
        return all(w[0].isupper() or w in _SMALL_WORDS for w in _TOKEN.findall(text))
    return False
