from django.db import models
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel, InlinePanel, MultiFieldPanel
from wagtail.contrib.settings.models import BaseSiteSetting, register_setting
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Orderable, Page
from wagtail.search import index

from .blocks import BodyBlock


def image_field():
    return models.ForeignKey(
        "wagtailimages.Image",
        verbose_name=_("image"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )


@register_setting(icon="home")
class CompanySettings(BaseSiteSetting):
    """What stands in the footer of every page."""

    legal_name = models.CharField(_("legal name"), max_length=200, blank=True)
    address = models.TextField(_("address"), blank=True)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)

    class Meta:
        verbose_name = _("company details")


class HomePage(Page):
    heading = models.CharField(_("heading"), max_length=120)
    lead = models.TextField(_("introduction"), blank=True)
    image = image_field()
    button = models.CharField(_("button"), max_length=60, blank=True)
    groups_heading = models.CharField(_("heading above product groups"), max_length=120)
    body = StreamField(BodyBlock(), verbose_name=_("body"), blank=True)

    parent_page_types = ["wagtailcore.Page"]
    content_panels = Page.content_panels + [
        MultiFieldPanel(
            [
                FieldPanel("heading"),
                FieldPanel("lead"),
                FieldPanel("image"),
                FieldPanel("button"),
            ],
            heading=_("Top of the page"),
        ),
        FieldPanel("groups_heading"),
        FieldPanel("body"),
    ]
    search_fields = Page.search_fields + [
        index.SearchField("lead"),
        index.SearchField("body"),
    ]

    class Meta:
        verbose_name = _("home page")

    @property
    def product_index(self):
        return ProductIndexPage.objects.child_of(self).live().first()


class StandardPage(Page):
    lead = models.TextField(_("introduction"), blank=True)
    body = StreamField(BodyBlock(), verbose_name=_("body"), blank=True)

    content_panels = Page.content_panels + [FieldPanel("lead"), FieldPanel("body")]
    search_fields = Page.search_fields + [
        index.SearchField("lead"),
        index.SearchField("body"),
    ]

    class Meta:
        verbose_name = _("standard page")


class ProductIndexPage(Page):
    lead = models.TextField(_("introduction"), blank=True)

    parent_page_types = ["website.HomePage"]
    subpage_types = ["website.ProductPage"]
    content_panels = Page.content_panels + [FieldPanel("lead")]

    class Meta:
        verbose_name = _("product index")

    @property
    def groups(self):
        return ProductPage.objects.child_of(self).live().select_related("image")


class ProductPage(Page):
    """One group of products."""

    lead = models.TextField(_("introduction"), blank=True)
    image = image_field()
    body = RichTextField(_("body"), blank=True)

    parent_page_types = ["website.ProductIndexPage"]
    subpage_types = []
    content_panels = Page.content_panels + [
        FieldPanel("lead"),
        FieldPanel("image"),
        FieldPanel("body"),
        InlinePanel("products", heading=_("Products"), label=_("Product")),
    ]
    search_fields = Page.search_fields + [
        index.SearchField("lead"),
        index.SearchField("body"),
    ]

    class Meta:
        verbose_name = _("product group")


class Product(Orderable):
    page = ParentalKey(ProductPage, on_delete=models.CASCADE, related_name="products")
    code = models.CharField(_("code"), max_length=20)
    name = models.CharField(_("name"), max_length=120)
    pack = models.CharField(_("pack"), max_length=60, blank=True)

    class Meta(Orderable.Meta):
        verbose_name = _("product")

    def __str__(self):
        return f"{self.code} {self.name}"


class ContactPage(Page):
    lead = models.TextField(_("introduction"), blank=True)
    hours = models.TextField(_("opening hours"), blank=True)
    body = RichTextField(_("body"), blank=True)

    content_panels = Page.content_panels + [
        FieldPanel("lead"),
        InlinePanel("departments", heading=_("Departments"), label=_("Department")),
        FieldPanel("hours"),
        FieldPanel("body"),
    ]

    class Meta:
        verbose_name = _("contact page")


class Department(Orderable):
    page = ParentalKey(ContactPage, on_delete=models.CASCADE, related_name="departments")
    name = models.CharField(_("name"), max_length=80)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)

    class Meta(Orderable.Meta):
        verbose_name = _("department")

    def __str__(self):
        return self.name
