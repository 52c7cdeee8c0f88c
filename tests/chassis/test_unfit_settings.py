"""Addresses and files that cannot be right: one line that names the variable, never what it holds."""

from pathlib import Path
from uuid import uuid4

import pytest
from pydantic import SecretStr, ValidationError

from contracts.errors import Refused
from deploy.demo.house import CannotStart, Ports
from deploy.demo.real import RealHouse
from deploy.topics.__main__ import main as topics
from services.chassis.bus.access import KafkaAccess
from services.chassis.ledger.mongo import MongoLedger
from services.chassis.settings import ServiceSettings
from services.chassis.unfit import unfit
from services.chassis.vault.access import S3Access

UNSHOWN = f"no-line-may-show-{uuid4().hex}"


def s3(endpoint: str, ca_file: Path | None = None) -> S3Access:
    return S3Access(endpoint, SecretStr("key-id"), SecretStr(UNSHOWN), "evidence", ca_file=ca_file)


@pytest.mark.parametrize(
    "endpoint",
    ["https://h/path", "h:abc", "https://h:99999", f"https://u:{UNSHOWN}@h", "ftp://h", "", "https://", "h?x=1"],
)
def test_an_endpoint_that_is_no_endpoint_is_refused_by_name(endpoint: str) -> None:
    with pytest.raises(Refused, match="bad_s3_endpoint: S3_ENDPOINT") as caught:
        s3(endpoint)
    assert UNSHOWN not in str(caught.value)


@pytest.mark.parametrize("endpoint", ["h", "h:9000", "http://a.b-c:9000/", "https://[::1]:9000", "127.0.0.1:9000"])
def test_an_endpoint_is_taken(endpoint: str) -> None:
    assert s3(endpoint).host == endpoint.rpartition("://")[2].rstrip("/")


def test_a_stores_authority_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    not_pem = tmp_path / "not.pem"
    not_pem.write_text("nothing", encoding="utf-8")
    with pytest.raises(Refused, match=r"s3_file_unreadable: .*S3_CA_FILE: No such file"):
        s3("h:1", tmp_path / "none")
    with pytest.raises(Refused, match=r"s3_file_unreadable: .*S3_CA_FILE: không phải PEM"):
        s3("h:1", not_pem)


def test_a_stores_authority_that_is_set_to_nothing_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("S3_CA_FILE", "")
    assert ServiceSettings().s3_ca_file is None


async def test_a_file_in_the_address_of_mongodb_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    uri = f"mongodb://u:{UNSHOWN}@127.0.0.1:1/?tls=true&tlsCAFile={tmp_path / 'none'}"
    with pytest.raises(Refused, match=r"mongodb_file_unreadable: .*MONGODB_URI") as caught:
        await MongoLedger(SecretStr(uri), database="x").open([])
    assert UNSHOWN not in str(caught.value)


@pytest.mark.parametrize("servers", ["127.0.0.1:x", "127.0.0.1", "a:1,b", "a:1,", "a:99999", ""])
def test_servers_of_kafka_without_a_port_are_refused_in_their_form(servers: str) -> None:
    with pytest.raises(ValidationError) as caught:
        KafkaAccess.told({"KAFKA_BOOTSTRAP_SERVERS": servers})
    assert unfit(caught.value) == "KAFKA_BOOTSTRAP_SERVERS (phải có dạng máy:cổng,máy:cổng)"


def test_a_protocol_that_is_none_is_told_which_there_are() -> None:
    with pytest.raises(ValidationError) as caught:
        KafkaAccess.told({"KAFKA_SECURITY_PROTOCOL": UNSHOWN})
    assert unfit(caught.value) == (
        "KAFKA_SECURITY_PROTOCOL (chỉ nhận 'PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL')"
    )


def test_the_topics_command_says_it_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KAFKA_SECURITY_PROTOCOL", "SASL_PLAINTEXT")
    assert topics(["--bootstrap", "127.0.0.1:x"]) == 2
    assert capsys.readouterr().err == "topics: settings: KAFKA_BOOTSTRAP_SERVERS (phải có dạng máy:cổng,máy:cổng)\n"


@pytest.mark.parametrize(
    ("named", "given"),
    [
        ("S3_ENDPOINT", {"S3_ENDPOINT": f"https://u:{UNSHOWN}@h"}),
        ("S3_CA_FILE", {"S3_ENDPOINT": "h:1", "S3_CA_FILE": "/nonexistent"}),
        ("MONGODB_URI", {"MONGODB_URI": f"mongodb://u:{UNSHOWN}@h:abc/"}),
        ("MONGODB_URI", {"MONGODB_URI": f"mongodb://u:{UNSHOWN}@h:1/?tls=true&tlsCAFile=/nonexistent"}),
        ("KAFKA_BOOTSTRAP_SERVERS", {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:x"}),
        ("KAFKA_SECURITY_PROTOCOL", {"KAFKA_SECURITY_PROTOCOL": "NONSENSE"}),
        ("KAFKA_CA_FILE", {"KAFKA_SECURITY_PROTOCOL": "SSL", "KAFKA_CA_FILE": "/nonexistent"}),
    ],
)
def test_the_demo_looks_at_what_is_given_before_it_starts_anything(
    tmp_path: Path, named: str, given: dict[str, str]
) -> None:
    good = {"KAFKA_BOOTSTRAP_SERVERS": "h:1", "MONGODB_URI": "mongodb://h:1/", "S3_ENDPOINT": "h:1"}
    with pytest.raises(CannotStart, match=named) as caught:
        RealHouse(tmp_path, Ports(), given=good | given).check_ports()
    assert UNSHOWN not in str(caught.value)
    assert "\n" not in str(caught.value)
