"""One Kafka node with four doors: open (for administration), a user over TLS, mutual TLS, a user without TLS."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._scram import ScramCredentialInfo, ScramMechanism, UserScramCredentialUpsertion

from deploy.engines import KafkaNode, free_ports
from deploy.engines.server import HOST
from services.chassis.bus.access import KafkaAccess
from tests.engines.authority import Authority

USER: Final = "tiepdan-test"
PASSWORD: Final = "a password that no log may show"  # pragma: allowlist secret
_MECHANISMS: Final = {"SCRAM-SHA-256": ScramMechanism.SCRAM_SHA_256, "SCRAM-SHA-512": ScramMechanism.SCRAM_SHA_512}
_ITERATIONS: Final = 4096
_LOGIN: Final = "org.apache.kafka.common.security"


class SecuredKafka:
    """Where its doors are, and what a client that is let in has to be told."""

    def __init__(self, node: KafkaNode, doors: dict[str, str], authority: Authority) -> None:
        self.node = node
        self.authority = authority
        self._doors = doors

    def user(self, **other: Any) -> KafkaAccess:
        """SASL_SSL with a user who is known; ``other`` changes that."""
        told: dict[str, Any] = {
            "kafka_bootstrap_servers": self._doors["USERS"],
            "kafka_security_protocol": "SASL_SSL",
            "kafka_sasl_username": USER,
            "kafka_sasl_password": PASSWORD,
            "kafka_ca_file": self.authority.ca_file,
        }
        return KafkaAccess(**(told | other))

    def mutual(self, **other: Any) -> KafkaAccess:
        """TLS with a certificate of our own."""
        cert_file, key_file = self.authority.sign("client")
        told: dict[str, Any] = {
            "kafka_bootstrap_servers": self._doors["MUTUAL"],
            "kafka_security_protocol": "SSL",
            "kafka_ca_file": self.authority.ca_file,
            "kafka_cert_file": cert_file,
            "kafka_key_file": key_file,
        }
        return KafkaAccess(**(told | other))

    def user_without_tls(self) -> KafkaAccess:
        return self.user(
            kafka_bootstrap_servers=self._doors["BARE"], kafka_security_protocol="SASL_PLAINTEXT", kafka_ca_file=None
        )


@contextmanager
def secured_kafka(folder: Path) -> Iterator[SecuredKafka]:
    """The node, up, with its user made. Certificates are made anew every time."""
    authority = Authority(folder / "authority")
    ports = free_ports(5)
    doors = dict(zip(("PLAINTEXT", "CONTROLLER", "USERS", "MUTUAL", "BARE"), ports, strict=True))
    addresses = {door: f"{HOST}:{port}" for door, port in doors.items()}
    with KafkaNode(folder / "kafka", *ports[:2], more=_properties(addresses, authority, folder)) as node:
        _make_user(node.bootstrap)
        yield SecuredKafka(node, addresses, authority)


def _properties(addresses: dict[str, str], authority: Authority, folder: Path) -> dict[str, str]:
    cert_file, key_file = authority.sign("broker")
    store = folder / "broker.pem"
    store.write_bytes(key_file.read_bytes() + cert_file.read_bytes())
    listeners = ",".join(f"{door}://{address}" for door, address in addresses.items())
    users = {
        f"listener.name.{door}.{mechanism.lower()}.sasl.jaas.config": f"{_LOGIN}.scram.ScramLoginModule required;"
        for door in ("users", "bare")
        for mechanism in _MECHANISMS
    }
    plain = f'{_LOGIN}.plain.PlainLoginModule required user_{USER}="{PASSWORD}";'
    return {
        "listeners": listeners,
        "advertised.listeners": listeners,
        "listener.security.protocol.map": (
            "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,USERS:SASL_SSL,MUTUAL:SSL,BARE:SASL_PLAINTEXT"
        ),
        "listener.name.users.sasl.enabled.mechanisms": "SCRAM-SHA-256,SCRAM-SHA-512,PLAIN",
        "listener.name.users.plain.sasl.jaas.config": plain,
        "listener.name.bare.sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.mutual.ssl.client.auth": "required",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(store),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(authority.ca_file),
        **users,
    }


def _make_user(bootstrap: str) -> None:
    client = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    for mechanism in _MECHANISMS.values():  # one request each: a user may be changed once in a request
        made = UserScramCredentialUpsertion(USER, ScramCredentialInfo(mechanism, _ITERATIONS), PASSWORD.encode())
        for answer in client.alter_user_scram_credentials([made]).values():
            answer.result(30)
