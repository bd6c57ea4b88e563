"""The example site's settings, on a database of the tests' own choosing."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "example_site"))

from example.settings import *  # noqa: E402,F403

if url := os.environ.get("B2B_TEST_POSTGRES"):
    host, port = url.split(":")
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "b2b_portal",
            "USER": "postgres",
            "HOST": host,
            "PORT": port,
            "CONN_MAX_AGE": 600,
        }
    }

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
