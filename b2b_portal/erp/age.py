"""How old what the portal knows of an ERP is."""

from datetime import timedelta

from django.db.models import Max, Q
from django.utils import timezone

from .. import conf
from .models import ImportBatch

_taken_in = Q(kind=ImportBatch.Kind.ENTRIES, undone_at=None, progress__gt=0)


def data_as_of(supplier):
    """When a file with rows of a supplier's movements last came in, not undone; None for never."""
    batches = supplier.import_batches.filter(_taken_in)
    return batches.aggregate(at=Max("applied_at"))["at"]


def is_old(moment):
    """Whether data of that moment is older than it should be; None, of no data, is not."""
    return moment is not None and moment < _limit()


def with_old_data(suppliers):
    """Those of a queryset of suppliers whose data is old, oldest first; when it came: ``data_as_of``."""
    batches = ImportBatch.objects.filter(_taken_in, supplier__in=suppliers)
    dated = suppliers.filter(import_batches__in=batches).annotate(
        data_as_of=Max("import_batches__applied_at")
    )
    return dated.filter(data_as_of__lt=_limit()).order_by("data_as_of")


def _limit():
    return timezone.now() - timedelta(hours=conf.get("ERP_DATA_WARNING_HOURS"))
