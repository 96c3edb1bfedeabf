"""Name news agencies and how the press of the South Caucasus writes them: data. Stems only; endings may follow.

Names that are also words (a report, a trend) stand in COMMON_WORDS too: they need more than a word of reporting near them.
"""

from __future__ import annotations

import re

# The name as it stands in `credits`, and how it is written: patterns that begin with a letter, without groups that capture.
AGENCIES: dict[str, str] = {
    "Armenpress": r"Armenpress|ARMENPRESS|Արմենպրես|ԱՐՄԵՆՊՐԵՍ|Арменпресс|АРМЕНПРЕСС|არმენპრეს",
    "ArmInfo": r"ArmInfo|Arminfo|ARMINFO|ԱրմԻնֆո|Արմինֆո|ԱՐՄԻՆՖՈ|АрмИнфо|Арминфо|АРМИНФО",
    "ARKA": r"ARKA|ԱՐԿԱ|АРКА",
    "Mediamax": r"Mediamax|MEDIAMAX|Մեդիամաքս|ՄԵԴԻԱՄԱՔՍ|Медиамакс",
    "Novosti-Armenia": r"Novosti[- ]Armenia|Новости[-–— ]Армения|Նովոստի[-–— ]Արմենիա",
    "Azertag": r"Azertag|AZERTAG|AzerTAg|Azertac|AZERTAC|AzerTAc|AZƏRTAC|Azərtac|AzərTAc|АЗЕРТАДЖ|АзерТАдж|Азертадж|აზერტაჯ|Ազերթաջ|Ադրթաջ",
    "APA": r"APA|АПА",
    "Report": r"Report(?!er|ing|ed|aj)|REPORT(?=\.[Aa][Zz])|Репорт(?!аж|[её]р)",
    "Trend": r"Trend(?!s\b|y| Micro\b)|Тренд|Թրենդ",
    # a land, a village and a first name too
    "Turan": r"Turan(?=[»”\"'’:/.,)-]|\s(?:[İI]A|[Aa]g|xəbər|məlumat|yaz[ıd]|inform|report|news|and))|Туран(?=[»”\"/.,)-]|\s(?:сообщ|перед|пиш))",
    "Interpressnews": r"Inter[Pp]ress?[Nn]ews|INTERPRESSNEWS|IPN|ინტერპრესნიუს|Интерпресс?ньюс|ИнтерПрессНьюс|Ինտերպրեսնյուս",
    "GHN": r"GHN|ჯი[- ]?ეიჩ[- ]?ენ",
    "Saqinform": r"Saqinform|Sakinform|საქინფორმ|Сакинформ|Грузинформ|Gruzinform",
    "Novosti-Georgia": r"Novosti[- ]Georgia|Новости[-–— ]Грузия",
    "Apsnypress": r"Apsnypress|Апсныпресс|აფსნიპრეს",
    "RES": r"ИА «?Рес",
    "TASS": r"TASS|ТАСС|ՏԱՍՍ|ტასს?",
    "RIA Novosti": r"R[Iİ]A «?Novosti|РИА «?Новост[иь]|ՌԻԱ «?Նովոստի|რია[- ]„?ნოვოსტი",
    "Interfax": r"Interfax|INTERFAX|Интерфакс|ИНТЕРФАКС|Ինտերֆաքս|ინტერფაქს|İnterfaks|İnterfax|Interfaks",
    "Sputnik": r"Sputnik(?!\W{1,2}(?:[VМM]|Light)\b)|Սպուտնիկ(?!\W{1,2}(?:[VМM]|Light)\b)|სპუტნიკ(?!\W{1,2}(?:[VМM]|Light)\b)",
    "Regnum": r"REGNUM|Regnum|Регнум|Ռեգնում|რეგნუმ",
    "AFP": r"AFP|АФП|ԱՖՊ|France[- ]Presse|Франс[- ][Пп]ресс|Ֆրանս[- ][Պպ]րես|ფრანს[- ]პრეს|Frans[- ]Press",
    "Reuters": r"Reuters|REUTERS|Рейтер|Ռոյթերս|Ռոյթեր|Ռեյթեր|Ռեյտեր|Ռոյտեր|როიტერ|რეიტერ|Röyter|Reyter|Royter",
    "AP": r"Associated Press|Ассошиэйтед [Пп]ресс|Ասոշիեյթեդ [ՊպՓփ]րես|Ասոշիեյթիդ [ՊպՓփ]րես|ასოშიე?ი?თედ[- ]პრეს|Assoşieyted Press"
    r"|AP(?=[),/]|\s(?:news agency|report|said|says|quot))|AP(?<=\b[Tt]he AP)(?!\s[A-Z])",
    "DPA": r"DPA|dpa(?=\W)|ДПА",
    "UPI": r"UPI(?=\)|\s(?:news|report))",
    "EFE": r"EFE|ЭФЭ",
    "ANSA": r"ANSA|АНСА",
    "Kyodo": r"Kyodo|Киодо",
    "Bloomberg": r"Bloomberg(?<!Michael Bloomberg)(?<!Mike Bloomberg)(?! L\.?P)|Блумберг(?<!Майкл Блумберг)|Bloomberq|Բլումբերգ|ბლუმბერგ",
    "Anadolu": r"Anadolu(?!['’](?:da|dan|daki)\b|\s(?:Efes|[Yy]aka|[UÜuü]niversit|[HhKkLl]i?se|Hisar|Grubu|Isuzu|Sigorta))|ANADOLU|Анадолу|Анатоли(?=й? агент)|Անադոլու|ანადოლუ|AA(?=['’]|\)|\s[Mm]uhabir|\W*\Z)",
    "DHA": r"DHA|Demirören Haber",
    "IHA": r"İHA|IHA|İhlas Haber",
    "IRNA": r"IRNA|ИРНА|İRNA|ԻՌՆԱ|ირნა",
    "Tasnim": r"Tasnim|Тасним|Təsnim|Թասնիմ|თასნიმ",
    "Fars": r"Fars News|Фарс(?=»)",
    "Mehr": r"Mehr News|MEHR",
    "Xinhua": r"Xinhua|Синьхуа|Sinxua|Սինհուա|სინხუა",
    "Ukrinform": r"Ukrinform|UKRINFORM|Укринформ|Ուկրինֆորմ|უკრინფორმ",
    "UNIAN": r"UNIAN|УНИАН",
    "BelTA": r"BelTA|БЕЛТА|БелТА",
    "Kazinform": r"Kazinform|Казинформ|KazInform",
}
# Any of them. One alternation of words that begin with a letter: the engine jumps from one such letter to the next.
WRITTEN = re.compile("|".join(AGENCIES.values()))

COMMON_WORDS = frozenset(("Report", "Trend", "APA", "Turan", "ARKA", "EFE", "ANSA", "Mehr"))

# Agencies that sign what our sources reprint, but that their texts hardly ever credit.
_SIGNERS = {
    "PAP": "PAP", "PTI": "PTI", "IANS": "IANS", "ANI": "ANI", "Press Association": r"Press Association|PA Media", "Canadian Press": "Canadian Press",
    "Postmedia": "Postmedia(?: News)?", "ČTK": "ČTK", "BTA": "BTA|БТА", "EFE": "EFE", "UNIAN": "UNIAN", "UPI": "UPI", "AP": "AP", "Anadolu": "Anadolu|AA",
    "Bloomberg": "Bloomberg", "ANA-MPA": "ΑΠΕ-ΜΠΕ|ANA-MPA", "Xinhua": "新华社|新華社", "CNA": "中央社", "Agerpres": "Agerpres", "MIA": "МИА|MIA",
}  # fmt: skip
_AROUND = re.compile(
    r"\b(?:the|agence|agency|agencia|agenzia|ajansı|agentliyi|agencja|news|press service|staff|reporter|correspondent|with|from|ИА|РИА|агентство|"
    r"სააგენტო|գործակալություն|press agency|world service)\b",
    re.IGNORECASE,
)
_SIGNED = {
    name: re.compile("|".join(filter(None, (AGENCIES.get(name), _SIGNERS.get(name)))))
    for name in {**AGENCIES, **_SIGNERS}
}
WRITTEN_OR_SIGNED = re.compile("|".join((*AGENCIES.values(), *_SIGNERS.values())))
_ENDINGS = re.compile(r"[a-zа-яա-ֆა-ჿəığ]{0,3}")


def agency_named(signature: str) -> str | None:
    """Return the agency that a signature names, and nothing but it: "Reuters", "Anadolu Ajansı", "AFP news agency"."""
    bare = signature.strip()
    for text in (bare, " ".join(_AROUND.sub(" ", bare).split()).strip(' -–—/|,.«»"“”()[]')):
        if not text or not WRITTEN_OR_SIGNED.search(text):
            continue
        for name, pattern in _SIGNED.items():
            if (match := pattern.match(text)) and _ENDINGS.fullmatch(text, match.end()):
                return name
    return None
