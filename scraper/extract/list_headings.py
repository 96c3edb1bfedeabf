"""How blocks of other articles are headed, in the languages of the region and of the wire: heading -> kind. Pure.

A starting vocabulary: a heading alone proves nothing (half of the lists have none), but it names the kind, and it tells
a "read also" line between paragraphs from a sub-heading. ``kind_of`` and ``lead_in`` read headings of blocks that are
known to be lists; ``kind_of_heading`` and ``split_label`` read lines of which nothing is known, and want whole phrases.
"""

from __future__ import annotations

import re
from functools import lru_cache

from scraper.model import Kind
from scraper.text.normalize import fold

_LISTS: dict[Kind, str] = {
    "read_also": """
        read also; also read; read more; read next; see also; up next; also see; must read; next post; previous post; next article
        previous article
        читайте также; читать также; также читайте; смотрите также; читайте ещё; читать далее; читать ещё; подробнее по теме
        следующая новость; предыдущая новость
        կարդացեք նաև; կարդալ նաև; դիտեք նաև; գիտեք նաև; տես նաև; տեսեք նաև; հաջորդը; նախորդը
        ასევე ნახეთ; ნახეთ ასევე; წაიკითხეთ აგრეთვე; წაიკითხეთ ასევე; იხილეთ ასევე; იხილეთ აგრეთვე; ასევე წაიკითხეთ; ასევე იხილეთ
        აგრეთვე; წაიკითხეთ მეტი; შემდეგი; წინა
        həmçinin oxuyun; bunları da oxuyun; həmçinin; həmçinin bax; bunu da oxuyun; oxu; növbəti; əvvəlki; bax
        bunlar da ilginizi çekebilir; bunu da oku; ayrıca okuyun; ayrıca bakınız; bunları da okuyun; okumaya devam edin; sonraki haber
        önceki haber; ayrıca oku
        lesen sie auch; lesen sie mehr; auch interessant; à lire aussi; lire aussi; à lire également; a lire aussi; voir aussi
        lee también; leer más; lea también; te puede interesar
        leggi anche; per approfondire; czytaj więcej; czytaj także; przeczytaj także; zobacz także; czytaj też; les også; läs också
        läs mer; læs også; les mer; lees ook; taip pat skaitykite; skaitykite taip pat; loe ka; lasi arī
        leia também; leia mais; veja também; čtěte také; перевірте також; читайте також; дивіться також; citește și; прочетете още
        διαβάστε επίσης; citiți și; mire; mira también; lue myös; lue lisää
        read this too; you might also read; watch also
        also watch; further reading; more reading; click to read; don't miss this
        читайте еще; см. также; смотреть также
        ещё читайте; читайте на эту тему; что почитать; что ещё почитать
        слушайте также; вам также стоит прочитать; советуем прочитать; почитайте также; также смотрите; прочтите также
        կարդա նաև; նայեք նաև; նաև կարդացեք
        լսեք նաև; ընթերցեք նաև; կարդացեք ավելին; կարդալ ավելին
        აგრეთვე წაიკითხეთ
        ნახეთ აგრეთვე; აგრეთვე იხილეთ; უყურეთ ასევე
        həmçinin baxın; bunlara da baxın; oxuyun
        daha ətraflı oxuyun; bunu da oxu; bunları da oxu; maraqlı ola bilər; həmçinin izləyin; digər yazılarımız
        bunu da okuyun; şunlar da ilginizi çekebilir
        ilginizi çekebilecek haberler; okumaya devam et; ayrıca okuyabilirsiniz
        lesen sie hier; mehr lesen; siehe auch; weiterlesen; jetzt lesen
        lire également; à voir aussi; lire la suite; à lire
        leer también; lea además; te recomendamos leer; ver también; vea también; lee además
        sigue leyendo; lee más; leggi ancora; da leggere; vedi anche; guarda anche
        saiba mais; czytaj również
        zobacz również; przeczytaj też; przeczytaj również
        se også; läs även; se även; katso myös
        skaityk daugiau; lasiet arī; lasi vairāk; loe lisaks; loe veel
        přečtěte si také; čítajte tiež; prečítajte si aj; citeşte şi; vezi și; olvasta már; olvassa el ezt is
        pročitajte još; pročitajte i; pročitaj i; čitajte još; прочитайте также; вижте още; δείτε επίσης
        lees meer; lees verder; bekijk ook; zie ook
        مطالب خواندنی; بیشتر بخوانید; اقرأ أيضا; اقرأ ايضا; קראו גם
    """,
    "related": """
        related; related news; related articles; related stories; related posts; related topics; related content; more on this topic
        more on this story; more on this; more from this section; other news; more stories; more news; related coverage; similar
        similar news; similar articles; similar posts; more like this; keep reading; on this topic; story timeline; from our archive
        more coverage; previous articles; check also; more information
        по теме; материалы по теме; новости по теме; статьи по теме; также по теме; ещё по теме; еще по теме; похожие новости
        похожие статьи; похожие материалы; похожие записи; другие новости; другие материалы; связанные новости; связанные материалы
        читайте по теме; по этой теме; сюжет; сюжеты; темы; похожее; ранее по теме; связанные статьи
        նմանատիպ նյութեր; նմանատիպ; նմանատիպ լուրեր; նմանատիպ նորություններ; համանման նորություններ; համանման նյութեր; առնչվող լուրեր
        առնչվող նյութեր; առնչվող նորություններ; թեմայի շուրջ; այս թեմայով; այլ նորություններ; այլ նյութեր; թեմայով; այլ լուրեր
        կապակցված նյութեր
        მსგავსი სიახლეები; მსგავსი ამბები; მსგავსი; მსგავსი სტატიები; მსგავსი სტატია; მსგავსი პოსტები; მსგავსი თემები; ამავე თემაზე
        ამ თემაზე; სხვა სიახლეები; დაკავშირებული სიახლეები; დაკავშირებული სტატიები; დაკავშირებული ამბები; თემაზე; მეტი ამ თემაზე
        სხვა სტატიები; მსგავსი მასალები
        oxşar xəbərlər; oxşar yazılar; oxşar materiallar; əlaqəli xəbərlər; mövzu ilə bağlı; mövzuya aid; digər xəbərlər; oxşar
        mövzu üzrə; əlaqəli; mövzuya dair; bənzər xəbərlər; əlaqədar xəbərlər
        ilgili haberler; benzer haberler; diğer haberler; ilişkili haberler; ilgili içerikler; benzer yazılar; ilgili yazılar
        ilgili konular; benzer içerikler; daha fazla haber; i̇lgili haberler
        ähnliche artikel; ähnliche beiträge; verwandte artikel; mehr zum thema; mehr zu diesem thema; zum thema
        das könnte sie auch interessieren; das könnte dich auch interessieren; sur le même thème; sur le même sujet
        à découvrir également; articles liés; dans la même rubrique; más información; noticias relacionadas; artículos relacionados
        relacionadas; relacionado; para saber más; esto te puede interesar
        articoli correlati; correlati; potrebbe interessarti; powiązane; powiązane artykuły; zobacz też; podobne artykuły
        relaterte saker; relaterade artiklar; mer om; gerelateerd; meer over; notícias relacionadas; matérias relacionadas
        relacionados; související články; схожі новини; по темі; liittyvät; susiję straipsniai
        related article; related story
        related links; related materials; related reading; related videos
        similar stories
        more on the topic; more about this; related to this; background; the story so far
        in this story
        в тему
        другие материалы по теме; близкие по теме; на эту тему; связанные темы; больше по теме
        նույն թեմայով; թեմային առնչվող; թեմայի առնչությամբ
        հարակից նյութեր; հարակից լուրեր; այս թեմայի շուրջ
        თემასთან დაკავშირებული; დაკავშირებული თემები
        mövzu ilə əlaqədar; əlaqəli yazılar
        bu mövzuda; mövzu ilə bağlı xəbərlər; oxşar məqalələr; aidiyyəti xəbərlər
        ilgili haber
        konuyla ilgili; konuyla ilgili haberler; bu konuda; alakalı haberler
        verwandte themen; mehr dazu; passend zum thema
        verwandte beiträge; weitere artikel zum thema
        articles similaires
        pour aller plus loin; articles connexes
        notas relacionadas; contenido relacionado; entradas relacionadas; más sobre este tema; temas relacionados
        quizás te interese; notizie correlate
        ti potrebbe interessare; potrebbe interessarti anche; sullo stesso argomento; su questo argomento; articoli simili
        articoli recenti
        artigos relacionados; conteúdo relacionado; na ten temat
        więcej na ten temat; w temacie; новини по темі; за темою; матеріали по темі; relaterat
        relaterte artikler; relaterede artikler; mere om; susijusios naujienos
        saistītie raksti; seotud artiklid; súvisiace články; articole similare; articole asemănătoare
        kapcsolódó cikkek; kapcsolódó; povezane vijesti; povezani članci; slične vesti; povezane vesti; свързани новини
        подобни статии
        σχετικά άρθρα; σχετικά; gerelateerde artikelen; meer over dit onderwerp; مطالب مرتبط; اخبار مرتبط
    """,
    "latest": """
        latest; latest news; newsfeed; news feed; latest stories; latest posts; latest articles; recent posts; recent news
        breaking news; just in; the latest; recent articles; more recent; newest; headlines; top news; last news
        последние новости; лента новостей; лента; новости; новости дня; свежие новости; сейчас; новое; последнее; все новости
        новости часа
        լրահոս; վերջին նորություններ; վերջին լուրեր; բոլոր նորությունները; նորություններ; թարմ լուրեր; լուրեր
        ბოლო სიახლეები; ბოლო ამბები; ყველა სიახლე; უახლესი; უახლესი ამბები; სიახლეები; ახალი ამბები; ბოლოს დამატებული
        son xəbərlər; xəbər lenti; son yazılar; bütün xəbərlər; xəbərlər; ən son; yeni xəbərlər; günün xəbərləri
        son dakika; en son; son haberler; günün önemli manşetleri; en son haberler; son eklenenler; gündem; günün haberleri; manşetler
        dernières actualités; derniers articles; neueste artikel; neueste beiträge; aktuell; últimas noticias; lo último
        ultime notizie; najnowsze; siste nytt; senaste nytt; seneste nyt; laatste nieuws; naujausi; naujienos; últimas notícias
        latest headlines; news
        recent stories; all news; news of the day
        live updates; other stories; today's news
        новости сегодня
        последние материалы; последние публикации; свежие материалы; ещё новости; еще новости; новые материалы
        другие статьи; сейчас в ленте; новости за сегодня; оперативно; все новости часа; ранее
        վերջին լուրերը
        վերջին նորությունները; վերջին; նոր լուրեր; օրվա լուրեր; օրվա նորություններ; բոլոր լուրերը; այսօրվա լուրերը
        სხვა ამბები; უახლესი სიახლეები
        ბოლო; დღის სიახლეები; სხვა ახალი ამბები; ახალი; ახალი სიახლეები; სიახლეების არქივი
        son yeniliklər; digərləri
        ən son xəbərlər; lent; xəbərlər lenti; başqa xəbərlər; son
        tüm haberler; haberler; günün manşetleri
        son dakika haberleri; diğer haberlerimiz; yeni haberler; haber akışı
        neueste nachrichten; aktuelle nachrichten; aktuelle meldungen; weitere artikel; weitere nachrichten
        weitere themen; schlagzeilen; newsticker; die neuesten; dernières nouvelles
        les dernières actualités; dernières infos; dernières dépêches; en direct; à la une; actualités; les dernières infos
        lo más reciente; más noticias; noticias recientes; otras noticias; última hora
        ultim'ora; ultimi articoli; le ultime notizie; altre notizie; notizie; últimas; mais notícias
        najnowsze wiadomości; ostatnie wiadomości; pozostałe wiadomości; inne wiadomości; останні новини; стрічка новин; новини
        siste nyheter; siste saker; senaste nyheter; senaste; uusimmat; tuoreimmat
        naujausios žinios; jaunākās ziņas; jaunākās; viimased uudised; uudised; nejnovější; najnovšie; ultimele știri
        ultimele stiri; legfrissebb; legfrissebb hírek; najnovije vijesti; najnovije; najnovije vesti; последни новини; най-нови
        τελευταία νέα; ροή ειδήσεων; meer nieuws; net binnen; آخرین اخبار; آخر الأخبار
    """,
    "popular": """
        most read; most viewed; popular; trending; most popular; top stories; most commented; most shared; popular news; popular posts
        trending now; popular now; hot; hot news; top; top news of the day; most watched; top hits; what's hot
        самое читаемое; популярное; популярные новости; самое популярное; читаемое; топ новостей; обсуждаемое; топ; самые читаемые
        популярные; главное за день; топ дня; главные новости
        օրվա կարևոր; ամենաընթերցված; ամենադիտված; ամենից շատ կարդացված; ամենից շատ կարդացված նյութեր; ամենաշատ ընթերցված
        շաբաթվա ամենաընթերցված; հանրաճանաչ; թոփ
        პოპულარული; ყველაზე კითხვადი; ყველაზე პოპულარული; კითხვადი; დღის ამბები; ტოპ ამბები; პოპულარული სიახლეები; ყველაზე ნანახი
        ტოპ სიახლეები; დღის მთავარი
        ən çox oxunanlar; ən çox oxunan; populyar; ən populyar; çox oxunanlar; ən çox baxılan; ən çox baxılanlar
        günün ən çox oxunanları; top xəbərlər
        en çok okunanlar; çok okunanlar; en çok okunan; popüler; popüler haberler; öne çıkanlar; en popüler; trend haberler; trend
        en çok paylaşılanlar
        meistgelesen; meistgelesene artikel; les plus lus; lo más visto; lo más leído; más leídas; más leídos; i più letti; più letti
        najczęściej czytane; popularne; mest lest; mest läst; mest læst; meest gelezen; skaitomiausi; skaitomiausia; mais lidas
        popular stories; popular articles
        trending stories; hot topics; top reads; most discussed
        top articles; what others are reading; trending topics; people are reading; readers' choice
        популярные статьи; популярные материалы
        самое обсуждаемое; сейчас читают; топ-новости; популярно сейчас; в тренде; самое интересное
        популярное за неделю; популярное за сутки; самые популярные; топ недели; популярное сейчас
        ամենաընթերցվածը; շատ ընթերցված
        օրվա կարևորը; օրվա ամենաընթերցված; թոփ նորություններ; ամենաընթերցվածները
        օրվա թոփ; օրվա թեմա; ամենաքննարկված
        პოპულარული ამბები
        დღის პოპულარული; კვირის პოპულარული; პოპულარული სტატიები; ტრენდული; ყველაზე ნახვადი; ტოპ 5; მკითხველთა რჩეული
        populyar xəbərlər
        həftənin ən çox oxunanları; çox oxunan; günün ən çox oxunan xəbərləri; ən oxunanlar
        en çok okunan haberler; günün en çok okunanları
        en çok izlenenler; gündemdekiler; çok okunan haberler
        beliebt; am meisten gelesen; beliebteste artikel; le plus lu; les plus populaires
        articles les plus lus; tendances; las más leídas; lo más popular; más vistas; tendencias
        più lette; le più lette; mais lidos; mais vistas; najpopularniejsze
        найпопулярніше; популярні новини; mest sett; luetuimmat; suosituimmat; populiariausi
        populārākais; lasītākie; loetumad; nejčtenější; najčítanejšie; cele mai citite; legolvasottabb; legnépszerűbb; najčitanije
        най-четени; δημοφιλή; پربازدیدترین; الأكثر قراءة
    """,
    "recommended": """
        recommended; don't miss; editor's picks; editors' picks; editor's choice; editor's pick; recommended for you
        you may also like; you might also like; you may like; you might like; we recommend; our picks; featured; featured stories
        more from; more; from around the site; recommended stories; read more stories; recommended reading; staff picks; for you
        special content; in case you missed it; around the web; more to read; you may be interested; promoted stories
        recommended from editorial
        рекомендуем; рекомендуемое; главное; выбор редакции; вам может понравиться; вам может быть интересно; советуем почитать
        вас может заинтересовать; интересное; не пропустите; рекомендации; важное; рекомендуем прочитать; выбор читателей; эксклюзив
        важно
        առաջարկվող; առաջարկում ենք; խորհուրդ ենք տալիս; ձեզ կարող է հետաքրքրել; կարևոր; գլխավոր; խմբագրի ընտրանի; ընտրված
        կարող է հետաքրքրել
        რეკომენდებული; რეკომენდირებული; გირჩევთ; რედაქტორის რჩევა; რედაქტორის არჩევანი; მთავარი; შეიძლება დაგაინტერესოთ; არ გამოტოვოთ
        ექსკლუზივი; მთავარი ამბები; ასევე დაგაინტერესებთ
        tövsiyə olunur; tövsiyə edirik; redaktorun seçimi; maraqlı; sizə maraqlı ola bilər; seçilmiş; sizin üçün; günün mövzusu
        əsas xəbərlər; bunlar da maraqlıdır; seçilmiş xəbərlər; manşet; gündəm
        önerilen; önerilenler; editörün seçtikleri; özel içerikler; ilginizi çekebilir; bunlar da dikkatinizi çekebilir
        sizin için seçtiklerimiz; sizin için; tavsiye edilen; öne çıkan; bu haberler de ilginizi çekebilir; öne çıkan haberler
        önerilen haberler
        empfohlen; empfehlungen; das könnte sie interessieren; la rédaction vous conseille; recomendadas; recomendados; recomendamos
        consigliati; da non perdere; polecane; polecamy; anbefalt; rekommenderat; aanbevolen; rekomenduojame; recomendado
        recommended articles
        you may be interested in; must reads
        more articles; top picks
        more posts; picked for you; discover more; explore more; what to read next
        more for you; selected for you; what to watch; worth reading
        рекомендуем почитать; рекомендованное; рекомендуемые
        редакция рекомендует; возможно вас заинтересует; это интересно
        самое важное; главное сегодня; также интересно; вам будет интересно; на сайте
        главные темы; темы дня; материалы рубрики; стоит прочитать; ещё; еще; больше новостей; главное к этому часу; тема дня
        առաջարկվող նյութեր; կարևորը; գլխավոր լուրեր
        օրվա գլխավորը; օրվա կարևորները; գլխավոր նորություններ; խմբագրության ընտրանի; առավել հետաքրքիր; բաց մի թողեք
        ასევე გირჩევთ; რედაქტორის რჩეული; მთავარი სიახლეები
        შესაძლოა დაგაინტერესოთ; რედაქციის რჩეული; გირჩევთ წაიკითხოთ; დღის თემა; რჩეული; თქვენთვის
        sizin üçün seçdiklərimiz; günün əsas xəbərləri
        sizi maraqlandıra bilər; əsas; redaksiyanın seçimi; vacib xəbərlər; qaçırmayın
        editörün seçimi
        kaçırmayın; günün öne çıkanları; bunları beğenebilirsiniz; önerilen içerikler
        unsere empfehlungen; redaktionsempfehlung; empfehlungen der redaktion
        nos recommandations; à ne pas manquer; recommandé pour vous; vous aimerez aussi; recomendadas noticias
        recomendado para ti; no te pierdas; destacados; destacadas; in evidenza
        scelti per voi; destaques; warto przeczytać; wybór redakcji; рекомендуємо; вибір редакції
        anbefalte saker; anbefales; suosittelemme; siūlome perskaityti; iesakām; soovitame
        doporučujeme; odporúčame; recomandări; recomandate; ajánljuk; ajánlott; preporuka; preporučujemo; препоръчани; προτεινόμενα
        onze keuze; پیشنهاد سردبیر
    """,
    "sponsored": """
        sponsored; sponsored stories; sponsored content; from our partners; partner content; promoted; partner news; advertisement
        from the web; sponsored links; paid content; by our partners
        новости партнёров; новости партнеров; новости компаний; партнёрские материалы; на правах рекламы; партнеры
        материалы партнеров; партнёрский материал; новости сми2
        գործընկերներ; գործընկերների նորություններ; հովանավորվող; գովազդ
        პარტნიორები; პარტნიორების სიახლეები; სპონსორი; რეკლამა
        partnyor xəbərləri; tərəfdaşlar; reklam; sponsor
        sponsorlu içerik; sponsorlu; partner haberler; anzeige; contenu sponsorisé; contenido patrocinado; annonse
        promoted content
        партнерские материалы; спонсорский контент; реклама
        промо; новости smi2; партнерские новости; партнёрские новости; от партнеров
        գործընկերների լուրեր; գովազդային; პარტნიორის სიახლეები
        tərəfdaş xəbərləri; tərəfdaşlarımız; ilan
        anzeigen; publicité; patrocinado; publicidad; pubblicità; contenuto sponsorizzato
        artykuł sponsorowany; materiał partnera; annons; se alle jobs; gesponsord
    """,
}
# The names of sections, which head blocks and stand beside headlines.
_SECTION_NAMES = """
    section; sections; categories; category; rubric; rubrics; in this section; topics; tags
    рубрики; рубрика; разделы; в рубрике; из рубрики; в этой рубрике; категории; խորագրեր; բաժիններ; რუბრიკები; კატეგორიები
    bölmələr; kateqoriyalar; kategoriler; bölümler; contenido premium
    politics; society; economy; business; world; sport; sports; culture; science; technology; health; region; regions
    opinion; analysis; interview; interviews; video; videos; photo; education; incidents; law; entertainment; lifestyle
    finance; tech; travel; local; national; international; media; diaspora; army; security; environment; press review
    политика; общество; экономика; бизнес; в мире; мир; спорт; культура; наука; технологии; здоровье; регион; регионы
    мнение; мнения; аналитика; интервью; видео; фото; образование; происшествия; право; шоу-бизнес; финансы; кавказ; армия
    безопасность; за рубежом; россия; армения; грузия; азербайджан; южный кавказ; наука и техника; происшествие; криминал
    քաղաքական; քաղաքականություն; հասարակություն; հասարակական; տնտեսություն; տնտեսական; միջազգային; աշխարհ; սպորտ; մշակույթ
    գիտություն; կրթություն; առողջություն; իրավունք; իրադարձային; ժամանց; մամուլի տեսություն; գիտություն տեխնիկա; տարածաշրջան
    վերլուծություն; հարցազրույց; կարծիք; տեսանյութ; բանակ; արցախ; հայաստան; սփյուռք; պատահարներ; շոու-բիզնես; մամուլ
    პოლიტიკა; საზოგადოება; ეკონომიკა; ბიზნესი; მსოფლიო; სპორტი; კულტურა; მეცნიერება; ტექნოლოგიები; ჯანმრთელობა; სამართალი
    განათლება; რეგიონი; რეგიონები; ინტერვიუ; ანალიტიკა; ვიდეო; კონფლიქტები; შოუბიზნესი; სამხედრო; აზრი; კრიმინალი; თავდაცვა
    siyasət; cəmiyyət; iqtisadiyyat; dünya; idman; mədəniyyət; elm; texnologiya; sağlamlıq; hadisə; kriminal; təhsil; müsahibə
    analitika; bölgə; şou-biznes; ölkə; hərbi; ordu; maliyyə; sosial; hadisələr; rəsmi xronika; biznes; xarici xəbərlər
    siyaset; toplum; ekonomi; spor; kültür; bilim; teknoloji; sağlık; eğitim; yaşam; magazin; kültür-sanat; asayiş
    politik; wirtschaft; gesellschaft; kultur; wissenschaft; welt; panorama; politique; société; économie; monde; política
    economía
    sociedad; deportes; mundo; politica; economia; cronaca; esteri; cultura; polityka; gospodarka; świat; kraj; polska
"""
# Headings that go on: "More from the region", "Latest in Politics".
_OPENINGS: dict[str, Kind] = {
    "more from": "recommended",
    "more in": "recommended",
    "also in": "recommended",
    "also on": "recommended",
    "recommended from": "recommended",
    "mehr aus": "recommended",
    "más de": "recommended",
    "latest from": "latest",
    "latest in": "latest",
    "latest on": "latest",
    "more on": "related",
    "mer om": "related",
    "mehr über": "related",
    "meer over": "related",
    "ads by": "sponsored",
    "paid for by": "sponsored",
}
# What a text draws on: documents, not headlines.
_SOURCES = """
    sources; our sources; references; bibliography; footnotes; notes; citations; источники; список источников; примечания; литература
    աղբյուրներ; ծանոթագրություններ; წყაროები; შენიშვნები; mənbələr; istinadlar; qeydlər; kaynaklar; kaynakça; dipnotlar
    quellen; einzelnachweise; fußnoten; références; notes et références; fuentes; referencias; fonti; note; fontes; źródła; przypisy; джерела
"""
_WORD = re.compile(r"\w+")
_LONGEST = 60
_MAX_WORDS_AFTER_OPENING = 5
# What parts a label from the headline that it announces on the same line; Armenian has a comma of its own for it.
_MARK = re.compile(r"\s*[:：։՝`|>»→►▶]\s*|\s+[-–—]\s+")
_LABEL_KINDS = frozenset(("read_also", "related", "recommended"))


def _key(text: str) -> str:
    return " ".join(_WORD.findall(fold(text)))


_PHRASES: dict[str, Kind] = {
    _key(phrase): kind
    for kind, text in _LISTS.items()
    for phrase in re.split(r"[;\n]", text)
    if phrase.strip()
}
_SOURCE_NAMES = frozenset(_key(name) for name in re.split(r"[;\n]", _SOURCES) if name.strip())
_SECTIONS = frozenset(_key(name) for name in re.split(r"[;\n]", _SECTION_NAMES) if name.strip())


def _first(text: str) -> str:
    """The first word, folded cheaply: most texts are told from headings by it."""
    word = _WORD.search(text)
    if word is None:
        return ""
    first = word[0].lower()
    if first.isascii():
        return first
    return first.replace("i\u0307", "i").replace("ı", "i").replace("եւ", "և").replace("եվ", "և")


_FIRST = frozenset(_first(phrase) for phrase in (*_PHRASES, *_OPENINGS, *_SECTIONS))


@lru_cache(maxsize=4096)
def kind_of(label: str) -> Kind | None:
    """The kind of block that a heading announces; None if it announces none that we know."""
    if len(label) > _LONGEST or _first(label) not in _FIRST:
        return None
    found = _key(label).split()
    for count in range(min(len(found), 7), 0, -1):
        kind = _PHRASES.get(" ".join(found[:count]))
        if kind is not None and (count == len(found) or len(found) - count <= max(1, count)):
            return kind
    return None


def lead_in(text: str) -> tuple[str, Kind] | None:
    """The heading that a line opens with ("Read also: ..."), and its kind."""
    text = text.lstrip("([ ")
    head, colon, _ = text[:_LONGEST].partition(":")
    if colon:
        kind = kind_of(head.strip())
        if kind is not None:
            return head.strip(), kind
    words = text[:_LONGEST].split()
    for count in range(min(4, len(words) - 1), 0, -1):
        head = " ".join(words[:count])
        kind = _PHRASES.get(_key(head))
        if kind == "read_also" or (kind is not None and count > 1):
            return head.rstrip(":-–— "), kind
    return None


def heads_sources(text: str) -> bool:
    """Whether a line heads what the text draws on."""
    return len(text) <= _LONGEST and _key(text) in _SOURCE_NAMES


def kind_of_heading(text: str) -> Kind | None:
    """The kind of block that a line heads if the whole line is a known heading, None if it is not."""
    if len(text) > _LONGEST or _first(text) not in _FIRST:
        return None
    key = _key(text)
    kind = _PHRASES.get(key)
    if kind is not None:
        return kind
    if key in _SECTIONS:
        return "section"
    parts = key.split()
    if 2 < len(parts) <= 2 + _MAX_WORDS_AFTER_OPENING:
        return _OPENINGS.get(" ".join(parts[:2]))
    return None


def split_label(text: str) -> tuple[str, Kind, str] | None:
    """(label, kind, headline) of a line such as "Read also: Bridge reopens"; None for any other line."""
    for found in _MARK.finditer(text, 0, _LONGEST):
        label, rest = text[: found.start()].strip(), text[found.end() :].strip()
        kind = _PHRASES.get(_key(label))
        # One word before a colon is a label only if it is a call to read: "Main: the law" is a sentence's beginning.
        if (
            kind in _LABEL_KINDS
            and kind is not None
            and len(rest) > 1
            and (kind == "read_also" or " " in label)
        ):
            return label, kind, rest
    return None
