"""One way to run something later."""

from django.db import transaction
from django_q.conf import Conf
from django_q.tasks import async_task, schedule


def enqueue(function, *args):
    """Have the worker call ``function`` (a dotted path) with plain arguments: ids, never secrets.

    With the ORM broker the job stands or falls with the running transaction; with any other it
    is handed over when that commits. A job can run twice: the function must bear it; a mail may
    then go out twice.
    """
    if Conf.ORM:
        async_task(function, *args)
    else:
        transaction.on_commit(lambda: async_task(function, *args))


def enqueue_at(moment, function, *args):
    """The same, once, not before ``moment``."""
    schedule(function, *args, next_run=moment)
