import datetime

import django.db.models.deletion
from django.db import migrations, models

import b2b_portal.money


def fill_booked_on(apps, schema_editor):
    """The day of each open item's entry, beside it."""
    Entry = apps.get_model("b2b_portal", "Entry")
    day = Entry.objects.filter(pk=models.OuterRef("entry")).values("booked_on")
    OpenItem = apps.get_model("b2b_portal", "OpenItem")
    OpenItem.objects.using(schema_editor.connection.alias).update(booked_on=models.Subquery(day))


class Migration(migrations.Migration):
    dependencies = [("b2b_portal", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="ClosedMonth",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("ends_on", models.DateField(verbose_name="closed until")),
                ("closed_at", models.DateTimeField(auto_now_add=True, verbose_name="closed at")),
                (
                    "closed_by",
                    models.CharField(blank=True, max_length=254, verbose_name="closed by"),
                ),
                (
                    "reopened_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="reopened at"),
                ),
                (
                    "reopened_by",
                    models.CharField(blank=True, max_length=254, verbose_name="reopened by"),
                ),
                ("reason", models.CharField(blank=True, max_length=250, verbose_name="reason")),
                (
                    "supplier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="closed_months",
                        to="b2b_portal.supplier",
                        verbose_name="supplier",
                    ),
                ),
            ],
            options={
                "verbose_name": "closed month",
                "verbose_name_plural": "closed months",
                "ordering": ["-ends_on", "-id"],
                "permissions": [("reopen_closedmonth", "Can reopen months")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("reopened_at__isnull", True)),
                        fields=("supplier", "ends_on"),
                        name="b2b_portal_closed_month",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="MonthBalance",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                ("ends_on", models.DateField()),
                ("amount", b2b_portal.money.ExactDecimalField(places=4)),
                ("base_amount", b2b_portal.money.ExactDecimalField(places=4)),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="b2b_portal.customeraccount",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("account", "currency", "ends_on"),
                        name="b2b_portal_month_balance_key",
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="allocation",
            index=models.Index(fields=["effective_on"], name="b2b_portal_allocation_day"),
        ),
        migrations.RemoveIndex(model_name="openitem", name="b2b_portal_open_covering"),
        migrations.AddField(
            model_name="openitem",
            name="booked_on",
            field=models.DateField(default=datetime.date(1900, 1, 1)),
            preserve_default=False,
        ),
        migrations.RunPython(fill_booked_on, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="openitem",
            index=models.Index(
                fields=[
                    "account",
                    "currency",
                    "falls_due_on",
                    "booked_on",
                    "entry",
                    "residual",
                ],
                name="b2b_portal_open_covering",
            ),
        ),
    ]
