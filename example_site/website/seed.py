"""The example site's own pages, in Turkish and in English."""

from pathlib import Path
from uuid import uuid4

from django.contrib.auth import get_user_model
from django.core.files import File
from django.db import transaction
from wagtail.images import get_image_model
from wagtail.models import Locale, Page, Site

from .models import (
    CompanySettings,
    ContactPage,
    HomePage,
    ProductIndexPage,
    ProductPage,
    StandardPage,
)

IMAGES = Path(__file__).parent / "seed_images"

COMPANY = {
    "legal_name": "Anadolu Toptan Hediyelik ve Ev Gereçleri Ltd. Şti.",
    "address": "Çınarlı Sanayi Sitesi 4. Blok No: 27\nİkitelli, 34490 Başakşehir / İstanbul",
    "phone": "0212 555 01 40",
    "email": "bilgi@anadolutoptan.com.tr",
}

# Image, slug and title per language, introduction, text, products (code, name, pack).
GROUPS = [
    {
        "image": "candles",
        "tr": {
            "slug": "mumluklar",
            "title": "Mumluk ve fenerler",
            "lead": "Cam tealight bardaklarından metal fenerlere, her mevsim satan ürünler.",
            "body": "<p>Asma kalp mumluk yıllardır en çok yeniden sipariş edilen ürünümüz. Cam ürünler "
            "bölmeli kolilerde gelir; kırık çıkan parçayı bir sonraki siparişinizde yerine koyarız.</p>",
        },
        "en": {
            "slug": "candle-holders",
            "title": "Candle holders and lanterns",
            "lead": "From glass tea-light holders to metal lanterns: they sell in every season.",
            "body": "<p>The hanging heart has been our most reordered item for years. Glass travels in "
            "divided cartons; if a piece arrives broken, we replace it with your next order.</p>",
        },
        "products": [
            ("85123A", "Beyaz asma kalp mumluk", "White hanging heart T-light holder", 6),
            ("21733", "Kırmızı asma kalp mumluk", "Red hanging heart T-light holder", 6),
            ("22178", "Viktorya cam asma mumluk", "Victorian glass hanging T-light", 12),
            ("84946", "Antik gümüş cam mumluk", "Antique silver T-light glass", 12),
            ("71053", "Beyaz metal fener", "White metal lantern", 6),
        ],
    },
    {
        "image": "mugs",
        "tr": {
            "slug": "fincan-ve-cay",
            "title": "Kupa, fincan ve çay",
            "lead": "Hediye kutulu kupalar, çay fincanları ve puantiyeli demlikler.",
            "body": "<p>Kupaların tamamı tekli hediye kutusundadır. Regency serisinde fincan ve tabak "
            "renkleri koli içinde karışık istenebilir.</p>",
        },
        "en": {
            "slug": "cups-and-tea",
            "title": "Mugs, cups and tea",
            "lead": "Mugs in gift boxes, teacups and spotted teapots.",
            "body": "<p>Every mug comes in a gift box of its own. Cups and saucers of the Regency range "
            "can be ordered in mixed colours within one carton.</p>",
        },
        "products": [
            ("22697", "Yeşil Regency çay fincanı ve tabağı", "Green Regency teacup and saucer", 6),
            ("22698", "Pembe Regency çay fincanı ve tabağı", "Pink Regency teacup and saucer", 6),
            ("22699", "Güllü Regency çay fincanı ve tabağı", "Roses Regency teacup and saucer", 6),
            ("37370", "Retro kahve kupası, karışık", "Retro coffee mugs, assorted", 12),
            (
                "22139",
                "Puantiyeli seramik çay takımı, 11 parça",
                "Retrospot ceramic tea set, 11 pieces",
                3,
            ),
        ],
    },
    {
        "image": "bags",
        "tr": {
            "slug": "cantalar",
            "title": "Çanta ve sepetler",
            "lead": "Katlanır alışveriş çantaları, beslenme çantaları ve hasır sepetler.",
            "body": "<p>Jumbo çantalar 15 kilo taşır, katlandığında raf bölmesinde az yer tutar. Yeni "
            "desenler mart ve eylül aylarında gelir.</p>",
        },
        "en": {
            "slug": "bags",
            "title": "Bags and baskets",
            "lead": "Folding shoppers, lunch bags and wicker baskets.",
            "body": "<p>Jumbo bags carry 15 kilos and take up little shelf space when folded. New patterns "
            "arrive in March and September.</p>",
        },
        "products": [
            ("85099B", "Jumbo çanta, kırmızı puantiye", "Jumbo bag, red retrospot", 10),
            ("22386", "Jumbo çanta, pembe benek", "Jumbo bag, pink polkadot", 10),
            ("21931", "Jumbo saklama çantası, Suki", "Jumbo storage bag, Suki", 10),
            ("20725", "Beslenme çantası, kırmızı puantiye", "Lunch bag, red retrospot", 10),
            (
                "22411",
                "Jumbo alışveriş çantası, kırmızı şal desen",
                "Jumbo shopper, vintage red paisley",
                10,
            ),
        ],
    },
    {
        "image": "kitchen",
        "tr": {
            "slug": "mutfak-ve-pasta",
            "title": "Mutfak ve pasta",
            "lead": "Kek kalıpları, saklama kutuları ve katlı pasta standları.",
            "body": "<p>Gıdaya temas eden bütün ürünlerin uygunluk beyanı vardır; isteyen bayimize "
            "faturayla birlikte gönderiyoruz.</p>",
        },
        "en": {
            "slug": "kitchen-and-baking",
            "title": "Kitchen and baking",
            "lead": "Cake cases, storage tins and tiered cake stands.",
            "body": "<p>Everything that touches food has its declaration of conformity; we enclose it with "
            "the invoice on request.</p>",
        },
        "products": [
            ("22423", "Regency üç katlı pasta standı", "Regency cakestand, 3 tier", 4),
            ("22720", "Kiler desenli pasta kutusu, 3’lü", "Set of 3 cake tins, pantry design", 3),
            ("22138", "Puantiyeli fırın seti, 9 parça", "Baking set, 9 piece, retrospot", 3),
            ("21212", "Puantiyeli kek kalıbı, 72’li", "Pack of 72 retrospot cake cases", 24),
            ("22960", "Kavanozlu reçel yapım seti", "Jam making set with jars", 6),
        ],
    },
    {
        "image": "party",
        "tr": {
            "slug": "parti-ve-sus",
            "title": "Parti ve süs",
            "lead": "Kumaş flamalar, kâğıt zincirler, peçeteler ve yılbaşı süsleri.",
            "body": "<p>Yılbaşı koleksiyonunun ön siparişi haziranda başlar, sevkiyat eylül sonunda "
            "yapılır. Flamalar yıl boyu stoktadır.</p>",
        },
        "en": {
            "slug": "party-and-decoration",
            "title": "Party and decoration",
            "lead": "Fabric bunting, paper chains, napkins and New Year decorations.",
            "body": "<p>Pre-orders for the New Year collection open in June and ship at the end of "
            "September. Bunting is in stock all year.</p>",
        },
        "products": [
            ("47566", "Parti flaması", "Party bunting", 5),
            ("23298", "Puantiyeli flama", "Spotty bunting", 5),
            ("22086", "Kâğıt zincir seti, 50’li, yılbaşı", "Paper chain kit, 50’s, Christmas", 6),
            ("84879", "Kuş süs, karışık renk", "Assorted colour bird ornament", 8),
            (
                "21080",
                "Kırmızı puantiyeli peçete, 20’li",
                "Set of 20 red retrospot paper napkins",
                12,
            ),
        ],
    },
    {
        "image": "accents",
        "tr": {
            "slug": "ev-aksesuarlari",
            "title": "Ev aksesuarları",
            "lead": "Çerçeveler, ahşap yazılar, metal tabelalar ve yazı tahtaları.",
            "body": "<p>Küçük dükkânların duvarını da vitrinini de dolduran ürünler. Ahşap yazılarda "
            "isme özel üretim için en az 100 adet alıyoruz.</p>",
        },
        "en": {
            "slug": "home-accents",
            "title": "Home accents",
            "lead": "Frames, wooden words, metal signs and chalkboards.",
            "body": "<p>They fill a small shop's walls as well as its window. Wooden words are made to "
            "order from 100 pieces.</p>",
        },
        "products": [
            ("82482", "Ahşap çerçeve, beyaz", "Wooden picture frame, white finish", 6),
            ("82494L", "Ahşap çerçeve, antik beyaz", "Wooden frame, antique white", 6),
            ("22457", "Arduvaz kalp yazı tahtası", "Natural slate heart chalkboard", 6),
            ("21754", "Ahşap “HOME” yazısı", "Home building block word", 3),
            ("85150", "“Bay–Bayan” metal tabela", "Ladies and gentlemen metal sign", 6),
        ],
    },
]

PACK = {"tr": "{} adetlik koli", "en": "Carton of {}"}

TEXTS = {
    "tr": {
        "home": {
            "slug": "anasayfa",
            "title": "Ana sayfa",
            "seo_title": "Hediyelik ve ev gereçleri toptan satış",
            "search_description": "İstanbul’dan hediyelik eşya, mumluk, kupa, çanta ve parti süsleri toptan satışı.",
            "heading": "Dükkânınızın rafı boş kalmasın",
            "lead": "1996’dan beri hediyelik ve ev gereçlerini üreticisinden alıyor, Türkiye’nin "
            "her yerindeki dükkânlara koli koli gönderiyoruz.",
            "button": "Ürünlere bakın",
            "groups_heading": "Ürün gruplarımız",
        },
        "features": {
            "heading": "Bayilerimizle nasıl çalışıyoruz?",
            "items": [
                (
                    "Aynı gün sevkiyat",
                    "Saat 14.00’e kadar gelen siparişi aynı gün ambara ya da kargoya veririz.",
                ),
                (
                    "Karma koli",
                    "Her üründen bir koli almak zorunda değilsiniz: aynı gruptan ürünleri bir kolide birleştiririz.",
                ),
                (
                    "Vadeli alışveriş",
                    "Onaylı bayilerimize cari hesap açar, faturayı anlaştığımız vadede bekleriz.",
                ),
            ],
        },
        "call": {
            "heading": "Bayimiz olmak ister misiniz?",
            "text": "Vergi levhanızı ve dükkânınızın adresini gönderin; toptan fiyat listemizi iki iş günü içinde iletelim.",
            "button": "Bize yazın",
        },
        "products": {
            "slug": "urunler",
            "title": "Ürünler",
            "lead": "Altı grupta 3.000’den fazla çeşit. Burada en çok sorulanlar var; tam katalog ve "
            "fiyatlar için satış ekibimizi arayın.",
        },
        "about": {
            "slug": "hakkimizda",
            "title": "Hakkımızda",
            "lead": "Tahtakale’de bir hanın ikinci katında başladık, bugün İkitelli’de 6.000 metrekarelik depodan çalışıyoruz.",
        },
        "story": "<h2>Hikâyemiz</h2>"
        "<p>Anadolu Toptan’ı 1996’da Nermin ve Kemal Soylu kurdu. İlk ürünümüz, Kütahya’dan getirdiğimiz "
        "el boyaması kupalardı. Müşteri “Bunun mumluğu da var mı?” diye sordukça çeşidimiz büyüdü.</p>"
        "<p>Bugün 42 kişilik bir ekibiz. Hediyelik eşya dükkânlarına, kırtasiyelere, çiçekçilere ve otel "
        "mağazalarına çalışıyoruz; perakende satışımız yok, bayimizin karşısına rakip olarak çıkmayız.</p>"
        "<h2>Ürünü nasıl seçiyoruz?</h2>"
        "<p>Her ürünü önce birkaç dükkânda deneriz. Altı haftada ikinci siparişi gelmeyen ürün kataloğa "
        "girmez. Cam ve seramiğin çoğu Kütahya, Denizli ve Paşabahçe atölyelerinden, tekstil ürünleri "
        "Bursa’dan gelir.</p>",
        "about_features": {
            "heading": "Rakamlarla",
            "items": [
                ("3.000’den fazla çeşit", "Yılda iki kez, mart ve eylülde yenilenen katalog."),
                ("81 il", "Anlaşmalı ambarlarla Türkiye’nin her yerine sevkiyat."),
                ("42 çalışan", "Satış, depo ve muhasebe aynı çatı altında."),
            ],
        },
        "contact": {
            "slug": "iletisim",
            "title": "İletişim",
            "lead": "Showroom’umuza randevusuz gelebilirsiniz; çayımız hazır.",
            "hours": "Pazartesi–Cuma 08.30–18.00\nCumartesi 09.00–14.00",
            "body": "<h2>Nasıl gelinir?</h2><p>M3 metrosunun İkitelli Sanayi durağından yürüyerek on dakika. "
            "Araçla gelenler için sitenin B kapısından girişte misafir otoparkı vardır.</p>",
        },
        "departments": [
            ("Satış ve sipariş", "0212 555 01 40", "siparis@anadolutoptan.com.tr"),
            ("Muhasebe", "0212 555 01 44", "muhasebe@anadolutoptan.com.tr"),
            ("Depo ve sevkiyat", "0212 555 01 48", "depo@anadolutoptan.com.tr"),
        ],
    },
    "en": {
        "home": {
            "slug": "home",
            "title": "Home",
            "seo_title": "Gifts and homeware, wholesale",
            "search_description": "Giftware, candle holders, mugs, bags and party decorations, wholesale from Istanbul.",
            "heading": "Keep your shelves full",
            "lead": "Since 1996 we have bought gifts and homeware from their makers and shipped them, "
            "carton by carton, to shops all over Türkiye.",
            "button": "See the products",
            "groups_heading": "What we carry",
        },
        "features": {
            "heading": "How we work with dealers",
            "items": [
                ("Shipped the same day", "Orders in by 2 pm leave our warehouse the same day."),
                (
                    "Mixed cartons",
                    "No need for a full carton of each item: we combine items of one group.",
                ),
                ("Open account", "Approved dealers buy on account and pay on the agreed due date."),
            ],
        },
        "call": {
            "heading": "Would you like to be a dealer?",
            "text": "Send us your tax certificate and your shop's address; our price list will reach you within two working days.",
            "button": "Write to us",
        },
        "products": {
            "slug": "products",
            "title": "Products",
            "lead": "More than 3,000 items in six groups. These are the ones most asked for; call our "
            "sales team for the full catalogue and prices.",
        },
        "about": {
            "slug": "about",
            "title": "About us",
            "lead": "We began on the second floor of a trading house in Tahtakale; today we work from a 6,000 m² warehouse in İkitelli.",
        },
        "story": "<h2>Our story</h2>"
        "<p>Nermin and Kemal Soylu founded Anadolu Toptan in 1996. The first thing we sold was hand-painted "
        "mugs from Kütahya. Customers kept asking for candle holders to match, and so the range grew.</p>"
        "<p>Today we are 42 people. We supply gift shops, stationers, florists and hotel shops. We do not "
        "sell retail, so no dealer ever finds us across the street.</p>"
        "<h2>How we choose</h2>"
        "<p>Each item is first tried in a few shops. What is not reordered within six weeks never enters "
        "the catalogue. Most glass and ceramics come from workshops in Kütahya, Denizli and Paşabahçe, "
        "textiles from Bursa.</p>",
        "about_features": {
            "heading": "In figures",
            "items": [
                (
                    "More than 3,000 items",
                    "The catalogue is renewed twice a year, in March and September.",
                ),
                ("81 provinces", "Freight partners for every corner of Türkiye."),
                ("42 people", "Sales, warehouse and accounts under one roof."),
            ],
        },
        "contact": {
            "slug": "contact",
            "title": "Contact",
            "lead": "Our showroom is open without appointment; tea is ready.",
            "hours": "Monday to Friday 8.30 am – 6 pm\nSaturday 9 am – 2 pm",
            "body": "<h2>Getting here</h2><p>Ten minutes on foot from İkitelli Sanayi on metro line M3. "
            "By car, use gate B: the visitors' car park is just inside.</p>",
        },
        "departments": [
            ("Sales and orders", "0212 555 01 40", "siparis@anadolutoptan.com.tr"),
            ("Accounts", "0212 555 01 44", "muhasebe@anadolutoptan.com.tr"),
            ("Warehouse and shipping", "0212 555 01 48", "depo@anadolutoptan.com.tr"),
        ],
    },
}


@transaction.atomic
def seed_site(port=8000):
    """Makes the pages once; gives the Turkish home page."""
    home = HomePage.objects.filter(locale__language_code="tr").first()
    if home is None:
        home = _make_site()
    site = Site.objects.get(is_default_site=True)
    site.hostname, site.port = "localhost", port
    site.save()
    return home


def seed_admin():
    """Makes the user admin with the password admin; an existing one stays."""
    User = get_user_model()
    admin = User.objects.filter(**{User.USERNAME_FIELD: "admin"}).first()
    return admin or User.objects.create_superuser("admin", "admin@anadolutoptan.com.tr", "admin")


def _make_site():
    images = {path.stem: _image(path) for path in sorted(IMAGES.glob("*.svg"))}
    keys = {}

    home = _make_home("tr", images, keys)
    site, _ = Site.objects.update_or_create(
        is_default_site=True,
        defaults={"site_name": "Anadolu Toptan", "root_page": home},
    )
    CompanySettings.objects.update_or_create(site=site, defaults=COMPANY)

    # Wagtail's welcome page
    for page in Page.objects.exact_type(Page).filter(depth=2):
        page.delete()

    _make_home("en", images, keys)
    home.refresh_from_db()
    return home


def _image(path):
    with path.open("rb") as file:
        return get_image_model().objects.create(
            title=path.stem.capitalize(), file=File(file, name=path.name)
        )


def _make_home(language, images, keys):
    locale, _ = Locale.objects.get_or_create(language_code=language)
    texts = TEXTS[language]

    def add(parent, name, page):
        page.locale = locale
        page.translation_key = keys.setdefault(name, uuid4())
        parent.add_child(instance=page)
        page.save_revision().publish()
        return page

    root = Page.get_first_root_node()
    home = add(root, "home", HomePage(image=images["hero"], **texts["home"]))

    index = add(home, "products", ProductIndexPage(show_in_menus=True, **texts["products"]))
    for group in GROUPS:
        page = ProductPage(image=images[group["image"]], **group[language])
        page.products = [
            page.products.model(
                code=code,
                name=name_tr if language == "tr" else name_en,
                pack=PACK[language].format(pack),
            )
            for code, name_tr, name_en, pack in group["products"]
        ]
        add(index, group["tr"]["slug"], page)

    about = StandardPage(show_in_menus=True, **texts["about"])
    about.body = [("text", texts["story"]), _features(texts["about_features"])]
    add(home, "about", about)

    contact = ContactPage(show_in_menus=True, **texts["contact"])
    contact.departments = [
        contact.departments.model(name=name, phone=phone, email=email)
        for name, phone, email in texts["departments"]
    ]
    add(home, "contact", contact)

    home.body = [
        _features(texts["features"]),
        ("call", {"page": contact, **texts["call"]}),
    ]
    home.save_revision().publish()
    return home


def _features(texts):
    items = [{"title": title, "text": text} for title, text in texts["items"]]
    return ("features", {"heading": texts["heading"], "items": items})
