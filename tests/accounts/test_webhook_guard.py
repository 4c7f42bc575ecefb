"""A webhook reaches public addresses only: every class of address, names that change their mind, and certificates."""

import datetime as dt
import ipaddress
import socket
import ssl
import uuid

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from accounts.services.webhooks import guard, sending
from tests.receiver import Receiver, receiving

NOW = dt.datetime(2026, 11, 2, 12, 0, tzinfo=dt.UTC)

CLOSED = [
    "0.0.0.0", "0.1.2.3",
    "10.0.0.1", "10.255.255.255",
    "100.64.0.1", "100.100.100.200", "100.127.255.255",
    "127.0.0.1", "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254", "169.254.0.1",
    "172.16.0.1", "172.31.255.255",
    "192.0.0.1", "192.0.0.192", "192.0.2.1",
    "192.31.196.1", "192.52.193.1", "192.88.99.1", "192.168.1.1", "192.175.48.1",
    "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1",
    "224.0.0.1", "239.255.255.255",
    "240.0.0.1", "255.255.255.255",
    "::", "::1",
    "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:0:8.8.8.8",
    "64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1",
    "100::1", "100:0:0:1::1",
    "2001::1", "2001:2::1", "2001:10::1", "2001:20::1", "2001:1ff::1",
    "2001:db8::1",
    "2002:7f00:1::", "2002:808:808::1",
    "2620:4f:8000::1", "3fff::1",
    "5f00::1", "4000::1",
    "fc00::1", "fd00:ec2::254", "fdff::1",
    "fe80::1", "fe80::1%eth0", "fec0::1",
    "ff02::1", "ff0e::1",
    "2606:4700::1%eth0",
]  # fmt: skip
OPEN = ["1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1", "192.0.1.1", "198.17.0.1",
        "198.20.0.1", "223.255.255.255", "2606:4700:4700::1111", "2a00:1450:4001::1", "2001:4860:4860::8888",
        "2003::1", "3ffe::1"]  # fmt: skip


@pytest.mark.parametrize("text", CLOSED)
def test_no_address_that_is_not_public_is_reached(text):
    assert not guard.may_reach(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", OPEN)
def test_public_addresses_are_reached(text):
    assert guard.may_reach(ipaddress.ip_address(text))


def test_some_of_what_we_refuse_python_calls_global():
    passed = [text for text in CLOSED if ipaddress.ip_address(text).is_global]
    assert {"64:ff9b::808:808", "2002:808:808::1", "239.255.255.255", "ff0e::1"} & set(passed)


def test_the_setting_of_a_development_opens_this_machine_and_nothing_else(settings):
    settings.WEBHOOKS_TO_LOOPBACK = True
    opened = {text for text in CLOSED if guard.may_reach(ipaddress.ip_address(text))}
    assert opened == {"127.0.0.1", "127.255.255.254", "::1"}


@pytest.mark.parametrize(
    "url",
    [
        "http://larkspur.test/", "HTTP://larkspur.test/", "//larkspur.test/", "larkspur.test", "file:///etc/passwd",
        "gopher://larkspur.test/", "https:///x", "https://", "https://user@larkspur.test/", "https://u:p@larkspur.test/",
        "https://larkspur.test/#x", "https://larkspur.test:0/", "https://larkspur.test:65536/", "https://larkspur.test:x/",
        "https://larkspur.test/a b", "https://larkspur.test/\n", "https://larkspur.test\\@evil.test/", "https://lärk.test/",
        "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://127.0.0.1/", "https://10.0.0.1:8443/",
        "https://[fe80::1%25eth0]/", "https://[::1", "https://169.254.169.254/latest/meta-data",
        "https://x.test/" + "y" * 1000,
    ],
)  # fmt: skip
def test_a_bad_address_is_refused_before_it_is_kept(url):
    with pytest.raises(guard.BadAddress):
        guard.check_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://larkspur.test",
        "https://larkspur.test:8443/in?key=1&b=%20",
        "https://8.8.8.8/",
        "https://[2606:4700::1]/",
    ],
)
def test_a_good_address_is_taken(url):
    guard.check_url(url)


class Names:
    """Names of our own, as a resolver would answer: each question takes the next answer, the last one for ever."""

    def __init__(self, monkeypatch):
        self.answers: dict[str, list[list[str]]] = {}
        self.asked: list[str] = []
        self.real = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", self.lookup)

    def lookup(self, host, port, *rest, **options):
        if host not in self.answers:
            return self.real(host, port, *rest, **options)
        self.asked.append(host)
        answers = self.answers[host]
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        family = [socket.AF_INET6 if ":" in one else socket.AF_INET for one in found]
        return [
            (kind, socket.SOCK_STREAM, 6, "", (one, port)) for kind, one in zip(family, found, strict=True)
        ]


@pytest.fixture
def names(monkeypatch):
    return Names(monkeypatch)


def parcel(url):
    return sending.Parcel(uuid.uuid4(), uuid.uuid4(), 1, url, ["whsec_c2VjcmV0c2VjcmV0"], b"{}")


def send(url, seconds=10):
    return sending.post_parcel(parcel(url), at=NOW, seconds=seconds)


@pytest.mark.parametrize("text", [one for one in CLOSED if "%" not in one])
def test_a_name_that_leads_inside_is_not_connected_to(names, monkeypatch, text):
    names.answers["hooks.test"] = [[text]]
    monkeypatch.setattr(socket.socket, "connect", lambda *args: pytest.fail("connected"))
    receipt = send("https://hooks.test/")
    assert receipt.error == "The name leads to an address that is not public."
    assert receipt.status is None


@pytest.mark.parametrize("found", [["8.8.8.8", "127.0.0.1"], ["127.0.0.1", "8.8.8.8"], ["8.8.8.8", "::1"]])
def test_one_address_inside_is_enough_to_refuse_the_name(names, monkeypatch, found):
    names.answers["hooks.test"] = [found]
    monkeypatch.setattr(socket.socket, "connect", lambda *args: pytest.fail("connected"))
    assert send("https://hooks.test/").error == "The name leads to an address that is not public."


@pytest.mark.parametrize("host", ["2130706433", "0x7f.0.0.1", "0177.0.0.1", "127.1", "localhost"])
def test_other_spellings_of_this_machine_are_refused(monkeypatch, host):
    monkeypatch.setattr(socket.socket, "connect", lambda *args: pytest.fail("connected"))
    receipt = send(f"https://{host}/")
    assert receipt.status is None
    assert "not public" in receipt.error or "no address" in receipt.error


def test_a_name_that_changes_its_mind_gains_nothing(names, settings):
    settings.WEBHOOKS_TO_LOOPBACK = True
    with receiving() as first, receiving(Receiver("127.0.0.2", first.server_address[1])) as second:
        port = first.server_address[1]
        names.answers["hooks.test"] = [["127.0.0.1"], ["127.0.0.2"]]
        receipt = send(f"http://hooks.test:{port}/in")
        assert receipt.status == 204
        assert names.asked == ["hooks.test"]
        assert [one.headers["host"] for one in first.came] == [f"hooks.test:{port}"]
        assert second.came == []


def test_the_next_address_is_tried_where_the_first_does_not_answer(names, settings):
    settings.WEBHOOKS_TO_LOOPBACK = True
    with receiving(Receiver("127.0.0.2")) as receiver:
        names.answers["hooks.test"] = [["127.0.0.3", "127.0.0.2"]]
        assert send(f"http://hooks.test:{receiver.server_address[1]}/in").status == 204


def test_a_redirect_is_not_followed(settings):
    settings.WEBHOOKS_TO_LOOPBACK = True
    with receiving() as target, receiving() as receiver:
        receiver.answer = lambda handler: handler.say(307, Location=target.url)
        receipt = send(receiver.url)
        assert (receipt.status, receipt.is_delivered) == (307, False)
        assert receipt.error == "Answered 307: redirects are not followed."
        assert target.came == []


def test_a_proxy_of_the_environment_is_not_used(settings, monkeypatch):
    settings.WEBHOOKS_TO_LOOPBACK = True
    with receiving() as proxy, receiving() as receiver:
        monkeypatch.setenv("http_proxy", proxy.url)
        assert send(receiver.url).status == 204
        assert (len(receiver.came), proxy.came) == (1, [])


def certificate(tmp_path, name):
    """A certificate for this name that is its own authority; the files of both, and a server's context with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    chain, secret = tmp_path / f"{name}.crt", tmp_path / f"{name}.key"
    chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, secret)
    return chain, context


@pytest.fixture
def secure(settings, names, tmp_path, monkeypatch):
    """A receiver behind TLS for hooks.test, whose authority this process trusts, and the names that it was asked by."""
    settings.WEBHOOKS_TO_LOOPBACK = True
    chain, context = certificate(tmp_path, "hooks.test")
    monkeypatch.setenv("SSL_CERT_FILE", str(chain))
    indicated: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: indicated.append(name)
    receiver = Receiver()
    receiver.socket = context.wrap_socket(receiver.socket, server_side=True)
    names.answers |= {"hooks.test": [["127.0.0.1"]], "other.test": [["127.0.0.1"]]}
    with receiving(receiver):
        yield receiver, indicated


def test_the_name_is_indicated_and_its_certificate_checked(secure):
    receiver, indicated = secure
    port = receiver.server_address[1]
    assert send(f"https://hooks.test:{port}/in").status == 204
    assert indicated == ["hooks.test"]
    assert receiver.came[0].headers["host"] == f"hooks.test:{port}"


def test_the_certificate_of_another_name_is_refused(secure):
    receiver, _ = secure
    receipt = send(f"https://other.test:{receiver.server_address[1]}/in")
    assert receipt.error.startswith("The certificate is not valid")
    assert receiver.came == []
