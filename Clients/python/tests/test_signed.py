"""Over HTTP: requests that a key signs, the session that they open, and TLS."""

import asyncio
import contextlib
import datetime
import http.server
import ipaddress
import json
import shutil
import ssl
import threading

import pytest
from conftest import PASSPHRASE

import chancery

pytest.importorskip("cryptography")

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from chancery import _signing


@pytest.fixture(scope="module")
def url(house):
    with house.serving("--port", "0") as said:
        yield said["url"]


def test_a_key_opens_a_session_that_decides_redeems_and_tells(house, url):
    client = chancery.connect(url=url, key=house.folder / "clerk.key", passphrase=PASSPHRASE)
    with client.gate.guard("send_mail", {"to": "ada@example.org"}) as permit:
        assert permit.decision.outcome == "ALLOW"
    story = json.loads(house.run("gate", "show", permit.decision.id, "--json"))
    assert [event["event_type"] for event in story["following"]][-1] == "gate_outcome"
    with pytest.raises(chancery.Denied) as failure, client.gate.guard("send_mail", {"text": "rm  -rf /"}):
        raise AssertionError("it happened")
    assert failure.value.decision.rule == "destroying"


def test_tasks_share_a_session(house, url):
    async def run():
        async with chancery.connect_async(url=url, key=house.folder / "clerk.key", passphrase=PASSPHRASE) as client:
            decisions = await asyncio.gather(*(client.gate.decide("read_x", {"n": n}) for n in range(8)))
            assert len({decision.id for decision in decisions}) == 8

    asyncio.run(run())


def test_a_session_that_the_server_forgot_is_opened_again(house):
    with house.serving("--port", "0") as said:
        client = chancery.connect(url=said["url"], key=house.folder / "clerk.key", passphrase=PASSPHRASE)
        client.gate.decide("read_x")
    with house.serving("--port", said["url"].rpartition(":")[2]):
        assert client.gate.decide("read_x").is_allowed


def test_an_agent_asks_for_nobody_else(house, url):
    client = chancery.connect(url=url, key=house.folder / "clerk.key", passphrase=PASSPHRASE, agent="gate")
    with pytest.raises(chancery.ChanceryError) as failure, client.gate.guard("read_x"):
        raise AssertionError("it happened")
    assert failure.value.code == "gate.foreign_agent"
    with pytest.raises(chancery.ChanceryError) as failure:
        client.search()
    assert failure.value.code == "api.role_missing"


def test_whoever_oversees_searches_page_by_page(house, url):
    client = chancery.connect(url=url, key=house.folder / "ops.key")
    # The gate writes what it decided itself; a search finds it by its type.
    chancery.connect(url=url, key=house.folder / "clerk.key", passphrase=PASSPHRASE).gate.decide("read_y")
    found = client.search(type="gate_decision", limit=1)
    assert found[0].payload["action"]["action"] == "read_y"
    everything = client.search(limit=10_000, oldest_first=True)
    assert [record.position for record in everything] == sorted(record.position for record in everything)
    assert client.search(until=datetime.datetime(2001, 1, 1, tzinfo=datetime.timezone.utc)) == []


def test_a_key_file_opens_with_its_passphrase_alone(house):
    path = house.folder / "clerk.key"
    assert _signing.RequestKey.read(path, PASSPHRASE).id.startswith("ak_")
    for passphrase, code in [(None, "ledger.passphrase_required"), ("another", "ledger.wrong_passphrase")]:
        with pytest.raises(chancery.ChanceryError) as failure:
            _signing.RequestKey.read(path, passphrase)
        assert failure.value.code == code
    with pytest.raises(chancery.ChanceryError) as failure:
        _signing.RequestKey.read(house.folder / "ops.key", PASSPHRASE)
    assert failure.value.code == "ledger.key_file_not_encrypted"


def test_a_key_file_in_which_a_bit_is_changed_opens_nothing(house, tmp_path):
    true = (house.folder / "ops.key").read_bytes()
    for place in range(len(true)):
        changed = tmp_path / "changed.key"
        changed.write_bytes(true[:place] + bytes([true[place] ^ 1]) + true[place + 1 :])
        with pytest.raises(chancery.ChanceryError):
            _signing.RequestKey.read(changed)
    for length in range(len(true)):
        (tmp_path / "cut.key").write_bytes(true[:length])
        with pytest.raises(chancery.ChanceryError):
            _signing.RequestKey.read(tmp_path / "cut.key")


def test_a_revoked_key_is_out_at_once(house, url):
    key = house.folder / "leaver.key"
    made = json.loads(
        house.run("api-key", "create", "clerk", "--role", "agent", "--out", key, "--insecure-no-passphrase", "--json")
    )
    client = chancery.connect(url=url, key=key)
    assert client.gate.decide("read_x").is_allowed
    house.run("api-key", "revoke", made["key_id"])
    with pytest.raises(chancery.ChanceryError) as failure, client.gate.guard("read_x"):
        raise AssertionError("it happened")
    assert failure.value.code == "api.unauthorized"


# MARK: TLS


class Answering(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps({"token": "cs_x", "expires_in": 900, "name": "clerk", "roles": []}).encode()
        self.send_response(201)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        agent = {"name": "clerk", "did": "d", "agent_id": "a", "role": "r", "status": "active"}
        body = json.dumps({"agent": agent}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def certificate(folder, name):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=1))
        .not_valid_after(now + datetime.timedelta(minutes=10))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(name))]), False)
        .add_extension(x509.BasicConstraints(True, None), True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path.write_bytes(key.private_bytes(encoding, form, serialization.NoEncryption()) + made.public_bytes(encoding))
    return path


@contextlib.contextmanager
def tls_server(pem, version=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    if version:
        context.maximum_version = version
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"https://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def trusting(pem):
    context = ssl.create_default_context(cafile=pem)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    return context


def asked(url, key, tls, is_async):
    if not is_async:
        return chancery.connect(url=url, key=key, agent="clerk", tls=tls).whoami().name

    async def run():
        async with chancery.connect_async(url=url, key=key, agent="clerk", tls=tls) as client:
            return (await client.whoami()).name

    return asyncio.run(run())


@pytest.mark.parametrize("is_async", [False, True])
def test_tls_is_spoken_with_whom_the_certificate_names(house, tmp_path, is_async):
    key = house.folder / "ops.key"
    true = certificate(tmp_path, "127.0.0.1")
    with tls_server(true) as url:
        assert asked(url, key, trusting(true), is_async) == "clerk"
        with pytest.raises(chancery.Unreachable, match="CERTIFICATE_VERIFY_FAILED"):
            asked(url, key, None, is_async)
    (tmp_path / "other").mkdir()
    other = certificate(tmp_path / "other", "127.0.0.2")
    with tls_server(other) as url, pytest.raises(chancery.Unreachable, match="CERTIFICATE_VERIFY_FAILED"):
        asked(url, key, trusting(other), is_async)
    with tls_server(true, ssl.TLSVersion.TLSv1_2) as url, pytest.raises(chancery.Unreachable):
        asked(url, key, trusting(true), is_async)


def test_a_context_that_verifies_nobody_is_not_used(house):
    context = ssl.create_default_context()
    context.check_hostname = False
    with pytest.raises(chancery.ChanceryError) as failure:
        chancery.connect(url="https://127.0.0.1:1", key=house.folder / "ops.key", tls=context)
    assert failure.value.code == "client.tls_unchecked"


@pytest.mark.skipif(ssl.OPENSSL_VERSION_INFO >= (3, 5), reason="this OpenSSL has what a federation speaks")
def test_a_federation_is_not_spoken_with_by_a_library_that_has_not_its_groups(house, tmp_path):
    shutil.copy(house.folder / "ops.key", tmp_path / "node-key.pem")
    with pytest.raises(chancery.ChanceryError) as failure:
        chancery.connect(url="https://127.0.0.1:1", key=house.folder / "ops.key", tls=str(tmp_path))
    assert failure.value.code == "client.tls_unavailable"
