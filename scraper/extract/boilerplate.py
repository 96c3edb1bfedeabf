"""Lines that stand in articles without belonging to them: calls to subscribe, photo credits, advertisement labels. Pure.

Words of the region's languages and of the wire's; matched on whole short lines or at their beginnings and ends.
"""

from __future__ import annotations

import re

from scraper.text.normalize import fold

_LABELS = frozenset(
    fold(line.strip())
    for line in """
    advertisement; advertisements; advertising; advert; ad; ads; sponsored; promoted; continue reading below; story continues below; article continues below;
    article continues after advertisement; story continues below advertisement; article content; continue reading; read more; skip advertisement; scroll to continue;
    loading; share; share this; print; email; comments; tags; topics; embed; copy link; watch now; listen; video; photos; photo; gallery; live; back to top;
    this advertisement has not loaded yet, but your article continues below; source; related video; recommended video; recommended videos; more:
    реклама; на правах рекламы; продолжение после рекламы; поделиться; комментарии; теги; метки; фото; видео; читать далее; подробнее; источник; загрузка
    գովազդ; կիսվել; տարածել; մեկնաբանություններ; պիտակներ; լուսանկար; տեսանյութ; կարդալ ավելին; ավելին; աղբյուր; տպել
    რეკლამა; გაზიარება; კომენტარები; თეგები; ფოტო; ვიდეო; ვრცლად; სრულად; წყარო; ბეჭდვა
    reklam; elan; paylaş; şərhlər; etiketlər; foto; video; ardını oxu; ətraflı; mənbə; çap et
    reklamlar; paylaşın; yorumlar; etiketler; fotoğraf; devamını oku; haberin devamı; kaynak; haberin devamı aşağıda; yazdır
    publicité; passer la publicité; partager; publicidad; compartir; comentarios; etiquetas; anzeige; werbung; teilen; kommentare; reklama; reklame; annons; annonse; annonce;
    terms of use; terms of service; terms & conditions; terms and conditions; privacy policy; privacy notice; cookie policy; cookie settings; about us; contact us; contacts;
    advertise with us; advertise; careers; site map; help; faq; rss; legal notice; reprints & permissions; view all; see all; show more; load more
    о нас; о проекте; контакты; политика конфиденциальности; пользовательское соглашение; условия использования; правила использования; реклама на сайте; показать ещё
    մեր մասին; կապ; հետադարձ կապ; գաղտնիության քաղաքականություն; օգտագործման պայմաններ; ჩვენ შესახებ; კონტაქტი; კონფიდენციალურობის პოლიტიკა; წესები და პირობები
    haqqımızda; əlaqə; bizimlə əlaqə; məxfilik siyasəti; istifadə qaydaları; hakkımızda; künye; iletişim; gizlilik politikası; kullanım koşulları; çerez politikası
    impressum; datenschutz; datenschutzerklärung; über uns; kontakt; mentions légales; politique de confidentialité; nous contacter; qui sommes-nous; aviso legal
    política de privacidad; política de cookies; quiénes somos; contacto; note legali; chi siamo; polityka prywatności; regulamin; o nas; om oss; política de privacidade
    pubblicità; condividi; udostępnij; komentarze; publicidade; compartilhar; advertentie; mainos; dela; del
    """.replace("\n", ";").split(";")
    if line.strip()
)

_ADVERTS = frozenset(
    map(
        fold,
        "advertisement advertisements advertising advert ad ads sponsored promoted реклама գովազդ რეკლამა reklam elan reklamlar"  # noqa: SIM905
        " publicité publicidad anzeige werbung reklama reklame annons annonse annonce pubblicità publicidade advertentie mainos".split(),
    )
)

# In small letters, i with its dot: a pattern that need not fold letters tries no alternative whose first letter is another.
_CALL = re.compile(
    r"""(?x)
    ^(?:
      (?:please\s+)?(?:subscribe|sign\s+up|follow\s+(?:us|me|him|her|the|@|\w+\s+on)|join\s+(?:us|our|the\s+conversation)|download\s+(?:our|the)\s+app|like\s+us|support\s+(?:us|our)|donate|click\s+here\b|reuse\s+this\s+content
        |get\s+(?:the\s+latest|breaking|our|more|all\s+the)\s.{0,60}?(?:inbox|newsletter|app|updates|delivered|free)|want\s+more|have\s+a\s+(?:tip|story|news)|got\s+a\s+(?:tip|story)|do\s+you\s+have\s+(?:a\s+story|information)
        |register\s+(?:now|for)|if\s+you\s+(?:liked|like|enjoyed|found)\s+this|don['’]t\s+miss\s+(?:a|out|our)|stay\s+(?:up\s+to\s+date|informed|connected|tuned)|read\s+(?:more|our|the\s+full)\s|see\s+also|share\s+this|e-?mail\s+(?:the\s+author|him|her|us)|contact\s+(?:the\s+author|us|him|her)\b
        |this\s+(?:article|story|post)\s+(?:was|has\s+been|is|first|originally)\s.{0,50}(?:published|appeared|updated|syndicated|republished)|originally\s+published|©|\(c\)\s|copyright|all\s+rights\s+reserved
        |(?:the\s+)?(?:views?|opinions?)(?:\s+and\s+(?:views|opinions))?\s+(?:and\s+\w+\s+)?(?:expressed|presented|in\s+this)\b)
     |(?:подпи(?:сывайтесь|шитесь|ска)|читайте\s+(?:нас|наш|также|еще|ещё)|следите\s+за|присоединяйтесь|хотите\s+(?:узнать|получать|быть|сообщить)|нашли\s+(?:ошибку|опечатку)|если\s+(?:вы\s+)?(?:нашли|заметили|увидели)|заметили\s+(?:ошибку|опечатку)|поддержите|поделитесь|наш\s+(?:телеграм|telegram|канал)|больше\s+новостей|самые\s+(?:свежие|важные|интересные)\s+новости|все\s+новости|оставайтесь\s+с\s+нами|при\s+(?:использовании|перепечатке|цитировании|копировании)|материал(?:ы)?\s+(?:подготовлен|защищ|является)|выделите\s+ее|установите|скачайте|мнение\s+(?:автора|редакции|авторов)\s.{0,30}(?:может|могут|не)\s|(?:точка|позиция)\s+(?:зрения\s+)?(?:автора|редакции)\s.{0,30}не\s|редакция\s+(?:не\s+несёт|не\s+несет|может\s+не)\s)
     |(?:հետևեք|բաժանորդագրվ|միացեք|կիսվ|եթե\s+(?:սխալ|վրիպակ)|տեքստում\s+սխալ|գրեք\s+մեզ|մեր\s+(?:տելեգրամ|telegram|ալիք)|նյութերն\s+ամբողջությամբ|մեջբերում(?:ներ)?\s|առավել\s+(?:մանրամասն|արագ)|հեղինակ(?:ի|ների)\s+(?:կարծիք|տեսակետ)\w*\s.{0,40}(?:կարող|չ)|(?:այս\s+)?հոդվածում\s+(?:արտահայտված|ներկայացված)\s+(?:կարծիք|տեսակետ|մտք))
     |(?:გამოგვყევით|გამოიწერეთ|შემოგვიერთდით|მოგვყევით|დაგვიკავშირდით|მოიწონეთ|მოგვწერეთ|გააზიარეთ|თუ\s+(?:შეცდომას|სტატიაში)|მხარი\s+დაგვიჭირეთ|მასალის\s+გამოყენება|(?:სტატიაში|ბლოგში|ტექსტში)\s+(?:გამოთქმული|გამოხატული)|ავტორ(?:ის|თა)\s+(?:მოსაზრება|აზრი|პოზიცია)\w*\s.{0,50}(?:შესაძლოა|არ))
     |(?:abunə\s+ol|bizi\s.{0,40}(?:izləyin|sosial|qoşul)|bizə\s+qoşul|izləyin|kanalimiza|telegram\s+kanal|paylaşin|səhv\s+gör|mətndə\s+səhv|saytdaki\s+materiallarin|istifadə\s+edərkən|xəbərdən\s+istifadə|(?:məqalədə|yazida)\s+(?:ifadə\s+olunan|yer\s+alan|səsləndirilən)\s+(?:fikir|mövqe)|müəllifin\s+(?:fikri|mövqeyi|fikirləri)\s.{0,60}(?:olmaya|fərqli|müəllifə))
     |(?:abone\s+ol|bizi\s.{0,40}(?:takip|sosyal)|takip\s+ed(?:in|ebilir)|haberlerimizi|kanalimiz|uygulamamizi|son\s+dakika\s+haberleri(?:ni|\s+için)|bültenimize|(?:bu\s+)?(?:yazida|makalede|haberde)\s+(?:yer\s+alan|ifade\s+edilen)\s+(?:görüş|fikir|düşünce)|yazar(?:in|larin)\s+görüşleri\s)
     |(?:abonnieren|jetzt\s+abonnieren|folgen\s+sie|folge\s+uns|hat\s+ihnen\s+dieser|unterstützen\s+sie|melden\s+sie\s+sich|newsletter|abonnez|suivez|recevez|inscrivez|suscríbete|síguenos|sigue\s+(?:a|toda|nuestr)|recibe\s|iscriviti|segui(?:ci|\s+)|zapisz\s+się|subskrybuj|obserwuj|prenumerera|följ\s+oss|følg\s+oss|inscreva-se|siga\s|assine|les\s+(?:opinions|propos)\s+exprimée?s|las\s+opiniones\s+(?:expresadas|vertidas)|die\s+in\s+(?:diesem|dem)\s+(?:artikel|beitrag|text)\s+geäußerten|le\s+opinioni\s+espresse|as\s+opiniões\s+expressas)
    )"""
)
# What such lines say after words that may be any.
_CALL_LATE = re.compile(
    r"(?:please\s+)?(?:(?:\S+\s+){1,8}by\s+clicking\s+here$|(?:\w+\s+){1,5}(?:is|are)\s+not\s+responsible\s+for\s+the\s+(?:opinions|content|views|comments))"
)
_COMMENTS = re.compile(
    r"""(?xi)
    ^\W*(?:\d+\W*)?(?:(?:top\s+(?:rated\s+)?|all\s+|reader(?:s['’]?)?\s+|user\s+|view\s+|show\s+)?
      (?:comments?|responses|replies|reader\s+comments|комментари(?:и|й|я|ев)|отзывы|մեկնաբանություն(?:ներ)?|կարծիքներ|კომენტარ(?:ი|ები)|şərh(?:lər)?|rəylər|yorum(?:lar)?
        |kommentare?|kommentarer|commentaires?|comentarios?|comentários|commenti|komentarze|komentarai|reacties)
      (?:\W*\d*\W*$|\s+(?:to|on|zu|sur|en|na|k)\s))
    |^\W*(?:leave\s+(?:a\s+)?(?:reply|comment)|(?:post|write|add)\s+a\s+comment|join\s+the\s+(?:conversation|discussion)|(?:оставить|добавить|написать)\s+(?:комментарий|отзыв)
        |թողնել\s+մեկնաբանություն|ավելացնել\s+մեկնաբանություն|დატოვეთ?\s+კომენტარი|კომენტარის\s+დატოვება|şərh\s+(?:yaz|bildir)|rəy\s+(?:yaz|bildir)|yorum\s+(?:yap|yaz|gönder)
        |schreiben?\s+sie\s+einen\s+kommentar|laisser\s+un\s+commentaire|deja\s+(?:un\s+comentario|una\s+respuesta))
    """
)
MAX_COMMENTS = 60
_CREDIT_START = re.compile(
    r"""(?xi)
    (?:photo|photos|image|picture|foto|fotos|фото|լուսանկարը?|ֆոտո|ფოტო|fotoğraf|şəkil|şəkildə|zdjęcie|bild|illustration|иллюстрация|источник\s+фото|credit|photo\s+credit|photograph)\s*(?::|©|by\s|by:|/)
     |(?:©|\(c\)|℗)\s
    """
)
_CREDIT_INITIALS = frozenset("pifфլֆფşzbиc©(℗")
_CREDIT_END = re.compile(
    r"""(?xi)
      \((?:image|photo|picture|pic|foto|fotoğraf|photograph|screenshot|file\s+photo|video|фото|видео|լուսանկար\w*|ფოტო|şəkil)\b[^()]{0,60}\)\.?$
     |(?:[/|(,–—:©]\s*)(?-i:[Gg]etty\s+[Ii]mages|GETTY|AFP|R(?:euters|EUTERS)|EPA(?:-EFE)?|AP\s+Photo|i[Ss]tock(?:photo)?|[Ss]hutterstock|Alamy|Unsplash|Pixabay|Depositphotos|Wikimedia(?:\s+Commons)?|АП|ТАСС|РИА\s+Новости|Sputnik|PHOTOLURE|Photolure|Фотолур|Ֆոտոլուր|AA|Anadolu)
        (?:\s+(?:photo|images|images/istockphoto|via\s+ap))?[)\]]?\.?$
    """
)
_AGENCY = re.compile(
    r"(?i)^(?:via\s+)?(?:getty images|afp|reuters|epa|ap photo|istock|shutterstock|alamy|photolure|ֆոտոլուր|фотолур|тасс|риа новости)[)\]]?\.?$"
)
_TAIL = 80  # characters: the longest credit at the end of a caption
_MAX_CAPTION = 300
_MAX_CREDIT = 60  # a line that is nothing but a credit
_MAX_CALL = 400
_MAX_ADVERT = 20


def is_label(text: str) -> bool:
    """A line that only labels something which is not text: an advertisement, a button."""
    return text[-1:] not in "?!" and fold(text.strip(" .:-–—…↓»>|*()[]")) in _LABELS


def is_advert(text: str) -> bool:
    """A line that says no more than that an advertisement stands there, or stood."""
    return len(text) <= _MAX_ADVERT and fold(text.strip(" .:-–—()[]")) in _ADVERTS


def is_call(text: str) -> bool:
    """A line that asks the reader for something, or states rights: it ends an article without being part of it."""
    if len(text) > _MAX_CALL:
        return False
    small = text.lower()
    if not small.isascii():
        small = small.replace("i\u0307", "i").replace("ı", "i")
    if _CALL.match(small):
        return True
    return ("clicking" in small or "responsible" in small) and _CALL_LATE.match(small) is not None


def is_comments(text: str) -> bool:
    """The heading under which readers write: "12 comments", "Leave a reply"."""
    return len(text) <= MAX_COMMENTS and _COMMENTS.match(text) is not None


def is_caption(text: str) -> bool:
    """A picture's caption or credit, by its own words."""
    length = len(text)
    if length >= _MAX_CAPTION:
        return False
    if text[:1].lower() in _CREDIT_INITIALS and _CREDIT_START.match(text):
        return True
    last = text[-1:]
    if last in ".)]" and not ("(" in text or "/" in text or "©" in text or length < _MAX_CREDIT):
        return False  # a sentence
    if last in ")]." or last.isalpha():
        if _CREDIT_END.search(text, max(0, length - _TAIL)):
            return True
        return length < _MAX_CREDIT and _AGENCY.match(text) is not None
    return False
