#!/usr/bin/env python3
"""A complete small client of the Portcullis protocol, version portcullis/1.

Written from docs/protocol.md alone. Python 3, standard library only. It speaks plain TCP, so it is for loopback;
tls_client.py beside it speaks TLS.

    python3 client.py HOST PORT KEYFILE ACCOUNT PASSWORD
    python3 client.py --demo-errors HOST PORT KEYFILE ACCOUNT PASSWORD

It registers ACCOUNT (and goes on if that name is taken), signs in on a second connection, asks who it is, and prints
each reply as one line of JSON. Session tokens are hidden in what it prints. With --demo-errors it shows some refusals
as well. Exit code: 0 when all went well, 1 when the server refused, 2 for wrong usage.
"""

import base64
import hashlib
import hmac
import ipaddress
import json
import os
import re
import socket
import struct
import sys
import time

PROTOCOL = "portcullis/1"
REPLY_BYTES_MAX = 1_048_576  # chapter 4: the largest body that a server sends
SUITE = "hmac-sha256"
# Chapter 7: 43 characters, the last of which carries four bits.
BASE64URL_32 = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")
REPLY_SECONDS = 30


class ProtocolError(Exception):
    """The other side does not keep to the protocol, or does not hold the key. The connection is of no more use."""


class Refused(Exception):
    """The server said no. `reply` is what it said."""

    def __init__(self, reply):
        super().__init__(f"{reply.get('code')}: {reply.get('error')}")
        self.reply = reply


# -- base64url without padding ---------------------------------------------------------------------------------------


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def base64url_32(text):
    """The 32 bytes in `text`; ProtocolError when it is anything else."""
    if not isinstance(text, str) or BASE64URL_32.fullmatch(text) is None:
        raise ProtocolError("expected 32 bytes in base64url")
    return base64.urlsafe_b64decode(text + "=")


# -- the computation of chapter 7 ------------------------------------------------------------------------------------


def hmac_sha256(key, data):
    return hmac.new(key, data, hashlib.sha256).digest()


def hkdf_sha256_32(key, info):
    """HKDF (RFC 5869) with empty salt and 32 bytes of output: extract, then one block of expand."""
    prk = hmac_sha256(bytes(32), key)
    return hmac_sha256(prk, info + b"\x01")


def role_key(client_key, role):
    return hkdf_sha256_32(client_key, f"{PROTOCOL} {role} mac".encode("ascii"))


def lp(data):
    """Length-prefixed: four bytes of length, big-endian, then the data."""
    return struct.pack(">I", len(data)) + data


# -- a connection ----------------------------------------------------------------------------------------------------


def to_body(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def from_body(body):
    try:
        value = json.loads(body.decode("utf-8"))
    except ValueError as error:  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        raise ProtocolError("the server sent something that is not JSON") from error
    if not isinstance(value, dict):
        raise ProtocolError("the server sent JSON that is no object")
    return value


def is_loopback(peer):
    """True for the address of a peer on this very machine: 127.0.0.0/8, ::1, and the mapped forms of the former."""
    address = ipaddress.ip_address(peer.partition("%")[0])
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


class Connection:
    """One TCP connection after a successful handshake. Has one request in work at a time."""

    def __init__(self, host, port, key_id, client_key):
        self._last_id = 0
        self._socket, self._binding_type, self._binding_data = self._open(host, port)
        try:
            self._handshake(key_id, client_key)
        except BaseException:
            self._socket.close()
            raise
        self._socket.settimeout(REPLY_SECONDS)

    def _open(self, host, port):
        """A socket, and the type and data of its channel binding."""
        plain = socket.create_connection((host, port), timeout=10)
        # Chapter 7: plain TCP leads to this machine alone. The peer's address decides, not the name that was given.
        peer = plain.getpeername()[0]
        if not is_loopback(peer):
            plain.close()
            raise ProtocolError(f"{peer} is another machine, and plain TCP would show it everything; nothing was sent")
        # Two small frames in a row should not wait for each other's acknowledgement.
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return plain, "none", b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    # Frames: four bytes of length, big-endian, then the body.

    def _read_exactly(self, count):
        data = bytearray()
        while len(data) < count:
            chunk = self._socket.recv(min(count - len(data), 65536))
            if not chunk:
                raise ProtocolError("the server closed the connection")
            data += chunk
        return bytes(data)

    def _read_frame(self):
        (length,) = struct.unpack(">I", self._read_exactly(4))
        if length == 0 or length > REPLY_BYTES_MAX:
            raise ProtocolError(f"the server announced a frame of {length} bytes")
        return self._read_exactly(length)

    def _write_frame(self, body):
        self._socket.sendall(struct.pack(">I", len(body)) + body)

    def _handshake(self, key_id, client_key):
        # The transcript is made of raw bytes: keep the bodies as they were received and sent.
        challenge_body = self._read_frame()
        challenge = from_body(challenge_body)
        if "error" in challenge:
            raise Refused(challenge)
        if challenge.get("action") != "challenge" or challenge.get("protocol") != PROTOCOL:
            raise ProtocolError("this server does not speak " + PROTOCOL)
        suites = challenge.get("suites")
        if not isinstance(suites, list) or SUITE not in suites:
            raise ProtocolError("the server offers no suite that this client knows")
        if challenge.get("channel_binding") != self._binding_type:
            raise ProtocolError("the server believes that this is another kind of channel")
        base64url_32(challenge.get("nonce"))

        hello_body = to_body(
            {
                "action": "hello",
                "time": time.time(),
                "key_id": key_id,
                "nonce": base64url(os.urandom(32)),
                "suite": SUITE,
                "channel_binding": self._binding_type,
            }
        )
        self._write_frame(hello_body)

        transcript = (
            lp(PROTOCOL.encode("ascii"))
            + lp(self._binding_type.encode("ascii"))
            + lp(self._binding_data)
            + lp(challenge_body)
            + lp(hello_body)
        )
        client_mac = hmac_sha256(role_key(client_key, "client"), transcript)
        proof_body = to_body({"action": "proof", "time": time.time(), "mac": base64url(client_mac)})
        self._write_frame(proof_body)

        welcome = from_body(self._read_frame())
        if "error" in welcome:
            raise Refused(welcome)
        expected = hmac_sha256(role_key(client_key, "server"), transcript + lp(proof_body))
        received = base64url_32(welcome.get("mac"))
        # Before anything else is sent: does the server hold the key as well? Compared in constant time.
        if welcome.get("response") != 200 or not hmac.compare_digest(received, expected):
            raise ProtocolError("the server could not prove that it holds the client key")

    def call(self, action, **params):
        """The reply to one request as an object: with `result`, or with `error` and `code`."""
        self._last_id += 1
        request_id = str(self._last_id)
        self._write_frame(to_body({"action": action, "id": request_id, "time": time.time(), **params}))
        while True:
            message = from_body(self._read_frame())
            if "event" in message:
                if message["event"] == "probe":
                    self._write_frame(to_body({"action": "probe", "id": "keep-alive"}))
                continue  # other events are of no interest here; unknown ones are to be ignored
            if message.get("id") == request_id:
                return message
            if "error" in message and "id" not in message:
                raise Refused(message)  # about the connection as a whole
            # What is left is the answer to keep-alive, or something that this client does not know.

    def send_raw(self, body):
        """Sends a body as it is and returns the next reply without an id. For --demo-errors."""
        self._write_frame(body)
        while True:
            message = from_body(self._read_frame())
            if "event" not in message and "id" not in message:
                return message


# -- the program -----------------------------------------------------------------------------------------------------


def read_key_file(path):
    with open(path, encoding="utf-8") as file:
        content = json.load(file)
    return content["key_id"], base64url_32(content["key"])


def show(reply):
    """Prints a reply as one line. Tokens are secrets: they are not shown."""
    result = reply.get("result")
    if isinstance(result, dict) and "session_token" in result:
        reply = {**reply, "result": {**result, "session_token": "[hidden]"}}
    print(json.dumps(reply, ensure_ascii=False), flush=True)


def expect_result(reply):
    show(reply)
    if "error" in reply:
        raise Refused(reply)
    return reply["result"]


def demo_errors(host, port, key_id, client_key, account, password):
    """Some things that a server refuses, each shown as a line."""
    with Connection(host, port, key_id, client_key) as connection:
        show(connection.call("no_such_action"))
        show(connection.call("whoami"))
        show(connection.call("probe", colour="red"))
        show(connection.call("authenticate", user={"account_name": account, "password": password + "?"}))
        show(connection.send_raw(b'{"action":"probe","action":"quit"}'))
        show(connection.send_raw(b"not JSON"))
        show(connection.send_raw(b'{"id":7}'))
        expect_result(connection.call("quit"))
    # The handshake with a wrong key: refused, and no word about why.
    try:
        with Connection(host, port, key_id, bytes(32)):
            raise ProtocolError("the server took a wrong key")
    except Refused as refused:
        show(refused.reply)


def main(arguments):
    with_errors = "--demo-errors" in arguments
    arguments = [argument for argument in arguments if argument != "--demo-errors"]
    if len(arguments) != 5:
        print(__doc__, file=sys.stderr)
        return 2
    host, port, key_file, account, password = arguments
    try:
        key_id, client_key = read_key_file(key_file)

        with Connection(host, int(port), key_id, client_key) as connection:
            reply = connection.call("register", user={"account_name": account, "password": password})
            show(reply)
            if "error" in reply and reply.get("code") != "account_name_taken":
                return 1
            expect_result(connection.call("quit"))

        with Connection(host, int(port), key_id, client_key) as connection:
            device = {"client_name": "client.py", "os": sys.platform}
            expect_result(
                connection.call(
                    "authenticate", user={"account_name": account, "password": password}, device=device
                )
            )
            expect_result(connection.call("whoami"))
            expect_result(connection.call("quit"))

        if with_errors:
            demo_errors(host, int(port), key_id, client_key, account, password)
    except Refused as refused:
        print(f"refused: {refused}", file=sys.stderr)
        return 1
    except (ProtocolError, OSError, ValueError, KeyError) as error:
        print(f"failed: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
