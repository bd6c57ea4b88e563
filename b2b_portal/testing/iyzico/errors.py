"""Refusals of the API with iyzico's codes (docs.iyzico.com, error codes)."""

MESSAGES = {  # code: (English, Turkish)
    "1": ("System error", "Sistem hatası"),
    "3": ("{field} mandatory", "{field} gönderilmesi zorunludur"),
    "5": ("{field} is not a valid email address", "{field} geçerli formatta değil"),
    "8": ("{field} mandatory", "{field} gönderilmesi zorunludur"),
    "9": ("{field} is too long", "{field} çok uzun"),
    "10": ("{field} is too short", "{field} çok kısa"),
    "11": ("Invalid request: {field}", "Geçersiz istek: {field}"),
    "12": ("Card number is not valid", "Kart numarası geçersizdir"),
    "13": ("Expiry month is not valid", "Son kullanma ayı geçersizdir"),
    "14": ("Expiry year is not valid", "Son kullanma yılı geçersizdir"),
    "15": ("CVC is not valid", "CVC geçersizdir"),
    "17": ("Expiry date is in the past", "Son kullanma tarihi geçmiş"),
    "20": ("{field} is too long", "{field} çok uzun"),
    "22": ("{field} is too long", "{field} çok uzun"),
    "23": ("{field} mandatory", "{field} gönderilmesi zorunludur"),
    "24": ("{field} mandatory", "{field} gönderilmesi zorunludur"),
    "25": ("{field} mandatory", "{field} gönderilmesi zorunludur"),
    "1000": ("Invalid signature", "Geçersiz imza"),
    "1001": ("Api credentials not found", "api bilgileri bulunamadı"),
    "5005": ("{field} must be greater than 0", "{field} 0'dan büyük olmalıdır"),
    "5008": ("{field} must be less than {limit}", "{field} {limit} tutarından küçük olmalıdır"),
    "5057": ("{field} is not valid", "{field} geçersizdir"),
    "5062": (
        "The sum of the basket items must equal the price",
        "Gönderilen tutar tüm kırılımların toplam tutarına eşit olmalıdır",
    ),
    "5087": ("Payment not found", "Ödeme kaydı bulunamadı"),
}


class ApiError(Exception):
    """A request refused: ``code`` as iyzico numbers it, ``values`` for the message, the HTTP status to send.

    The HTTP status is 200 as a rule: iyzico's SDKs ignore it and its real value for failures is unknown.
    """

    def __init__(self, code, field="", *, http_status=200, **values):
        super().__init__(code, field)
        self.code = code
        self.http_status = http_status
        self.values = {"field": field, **values}

    def message(self, lang):
        """Return the message in Turkish, or in English for ``lang="en"``."""
        return MESSAGES[self.code][0 if lang == "en" else 1].format(**self.values)
