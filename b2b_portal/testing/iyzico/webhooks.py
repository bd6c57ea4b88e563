"""Notifications to the merchant: one thread that sends each after a delay and again until it is taken."""

import contextlib
import heapq
import http.client
import itertools
import json
import socket
import threading
import time
import uuid
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from . import signatures

EVENT = "CHECKOUT_FORM_AUTH"
MERCHANT_ID = 3399000
TRIES = 3  # iyzico stops after three
TIMEOUT = 5  # seconds for the merchant to answer
SIGNATURES = ("v3", "absent", "wrong", "empty")


@dataclass
class Delivery:
    """One notification. ``results`` holds, per try, the HTTP status (int) or the error's text."""

    token: str
    status: str
    body: bytes
    headers: dict
    results: list = field(default_factory=list)

    @property
    def taken(self):
        """Whether the merchant answered 2xx."""
        return (
            bool(self.results)
            and isinstance(self.results[-1], int)
            and 200 <= self.results[-1] < 300
        )


def make(secret_key, *, token, conversation_id, payment_id, status, time_ms, signature="v3"):
    """Build a hosted-page notification as iyzico sends it (docs.iyzico.com, webhook).

    ``signature``: ``v3`` right, ``wrong``, ``empty`` header, or ``absent``. An account without V3 sends
    only an empty ``X-Iyz-Signature``, as observed on the real sandbox. Raises ValueError for another word.
    """
    if signature not in SIGNATURES:
        raise ValueError(f"signature must be one of {', '.join(SIGNATURES)}")
    body = {
        "paymentConversationId": conversation_id,
        "merchantId": MERCHANT_ID,
        "token": token,
        "status": status,
        "iyziReferenceCode": str(uuid.uuid4()),
        "iyziEventType": EVENT,
        "iyziEventTime": time_ms,
        "iyziPaymentId": payment_id,
    }
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Apache-HttpClient/5.2.3 (Java/17.0.15)",
        "X-Api-Version": "V1",
        "X-Iyz-Signature": "",
    }
    right = signatures.webhook_signature(
        secret_key, EVENT, payment_id, token, conversation_id, status
    )
    if signature != "absent":
        headers["X-IYZ-SIGNATURE-V3"] = {"v3": right, "wrong": right[::-1], "empty": ""}[signature]
    return Delivery(token, status, json.dumps(body).encode(), headers)


class Sender:
    """Posts deliveries to ``url``. ``delay`` and ``retry_every`` in seconds. Thread-safe."""

    def __init__(self, url, delay, retry_every):
        self.url = url
        self.delay = delay
        self.retry_every = retry_every
        self.deliveries = []
        self._due = []  # heap of (monotonic time, number, delivery)
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._connections = set()
        self._busy = False
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="iyzico-webhooks", daemon=True)

    def start(self):
        self._thread.start()

    def stop(self):
        """Send nothing more, break off what is under way, and wait for the thread."""
        with self._changed:
            self._stopping = True
            for connection in self._connections:
                with contextlib.suppress(OSError, AttributeError):  # it may have ended by itself
                    connection.sock.shutdown(socket.SHUT_RDWR)
            self._changed.notify_all()
        self._thread.join()

    def later(self, delivery):
        """Queue a delivery; it is sent after the delay, up to three times, until the merchant answers 2xx."""
        with self._changed:
            self.deliveries.append(delivery)
            self._push(delivery, self.delay)

    def now(self, delivery):
        """Send a delivery once, here and now; its result is in ``delivery.results``."""
        with self._changed:
            self.deliveries.append(delivery)
        self._post(delivery)

    def wait(self, timeout):
        """Wait up to ``timeout`` seconds until nothing is queued or under way; return whether that came true."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._due and not self._busy, timeout)

    def _push(self, delivery, seconds):
        heapq.heappush(self._due, (time.monotonic() + seconds, next(self._numbers), delivery))
        self._changed.notify_all()

    def _run(self):
        while True:
            with self._changed:
                while not self._stopping and not (
                    self._due and self._due[0][0] <= time.monotonic()
                ):
                    self._changed.wait(self._due[0][0] - time.monotonic() if self._due else None)
                if self._stopping:
                    return
                delivery = heapq.heappop(self._due)[2]
                self._busy = True
            self._post(delivery)
            with self._changed:
                self._busy = False
                if not delivery.taken and len(delivery.results) < TRIES:
                    self._push(delivery, self.retry_every)
                self._changed.notify_all()

    def _post(self, delivery):
        parts = urlsplit(self.url)
        make_connection = (
            http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        )
        connection = make_connection(parts.netloc, timeout=TIMEOUT)
        try:
            connection.connect()
            with self._changed:
                if self._stopping:
                    return
                self._connections.add(connection)
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("POST", target, delivery.body, delivery.headers)
            with connection.getresponse() as response:
                delivery.results.append(response.status)
        except (OSError, http.client.HTTPException) as error:
            delivery.results.append(f"{type(error).__name__}: {error}")
        finally:
            connection.close()
            with self._changed:
                self._connections.discard(connection)
