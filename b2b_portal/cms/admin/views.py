"""Wagtail's generic views, kept to the rows of one's own suppliers."""

import datetime
from decimal import Decimal

from django.contrib.admin.utils import quote
from django.db.models import PROTECT, RESTRICT, ProtectedError, Q, RestrictedError
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from wagtail.admin.admin_url_finder import AdminURLFinder
from wagtail.admin.ui.tables import Table
from wagtail.admin.views import generic
from wagtail.admin.views.generic.history import HistoryView as GenericHistoryView
from wagtail.admin.widgets.button import Button, HeaderButton

from ...customers.fold import fold
from ...ledger.models import AccountBalance, MonthBalance, OpenItem
from ..policies import suppliers_of, visible
from .cells import guard, naive, plain, write, write_field

# There only where a movement is; nobody knows their names.
IMPLIED = (AccountBalance, MonthBalance, OpenItem)
ANY = ["add", "change", "delete", "view"]


class OwnRowsMixin:
    """Only rows the user may see; others are not there (404)."""

    def own(self, queryset):
        return visible(queryset, self.request.user)


class IndexView(OwnRowsMixin, generic.IndexView):
    """A list with a folded search and spreadsheets without formulas.

    ``search_fields`` named search_text are compared folded, others as they are typed. Every word
    typed must be found in one of them.
    """

    title_label = None
    title_value = None

    custom_value_preprocess = {
        str: {"csv": guard},
        Decimal: {"csv": plain, "xlsx": plain},
        datetime.datetime: {"csv": naive, "xlsx": naive},
        datetime.date: {"xlsx": None},
    }

    def get_base_queryset(self):
        return self.own(super().get_base_queryset())

    @cached_property
    def columns(self):
        columns = [column for column in super().columns if self._is_wanted(column)]
        if self.title_label:
            columns[0].label = self.title_label
        if self.title_value:
            columns[0].accessor = self.title_value
        return columns

    def _is_wanted(self, column):
        """The supplier stands in a list only for who sees several."""
        return column.name != "supplier" or len(suppliers_of(self.request.user)[:2]) > 1

    def order_queryset(self, queryset):
        queryset = super().order_queryset(queryset)
        return queryset.order_by(*queryset.query.order_by, "-pk") if self.ordering else queryset

    def get_list_buttons(self, instance):
        """None where the row's title leads to all there is."""
        return super().get_list_buttons(instance) if self.edit_url_name else []

    def search_queryset(self, queryset):
        for word in self.search_query.split():
            queryset = queryset.filter(self.found(word))
        return queryset

    def found(self, word):
        """The condition that a row holds a word of the search."""
        condition = Q()
        for field in self.search_fields:
            if field.endswith("search_text"):
                condition |= Q(**{f"{field}__contains": fold(word)})
            else:
                for spelling in spellings(word):
                    condition |= Q(**{f"{field}__icontains": spelling})
        return condition


def spellings(word):
    """A word as typed and in Turkish small and capital letters: SQLite folds a to z only."""
    small = word.translate({ord("İ"): "i", ord("I"): "ı"}).lower()
    capital = word.translate({ord("i"): "İ", ord("ı"): "I"}).upper()
    return {word, small, capital, capital[:1] + small[1:]}


class EditView(OwnRowsMixin, generic.EditView):
    def get_queryset(self):
        return self.own(super().get_queryset())


class HistoryView(OwnRowsMixin, GenericHistoryView):
    any_permission_required = ANY
    inspect_url_name = None

    def get_base_object_queryset(self):
        return self.own(super().get_base_object_queryset())

    @cached_property
    def header_buttons(self):
        if self.edit_url_name and self.user_has_permission("change"):
            return super().header_buttons
        url = reverse(self.inspect_url_name, args=(quote(self.object.pk),))
        return [HeaderButton(pgettext("b2b_portal", "Inspect"), url=url, icon_name="info-circle")]


class DeleteView(OwnRowsMixin, generic.DeleteView):
    """Says what stands in the way instead of failing on it."""

    template_name = "b2b_portal/admin/confirm_delete.html"

    def get_queryset(self):
        return self.own(super().get_queryset())

    @cached_property
    def in_the_way(self):
        return names_of(what_refers(self.object))

    def form_valid(self, form):
        if not self.in_the_way:
            try:
                return super().form_valid(form)
            except ProtectedError as error:
                self.in_the_way = names_of({type(row) for row in error.protected_objects})
            except RestrictedError as error:
                self.in_the_way = names_of({type(row) for row in error.restricted_objects})
        return self.render_to_response(self.get_context_data(form=form), status=409)

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            in_the_way=self.in_the_way, is_protected=bool(self.in_the_way), **kwargs
        )


def names_of(models):
    return sorted({capfirst(str(model._meta.verbose_name_plural)) for model in models})


def what_refers(instance):
    """The models whose rows forbid deleting this one."""
    for relation in instance._meta.get_fields(include_hidden=True):
        if (
            relation.auto_created
            and not relation.concrete
            and (relation.one_to_many or relation.one_to_one)
            and relation.on_delete in (PROTECT, RESTRICT)
            and relation.related_model not in IMPLIED
            and relation.related_model._base_manager.filter(
                **{relation.field.name: instance}
            ).exists()
        ):
            yield relation.related_model


class InspectView(OwnRowsMixin, generic.InspectView):
    """All about one row: its fields, then tables of what belongs to it."""

    template_name = "b2b_portal/admin/inspect.html"
    history_url_name = None
    labels = {}

    def get_object(self, queryset=None):
        return get_object_or_404(self.own(self.model._default_manager.all()), pk=self.pk)

    @cached_property
    def header_more_buttons(self):
        buttons = list(super().header_more_buttons)
        if self.history_url_name:
            url = reverse(self.history_url_name, args=(quote(self.object.pk),))
            buttons.append(Button(_("History"), url=url, icon_name="history", priority=30))
        return buttons

    def get_field_label(self, field_name, field):
        label = self.labels.get(field_name)
        return label or super().get_field_label(field_name, field)

    def get_field_display_value(self, field_name, field):
        special = getattr(self, f"get_{field_name}_display_value", None)
        if special:
            value = special()
        else:
            value = getattr(self.object, field_name, None)
            if hasattr(value, "_meta"):
                value = self.link_to(value)
            elif value is not None:
                value = write_field(self.object, field_name) if field else write(value)
        return "—" if value == "" or value is None else value

    def link_to(self, instance):
        """The instance's name, as a link where the user may go."""
        url = AdminURLFinder(self.request.user).get_edit_url(instance)
        return format_html('<a href="{}">{}</a>', url, instance) if url else instance

    def get_tables(self):
        """(heading, columns, rows) of each table below the fields."""
        return []

    def get_context_data(self, **kwargs):
        tables = []
        for heading, columns, rows in self.get_tables():
            rows = list(rows)
            if rows:
                tables.append((heading, Table(columns, rows)))
        return super().get_context_data(tables=tables, **kwargs)
