"""What the tests of imports in the admin have in common: a clerk, an account, forms filled in."""

import io
from datetime import date
from decimal import Decimal

import pytest
import xlsxwriter
from django.contrib.auth.models import User
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from wagtail.models import ModelLogEntry

from b2b_portal.models import ImportBatch, Payment
from b2b_portal.testing.factories import make_account, make_entry, make_supplier
from b2b_portal.testing.worker import work

from .erp import HEADER, rows
from .test_admin import url

TRANSFER = "120.01;05.01.2026;;T1;Havale;;;1.000,00"
OWN_HEADER = "Müşteri;Gün;Belge;Ne;Giren;Çıkan"
OWN_ROW = "120.01;31.12.2025;F1;Fatura;1.234,56;"
RIGHTS = ("view_importbatch", "add_importbatch", "undo_importbatch")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where uploaded files go."""
    monkeypatch.setattr(ImportBatch.file.field, "storage", FileSystemStorage(tmp_path / "files"))
    return tmp_path / "files"


@pytest.fixture
def admin(client, settings):
    settings.LANGUAGE_CODE = "en"
    client.force_login(User.objects.create_superuser("patron", "patron@example.com", "x"))
    return client


def yildiz():
    """For a fixture ``account``: one of a supplier of its own."""
    return make_account(make_supplier(name="Çınar Toptan"), code="120.01", title="YILDIZ TİCARET")


def send(client, account, data, name="hareketler.csv", **fields):
    """Fill in the upload form; returns the response."""
    data = data if isinstance(data, bytes) else data.encode()
    fields = {"supplier": account.supplier_id, "kind": "entries", "profile": "general"} | fields
    file = SimpleUploadedFile("x", data)
    file._name = name  # as a browser may send it
    return client.post(url("importbatch", "add"), {**fields, "file": file})


def upload(client, account, *lines, **fields):
    """Take in a file and have the worker read it; returns its batch."""
    data = (
        lines[0]
        if isinstance(lines[0], bytes)
        else rows(*lines, header=fields.pop("header", HEADER))
    )
    response = send(client, account, data, **fields)
    batch = ImportBatch.objects.latest("pk")
    assert response.url == page(batch)
    work()
    batch.refresh_from_db()
    return batch


def page(batch, name="inspect"):
    return url("importbatch", name, batch.pk)


def act(client, batch, name, **data):
    """Press a button; returns the page that follows and has the worker do what was asked."""
    response = client.post(page(batch, name), data, follow=True)
    work()
    if ImportBatch.objects.filter(pk=batch.pk).exists():
        batch.refresh_from_db()
    return response


def applied(client, account, *lines, **fields):
    batch = upload(client, account, *lines, **fields)
    act(client, batch, "apply")
    assert batch.state == "applied"
    return batch


def levels(response):
    return [message.level_tag for message in response.context["messages"]]


def logged(instance):
    return [entry.action for entry in ModelLogEntry.objects.for_instance(instance)]


def shown(client, batch, name):
    """The rows of one of the batch page's lists."""
    response = client.get(page(batch), {"rows": name})
    assert response.context["shown"].name == name
    return response.context["page"].object_list


def workbook(*rows):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        for number, cells in enumerate(rows):
            sheet.write_row(number, 0, cells)
    return out.getvalue()


def paid(account, amount="250", on=date(2026, 1, 5)):
    """A payment of the portal's, posted."""
    entry = make_entry(account, f"-{amount}", kind="card", source="portal", booked_on=on)
    return Payment.objects.create(
        account=account,
        currency="TRY",
        amount=Decimal(amount),
        gateway="iyzico",
        language="tr",
        state="paid",
        entry=entry,
    )
