import pytest
from hypothesis import Phase
from .test_ledger_properties import run_histories
@pytest.mark.django_db
def test_many():
    run_histories(max_examples=400, phases=[Phase.generate], database=None, report_multiple_bugs=False)
