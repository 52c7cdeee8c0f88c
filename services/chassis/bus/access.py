"""Where a Kafka is and who we are to it; knows no driver."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr
from pydantic_core import PydanticCustomError

Protocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]


def _nothing_if_empty(value: Any) -> Any:
    """A variable that is set to nothing, as compose files do, says nothing."""
    return None if value == "" else value


def _named(name: str) -> AliasChoices:
    """The name that others use for it in the environment, and our own."""
    return AliasChoices(name.upper(), name)


def _each_with_its_port(servers: str) -> str:
    for server in servers.split(","):
        found = _SERVER.fullmatch(server.strip())
        if found is None or int(found[1]) > _PORT_MAX:
            raise PydanticCustomError("bad_servers", "phải có dạng máy:cổng,máy:cổng")
    return servers


_SERVER: Final = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[\w.-]+):(\d{1,5})")
_PORT_MAX: Final = 65_535
OptionalFile = Annotated[Path | None, BeforeValidator(_nothing_if_empty)]
"""The path of a file; set to nothing, as compose files do, there is none."""
_Secret = Annotated[SecretStr | None, BeforeValidator(_nothing_if_empty)]


class KafkaAccess(BaseModel):
    """What a client of Kafka has to be told, in the words of Kafka's own clients: ``KAFKA_SECURITY_PROTOCOL``, ….

    It is checked where a client is made of it (``security.client_options``).
    """

    model_config = ConfigDict(frozen=True, populate_by_name=True, extra="ignore")

    kafka_bootstrap_servers: Annotated[str, AfterValidator(_each_with_its_port)] = Field(
        default="127.0.0.1:19092", validation_alias=_named("kafka_bootstrap_servers")
    )
    """``host:port``, several with commas between."""
    kafka_security_protocol: Annotated[
        Protocol, BeforeValidator(lambda value: "PLAINTEXT" if value == "" else value)
    ] = Field(default="PLAINTEXT", validation_alias=_named("kafka_security_protocol"))
    """PLAINTEXT and SASL_PLAINTEXT encrypt nothing: inside one machine or one private network only."""
    kafka_sasl_mechanism: Annotated[
        Mechanism, BeforeValidator(lambda value: "SCRAM-SHA-512" if value == "" else value)
    ] = Field(default="SCRAM-SHA-512", validation_alias=_named("kafka_sasl_mechanism"))
    """How a user proves to be one, with SASL_SSL and SASL_PLAINTEXT. PLAIN shows the password to the server."""
    kafka_sasl_username: str = Field(default="", validation_alias=_named("kafka_sasl_username"))
    kafka_sasl_password: SecretStr = Field(default=SecretStr(""), validation_alias=_named("kafka_sasl_password"))
    kafka_ca_file: OptionalFile = Field(default=None, validation_alias=_named("kafka_ca_file"))
    """PEM: the authority that signed the brokers' certificates; not set: those of the system."""
    kafka_cert_file: OptionalFile = Field(default=None, validation_alias=_named("kafka_cert_file"))
    """PEM: our own certificate and its chain, where brokers ask for one (mutual TLS)."""
    kafka_key_file: OptionalFile = Field(default=None, validation_alias=_named("kafka_key_file"))
    """PEM: the key of our own certificate."""
    kafka_key_password: _Secret = Field(default=None, validation_alias=_named("kafka_key_password"))
    """Of the key file, when it is encrypted."""

    @classmethod
    def told(cls, environment: Mapping[str, str], **known: Any) -> Self:
        """As these variables say; ``known`` wins. Errors: pydantic.ValidationError naming what does not fit."""
        names = {name: value for name, value in environment.items() if name.startswith("KAFKA_")}
        return cls.model_validate(names | {name.upper(): value for name, value in known.items()})

    @property
    def servers(self) -> list[str]:
        """Each ``host:port``."""
        return [server.strip() for server in self.kafka_bootstrap_servers.split(",")]

    @property
    def has_tls(self) -> bool:
        return self.kafka_security_protocol in {"SSL", "SASL_SSL"}

    @property
    def has_sasl(self) -> bool:
        return self.kafka_security_protocol in {"SASL_PLAINTEXT", "SASL_SSL"}
