"""Where files lie that only signed-in eyes may see."""

from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import FileSystemStorage, storages


class PrivateStorage(FileSystemStorage):
    """A folder without URLs."""

    base_url = None


def storage():
    """``STORAGES["b2b_portal"]``, else the folder ``b2b_portal_files`` in ``BASE_DIR``.

    Never a folder below ``MEDIA_ROOT``, which the web server hands out to everybody.
    """
    if "b2b_portal" in settings.STORAGES:
        chosen = storages["b2b_portal"]
    else:
        chosen = PrivateStorage(
            Path(getattr(settings, "BASE_DIR", Path.cwd())) / "b2b_portal_files"
        )
    if settings.MEDIA_ROOT and isinstance(chosen, FileSystemStorage):
        if Path(chosen.location).resolve().is_relative_to(Path(settings.MEDIA_ROOT).resolve()):
            raise ImproperlyConfigured(
                f"{chosen.location} lies below MEDIA_ROOT: the portal's files would be public. "
                "Name another folder in STORAGES['b2b_portal']."
            )
    return chosen
