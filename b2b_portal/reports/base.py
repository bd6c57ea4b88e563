"""A report: parameters, one query, columns. It gives a Table; every output renders that."""

from .periods import PeriodForm


class Report:
    """Subclass, set ``name`` and ``title``, write ``table``, and ``register`` it."""

    name = ""
    title = ""
    form_class = PeriodForm

    def form(self, account, data):
        """The form that reads the report's parameters from a GET dict."""
        return self.form_class(data)

    def table(self, account, params):
        """The ``Table`` for the form's ``cleaned_data``."""
        raise NotImplementedError


_reports = {}


def register(report_class):
    _reports[report_class.name] = report_class()
    return report_class


def get(name):
    """The report of that name; KeyError for none."""
    return _reports[name]


def choices():
    return [(name, report.title) for name, report in _reports.items()]
