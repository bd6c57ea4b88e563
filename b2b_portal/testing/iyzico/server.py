"""The listeners: threaded HTTP on loopback, with or without TLS, that stop without leaving anything behind."""

import contextlib
import http.server
import os
import socket
import socketserver
import ssl
import tempfile
import threading
from pathlib import Path
from urllib.parse import urlsplit

HOST = "127.0.0.1"
CERTIFICATE_NAMES = ["localhost", "127.0.0.1", "::1", "sandbox-api.iyzipay.com"]
TIMEOUT = 30  # seconds an idle connection is kept
MAX_BODY = 1_000_000  # bytes


class SimulatorError(Exception):
    """The simulator cannot start, or was asked for something it cannot do."""


class Listener(http.server.ThreadingHTTPServer):
    """Serves ``handler`` on a loopback port (0: a free one), over TLS when a context is given.

    Raises SimulatorError when the port is taken. The TLS handshake runs in the request's own thread, so
    a silent client holds up nobody.
    """

    daemon_threads = True

    def __init__(self, port, handler, context=None):
        self.context = context
        self._open = {}  # thread: its socket
        self._lock = threading.Lock()
        try:
            super().__init__((HOST, port), handler)
        except OSError as error:
            raise SimulatorError(f"port {port} on {HOST} is not free: {error.strerror}") from error
        name = f"iyzico-{self.port}"
        self._thread = threading.Thread(
            target=self.serve_forever, args=(0.05,), name=name, daemon=True
        )

    @property
    def port(self):
        return self.server_address[1]

    def server_bind(self):
        socketserver.TCPServer.server_bind(
            self
        )  # without http.server's look-up of the host's full name
        self.server_name, self.server_port = HOST, self.port

    def start(self):
        self._thread.start()

    def stop(self):
        """Close the port and every open connection, and wait for all threads."""
        if self._thread.is_alive():
            self.shutdown()
            self._thread.join()
        self.server_close()
        with self._lock:
            threads = list(self._open)
            for connection in self._open.values():
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(connection, socket.SHUT_RDWR)
        for thread in threads:
            thread.join()

    def process_request(self, request, client_address):
        thread = threading.Thread(target=self._serve, args=(request, client_address), daemon=True)
        with self._lock:
            self._open[thread] = request
        thread.start()

    def _serve(self, connection, client_address):
        try:
            connection.settimeout(TIMEOUT)
            if self.context:
                connection = self.context.wrap_socket(
                    connection, server_side=True, do_handshake_on_connect=False
                )
                with self._lock:
                    self._open[threading.current_thread()] = connection
                connection.do_handshake()
            self.finish_request(connection, client_address)
        except OSError:
            pass  # the client went away, or speaks no TLS
        except Exception:
            self.handle_error(connection, client_address)
        finally:
            self.shutdown_request(connection)
            with self._lock:
                del self._open[threading.current_thread()]


class Handler(http.server.BaseHTTPRequestHandler):
    """What both listeners' handlers share: reading the whole body, one answer per connection, no log lines."""

    protocol_version = "HTTP/1.1"

    def log_message(self, format, *args):
        pass

    def version_string(self):
        return "iyzico-simulator"

    @property
    def url(self):
        return urlsplit(self.path)

    def read_body(self):
        """Return the request's body, empty without a Content-Length. Raises ValueError when not readable so."""
        length = int(self.headers.get("Content-Length") or 0)
        if not 0 <= length <= MAX_BODY or self.headers.get("Transfer-Encoding"):
            raise ValueError("the body needs a Content-Length of at most 1 MB")
        return self.rfile.read(length)

    def send(self, status, content_type, text, headers=()):
        data = text.encode()
        self.send_response(status)
        for name, value in [
            ("Content-Type", content_type),
            ("Content-Length", str(len(data))),
            *headers,
        ]:
            self.send_header(name, value)
        self.send_header("Cache-Control", "no-store")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(data)


def make_tls(ca_file):
    """Make a fresh certificate authority, write its certificate (PEM) to ``ca_file``, return the server's context.

    Raises SimulatorError when trustme is not installed.
    """
    try:
        import trustme
    except ImportError as error:
        raise SimulatorError(
            "the iyzico simulator needs trustme: pip install 'b2b_portal[demo]'"
        ) from error
    authority = trustme.CA(organization_name="iyzico simulator")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*CERTIFICATE_NAMES).configure_cert(context)
    _write_whole(Path(ca_file), authority.cert_pem.bytes())
    return context


def _write_whole(path, data):
    """Put the data in place at once, so that a reader never sees half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    os.chmod(temporary, 0o644)
    os.replace(temporary, path)
