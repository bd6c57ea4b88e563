"""Settings of the example site: one machine, one SQLite file."""

import os
from pathlib import Path

import django

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"

# Port of the development server, used in absolute addresses.
PORT = int(os.environ.get("DEMO_PORT", "8000"))

SECRET_KEY = "example-site-only-never-use-this-key-on-a-public-server"
DEBUG = True
ALLOWED_HOSTS = ["localhost", "127.0.0.1"]


# Applications

INSTALLED_APPS = [
    "website",
    "inbox",
    "demodata",
    # The customer portal, and what it stands on.
    "b2b_portal",
    "b2b_portal.pages",
    "allauth",
    "allauth.account",
    "django_q",
    "wagtail.contrib.forms",
    "wagtail.contrib.redirects",
    "wagtail.contrib.settings",
    "wagtail.contrib.simple_translation",
    "wagtail.locales",
    "wagtail.embeds",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "django_filters",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "website.middleware.RememberLanguageMiddleware",
    "wagtail.contrib.redirects.middleware.RedirectMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "example.urls"
WSGI_APPLICATION = "example.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "wagtail.contrib.settings.context_processors.settings",
            ],
        },
    },
]


# Database

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": BASE_DIR / "db.sqlite3",
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    },
}

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


# Users

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]


# Languages and time

LANGUAGE_CODE = "tr"
LANGUAGES = WAGTAIL_CONTENT_LANGUAGES = [
    ("tr", "Türkçe"),
    ("en", "English"),
]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
WAGTAIL_I18N_ENABLED = True

TIME_ZONE = "Europe/Istanbul"
USE_TZ = True


# Files

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
MEDIA_URL = "/media/"
MEDIA_ROOT = VAR_DIR / "media"


# Mail: kept in the database and shown at /inbox/

DEFAULT_FROM_EMAIL = "Anadolu Toptan <bilgi@anadolutoptan.com.tr>"

if django.VERSION >= (6, 1):
    MAILERS = {"default": {"BACKEND": "inbox.backend.EmailBackend"}}
else:
    EMAIL_BACKEND = "inbox.backend.EmailBackend"


# Wagtail

WAGTAIL_SITE_NAME = "Anadolu Toptan"
WAGTAILADMIN_BASE_URL = f"http://localhost:{PORT}"
WAGTAILADMIN_PERMITTED_LANGUAGES = LANGUAGES
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database"}}
WAGTAILIMAGES_EXTENSIONS = ["avif", "gif", "jpg", "jpeg", "png", "svg", "webp"]
WAGTAILDOCS_EXTENSIONS = ["csv", "docx", "pdf", "xlsx", "zip"]

# Wagtail's page editor can send many fields.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000


# The customer portal

B2B_PORTAL = {
    "BASE_URL": f"http://localhost:{PORT}",
    "GATEWAYS": {
        # The iyzico simulator that the demo starts; a real shop names api.iyzipay.com here.
        "iyzico": {
            "class": "b2b_portal.payments.gateways.iyzico.IyzicoGateway",
            "api_key": "sandbox-example-site",
            "secret_key": "sandbox-example-site-secret",
            "base_url": f"localhost:{PORT + 1}",
            "ca_file": VAR_DIR / f"iyzico-ca-{PORT}.pem",
        },
    },
    "AGEING_BOUNDS": (30, 60, 90),
    "ERP_DATA_WARNING_HOURS": 48,
}

# The worker that mails the sign-in codes: manage.py qcluster
Q_CLUSTER = {
    "name": "example_site",
    "orm": "default",
    "workers": 1,
    "timeout": 60,
    "retry": 120,
    "max_attempts": 3,
    "save_limit": 100,
    "catch_up": False,
}
