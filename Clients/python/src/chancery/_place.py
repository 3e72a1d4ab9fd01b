"""Where the daemon is: a Unix socket, loopback, or a host over TLS."""

from __future__ import annotations

import ipaddress
import os
import socket
import ssl
import struct
import urllib.parse
from dataclasses import dataclass
from pathlib import Path

from .errors import ChanceryError, Unreachable


@dataclass(frozen=True)
class Place:
    """An address. `socket_path` excludes the others."""

    socket_path: str | None = None
    host: str = "localhost"
    port: int = 0
    tls: ssl.SSLContext | None = None

    @property
    def authority(self) -> str:
        """As requests name it, and signatures cover it."""
        if self.socket_path is not None:
            return "localhost"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.tls and self.port == 443 else f"{host}:{self.port}"

    @property
    def text(self) -> str:
        if self.socket_path is not None:
            return self.socket_path
        return f"{'https' if self.tls else 'http'}://{self.authority}"

    @staticmethod
    def of(socket_path: str | os.PathLike[str] | None, url: str | None, tls: str | ssl.SSLContext | None) -> Place:
        """What the arguments say, else CHANCERY_SOCKET, else CHANCERY_URL."""
        if socket_path is not None and url is not None:
            raise ChanceryError("client.no_address", "a socket or a url, not both")
        if socket_path is None and url is None:
            socket_path = os.environ.get("CHANCERY_SOCKET") or None
            url = None if socket_path else os.environ.get("CHANCERY_URL") or None
        if socket_path is not None:
            return Place(socket_path=os.fspath(socket_path))
        if url is None:
            raise ChanceryError("client.no_address", "name a socket or a url, or set CHANCERY_SOCKET or CHANCERY_URL")
        return Place._of_url(url, tls)

    @staticmethod
    def _of_url(url: str, tls: str | ssl.SSLContext | None) -> Place:
        try:
            parts = urllib.parse.urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            raise ChanceryError("client.no_address", f"`{url}` is no address") from None
        if parts.scheme not in ("http", "https") or not host or parts.username is not None or parts.password is not None:
            raise ChanceryError("client.no_address", f"`{url}` is no address: http://127.0.0.1:8420 or https://HOST:PORT")
        if parts.path not in ("", "/") or parts.query or parts.fragment:
            raise ChanceryError("client.no_address", f"`{url}` names more than a host and a port")
        if parts.scheme == "http":
            if not is_loopback(host):
                raise ChanceryError("client.plain_http_refused", f"`{host}` is not loopback; another address needs https")
            return Place(host=host, port=port or 80)
        return Place(host=host, port=port or 443, tls=_context(tls))


def is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _context(tls: str | ssl.SSLContext | None) -> ssl.SSLContext:
    """TLS as browsers do it, or with a node's folder of `chancery ca issue --pkcs8`."""
    if isinstance(tls, ssl.SSLContext):
        if tls.verify_mode != ssl.CERT_REQUIRED or not tls.check_hostname:
            raise ChanceryError("client.tls_unchecked", "a context that verifies nobody is not used")
        return tls
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    if tls is None:
        return context
    if ssl.OPENSSL_VERSION_INFO < (3, 5):
        detail = f"a federation speaks X25519MLKEM768 and ML-DSA-65: OpenSSL 3.5 or later, this is {ssl.OPENSSL_VERSION}"
        raise ChanceryError("client.tls_unavailable", detail)
    folder = Path(tls)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    try:
        context.load_verify_locations(folder / "authority.pem")
        context.load_cert_chain(folder / "node.pem", folder / "node-key.pem")
    except (OSError, ssl.SSLError) as error:
        raise ChanceryError("client.tls_unavailable", f"`{tls}`: {error}") from None
    return context


def require_own_daemon(connected: socket.socket, path: str) -> None:
    """Refuses a socket that somebody else opened in the daemon's place.

    Whoever answers must be this user, root, or whoever owns the folder that the socket lies in.
    """
    if hasattr(socket, "SO_PEERCRED"):
        raw = connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        user = struct.unpack("3i", raw)[1]
    else:
        user = os.stat(path).st_uid
    if user in (0, os.geteuid()) or user == os.stat(os.path.dirname(os.path.abspath(path))).st_uid:
        return
    raise Unreachable("client.foreign_daemon", f"user {user} answers at `{path}`, who does not own its folder")
