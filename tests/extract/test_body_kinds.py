"""What becomes of the text of a page, kind of fault by kind of fault, in six languages: written pages and their bodies."""

from __future__ import annotations

from typing import Any

import pytest

from scraper.extract import article

TEXTS: dict[str, dict[str, Any]] = {
    "en": {
        "title": "Ferry to the island stops for the winter",
        "par": [
            "The ferry that links the island with the mainland will stop on Monday, the harbour office said, because ice has begun to form along the eastern shore.",
            "About four hundred people live on the island all year round. They have stocked flour, diesel and medicine, and the school has moved its lessons to the old fish hall.",
            "“We have seen worse winters than this one,” said a baker who has lived there for sixty years. “But the boat was newer then, and so was I.”",
            "The office hopes to run one trip a week with an icebreaker that it shares with two other ports. The first is planned for the middle of January.",
            "Until then the post comes by helicopter, and so do the doctors. The flights are paid for by the county, which has asked the ministry for help.",
        ],
        "cl": "Comments (7)",
        "rel": "Read also",
        "au": "Listen to this article 4:12",
        "adv": "Advertisement",
        "sub": None,
        "rs": [
            "Two lighthouses to be sold at auction",
            "Fishermen want a new pier before spring",
            "Old cinema turned into a library",
        ],
    },
    "ru": {
        "title": "Паром на остров не будет ходить до весны",
        "par": [
            "Паром, который связывает остров с материком, перестанет ходить с понедельника: вдоль восточного берега появился лёд, сообщили в управлении порта.",
            "На острове круглый год живут около четырёхсот человек. Они запаслись мукой, топливом и лекарствами, а школа перенесла уроки в старый рыбный цех.",
            "«Бывали зимы и хуже, — сказал пекарь, который живёт здесь шестьдесят лет. — Но тогда и паром был новее, и я был моложе».",
            "В порту надеются, что раз в неделю рейс будет делать ледокол, который делят ещё два города. Первый рейс намечен на середину января.",
            "До этого почту и врачей возят вертолётом. Полёты оплачивает округ, который уже попросил помощи у министерства.",
        ],
        "cl": "Комментариев: 7",
        "rel": "Читайте также",
        "au": "Прослушать новость 04:12",
        "adv": "Реклама",
        "sub": None,
        "rs": [
            "Два маяка выставят на торги осенью",
            "Рыбаки просят построить новый причал",
            "Старый кинотеатр станет библиотекой",
        ],
    },
    "hy": {
        "title": "Լաստանավը կղզի չի գնա մինչև գարուն",
        "par": [
            "Կղզին մայրցամաքի հետ կապող լաստանավը երկուշաբթիից կդադարի գնալ, քանի որ արևելյան ափին սառույց է գոյացել, հայտնել են նավահանգստից։",
            "Կղզում ամբողջ տարին ապրում է մոտ չորս հարյուր մարդ։ Նրանք ալյուր, վառելիք և դեղ են պահեստավորել, իսկ դպրոցը դասերը տեղափոխել է հին ձկան արտադրամաս։",
            "«Սրանից վատ ձմեռներ էլ ենք տեսել,— ասաց հացթուխը, որ այստեղ ապրում է վաթսուն տարի։— Բայց այն ժամանակ նավն էլ էր նոր, ես էլ»։",
            "Նավահանգիստը հույս ունի, որ շաբաթը մեկ երթ կանի սառցահատը, որը երկու այլ քաղաքների հետ ընդհանուր է։ Առաջին երթը նախատեսված է հունվարի կեսին։",
            "Մինչ այդ փոստն ու բժիշկներին բերում են ուղղաթիռով։ Թռիչքների համար վճարում է մարզը, որն արդեն օգնություն է խնդրել նախարարությունից։",
        ],
        "cl": "Մեկնաբանություններ (7)",
        "rel": "Կարդացեք նաև",
        "au": "Լսել հոդվածը 04:12",
        "adv": "Գովազդ",
        "sub": None,
        "rs": [
            "Երկու փարոս աճուրդի կհանեն աշնանը",
            "Ձկնորսները նոր նավամատույց են խնդրում",
            "Հին կինոթատրոնը գրադարան կդառնա",
        ],
    },
    "ka": {
        "title": "ბორანი კუნძულზე გაზაფხულამდე აღარ ივლის",
        "par": [
            "ბორანი, რომელიც კუნძულს მატერიკთან აკავშირებს, ორშაბათიდან აღარ ივლის, რადგან აღმოსავლეთ ნაპირთან ყინული გაჩნდა, აცხადებენ ნავსადგურში.",
            "კუნძულზე მთელი წლის განმავლობაში ოთხასამდე ადამიანი ცხოვრობს. მათ ფქვილი, საწვავი და წამლები მოიმარაგეს, სკოლა კი ძველ თევზის საამქროში გადავიდა.",
            "„ამაზე უარესი ზამთრებიც გვინახავს, — თქვა მცხობელმა, რომელიც აქ სამოცი წელია ცხოვრობს. — მაგრამ მაშინ გემიც ახალი იყო და მეც.“",
            "ნავსადგურს იმედი აქვს, რომ კვირაში ერთ რეისს ყინულმჭრელი შეასრულებს, რომელსაც კიდევ ორი ქალაქი იყენებს. პირველი რეისი იანვრის შუა რიცხვებში იგეგმება.",
            "მანამდე ფოსტასა და ექიმებს ვერტმფრენით გადაიყვანენ. ფრენებს მხარე აფინანსებს, რომელმაც სამინისტროს უკვე სთხოვა დახმარება.",
        ],
        "cl": "კომენტარები (7)",
        "rel": "წაიკითხეთ ასევე",
        "au": "მოუსმინეთ სტატიას 04:12",
        "adv": "რეკლამა",
        "sub": None,
        "rs": [
            "ორ შუქურას აუქციონზე გაყიდიან",
            "მეთევზეები ახალ ნავმისადგომს ითხოვენ",
            "ძველი კინოთეატრი ბიბლიოთეკა გახდება",
        ],
    },
    "az": {
        "title": "Bərə yazadək adaya getməyəcək",
        "par": [
            "Adanı materiklə birləşdirən bərə bazar ertəsindən işləməyəcək, çünki şərq sahilində buz əmələ gəlib, liman idarəsindən bildirilib.",
            "Adada il boyu dörd yüzə yaxın insan yaşayır. Onlar un, yanacaq və dərman ehtiyatı yığıblar, məktəb isə dərsləri köhnə balıq sexinə köçürüb.",
            "“Bundan da pis qışlar görmüşük, – burada altmış ildir yaşayan çörəkçi deyir. – Amma onda gəmi də təzə idi, mən də”.",
            "Liman ümid edir ki, həftədə bir reysi iki şəhərlə birgə istifadə olunan buzqıran edəcək. Birinci reys yanvarın ortasına planlaşdırılır.",
            "O vaxta qədər poçtu və həkimləri helikopterlə gətirirlər. Uçuşların pulunu rayon ödəyir, o isə artıq nazirlikdən kömək istəyib.",
        ],
        "cl": "Şərhlər (7)",
        "rel": "Həmçinin oxuyun",
        "au": "Xəbəri dinləyin 04:12",
        "adv": "Reklam",
        "sub": None,
        "rs": [
            "İki mayak payızda hərraca çıxarılacaq",
            "Balıqçılar yeni körpü tikilməsini istəyir",
            "Köhnə kinoteatr kitabxana olacaq",
        ],
    },
    "tr": {
        "title": "Adaya feribot bahara kadar yok",
        "par": [
            "Adayı ana karaya bağlayan feribot pazartesiden itibaren çalışmayacak, çünkü doğu kıyısında buz oluştu, liman idaresi açıkladı.",
            "Adada bütün yıl boyunca dört yüze yakın insan yaşıyor. Un, yakıt ve ilaç stokladılar, okul da derslerini eski balık haline taşıdı.",
            "“Bundan beter kışlar da gördük,” diyor altmış yıldır orada yaşayan fırıncı. “Ama o zaman gemi de yeniydi, ben de.”",
            "Liman, haftada bir seferi iki şehirle ortak kullandığı buzkıranın yapacağını umuyor. İlk sefer ocak ayının ortasında planlanıyor.",
            "O zamana kadar postayı ve doktorları helikopter getiriyor. Uçuşların parasını bakanlıktan yardım isteyen ilçe ödüyor.",
        ],
        "cl": "Yorumlar (7)",
        "rel": "Bunları da okuyun",
        "au": "Haberi dinle 04:12",
        "adv": "Reklam",
        "sub": None,
        "rs": [
            "İki deniz feneri açık artırmayla satılacak",
            "Balıkçılar bahardan önce iskele istiyor",
            "Eski sinema kütüphane oluyor",
        ],
    },
}

HEADINGS = {
    "en": ["The ice", "The island", "The flights"],
    "ru": ["Лёд у берега", "Жизнь острова", "Полёты и почта"],
    "hy": ["Սառույցը", "Կղզին", "Թռիչքները"],
    "ka": ["ყინული", "კუნძული", "ფრენები"],
    "az": ["Buz", "Ada", "Uçuşlar"],
    "tr": ["Buz", "Ada", "Uçuşlar"],
}


MORE = {
    "en": "Read more",
    "ru": "Подробнее",
    "hy": "Կարդալ ավելին",
    "ka": "სრულად",
    "az": "Ətraflı",
    "tr": "Devamını oku",
}
CASES: dict[str, tuple[str, dict[str, Any]]] = {}


def put(
    kind: str, lang: str, inner: str, expected: dict[str, Any], *, og: bool = True, title: str = ""
) -> None:
    """Add one page to the table."""
    title = title or TEXTS[lang]["title"]
    marks = (
        f'<meta property="og:type" content="article"><meta property="og:title" content="{title}">'
        if og
        else ""
    )
    page = (
        f'<!DOCTYPE html><html lang="{lang}"><head><meta charset="utf-8"><title>{title} | Island Post</title>{marks}</head><body>'
        f'<header class="top"><a href="/">Island Post</a><nav><ul><li><a href="/a">A1 news</a></li><li><a href="/b">B2 sport</a></li></ul>'
        f"</nav></header>{inner}<footer><p>© Island Post</p></footer></body></html>"
    )
    CASES[f"{kind}-{lang}"] = page, expected


def ps(texts: list[str], attributes: str = "") -> str:
    return "".join(f"<p{attributes}>{text}</p>" for text in texts)


def _pages() -> None:
    for lang, t in TEXTS.items():
        texts = t["par"]
        h = f"<h1>{t['title']}</h1>"
        related = (
            '<section class="related-news"><h3>'
            + t["rel"]
            + "</h3><ul>"
            + "".join(f'<li><a href="/2031/02/{i}-story.html">{r}</a></li>' for i, r in enumerate(t["rs"]))
            + "</ul></section>"
        )
        whole = {"body": texts}
        put(
            "comments-span-between",
            lang,
            f'<main><div class="story">{h}<div class="lead">{texts[0]}</div><span class="cnt">{t["cl"]}</span>{ps(texts[1:])}</div></main>{related}',
            whole,
        )
        put(
            "comments-li-plain",
            lang,
            f'<main><div class="story">{h}<p>{texts[0]}</p><ul class="tools"><li>{t["cl"]}</li><li>12:40</li></ul>{ps(texts[1:])}</div></main>{related}',
            whole,
        )
        put(
            "comments-after-two",
            lang,
            f'<article>{h}{ps(texts[:2])}<p class="c"><a href="#comments">{t["cl"]}</a></p>{ps(texts[2:])}</article>{related}',
            whole,
        )
        put(
            "comments-really",
            lang,
            f'<article>{h}<div class="txt">{ps(texts[:3])}</div><h3>{t["cl"]}</h3>'
            + "".join(
                f'<div class="u"><b>User{i}</b><i>{i} min</i><div>{x}</div></div>'
                for i, x in enumerate(texts[3:])
            )
            + f"</article>{related}",
            {"body": texts[:3]},
        )
        cards = {
            "h3": '<div class="item"><h3>{t}</h3><p>{p}</p><a href="{u}">{m}</a></div>',
            "inside": '<div class="item"><h4>{t}</h4><p>{p} <a href="{u}">{m}</a></p></div>',
            "li": '<li><strong>{t}</strong><p>{p}</p><a href="{u}">{m} »</a></li>',
        }
        for form, card in cards.items():
            printed = "".join(
                card.format(t=r, p=f"{x[::-1]}.", u=f"/2031/02/{i}-story", m=MORE[lang])
                for i, (r, x) in enumerate(zip(t["rs"], texts, strict=False))
            )
            put("cards-" + form, lang, f"<article>{h}{ps(texts)}{printed}</article>", whole)
            put(
                "listed-cards-" + form,
                lang,
                f'<main>{h}{ps(texts)}<h2>{t["rel"]}</h2><div class="more">{printed}</div></main>',
                whole | {"related": t["rs"]},
            )
        unfolds = f'<div id="rest" style="display: none">{ps(texts[3:])}</div>'
        put(
            "unfolds",
            lang,
            f"<article>{h}{ps(texts[:3])}<a href='#'>{MORE[lang]}</a>{unfolds}</article>",
            whole,
        )
        stamped = "".join(
            f"<dl><dt>user{i} {i}1.01.2031, 1{i}:40</dt><dd><p>{x}</p></dd></dl>"
            for i, x in enumerate(t["par"][3:], 1)
        )
        put("posts-stamped", lang, f"<div>{h}{ps(texts[:3])}{stamped}</div>", {"body": texts[:3]})
        put(
            "posts-inside",
            lang,
            f'<div class="body">{h}{ps(texts[:2])}<div class="u"><div>{stamped}</div></div>{ps(texts[2:3])}</div>',
            {"body": texts[:3]},
        )
        put(
            "numbered-boxes",
            lang,
            f"<main>{h}"
            + "".join(
                f'<div class="sub"><div><div class="sub sub-{i}"><h3>{i}. A</h3><p>{x}</p><p>{x[::-1]}.</p></div></div></div>'
                for i, x in enumerate(texts, 1)
            )
            + "</main>",
            {"body": [y for i, x in enumerate(texts, 1) for y in (f"{i}. A", x, f"{x[::-1]}.")]},
        )
        bare = [*texts[2:], *(f"{x[::-1]}." for x in texts[2:4])]
        put(
            "bare-behind",
            lang,
            f'<div class="sec">{h}<p class="lb">{"<br><br>".join(texts[:2])}</p><ul><li><a href="/1.html">{t["rs"][0]}</a></li></ul>{"<br><br>".join(bare)}</div>{related}',
            {"body": [*texts[:2], *bare]},
        )
        for cls in (
            "paywall",
            "related-text",
            "promo",
            "share-block",
            "banner-inner",
            "sidebar-main",
            "gallery-text",
            "popup-content",
            "print:hidden ad-slot",
            "subscription-wall",
        ):
            k = cls.split()[0].replace(":", "_")
            put(
                "named-p-" + k,
                lang,
                f'<main><article>{h}<div class="b">{ps(texts, f" class={chr(34)}{cls}{chr(34)}")}</div></article></main>{related}',
                whole,
            )
            put(
                "named-wrap-" + k,
                lang,
                f'<main>{h}<div class="{cls}">{ps(texts)}</div></main>{related}',
                whole,
            )
            put(
                "named-each-" + k,
                lang,
                f'<main>{h}<div class="w">'
                + "".join(f'<div class="{cls}"><div>{ps([x])}</div></div>' for x in texts)
                + f"</div></main>{related}",
                whole,
            )
        for cls in ("comments-open", "footer-text"):
            put(
                "named-all-" + cls,
                lang,
                f"<div>{h}{ps(texts, f' class={chr(34)}{cls}{chr(34)}')}</div>",
                whole,
            )
        for cls in ("promo", "share-lead", "related-intro", "newsletter-lead", "banner-block"):
            put(
                "lead-in-" + cls,
                lang,
                f'<div>{h}<div class="{cls}"><p><b>{texts[0]}</b></p></div><div>{ps(texts[1:])}</div></div>{related}',
                whole,
            )
        label = f'<div><span>{t["rel"]}</span><a href="/2031/02/1-story.html">{t["rs"][0]}</a></div>'
        put("label-glued", lang, f"<article>{h}{ps(texts[:2])}{label}{ps(texts[2:])}</article>", whole)
        arrow = f'<p>► <a href="/2031/02/1-story.html">{t["rs"][0]}</a></p>'
        put(
            "arrow-before-a-link", lang, f"<article>{h}{ps(texts[:2])}{arrow}{ps(texts[2:])}</article>", whole
        )
        counted = "".join(f'<p>{x}<a href="#c{i}">+{i}</a></p>' for i, x in enumerate(texts))
        put("counter-behind", lang, f"<article>{h}{counted}</article>", whole)
        hidden = f'<p style="VISIBILITY: Hidden">{texts[4]}</p>'
        put("visibility-caps", lang, f"<div>{h}{ps(texts[:3])}{hidden}</div>", {"body": texts[:3]})
        put(
            "sections-h2",
            lang,
            f"<main>{h}<p>{texts[0]}</p>"
            + "".join(
                f'<section class="part"><h2>{r}</h2><p>{p}</p></section>'
                for r, p in zip(HEADINGS[lang] + ["X Y Z"], texts[1:], strict=False)
            )
            + f"</main>{related}",
            {
                "body": [texts[0]]
                + [y for r, p in zip(HEADINGS[lang] + ["X Y Z"], texts[1:], strict=False) for y in (r, p)]
            },
        )
        put(
            "articles-h3",
            lang,
            f'<main><div class="hd">{h}</div><div class="list">'
            + "".join(
                f'<article class="slide"><div><h3>{r}</h3></div><img src="/{r[0]}.jpg"><div class="d">{p}</div></article>'
                for r, p in zip(HEADINGS[lang], texts[1:4], strict=False)
            )
            + f"</div></main>{related}",
            {"body": [y for r, p in zip(HEADINGS[lang], texts[1:4], strict=False) for y in (r, p)]},
        )
        put(
            "h1-subheads",
            lang,
            f'<div class="pg"><div class="ttl">{h}</div>{ps(texts[:2])}<h1 class="sub">{HEADINGS[lang][0]}</h1>{ps(texts[2:4])}<h1 class="sub">{HEADINGS[lang][1]}</h1><p>{texts[4]}</p></div>{related}',
            {"body": [*texts[:2], HEADINGS[lang][0], *texts[2:4], HEADINGS[lang][1], texts[4]]},
        )
        put(
            "ad-between",
            lang,
            f'<main>{h}<div class="txt a1">{ps(texts[:2])}</div><div class="adv">{t["adv"]}</div><div class="txt a2">{ps(texts[2:])}</div></main>{related}',
            whole,
        )
        put(
            "box-between",
            lang,
            f'<article>{h}{ps(texts[:2])}<div class="see"><h4>{t["rel"]}</h4><ul>'
            + "".join(
                f'<li><a href="/2031/0{i}/{i}-story-one.html">{r}</a></li>' for i, r in enumerate(t["rs"], 1)
            )
            + f"</ul></div>{ps(texts[2:])}</article>",
            whole,
        )
        put(
            "siblings-differ",
            lang,
            f'<main>{h}<div class="c x1">{ps(texts[:1])}</div><div class="c x2">{ps(texts[1:3])}</div><div class="c x3">{ps(texts[3:])}</div></main>{related}',
            whole,
        )
        put(
            "classes-differ",
            lang,
            f'<main>{h}<div class="t">'
            + "".join(f'<p class="k{i}">{p}</p>' for i, p in enumerate(texts))
            + f"</div></main>{related}",
            whole,
        )
        put(
            "list-inside",
            lang,
            f"<article>{h}{ps(texts[:2])}<ul><li>{HEADINGS[lang][0]}</li><li>{HEADINGS[lang][1]}</li><li>{HEADINGS[lang][2]}</li></ul>{ps(texts[2:])}</article>{related}",
            {"body": texts[:2] + HEADINGS[lang] + texts[2:]},
        )
        put(
            "lead-share",
            lang,
            f'<div class="page share-page">{h}<div class="intro">{texts[0]}</div><div class="txt">{ps(texts[1:])}</div></div>{related}',
            whole,
        )
        put(
            "lead-sidebar-named",
            lang,
            f'<div class="wrap has-sidebar promo"><div class="in">{h}<p class="deck">{texts[0]}</p><div class="txt">{ps(texts[1:])}</div></div></div>{related}',
            whole,
        )
        put(
            "lead-other-og",
            lang,
            f'<article><header><h1>{t["rs"][0]}</h1></header><div class="article-lead">{texts[0]}</div><div class="article-text">{ps(texts[1:])}</div></article>{related}',
            whole,
        )
        put(
            "ticker-li",
            lang,
            f'<main><div class="col">{h}<div class="txt">{ps(texts[:2])}</div><ul class="last">'
            + "".join(
                f'<li><a href="/2031/03/{i}-n.html">{r} {i}</a><div>{p}</div></li>'
                for i, (r, p) in enumerate(zip(t["rs"] * 2, texts[::-1] + texts, strict=False))
            )
            + "</ul></div></main>",
            {"body": texts[:2]},
        )
        put(
            "ticker-div",
            lang,
            f'<main><div class="col">{h}{ps(texts[:2])}<div class="nn">'
            + "".join(
                f'<div class="n"><span>1{i}:00</span> <a href="/2031/03/{i}-n.html">{r} {i}</a><br>{p}</div>'
                for i, (r, p) in enumerate(zip(t["rs"] * 2, texts[::-1] + texts, strict=False))
            )
            + "</div></div></main>",
            {"body": texts[:2]},
        )
        put(
            "audio",
            lang,
            f'<article>{h}<div class="player">{t["au"]}</div><div class="txt">{ps(texts)}</div></article>{related}',
            whole,
        )
        put(
            "visibility",
            lang,
            f'<article>{h}{ps(texts[:4])}<div style="position:absolute;visibility:hidden"><p>{texts[4]}</p></div></article>{related}',
            {"body": texts[:4]},
        )
        put(
            "unclosed-a",
            lang,
            f'<table><tr><td class="m">{h}<a href="/print?id=3">'
            + "<br><br>".join(texts)
            + f"</td></tr></table>{related}",
            whole,
        )
        put(
            "linked-ps",
            lang,
            f'<article>{h}<a href="/n/1.html"><div class="b">{ps(texts)}</div></a></article>{related}',
            whole,
        )
        put(
            "column-left",
            lang,
            f'<div class="two"><div class="left-col"><div class="in">{h}{ps(texts)}</div></div><div class="right-col"><p>{t["rs"][0]}.</p></div></div>{related}',
            whole,
        )
        put(
            "column-main-side",
            lang,
            f'<div class="two">{h}<div class="content sidebar-left">{ps(texts)}</div><div class="about"><p>{texts[0][:60]} {texts[1]}</p></div></div>{related}',
            {"body": texts},
        )
        put(
            "comments-open",
            lang,
            f'<div id="comments-open" class="comments">{h}<div class="t">{ps(texts)}</div></div>{related}',
            whole,
        )
        put(
            "outweighed",
            lang,
            f'<div class="st"><div class="x">{h}<div class="im"><img src="/k.jpg"><div>{t["rs"][0]}</div></div><div class="c">{ps(texts[:2])}</div></div>'
            "<ul>"
            + "".join(f'<li><a href="/tag/{i}">tag {i}</a></li>' for i in range(12))
            + '</ul><div class="voices">'
            + "".join(
                f'<div class="v"><b>User {i}</b><p>{p} {texts[0]}</p></div>' for i, p in enumerate(texts)
            )
            + f"</div></div>{related}",
            {"body": texts[:2]},
        )
        put(
            "teaser-first",
            lang,
            f'<article>{h}<div class="txt"><h3><a href="/2031/01/old-story-one.html">{t["rs"][0]}</a></h3>{ps(texts[:3])}</div></article>',
            {"body": texts[:3]},
        )
        put(
            "own-title-linked",
            lang,
            f'<div class="post"><h2 class="t"><a href="/n/1.html">{t["title"]}</a></h2>{ps(texts[:3])}</div>{related}',
            {"body": texts[:3]},
            og=False,
        )
        put(
            "short-rows",
            lang,
            f"<article>{h}<p>{texts[0][:40]}.</p><ol>"
            + "".join(f"<li>{w}</li>" for w in [x.split()[0] + " " + x.split()[1] for x in texts + t["rs"]])
            + f"</ol></article>{related}",
            {"body": [texts[0][:40] + "."] + [x.split()[0] + " " + x.split()[1] for x in texts + t["rs"]]},
        )
        put(
            "logos",
            lang,
            f"<article>{h}{ps(texts)}</article><div>"
            + "".join(f'<img src="/l{i}.gif">' for i in range(16))
            + f"</div>{related}",
            {"warnings": [], "body": texts},
        )
        put(
            "ruby",
            lang,
            f"<article>{h}<p><ruby>{texts[0]}<rp>(</rp><rt>aha</rt><rp>)</rp></ruby></p>{ps(texts[1:])}</article>{related}",
            whole,
        )
        put(
            "hidden-in-a-line",
            lang,
            f'<article>{h}<p>{texts[0]}<span style="display: none"> {t["au"]}</span></p>{ps(texts[1:])}</article>{related}',
            whole,
        )
        put(
            "card-in-a-line",
            lang,
            f'<article>{h}<p><a href="/who/1">{texts[0][:12]}</a><span class="rollover-block"><a href="/who/1">{texts[0][:12]}</a> '
            f'<a href="/n/1.html">{t["rs"][0]} {t["rs"][1]}</a></span>{texts[0][12:]}</p>{ps(texts[1:])}</article>{related}',
            whole,
        )
        put(
            "lead-twice",
            lang,
            f'<header>{h}<h2 class="dek">{texts[0]}</h2><p class="dek-mobile">{texts[0]}</p></header><div class="tx">{ps(texts[1:])}</div>{related}',
            whole,
        )
        put(
            "times-of-a-player",
            lang,
            f'<div class="n">{h}{ps(texts[:2])}<div class="v"><span>00:00</span><span>02:13</span></div>{ps(texts[2:])}</div>{related}',
            whole,
        )
        put(
            "cards-by-br",
            lang,
            f'<div class="z">{h}{ps(texts[:2])}<div>'
            + "".join(
                f'<a href="/2031/04/{i}-n.html">{r}</a><br>{p}<br><br>'
                for i, (r, p) in enumerate(zip(t["rs"], texts[2:], strict=True))
            )
            + "</div></div>",
            {"body": texts[:2]},
        )
        # refusals
        put(
            "x-listing",
            lang,
            f"<main><h1>{t['adv']} 24</h1>"
            + "".join(
                f'<div class="card"><h3><a href="/2031/03/{i}-n.html">{r} {i}</a></h3><p>{p}</p></div>'
                for i, (r, p) in enumerate(zip(t["rs"] * 2, texts + texts, strict=False))
            )
            + "</main>",
            {"body": []},
            og=False,
            title=t["adv"] + " 24",
        )
        put(
            "x-second-article",
            lang,
            f'<article class="post"><h1>{t["title"]}</h1>{ps(texts[:3])}</article><article class="post"><h1><a href="/n/2.html">{t["rs"][1]}</a></h1>{ps(texts[3:])}</article>',
            {"body": texts[:3]},
        )
        put(
            "x-infinite",
            lang,
            f'<div class="feed"><div class="item"><h1 class="a">{t["title"]}</h1><div class="tx">{ps(texts[:3])}</div></div><div class="item"><h1 class="a">{t["rs"][1]}</h1><div class="tx">{ps(texts[3:])}{ps(texts[3:])}</div></div></div>',
            {"body": texts[:3]},
        )

    errors = {
        "en": "Page not found",
        "ru": "Страница не найдена",
        "hy": "Էջը չի գտնվել",
        "ka": "გვერდი ვერ მოიძებნა",
        "az": "Səhifə tapılmadı",
        "tr": "Sayfa bulunamadı",
    }
    for lang, e in errors.items():
        t = TEXTS[lang]
        texts = t["par"]
        put(
            "x-error",
            lang,
            f"<main><h1>{e}</h1><p>{texts[0][:90]}.</p></main>",
            {"body": []},
            og=False,
            title=e,
        )
        put(
            "head-error",
            lang,
            f"<article><h1>{e}: {t['title']}</h1>{ps(texts[:3])}</article>",
            {"body": texts[:3]},
            title=f"{e}: {t['title']}",
        )


_pages()


@pytest.mark.parametrize("name", CASES)
def test_body(name: str) -> None:
    page, expected = CASES[name]
    found = article.extract_article(page)
    assert " ".join(found.body).split() == " ".join(expected["body"]).split()
    if "related" in expected:
        assert [headline.title for headline in found.related] == expected["related"]
