"""The demo data of the example site: no models, one command."""

from django.apps import AppConfig


class DemodataConfig(AppConfig):
    name = "demodata"
    label = "demodata"
    verbose_name = "Demo data"
