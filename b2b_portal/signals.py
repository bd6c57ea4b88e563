"""What happens in the portal, for whoever wants to listen. Each signal names its arguments."""

from django.dispatch import Signal

entry_posted = Signal()  # entry, by
entry_reversed = Signal()  # entry, reversal, by
month_closed = Signal()  # month: a ClosedMonth; by
months_reopened = Signal()  # months: the ClosedMonth rows, by
address_changed = Signal()  # instance: a CustomerAccount or Contact; before, after, by
import_applied = Signal()  # batch: an ImportBatch; by
import_undone = Signal()  # batch, by
payment_settled = Signal()  # payment: its state has changed
signed_in = Signal()  # session: a PortalSession
signed_out = Signal()  # session
