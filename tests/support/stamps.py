"""A time stamp authority of the tests' own, honest or not: certificates by `cryptography`, the message by hand."""

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tracker.der import Element, encoded, read_one

AT = datetime(2026, 3, 5, 12, tzinfo=UTC)
SHA256 = "2.16.840.1.101.3.4.2.1"
TST_INFO = "1.2.840.113549.1.9.16.1.4"

INTEGER, OCTETS, NULL, OID, UTC_TIME, TIME = 0x02, 0x04, 0x05, 0x06, 0x17, 0x18

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def seq(*parts: bytes) -> bytes:
    return encoded(Element.SEQUENCE, b"".join(parts))


def set_of(*parts: bytes) -> bytes:
    return encoded(Element.SET, b"".join(parts))


def number(value: int) -> bytes:
    return encoded(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def oid(dotted: str) -> bytes:
    first, second, *arcs = (int(part) for part in dotted.split("."))
    data = b""
    for arc in (first * 40 + second, *arcs):
        septets = [arc & 0x7F]
        while arc := arc >> 7:
            septets.append(arc & 0x7F | 0x80)
        data += bytes(reversed(septets))
    return encoded(OID, data)


def algorithm(dotted: str) -> bytes:
    return seq(oid(dotted), encoded(NULL, b""))


def _certificate(
    name: str, issuer: str, public: ec.EllipticCurvePublicKey | rsa.RSAPublicKey, by: Key, *, usage: bool, ca: bool
) -> x509.Certificate:
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, one)]) for one in (name, issuer)]
    builder = x509.CertificateBuilder(issuer_name=names[1], subject_name=names[0], public_key=public)
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(AT - timedelta(days=30)).not_valid_after(AT + timedelta(days=365))
    if ca:
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    if usage:
        stamping = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        builder = builder.add_extension(stamping, critical=True)
    return builder.sign(by, hashes.SHA256())


@dataclass
class StampAuthority:
    """Answers questions; its root is what others may trust."""

    rsa_key: bool = False
    usage: bool = True  #: its certificate says that it is for time stamps
    at: datetime = AT
    key: Key = field(init=False)

    def __post_init__(self) -> None:
        root_key = ec.generate_private_key(ec.SECP256R1())
        self.key = rsa.generate_private_key(65_537, 2_048) if self.rsa_key else ec.generate_private_key(ec.SECP256R1())
        self.root = _certificate("tests root", "tests root", root_key.public_key(), root_key, usage=False, ca=True)
        self.certificate = _certificate(
            "tests stamps", "tests root", self.key.public_key(), root_key, usage=self.usage, ca=False
        )

    def roots(self, folder: Path) -> Path:
        """Write the PEM file of its root."""
        path = folder / f"roots-{self.root.serial_number}.pem"
        path.write_bytes(self.root.public_bytes(Encoding.PEM))
        return path

    def answer(
        self,
        question: bytes,
        *,
        imprint: bytes | None = None,
        nonce: int | None = None,
        signed_with: Key | None = None,
        attributes_of: bytes | None = None,
    ) -> bytes:
        """Return the answer to a question; what is given goes in place of what would be right."""
        parts = read_one(question).parts()
        asked_imprint = parts[1].parts()[1].octets()
        asked_nonce = next(int.from_bytes(one.content, "big") for one in parts[2:] if one.tag == INTEGER)
        info = seq(
            number(1),
            oid("1.2.3.4"),
            seq(algorithm(SHA256), encoded(OCTETS, imprint or asked_imprint)),
            number(7),
            encoded(TIME, f"{self.at:%Y%m%d%H%M%SZ}".encode()),
            number(asked_nonce if nonce is None else nonce),
        )
        return seq(seq(number(0)), self._token(info, signed_with or self.key, attributes_of or info))

    def _token(self, info: bytes, key: Key, digested: bytes) -> bytes:
        certificate = hashlib.sha256(self.certificate.public_bytes(Encoding.DER)).digest()
        told = (
            seq(oid("1.2.840.113549.1.9.3"), set_of(oid(TST_INFO))),
            seq(oid("1.2.840.113549.1.9.4"), set_of(encoded(OCTETS, hashlib.sha256(digested).digest()))),
            seq(oid("1.2.840.113549.1.9.16.2.47"), set_of(seq(seq(seq(encoded(OCTETS, certificate)))))),
        )
        attributes = b"".join(sorted(told))
        signed = encoded(Element.SET, attributes)
        if isinstance(key, rsa.RSAPrivateKey):
            kind, signature = algorithm("1.2.840.113549.1.1.1"), key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
        else:
            kind, signature = seq(oid("1.2.840.10045.4.3.2")), key.sign(signed, ec.ECDSA(hashes.SHA256()))
        signer = seq(
            number(1),
            seq(self.certificate.issuer.public_bytes(), number(self.certificate.serial_number)),
            algorithm(SHA256),
            encoded(0xA0, attributes),
            kind,
            encoded(OCTETS, signature),
        )
        data = seq(
            number(3),
            set_of(algorithm(SHA256)),
            seq(oid(TST_INFO), encoded(0xA0, encoded(OCTETS, info))),
            encoded(0xA0, self.certificate.public_bytes(Encoding.DER)),
            set_of(signer),
        )
        return seq(oid("1.2.840.113549.1.7.2"), encoded(0xA0, data))


def refusal(question: bytes) -> bytes:
    """Return the answer of an authority that does not want to."""
    return seq(seq(number(2), seq(encoded(0x0C, b"not today"))))


@contextmanager
def serving(answer: Callable[[bytes], bytes], *, status: int = 200, drip: float = 0) -> Iterator[str]:
    """Serve answers over HTTP and give the address; with `drip` a byte comes at a time, so many seconds apart."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            fits = self.headers["Content-Type"] == "application/timestamp-query"
            found = answer(body) if fits else b""
            self.send_response(status if fits else 415)
            self.send_header("Content-Type", "application/timestamp-reply")
            if status in {301, 302, 307, 308}:
                self.send_header("Location", "http://127.0.0.1:1/elsewhere")
            self.send_header("Content-Length", str(len(found)))
            self.end_headers()
            try:
                for start in range(0, len(found), 1 if drip else len(found)):
                    self.wfile.write(found[start : start + 1] if drip else found)
                    self.wfile.flush()
                    time.sleep(drip)
            except OSError:
                return

        def log_message(self, *args: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/"
        finally:
            server.shutdown()
