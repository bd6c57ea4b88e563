"""A stand-in for iyzico on this machine: the signed API over TLS, the hosted card page, webhooks.

    from b2b_portal.testing.iyzico import Simulator

    with Simulator(ca_file=tmp_path / "ca.pem") as sim:
        ...  # talk to sim.base_url with the official SDK, trusting sim.ca_file

It needs no Django; TLS needs trustme (the extra ``b2b_portal[demo]``). No real card works here and
no money moves. What iyzico does not document and the simulator therefore assumes is said in the
docstrings of ``api.retrieve``, ``cards`` and ``checkout``.
"""

from .checkout import CheckoutError
from .forms import Attempt, Form
from .server import SimulatorError
from .simulator import API_KEY, SECRET_KEY, Simulator
from .webhooks import Delivery

__all__ = [
    "API_KEY",
    "SECRET_KEY",
    "Attempt",
    "CheckoutError",
    "Delivery",
    "Form",
    "Simulator",
    "SimulatorError",
]
