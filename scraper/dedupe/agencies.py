"""News agencies and how their names are written in the press of the South Caucasus: data. Stems only, endings may follow.

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
