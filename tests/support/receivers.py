"""Real receivers of messages on this machine: an SMTP server and an HTTP server that keep what they get."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller


@dataclass
class Mailbox:
    """What an SMTP server got; `refuse` answers every recipient with this line instead."""

    port: int = 0
    refuse: str = ""
    mails: list[EmailMessage] = field(default_factory=list)

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        if self.refuse:
            return self.refuse
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 OK"


@contextmanager
def smtp_server() -> Iterator[Mailbox]:
    """Run an SMTP server on a free port."""
    box = Mailbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        box.port = probe.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
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


@dataclass
class Hook:
    """What an HTTP server got; it answers with `status`."""

    port: int = 0
    status: int = 200
    posts: list[Post] = field(default_factory=list)


@contextmanager
def http_server() -> Iterator[Hook]:
    """Run an HTTP server on a free port that takes JSON."""
    hook = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            hook.posts.append(Post(self.path, dict(self.headers), body))
            self.send_response(hook.status)
            if hook.status in {301, 307}:
                self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    hook.port = server.server_address[1]
    try:
        yield hook
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
