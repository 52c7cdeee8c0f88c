"""/docs works on a closed network and shows the whole interface."""

import re
from pathlib import Path

from services.chassis.web.docs import as_openapi_3_0
from tests.chassis.probe_app import a_probe
from tests.serving import serving

ELSEWHERE = re.compile(r"""(?:src|href|url)\s*[=:(]\s*["']?\s*(?:https?:)?//""")


async def test_the_page_and_all_it_loads_come_from_this_service(tmp_path: Path) -> None:
    async with serving(a_probe(tmp_path).app) as client:
        page = await client.get("/docs")
        loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
        answers = {path: await client.get(path) for path in [*loaded, "/docs/openapi.json"]}
        style = answers["/docs/assets/swagger-ui.css"].text

    assert "/docs/assets/swagger-ui-bundle.js" in loaded
    assert {path: answer.status_code for path, answer in answers.items()} == dict.fromkeys(answers, 200)
    assert not ELSEWHERE.search(page.text + answers["/docs/start.js"].text)
    assert "validatorUrl: null" in answers["/docs/start.js"].text  # else the page asks a public validator
    assert not re.search(r"url\(\s*[\"']?(?:https?:)?//", style)
    assert "@import" not in style
    assert "connect-src 'self'" in page.headers["content-security-policy"]
    assert "script-src 'self'" in page.headers["content-security-policy"]


async def test_nothing_beside_the_needed_assets_is_served(tmp_path: Path) -> None:
    async with serving(a_probe(tmp_path).app) as client:
        assert (await client.get("/docs/assets/index.html")).status_code == 404
        assert (await client.get("/docs/assets/..%2f__init__.py")).status_code == 404
        assert (await client.get("/asyncapi")).status_code == 404


async def test_docs_can_be_switched_off(tmp_path: Path) -> None:
    async with serving(a_probe(tmp_path, has_docs=False).app) as client:
        for path in ("/docs", "/openapi.json", "/docs/openapi.json"):
            assert (await client.get(path)).status_code == 404


async def test_machines_read_3_1_and_the_page_reads_3_0(tmp_path: Path) -> None:
    async with serving(a_probe(tmp_path).app) as client:
        for_machines = (await client.get("/openapi.json")).json()
        for_page = (await client.get("/docs/openapi.json")).json()

    assert for_machines["openapi"].startswith("3.1")
    assert for_page["openapi"].startswith("3.0")
    assert for_page["paths"].keys() == for_machines["paths"].keys()


def test_words_that_3_0_does_not_know_are_said_in_its_own() -> None:
    said = as_openapi_3_0(
        {
            "openapi": "3.1.0",
            "schemas": {
                "maybe": {"anyOf": [{"type": "string", "maxLength": 3}, {"type": "null"}], "title": "Maybe"},
                "maybe_ref": {"anyOf": [{"$ref": "#/a"}, {"type": "null"}]},
                "one": {"const": "x"},
                "above": {"type": "integer", "exclusiveMinimum": 3},
            },
        }
    )["schemas"]

    assert said["maybe"] == {"type": "string", "maxLength": 3, "title": "Maybe", "nullable": True}
    assert said["maybe_ref"] == {"anyOf": [{"$ref": "#/a"}], "nullable": True}
    assert said["one"] == {"enum": ["x"]}
    assert said["above"] == {"type": "integer", "minimum": 3, "exclusiveMinimum": True}


async def test_the_description_tells_how_refusals_look(tmp_path: Path) -> None:
    async with serving(a_probe(tmp_path).app) as client:
        description = (await client.get("/openapi.json")).json()

    answers = description["paths"]["/v1/drafts"]["post"]["responses"]
    problem = description["components"]["schemas"]["Problem"]
    assert set(answers) == {"200", "4XX", "5XX"}
    assert answers["4XX"]["content"] == {
        "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
    }
    assert set(problem["required"]) == {"type", "title", "status", "detail", "code"}
    assert "HTTPValidationError" not in description["components"]["schemas"]
