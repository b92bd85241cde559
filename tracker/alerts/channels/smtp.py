"""Mail by SMTP, one recipient at a time: what the server says decides whether another try makes sense.

4xx, broken connections and refused logins are tried again (greylisting is that), 5xx on the message itself is for good.
"""

import base64
import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from ipaddress import ip_address
from typing import Any
from urllib.parse import unquote, urlsplit

from tracker.alerts.channels.mime import Sender, mail_bytes
from tracker.alerts.destinations import Destination
from tracker.alerts.render.model import Rendered
from tracker.alerts.wording import line
from tracker.clock import Clock
from tracker.errors import DeliveryError
from tracker.settings import Settings

#: Seconds one mail may take in all, from the connection on; well below the lease of a delivery.
DEADLINE = 150.0

#: Characters of a server's own words that are kept.
WORDS = 200


#: What servers answer where a recipient, or their host, is none or takes nothing any more (RFC 3463), or say instead.
NOBODY = {"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"}
_NOBODY_IN_WORDS = re.compile(r"(?i)\b(?:unknown|no such|not exist|not found|no mailbox|invalid|disabled|no user)\b")


@dataclass(frozen=True, slots=True)
class MailServer:
    """How to reach a mail server, as Apprise reads it from an address."""

    host: str
    port: int
    mode: str  #: insecure, starttls or ssl
    user: str = field(repr=False)
    password: str = field(repr=False)
    verify: bool  #: whether its certificate is checked

    @classmethod
    def of(cls, service: Any) -> "MailServer":
        """Return the server of an Apprise mail service."""
        host = str(service.smtp_host).strip("[]")
        user, password = service.user or "", service.password or ""
        return cls(host, service.port, service.secure_mode, user, password, service.verify_certificate)


class MailChannel:
    """Sends mail to the addresses `mailto://` and `mailtos://`."""

    def __init__(self, settings: Settings, clock: Clock, *, connect: float, read: float) -> None:
        self._settings = settings
        self._clock = clock
        self._connect = connect
        self._read = read

    def send(self, service: Any, destination: Destination, message: Rendered, key: str) -> None:
        """Send a message to the one recipient of a destination.

        Raises:
            DeliveryError: it was not accepted.

        """
        server = MailServer.of(service)
        name, address = service.from_addr
        sender = Sender(name or "", address, tuple(service.reply_to), dict(service.headers))
        mail = mail_bytes(message, sender, destination.recipient, key, self._clock.now())
        # Who subscribed is nobody's business but theirs, and the outbox is read by others.
        hidden = [server.password, server.user, *([destination.recipient] if destination.unsubscribe else [])]
        try:
            with self._session(server) as session:
                options = [] if mail.ascii_addresses else ["SMTPUTF8", "BODY=8BITMIME"]
                session.sendmail(mail.sender, [mail.recipient], mail.data, options)
        except smtplib.SMTPRecipientsRefused as error:
            code, words = next(iter(error.recipients.values()))
            refusal = _refused("recipient refused", code, words, hidden)
            refusal.no_such_address = _knows_nobody(code, words)
            raise refusal from None
        except smtplib.SMTPSenderRefused as error:
            raise _refused("sender refused", error.smtp_code, error.smtp_error, hidden) from None
        except smtplib.SMTPDataError as error:
            raise _refused("message refused", error.smtp_code, error.smtp_error, hidden) from None
        except smtplib.SMTPAuthenticationError as error:
            # Not for good: whoever mends the login wants the mails that wait.
            told = _told(error.smtp_code, error.smtp_error, hidden)
            raise DeliveryError(f"mail: the server refused the login: {told}") from None
        except smtplib.SMTPNotSupportedError as error:
            raise DeliveryError(f"mail: {_unsupported(str(error))}", for_good="SMTPUTF8" in str(error)) from None
        except smtplib.SMTPResponseException as error:
            told = _told(error.smtp_code, error.smtp_error, hidden)
            raise DeliveryError(f"mail: the server answered {told}") from None
        except (OSError, smtplib.SMTPException, HTTPException) as error:
            raise DeliveryError(f"mail: {_reason(error)}") from None

    @contextmanager
    def _session(self, server: MailServer) -> Iterator[smtplib.SMTP]:
        """Give a session that is encrypted and logged in as the address says, and ends within the deadline."""
        _refuse_plain_password(server)
        context = self._context(server)
        proxy = self._settings.proxy_for(server.host)
        session: _Session = _Session(timeout=self._connect)
        if server.mode == "ssl":
            session = _TlsSession(context=context, timeout=self._connect)
        session.proxy = proxy
        session.name_of(server.host)
        try:
            code, words = session.connect(server.host, server.port)
            if code != 220:
                raise smtplib.SMTPConnectError(code, words)
            if session.sock is not None:
                session.sock.settimeout(self._read)
            session.ehlo_or_helo_if_needed()
            if server.mode == "starttls":
                session.starttls(context=context)
                session.ehlo_or_helo_if_needed()
            if server.user and server.password:
                session.login(server.user, server.password)
            yield session
            # Accepted is accepted, whatever the server says when we leave.
            with suppress(OSError, smtplib.SMTPException):
                session.quit()
        finally:
            session.end_watch()
            session.close()

    def _context(self, server: MailServer) -> ssl.SSLContext:
        bundle = self._settings.ca_bundle
        context = ssl.create_default_context(cafile=str(bundle) if bundle else None)
        if not server.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


class _Session(smtplib.SMTP):
    """A session that may go through a proxy, and is cut when its deadline has come."""

    proxy: str | None = None
    _line: socket.socket | None = None  # a handle of its own: whoever encrypts takes over the other
    _timer: threading.Timer | None = None

    def name_of(self, host: str) -> None:
        """Tell the name that the server's certificate has to bear; the constructor takes it only to connect at once."""
        self._host = host

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        if self.proxy is not None:
            made = _tunnel(self.proxy, host, port, timeout)
        else:
            made = socket.create_connection((host, port), timeout)
        # A server that sends a little every now and then, be it of its greeting, never runs into a timeout.
        self._line = made.dup()
        self._timer = threading.Timer(DEADLINE, _cut, (self._line,))
        self._timer.daemon = True
        self._timer.start()
        return made

    def end_watch(self) -> None:
        """Forget the deadline."""
        if self._timer is not None:
            self._timer.cancel()
        if self._line is not None:
            self._line.close()


class _TlsSession(smtplib.SMTP_SSL, _Session):
    """The same, encrypted from the first byte on; the socket comes from `_Session`."""


def _tunnel(proxy: str, host: str, port: int, timeout: float) -> socket.socket:
    """Return a socket that leads through an HTTP proxy."""
    parts = urlsplit(proxy)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 8080), timeout=timeout)
    headers = {}
    if parts.username is not None:
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Proxy-Authorization"] = f"Basic {base64.b64encode(login.encode()).decode()}"
    connection.set_tunnel(host, port, headers)
    try:
        connection.connect()
    except OSError:
        connection.close()
        raise DeliveryError("mail: the proxy cannot be reached, or does not lead to the mail server") from None
    assert isinstance(connection.sock, socket.socket)
    return connection.sock


def _cut(connection: socket.socket) -> None:
    """End a connection from another thread."""
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _refuse_plain_password(server: MailServer) -> None:
    if server.mode == "insecure" and server.password and not _is_this_machine(server.host):
        raise DeliveryError(
            "mail: the password would go in the clear; write mailtos://, or add mode=starttls", for_good=True
        )


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _refused(what: str, code: int, words: bytes | str, hidden: list[str]) -> DeliveryError:
    return DeliveryError(f"mail: {what}: {_told(code, words, hidden)}", for_good=500 <= code < 600)


def _knows_nobody(code: int, words: bytes | str) -> bool:
    """Return whether a server has no such recipient, or no more; what it has against us says nothing of them."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    enhanced = re.match(r"\s*(5\.\d+\.\d+)\b", text)
    if enhanced is not None:
        return enhanced[1] in NOBODY
    return code in {550, 551, 553} and _NOBODY_IN_WORDS.search(text) is not None


def _told(code: int, words: bytes | str, hidden: list[str]) -> str:
    """Return a server's answer on one line, without what it may repeat of the login."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    for secret in filter(None, hidden):
        for form in (secret, base64.b64encode(secret.encode()).decode()):
            text = text.replace(form, "***")
    return line(f"{code} {text}", WORDS)


def _unsupported(told: str) -> str:
    if "SMTPUTF8" in told:
        return "the server takes no addresses beyond ASCII"
    if "STARTTLS" in told:
        return "the server offers no encryption (STARTTLS)"
    return "the server offers no login that fits"


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the server's certificate is not trusted: {line(error.verify_message, WORDS)}"
    if isinstance(error, FileNotFoundError | IsADirectoryError | PermissionError):
        return "the file that ca_bundle names cannot be read"
    if isinstance(error, ssl.SSLError):
        return "no encrypted connection"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, socket.gaierror):
        return "the server's name cannot be resolved"
    if isinstance(error, ConnectionRefusedError):
        return "the server refused the connection"
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return "the server ended the connection"
    return f"the connection broke ({type(error).__name__})"
