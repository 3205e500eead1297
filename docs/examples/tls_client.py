#!/usr/bin/env python3
"""client.py over TLS 1.3: connection string, pinned certificate, channel binding.

Written from docs/protocol.md alone. Python 3.8 or later, standard library only.

    python3 tls_client.py STRINGFILE ACCOUNT PASSWORD

STRINGFILE holds a connection string; a server that speaks TLS leaves one in its data folder. The program registers
ACCOUNT (and goes on if that name is taken), signs in on a second connection, asks who it is, and prints each reply as one
line of JSON. Exit code: 0 when all went well, 1 when the server refused or is not the right one, 2 for wrong usage.

Python's ssl has no call that exports keying material. It can write a key log, and from the secret in there the exporter
is three HMACs: see exported() below, and chapter 7 of the document.
"""

import datetime
import hashlib
import hmac
import ipaddress
import os
import re
import socket
import ssl
import sys
import tempfile

from client import Connection, ProtocolError, Refused, base64url_32, expect_result, show

DEFAULT_PORT = 7777
EXPORTER_LABEL = b"EXPORTER-Channel-Binding"
EXPORTER_BYTES = 32


# -- connection strings ----------------------------------------------------------------------------------------------

BYTES32 = r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]"
ADDRESS = re.compile(r"(?:\[([^\]]*)\]|([^:\[\]]*))(?::([0-9]{1,5}))?/?")
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,62}(?:\.[A-Za-z0-9_-]{1,63})*\.?")
ZONE = re.compile(r"[A-Za-z0-9_.-]{1,32}")
PARTS = {
    "key": re.compile(rf"([A-Za-z0-9_-]{{1,64}})\.({BYTES32})"),
    "pin": re.compile(rf"sha256-({BYTES32})"),
    "tls": re.compile(r"ca"),
}


def parse_connection_string(text):
    """host, port, key id, key, pin (32 bytes or None), and whether TLS; ValueError when it is no connection string."""
    text = text.strip()
    scheme = "portcullis://"
    address, question_mark, query = text[len(scheme) :].partition("?")
    where = ADDRESS.fullmatch(address)
    if not text.startswith(scheme) or not question_mark or where is None:
        raise ValueError("this is no connection string")
    bracketed, name, port_text = where.groups()
    port = DEFAULT_PORT if port_text is None else int(port_text)
    if bracketed is not None:
        host, percent, zone = bracketed.partition("%")
        ipaddress.IPv6Address(host)  # a ValueError when it is none
        if percent and ZONE.fullmatch(zone) is None:
            raise ValueError("this is no zone of an IPv6 address")
    elif len(name) > 253 or NAME.fullmatch(name) is None:
        raise ValueError("this is no host name")
    if not 1 <= port <= 65535:
        raise ValueError("a port is a number from 1 to 65535")

    found = {}
    for part in query.split("&"):
        part_name, _, value = part.partition("=")
        form = PARTS.get(part_name)
        if form is None or part_name in found:
            raise ValueError("a part of the connection string is unknown, or there twice")
        found[part_name] = form.fullmatch(value)
        if found[part_name] is None:
            raise ValueError(f"{part_name}= is not as it has to be")
    if "key" not in found or ("pin" in found and "tls" in found):
        raise ValueError("a connection string has a key, and a pin or tls=ca but not both")
    key_id, key = found["key"].groups()
    pin = base64url_32(found["pin"].group(1)) if "pin" in found else None
    host = name if bracketed is None else bracketed
    return host, port, key_id, base64url_32(key), pin, pin is not None or "tls" in found


# -- the certificate: as much of DER as a pin needs ------------------------------------------------------------------


def values(der):
    """The values that stand in `der` one after another: tag, content, and the whole with tag and length."""
    at = 0
    while at < len(der):
        tag, length, content = der[at], der[at + 1], at + 2
        if length >= 0x80:
            content += length - 0x80
            length = int.from_bytes(der[at + 2 : content], "big")
        end = content + length
        if end > len(der):
            raise ProtocolError("the certificate is cut off")
        yield tag, der[content:end], der[at:end]
        at = end


def parts_of_certificate(certificate):
    """SubjectPublicKeyInfo as DER, and the two moments between which the certificate is valid."""
    ((_, outer, _),) = values(certificate)
    to_be_signed = next(values(outer))[1]
    fields = list(values(to_be_signed))
    if fields[0][0] == 0xA0:  # [0]: the version. Certificates of version 1 have none.
        fields = fields[1:]
    _serial, _algorithm, _issuer, validity, _subject, public_key = fields[:6]
    moments = []
    for tag, content, _ in values(validity[1]):
        form = "%y%m%d%H%M%SZ" if tag == 0x17 else "%Y%m%d%H%M%SZ"
        moment = datetime.datetime.strptime(content.decode("ascii"), form)
        moments.append(moment.replace(tzinfo=datetime.timezone.utc))
    return public_key[2], moments[0], moments[1]


def check_certificate(certificate, pin):
    """ProtocolError unless the certificate holds the pinned key and is within its dates."""
    public_key, not_before, not_after = parts_of_certificate(certificate)
    if not hmac.compare_digest(hashlib.sha256(public_key).digest(), pin):
        raise ProtocolError("the certificate is not the pinned one")
    if not not_before <= datetime.datetime.now(datetime.timezone.utc) <= not_after:
        raise ProtocolError("the certificate is not within its dates")


# -- the exporter of TLS 1.3 -----------------------------------------------------------------------------------------


def expand_label(hash_name, secret, label, context, length):
    """HKDF-Expand-Label (RFC 8446 7.1), for outputs that fit in one block."""
    label = b"tls13 " + label
    info = length.to_bytes(2, "big") + bytes([len(label)]) + label + bytes([len(context)]) + context
    return hmac.new(secret, info + b"\x01", hash_name).digest()[:length]


def exported(hash_name, exporter_secret, label=EXPORTER_LABEL, length=EXPORTER_BYTES):
    """What a TLS library exports for a label and the empty context (RFC 8446 7.5)."""
    empty = hashlib.new(hash_name).digest()
    derived = expand_label(hash_name, exporter_secret, label, empty, len(empty))
    return expand_label(hash_name, derived, b"exporter", empty, length)


class TlsConnection(Connection):
    """The same over TLS 1.3. `pin`: SHA-256 of the server's public key; None to believe the system's authorities."""

    def __init__(self, host, port, key_id, client_key, pin):
        self._pin = pin
        super().__init__(host, port, key_id, client_key)

    def _open(self, host, port):
        if self._pin is None:
            context = ssl.create_default_context()
        else:
            # Name and signer do not matter with a pin. It is compared below, before anything is sent.
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        plain = socket.create_connection((host, port), timeout=10)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # The key log holds all secrets of the connection: in a folder for its owner alone, and gone at once.
        with tempfile.TemporaryDirectory() as folder:
            key_log = os.path.join(folder, "keys")
            context.keylog_filename = key_log
            try:
                secured = context.wrap_socket(plain, server_hostname=host)
            except BaseException:
                plain.close()
                raise
            with open(key_log, encoding="ascii") as lines:
                words = [line.split() for line in lines]
        try:
            if self._pin is not None:
                check_certificate(secured.getpeercert(binary_form=True), self._pin)
            (secret,) = [bytes.fromhex(line[2]) for line in words if line[:1] == ["EXPORTER_SECRET"]]
            hash_name = "sha384" if secured.cipher()[0].endswith("SHA384") else "sha256"
            return secured, "tls-exporter", exported(hash_name, secret)
        except BaseException:
            secured.close()
            raise


# -- the program -----------------------------------------------------------------------------------------------------


def connect(address):
    host, port, key_id, key, pin, tls = address
    if tls:
        return TlsConnection(host, port, key_id, key, pin)
    if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
        raise ProtocolError("plain TCP is for this machine only")
    return Connection(host, port, key_id, key)


def main(arguments):
    if len(arguments) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    string_file, account, password = arguments
    try:
        with open(string_file, encoding="ascii") as file:
            address = parse_connection_string(file.read())
        user = {"account_name": account, "password": password}
        with connect(address) as connection:
            reply = connection.call("register", user=user)
            show(reply)
            if "error" in reply and reply.get("code") != "account_name_taken":
                return 1
            expect_result(connection.call("quit"))
        with connect(address) as connection:
            expect_result(connection.call("authenticate", user=user, device={"client_name": "tls_client.py"}))
            expect_result(connection.call("whoami"))
            expect_result(connection.call("quit"))
    except Refused as refused:
        print(f"refused: {refused}", file=sys.stderr)
        return 1
    except (ProtocolError, OSError, ValueError, KeyError) as error:
        print(f"failed: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
