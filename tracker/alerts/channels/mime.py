"""A message as the bytes of a mail: one thread per source, headers that tell machines what it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.errors import MessageError
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

from tracker.alerts.channels.webhook import KEY_HEADER
from tracker.alerts.render.model import Rendered
from tracker.alerts.wording import line
from tracker.errors import DeliveryError

#: Headers that an address may not set: they are ours, or would name more recipients.
_OURS = frozenset(
    {"from", "to", "cc", "bcc", "subject", "date", "message-id", "references", "in-reply-to", "list-id"}
    | {"list-unsubscribe", "list-unsubscribe-post", "auto-submitted", "mime-version", KEY_HEADER.lower()}
)

NAME_LENGTH = 100

#: A line of a mail holds 998 characters (RFC 5322), its name included.
LONGEST_LINE = 900


@dataclass(frozen=True, slots=True)
class Sender:
    """Who a mail is from."""

    name: str
    address: str
    reply_to: tuple[str, ...] = ()
    headers: Mapping[str, str] | None = None  #: further ones, from the address of the route


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail ready to be handed over."""

    sender: str
    recipient: str
    data: bytes
    ascii_addresses: bool  #: whether every server takes it


def mail_bytes(message: Rendered, sender: Sender, recipient: str, key: str, now: datetime) -> Mail:
    """Return a mail to one recipient.

    A second copy under the same key has the same Message-ID. Mails of one thread (a source, a digest) refer to a root
    that is never sent, so that threads hold whichever mail comes first, is lost or is deleted.

    Raises:
        DeliveryError: an address is none.

    """
    domain = _ascii_domain(sender.address)
    mail = EmailMessage(policy=policy.SMTP)
    try:
        mail["From"] = _address(sender.address, sender.name)
        mail["To"] = _address(recipient)
        if sender.reply_to:
            mail["Reply-To"] = [_address(one) for one in sender.reply_to]
        # What others wrote may look like a coded word, and would be read as what it hides.
        mail["Subject"] = message.subject.replace("=?", "= ?")
        mail["Date"] = format_datetime(now)
        mail["Message-ID"] = f"<{key}@{domain}>"
        if message.thread:
            root = f"<{message.thread}.thread@{domain}>"
            mail["In-Reply-To"] = root
            mail["References"] = root
        mail["Auto-Submitted"] = "auto-generated"
        mail["X-Auto-Response-Suppress"] = "All"
        if message.route:
            mail["List-Id"] = f"Policy alerts of {message.route} <{message.route}.tracker.{domain}>"
        if message.unsubscribe:
            mail["List-Unsubscribe"] = f"<{message.unsubscribe}>"
            if message.unsubscribe.startswith("https://"):
                mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        mail[KEY_HEADER] = key
        for name, value in (sender.headers or {}).items():
            if name.lower() not in _OURS and name.isascii() and name.replace("-", "").isalnum():
                mail[name] = line(value, 500)
        mail.set_content(_encodable(message.text), cte="quoted-printable")
        mail.add_alternative(_encodable(message.body), subtype="html", cte="quoted-printable")
        ascii_addresses = recipient.rpartition("@")[0].isascii() and sender.address.rpartition("@")[0].isascii()
        data = mail.as_bytes(policy=_Folding(linesep="\r\n", utf8=not ascii_addresses))
    except (ValueError, IndexError, MessageError):
        raise DeliveryError("mail: an address of the route is no mail address", for_good=True) from None
    return Mail(_envelope(sender.address), _envelope(recipient), data, ascii_addresses)


class _Folding(policy.EmailPolicy):
    """Folds headers without harm to what they say.

    The library puts blanks into long subjects or takes them out, and codes addresses and ids that are longer than a
    line as if they were words, so that neither threads nor one-click unsubscribing work any more.
    """

    def fold_binary(self, name: str, value: Any) -> bytes:
        text = str(value)
        if text.isascii() and len(text) < LONGEST_LINE:
            return f"{name}: {text}\r\n".encode("ascii")
        if name == "Subject":
            return f"{name}: {Header(text, 'utf-8', header_name=name).encode(linesep=self.linesep)}\r\n".encode("ascii")
        return super().fold_binary(name, value)


def _address(address: str, name: str = "") -> Address:
    local, _, domain = _envelope(address).rpartition("@")
    if not local or not domain:
        raise ValueError("no mail address")
    shown = line(name, NAME_LENGTH)
    if local.isascii():
        return Address(shown, addr_spec=f"{local}@{domain}")
    if not all(character.isalnum() or character in ".-_+" for character in local):
        raise ValueError("no mail address")
    return Address(shown, username=local, domain=domain)


def _envelope(address: str) -> str:
    """Return an address with a domain that every server understands."""
    local, _, _ = address.rpartition("@")
    return f"{local}@{_ascii_domain(address)}"


def _ascii_domain(address: str) -> str:
    domain = address.rpartition("@")[2]
    try:
        return domain if domain.isascii() else domain.encode("idna").decode("ascii")
    except UnicodeError:
        raise DeliveryError("mail: an address of the route is no mail address", for_good=True) from None


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
