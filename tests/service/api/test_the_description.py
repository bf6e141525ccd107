"""Rules of the API's description: complete, valid, the same as the file in the repository, and shown offline."""

import hashlib
import json
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from openapi_spec_validator import OpenAPIV31SpecValidator

from service.api import openapi
from service.api.documentation import FOLDER
from service.app import CONTENT_SECURITY_POLICY

ROOT = Path(__file__).parents[3]


def test_the_file_in_the_repository_is_the_description() -> None:
    kept = json.loads((ROOT / "openapi.json").read_text())
    assert kept == openapi.document(), "run `python -m service.api > openapi.json`"


def test_the_description_is_valid_openapi_3_1() -> None:
    OpenAPIV31SpecValidator(openapi.document()).validate()  # type: ignore[arg-type]


def test_every_route_of_version_1_is_described(app: Flask) -> None:
    described = {(method.upper(), path) for path, methods in openapi.document()["paths"].items() for method in methods}
    served = {
        (method, openapi.PARAMETER.sub(r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/v1/")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert served
    legal = "/v1/reader/legal-notices"
    for_people = {
        ("GET", "/v1/reader/comments/{receipt}/page"), ("GET", legal), ("POST", legal), ("GET", f"{legal}/{{receipt}}"),
        ("GET", f"{legal}/static/<path:filename>"),
    }  # fmt: skip
    assert served - described == {("POST", "/v1/moderations")} | for_people  # OpenAI describes its own


def test_every_operation_says_what_it_answers_and_what_goes_wrong() -> None:
    for path, methods in openapi.document()["paths"].items():
        for method, described in methods.items():
            assert described["summary"], (method, path)
            if path.startswith("/v1/"):
                assert {"401", "429", "500"} <= set(described["responses"]), (method, path)


def test_the_page_and_all_it_loads_come_from_this_server(client: FlaskClient) -> None:
    page = client.get("/docs")
    assert page.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert "http" not in page.text.replace("</html>", "")
    for name in ("swagger-ui.css", "swagger-ui-bundle.js", "start.js"):
        assert f"/docs/{name}" in page.text
        assert client.get(f"/docs/{name}").status_code == 200
    assert client.get("/openapi.json").json == openapi.document()


def test_vendored_files_are_the_recorded_ones() -> None:
    recorded = json.loads((FOLDER / "VENDORED.json").read_text())
    for name, checksum in recorded["sha256"].items():
        assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == checksum, name


def test_the_type_of_a_problem_can_be_looked_up(client: FlaskClient) -> None:
    for method, path in (("GET", "/nowhere"), ("DELETE", "/v1/policy"), ("GET", "/v1/policy")):
        problem = client.open(path, method=method).json
        assert problem is not None
        assert client.get(problem["type"]).status_code == 200, problem["type"]
    assert client.get("/problems/nonsense").status_code == 404
