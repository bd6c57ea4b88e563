"""Each system check speaks up about its own setting, and about nothing else."""

import copy
from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.test import override_settings

import b2b_portal
from b2b_portal import checks

# Django's own checks ask the database what it can.
pytestmark = [pytest.mark.once, pytest.mark.django_db]

REAL = {
    "class": "b2b_portal.payments.gateways.iyzico.IyzicoGateway",
    "api_key": "key",
    "secret_key": "secret",
    "base_url": "api.iyzipay.com",
}
SQLITE = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": "x",
    "OPTIONS": {"transaction_mode": "IMMEDIATE"},
}
POSTGRESQL = {"ENGINE": "django.db.backends.postgresql", "NAME": "x", "CONN_MAX_AGE": 600}


@pytest.fixture
def portal(settings):
    """A site as it should be in production; change it and see what is said."""
    settings.DEBUG = False
    settings.B2B_PORTAL = {
        "BASE_URL": "https://www.firma.com.tr",
        "GATEWAYS": {"iyzico": copy.deepcopy(REAL)},
    }
    assert said() == []
    return settings


def said():
    """The ids of what the portal's checks say, through Django's own command."""
    return sorted(
        message.id for message in run_checks() if (message.id or "").startswith("b2b_portal.")
    )


def of_databases(**databases):
    """The same for databases that the tests are not connected to."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checks.settings, "DATABASES", databases)
        return [message.id for message in checks.check_databases(None)]


def test_a_site_as_it_should_be_hears_nothing(portal):
    assert said() == []


def test_e001_a_setting_nobody_knows(portal):
    portal.B2B_PORTAL["GATEWAY"] = {}
    (message,) = [m for m in run_checks() if m.id == "b2b_portal.E001"]
    assert "GATEWAY" in message.msg
    assert said() == ["b2b_portal.E001"]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "www.firma.com.tr",
        "//www.firma.com.tr",
        "https://",
        "ftp://www.firma.com.tr",
        "https://www.firma.com.tr/b2b/",
        "javascript:alert(1)",
    ],
)
def test_e002_an_address_links_cannot_start_with(portal, url):
    portal.B2B_PORTAL["BASE_URL"] = url
    assert said() == ["b2b_portal.E002"]


@pytest.mark.parametrize(
    "url",
    ["https://www.firma.com.tr?a=1", "https://www.firma.com.tr/#x", "https://:443", "https://a b"],
)
def test_e002_of_an_address_that_only_begins_well(portal, url):
    portal.B2B_PORTAL["BASE_URL"] = url
    assert said() == ["b2b_portal.E002"]


def test_e002_without_any_setting(portal):
    del portal.B2B_PORTAL
    assert said() == ["b2b_portal.E002"]


@pytest.mark.parametrize(
    "url", ["https://www.firma.com.tr", "https://www.firma.com.tr/", "http://localhost:8000"]
)
def test_no_e002_of_a_sites_address(portal, url):
    portal.B2B_PORTAL["BASE_URL"] = url
    assert said() == []


@pytest.mark.parametrize("app", ["django_q", "allauth.account"])
def test_e003_an_app_that_is_missing(portal, monkeypatch, app):
    is_installed = checks.apps.is_installed
    monkeypatch.setattr(
        checks.apps, "is_installed", lambda name: name != app and is_installed(name)
    )
    (message,) = checks.check_settings(None)
    assert (message.id, app in message.msg) == ("b2b_portal.E003", True)


@pytest.mark.parametrize(
    "dotted",
    ["b2b_portal.payments.gateways.iyzico.Nothing", "no.such.module.Gateway", "nothing", ""],
)
def test_e004_a_gateway_whose_class_cannot_be_found(portal, dotted):
    portal.B2B_PORTAL["GATEWAYS"]["iyzico"]["class"] = dotted
    assert said() == ["b2b_portal.E004"]


def test_e004_a_gateway_without_a_class(portal):
    del portal.B2B_PORTAL["GATEWAYS"]["iyzico"]["class"]
    assert said() == ["b2b_portal.E004"]


@pytest.mark.parametrize(
    "options", [{**REAL, "class": "decimal.Decimal"}, {**REAL, "class": None}, "iyzico"], ids=str
)
def test_e004_something_that_is_no_gateway(portal, options):
    portal.B2B_PORTAL["GATEWAYS"]["iyzico"] = options
    assert said() == ["b2b_portal.E004"]


@pytest.mark.parametrize("option", ["api_key", "secret_key", "base_url"])
@pytest.mark.parametrize("lacking", ["gone", "empty"])
def test_e005_an_option_the_gateway_needs(portal, option, lacking):
    options = portal.B2B_PORTAL["GATEWAYS"]["iyzico"]
    options[option] = ""
    if lacking == "gone":
        del options[option]
    (message,) = [m for m in run_checks() if m.id == "b2b_portal.E005"]
    assert option in message.msg and "iyzico" in message.msg
    assert said() == ["b2b_portal.E005"]


def test_no_e005_without_gateways(portal):
    portal.B2B_PORTAL["GATEWAYS"] = {}
    assert said() == []


LOOPBACK = ["localhost", "localhost:8443", "127.0.0.1:8443", "127.1.2.3", "[::1]:8443", "::1"]


@pytest.mark.parametrize("host", LOOPBACK)
def test_e006_a_simulator_with_debug_off(portal, host):
    portal.B2B_PORTAL["GATEWAYS"]["iyzico"]["base_url"] = host
    (message,) = [m for m in run_checks() if m.id == "b2b_portal.E006"]
    assert message.is_serious()
    assert said() == ["b2b_portal.E006"]


@pytest.mark.parametrize(
    "host",
    [
        "LOCALHOST:8443",
        "0.0.0.0:8443",
        "https://localhost:8443",
        "[0:0:0:0:0:0:0:1]:8443",
        " localhost",
    ],
)
def test_e006_however_this_machine_is_spelt(portal, host):
    portal.B2B_PORTAL["GATEWAYS"]["iyzico"]["base_url"] = host
    assert said() == ["b2b_portal.E006"]


def test_e006_of_any_gateway_there_is(portal):
    portal.B2B_PORTAL["GATEWAYS"]["second"] = {**REAL, "base_url": "localhost:8443"}
    (message,) = [m for m in run_checks() if m.id == "b2b_portal.E006"]
    assert "second" in message.msg


@pytest.mark.parametrize("host", LOOPBACK)
def test_no_e006_while_developing(portal, host):
    portal.DEBUG = True
    portal.B2B_PORTAL["GATEWAYS"]["iyzico"]["base_url"] = host
    assert said() == []


@pytest.mark.parametrize(
    "host", ["api.iyzipay.com", "sandbox-api.iyzipay.com", "localhosting.com.tr", "127-pay.com"]
)
def test_no_e006_of_a_real_host(portal, host, request):
    portal.B2B_PORTAL["GATEWAYS"]["iyzico"]["base_url"] = host
    assert said() == []


@pytest.mark.parametrize("mode", [None, "DEFERRED", "EXCLUSIVE"])
def test_w007_sqlite_without_immediate_transactions(mode):
    options = {"transaction_mode": mode} if mode else {}
    assert of_databases(default={**SQLITE, "OPTIONS": options}) == ["b2b_portal.W007"]
    assert of_databases(default={"ENGINE": SQLITE["ENGINE"]}) == ["b2b_portal.W007"]


def test_no_w007_with_them_or_on_another_database():
    assert of_databases(default=SQLITE) == []
    assert of_databases(default=POSTGRESQL) == []


@pytest.mark.parametrize("age", ["gone", 0])
def test_w008_postgresql_with_a_new_connection_each_time(age):
    database = {**POSTGRESQL, "CONN_MAX_AGE": age}
    if age == "gone":
        del database["CONN_MAX_AGE"]
    assert of_databases(default=database) == ["b2b_portal.W008"]


@pytest.mark.parametrize(
    "changes", [{"CONN_MAX_AGE": None}, {"CONN_MAX_AGE": 0, "OPTIONS": {"pool": True}}], ids=str
)
def test_no_w008_where_connections_are_kept(changes, request):
    """None keeps a connection for ever, says Django."""
    assert of_databases(default={**POSTGRESQL, **changes}) == []


def test_every_database_is_looked_at():
    there = {"default": SQLITE, "other": {"ENGINE": SQLITE["ENGINE"]}}
    assert of_databases(**there) == ["b2b_portal.W007"]


def test_e009_urls_that_are_not_included(portal):
    with override_settings(ROOT_URLCONF="wagtail.urls"):
        assert [message.id for message in checks.check_urls(None)] == ["b2b_portal.E009"]
    assert [message.id for message in checks.check_urls(None)] == []


def templates(*folders):
    engine = "django.template.backends.django.DjangoTemplates"
    return override_settings(TEMPLATES=[{"BACKEND": engine, "DIRS": folders}])


PORTALS_OWN = Path(b2b_portal.__file__).parent / "templates"


def test_e010_templates_that_are_not_found(portal):
    with templates():
        assert [message.id for message in checks.check_templates(None)] == ["b2b_portal.E010"]
    assert [message.id for message in checks.check_templates(None)] == []


def test_e010_a_site_without_a_base_template(portal):
    """The portal's own is there, and extends a base.html that is not."""
    with templates(PORTALS_OWN):
        assert [message.id for message in checks.check_templates(None)] == ["b2b_portal.E010"]


def test_no_e010_where_the_bridge_leads_elsewhere(portal, tmp_path):
    """A site whose base template has another name overrides the one file that names it."""
    bridge = tmp_path / "b2b_portal/layouts/base.html"
    bridge.parent.mkdir(parents=True)
    bridge.write_text('{% extends "site.html" %}')
    (tmp_path / "site.html").write_text("{% block content %}{% endblock %}")
    with templates(tmp_path, PORTALS_OWN):
        assert [message.id for message in checks.check_templates(None)] == []


@pytest.mark.parametrize("hours", [0, -1, 1.5, "48", None, True])
def test_e013_no_number_of_hours(portal, hours):
    portal.B2B_PORTAL["ERP_DATA_WARNING_HOURS"] = hours
    assert said() == ["b2b_portal.E013"]


@pytest.mark.parametrize(
    "queue", [{}, {"timeout": None, "retry": 60}, {"timeout": 60}, {"timeout": 120, "retry": 120}]
)
def test_w014_jobs_that_are_begun_again_while_they_run(portal, queue):
    portal.Q_CLUSTER = {"name": "portal", "orm": "default", **queue}
    assert said() == ["b2b_portal.W014"]


def test_no_w014_where_a_job_has_ended_before_it_is_begun_again(portal):
    portal.Q_CLUSTER = {"name": "portal", "orm": "default", "timeout": 60, "retry": 61}
    assert said() == []
