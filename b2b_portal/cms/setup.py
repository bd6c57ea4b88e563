"""What a site's database needs before customers can use the portal, made where it is missing."""

from django.contrib.auth.models import Group
from django.utils import translation
from django.utils.text import slugify
from django.utils.translation import gettext as _
from wagtail.models import Site, get_page_models

from ..customers.fold import fold
from ..customers.models import Supplier
from ..ledger import triggers
from ..signin.users import GROUP
from .home import index_pages
from .mixins import PaymentPageMixin, PortalIndexMixin, ReportPageMixin
from .settings import PortalSettings


def steps(supplier_number=None):
    """[(what is missing, function that makes it)]; empty when all is there.

    ``supplier_number``: of the supplier the sites stand for; LookupError where nobody has it.
    """
    supplier = None
    if supplier_number:
        supplier = Supplier.objects.filter(tax_number=supplier_number).first()
        if supplier is None:
            raise LookupError(_("No supplier has this tax number."))
    found = []
    if not Group.objects.filter(name=GROUP).exists():
        found.append((_("group “%s”") % GROUP, lambda: Group.objects.create(name=GROUP)))
    if triggers.missing():
        found.append((_("triggers that guard the ledger"), triggers.install))
    for site in Site.objects.select_related("root_page"):
        found += _site_steps(site, supplier)
    return found


def _site_steps(site, supplier):
    if not list(index_pages(site)):
        yield _("portal pages on %s") % site, lambda: _make_pages(site)
    settings = PortalSettings.for_site(site)
    if supplier and settings.supplier_id != supplier.pk:

        def choose():
            settings.supplier = supplier
            settings.save()

        yield (
            _("%(supplier)s as the supplier of %(site)s")
            % {
                "supplier": supplier,
                "site": site,
            },
            choose,
        )


def _make_pages(site):
    """The index with a statement and a payment page, below the site's root in each language."""
    first = None
    roots = site.root_page.get_translations(inclusive=True).order_by("pk")
    for root in sorted(roots, key=lambda page: page.pk != site.root_page_id):
        with translation.override(root.locale.language_code):
            if first is None:
                first = _first_pages(root)
            else:
                _translate(first, root.locale)


def _first_pages(root):
    index = root.add_child(instance=_new(PortalIndexMixin, show_in_menus=True))
    return [
        index,
        index.add_child(instance=_new(ReportPageMixin)),
        index.add_child(instance=_new(PaymentPageMixin)),
    ]


def _new(mixin, **fields):
    model = page_model(mixin)
    title = _title(mixin)
    return model(title=title, slug=slugify(fold(title)), **fields)


def _translate(pages, locale):
    for page in pages:
        copy = page.copy_for_translation(locale)
        copy.title = _title(next(m for m in _titles() if isinstance(page, m)))
        copy.slug = slugify(fold(copy.title))
        copy.draft_title = copy.title
        copy.save_revision().publish()


def _titles():
    return {
        PortalIndexMixin: _("Customer portal"),
        ReportPageMixin: _("Account statement"),
        PaymentPageMixin: _("Pay online"),
    }


def _title(mixin):
    return _titles()[mixin]


def page_model(mixin):
    """The site's concrete page model with this mixin; LookupError where it has none."""
    for model in get_page_models():
        if issubclass(model, mixin):
            return model
    raise LookupError(
        _("No page model has %s: add “b2b_portal.pages” to INSTALLED_APPS.") % mixin.__name__
    )
