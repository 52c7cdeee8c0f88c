"""The compose file and the image, as far as they can be judged without Docker: names, needs, locks, no secret."""

import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from pydantic import AliasChoices

from contracts.streams import SPEAKERS
from deploy.engines import kafka
from deploy.setup.__main__ import KEY_FILES
from deploy.setup.__main__ import main as set_up
from services.chassis.settings import ServiceSettings
from services.intake.app import make_app as make_intake
from services.intake.settings import IntakeSettings
from services.notify.app import make_app as make_notify
from services.notify.settings import NotifySettings
from services.recording.app import make_app as make_recording
from services.recording.settings import RecordingSettings
from services.routing.app import make_app as make_routing
from services.routing.settings import RoutingSettings
from services.sessions.app import make_app as make_sessions
from services.sessions.settings import SessionsSettings
from tests.engines import images

DEPLOY: Final = Path(__file__).parents[2] / "deploy"
COMPOSE: Final[dict[str, Any]] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: Final[dict[str, dict[str, Any]]] = COMPOSE["services"]
DOCKERFILE: Final = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
OURS: Final[dict[str, tuple[Any, type[ServiceSettings]]]] = {
    "intake": (make_intake, IntakeSettings),
    "routing": (make_routing, RoutingSettings),
    "sessions": (make_sessions, SessionsSettings),
    "recording": (make_recording, RecordingSettings),
    "notify": (make_notify, NotifySettings),
}
JOBS: Final = {"topics", "mongo-init", "keys"}
_HOLE: Final = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


def filled(text: str, known: Mapping[str, str]) -> str:
    """As compose interpolates: ``${NAME:-default}``, ``${NAME:?complaint}``."""

    def value(hole: re.Match[str]) -> str:
        name, kind, rest = hole.groups()
        if known.get(name):
            return known[name]
        assert kind == "-", f"{name} has to be given: {rest}"
        return str(rest)

    return _HOLE.sub(value, text)


def known_names(settings: type[ServiceSettings]) -> set[str]:
    names: set[str] = set()
    for name, field in settings.model_fields.items():
        alias = field.validation_alias
        names |= {str(choice) for choice in alias.choices} if isinstance(alias, AliasChoices) else {f"TCD_{name}"}
    return {name.upper() for name in names}


@pytest.fixture
def made(tmp_path: Path) -> dict[str, str]:
    """What ``python -m deploy.setup`` writes."""
    assert set_up(tmp_path) == 0
    lines = (tmp_path / ".env").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines) | {"HERE": str(tmp_path)}


def environment(service: str, made: Mapping[str, str]) -> dict[str, str]:
    """What the container sees; its keys are those that were made here."""
    said: dict[str, str | None] = SERVICES[service]["environment"]
    found = {name: filled(value, made) for name, value in said.items() if value is not None}
    return {name: value.replace("/keys/", f"{made['HERE']}/secrets/") for name, value in found.items()}


def test_all_five_services_are_there() -> None:
    assert set(SPEAKERS) == set(OURS)
    assert set(OURS) < set(SERVICES)


@pytest.mark.parametrize("service", OURS)
def test_every_variable_is_a_setting_of_that_service(service: str) -> None:
    assert set(SERVICES[service]["environment"]) <= known_names(OURS[service][1])


@pytest.mark.parametrize("service", OURS)
def test_a_service_has_all_that_it_needs_to_begin(
    service: str, made: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    make_app, settings_class = OURS[service]
    for name, value in (image_environment() | environment(service, made)).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TCD_DATA_FOLDER", str(tmp_path / "data"))
    settings = settings_class()
    assert make_app(settings).state.chassis.service == service
    assert (settings.host, settings.port, settings.bus_profile) == ("0.0.0.0", 8000, "kafka")  # noqa: S104 - a container's own
    assert settings.servers == ["kafka:9092"]
    assert settings.mongodb_uri is not None
    assert settings.s3_endpoint == "http://minio:9000"


def image_environment() -> dict[str, str]:
    found = dict(re.findall(r"^(?:ENV|   ) (TCD_\w+)=(\S+)", DOCKERFILE, re.MULTILINE))
    assert len(found) == 5
    return found


@pytest.mark.parametrize("name", [*OURS, "topics"])
def test_certificates_of_servers_that_are_given_reach_whoever_asks_them(name: str) -> None:
    passed = SERVICES[name]["environment"]
    told = {
        "KAFKA_CERT_FILE": "/certificates/own.pem",
        "KAFKA_KEY_FILE": "/certificates/own.key",
        "KAFKA_KEY_PASSWORD": "opens it",  # pragma: allowlist secret
        "S3_CA_FILE": "/certificates/store.pem",
        "S3_SECURE": "false",
    }
    assert {variable: filled(passed[variable], told) for variable in told} == told
    volumes = SERVICES[name]["volumes"]
    assert "/srv/tls:/certificates:ro" in [filled(volume, {"TIEPDAN_CERTIFICATES": "/srv/tls"}) for volume in volumes]


def test_nothing_secret_has_a_value_in_the_file() -> None:
    """Passwords, secrets and keys are asked for or passed on; what stands in ``TCD_…_FILE`` is a path."""
    for service, said in SERVICES.items():
        for name, value in said.get("environment", {}).items():
            if re.search(r"SECRET|PASSWORD|TOKEN|_USER$|(?<!PUBLIC)_KEY$", name) and not name.endswith("_FILE"):
                assert value is None or re.fullmatch(r"\$\{\w+:(\?[^}]+|-)\}", value), f"{service}: {name}"


def test_each_service_is_given_the_keys_it_opens_and_no_other() -> None:
    copied = [line.split() for line in SERVICES["keys"]["command"][0].splitlines() if line.startswith("own /")]
    given = {(source.rpartition("/")[2], target) for _, source, target in copied}
    assert given == {
        ("intake_keys", "/keys/intake/intake.keys"),
        ("routing_keys", "/keys/routing/routing.keys"),
        ("contacts_keys", "/keys/intake/contacts.keys"),
        ("contacts_keys", "/keys/notify/contacts.keys"),
    }
    mounts = {name: [one for one in said.get("volumes", []) if "keys" in one] for name, said in SERVICES.items()}
    assert {name: found for name, found in mounts.items() if found} == {
        "keys": ["intake-keys:/keys/intake", "routing-keys:/keys/routing", "notify-keys:/keys/notify"],
        "intake": ["intake-keys:/keys:ro"],
        "routing": ["routing-keys:/keys:ro"],
        "notify": ["notify-keys:/keys:ro"],
    }


def test_without_its_secrets_nothing_starts() -> None:
    for name in ("S3_SECRET_KEY", "S3_ACCESS_KEY"):
        with pytest.raises(AssertionError, match=f"{name} has to be given: run python -m deploy.setup"):
            filled(SERVICES["sessions"]["environment"][name], {})


def test_whoever_stays_up_is_asked_whether_he_is_well() -> None:
    assert "HEALTHCHECK" in DOCKERFILE
    for name, said in SERVICES.items():
        if name not in JOBS:
            assert "healthcheck" in said or "dockerfile" in said["build"], name
            assert said["restart"] == "unless-stopped", name


def test_what_is_waited_for_exists_and_can_be_waited_for() -> None:
    for said in SERVICES.values():
        for other, how in said.get("depends_on", {}).items():
            ends = how["condition"] == "service_completed_successfully"
            assert ends == (other in JOBS)
            assert ends or "healthcheck" in SERVICES[other]


def test_every_volume_network_and_secret_is_declared() -> None:
    for said in SERVICES.values():
        assert {filled(volume, {}).split(":")[0] for volume in said.get("volumes", [])} <= set(COMPOSE["volumes"])
        assert set(said.get("networks", [])) <= set(COMPOSE["networks"])
        assert set(said.get("secrets", [])) <= set(COMPOSE["secrets"])
    assert {Path(one["file"]).name for one in COMPOSE["secrets"].values()} == set(KEY_FILES)


def test_only_this_machine_reaches_what_is_opened_and_stores_stay_inside() -> None:
    for name, said in SERVICES.items():
        assert all(port.startswith("127.0.0.1:") for port in said.get("ports", [])), name
    assert COMPOSE["networks"]["inside"]["internal"] is True
    for name in ("kafka", "mongo", "minio", "mongo-init"):
        assert SERVICES[name]["networks"] == ["inside"]


def test_our_containers_own_nothing_they_do_not_need() -> None:
    for name in (*OURS, "topics", "issuer", "simulator"):
        said = SERVICES[name]
        assert (said["read_only"], said["cap_drop"]) == (True, ["ALL"])
        assert said["security_opt"] == ["no-new-privileges:true"]


def test_images_are_pinned_and_the_same_as_those_of_the_tests() -> None:
    assert SERVICES["kafka"]["image"] == images.KAFKA_IMAGE == f"apache/kafka:{kafka.VERSION}"
    assert SERVICES["mongo"]["image"] == SERVICES["mongo-init"]["image"] == images.MONGO_IMAGE
    assert filled(SERVICES["minio"]["image"], {}) == images.MINIO_IMAGE
    assert filled(SERVICES["minio"]["image"], {"TIEPDAN_S3_IMAGE": "own/store:1"}) == "own/store:1"
    named = [filled(one["image"], {}) for one in SERVICES.values()]
    assert not [image for image in named if image.endswith(":latest") or ":" not in image]


def test_the_image_is_made_from_hashes_and_runs_as_nobody() -> None:
    assert "--require-hashes" in DOCKERFILE
    assert "\nUSER 10001:10001\n" in DOCKERFILE
    assert "://" not in re.sub(r"http://127\.0\.0\.1:", "", DOCKERFILE)
    assert DOCKERFILE.count("\nFROM ") == 2


def test_what_is_made_once_is_made_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    set_up(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    set_up(tmp_path)
    assert {path: path.read_bytes() for path in before} == before
    assert capsys.readouterr().out.count("left alone") == len(before) == 1 + len(KEY_FILES)
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700
