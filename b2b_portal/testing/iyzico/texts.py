"""The words of the simulator's pages, Turkish and English."""

TEXTS = {
    "banner": ("iyzico simülatörü: gerçek para yok", "iyzico simulator: no real money"),
    "other_language": ("English", "Türkçe"),
    "pay_title": ("Kartla ödeme", "Pay by card"),
    "merchant": ("İşyeri", "Merchant"),
    "basket": ("Sepet", "Basket"),
    "amount": ("Tutar", "Amount"),
    "number": ("Kart numarası", "Card number"),
    "holder": ("Kart üzerindeki ad soyad", "Name on the card"),
    "expiry": ("Geçerlilik (AA/YY)", "Expiry (MM/YY)"),
    "expiry_hint": ("AA/YY", "MM/YY"),
    "cvc": ("CVC", "CVC"),
    "three_d": ("3D Secure ile öde", "Pay with 3D Secure"),
    "three_d_hint": ("Banka kartlarında zorunludur", "Always used for debit cards"),
    "pay": ("Öde", "Pay"),
    "cancel": ("Vazgeç ve işyerine dön", "Cancel and return to the merchant"),
    "declined": ("Ödeme alınamadı", "The payment was declined"),
    "try_again": (
        "Başka bir kartla yeniden deneyebilirsiniz.",
        "You can try again with another card.",
    ),
    "check_fields": ("Lütfen işaretli alanları düzeltin.", "Please correct the marked fields."),
    "test_cards": ("Test kartları", "Test cards"),
    "any_expiry": (
        "İleri bir tarih ve herhangi bir CVC yazın.",
        "Use any future expiry and any CVC.",
    ),
    "card_paid": ("başarılı", "pays"),
    "card_debit": ("banka kartı, başarılı", "debit card, pays"),
    "card_foreign": ("yabancı kart, başarılı", "foreign card, pays"),
    "bank_title": ("Banka doğrulaması", "Bank verification"),
    "bank_name": ("Örnek Banka", "Sample Bank"),
    "bank_intro": (
        "Ödemeyi onaylamak için tek kullanımlık kodu girin.",
        "Enter the one-time code to approve the payment.",
    ),
    "card": ("Kart", "Card"),
    "sms": ("Telefonunuza gelen kod", "The code sent to your phone"),
    "code": ("Tek kullanımlık kod", "One-time code"),
    "confirm": ("Onayla", "Approve"),
    "bank_cancel": ("İptal et", "Cancel"),
    "return_title": ("İşyerine dönülüyor", "Returning to the merchant"),
    "return_intro": (
        "Birkaç saniye içinde yönlendirilmezseniz düğmeye basın.",
        "Press the button if nothing happens within a few seconds.",
    ),
    "return": ("İşyerine dön", "Return to the merchant"),
    "paid_title": ("Bu ödeme tamamlandı", "This payment is complete"),
    "paid_intro": ("Form yeniden ödenemez.", "The form cannot be paid again."),
    "expired_title": ("Ödeme formunun süresi doldu", "The payment form has expired"),
    "expired_intro": (
        "İşyerine dönüp ödemeyi yeniden başlatın.",
        "Return to the merchant and start the payment again.",
    ),
    "unknown_title": ("Ödeme formu bulunamadı", "Payment form not found"),
    "unknown_intro": (
        "Bağlantı hatalı ya da simülatör yeniden başlatılmış.",
        "The link is wrong, or the simulator was restarted.",
    ),
}


def words(lang):
    """Return all words in Turkish, or in English for ``lang="en"``."""
    return {name: pair[lang == "en"] for name, pair in TEXTS.items()}
