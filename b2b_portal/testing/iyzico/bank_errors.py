"""Bank refusals as iyzico publishes them (docs.iyzico.com, error codes); the English is ours."""

from dataclasses import dataclass


@dataclass(frozen=True)
class BankError:
    """Why a bank refused a card: iyzico's code and group, and what the payer is told."""

    code: str
    group: str
    tr: str
    en: str

    def message(self, lang):
        """Return the message in Turkish, or in English for ``lang="en"``."""
        return self.en if lang == "en" else self.tr


_TABLE = """\
10051 | NOT_SUFFICIENT_FUNDS | Kart limiti yetersiz, yetersiz bakiye | Insufficient card limit or balance
10005 | DO_NOT_HONOUR | İşlem onaylanmadı | Do not honour
10012 | INVALID_TRANSACTION | Geçersiz işlem | Invalid transaction
10041 | LOST_CARD | Kayıp kart, karta el koyunuz | Lost card, pick up the card
10043 | STOLEN_CARD | Çalıntı kart, karta el koyunuz | Stolen card, pick up the card
10054 | EXPIRED_CARD | Vadesi dolmuş kart | Expired card
10084 | INVALID_CVC2 | CVC2 bilgisi hatalı | Invalid CVC2
10057 | NOT_PERMITTED_TO_CARDHOLDER | Kart sahibi bu işlemi yapamaz | The cardholder is not permitted to make this transaction
10058 | NOT_PERMITTED_TO_TERMINAL | Terminalin bu işlemi yapmaya yetkisi yok | The terminal is not permitted to make this transaction
10034 | FRAUD_SUSPECT | Dolandırıcılık şüphesi | Suspected fraud
10093 | RESTRICTED_BY_LAW | Kartınız e-ticaret işlemlerine kapalıdır. Bankanızı arayınız. | Your card is closed to e-commerce transactions. Call your bank.
10201 | CARD_NOT_PERMITTED | Kart, işleme izin vermedi | The card did not permit the transaction
10202 | UNKNOWN | Ödeme işlemi esnasında genel bir hata oluştu | A general error occurred during the payment
10203 | APPROVED_COMPLETED | Önceden onaylanan işlem | Transaction already approved
10204 | UNKNOWN | Ödeme işlemi esnasında genel bir hata oluştu | A general error occurred during the payment
10205 | INVALID_CHARS_IN_EMAIL | E-posta geçerli formata değil | Email is not in a valid format
10206 | INVALID_CVC2_LENGTH | CVC uzunluğu geçersiz | Invalid CVC2 length
10207 | REFER_TO_CARD_ISSUER | Bankanızdan onay alınız | Obtain approval from your bank
10208 | INVALID_MERCHANT_OR_SP | Üye işyeri kategori kodu hatalı | Invalid merchant category code
10209 | BLOCKED_CARD | Bloke statülü kart | Blocked card
10210 | INVALID_CAVV | Hatalı CAVV bilgisi | Invalid CAVV
10211 | INVALID_ECI | Hatalı ECI bilgisi | Invalid ECI
10212 | CVC2_MAX_ATTEMPT | CVC2 yanlış girme deneme sayısı aşıldı | Too many wrong CVC2 attempts
10213 | BIN_NOT_FOUND | BIN bulunamadı | BIN not found
10214 | COMMUNICATION_OR_SYSTEM_ERROR | İletişim veya sistem hatası | Communication or system error
10215 | INVALID_CARD_NUMBER | Geçersiz kart numarası | Invalid card number
10216 | NO_SUCH_ISSUER | Bankası bulunamadı | No such issuer
10217 | DEBIT_CARDS_REQUIRES_3DS | Banka kartları sadece 3D Secure işleminde kullanılabilir | Debit cards can be used only with 3D Secure
10218 | DEBIT_CARDS_INSTALLMENT_NOT_ALLOWED | Banka kartları ile taksit yapılamaz | Debit cards cannot pay in installments
10219 | REQUEST_TIMEOUT | Bankaya gönderilen istek zaman aşımına uğradı | The request to the bank timed out
10220 | DECLINED | Ödeme alınamadı | The payment could not be taken
10221 | NOT_PERMITTED_TO_FOREIGN_CARD | Terminal yurtdışı kartlara kapalı | The terminal is closed to foreign cards
10222 | NOT_PERMITTED_TO_INSTALLMENT | Terminal taksitli işleme kapalı | The terminal is closed to installments
10223 | REQUIRES_DAY_END | Gün sonu yapılmalı | End of day must be run
10224 | EXCEEDS_WITHDRAWAL_AMOUNT_LIMIT | Para çekme limiti aşılmış | Withdrawal limit exceeded
10225 | RESTRICTED_CARD | Kısıtlı kart | Restricted card
10226 | EXCEEDS_ALLOWABLE_PIN_TRIES | İzin verilen PIN giriş sayısı aşılmış | Too many PIN attempts
10227 | INVALID_PIN | Geçersiz PIN | Invalid PIN
10228 | ISSUER_OR_SWITCH_INOPERATIVE | Banka veya terminal işlem yapamıyor | The bank or terminal cannot process the transaction
10229 | INVALID_EXPIRE_YEAR_MONTH | Son kullanma tarihi geçersiz | Invalid expiry date
10230 | REQUEST_BLOCKED_BY_BANK | İstek bankadan hata aldı | The bank refused the request
10231 | SALES_AMOUNT_LESS_THAN_AWARD | Satış tutarı ödül puanından düşük olamaz | The amount cannot be less than the award points
10232 | INVALID_AMOUNT | Geçersiz tutar | Invalid amount
10233 | INVALID_CARD_TYPE | Geçersiz kart tipi | Invalid card type
10234 | NOT_SUFFICIENT_AWARD | Yetersiz ödül puanı | Insufficient award points
10235 | AMEX_CAN_USE_ONLY_MR | American Express kart hatası | American Express card error
10236 | UNKNOWN | Ödeme işlemi esnasında genel bir hata oluştu | A general error occurred during the payment
"""  # noqa: E501

BANK_ERRORS = {
    code: BankError(code, group, tr, en)
    for code, group, tr, en in (line.split(" | ") for line in _TABLE.splitlines())
}
