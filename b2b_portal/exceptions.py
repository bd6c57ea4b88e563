"""Errors a caller can name. Each carries a message for the reader, in the reader's language."""


class B2BPortalError(Exception):
    """Anything the portal refuses."""


class LedgerError(B2BPortalError):
    """A movement the ledger refuses; nothing was written."""


class InvalidEntry(LedgerError):
    """An amount, currency, date or kind the ledger does not take."""


class ContentConflict(LedgerError):
    """The same key was posted before with other content."""


class AlreadyReversed(LedgerError):
    """An entry is reversed once, and a reversal never."""


class OverAllocation(LedgerError):
    """More than is open on either side, or two sides that do not belong together."""


class MonthClosed(LedgerError):
    """The day lies in a month of the books that takes nothing any more."""


class InvalidMonth(LedgerError):
    """A month that cannot be closed, or is not closed and cannot be reopened."""


class SignInError(B2BPortalError):
    """A sign-in that goes no further."""


class WrongCode(SignInError):
    """Wrong, used, expired or one try too many: never said which."""


class TooManyRequests(SignInError):
    """More codes asked for than one card or one address may."""


class PaymentError(B2BPortalError):
    """A payment that cannot be started."""


class GatewayError(PaymentError):
    """The gateway did not do what was asked."""


class GatewayUnavailable(GatewayError):
    """No usable answer: nothing is known about what happened there; ask again later."""


class GatewayRefused(GatewayError):
    """The gateway understood and refused."""


class UntrustedAnswer(GatewayError):
    """The answer's signature does not hold."""


class TooManyRows(B2BPortalError):
    """A table longer than who asks can wait for."""


class FileRefused(B2BPortalError):
    """A file that cannot be read as what it should be."""


class TakenOver(FileRefused):
    """An import that another job has begun or finished meanwhile."""


class HeaderNotFound(FileRefused):
    """A table, but no row of it has the headers that the profile knows."""
