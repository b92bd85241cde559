"""RFC 3161 time stamps: what is asked of an authority, and what its answer proves. Needs the extra `timestamp`.

A stamp is a message signed by an authority: "these bytes, known to me by their hash, were there at this time". It is
checked in one of two depths. With roots that somebody trusts, the whole chain of certificates is; without, only that
the certificate inside signed it: a forger may have made that certificate, which `Stamp.trusted` tells.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tracker.der import Element, read_all, read_one
from tracker.errors import TimestampError, UsageError

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from rfc3161_client import TimeStampResponse

#: Longest answer of an authority that is read; a usual one has 2 to 8 kB.
MOST_BYTES = 65_536

MISSING = "the extra `timestamp` is not installed (pip install 'tracker[timestamp]')"

_GRANTED = 0
_HASHES = {"2.16.840.1.101.3.4.2.1": "sha256", "2.16.840.1.101.3.4.2.2": "sha384", "2.16.840.1.101.3.4.2.3": "sha512"}
_CONTENT_TYPE = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
_TST_INFO = "1.2.840.113549.1.9.16.1.4"
_RSA = {
    "1.2.840.113549.1.1.1",  # rsaEncryption
    "1.2.840.113549.1.1.11",  # with SHA-256
    "1.2.840.113549.1.1.12",  # with SHA-384
    "1.2.840.113549.1.1.13",  # with SHA-512
}


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a time stamp that was checked says."""

    at: datetime  #: when the authority saw the bytes
    authority: str  #: the name in its certificate
    trusted: bool  #: its certificate leads to one of the roots; False where there were none to check it by

    def __str__(self) -> str:
        said = f"Time stamp of {self.at:%Y-%m-%d %H:%M:%S} UTC by {self.authority}: "
        if self.trusted:
            return said + "it was made over this manifest, and its certificates lead to a root you trust."
        return said + (
            "it was made over this manifest and signed with the certificate that came along. "
            "Whether that certificate is to be trusted was not checked: name its roots with --trust FILE."
        )


@dataclass(frozen=True, slots=True)
class Question:
    """What is sent to an authority, and the number that has to come back."""

    body: bytes
    nonce: int


def installed() -> bool:
    """Return whether the extra `timestamp` is there."""
    try:
        import rfc3161_client  # noqa: F401 - only looked for
    except ImportError:
        return False
    return True


def question(message: bytes) -> Question:
    """Return what to send to an authority for a stamp over these bytes; it gets to see their SHA-256 alone.

    Raises:
        TimestampError: the extra is missing.

    """
    if not installed():
        raise TimestampError(MISSING)
    from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

    request = TimestampRequestBuilder().data(message).hash_algorithm(HashAlgorithm.SHA256).build()
    assert request.nonce is not None  # the builder's default
    return Question(request.as_bytes(), request.nonce)


def check_stamp(
    token: bytes, message: bytes, *, nonce: int | None = None, roots: Sequence["Certificate"] = ()
) -> Stamp:
    """Return what a stamp says of a message.

    Args:
        token: the answer of an authority, from anyone.
        message: the bytes it should be over.
        nonce: the number it has to repeat; None where the question is not at hand any more.
        roots: certificates that are trusted; without them only the certificate inside is checked.

    Raises:
        TimestampError: it is none, is over other bytes, was not signed by whom it says, or the extra is missing.

    """
    if not installed():
        raise TimestampError(MISSING)
    try:
        return _checked(token, message, nonce, roots)
    except TimestampError:
        raise
    except Exception as error:
        # What parsers of two libraries raise on hostile bytes is of no one kind.
        raise TimestampError(f"it cannot be read as a time stamp: {error!r:.200}") from error


def _checked(token: bytes, message: bytes, nonce: int | None, roots: Sequence["Certificate"]) -> Stamp:
    answer = _decoded(token)
    told = answer.tst_info
    if told.message_imprint.message != _digest(told.message_imprint.hash_algorithm.dotted_string, message):
        raise TimestampError("it was made over other bytes")
    if nonce is not None and told.nonce != nonce:
        raise TimestampError("it answers another question: its nonce differs")
    signer = _signer(answer)
    if not signer.not_valid_before_utc <= told.gen_time <= signer.not_valid_after_utc:
        raise TimestampError("its time lies outside of the time for which its certificate holds")
    if roots:
        _check_chain(answer, message, roots)
    _check_signature(answer.time_stamp_token(), signer)
    return Stamp(told.gen_time, signer.subject.rfc4514_string() or "a certificate without a name", bool(roots))


def read_roots(path: Path) -> list["Certificate"]:
    """Return the certificates of a PEM file.

    Raises:
        UsageError: it cannot be read, holds none, or the extra is missing.

    """
    if not installed():
        raise UsageError(f"--trust: {MISSING}")
    from cryptography.x509 import load_pem_x509_certificates

    try:
        return load_pem_x509_certificates(path.read_bytes())
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}") from error
    except ValueError as error:
        raise UsageError(f"{path} holds no certificates in PEM form") from error


def _decoded(token: bytes) -> "TimeStampResponse":
    from rfc3161_client import decode_timestamp_response

    if len(token) > MOST_BYTES:
        raise TimestampError(f"it is longer than a time stamp may be: {MOST_BYTES} bytes")
    answer = decode_timestamp_response(token)
    if answer.status != _GRANTED:
        said = " ".join(answer.status_string)[:200]
        raise TimestampError(f"the authority refused (status {answer.status}): {said or 'it says no reason'}")
    return answer


def _digest(algorithm: str, message: bytes) -> bytes:
    name = _HASHES.get(algorithm)
    if name is None:
        raise TimestampError(f"it uses a hash that proves nothing today or is not known ({algorithm})")
    return hashlib.new(name, message).digest()


def _signer(answer: "TimeStampResponse") -> "Certificate":
    """Return the certificate that the stamp says it was signed with, made for signing time stamps."""
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    certificates = [x509.load_der_x509_certificate(one) for one in answer.signed_data.certificates]
    signers = list(answer.signed_data.signer_infos)
    if len(signers) != 1:
        raise TimestampError(f"it has {len(signers)} signatures instead of one")
    wanted = (signers[0].issuer, signers[0].serial_number)
    signer = next((one for one in certificates if (one.issuer, one.serial_number) == wanted), None)
    if signer is None:
        raise TimestampError("the certificate it was signed with did not come along")
    try:
        usage = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound as error:
        raise TimestampError("its certificate is not one for time stamps") from error
    if not usage.critical or ExtendedKeyUsageOID.TIME_STAMPING not in usage.value:
        raise TimestampError("its certificate is not one for time stamps")
    return signer


def _check_chain(answer: "TimeStampResponse", message: bytes, roots: Sequence["Certificate"]) -> None:
    from rfc3161_client import VerificationError, VerifierBuilder

    builder = VerifierBuilder(roots=list(roots))
    try:
        builder.build().verify_message(answer, message)
    except (VerificationError, ValueError) as error:
        # What OpenSSL says is a paragraph; the reason is in its last words.
        reason = str(error).rpartition('data: "')[2].partition('"')[0]
        raise TimestampError(f"its certificates lead to none of the roots that are trusted ({reason})") from error


def _check_signature(token: bytes, signer: "Certificate") -> None:
    """Check that the key of a certificate signed the token (RFC 5652, 5.4 and 5.6)."""
    _, wrapped = read_one(token).parts()
    parts = wrapped.parts()[0].parts()
    content_type, content = parts[2].parts()
    (info,) = parts[-1].parts()
    _, _, digest_algorithm, attributes, signature_algorithm, signature, *_ = info.parts()
    stamped = content.parts()[0].octets()
    said = {one.parts()[0].oid(): one.parts()[1].parts() for one in read_all(attributes.content)}
    ((said_type,), (said_digest,)) = said[_CONTENT_TYPE], said[_MESSAGE_DIGEST]
    types = {content_type.oid(), said_type.oid()}
    hashed, algorithm = digest_algorithm.parts()[0].oid(), signature_algorithm.parts()[0].oid()
    fits = types == {_TST_INFO} and said_digest.octets() == _digest(hashed, stamped)
    if attributes.tag != Element.CONTEXT_0 or not fits:
        raise TimestampError("its signature is over other words")
    # What is signed is the set itself, though it travels under a tag of its place.
    _check_key(signer, hashed, algorithm, attributes.retagged(Element.SET), signature.octets())


def _check_key(signer: "Certificate", hashed: str, algorithm: str, signed: bytes, signature: bytes) -> None:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

    by_name = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}
    try:
        kind, key = by_name[_HASHES[hashed]], signer.public_key()
        if isinstance(key, rsa.RSAPublicKey) and algorithm in _RSA:
            key.verify(signature, signed, padding.PKCS1v15(), kind)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, signed, ec.ECDSA(kind))
        else:
            raise TimestampError(f"its signature is of a kind that is not known ({algorithm})")
    except InvalidSignature as error:
        raise TimestampError("the certificate it names did not sign it") from error
