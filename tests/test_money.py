"""Amounts: exact in the database, read strictly, written as people read them."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Sum
from django.test import override_settings
from django.utils import translation
from hypothesis import example, given
from hypothesis import strategies as st

from b2b_portal.models import AccountBalance, Payment
from b2b_portal.money import (
    AmountField,
    AmountFormField,
    ExactDecimalField,
    amount_in_words,
    fits,
    format_amount,
    format_money,
    parse_amount,
)
from b2b_portal.testing.factories import make_account

D = Decimal
HIGHEST = D("999999999999.9999")
amounts = st.integers(-(10**16) + 1, 10**16 - 1).map(lambda units: D(units).scaleb(-4))
kurus = st.integers(-(10**14) + 1, 10**14 - 1).map(lambda units: D(units).scaleb(-2))


def keep(account, amount, currency="TRY"):
    return AccountBalance.objects.create(account=account, currency=currency, amount=amount)


class TestInTheDatabase:
    pytestmark = pytest.mark.django_db

    @pytest.mark.parametrize(
        "amount",
        [D(0), D("0.0001"), D("-0.0001"), D("0.1"), D("1234.56"), D(10) ** 11, HIGHEST, -HIGHEST],
    )
    def test_comes_back_as_it_went(self, amount):
        row = keep(make_account(), amount)
        row.refresh_from_db()
        assert row.amount == amount
        assert isinstance(row.amount, Decimal)

    def test_any_amount_of_four_places_comes_back_and_is_found(self):
        row = keep(make_account(), 0)

        @given(amounts)
        @example(HIGHEST)
        @example(-HIGHEST)
        def holds(amount):
            rows = AccountBalance.objects.filter(pk=row.pk)
            rows.update(amount=amount)
            assert rows.get().amount == amount
            assert rows.filter(amount=amount).exists()
            assert not rows.filter(amount=amount + D("0.0001") * (-1 if amount > 0 else 1)).exists()

        holds()

    def test_a_hundred_tenths_make_ten(self):
        for _ in range(100):
            keep(make_account(), D("0.1"))
        total = AccountBalance.objects.aggregate(total=Sum("amount"))["total"]
        assert total == D(10)
        assert isinstance(total, Decimal)

    def test_a_sum_keeps_its_last_digit_beyond_what_a_float_holds(self):
        for _ in range(9):
            keep(make_account(), HIGHEST)
        assert AccountBalance.objects.aggregate(total=Sum("amount"))["total"] == HIGHEST * 9

    def test_a_sum_of_nothing_is_none(self):
        assert AccountBalance.objects.aggregate(total=Sum("amount"))["total"] is None

    def test_sums_can_be_filtered_and_ordered_exactly(self):
        small, large = make_account(), make_account()
        for currency in ("TRY", "USD", "EUR"):
            keep(small, D("0.1"), currency)
            keep(large, D("0.2"), currency)
        sums = AccountBalance.objects.values("account").annotate(total=Sum("amount"))
        assert sums.filter(total=D("0.3")).get()["account"] == small.pk
        assert [row["total"] for row in sums.order_by("-total")] == [D("0.6"), D("0.3")]
        assert sums.filter(total__gt=D("0.3")).get()["account"] == large.pk

    def test_comparisons_lists_and_ranges_are_exact(self):
        for amount in ("0.0999", "0.1", "0.1001"):
            keep(make_account(), D(amount))
        found = AccountBalance.objects.order_by("amount").values_list("amount", flat=True)
        assert list(found.filter(amount__lt=D("0.1"))) == [D("0.0999")]
        assert list(found.filter(amount__in=[D("0.1"), D("7")])) == [D("0.1")]
        assert list(found.filter(amount__range=(D("0.1"), D("0.2")))) == [D("0.1"), D("0.1001")]

    def test_the_database_adds_exactly(self):
        row = keep(make_account(), D("0.1"))
        AccountBalance.objects.update(amount=F("amount") + F("amount") + F("amount"))
        row.refresh_from_db()
        assert row.amount == D("0.3")

    @pytest.mark.parametrize("amount", [0.1, 1.0, float("nan")])
    def test_a_float_is_refused(self, amount):
        account = make_account()
        with pytest.raises(ValidationError), transaction.atomic():
            keep(account, amount)
        with pytest.raises(ValidationError):
            AccountBalance.objects.filter(amount=amount).exists()

    @pytest.mark.parametrize(
        "amount", ["NaN", "sNaN", "Infinity", "-Infinity", "0.00001", "1000000000000", "1e400"]
    )
    def test_what_does_not_fit_is_refused(self, amount):
        account = make_account()
        with pytest.raises(ValidationError), transaction.atomic():
            keep(account, D(amount))
        assert not AccountBalance.objects.exists()

    @pytest.mark.parametrize("amount", ["1." + "0" * 30 + "1", "1E+999999"])
    def test_what_does_not_fit_is_refused_also_beyond_28_digits(self, amount):
        account = make_account()
        with pytest.raises(ValidationError):
            keep(account, D(amount))

    def test_a_finer_number_too_large_for_the_database_is_refused(self):
        with pytest.raises(ValidationError):
            ExactDecimalField(places=8).to_units(D(10) ** 12)

    def test_an_empty_amount_stays_empty(self):
        payment = Payment.objects.create(
            account=make_account(), currency="TRY", amount=D(5), gateway="x", charged=None
        )
        payment.refresh_from_db()
        assert payment.charged is None


class TestField:
    def test_migrations_can_write_it_down(self):
        for field in (AmountField("amount", null=True), ExactDecimalField("rate", places=8)):
            _name, path, args, kwargs = field.deconstruct()
            again = type(field)(*args, **kwargs)
            assert (again.places, again.null) == (field.places, field.null)
            assert path == f"b2b_portal.money.{type(field).__name__}"

    def test_finer_scales_are_exact_too(self):
        rate = ExactDecimalField(places=8)
        assert rate.to_units(D("41.12345678")) == 4112345678
        with pytest.raises(ValidationError):
            rate.to_units(D("41.123456789"))

    def test_text_and_whole_numbers_are_taken_at_their_word(self):
        field = AmountField()
        assert field.to_units("12.34") == 123400
        assert field.to_units(7) == 70000
        for text in ("", "abc", "1,5"):
            with pytest.raises(ValidationError):
                field.to_units(text)


READ = [
    # text, Turkish, English; None: refused
    ("1.234,56", "1234.56", None),
    ("1,234.56", None, "1234.56"),
    ("1234,56", "1234.56", "1234.56"),
    ("1234.56", "1234.56", "1234.56"),
    ("12.345", "12345", "12.345"),
    ("12,345", "12.345", "12345"),
    ("1.234.567", "1234567", None),
    ("1,234,567", None, "1234567"),
    ("1.234.567,8", "1234567.8", None),
    ("0,1", "0.1", "0.1"),
    ("0.1", "0.1", "0.1"),
    ("0", "0", "0"),
    ("007", "7", "7"),
    ("-5", "-5", "-5"),
    ("+5", "5", "5"),
    ("−5", "-5", "-5"),
    ("-1.234,56", "-1234.56", None),
    ("  12  ", "12", "12"),
    ("\u00a012\u00a0", "12", "12"),
    ("1,2345", "1.2345", "1.2345"),
    ("999999999999,9999", "999999999999.9999", "999999999999.9999"),
    ("1000000000000", None, None),
    ("1.000.000.000.000", None, None),
    ("1000000000000000", None, None),
    ("10^15", None, None),
    ("9" * 400, None, None),
    ("1e3", None, None),
    ("1E3", None, None),
    ("1e400", None, None),
    ("NaN", None, None),
    ("nan", None, None),
    ("Infinity", None, None),
    ("-inf", None, None),
    ("1.23.4", None, None),
    ("1,23,4", None, None),
    ("12.34,56", None, None),
    ("1234.567,8", None, None),
    ("1.234,567.8", None, None),
    ("", None, None),
    (" ", None, None),
    ("-", None, None),
    (",", None, None),
    (",5", None, None),
    ("5,", None, None),
    ("--5", None, None),
    ("-+5", None, None),
    ("5-", None, None),
    ("(5)", None, None),
    ("- 5", None, None),
    ("1 234", None, None),
    ("1_000", None, None),
    ("0x10", None, None),
    ("₺5", None, None),
    ("5 TL", None, None),
    ("１２", None, None),
    ("١٢", None, None),
    ("1\n2", None, None),
    ("5\x00", None, None),
    ("1.234,", None, None),
]


class TestParse:
    @pytest.mark.parametrize("language", ["tr", "en"])
    @pytest.mark.parametrize("row", READ, ids=lambda row: ascii(row[0])[:30])
    def test_reads_what_people_write_and_nothing_else(self, row, language):
        text, *meanings = row
        meaning = meanings[language == "en"]
        if meaning is None:
            with pytest.raises(ValidationError):
                parse_amount(text, language)
        else:
            assert parse_amount(text, language) == D(meaning)

    @pytest.mark.parametrize("text, language", [("0.500", "tr"), ("0,500", "en")])
    def test_half_a_lira_with_the_wrong_mark_is_never_five_hundred(self, text, language):
        assert parse_amount(text, language) == D("0.5")

    def test_digits_beyond_the_28th_are_not_rounded_away(self):
        text = "1." + "0" * 30 + "1"
        assert parse_amount(text, "en") == D(text)

    def test_the_active_language_decides(self):
        with translation.override("tr"):
            assert parse_amount("12.345") == D(12345)
        with translation.override("en-gb"):
            assert parse_amount("12.345") == D("12.345")

    @override_settings(LANGUAGE_CODE="tr")
    def test_without_a_language_it_reads_turkish(self):
        with translation.override(None):
            assert parse_amount("12.345") == D(12345)

    @pytest.mark.parametrize("text", ["x" * 5000, "1" * 5000, "1.234" * 1000, "\u0663"])
    def test_the_refusal_quotes_no_more_than_a_line(self, text):
        with pytest.raises(ValidationError) as refusal:
            parse_amount(text, "tr")
        assert len("".join(refusal.value.messages)) < 200

    @given(st.text(max_size=20))
    def test_any_text_is_an_amount_below_the_limit_or_refused(self, text):
        for language in ("tr", "en"):
            try:
                amount = parse_amount(text, language)
            except ValidationError:
                continue
            assert amount.is_finite()
            assert abs(amount) < 10**12

    @given(kurus, st.sampled_from(["tr", "en"]))
    @example(D("-999999999999.99"), "tr")
    def test_reads_back_what_is_written(self, amount, language):
        assert parse_amount(format_amount(amount, "TRY", language), language) == amount


class TestWrite:
    @pytest.mark.parametrize(
        "amount, currency, language, text",
        [
            ("1234.56", "TRY", "tr", "1.234,56"),
            ("1234.56", "TRY", "en", "1,234.56"),
            ("0", "TRY", "tr", "0,00"),
            ("-0.5", "TRY", "tr", "-0,50"),
            ("1234567", "JPY", "tr", "1.234.567"),
            ("1.2345", "TRY", "tr", "1,23"),
            ("999999999999.99", "USD", "tr", "999.999.999.999,99"),
        ],
    )
    def test_figures(self, amount, currency, language, text):
        assert format_amount(D(amount), currency, language) == text

    @pytest.mark.parametrize(
        ("amount", "text"),
        [("0.125", "0,13"), ("-0.125", "-0,13"), ("0.135", "0,14"), ("-0.004", "0,00")],
    )
    def test_halves_are_rounded_away_from_zero_and_nothing_bears_no_sign(self, amount, text):
        assert format_amount(D(amount), "TRY", "tr") == text

    def test_money_bears_its_currency(self):
        assert format_money(D("1234.56"), "TRY", "tr") == "1.234,56\u00a0TL"
        assert format_money(D("1234.56"), "TRY", "en") == "1,234.56\u00a0TL"
        assert format_money(D("-1234.56"), "USD", "tr") == "-1.234,56\u00a0USD"

    def test_a_language_nobody_knows_is_written_as_turkish(self):
        assert format_amount(D("1234.5"), "TRY", "xx") == "1.234,50"

    @pytest.mark.parametrize(
        "amount, currency, fit",
        [
            ("0.01", "TRY", True),
            ("0.001", "TRY", False),
            ("1", "JPY", True),
            ("0.1", "JPY", False),
        ],
    )
    def test_each_currency_has_its_own_digits(self, amount, currency, fit):
        assert fits(D(amount), currency) is fit


class TestWords:
    @pytest.mark.parametrize(
        "amount, words",
        [
            ("1234.56", "binikiyüzotuzdört lira ellialtı kuruş"),
            ("0", "sıfır lira"),
            ("0.05", "sıfır lira beş kuruş"),
            ("1", "bir lira"),
            ("100", "yüz lira"),
            ("1000", "bin lira"),
            ("1000000", "birmilyon lira"),
            ("2001000.10", "ikimilyonbin lira on kuruş"),
            (
                "999999999999.99",
                "dokuzyüzdoksandokuzmilyardokuzyüzdoksandokuzmilyon"
                "dokuzyüzdoksandokuzbindokuzyüzdoksandokuz lira doksandokuz kuruş",
            ),
        ],
    )
    def test_turkish(self, amount, words):
        assert amount_in_words(D(amount), "TRY", "tr") == words

    @pytest.mark.parametrize(
        "currency, words",
        [
            ("USD", "on ABD doları elli sent"),
            ("EUR", "on avro elli sent"),
            ("GBP", "on sterlin elli peni"),
            ("CHF", "on İsviçre frangı elli santim"),
        ],
    )
    def test_turkish_names_of_foreign_money(self, currency, words):
        assert amount_in_words(D("10.50"), currency, "tr") == words

    def test_english(self):
        words = amount_in_words(D("21.07"), "TRY", "en")
        assert words == "twenty-one Turkish lira seven kuruş"

    @given(st.integers(0, 10**14 - 1))
    def test_every_amount_has_words(self, units):
        words = amount_in_words(D(units).scaleb(-2), "TRY", "tr")
        assert " lira" in words
        assert words.endswith("kuruş") == bool(units % 100)


class TestFormField:
    def test_reads_the_pages_language_and_shows_it_again(self):
        field = AmountFormField()
        with translation.override("tr"):
            assert field.clean("1.234,56") == D("1234.56")
            assert field.prepare_value(D("1234.5")) == "1.234,50"
            assert field.prepare_value(D("0.1234")) == "0,1234"
            assert field.prepare_value(D("100")) == "100,00"
            assert field.prepare_value("1.2x") == "1.2x"
        with translation.override("en"):
            assert field.clean("1,234.56") == D("1234.56")
            assert field.prepare_value(D("1234.5")) == "1,234.50"

    def test_refuses_nonsense_and_an_empty_required_field(self):
        for text in ("", "   ", "1e3", "NaN", "x" * 41):
            with pytest.raises(ValidationError):
                AmountFormField().clean(text)

    def test_an_empty_optional_field_is_none(self):
        assert AmountFormField(required=False).clean("") is None

    def test_belongs_to_the_model_field(self):
        assert isinstance(AmountField().formfield(), AmountFormField)

    @given(amounts, st.sampled_from(["tr", "en"]))
    def test_what_it_shows_it_reads_back(self, amount, language):
        field = AmountFormField()
        with translation.override(language):
            assert field.clean(field.prepare_value(amount)) == amount
