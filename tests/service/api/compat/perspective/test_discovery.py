"""The discovery document leads a client to this service, and refuses a bad key as Google does."""

from flask.testing import FlaskClient

from service.api.compat.perspective import discovery
from service.installation.settings import Settings
from tests.service.api.compat.conftest import Perspective
from tests.support.quicker import application

PATH = "/$discovery/rest?version=v1alpha1"


def test_it_names_the_address_that_was_asked(perspective: Perspective) -> None:
    for path in (PATH, PATH.replace("$", "%24"), f"{PATH}&key={perspective.key}"):
        document = perspective.client.get(path, base_url="https://moderato.example").get_json()
        assert document["rootUrl"] == document["baseUrl"] == "https://moderato.example/"
        assert (document["servicePath"], document["batchPath"]) == ("", "batch")
        assert set(document["resources"]["comments"]["methods"]) == {"analyze", "suggestscore"}


def test_the_public_address_goes_before(perspective: Perspective) -> None:
    settings = Settings(redis_url=perspective.queues.url, public_url="https://comments.gazette.example/moderato")
    client: FlaskClient = application(settings, perspective.database, perspective.queues).test_client()
    assert client.get(PATH).get_json()["rootUrl"] == "https://comments.gazette.example/moderato/"


def test_a_bad_key_and_another_version_are_errors(perspective: Perspective) -> None:
    bad = perspective.client.get(f"{PATH}&key=AIzaSyB")
    assert bad.status_code == 400
    assert bad.get_json()["error"]["details"][0]["reason"] == "API_KEY_INVALID"
    assert perspective.client.get("/$discovery/rest?version=v2").status_code == 404


def test_every_schema_that_is_named_exists() -> None:
    document = discovery.document()
    named = set()

    def collect(value: object) -> None:
        if isinstance(value, dict):
            named.update([value["$ref"]] if "$ref" in value else [])
            for one in value.values():
                collect(one)
        elif isinstance(value, list):
            for one in value:
                collect(one)

    collect(document)
    assert named == set(document["schemas"])
