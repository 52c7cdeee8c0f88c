"""The local issuer works like any OIDC issuer, and only on loopback."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from contracts.vocabulary import Role
from services.chassis.auth.keys import RemoteKeys
from services.chassis.auth.local_issuer import LocalIssuer, main, make_issuer_app
from services.chassis.auth.tokens import Tokens


async def test_its_tokens_are_good_for_whoever_knows_only_its_address(tmp_path: Path) -> None:
    issuer = LocalIssuer.from_file(tmp_path / "issuer.pem")
    transport = httpx.ASGITransport(make_issuer_app(issuer))
    tokens = Tokens(issuer.issuer, "tiepdan", RemoteKeys(issuer.issuer, transport=transport))
    async with httpx.AsyncClient(transport=transport, base_url=issuer.issuer) as client:
        asked = {"roles": ["petition_officer"], "unit": "xa-17971", "subject": "officer", "minutes": 5}
        minted = (await client.post("/token", json=asked)).json()

    caller = await tokens.caller_of(f"Bearer {minted['access_token']}")

    assert caller.roles == {Role.PETITION_OFFICER}
    assert (caller.subject, caller.unit, minted["expires_in"]) == ("officer", "xa-17971", 300)


async def test_tokens_survive_its_restart_because_the_key_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "issuer.pem"
    token = LocalIssuer.from_file(path).mint(Role.CHAIR)
    again = LocalIssuer.from_file(path)

    assert (await Tokens(again.issuer, "tiepdan", again).caller_of(f"Bearer {token}")).roles == {Role.CHAIR}
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.5", "localhost.example", "192.168.1.1"])  # noqa: S104 - refused
def test_it_refuses_an_address_that_others_could_reach(
    host: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--host", host, "--port", "0", "--key-file", str(tmp_path / "k.pem")]) == 2
    assert "loopback only" in capsys.readouterr().err


def test_it_believes_to_be_in_a_container_only_where_one_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("services.chassis.auth.local_issuer._CONTAINER_MARKS", (tmp_path / "none",))
    wanted = ["--port", "0", "--key-file", str(tmp_path / "k.pem"), "--in-container", "http://issuer:8080"]
    assert main(wanted) == 2
    assert "this is none" in capsys.readouterr().err


def test_as_a_process_it_says_where_it_listens_and_stops_on_sigterm(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "services.chassis.auth.local_issuer", "--port", "0", "--key-file"]
    with subprocess.Popen(  # noqa: S603 - our own program
        [*command, str(tmp_path / "k.pem")], stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        said = process.stderr.readline()
        os.kill(process.pid, signal.SIGTERM)
        process.wait(20)

    assert "issuer.listening" in said


@pytest.mark.parametrize("wanted", [{"roles": []}, {"roles": ["god"]}, {"roles": ["chair"], "minutes": 100_000}])
async def test_it_gives_no_token_for_nonsense(wanted: dict[str, object]) -> None:
    issuer = LocalIssuer()
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(make_issuer_app(issuer)), base_url=issuer.issuer
    ) as client:
        assert (await client.post("/token", json=wanted)).status_code == 422
