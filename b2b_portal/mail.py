"""One way to send a mail."""

from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import translation


def send(template, context, *, to, language, sender=""):
    """Send ``b2b_portal/mail/<template>.txt`` in a language; its first line is the subject.

    Where what stands in the subject has line ends of its own, they become blanks.

    ``sender``: "Name <address>", else the site's own. Raises what the mail server raises.
    """
    with translation.override(language):
        text = render_to_string(f"b2b_portal/mail/{template}.txt", context)
    subject, _, body = text.strip().partition("\n")
    EmailMessage(" ".join(subject.split()), body.strip() + "\n", sender or None, [to]).send()
