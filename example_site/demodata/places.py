"""Towns, streets and names that made-up dealers are put together from."""

# (city, district, tax office, post code, dialling code)
PLACES = (
    ("İstanbul", "Fatih", "Beyazıt", "34116", "212"),
    ("İstanbul", "Kadıköy", "Göztepe", "34710", "216"),
    ("İstanbul", "Bağcılar", "Güneşli", "34212", "212"),
    ("İstanbul", "Ümraniye", "Ümraniye", "34768", "216"),
    ("Ankara", "Çankaya", "Çankaya", "06690", "312"),
    ("Ankara", "Altındağ", "Ulus", "06050", "312"),
    ("İzmir", "Konak", "Konak", "35250", "232"),
    ("İzmir", "Karşıyaka", "Karşıyaka", "35600", "232"),
    ("Bursa", "Osmangazi", "Osmangazi", "16010", "224"),
    ("Antalya", "Muratpaşa", "Üçkapılar", "07040", "242"),
    ("Adana", "Seyhan", "Seyhan", "01060", "322"),
    ("Konya", "Selçuklu", "Selçuk", "42060", "332"),
    ("Gaziantep", "Şahinbey", "Suburcu", "27010", "342"),
    ("Kayseri", "Kocasinan", "Mimarsinan", "38010", "352"),
    ("Mersin", "Akdeniz", "Uray", "33060", "324"),
    ("Eskişehir", "Odunpazarı", "Yunusemre", "26030", "222"),
    ("Samsun", "İlkadım", "19 Mayıs", "55030", "362"),
    ("Trabzon", "Ortahisar", "Hızırbey", "61030", "462"),
    ("Denizli", "Merkezefendi", "Saraylar", "20100", "258"),
    ("Diyarbakır", "Yenişehir", "Gökalp", "21100", "412"),
    ("Şanlıurfa", "Haliliye", "Şehitlik", "63050", "414"),
    ("Malatya", "Battalgazi", "Beydağı", "44100", "422"),
    ("Erzurum", "Yakutiye", "Aziziye", "25100", "442"),
    ("Van", "İpekyolu", "Van", "65100", "432"),
    ("Hatay", "Antakya", "23 Temmuz", "31030", "326"),
    ("Sakarya", "Adapazarı", "Gümrükönü", "54100", "264"),
    ("Kocaeli", "İzmit", "Tepecik", "41040", "262"),
    ("Balıkesir", "Karesi", "Karesi", "10020", "266"),
    ("Muğla", "Bodrum", "Bodrum", "48400", "252"),
    ("Tekirdağ", "Çorlu", "Çorlu", "59850", "282"),
    ("Aydın", "Efeler", "Efeler", "09100", "256"),
    ("Çanakkale", "Merkez", "Çanakkale", "17100", "286"),
    ("Edirne", "Merkez", "Arda", "22100", "284"),
    ("Afyonkarahisar", "Merkez", "Tınaztepe", "03100", "272"),
    ("Rize", "Merkez", "Kaçkar", "53100", "464"),
)
STREETS = (
    "Atatürk Caddesi",
    "Cumhuriyet Caddesi",
    "İstasyon Caddesi",
    "Çarşı Sokak",
    "Gazi Caddesi",
    "İnönü Bulvarı",
    "Lale Sokak",
    "Hürriyet Caddesi",
    "Saat Kulesi Sokak",
    "Eski Hal Sokak",
    "Kervansaray Caddesi",
    "Mimar Sinan Caddesi",
)
WORDS = tuple(
    """
    Akasya Akça Akdeniz Aktaş Altın Anka Ardıç Armağan Aydın Bahar Başak Berrak Beyaz Billur
    Boncuk Boğaziçi Can Cansu Ceylan Çağlayan Çınar Çiçek Damla Defne Deniz Derya Doğuş Ege Elif
    Emek Erciyes Esen Fidan Fırat Gökkuşağı Gonca Göksu Güneş Güven Hilal Hisar Işık İkizler
    İnci İpek Karanfil Kardelen Karya Kaşmir Kervan Kırlangıç Kuğu Lale Lara Leylak Manolya
    Martı Mavi Menekşe Mercan Mimoza Nar Nergis Nilüfer Okyanus Olgun Orkide Özlem Palmiye
    Papatya Pınar Rüya Sardunya Sarmaşık Sedef Serin Sümbül Şafak Şelale Şirin Toros Tuna
    Turkuaz Umut Uludağ Yakamoz Yasemin Yelken Yeni Yıldız Zambak Zeytin Zümrüt
    """.split()
)
TRADES = (
    "Hediyelik Eşya",
    "Züccaciye",
    "Ev Gereçleri",
    "Kırtasiye",
    "Parti Malzemeleri",
    "Organizasyon",
    "Dekorasyon",
    "Mağazacılık",
    "Oyuncak",
    "Mutfak Gereçleri",
    "Bijuteri",
    "Çeyiz",
    "Tuhafiye",
    "Pazarlama",
    "Turistik Eşya",
)
FORMS = (
    "San. ve Tic. Ltd. Şti.",
    "Tic. Ltd. Şti.",
    "Tic. A.Ş.",
    "Paz. Ltd. Şti.",
    "San. ve Tic. A.Ş.",
    "Koll. Şti.",
)
FIRST_NAMES = tuple(
    """
    Ahmet Ali Ayşe Aylin Barış Berna Burak Canan Cem Ceren Deniz Derya Ebru Elif Emine Emre Esra
    Fatma Gizem Gökhan Hakan Hasan Hatice Hülya İbrahim İrem Kemal Kerem Leyla Mehmet Melek
    Merve Murat Mustafa Nalan Nesrin Onur Orhan Özge Pelin Recep Selin Serkan Sevgi Sibel Tolga
    Tuğba Ufuk Yasin Zeynep
    """.split()
)
LAST_NAMES = tuple(
    """
    Acar Akbulut Aksoy Arslan Aydın Balcı Bozkurt Bulut Coşkun Çelik Çetin Demir Doğan Durmaz
    Ekinci Erdem Eroğlu Güler Güneş Işık Kaplan Kara Karaca Kaya Keskin Kılıç Koç Korkmaz Kurt
    Ocak Oğuz Öztürk Özkan Polat Sarı Sezer Şahin Şen Şimşek Taş Tekin Tunç Turan Uçar Uysal
    Ünal Yalçın Yavuz Yıldırım Yılmaz
    """.split()
)
