"""The worker's part, done here and now, from the real queue."""

from django.utils.module_loading import import_string
from django_q.models import OrmQ


def work():
    """Run every queued job once, oldest first; returns how many. Errors come through."""
    done = 0
    while row := OrmQ.objects.order_by("pk").first():
        task = row.task
        row.delete()
        function = task["func"]
        if isinstance(function, str):
            function = import_string(function)
        function(*task["args"], **task["kwargs"])
        done += 1
    return done
