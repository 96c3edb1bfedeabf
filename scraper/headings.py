"""How blocks of other articles are headed, by kind, in many languages. Pure tables; text in, kind or None out.

``kind_of_heading`` is for a text that stands alone (a block's heading); ``split_label`` for "Read also: a headline" on
one line. A heading is evidence only: without headlines below it, it is nothing, and half of all blocks have none.
"""

from __future__ import annotations

import re

from scraper.model import Kind
from scraper.text import fold

MAX_HEADING_CHARS = 80

# One phrase a line, compared folded and without punctuation; " …" at the end allows more words ("More from our region").
_PHRASES: dict[Kind, str] = {
    "read_also": """
        read also | also read | see also | also see | read more | read next | read this too | you might also read | watch also
        also watch | further reading | more reading | click to read | more to read | recommended reading | don't miss this
        читайте также | читать также | читайте ещё | читайте еще | читать далее | смотрите также | см. также | смотреть также
        также читайте | ещё читайте | читайте на эту тему | читайте по теме | что почитать | что ещё почитать | подробнее по теме
        слушайте также | вам также стоит прочитать | советуем прочитать | почитайте также | также смотрите | прочтите также
        կարդացեք նաև | կարդալ նաև | կարդա նաև | կարդացեք նաեւ | դիտեք նաև | նայեք նաև | տես նաև | տեսեք նաև | նաև կարդացեք
        լսեք նաև | գիտեք նաև | ընթերցեք նաև | կարդացեք ավելին | կարդալ ավելին
        წაიკითხეთ აგრეთვე | წაიკითხეთ ასევე | ასევე წაიკითხეთ | აგრეთვე წაიკითხეთ | იხილეთ ასევე | იხილეთ აგრეთვე | ასევე იხილეთ
        ასევე ნახეთ | ნახეთ ასევე | ნახეთ აგრეთვე | აგრეთვე იხილეთ | წაიკითხეთ მეტი | უყურეთ ასევე | წაიკითხეთ ასევე
        həmçinin oxuyun | bunları da oxuyun | bunu da oxuyun | həmçinin bax | həmçinin baxın | həmçinin | bunlara da baxın | oxuyun
        daha ətraflı oxuyun | bunu da oxu | bunları da oxu | maraqlı ola bilər | həmçinin izləyin | digər yazılarımız
        bunu da okuyun | ayrıca okuyun | bunları da okuyun | ayrıca bakınız | şunlar da ilginizi çekebilir | bunlar da ilginizi çekebilir
        ilginizi çekebilir | ilginizi çekebilecek haberler | bu haberler de ilginizi çekebilir | okumaya devam et | ayrıca okuyabilirsiniz
        lesen sie auch | lesen sie mehr | auch interessant | lesen sie hier | mehr lesen | siehe auch | weiterlesen | jetzt lesen
        à lire aussi | lire aussi | a lire aussi | à lire également | lire également | voir aussi | à voir aussi | lire la suite | à lire
        lee también | leer también | lea también | lea además | te recomendamos leer | ver también | vea también | mire | lee además
        para saber más | sigue leyendo | leer más | lee más | leggi anche | leggi ancora | da leggere | vedi anche | guarda anche
        leia também | leia mais | veja também | saiba mais | czytaj też | czytaj także | czytaj również | czytaj więcej | przeczytaj także
        zobacz także | zobacz też | zobacz również | przeczytaj też | przeczytaj również | читайте також | дивіться також
        les også | les mer | se også | læs også | läs också | läs även | läs mer | se även | lue myös | lue lisää | katso myös
        taip pat skaitykite | skaitykite taip pat | skaityk daugiau | lasi arī | lasiet arī | lasi vairāk | loe ka | loe lisaks | loe veel
        čtěte také | přečtěte si také | čítajte tiež | prečítajte si aj | citește și | citeşte şi | vezi și | olvasta már | olvassa el ezt is
        pročitajte još | pročitajte i | pročitaj i | čitajte još | прочитайте также | прочетете още | вижте още | διαβάστε επίσης | δείτε επίσης
        lees ook | lees meer | lees verder | bekijk ook | zie ook
        مطالب خواندنی | بیشتر بخوانید | اقرأ أيضا | اقرأ ايضا | קראו גם
        """,
    "related": """
        related | related news | related articles | related article | related stories | related story | related posts | related content
        related topics | related links | related materials | related reading | related coverage | related videos | similar news
        similar articles | similar posts | similar stories | more on this topic | more on this | more on this story | on this topic
        more on the topic | more about this | more like this | next post | previous post | related to this | background | the story so far
        in this story | more on …
        по теме | материалы по теме | новости по теме | также по теме | ещё по теме | еще по теме | статьи по теме | сюжет | по этой теме
        похожие новости | похожие материалы | похожие статьи | похожие записи | связанные новости | связанные материалы | в тему
        другие материалы по теме | близкие по теме | читайте по теме | на эту тему | ранее по теме | связанные темы | больше по теме
        նմանատիպ նյութեր | նմանատիպ | նմանատիպ նորություններ | նմանատիպ լուրեր | համանման նորություններ | առնչվող լուրեր | առնչվող նյութեր
        առնչվող նորություններ | թեմայի շուրջ | թեմայով | նույն թեմայով | թեմային առնչվող | կապակցված նյութեր | այս թեմայով | թեմայի առնչությամբ
        հարակից նյութեր | հարակից լուրեր | այս թեմայի շուրջ
        მსგავსი სიახლეები | მსგავსი ამბები | მსგავსი სტატიები | მსგავსი მასალები | ამავე თემაზე | ამ თემაზე | დაკავშირებული სიახლეები
        დაკავშირებული ამბები | თემასთან დაკავშირებული | დაკავშირებული სტატიები | მსგავსი | თემაზე | მსგავსი პოსტები | დაკავშირებული თემები
        oxşar xəbərlər | əlaqəli xəbərlər | mövzu ilə bağlı | mövzuya aid | mövzu ilə əlaqədar | oxşar yazılar | əlaqəli yazılar | bənzər xəbərlər
        əlaqəli | oxşar | bu mövzuda | mövzu ilə bağlı xəbərlər | oxşar məqalələr | aidiyyəti xəbərlər
        ilgili haberler | benzer haberler | ilgili haber | ilişkili haberler | benzer içerikler | ilgili içerikler | ilgili yazılar | benzer yazılar
        ilgili konular | konuyla ilgili | konuyla ilgili haberler | bu konuda | alakalı haberler
        mehr zum thema | zum thema | ähnliche artikel | verwandte artikel | ähnliche beiträge | verwandte themen | mehr dazu | passend zum thema
        verwandte beiträge | weitere artikel zum thema | das könnte sie auch interessieren | das könnte dich auch interessieren
        sur le même thème | sur le même sujet | articles similaires | articles liés | dans la même rubrique | à découvrir également
        pour aller plus loin | articles connexes | noticias relacionadas | artículos relacionados | relacionados | más información | relacionado
        notas relacionadas | contenido relacionado | entradas relacionadas | más sobre este tema | temas relacionados | te puede interesar
        esto te puede interesar | quizás te interese | articoli correlati | correlati | notizie correlate | potrebbe interessarti
        ti potrebbe interessare | potrebbe interessarti anche | sullo stesso argomento | su questo argomento | articoli simili | articoli recenti
        notícias relacionadas | artigos relacionados | conteúdo relacionado | powiązane | powiązane artykuły | podobne artykuły | na ten temat
        więcej na ten temat | w temacie | схожі новини | новини по темі | за темою | матеріали по темі | relaterat | relaterade artiklar
        relaterte artikler | relaterte saker | relaterede artikler | mer om | mere om | mer om … | mehr über … | susijusios naujienos
        susiję straipsniai | saistītie raksti | seotud artiklid | související články | súvisiace články | articole similare | articole asemănătoare
        kapcsolódó cikkek | kapcsolódó | povezane vijesti | povezani članci | slične vesti | povezane vesti | свързани новини | подобни статии
        σχετικά άρθρα | σχετικά | gerelateerd | gerelateerde artikelen | meer over dit onderwerp | meer over … | مطالب مرتبط | اخبار مرتبط
        """,
    "latest": """
        latest | latest news | latest stories | latest articles | latest posts | latest headlines | newsfeed | news feed | news | recent news
        recent posts | recent articles | recent stories | breaking news | top news | all news | news of the day | more news | newest | just in
        last news | live updates | latest from … | latest in … | latest on … | other news | other stories | today's news | headlines
        последние новости | лента новостей | новости | все новости | свежие новости | новости дня | новости часа | новости сегодня | лента
        последние материалы | последние публикации | свежие материалы | другие новости | ещё новости | еще новости | новые материалы | новое
        другие материалы | другие статьи | сейчас в ленте | последнее | новости за сегодня | оперативно | все новости часа | ранее
        լրահոս | վերջին նորություններ | վերջին լուրեր | բոլոր նորությունները | այլ նորություններ | նորություններ | լուրեր | վերջին լուրերը
        վերջին նորությունները | վերջին | նոր լուրեր | այլ լուրեր | օրվա լուրեր | օրվա նորություններ | բոլոր լուրերը | այսօրվա լուրերը
        ბოლო სიახლეები | ყველა სიახლე | ახალი ამბები | სიახლეები | უახლესი ამბები | ბოლო ამბები | სხვა სიახლეები | სხვა ამბები | უახლესი სიახლეები
        ბოლო | დღის ამბები | დღის სიახლეები | სხვა ახალი ამბები | ბოლოს დამატებული | ახალი | ახალი სიახლეები | სიახლეების არქივი
        son xəbərlər | xəbər lenti | bütün xəbərlər | xəbərlər | digər xəbərlər | yeni xəbərlər | günün xəbərləri | son yeniliklər | digərləri
        ən son xəbərlər | lent | xəbərlər lenti | başqa xəbərlər | son
        son dakika | en son | son haberler | en son haberler | diğer haberler | tüm haberler | haberler | günün önemli manşetleri | günün manşetleri
        son dakika haberleri | günün haberleri | diğer haberlerimiz | manşetler | yeni haberler | haber akışı
        neueste artikel | neueste nachrichten | aktuell | aktuelle nachrichten | aktuelle meldungen | weitere artikel | weitere nachrichten
        neueste beiträge | weitere themen | schlagzeilen | newsticker | die neuesten | dernières nouvelles | dernières actualités
        les dernières actualités | dernières infos | dernières dépêches | en direct | à la une | actualités | derniers articles | les dernières infos
        últimas noticias | lo último | lo más reciente | más noticias | noticias recientes | otras noticias | última hora | ultime notizie
        ultim'ora | ultimi articoli | le ultime notizie | altre notizie | notizie | últimas notícias | últimas | mais notícias | najnowsze
        najnowsze wiadomości | ostatnie wiadomości | pozostałe wiadomości | inne wiadomości | останні новини | стрічка новин | новини
        siste nytt | siste nyheter | siste saker | seneste nyt | senaste nytt | senaste nyheter | senaste | uusimmat | tuoreimmat | naujienos
        naujausios žinios | naujausi | jaunākās ziņas | jaunākās | viimased uudised | uudised | nejnovější | najnovšie | ultimele știri
        ultimele stiri | legfrissebb | legfrissebb hírek | najnovije vijesti | najnovije | najnovije vesti | последни новини | най-нови
        τελευταία νέα | ροή ειδήσεων | laatste nieuws | meer nieuws | net binnen | آخرین اخبار | آخر الأخبار
        """,
    "popular": """
        most read | most viewed | popular | trending | most popular | popular news | popular posts | popular stories | popular articles | top stories
        most commented | most shared | trending now | trending stories | what's hot | hot topics | top hits | top reads | most discussed | hot news
        top articles | what others are reading | most watched | trending topics | people are reading | readers' choice
        самое читаемое | популярное | популярные новости | самое популярное | популярные статьи | популярные материалы | топ новостей | топ
        самые читаемые | самое обсуждаемое | сейчас читают | читаемое | топ-новости | популярно сейчас | в тренде | самое интересное
        популярное за неделю | популярное за сутки | самые популярные | обсуждаемое | топ дня | топ недели | выбор читателей | популярное сейчас
        ամենաընթերցված | ամենաընթերցվածը | ամենից շատ կարդացված նյութեր | շատ ընթերցված | ամենադիտված | ամենաշատ ընթերցված | օրվա կարևոր
        օրվա կարևորը | օրվա ամենաընթերցված | հանրաճանաչ | թոփ նորություններ | ամենաընթերցվածները | շաբաթվա ամենաընթերցված | ամենից շատ կարդացված
        օրվա թոփ | օրվա թեմա | ամենաքննարկված
        პოპულარული | ყველაზე კითხვადი | პოპულარული სიახლეები | პოპულარული ამბები | ყველაზე პოპულარული | კითხვადი | ტოპ ამბები | ტოპ სიახლეები
        დღის პოპულარული | კვირის პოპულარული | პოპულარული სტატიები | ტრენდული | ყველაზე ნახვადი | ტოპ 5 | მკითხველთა რჩეული
        ən çox oxunanlar | ən çox oxunan | çox oxunanlar | populyar | populyar xəbərlər | trend | günün ən çox oxunanları | ən çox baxılanlar
        ən populyar | həftənin ən çox oxunanları | çox oxunan | günün ən çox oxunan xəbərləri | top xəbərlər | ən oxunanlar
        en çok okunanlar | en çok okunan haberler | çok okunanlar | popüler haberler | popüler | trend haberler | en popüler | günün en çok okunanları
        en çok izlenenler | gündemdekiler | çok okunan haberler | en çok paylaşılanlar
        meistgelesen | meistgelesene artikel | beliebt | am meisten gelesen | beliebteste artikel | les plus lus | le plus lu | les plus populaires
        articles les plus lus | tendances | lo más visto | lo más leído | más leídas | las más leídas | lo más popular | más vistas | tendencias
        i più letti | più letti | più lette | le più lette | mais lidas | mais lidos | mais vistas | najczęściej czytane | popularne | najpopularniejsze
        найпопулярніше | популярні новини | mest lest | mest læst | mest läst | mest sett | luetuimmat | suosituimmat | skaitomiausi | populiariausi
        populārākais | lasītākie | loetumad | nejčtenější | najčítanejšie | cele mai citite | legolvasottabb | legnépszerűbb | najčitanije
        най-четени | δημοφιλή | meest gelezen | پربازدیدترین | الأكثر قراءة
        """,
    "recommended": """
        recommended | recommended for you | recommended articles | recommended stories | don't miss | editor's picks | editors' picks | editor's choice
        you may also like | you might also like | you may like | you might like | you may be interested | you may be interested in | must read | must reads
        featured | featured stories | from around the site | read more stories | more | more stories | more articles | more from … | our picks | top picks
        more posts | more in … | picked for you | for you | discover more | explore more | around the web | from the web | what to read next | up next
        more for you | also in … | we recommend | also on … | keep reading | selected for you | recommended from … | what to watch | worth reading
        рекомендуем | рекомендуем прочитать | рекомендуем почитать | рекомендованное | рекомендуемые | главное | главные новости | выбор редакции
        редакция рекомендует | вам может быть интересно | вам может понравиться | вас может заинтересовать | возможно вас заинтересует | это интересно
        интересное | не пропустите | самое важное | важное | главное за день | главное сегодня | также интересно | вам будет интересно | на сайте
        главные темы | темы дня | материалы рубрики | стоит прочитать | ещё | еще | больше новостей | главное к этому часу | рекомендуемое | тема дня
        առաջարկվող | առաջարկում ենք | առաջարկվող նյութեր | կարևոր | կարևորը | խորհուրդ ենք տալիս | գլխավոր | գլխավոր լուրեր | խմբագրի ընտրանի
        ձեզ կարող է հետաքրքրել | օրվա գլխավորը | օրվա կարևորները | գլխավոր նորություններ | խմբագրության ընտրանի | առավել հետաքրքիր | բաց մի թողեք
        რეკომენდებული | გირჩევთ | ასევე გირჩევთ | რედაქტორის რჩეული | მთავარი ამბები | მთავარი სიახლეები | დღის მთავარი | მთავარი | შეიძლება დაგაინტერესოთ
        შესაძლოა დაგაინტერესოთ | რედაქციის რჩეული | არ გამოტოვოთ | გირჩევთ წაიკითხოთ | დღის თემა | რჩეული | თქვენთვის
        tövsiyə olunur | tövsiyə edirik | sizin üçün seçdiklərimiz | redaktorun seçimi | günün əsas xəbərləri | əsas xəbərlər | sizə maraqlı ola bilər
        sizi maraqlandıra bilər | əsas | seçilmiş | redaksiyanın seçimi | gündəm | vacib xəbərlər | qaçırmayın
        öne çıkanlar | öne çıkan haberler | özel içerikler | sizin için seçtiklerimiz | editörün seçtikleri | editörün seçimi | önerilen haberler | önerilenler
        kaçırmayın | sizin için | günün öne çıkanları | bunları beğenebilirsiniz | tavsiye edilen | önerilen içerikler
        empfehlungen | empfohlen | unsere empfehlungen | redaktionsempfehlung | empfehlungen der redaktion | mehr aus … | la rédaction vous conseille
        nos recommandations | à ne pas manquer | recommandé pour vous | vous aimerez aussi | recomendadas | recomendados | recomendadas noticias
        recomendado | recomendado para ti | no te pierdas | destacados | destacadas | más de … | consigliati | da non perdere | in evidenza
        scelti per voi | recomendamos | destaques | polecane | polecamy | warto przeczytać | wybór redakcji | рекомендуємо | вибір редакції
        anbefalt | anbefalte saker | anbefales | rekommenderat | suosittelemme | rekomenduojame | siūlome perskaityti | iesakām | soovitame
        doporučujeme | odporúčame | recomandări | recomandate | ajánljuk | ajánlott | preporuka | preporučujemo | препоръчани | προτεινόμενα
        aanbevolen | onze keuze | پیشنهاد سردبیر
        """,
    "sponsored": """
        sponsored | sponsored content | partner content | promoted | promoted content | advertisement | paid content | from our partners | partner news
        ads by … | sponsored stories | promoted stories | paid for by …
        новости партнёров | новости партнеров | новости компаний | партнёрские материалы | партнерские материалы | спонсорский контент | реклама
        на правах рекламы | промо | новости smi2 | партнерские новости | партнёрские новости | от партнеров | материалы партнеров
        գործընկերների լուրեր | գովազդ | գործընկերներ | գովազդային | რეკლამა | პარტნიორები | პარტნიორის სიახლეები | სპონსორი
        reklam | tərəfdaş xəbərləri | tərəfdaşlarımız | sponsorlu içerik | sponsorlu | ilan | partnyor xəbərləri
        anzeige | anzeigen | publicité | contenu sponsorisé | contenido patrocinado | patrocinado | publicidad | pubblicità | contenuto sponsorizzato
        artykuł sponsorowany | materiał partnera | annons | annonse | se alle jobs | gesponsord
        """,
    "section": """
        section | sections | categories | category | rubric | rubrics | in this section | topics | tags
        рубрики | рубрика | разделы | в рубрике | из рубрики | в этой рубрике | категории | խորագրեր | բաժիններ | რუბრიკები | კატეგორიები
        bölmələr | kateqoriyalar | kategoriler | bölümler | contenido premium
        politics | society | economy | business | world | sport | sports | culture | science | technology | health | region | regions
        opinion | analysis | interview | interviews | video | videos | photo | education | incidents | law | entertainment | lifestyle
        finance | tech | travel | local | national | international | media | diaspora | army | security | environment | press review
        политика | общество | экономика | бизнес | в мире | мир | спорт | культура | наука | технологии | здоровье | регион | регионы
        мнение | мнения | аналитика | интервью | видео | фото | образование | происшествия | право | шоу-бизнес | финансы | кавказ | армия
        безопасность | за рубежом | россия | армения | грузия | азербайджан | южный кавказ | наука и техника | происшествие | криминал
        քաղաքական | քաղաքականություն | հասարակություն | հասարակական | տնտեսություն | տնտեսական | միջազգային | աշխարհ | սպորտ | մշակույթ
        գիտություն | կրթություն | առողջություն | իրավունք | իրադարձային | ժամանց | մամուլի տեսություն | գիտություն տեխնիկա | տարածաշրջան
        վերլուծություն | հարցազրույց | կարծիք | տեսանյութ | բանակ | արցախ | հայաստան | սփյուռք | պատահարներ | շոու-բիզնես | մամուլ
        პოლიტიკა | საზოგადოება | ეკონომიკა | ბიზნესი | მსოფლიო | სპორტი | კულტურა | მეცნიერება | ტექნოლოგიები | ჯანმრთელობა | სამართალი
        განათლება | რეგიონი | რეგიონები | ინტერვიუ | ანალიტიკა | ვიდეო | კონფლიქტები | შოუბიზნესი | სამხედრო | აზრი | კრიმინალი | თავდაცვა
        siyasət | cəmiyyət | iqtisadiyyat | dünya | idman | mədəniyyət | elm | texnologiya | sağlamlıq | hadisə | kriminal | təhsil | müsahibə
        analitika | bölgə | region | şou-biznes | ölkə | hərbi | ordu | maliyyə | sosial | hadisələr | rəsmi xronika | biznes | xarici xəbərlər
        siyaset | toplum | ekonomi | dünya | spor | kültür | bilim | teknoloji | sağlık | gündem | eğitim | yaşam | magazin | kültür-sanat | asayiş
        politik | wirtschaft | gesellschaft | kultur | wissenschaft | welt | panorama | politique | société | économie | monde | política | economía
        sociedad | deportes | mundo | politica | economia | cronaca | esteri | cultura | polityka | gospodarka | świat | kraj | polska | biznes
        """,
}

_EDGES = re.compile(r"^[\W_]+|[\W_]+$")
_GAPS = re.compile(r"[^\w'-]+")
_APOSTROPHES = str.maketrans("’‘ʼ`´", "'''''")


def _key(text: str) -> str:
    # Armenian capitals write the ligature ech-yiwn as ԵՎ.
    return _GAPS.sub(" ", fold(text.translate(_APOSTROPHES)).replace("եվ", "եւ")).strip(" -'")


def _build() -> tuple[dict[str, Kind], dict[str, Kind]]:
    whole: dict[str, Kind] = {}
    openings: dict[str, Kind] = {}
    for kind, table in _PHRASES.items():
        for phrase in re.split(r"[|\n]", table):
            if key := _key(phrase):
                (openings if phrase.rstrip().endswith("…") else whole).setdefault(key, kind)
    return whole, openings


_WHOLE, _OPENINGS = _build()
_MAX_OPENING_WORDS = max(len(key.split()) for key in _OPENINGS)
_MAX_WORDS_AFTER_OPENING = 5
# What parts a label from the headline that it announces on the same line.
_MARK = re.compile(r"\s*[:：։՝`|>»→►▶]\s*|\s+[-–—]\s+")
_LABEL_KINDS: frozenset[Kind] = frozenset({"read_also", "related", "recommended"})


def kind_of_heading(text: str) -> Kind | None:
    """The kind of block that this text heads, None if it is no heading that we know."""
    if not text or len(text) > MAX_HEADING_CHARS:
        return None
    key = _key(_EDGES.sub("", text))
    kind = _WHOLE.get(key)
    if kind is not None:
        return kind
    parts = key.split()
    for n in range(1, min(_MAX_OPENING_WORDS, len(parts) - 1) + 1):
        if len(parts) - n <= _MAX_WORDS_AFTER_OPENING:
            kind = _OPENINGS.get(" ".join(parts[:n]))
            if kind is not None:
                return kind
    return None


def split_label(text: str) -> tuple[str, Kind, str] | None:
    """(label, kind, headline) of a line such as "Read also: Bridge reopens"; None for any other line."""
    for found in _MARK.finditer(text, 0, MAX_HEADING_CHARS):
        label, rest = text[: found.start()].strip(), text[found.end() :].strip()
        kind = _WHOLE.get(_key(_EDGES.sub("", label)))
        if kind in _LABEL_KINDS and kind is not None and len(rest) > 1:
            return label, kind, rest
        if found.start() > 0 and kind is None and len(label.split()) > 6:
            break
    return None
