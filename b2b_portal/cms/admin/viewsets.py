"""What all viewsets of the portal share."""

from django.contrib.admin.utils import quote
from django.contrib.auth import get_permission_codename
from django.urls import reverse
from django.utils.functional import cached_property
from wagtail.admin.admin_url_finder import ModelAdminURLFinder
from wagtail.admin.viewsets.model import ModelViewSet

from ..policies import POLICIES
from . import views

READ = ("index", "index_results", "inspect")
WRITE = ("add", "edit", "delete", "history", "history_results")


class URLFinder(ModelAdminURLFinder):
    """Where a row is edited or, by those who may only see it, inspected."""

    edit_url_name = None
    inspect_url_name = None

    def get_edit_url(self, instance):
        policy = POLICIES[type(instance)]
        for name, action in ((self.edit_url_name, "change"), (self.inspect_url_name, "view")):
            if name and (
                not self.user
                or policy.user_has_permission_for_instance(self.user, action, instance)
            ):
                return reverse(name, args=(quote(instance.pk),))


class PortalViewSet(ModelViewSet):
    """A ModelViewSet with only the views named in ``pages``, under the model's portal policy."""

    pages = READ + WRITE
    list_select_related = ()
    list_prefetch_related = ()
    list_per_page = 50
    inspect_view_enabled = True
    copy_view_enabled = False
    add_to_reference_index = False

    index_view_class = views.IndexView
    edit_view_class = views.EditView
    delete_view_class = views.DeleteView
    history_view_class = views.HistoryView
    inspect_view_class = views.InspectView

    @cached_property
    def name(self):
        return f"b2b_{self.model_name}"

    @cached_property
    def permission_policy(self):
        return POLICIES[self.model]

    @cached_property
    def export_filename(self):
        return str(self.model._meta.verbose_name_plural)

    def get_urlpatterns(self):
        return [pattern for pattern in super().get_urlpatterns() if pattern.name in self.pages]

    def get_common_view_kwargs(self, **kwargs):
        missing = {
            f"{page}_url_name": None
            for page in ("add", "edit", "delete", "history", "usage")
            if page not in self.pages
        }
        return super().get_common_view_kwargs(**missing, **kwargs)

    def get_index_view_kwargs(self, **kwargs):
        queryset = self.model._default_manager.all()
        if self.list_select_related:
            queryset = queryset.select_related(*self.list_select_related)
        return super().get_index_view_kwargs(
            queryset=queryset.prefetch_related(*self.list_prefetch_related), **kwargs
        )

    def get_permissions_to_register(self):
        codenames = [
            get_permission_codename(action, self.model_opts)
            for action in self.permission_policy.actions
        ]
        return super().get_permissions_to_register().filter(codename__in=codenames)

    @property
    def url_finder_class(self):
        names = {
            f"{page}_url_name": self.get_url_name(page)
            for page in ("edit", "inspect")
            if page in self.pages
        }
        return type(f"{self.model.__name__}URLFinder", (URLFinder,), names)


class ReadOnlyViewSet(PortalViewSet):
    """To be looked at: no form, no button that writes."""

    pages = READ
    form_fields = ()
