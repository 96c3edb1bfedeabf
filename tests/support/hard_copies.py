"""Texts for the hard cases of telling copies: made-up stories and daily bulletins in six languages, written for the tests.

``STORY`` is one story told in each language, sentence by sentence; ``LEADS`` begin two other stories that end in
``BACKGROUND``; ``BULLETINS`` are daily reports with a day and numbers to fill in; ``CREDIT`` is a reprint's first line.
"""

from __future__ import annotations

STORY = {
    "hy": [
        "Սարիգետ քաղաքում այսօր բացվել է գետի վրայի նոր կամուրջը, որի շինարարությունը տևել է երեք տարի և արժեցել չորս միլիարդ դրամ։",
        "Բացման արարողությանը մասնակցել են քաղաքապետը, շինարարները և մոտ երկու հազար բնակիչ, որոնք առաջինն են անցել կամրջով ոտքով։",
        "«Մենք այս օրվան սպասել ենք քսան տարի, որովհետև հին կամուրջը ամեն գարուն փակվում էր ջրի պատճառով», ասել է քաղաքապետը։",
        "Կամուրջն ունի երկու հարյուր քառասուն մետր երկարություն, չորս գոտի և առանձին ճանապարհ հեծանվորդների համար։",
        "Ճարտարապետի խոսքով՝ հենարանները դիմանում են ինը բալանոց երկրաշարժի, իսկ լուսավորությունն աշխատում է արևային վահանակներով։",
        "Հին կամուրջը կմնա որպես թանգարան, որտեղ կցուցադրվեն քաղաքի պատմության լուսանկարներն ու առաջին շինարարների գործիքները։",
    ],
    "ka": [
        "ქალაქ მთისწყალში დღეს მდინარეზე ახალი ხიდი გაიხსნა, რომლის მშენებლობა სამ წელს გაგრძელდა და ოცი მილიონი ლარი დაჯდა.",
        "გახსნის ცერემონიას ესწრებოდნენ ქალაქის მერი, მშენებლები და დაახლოებით ორი ათასი მცხოვრები, რომლებმაც ხიდზე პირველებმა გაიარეს ფეხით.",
        "„ამ დღეს ოცი წელი ველოდით, რადგან ძველი ხიდი ყოველ გაზაფხულზე წყალდიდობის გამო იკეტებოდა“, განაცხადა მერმა.",
        "ხიდის სიგრძე ორას ორმოცი მეტრია, აქვს ოთხი ზოლი და ცალკე ბილიკი ველოსიპედისტებისთვის.",
        "არქიტექტორის თქმით, საყრდენები ცხრაბალიან მიწისძვრას უძლებს, ხოლო განათება მზის პანელებზე მუშაობს.",
        "ძველი ხიდი მუზეუმად დარჩება, სადაც ქალაქის ისტორიის ფოტოები და პირველი მშენებლების იარაღები გამოიფინება.",
    ],
    "az": [
        "Dağçay şəhərində bu gün çayın üzərində tikintisi üç il davam edən və on beş milyon manata başa gələn yeni körpü açılıb.",
        "Açılış mərasimində şəhər başçısı, inşaatçılar və körpüdən ilk dəfə piyada keçən iki minə yaxın sakin iştirak edib.",
        "“Biz bu günü iyirmi il gözləmişik, çünki köhnə körpü hər yaz daşqına görə bağlanırdı”, deyə şəhər başçısı bildirib.",
        "Körpünün uzunluğu iki yüz qırx metrdir, dörd zolağı və velosipedçilər üçün ayrıca yolu var.",
        "Memarın sözlərinə görə, dayaqlar doqquz ballıq zəlzələyə davam gətirir, işıqlandırma isə günəş panelləri ilə işləyir.",
        "Köhnə körpü muzey kimi qalacaq, orada şəhərin tarixinə aid şəkillər və ilk inşaatçıların alətləri nümayiş etdiriləcək.",
    ],
    "ru": [
        "В городе Горноречье сегодня открыли новый мост через реку, строительство которого заняло три года и обошлось в двадцать миллионов рублей.",
        "На церемонию пришли мэр города, строители и около двух тысяч жителей, которые первыми прошли по мосту пешком.",
        "«Мы ждали этого дня двадцать лет, потому что старый мост каждую весну закрывали из-за паводка», сказал мэр.",
        "Длина моста составляет двести сорок метров, у него четыре полосы и отдельная дорожка для велосипедистов.",
        "По словам архитектора, опоры выдержат землетрясение в девять баллов, а освещение работает от солнечных батарей.",
        "Старый мост останется музеем, где покажут фотографии из истории города и инструменты его первых строителей.",
    ],
    "en": [
        "A new bridge across the river was opened today in the town of Marrow Ford after three years of works that cost twenty million crowns.",
        "The ceremony was attended by the mayor, the builders and about two thousand people, who were the first to walk across it.",
        "“We have waited for this day for twenty years, because the old bridge was closed by the flood every spring,” the mayor said.",
        "The bridge is two hundred and forty metres long and has four lanes and a path of its own for cyclists.",
        "According to the architect, its pillars withstand an earthquake of nine points, and its lights run on solar panels.",
        "The old bridge will remain as a museum that shows photographs of the history of the town and the tools of its first builders.",
    ],
    "tr": [
        "Yayladere kentinde bugün nehir üzerinde yapımı üç yıl süren ve yirmi milyon liraya mal olan yeni köprü açıldı.",
        "Törene belediye başkanı, inşaat işçileri ve köprüyü ilk kez yürüyerek geçen yaklaşık iki bin kişi katıldı.",
        "“Bu günü yirmi yıl bekledik, çünkü eski köprü her bahar taşkın yüzünden kapanıyordu” dedi belediye başkanı.",
        "Köprünün uzunluğu iki yüz kırk metre, dört şeridi ve bisikletliler için ayrı bir yolu var.",
        "Mimarın anlattığına göre ayaklar dokuz büyüklüğünde depreme dayanıyor, aydınlatma ise güneş panelleriyle çalışıyor.",
        "Eski köprü müze olarak kalacak, orada kentin tarihinden fotoğraflar ve ilk ustaların aletleri sergilenecek.",
    ],
}

# Two stories of one outlet on one day: what happened is another thing, what is recalled is the same.
LEADS = {
    "hy": (
        "Սարիգետի ավագանին որոշել է բարձրացնել ավտոբուսի տոմսի գինը՝ վառելիքի թանկացման պատճառով։",
        "Սարիգետի շուկայում հրդեհ է բռնկվել, փրկարարները կրակը մարել են մեկ ժամում, զոհեր չկան։",
    ),
    "ka": (
        "მთისწყლის საკრებულომ გადაწყვიტა ავტობუსის ბილეთის ფასის გაზრდა საწვავის გაძვირების გამო, ნათქვამია განცხადებაში.",
        "მთისწყლის ბაზარში ხანძარი გაჩნდა, მაშველებმა ცეცხლი ერთ საათში ჩააქრეს, დაშავებული არავინ არის.",
    ),
    "az": (
        "Dağçay bələdiyyəsi yanacağın bahalaşması səbəbindən avtobus biletinin qiymətini artırmağa qərar verib, məlumatda deyilir.",
        "Dağçay bazarında yanğın baş verib, xilasedicilər alovu bir saat ərzində söndürüb, xəsarət alan yoxdur.",
    ),
    "ru": (
        "Городской совет Горноречья решил повысить цену билета на автобус из-за подорожания топлива, следует из его сообщения.",
        "На рынке Горноречья вспыхнул пожар, спасатели потушили огонь за один час, никто не пострадал и не погиб.",
    ),
    "en": (
        "The council of Marrow Ford has decided to raise the price of a bus ticket because fuel has become dearer again.",
        "A fire broke out at the market of Marrow Ford; rescuers put it out within an hour and nobody was hurt.",
    ),
    "tr": (
        "Yayladere meclisi akaryakıt zamları yüzünden otobüs biletinin fiyatını artırma kararı aldı, açıklamada öyle denildi.",
        "Yayladere pazarında yangın çıktı, kurtarma ekipleri alevleri bir saat içinde söndürdü, yaralanan kimse olmadı.",
    ),
}
BACKGROUND = {language: sentences[2:6] for language, sentences in STORY.items()}

CREDIT = {
    "hy": "Մեր թղթակցի փոխանցմամբ՝ «Արմենպրեսը» հայտնում է հետևյալը։",
    "ka": "„ინტერპრესნიუსის“ ცნობით, რომელსაც ჩვენი რედაქცია ეყრდნობა.",
    "az": "Redaksiyamız APA-ya istinadən xəbər verir.",
    "ru": "Как передаёт ТАСС, подробности рассказали в мэрии.",
    "en": "As Reuters reports, citing the town hall.",
    "tr": "Anadolu Ajansı'nın haberine göre ayrıntılar şöyle.",
}

# A day of a month, then numbers: each language has the day where it stands there, and three kinds of bulletin.
BULLETINS = {
    "hy rates": "Կենտրոնական բանկը նոյեմբերի {}-ի համար սահմանել է հետևյալ փոխարժեքները. մեկ դոլարը՝ {} դրամ, մեկ եվրոն՝ {} դրամ, մեկ ռուբլին՝ {} դրամ, ոսկու մեկ գրամը՝ {} դրամ։ Փոխարժեքները գործում են ամբողջ օրվա ընթացքում հանրապետության բոլոր բանկերում և փոխանակման կետերում։",
    "hy weather": "Եղանակը Հայաստանում նոյեմբերի {}-ին կլինի առանց տեղումների, ջերմաստիճանը Երևանում ցերեկը կհասնի {} աստիճանի, գիշերը՝ {}, լեռներում՝ {}, քամու արագությունը կլինի {} մետր վայրկյանում, հայտնում է ջրաօդերևութաբանության ծառայությունը, որը վարորդներին խնդրում է զգույշ լինել։",
    "ka rates": "ეროვნულმა ბანკმა {} ნოემბრისთვის ოფიციალური კურსი დაადგინა: ერთი დოლარი {} ლარი, ერთი ევრო {} ლარი, ასი რუბლი {} ლარი, ოქროს გრამი {} ლარი. კურსი მთელი დღის განმავლობაში მოქმედებს ქვეყნის ყველა ბანკსა და გადამცვლელ პუნქტში, სანამ ახალი არ გამოცხადდება.",
    "ka battle": "გასული დღის განმავლობაში, {} ნოემბერს, ფრონტზე {} შეტევა მოიგერიეს, დაცემულია {} დრონი, დაზიანდა {} შენობა, დაშავდა {} ადამიანი, იუწყება გენერალური შტაბი. ბრძოლები ყველა მიმართულებით გრძელდება, არმია პოზიციებს იცავს და მოსახლეობას თავშესაფრებში ყოფნას სთხოვს.",
    "az oil": "Noyabrın {}-də Azərbaycan neftinin bir barelinin qiyməti {} dollar təşkil edib, Brent markası {} dollara, WTI markası {} dollara, qızılın unsiyası {} dollara satılıb. Qiymətlər birja bağlananda qeydə alınıb, hərrac növbəti iş günü yenidən davam edəcək, məlumatı agentlik yayıb.",
    "az weather": "Noyabrın {}-də Bakıda hava yağmursuz keçəcək, gündüz {} dərəcə isti, gecə {} dərəcə, dağlarda {} dərəcə olacaq, küləyin sürəti saniyədə {} metrə çatacaq, Hidrometeorologiya Xidməti bildirir. Sürücülərdən dumanlı yollarda ehtiyatlı olmaq, məsafəni saxlamaq xahiş olunur.",
    "ru rates": "Центральный банк установил на {} ноября официальные курсы валют: доллар {} рубля, евро {} рубля, юань {} рубля, грамм золота {} рубля. Курсы действуют в течение всего дня во всех банках и обменных пунктах страны, пока регулятор не объявит новые значения на следующий рабочий день.",
    "ru battle": "За минувшие сутки, {} ноября, силы обороны отразили {} атак, сбили {} беспилотников, повреждены {} домов, ранены {} человек, сообщает генеральный штаб. Бои продолжаются на всех направлениях, армия удерживает позиции, жителей просят не выходить из укрытий без крайней нужды.",
    "en market": "At the close on November {} the index stood at {} points, {} shares rose and {} fell, turnover came to {} million, the exchange said in its daily note. Trading resumes on the next working day at ten in the morning, and brokers expect no large movements before the meeting of the bank.",
    "en this day": "On this day, November {}, we remember what happened in the town: {} years ago the railway station was opened, {} years ago the first school, {} years ago the theatre, and {} years ago the bridge was rebuilt after the flood. The museum invites all visitors to a lecture in the evening.",
    "tr rates": "Merkez Bankası {} Kasım için gösterge kurları açıkladı: dolar {} lira, euro {} lira, sterlin {} lira, gram altın {} lira. Kurlar gün boyunca bütün bankalarda ve döviz bürolarında geçerli olacak, yeni kurlar bir sonraki iş günü öğleden sonra yeniden belirlenip duyurulacak.",
    "tr quake": "Afet dairesi {} Kasım günlük raporunda son yirmi dört saatte {} sarsıntı kaydedildiğini, en büyüğünün {} kilometre derinlikte olduğunu, {} köyde hissedildiğini ve {} binanın incelendiğini bildirdi. Can kaybı yok, ekipler bölgede taramayı sürdürüyor ve halktan hasarlı binalara girmemesi isteniyor.",
}
DAYS = (("9", "387", "405", "14", "53"), ("10", "391", "412", "17", "48"))

# Form letters: every word is the same but for whom and what they are about. Capitals tell names, which Georgian lacks.
FORMS = {
    "en": (
        (
            "Prime Minister Aram Baba spoke on the telephone with {} today, his office said. They discussed the agenda of the two"
            " countries and the situation in the region, {}, and agreed to meet before the end of the year. The Prime Minister"
            " thanked {} for the help to the town of Marrow Ford after the flood, and said that it would not be forgotten."
        ),
        ("King Edmund Lark of Norland", "above all the road through Vellin", "Norland"),
        ("President Olga Finch of Sudria", "above all the port of Karrow", "Sudria"),
    ),
    "ru": (
        (
            "Президент Арам Баба поздравил {} с национальным праздником, сообщили в его пресс-службе. В послании говорится, что"
            " дружба народов крепнет из года в год, а сотрудничество служит миру {}. Глава государства пожелал {} здоровья и"
            " успехов, а дружественному народу мира и процветания на долгие годы."
        ),
        ("короля Нордландии Эдмунда Ларка", "на берегах Веллина", "Эдмунду Ларку"),
        ("президента Судрии Ольгу Финч", "в долине Каррова", "Ольге Финч"),
    ),
    "hy": (
        (
            "Վարչապետ Արամ Բաբան այսօր հեռախոսազրույց է ունեցել {} հետ, հայտնում է նրա գրասենյակը։ Զրուցակիցները քննարկել են"
            " երկու երկրների օրակարգը և իրավիճակը {}, պայմանավորվել են հանդիպել մինչև տարեվերջ։ Վարչապետը շնորհակալություն է"
            " հայտնել {} օգնության համար, որը ցույց է տրվել հեղեղից հետո, և ասել, որ այն երբեք չի մոռացվի։"
        ),
        ("Նորլանդիայի թագավոր Էդմունդ Լարկի", "Վելինի հովտում", "Նորլանդիային"),
        ("Սուդրիայի նախագահ Օլգա Ֆինչի", "Կարոուի ափերին", "Սուդրիային"),
    ),
    "az": (
        (
            "Prezident Aram Baba {} təbrik məktubu göndərib. Məktubda deyilir ki, xalqların dostluğu ildən-ilə möhkəmlənir,"
            " əməkdaşlıq isə {} sülhə xidmət edir. Dövlət başçısı {} möhkəm cansağlığı, işlərində uğurlar, dost xalqa isə"
            " daim əmin-amanlıq və firavanlıq arzulayıb, görüşməyə ümid etdiyini bildirib."
        ),
        ("Norlandiya Kralı Edmund Larka", "bütün Vellin vadisində", "Edmund Larka"),
        ("Sudriya Prezidenti Olqa Finçə", "bütün Karrov sahilində", "Olqa Finçə"),
    ),
    "tr": (
        (
            "Başbakan Aram Baba bugün {} ile telefonda görüştü, ofisi açıkladı. Görüşmede iki ülkenin gündemi ve {} durum ele"
            " alındı, yıl sonundan önce buluşma kararı verildi. Başbakan, selden sonra yapılan yardım için {} teşekkür etti ve"
            " bunun hiçbir zaman unutulmayacağını söyledi."
        ),
        ("Norlandiya Kralı Edmund Lark", "Vellin vadisindeki", "Edmund Lark'a"),
        ("Sudriya Cumhurbaşkanı Olga Finch", "Karrow kıyısındaki", "Olga Finch'e"),
    ),
}

# News of one sentence, and the same form with one figure or name of another event.
FLASHES = {
    "hy": (
        "Սարիգետ քաղաքում պայթյուն է որոտացել, տուժել է 12 մարդ, հայտնում են փրկարարները Վելինից։",
        "Սարիգետ քաղաքում պայթյուն է որոտացել, տուժել է 19 մարդ, հայտնում են փրկարարները Վելինից։",
    ),
    "ka": (
        "მთისწყალში აფეთქება მოხდა, დაშავებულია 12 ადამიანი, მათგან ორი ბავშვია, იუწყება სამაშველო სამსახური.",
        "მთისწყალში აფეთქება მოხდა, დაშავებულია 19 ადამიანი, მათგან ორი ბავშვია, იუწყება სამაშველო სამსახური.",
    ),
    "az": (
        "Prezident Aram Baba Edmund Larkın Norlandiyada səfir təyin edilməsi haqqında sərəncam imzalayıb.",
        "Prezident Aram Baba Edmund Larkın Sudriyada səfir təyin edilməsi haqqında sərəncam imzalayıb.",
    ),
    "ru": (
        "Президент Арам Баба подписал указ о назначении Эдмунда Ларка послом в Нордландии, сообщила пресс-служба.",
        "Президент Арам Баба подписал указ о назначении Эдмунда Ларка послом в Судрии, сообщила пресс-служба.",
    ),
    "en": (
        (
            "An earthquake of magnitude 4.2 struck south of Marrow Ford this morning; nobody was hurt, the rescuers said, and"
            " the trains to Vellin run on time."
        ),
        (
            "An earthquake of magnitude 4.7 struck south of Marrow Ford this morning; nobody was hurt, the rescuers said, and"
            " the trains to Vellin run on time."
        ),
    ),
    "tr": (
        "Merkez Bankası politika faizini 150 baz puan indirerek yüzde 38'e çekti, karar beklentilerle uyumlu oldu.",
        "Merkez Bankası politika faizini 250 baz puan indirerek yüzde 37'ye çekti, karar beklentilerle uyumlu oldu.",
    ),
}

# One text as two outlets write it: what is exchanged in it is neither another number nor another name.
REPORT = (
    (
        "The Vellin checkpoint handled 3,200 tonnes of grain in October, 12,000 carts and forty trains, said Narek Hovakimyan,"
        " the deputy minister, in Marrow Ford on Thursday. The waiting time fell from eleven hours to four."
    ),
    (
        "“We expect the volume to double when the second lane of the bridge is opened,” Hovakimyan told the Herald, adding that"
        " 20 inspectors were hired and that the works at Karrow, worth 4 million crowns, would end by next September."
    ),
    (
        "The union of carters welcomed the figures, but asked Edmund Lark, the governor, to abolish the second weighing near"
        " Karrow, which costs every driver a hundred crowns and half a day; it has done so twice before."
    ),
)
WRITTEN_OTHERWISE = {
    "thousands": (("3,200", "3200"), ("12,000", "12 000")),
    "in words": (
        ("forty", "40"),
        ("eleven", "11"),
        ("four.", "4."),
        ("20 insp", "twenty insp"),
        ("a hundred", "100"),
    ),
    "thousand in words": (("12,000", "12 thousand"), ("3,200", "3.200")),
    "names transliterated": (("Hovakimyan", "Ovakimian"), ("Vellin", "Velin"), ("Karrow", "Karov")),
    "names in full": (
        ("Hovakimyan told", "Narek Hovakimyan told"),
        ("Edmund Lark, the governor", "Governor Lark"),
    ),
    "names shortened": (("Narek Hovakimyan", "Hovakimyan"), ("Edmund Lark", "Lark")),
    "another outlet told": (("the Herald", "the Courier"),),
    "a day for a weekday": (("on Thursday", "on November 12"), ("next September", "Friday")),
    "a figure corrected": (("3,200", "3,300"),),
    "in capitals": tuple((paragraph, paragraph.upper()) for paragraph in REPORT[:1]),
}
