"""The database refuses to change what was posted, and tells when somebody made it."""

from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.sql import emit_pre_migrate_signal
from django.db import DatabaseError, IntegrityError, connection, models, transaction
from django.db.migrations import Migration
from django.test import TransactionTestCase
from django.utils import translation

from b2b_portal.ledger import integrity, triggers
from b2b_portal.ledger.months import close_month
from b2b_portal.ledger.posting import allocate, reverse, unallocate
from b2b_portal.models import AccountBalance, Allocation, CustomerAccount, Entry, OpenItem, Payment
from b2b_portal.testing.factories import make_account, make_contact, make_entry, make_supplier
from b2b_portal.testing.ledger import dump, empty_ledger

D = Decimal
SQLITE = connection.vendor == "sqlite"
only_sqlite = pytest.mark.sqlite
only_postgresql = pytest.mark.postgresql

pytestmark = pytest.mark.django_db


@pytest.fixture
def ledger():
    """An account with an invoice, half paid, one allocation undone, a reversed pair."""
    account = make_account(make_supplier())
    invoice = make_entry(account, "100", document_no="I")
    payment = make_entry(account, "-50", document_no="P")
    unallocate(allocate(payment, invoice, D(10)))
    allocate(payment, invoice)
    reverse(make_entry(account, "7"), reason="x")
    assert list(integrity.problems()) == []
    return account


@pytest.fixture
def invoice(ledger):
    return Entry.objects.get(document_no="I", reverses=None)


@contextmanager
def refused():
    before = dump()
    with pytest.raises(IntegrityError, match="append-only|protected"), transaction.atomic():
        yield
    assert dump() == before


def execute(sql, *params):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


GUARDED = [Entry, Allocation]


@pytest.mark.parametrize("model", GUARDED)
@pytest.mark.usefixtures("ledger")
class TestRefusals:
    def test_saving_a_loaded_row_again(self, model):
        row = model.objects.first()
        with refused():
            row.save()

    def test_changing_one_field_of_it(self, model):
        row = model.objects.first()
        row.amount = D(1)
        with refused():
            row.save(update_fields=["amount"])

    def test_update_of_a_queryset(self, model):
        with refused():
            model.objects.update(posted_by="me")

    def test_update_without_a_change(self, model):
        with refused():
            model.objects.update(amount=models.F("amount"))

    def test_bulk_update(self, model):
        rows = list(model.objects.all())
        for row in rows:
            row.posted_by = "me"
        with refused():
            model.objects.bulk_update(rows, ["posted_by"])

    def test_deleting_a_row(self, model):
        for row in model.objects.all():
            with refused():
                row.delete()

    def test_deleting_a_queryset(self, model):
        with refused():
            model.objects.all().delete()

    def test_deleting_without_asking_the_models(self, model):
        with refused():
            model.objects.all()._raw_delete(using="default")

    def test_raw_update(self, model):
        with refused():
            execute(f"UPDATE {model._meta.db_table} SET amount = amount + 1")

    def test_raw_delete(self, model):
        with refused():
            execute(f"DELETE FROM {model._meta.db_table}")

    def test_upsert(self, model):
        row = model.objects.first()
        row.posted_by = "me"
        with refused():
            model.objects.bulk_create(
                [row], update_conflicts=True, update_fields=["posted_by"], unique_fields=["id"]
            )

    def test_raw_upsert(self, model):
        table = model._meta.db_table
        with refused():
            execute(
                f"INSERT INTO {table} SELECT * FROM {table} WHERE true "
                "ON CONFLICT (id) DO UPDATE SET amount = 1"
            )

    @only_sqlite
    @pytest.mark.parametrize("verb", ["INSERT OR REPLACE", "REPLACE"])
    def test_replacing_a_row_by_its_id(self, model, verb):
        table = model._meta.db_table
        with refused():
            execute(f"{verb} INTO {table} SELECT * FROM {table}")

    @only_sqlite
    def test_update_or_replace(self, model):
        with refused():
            execute(f"UPDATE OR REPLACE {model._meta.db_table} SET id = 1")

    @only_postgresql
    def test_truncate(self, model):
        connection.check_constraints()
        with refused():
            execute(f"TRUNCATE {model._meta.db_table} CASCADE")


@only_sqlite
class TestReplacingByAnotherKey:
    """INSERT OR REPLACE pushes out rows that any unique key clashes with."""

    def columns(self, model, **changes):
        names = [field.column for field in model._meta.local_fields if not field.primary_key]
        return ", ".join(names), ", ".join(changes.get(name, name) for name in names)

    def replace(self, model, pk, **changes):
        names, values = self.columns(model, **changes)
        table = model._meta.db_table
        execute(
            f"INSERT OR REPLACE INTO {table} ({names}) SELECT {values} FROM {table} WHERE id = %s",
            pk,
        )

    def test_by_the_key_at_the_source(self, invoice):
        with refused():
            self.replace(Entry, invoice.pk, amount="1")

    def test_by_what_is_reversed(self, ledger):
        reversal = Entry.objects.get(reverses__isnull=False)
        with refused():
            self.replace(Entry, reversal.pk, external_id="'other'")

    def test_by_what_is_undone(self, ledger):
        with refused():
            self.replace(Allocation, Allocation.objects.get(undoes__isnull=False).pk)

    def test_a_new_key_may_come_in(self, invoice):
        self.replace(Entry, invoice.pk, external_id="'other'")
        assert Entry.objects.filter(external_id="other").exists()


class TestConstraints:
    def test_a_movement_of_nothing_is_refused(self, invoice):
        for base_amount in (None, D(0)):
            entry = Entry(
                supplier_id=invoice.supplier_id,
                account_id=invoice.account_id,
                currency="TRY",
                amount=D(0),
                base_amount=base_amount,
                kind="other",
                booked_on=date(2026, 1, 1),
                source="x",
                external_id="x",
            )
            with pytest.raises(IntegrityError), transaction.atomic():
                entry.save()

    def test_an_allocation_has_two_sides_and_a_sign(self, invoice):
        payment = Entry.objects.get(document_no="P")
        undone = Allocation.objects.get(debit=invoice, undoes=None, undone_by=None)
        for fields in (
            {"debit": invoice, "credit": invoice, "amount": D(1)},
            {"debit": invoice, "credit": payment, "amount": D(0)},
            {"debit": invoice, "credit": payment, "amount": D(-1)},
            {"debit": invoice, "credit": payment, "amount": D(1), "undoes": undone},
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                Allocation.objects.create(effective_on=date(2026, 1, 1), **fields)

    def test_an_account_with_movements_cannot_be_deleted(self, ledger):
        with refused():
            ledger.delete()
        with pytest.raises(IntegrityError), transaction.atomic():
            execute("DELETE FROM b2b_portal_customeraccount")
            connection.check_constraints()


def drop(name, table):
    execute(f"DROP TRIGGER {name}" + ("" if SQLITE else f" ON {table}"))


def wanted():
    kinds = ("no_update", "no_delete", "no_replace") if SQLITE else ("no_change", "no_truncate")
    kinds += ("no_closed_month",)
    return {
        f"{model._meta.db_table}_{kind}": model._meta.db_table
        for model in GUARDED
        for kind in kinds
    }


class TestGuard:
    def test_stands_after_migrate(self):
        assert triggers.missing() == set()

    @pytest.mark.parametrize("name", wanted())
    def test_each_missing_trigger_is_named_and_made_again(self, name):
        drop(name, wanted()[name])
        assert triggers.missing() == {name}
        assert [line for line in integrity.problems() if name in line]
        triggers.install()
        assert triggers.missing() == set()
        assert list(integrity.problems()) == []

    def test_lifting_and_setting_can_be_repeated(self):
        for _ in range(2):
            triggers.remove()
            assert triggers.missing() == set(wanted())
        for _ in range(2):
            triggers.install()
            assert triggers.missing() == set()

    @pytest.mark.django_db(transaction=True)
    def test_comes_back_with_every_migrate(self):
        triggers.remove()
        call_command("migrate", verbosity=0, stdout=StringIO())
        assert triggers.missing() == set()
        entry = make_entry()
        with refused():
            Entry.objects.filter(pk=entry.pk).update(amount=D(1))

    @pytest.mark.django_db(transaction=True)
    def test_comes_back_after_the_table_was_rebuilt(self):
        entry = make_entry()
        constraint = Entry._meta.constraints[-1]
        emit_pre_migrate_signal(
            0, False, "default", plan=[(Migration("next", "b2b_portal"), False)]
        )
        for change in ("remove_constraint", "add_constraint"):
            with connection.schema_editor() as editor:
                getattr(editor, change)(Entry, constraint)
        lifted = {name for name in wanted() if triggers.is_about_months(name)}
        rebuilt = {name for name, table in wanted().items() if table == Entry._meta.db_table}
        assert triggers.missing() == (lifted | rebuilt if SQLITE else lifted)
        call_command("migrate", verbosity=0, stdout=StringIO())
        assert triggers.missing() == set()
        with refused():
            Entry.objects.filter(pk=entry.pk).update(amount=D(1))

    @pytest.mark.django_db(transaction=True)
    def test_migrations_go_back_and_forth_over_a_filled_ledger(self):
        invoice, payment = make_entry(), make_entry(amount="-30")
        items = list(OpenItem.objects.order_by("pk").values())
        close_month(invoice.supplier, date(2026, 1, 31))
        call_command("migrate", "b2b_portal", "0001", verbosity=0, stdout=StringIO())
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            execute("UPDATE b2b_portal_entry SET amount = 1")
        execute(
            "INSERT INTO b2b_portal_allocation"
            " (debit_id, credit_id, amount, effective_on, posted_at, posted_by) VALUES"
            f" ({invoice.pk}, {payment.pk}, 1, '2026-01-01', '2026-01-01', '')"
        )
        triggers.remove()
        execute("DELETE FROM b2b_portal_allocation")
        call_command("migrate", verbosity=0, stdout=StringIO())
        assert list(OpenItem.objects.order_by("pk").values()) == items
        assert [row["booked_on"] for row in items] == [invoice.booked_on, payment.booked_on]
        assert list(integrity.problems()) == []

    @only_postgresql
    @pytest.mark.parametrize(
        "state",
        [
            "DISABLE TRIGGER",
            "ENABLE REPLICA TRIGGER",
        ],
    )
    def test_a_trigger_that_does_not_fire_is_missing(self, state):
        execute(f"ALTER TABLE b2b_portal_entry {state} b2b_portal_entry_no_change")
        assert triggers.missing() == {"b2b_portal_entry_no_change"}

    @only_postgresql
    def test_a_trigger_whose_function_was_gutted_is_missing(self):
        execute(
            "CREATE OR REPLACE FUNCTION b2b_portal_refuse() RETURNS trigger LANGUAGE plpgsql"
            " AS $$BEGIN RETURN NEW; END$$"
        )
        assert triggers.missing() == {
            "b2b_portal_entry_no_change",
            "b2b_portal_allocation_no_change",
        }
        triggers.install()
        assert triggers.missing() == set()

    @pytest.mark.django_db(transaction=True)
    def test_a_migrate_of_another_app_lifts_nothing(self):
        emit_pre_migrate_signal(0, False, "default", plan=[(Migration("next", "host"), False)])
        assert triggers.missing() == set()

    @only_postgresql
    def test_the_trigger_of_another_schema_guards_nothing_here(self):
        execute("CREATE SCHEMA other")
        execute("CREATE TABLE other.b2b_portal_entry (id int)")
        execute(
            "CREATE TRIGGER b2b_portal_entry_no_change BEFORE UPDATE ON other.b2b_portal_entry "
            "FOR EACH ROW EXECUTE FUNCTION b2b_portal_refuse()"
        )
        drop("b2b_portal_entry_no_change", "b2b_portal_entry")
        assert triggers.missing() == {"b2b_portal_entry_no_change"}

    @only_sqlite
    def test_a_trigger_that_refuses_nothing_is_missing(self):
        drop("b2b_portal_entry_no_update", "b2b_portal_entry")
        execute(
            "CREATE TRIGGER b2b_portal_entry_no_update BEFORE UPDATE ON b2b_portal_entry "
            "BEGIN SELECT 1; END"
        )
        assert triggers.missing() == {"b2b_portal_entry_no_update"}


@contextmanager
def tampering():
    triggers.remove()
    yield
    connection.check_constraints()
    triggers.install()


def tampered(model, pk, **fields):
    with tampering():
        assert model.objects.filter(pk=pk).update(**fields) == 1


def reported():
    with translation.override("en"):
        return list(integrity.problems())


class TestIntegrity:
    def names(self, what, pk):
        lines = reported()
        named = (f"{what} {pk}:", f"{what} {pk},")
        assert [line for line in lines if line.startswith(named)], lines

    @pytest.mark.parametrize(
        "fields",
        [
            {"amount": D("100.01")},
            {"amount": D(-100)},
            {"amount": D("100.001")},
            {"currency": "USD"},
            {"base_amount": D(1)},
            {"rate": D(1)},
            {"kind": "cash"},
            {"source_kind": "x"},
            {"booked_on": date(2020, 1, 1)},
            {"due_on": date(2020, 1, 1)},
            {"occurred_at": datetime(2026, 1, 1, tzinfo=UTC)},
            {"document_no": "X"},
            {"description": "x"},
            {"content_hash": "0" * 64},
        ],
        ids=lambda fields: "/".join(fields),
    )
    def test_names_an_entry_whose_content_was_changed(self, invoice, fields):
        tampered(Entry, invoice.pk, **fields)
        self.names("entry", invoice.pk)

    @pytest.mark.parametrize(
        "fields", [{"source": "x"}, {"external_id": "x"}, {"revision": 7}], ids=str
    )
    def test_names_an_entry_whose_key_was_changed(self, invoice, fields):
        tampered(Entry, invoice.pk, **fields)
        self.names("entry", invoice.pk)

    def test_names_an_entry_with_an_amount_no_field_takes(self, invoice):
        with tampering():
            execute("UPDATE b2b_portal_entry SET amount = %s WHERE id = %s", 10**17, invoice.pk)
        self.names("entry", invoice.pk)

    def test_names_an_entry_moved_to_another_account(self, invoice):
        other = make_account(invoice.account.supplier)
        tampered(Entry, invoice.pk, account=other)
        self.names("entry", invoice.pk)
        self.names("account", other.pk)
        self.names("account", invoice.account_id)

    def test_names_an_entry_of_another_supplier(self, invoice):
        tampered(Entry, invoice.pk, supplier=make_supplier())
        self.names("entry", invoice.pk)

    def test_names_a_reversal_that_is_not_the_opposite(self, invoice):
        reversal = Entry.objects.get(reverses__isnull=False)
        tampered(Entry, reversal.pk, amount=D(-8))
        assert [line for line in reported() if "opposite" in line and f" {reversal.pk}:" in line]

    def test_names_a_reversal_hung_on_something_else(self, invoice):
        reversal = Entry.objects.get(reverses__isnull=False)
        tampered(Entry, reversal.pk, reverses=invoice)
        self.names("entry", reversal.pk)

    @pytest.mark.parametrize("fields", [{"amount": D(1)}, {"base_amount": D(1)}], ids=str)
    def test_names_a_balance_that_is_not_the_sum(self, ledger, fields):
        AccountBalance.objects.update(**fields)
        assert len(reported()) == 1
        self.names("account", ledger.pk)

    def test_names_a_balance_that_is_gone(self, ledger):
        AccountBalance.objects.all().delete()
        self.names("account", ledger.pk)

    def test_names_a_balance_of_nothing(self, ledger):
        other = make_account(ledger.supplier)
        AccountBalance.objects.create(account=other, currency="TRY", amount=D(5))
        self.names("account", other.pk)

    def test_names_the_account_of_an_entry_that_is_gone(self, ledger):
        entry = make_entry(ledger, "5")
        OpenItem.objects.filter(entry=entry).delete()
        with tampering():
            Entry.objects.filter(pk=entry.pk)._raw_delete("default")
        self.names("account", ledger.pk)

    def test_names_an_entry_whose_residual_is_wrong(self, invoice):
        OpenItem.objects.filter(entry=invoice).update(residual=D("49.99"))
        assert len(reported()) == 1
        self.names("entry", invoice.pk)

    def test_names_an_entry_whose_open_item_is_gone(self, invoice):
        OpenItem.objects.filter(entry=invoice).delete()
        self.names("entry", invoice.pk)

    def test_names_a_stray_open_item(self, ledger):
        closed = Entry.objects.get(document_no="P")
        OpenItem.objects.create(
            entry=closed,
            account=ledger,
            currency="TRY",
            booked_on=closed.booked_on,
            falls_due_on=closed.booked_on,
            residual=D(-1),
        )
        self.names("entry", closed.pk)

    def test_names_an_open_item_of_an_entry_that_is_not_there(self, ledger):
        OpenItem.objects.create(
            entry_id=10**9,
            account=ledger,
            currency="TRY",
            booked_on=date(2026, 1, 1),
            falls_due_on=date(2026, 1, 1),
            residual=D(1),
        )
        self.names("entry", 10**9)

    def test_names_an_open_item_with_nothing_open(self, ledger):
        closed = Entry.objects.get(document_no="P")
        OpenItem.objects.create(
            entry=closed,
            account=ledger,
            currency="TRY",
            booked_on=closed.booked_on,
            falls_due_on=closed.booked_on,
            residual=D(0),
        )
        self.names("entry", closed.pk)

    @pytest.mark.parametrize("field", ["account", "currency", "falls_due_on"])
    def test_names_an_open_item_that_does_not_match_its_entry(self, invoice, field):
        value = {
            "account": make_account(invoice.account.supplier),
            "currency": "USD",
            "falls_due_on": date(2020, 1, 1),
        }[field]
        OpenItem.objects.filter(entry=invoice).update(**{field: value})
        self.names("entry", invoice.pk)

    def test_names_both_entries_of_an_allocation_that_was_changed(self, invoice):
        live = Allocation.objects.get(debit=invoice, undoes=None, undone_by=None)
        tampered(Allocation, live.pk, amount=D(49))
        self.names("entry", live.debit_id)
        self.names("entry", live.credit_id)

    def test_names_an_entry_allocated_beyond_its_amount(self, invoice):
        live = Allocation.objects.get(debit=invoice, undoes=None, undone_by=None)
        tampered(Allocation, live.pk, amount=D(101))
        assert [line for line in reported() if f" {invoice.pk}:" in line and "more is" in line]

    def test_names_an_allocation_whose_sides_do_not_belong_together(self, invoice):
        live = Allocation.objects.get(debit=invoice, undoes=None, undone_by=None)
        tampered(Allocation, live.pk, credit=make_entry(make_account(), "-50"))
        self.names("allocation", live.pk)
        tampered(Allocation, live.pk, credit=make_entry(invoice.account, "50"))
        self.names("allocation", live.pk)

    def test_names_an_undoing_that_is_not_the_opposite(self, invoice):
        undoing = Allocation.objects.get(debit=invoice, undoes__isnull=False)
        tampered(Allocation, undoing.pk, amount=D(-9))
        self.names("allocation", undoing.pk)


def everything_portal():
    account = make_account()
    make_contact(account)
    invoice = make_entry(account, "100")
    payment = make_entry(account, "-100")
    allocate(payment, invoice, D(40))
    reverse(payment, reason="x")
    Payment.objects.create(
        account=account, currency="TRY", amount=D(1), gateway="x", entry=invoice
    ).items.create(entry=invoice, amount=D(1))
    return account


class TestEmptying:
    def check(self):
        everything_portal()
        empty_ledger()
        assert not any(dump().values())
        assert triggers.missing() == set()
        assert make_entry().pk

    def test_leaves_no_row_and_the_guard_standing(self):
        self.check()

    @pytest.mark.django_db(transaction=True)
    def test_also_outside_a_transaction(self):
        self.check()

    def test_of_an_empty_ledger_is_no_matter(self):
        empty_ledger()
        assert triggers.missing() == set()

    @pytest.mark.django_db(transaction=True)
    @pytest.mark.parametrize("run", "12")
    def test_a_flush_finds_nothing_to_trip_over(self, run):
        assert not CustomerAccount.objects.exists()
        everything_portal()

    @pytest.mark.parametrize("run", "12")
    def test_so_with_the_fixture_by_name(self, transactional_db, run):
        assert not CustomerAccount.objects.exists()
        everything_portal()

    @pytest.mark.django_db(transaction=True)
    def test_a_flush_of_a_filled_ledger_is_refused(self):
        account = everything_portal()
        with pytest.raises(Exception) as refusal:
            call_command("flush", interactive=False, verbosity=0)
        assert "append-only" in str(refusal.value.__cause__)
        assert isinstance(refusal.value.__cause__, DatabaseError)
        assert Entry.objects.filter(account=account).count() == 3


class HostsOwnTest(TransactionTestCase):
    """Any test of a site that never posts is flushed as before."""

    def test_first(self):
        assert not CustomerAccount.objects.exists()
        make_account()

    test_second = test_first


class PostingHostsTest(TransactionTestCase):
    """One that posts says so beforehand."""

    def setUp(self):
        self.addCleanup(empty_ledger)

    def test_first(self):
        assert not CustomerAccount.objects.exists()
        everything_portal()

    test_second = test_first
