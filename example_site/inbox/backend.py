from django.core.mail.backends.base import BaseEmailBackend

from .models import Mail


class EmailBackend(BaseEmailBackend):
    """Keeps mails in the database instead of sending them."""

    def send_messages(self, email_messages):
        for message in email_messages:
            html = "".join(
                content
                for content, mimetype in getattr(message, "alternatives", [])
                if mimetype == "text/html"
            )
            text = message.body
            if message.content_subtype == "html":
                text, html = "", message.body
            Mail.objects.create(
                sender=message.from_email,
                recipients=", ".join(message.recipients()),
                subject=message.subject,
                text=text,
                html=html,
                source=message.message().as_bytes().decode("utf-8", "replace"),
            )
        return len(email_messages)
