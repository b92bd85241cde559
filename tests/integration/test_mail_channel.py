"""Mail in a real SMTP server: threads, headers, encryption, and every way a server may refuse."""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.authority import Authority, authority
from tests.support.messages import HOSTILE, alert, only
from tests.support.receivers import Mailbox, http_server, smtp_server
from tracker.alerts.channels import smtp
from tracker.alerts.channels.mime import Sender, mail_bytes
from tracker.alerts.destinations import Channel, destinations
from tracker.alerts.message import digest_of
from tracker.alerts.notifier import ChannelNotifier
from tracker.alerts.render import Rendered, render
from tracker.clock import ManualClock
from tracker.errors import DeliveryError
from tracker.settings import Settings

FROM = "from=tracker@acme.example&to=officer@acme.example"


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with smtp_server() as box:
        yield box


def notifier(**values: object) -> ChannelNotifier:
    return ChannelNotifier(Settings(**values), connect=2, read=2)  # type: ignore[arg-type]


def message(**values: object) -> Rendered:
    return render(alert(**values), Channel.MAIL, "k1", route="team")


def plain(box: Mailbox, **values: str) -> str:
    told = {"from": "tracker@acme.example", "to": "officer@acme.example", "mode": "insecure"} | values
    return f"mailto://127.0.0.1:{box.port}?" + "&".join(f"{name}={value}" for name, value in told.items())


def refused(url: str, **values: object) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        notifier(**values).send(only(url), message(), "k1")
    return caught.value


def test_mails_on_one_source_are_one_thread_and_others_are_not(mailbox: Mailbox) -> None:
    """Both refer to the same root, which is no mail; each has an id of its own, the same in a second copy."""
    sender = notifier()
    for ident, key in (("acme", "k1"), ("acme", "k2"), ("acme", "k2"), ("brightmail", "k3")):
        sender.send(only(plain(mailbox)), render(alert(source_id=ident), Channel.MAIL, key, route="team"), key)
    one, two, copy, other = mailbox.mails
    assert one["References"] == two["References"] == two["In-Reply-To"] != other["References"]
    assert [mail["Message-ID"] for mail in mailbox.mails] == [
        "<k1@acme.example>",
        "<k2@acme.example>",
        "<k2@acme.example>",
        "<k3@acme.example>",
    ]
    assert copy["References"] not in [mail["Message-ID"] for mail in mailbox.mails]


def test_a_digest_is_in_the_thread_of_its_route(mailbox: Mailbox) -> None:
    """Digests of two routes are two threads."""
    for route in ("team", "team", "board"):
        shaped = render(digest_of("Daily digest", [alert()]), Channel.MAIL, "k", route=route)
        notifier().send(only(plain(mailbox)), shaped, "k")
    first, second, other = [mail["References"] for mail in mailbox.mails]
    assert first == second != other


def test_a_mail_says_what_it_is_to_machines(mailbox: Mailbox) -> None:
    """List and route for filters, automatic for out-of-office replies; date, sender and key are there."""
    notifier().send(only(plain(mailbox)), message(), "k1")
    (mail,) = mailbox.mails
    assert mail["List-Id"] == "Policy alerts of team <team.tracker.acme.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Idempotency-Key"] == "k1"
    assert mail["From"] == "tracker@acme.example"
    assert abs(mail["Date"].datetime - datetime.now(UTC)) < timedelta(minutes=1)
    assert mail["List-Unsubscribe"] is None


def test_text_and_html_of_a_mail_hold_the_same_words(mailbox: Mailbox) -> None:
    """Without tags, marks and blanks both parts are equal, whatever the clauses hold."""
    notifier().send(
        only(plain(mailbox)), message(summary=HOSTILE, source_name="Ünï \N{SMILING FACE WITH SMILING EYES}"), "k1"
    )
    (mail,) = mailbox.mails
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    html = mail.get_body(("html",)).get_content()  # type: ignore[union-attr]
    body = re.sub(r"<[^>]*>", "", re.sub(r"(?s)<head>.*</head>", "", html))
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&#34;", '"'), ("&#39;", "'"), ("&amp;", "&")):
        body = body.replace(entity, character)
    body = body.replace("&ldquo;", "\N{LEFT DOUBLE QUOTATION MARK}").replace(
        "&rdquo;", "\N{RIGHT DOUBLE QUOTATION MARK}"
    )
    unmarked = text.replace("[-", "").replace("-]", "").replace("{+", "").replace("+}", "")
    assert "".join(body.split()) == "".join(unmarked.split())


def test_each_recipient_is_refused_alone(mailbox: Mailbox) -> None:
    """The good ones get one mail each, the bad one is dead with the server's reason and reaches nobody twice."""
    mailbox.refused = {"gone@acme.example": "550 5.1.1 no such user"}
    urls = destinations(
        plain(mailbox, to="a@acme.example,gone@acme.example", cc="b@acme.example", bcc="c@acme.example")
    )
    assert [one.recipient for one in urls] == [f"{name}@acme.example" for name in ("a", "gone", "b", "c")]
    failures = []
    for one in urls:
        try:
            notifier().send(one, message(), "k")
        except DeliveryError as error:
            failures.append(error)
    assert mailbox.recipients == ["a@acme.example", "b@acme.example", "c@acme.example"]
    assert [mail["Cc"] or mail["Bcc"] for mail in mailbox.mails] == [None] * 3
    (failure,) = failures
    assert failure.for_good
    assert failure.no_such_address
    assert str(failure) == "mail: recipient refused: 550 5.1.1 no such user"


@pytest.mark.parametrize(
    ("answer", "nobody"),
    [
        ("550 5.2.1 mailbox disabled", True),
        ("550 No such user here", True),
        ("553 sorry, that recipient is unknown", True),
        ("550 5.7.1 relaying denied: unknown host", False),
        ("550 5.1.8 bad sender address", False),
        ("550 kim has no right to send", False),
        ("552 5.2.2 mailbox full", False),
        ("450 4.1.1 no such user yet", False),
    ],
)
def test_a_server_that_knows_nobody_is_told_from_one_that_refuses_us(
    mailbox: Mailbox, answer: str, nobody: bool
) -> None:
    """Who subscribed is not paused for what is ours to mend, or for a while."""
    mailbox.refuse = answer
    assert refused(plain(mailbox)).no_such_address is nobody


@pytest.mark.parametrize(
    ("place", "answer", "for_good"),
    [
        ("refuse", "450 4.2.0 greylisted, try again in 5 minutes", False),
        ("refuse", "452 mailbox full", False),
        ("refuse", "550 no such user", True),
        ("refuse_sender", "451 busy", False),
        ("refuse_sender", "553 not from here", True),
        ("refuse_data", "421 shutting down", False),
        ("refuse_data", "554 looks like spam", True),
    ],
)
def test_4xx_is_tried_again_and_5xx_is_for_good(mailbox: Mailbox, place: str, answer: str, for_good: bool) -> None:
    """The answer to sender, recipient and message decides alike, and is told."""
    setattr(mailbox, place, answer)
    error = refused(plain(mailbox))
    assert error.for_good is for_good
    assert answer in str(error)
    setattr(mailbox, place, "")
    notifier().send(only(plain(mailbox)), message(), "k1")
    assert mailbox.recipients == ["officer@acme.example"]


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
@pytest.mark.parametrize("kind", ["starttls", "ssl"])
def test_mail_is_encrypted_and_the_certificate_checked(trusted: Authority, kind: str) -> None:
    """With the authority of the settings it goes, without it nothing is sent; `verify=no` is the operator's wish."""
    early, late = (None, trusted.context) if kind == "starttls" else (trusted.context, None)
    with smtp_server(tls=early, starttls=late, login=("kim", "s3cret")) as box:
        url = f"mailtos://kim:s3cret@127.0.0.1:{box.port}?{FROM}&mode={kind}"
        error = refused(url)
        assert "certificate is not trusted" in str(error)
        assert not error.for_good
        assert box.mails == []
        notifier(ca_bundle=trusted.bundle).send(only(url), message(), "k1")
        notifier().send(only(f"{url}&verify=no"), message(), "k1")
        assert box.encrypted == [True, True]


def test_a_certificate_for_another_name_is_refused(trusted: Authority) -> None:
    """Trusted, but not of the host that was asked."""
    with smtp_server(starttls=trusted.context) as box:
        url = f"mailtos://localhost:{box.port}?{FROM}&mode=starttls"
        assert "certificate is not trusted" in str(refused(url, ca_bundle=trusted.bundle))


def test_what_should_be_encrypted_never_goes_in_the_clear(mailbox: Mailbox) -> None:
    """A server without STARTTLS gets nothing; a password is not sent to another machine without encryption."""
    error = refused(f"mailtos://127.0.0.1:{mailbox.port}?{FROM}&mode=starttls")
    assert "offers no encryption" in str(error)
    assert mailbox.mails == []
    error = refused(f"mailto://kim:s3cret@mail.example:25?{FROM}")
    assert error.for_good
    assert "in the clear" in str(error)
    assert "s3cret" not in str(error)


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
def test_a_refused_login_is_tried_again_and_told_without_the_password() -> None:
    """Whoever mends the password wants the mails that wait."""
    with smtp_server(login=("kim", "right")) as box:
        error = refused(f"mailto://kim:wr0ng-s3cret@127.0.0.1:{box.port}?{FROM}&mode=insecure")
    assert "refused the login: 535" in str(error)
    assert not error.for_good
    assert "wr0ng" not in str(error)


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
def test_a_server_that_repeats_a_secret_does_not_bring_it_into_the_outbox(mailbox: Mailbox) -> None:
    """Login and password are masked in what the server says."""
    mailbox.refuse = "550 user kim-login with s3cret-word has no right to send"
    with smtp_server(login=("kim-login", "s3cret-word")) as box:
        box.refuse = mailbox.refuse
        error = refused(f"mailto://kim-login:s3cret-word@127.0.0.1:{box.port}?{FROM}&mode=insecure")
    assert str(error) == "mail: recipient refused: 550 user *** with *** has no right to send"


def test_a_new_password_or_server_is_the_same_destination() -> None:
    """What waits for a recipient still reaches them after the login was mended."""
    old = only(f"mailtos://kim:old@smtp.example.com?{FROM}")
    new = only(f"mailtos://kim:new@other.example.com:465?{FROM}&mode=ssl")
    assert old.digest == new.digest
    assert only("json://kim:old@hook.example/a").digest == only("json://kim:new@hook.example/a?secret=x").digest


def test_mail_goes_through_the_proxy_unless_its_host_is_exempt(mailbox: Mailbox) -> None:
    """A proxy that refuses is told of; a host in `no_proxy`, and this machine, are asked directly."""
    with http_server() as proxy:
        told = {"proxy": f"http://kim:s3cret@127.0.0.1:{proxy.port}"}
        error = refused(f"mailto://mail.example:25?{FROM}", **told)
        assert str(error) == "mail: the proxy cannot be reached, or does not lead to the mail server"
        notifier(**told).send(only(plain(mailbox)), message(), "k1")
    assert len(mailbox.mails) == 1


NAMES = st.text(max_size=200)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(name=NAMES, summary=NAMES, sender=NAMES, route=st.sampled_from(["team", ""]))
def test_no_text_gets_into_the_headers_of_a_mail(name: str, summary: str, sender: str, route: str) -> None:
    """Whatever names and sentences hold, the header has the fields we gave it, once each, and reads back."""
    shaped = render(alert(source_name=f"{HOSTILE} {name}", summary=summary), Channel.MAIL, "k", route=route)
    clock = ManualClock(datetime(2026, 3, 1, tzinfo=UTC))
    mail = mail_bytes(shaped, Sender(sender, "tracker@acme.example"), "officer@acme.example", "k", clock.now())
    head = mail.data.partition(b"\r\n\r\n")[0].decode("ascii")
    fields = re.findall(r"^([^ \t:]+):", head, re.MULTILINE)
    expected = {"From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Auto-Submitted"}
    expected |= {"X-Auto-Response-Suppress", "X-Idempotency-Key", "MIME-Version", "Content-Type"}
    assert sorted(fields) == sorted(expected | ({"List-Id"} if route else set()))
    assert all(len(line) < 998 for line in head.split("\r\n"))


@pytest.mark.parametrize(
    "name",
    [
        "Acme",
        "M\u00fcller GmbH",
        "\u65e5\u672c\u8a9e\u306e\u30d7\u30e9\u30a4\u30d0\u30b7\u30fc " * 4,
        "w" * 200,
        "\u00e9 " * 60,
        "\u202egro.emca\u202c",
        "=?utf-8?q?=E2=80=AEevil?=",
        "caf\u00e9 =?utf-8?q?=0D=0ABcc=3A?=",
    ],
)
def test_no_name_of_a_source_spoils_a_header(mailbox: Mailbox, name: str) -> None:
    """A subject is read as it was written, what looks coded in it too; ids and addresses stay whole on their lines."""
    link = f"https://tracker.acme.example/subscriptions/end/7/{'t' * 64}"
    shaped = render(alert(source_name=name), Channel.MAIL, "k", route="privacy-and-security-team", unsubscribe=link)
    notifier().send(
        only(plain(mailbox, **{"from": "tracker@policies.and-more.acme-holding.example"})), shaped, "k" * 32
    )
    (mail,) = mailbox.mails
    head = mailbox.raw[-1].partition(b"\r\n\r\n")[0].decode("ascii").split("\r\n")
    domain = "policies.and-more.acme-holding.example"
    assert mail["Subject"] == shaped.subject.replace("=?", "= ?")
    assert f"List-Unsubscribe: <{link}>" in head
    assert f"In-Reply-To: <{shaped.thread}.thread@{domain}>" in head
    assert f"References: <{shaped.thread}.thread@{domain}>" in head
    assert f"List-Id: Policy alerts of {shaped.route} <{shaped.route}.tracker.{domain}>" in head
    assert all(len(line) <= 998 for line in head)


@pytest.mark.parametrize(
    ("first", "more", "mode"),
    [
        (b"220 mail.test\r\n", b"250-more\r\n", "insecure"),
        (b"", b"220-wait\r\n", "insecure"),
        (b"\x16\x03\x03\x40\x00", b"\x00", "ssl"),
    ],
    ids=["answer", "greeting", "handshake"],
)
def test_a_mail_server_that_drips_its_answer_does_not_hold_up_the_sender(
    monkeypatch: pytest.MonkeyPatch, first: bytes, more: bytes, mode: str
) -> None:
    """What never ends runs into the deadline of the whole: a greeting, an answer, or how to encrypt."""
    monkeypatch.setattr(smtp, "DEADLINE", 0.4)
    over = threading.Event()

    def drip(listening: socket.socket) -> None:
        peer, _ = listening.accept()
        with suppress(OSError), peer:
            peer.sendall(first)
            while not over.wait(0.05):
                peer.sendall(more)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=drip, args=(listening,))
        thread.start()
        began = monotonic()
        try:
            error = refused(f"mailto://127.0.0.1:{listening.getsockname()[1]}?{FROM}&mode={mode}")
        finally:
            over.set()
            thread.join()
    assert monotonic() - began < 1.8
    assert not error.for_good


def test_the_address_of_a_route_may_set_headers_but_not_ours(mailbox: Mailbox) -> None:
    """A header for the company's filters goes through; a second recipient does not."""
    notifier().send(only(f"{plain(mailbox)}&+X-Team=privacy&+Bcc=spy@evil.example&+Subject=x"), message(), "k1")
    (mail,) = mailbox.mails
    assert mail["X-Team"] == "privacy"
    assert mail["Bcc"] is None
    assert mail.get_all("Subject") == ["[high] Acme Privacy Policy: The period grew from 30 days to 13 months."]
    assert mailbox.recipients == ["officer@acme.example"]


@pytest.mark.parametrize("to", ["nonsense", "a%0d%0aBcc: b@c.d@acme.example", "a b@acme.example", "x@"])
def test_a_recipient_that_is_no_address_is_dead_at_once(mailbox: Mailbox, to: str) -> None:
    """Nothing is sent to it, or to anybody it smuggles in."""
    for one in destinations(plain(mailbox, to=to)):
        with pytest.raises(DeliveryError):
            notifier().send(one, message(), "k")
    assert mailbox.recipients == []


def test_names_beyond_ascii_reach_who_they_name(mailbox: Mailbox) -> None:
    """A domain becomes its ASCII form; a mailbox needs a server that takes it."""
    notifier().send(only(plain(mailbox, to="kim@b%C3%BCro.example")), message(), "k")
    notifier().send(only(plain(mailbox, to="j%C3%B6rg@acme.example")), message(), "k")
    assert mailbox.recipients == ["kim@xn--bro-hoa.example", "jörg@acme.example"]


def test_a_bundle_that_is_missing_is_an_error_that_names_no_secret(tmp_path: Path, mailbox: Mailbox) -> None:
    """The setting is named, the mail waits. The file was there when the settings were read."""
    bundle = tmp_path / "gone.pem"
    bundle.touch()
    sender = notifier(ca_bundle=bundle)
    bundle.unlink()
    with pytest.raises(DeliveryError) as caught:
        sender.send(only(f"mailtos://kim:s3cret@127.0.0.1:{mailbox.port}?{FROM}"), message(), "k1")
    error = caught.value
    assert not error.for_good
    assert str(error) == "mail: the file that ca_bundle names cannot be read"
