"""The one place that makes a client's security of what the settings say: certificates, users, and why a Kafka said no.

Every client of the house comes here: the services' broker, speaker and probe, ``deploy.topics``, the demo's onlooker.
"""

import asyncio
import contextlib
import ssl
from collections.abc import Iterator
from typing import Any, Final

from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import (
    AuthenticationFailedError,
    KafkaConnectionError,
    KafkaError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)
from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512

from contracts.errors import Refused
from services.chassis.bus.access import KafkaAccess

_ASK_SECONDS: Final = 3.0
_CLOSE_SECONDS: Final = 1.0
_USERS: Final = {"PLAIN": SASLPlaintext, "SCRAM-SHA-256": SASLScram256, "SCRAM-SHA-512": SASLScram512}


def client_options(access: KafkaAccess) -> dict[str, Any]:
    """Servers and security in aiokafka's words.

    Errors: Refused("kafka_user_missing"), Refused("kafka_file_unreadable") naming the variable at fault.
    """
    options: dict[str, Any] = {"bootstrap_servers": access.servers} | _protocol_options(access)
    if access.has_tls:
        options["ssl_context"] = _context(access)
    return options


def broker_security(access: KafkaAccess) -> BaseSecurity | None:
    """The same in FastStream's words; none where there is neither TLS nor a user. Errors: as ``client_options``."""
    options = client_options(access)
    context = options.get("ssl_context")
    if not access.has_sasl:
        return BaseSecurity(ssl_context=context) if context else None
    return _USERS[access.kafka_sasl_mechanism](
        username=options["sasl_plain_username"],
        password=options["sasl_plain_password"],
        ssl_context=context,
        use_ssl=access.has_tls,
    )


async def why_refused(access: KafkaAccess) -> Refused | None:
    """What waiting will not heal: a certificate not trusted, a user not let in; none when it is something else.

    To be asked after a client failed: clients say "could not connect" whatever the reason was.
    """
    if not access.has_tls and not access.has_sasl:
        return None
    for server in access.servers:
        try:
            async with asyncio.timeout(_ASK_SECONDS):
                await _connect(access, server)
        except (KafkaError, OSError, TimeoutError) as error:
            if (refusal := _refusal(error, server, access)) is not None:
                return refusal
    return None


def _refusal(error: Exception, server: str, access: KafkaAccess) -> Refused | None:
    """What an error of one connection means. A door that closes on our certificate does so after the handshake."""
    if isinstance(error, KafkaConnectionError) and isinstance(error.__cause__, ssl.SSLError):
        error = error.__cause__
    match error:
        case ssl.SSLCertVerificationError():
            code, why = "kafka_certificate_refused", f"chứng thư không được tin cậy ({error.verify_message})"
            where = "KAFKA_CA_FILE"
        case ssl.SSLError():
            code, why = "kafka_tls_refused", f"bắt tay TLS không thành ({error.reason or 'TLS'})"
            where = "KAFKA_SECURITY_PROTOCOL, KAFKA_CERT_FILE"
        case SaslAuthenticationFailed() | AuthenticationFailedError():
            code, why = "kafka_user_refused", "sai tên hoặc mật khẩu"
            where = "KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD"
        case UnsupportedSaslMechanismError():
            code, why = "kafka_mechanism_refused", f"không nhận cách xác thực {access.kafka_sasl_mechanism}"
            where = "KAFKA_SASL_MECHANISM"
        case _:
            return None
    return Refused(code, f"Kafka tại {server}: {why}; xem {where}.")


async def _connect(access: KafkaAccess, server: str) -> None:
    host, _, port = server.rpartition(":")
    options = client_options(access)
    del options["bootstrap_servers"]
    connection = AIOKafkaConnection(host, int(port), request_timeout_ms=round(_ASK_SECONDS * 1000), **options)
    try:
        await connection.connect()
    except ssl.SSLError:
        raise  # no handshake, so there is nothing to close
    except (KafkaError, OSError):
        await _closed(connection)
        raise
    await _closed(connection)


async def _closed(connection: AIOKafkaConnection) -> None:
    if (closing := connection.close()) is not None:
        await asyncio.wait({closing}, timeout=_CLOSE_SECONDS)


def _protocol_options(access: KafkaAccess) -> dict[str, Any]:
    options: dict[str, Any] = {"security_protocol": access.kafka_security_protocol}
    if not access.has_sasl:
        return options
    password = access.kafka_sasl_password.get_secret_value()
    if not access.kafka_sasl_username or not password:
        raise Refused(
            "kafka_user_missing",
            f"KAFKA_SECURITY_PROTOCOL={access.kafka_security_protocol} cần KAFKA_SASL_USERNAME và KAFKA_SASL_PASSWORD.",
        )
    return options | {
        "sasl_mechanism": access.kafka_sasl_mechanism,
        "sasl_plain_username": access.kafka_sasl_username,
        "sasl_plain_password": password,
    }


def _context(access: KafkaAccess) -> ssl.SSLContext:
    """Certificate and host name of a broker are always checked."""
    with _naming("KAFKA_CA_FILE"):
        context = ssl.create_default_context(cafile=access.kafka_ca_file)
    if access.kafka_key_file and not access.kafka_cert_file:
        raise Refused("kafka_file_unreadable", "Đã đặt KAFKA_KEY_FILE nhưng thiếu KAFKA_CERT_FILE.")
    if access.kafka_cert_file:
        secret = access.kafka_key_password.get_secret_value() if access.kafka_key_password else ""
        with _naming("KAFKA_CERT_FILE, KAFKA_KEY_FILE"):
            # A password is always given: without one, OpenSSL would ask the terminal for that of an encrypted key.
            context.load_cert_chain(access.kafka_cert_file, access.kafka_key_file, password=secret)
    return context


@contextlib.contextmanager
def _naming(variables: str) -> Iterator[None]:
    """Errors: Refused("kafka_file_unreadable"), with the name of the variable and never what a file holds."""
    try:
        yield
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        why = error.strerror if isinstance(error, FileNotFoundError | PermissionError) else "không phải PEM hợp lệ"
        raise Refused("kafka_file_unreadable", f"Không đọc được tệp của {variables}: {why}.") from error
