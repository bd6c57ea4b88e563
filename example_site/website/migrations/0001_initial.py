import django.db.models.deletion
import modelcluster.fields
import wagtail.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("wagtailcore", "0097_baselogentry_uuid_action_timestamp_indexes"),
        ("wagtailimages", "0027_image_description"),
    ]

    operations = [
        migrations.CreateModel(
            name="ContactPage",
            fields=[
                (
                    "page_ptr",
                    models.OneToOneField(
                        auto_created=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        parent_link=True,
                        primary_key=True,
                        serialize=False,
                        to="wagtailcore.page",
                    ),
                ),
                ("lead", models.TextField(blank=True, verbose_name="introduction")),
                ("hours", models.TextField(blank=True, verbose_name="opening hours")),
                ("body", wagtail.fields.RichTextField(blank=True, verbose_name="body")),
            ],
            options={
                "verbose_name": "contact page",
            },
            bases=("wagtailcore.page",),
        ),
        migrations.CreateModel(
            name="ProductIndexPage",
            fields=[
                (
                    "page_ptr",
                    models.OneToOneField(
                        auto_created=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        parent_link=True,
                        primary_key=True,
                        serialize=False,
                        to="wagtailcore.page",
                    ),
                ),
                ("lead", models.TextField(blank=True, verbose_name="introduction")),
            ],
            options={
                "verbose_name": "product index",
            },
            bases=("wagtailcore.page",),
        ),
        migrations.CreateModel(
            name="StandardPage",
            fields=[
                (
                    "page_ptr",
                    models.OneToOneField(
                        auto_created=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        parent_link=True,
                        primary_key=True,
                        serialize=False,
                        to="wagtailcore.page",
                    ),
                ),
                ("lead", models.TextField(blank=True, verbose_name="introduction")),
                (
                    "body",
                    wagtail.fields.StreamField(
                        [("text", 0), ("image", 1), ("features", 6), ("call", 9)],
                        blank=True,
                        block_lookup={
                            0: (
                                "wagtail.blocks.RichTextBlock",
                                (),
                                {"label": "Text", "template": "website/blocks/text.html"},
                            ),
                            1: (
                                "wagtail.images.blocks.ImageChooserBlock",
                                (),
                                {"label": "Image", "template": "website/blocks/image.html"},
                            ),
                            2: ("wagtail.blocks.CharBlock", (), {"label": "Heading"}),
                            3: ("wagtail.blocks.TextBlock", (), {"label": "Text"}),
                            4: ("wagtail.blocks.StructBlock", [[("title", 2), ("text", 3)]], {}),
                            5: ("wagtail.blocks.ListBlock", (4,), {"label": "Features"}),
                            6: ("wagtail.blocks.StructBlock", [[("heading", 2), ("items", 5)]], {}),
                            7: ("wagtail.blocks.PageChooserBlock", (), {"label": "Page"}),
                            8: ("wagtail.blocks.CharBlock", (), {"label": "Button"}),
                            9: (
                                "wagtail.blocks.StructBlock",
                                [[("heading", 2), ("text", 3), ("page", 7), ("button", 8)]],
                                {},
                            ),
                        },
                        verbose_name="body",
                    ),
                ),
            ],
            options={
                "verbose_name": "standard page",
            },
            bases=("wagtailcore.page",),
        ),
        migrations.CreateModel(
            name="CompanySettings",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "legal_name",
                    models.CharField(blank=True, max_length=200, verbose_name="legal name"),
                ),
                ("address", models.TextField(blank=True, verbose_name="address")),
                ("phone", models.CharField(blank=True, max_length=30, verbose_name="phone")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-mail")),
                (
                    "site",
                    models.OneToOneField(
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="wagtailcore.site",
                    ),
                ),
            ],
            options={
                "verbose_name": "company details",
            },
        ),
        migrations.CreateModel(
            name="Department",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sort_order", models.IntegerField(blank=True, editable=False, null=True)),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("phone", models.CharField(blank=True, max_length=30, verbose_name="phone")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-mail")),
                (
                    "page",
                    modelcluster.fields.ParentalKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="departments",
                        to="website.contactpage",
                    ),
                ),
            ],
            options={
                "verbose_name": "department",
                "ordering": ["sort_order"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="HomePage",
            fields=[
                (
                    "page_ptr",
                    models.OneToOneField(
                        auto_created=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        parent_link=True,
                        primary_key=True,
                        serialize=False,
                        to="wagtailcore.page",
                    ),
                ),
                ("heading", models.CharField(max_length=120, verbose_name="heading")),
                ("lead", models.TextField(blank=True, verbose_name="introduction")),
                ("button", models.CharField(blank=True, max_length=60, verbose_name="button")),
                (
                    "groups_heading",
                    models.CharField(max_length=120, verbose_name="heading above product groups"),
                ),
                (
                    "body",
                    wagtail.fields.StreamField(
                        [("text", 0), ("image", 1), ("features", 6), ("call", 9)],
                        blank=True,
                        block_lookup={
                            0: (
                                "wagtail.blocks.RichTextBlock",
                                (),
                                {"label": "Text", "template": "website/blocks/text.html"},
                            ),
                            1: (
                                "wagtail.images.blocks.ImageChooserBlock",
                                (),
                                {"label": "Image", "template": "website/blocks/image.html"},
                            ),
                            2: ("wagtail.blocks.CharBlock", (), {"label": "Heading"}),
                            3: ("wagtail.blocks.TextBlock", (), {"label": "Text"}),
                            4: ("wagtail.blocks.StructBlock", [[("title", 2), ("text", 3)]], {}),
                            5: ("wagtail.blocks.ListBlock", (4,), {"label": "Features"}),
                            6: ("wagtail.blocks.StructBlock", [[("heading", 2), ("items", 5)]], {}),
                            7: ("wagtail.blocks.PageChooserBlock", (), {"label": "Page"}),
                            8: ("wagtail.blocks.CharBlock", (), {"label": "Button"}),
                            9: (
                                "wagtail.blocks.StructBlock",
                                [[("heading", 2), ("text", 3), ("page", 7), ("button", 8)]],
                                {},
                            ),
                        },
                        verbose_name="body",
                    ),
                ),
                (
                    "image",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="wagtailimages.image",
                        verbose_name="image",
                    ),
                ),
            ],
            options={
                "verbose_name": "home page",
            },
            bases=("wagtailcore.page",),
        ),
        migrations.CreateModel(
            name="ProductPage",
            fields=[
                (
                    "page_ptr",
                    models.OneToOneField(
                        auto_created=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        parent_link=True,
                        primary_key=True,
                        serialize=False,
                        to="wagtailcore.page",
                    ),
                ),
                ("lead", models.TextField(blank=True, verbose_name="introduction")),
                ("body", wagtail.fields.RichTextField(blank=True, verbose_name="body")),
                (
                    "image",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="wagtailimages.image",
                        verbose_name="image",
                    ),
                ),
            ],
            options={
                "verbose_name": "product group",
            },
            bases=("wagtailcore.page",),
        ),
        migrations.CreateModel(
            name="Product",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sort_order", models.IntegerField(blank=True, editable=False, null=True)),
                ("code", models.CharField(max_length=20, verbose_name="code")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("pack", models.CharField(blank=True, max_length=60, verbose_name="pack")),
                (
                    "page",
                    modelcluster.fields.ParentalKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="products",
                        to="website.productpage",
                    ),
                ),
            ],
            options={
                "verbose_name": "product",
                "ordering": ["sort_order"],
                "abstract": False,
            },
        ),
    ]
