"""Where the portal's own files lie: never where the web server hands them out."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile

from b2b_portal.files import storage


def test_beside_the_site_and_without_urls(settings, tmp_path):
    settings.BASE_DIR = tmp_path
    settings.MEDIA_ROOT = tmp_path / "media"
    chosen = storage()
    name = chosen.save("invoices/a.xml", ContentFile(b"<a/>"))
    assert (tmp_path / "b2b_portal_files" / name).read_bytes() == b"<a/>"
    with pytest.raises(ValueError):
        chosen.url(name)


def test_where_the_site_says(settings, tmp_path):
    settings.STORAGES = settings.STORAGES | {
        "b2b_portal": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / "ours"},
        }
    }
    assert storage().location == str(tmp_path / "ours")


@pytest.mark.parametrize("media", ["", "b2b_portal_files"])
def test_never_below_the_media(settings, tmp_path, media):
    settings.BASE_DIR = tmp_path
    settings.MEDIA_ROOT = tmp_path / media
    with pytest.raises(ImproperlyConfigured, match="MEDIA_ROOT"):
        storage()


def test_a_site_without_media(settings, tmp_path):
    settings.BASE_DIR = tmp_path
    settings.MEDIA_ROOT = ""
    assert storage().location == str(tmp_path / "b2b_portal_files")
