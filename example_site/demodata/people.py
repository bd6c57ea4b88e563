"""The two suppliers and the customers that play a part of their own; all of it is made up."""

SUPPLIERS = (
    {
        "name": "Anadolu Toptan Hediyelik ve Ev Gereçleri Ltd. Şti.",
        "tax_number": "4540536920",
        "tax_office": "Beyazıt",
        "address": "Rami Mahallesi, Toptancılar Sokak No: 14\n34055 Eyüpsultan / İstanbul",
        "phone": "+90 212 555 01 40",
        "email": "muhasebe@anadolutoptan.com.tr",
        "mail_from": "Anadolu Toptan <muhasebe@anadolutoptan.com.tr>",
        "color": "#1f4e79",
        "ibans": (
            "Ziraat Bankası TRY TR150001000000001234567890\n"
            "Akbank TRY TR650004600000007777888899\n"
            "Garanti BBVA USD TR180006200000009876543210\n"
            "Garanti BBVA EUR TR180006200000009876543210"
        ),
        "logo": "anadolu.png",
        "series": "ANT",
    },
    {
        "name": "Marmara Ambalaj ve Parti Malzemeleri A.Ş.",
        "tax_number": "6130472858",
        "tax_office": "Nilüfer",
        "address": "Üçevler Mahallesi, Ambalajcılar Sitesi B Blok No: 7\n16120 Nilüfer / Bursa",
        "phone": "+90 224 555 01 70",
        "email": "muhasebe@marmaraambalaj-ornek.com.tr",
        "mail_from": "Marmara Ambalaj <muhasebe@marmaraambalaj-ornek.com.tr>",
        "color": "#0f766e",
        "ibans": (
            "Ziraat Bankası TRY TR850001000000002222333344\n"
            "Vakıfbank EUR TR020001500000004444555566"
        ),
        "logo": "marmara.png",
        "series": "MRM",
    },
)

DEMO_SUPPLIER = {"tax_number": SUPPLIERS[0]["tax_number"], "name": SUPPLIERS[0]["name"]}

# The dealer the demo signs in as: two accounts at the first supplier, one at the second.
# "email" is on its cards, and its person in charge of payments has it too.
DEMO_DEALER = {
    "title": "Gül Hediyelik Eşya San. ve Tic. Ltd. Şti.",
    "tax_number": "4729103653",
    "tax_office": "Konak",
    "email": "muhasebe@gulhediyelik-ornek.com.tr",
    "contact": "Ayşe Gül Demirtaş",
    "buyer": "Mert Demirtaş",
    "buyer_email": "satinalma@gulhediyelik-ornek.com.tr",
    "city": "İzmir",
    "address": "Kızlarağası Hanı No: 27, Kemeraltı\n35250 Konak / İzmir",
    "phone": "+90 232 555 02 27",
    "code": "120.01.0001",
    "branch_code": "120.02.0001",
}
_DEALER_CARD = {
    name: DEMO_DEALER[name]
    for name in ("title", "tax_number", "tax_office", "email", "city", "address", "phone")
}

# By the customer's key in the lines file. "habit" and the rest: see habits.py and accounts.py.
SPECIALS = {
    "14606": {"card": _DEALER_CARD, "habit": "demo", "term": 30, "explicit": True},
    "15078": {
        "card": _DEALER_CARD
        | {
            "title": "Gül Hediyelik Eşya San. ve Tic. Ltd. Şti. – Antalya Şubesi",
            "city": "Antalya",
            "address": "Kaleiçi, Hesapçı Sokak No: 11\n07100 Muratpaşa / Antalya",
            "phone": "+90 242 555 02 28",
        },
        "currencies": ("USD",),
        "habit": "partial",
        "term": 60,
    },
    "17068": {"card": _DEALER_CARD, "habit": "regular", "term": 60},
    # Customer and supplier at once: purchases stand on an account of their own, virman between.
    "13798": {"vendor": "own", "habit": "regular", "term": 60},
    # The same on one account: purchases are credits beside the sales.
    "13098": {"vendor": "same", "habit": "late", "term": 60},
    # Two currencies on one account.
    "12766": {"currencies": ("TRY", "USD"), "habit": "regular", "term": 60},
    "12682": {"currencies": ("EUR",), "habit": "late", "term": 60, "explicit": True},
    "12474": {"currencies": ("USD",), "habit": "regular", "term": 90},
    "14646": {"habit": "regular", "term": 90},
    "18102": {"habit": "regular", "term": 90, "fx_invoice": True},
    "17450": {"habit": "partial", "term": 60},
    "16446": {"habit": "regular", "term": 30},
    "14298": {"habit": "stopped", "term": 60},
    "18118": {"habit": "late", "term": 30, "withheld": "4/10"},
    "15498": {"habit": "partial", "term": 60, "withheld": "9/10"},
    "12748": {"habit": "regular", "term": 30, "explicit": True},
    "14096": {"habit": "partial", "term": 60},
    "13078": {"habit": "clear", "term": 30},
}

EURO = {"Netherlands", "EIRE", "Belgium"}
DOLLAR = {"USA", "Canada", "Singapore", "Israel", "Japan"}


def supplier_index(key):
    """Which supplier (0 or 1) a customer of the lines file buys from: every fourth the second."""
    return int(key.isdecimal() and int(key) % 4 == 0)


def currencies_of(key, country):
    """The currencies a customer is invoiced in; mostly TRY."""
    special = SPECIALS.get(key, {}).get("currencies")
    if special:
        return special
    return ("EUR",) if country in EURO else ("USD",) if country in DOLLAR else ("TRY",)
