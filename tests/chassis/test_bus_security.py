"""What the settings say about Kafka's TLS and users: what fits becomes a client's options, what does not is named."""

import os
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512
from pydantic import ValidationError

from contracts.errors import Refused
from services.chassis.bus.access import KafkaAccess
from services.chassis.bus.security import broker_security, client_options, why_refused
from services.chassis.settings import ServiceSettings
from tests.engines.authority import Authority, pem_of

ROOT = Path(__file__).parents[2]
PASSWORD = "seen by nobody"  # pragma: allowlist secret
USER = {"kafka_sasl_username": "tiepdan", "kafka_sasl_password": PASSWORD}


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "authority")


def access(**told: Any) -> KafkaAccess:
    return KafkaAccess(kafka_bootstrap_servers="a:1, b:2", **told)


def test_without_a_word_a_client_is_plain() -> None:
    assert client_options(access()) == {"bootstrap_servers": ["a:1", "b:2"], "security_protocol": "PLAINTEXT"}
    assert broker_security(access()) is None


def test_a_user_over_tls_is_said_whole(authority: Authority) -> None:
    options = client_options(access(kafka_security_protocol="SASL_SSL", kafka_ca_file=authority.ca_file, **USER))
    context = options.pop("ssl_context")
    assert options == {
        "bootstrap_servers": ["a:1", "b:2"],
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "tiepdan",
        "sasl_plain_password": PASSWORD,
    }
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert len(context.get_ca_certs()) == 1


@pytest.mark.parametrize(
    ("mechanism", "kind"),
    [("PLAIN", SASLPlaintext), ("SCRAM-SHA-256", SASLScram256), ("SCRAM-SHA-512", SASLScram512)],
)
def test_the_broker_is_told_the_same(mechanism: str, kind: type[BaseSecurity]) -> None:
    told = broker_security(access(kafka_security_protocol="SASL_SSL", kafka_sasl_mechanism=mechanism, **USER))
    assert isinstance(told, kind)
    assert told.use_ssl
    open_door = broker_security(
        access(kafka_security_protocol="SASL_PLAINTEXT", kafka_sasl_mechanism=mechanism, **USER)
    )
    assert isinstance(open_door, kind)
    assert not open_door.use_ssl


@pytest.mark.parametrize("lacking", ["kafka_sasl_username", "kafka_sasl_password"])
def test_half_a_user_is_refused(lacking: str) -> None:
    with pytest.raises(Refused, match=r"kafka_user_missing: .*KAFKA_SASL_USERNAME") as caught:
        client_options(access(kafka_security_protocol="SASL_SSL", **(USER | {lacking: ""})))
    assert PASSWORD not in str(caught.value)


def test_files_that_cannot_be_read_are_named_by_their_variable(tmp_path: Path, authority: Authority) -> None:
    not_pem = tmp_path / "not.pem"
    not_pem.write_text("nothing", encoding="utf-8")
    cert_file, key_file = authority.sign("client")
    _, other_key = authority.sign("other")
    encrypted = tmp_path / "encrypted.key"
    encrypted.write_bytes(pem_of(ec.generate_private_key(ec.SECP256R1()), "secret"))
    for named, told in (
        ("KAFKA_CA_FILE: No such file", {"kafka_ca_file": tmp_path / "none"}),
        ("KAFKA_CA_FILE: không phải PEM", {"kafka_ca_file": not_pem}),
        ("KAFKA_KEY_FILE", {"kafka_key_file": key_file}),
        ("KAFKA_CERT_FILE, KAFKA_KEY_FILE: không phải PEM", {"kafka_cert_file": cert_file, "kafka_key_file": not_pem}),
        ("KAFKA_CERT_FILE", {"kafka_cert_file": cert_file, "kafka_key_file": other_key}),
        ("KAFKA_CERT_FILE", {"kafka_cert_file": cert_file, "kafka_key_file": encrypted}),
    ):
        with pytest.raises(Refused, match=f"kafka_file_unreadable: .*{named}"):
            client_options(access(kafka_security_protocol="SSL", **told))


def test_an_encrypted_key_opens_with_its_password(tmp_path: Path, authority: Authority) -> None:
    key_file = tmp_path / "own.key"
    cert_file, plain = authority.sign("client")
    key_file.write_bytes(_encrypted(plain))
    told = {"kafka_ca_file": authority.ca_file, "kafka_cert_file": cert_file, "kafka_key_file": key_file}
    assert client_options(access(kafka_security_protocol="SSL", kafka_key_password=PASSWORD, **told))["ssl_context"]


def _encrypted(plain: Path) -> bytes:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415 - this test alone

    key = load_pem_private_key(plain.read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return pem_of(key, PASSWORD)


def test_a_variable_that_is_set_to_nothing_says_nothing() -> None:
    empty = {name.upper(): "" for name in KafkaAccess.model_fields if name != "kafka_bootstrap_servers"}
    assert KafkaAccess.told(empty, kafka_bootstrap_servers="a:1") == KafkaAccess(kafka_bootstrap_servers="a:1")


def test_what_is_known_wins_over_the_environment() -> None:
    told = KafkaAccess.told(
        {"KAFKA_BOOTSTRAP_SERVERS": "b:2", "KAFKA_SASL_USERNAME": "u"}, kafka_bootstrap_servers="a:1"
    )
    assert (told.kafka_bootstrap_servers, told.kafka_sasl_username) == ("a:1", "u")


def test_a_protocol_that_is_none_is_refused_by_its_variable() -> None:
    with pytest.raises(ValidationError) as caught:
        KafkaAccess.told({"KAFKA_SECURITY_PROTOCOL": "TLS"})
    assert caught.value.errors()[0]["loc"] == ("KAFKA_SECURITY_PROTOCOL",)


def test_settings_of_a_service_show_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_SASL_PASSWORD", PASSWORD)
    monkeypatch.setenv("KAFKA_KEY_PASSWORD", PASSWORD)
    settings = ServiceSettings()
    assert settings.kafka_sasl_password.get_secret_value() == PASSWORD
    assert PASSWORD not in repr(settings) + str(settings)


async def test_a_kafka_that_is_away_is_not_a_kafka_that_refuses() -> None:
    away = KafkaAccess(kafka_bootstrap_servers="127.0.0.1:1", kafka_security_protocol="SASL_SSL", **USER)
    assert await why_refused(away) is None


@pytest.mark.parametrize(
    ("told", "line"),
    [
        ({"KAFKA_SECURITY_PROTOCOL": "SASL_SSL"}, "sessions cannot start: KAFKA_SECURITY_PROTOCOL=SASL_SSL cần"),
        ({"KAFKA_SECURITY_PROTOCOL": "TLS"}, "sessions cannot start: settings: KAFKA_SECURITY_PROTOCOL"),
    ],
)
def test_a_service_with_half_a_security_does_not_start(told: dict[str, str], line: str, tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "services.sessions"],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "TCD_DATA_FOLDER": str(tmp_path), **told},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode in {1, 2}
    assert ended.stderr.splitlines() == [ended.stderr.strip()]
    assert ended.stderr.startswith(line)
