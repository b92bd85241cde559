"""Real receivers of messages on this machine: an SMTP server and an HTTP server that keep what they get."""

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword


@dataclass
class Mailbox:
    """What an SMTP server got, and what it answers."""

    port: int = 0
    refuse: str = ""  #: the answer to every recipient
    refused: dict[str, str] = field(default_factory=dict)  #: the answer to one recipient
    refuse_sender: str = ""
    refuse_data: str = ""
    mails: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)  #: in the order of the mails
    encrypted: list[bool] = field(default_factory=list)

    async def handle_MAIL(self, _server: Any, _session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if self.refuse_sender:
            return self.refuse_sender
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        answer = self.refused.get(address, self.refuse)
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        if self.refuse_data:
            return self.refuse_data
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.raw.append(envelope.content)
        self.recipients += envelope.rcpt_tos
        self.encrypted.append(server.transport.get_extra_info("ssl_object") is not None)
        return "250 OK"


@contextmanager
def smtp_server(
    *,
    starttls: ssl.SSLContext | None = None,
    tls: ssl.SSLContext | None = None,
    login: tuple[str, str] | None = None,
    anybody: bool = False,
) -> Iterator[Mailbox]:
    """Run an SMTP server on a free port; with STARTTLS, encrypted from the start, for one user or any that logs in."""
    box = Mailbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        box.port = probe.getsockname()[1]

    def authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        return AuthResult(success=anybody or login == (data.login.decode(), data.password.decode()), handled=False)

    controller = Controller(
        box,
        hostname="127.0.0.1",
        port=box.port,
        ssl_context=tls,
        tls_context=starttls,
        require_starttls=starttls is not None,
        authenticator=authenticate if login or anybody else None,
        auth_required=login is not None or anybody,
        auth_require_tls=starttls is not None,
    )
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


@dataclass
class Post:
    """One request to the HTTP server."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    raw: bytes = b""
    status: int = 200  #: what it was answered


@dataclass
class Hook:
    """What an HTTP server got; it answers with `status`, `headers` and `answer`, or first with each of `script`."""

    port: int = 0
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    answer: bytes = b"ok"
    script: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    posts: list[Post] = field(default_factory=list)


@contextmanager
def http_server(*, tls: ssl.SSLContext | None = None) -> Iterator[Hook]:
    """Run an HTTP server on a free port that takes JSON."""
    hook = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            if len(raw) < int(self.headers["Content-Length"]):
                return  # the sender died over it
            status, headers, answer = hook.script.pop(0) if hook.script else (hook.status, hook.headers, hook.answer)
            hook.posts.append(Post(self.path, dict(self.headers), json.loads(raw), raw, status))
            (self.send_response_only if "Date" in headers else self.send_response)(status)
            if status in {301, 307}:
                self.send_header("Location", "/elsewhere")
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    hook.port = server.server_address[1]
    try:
        yield hook
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
