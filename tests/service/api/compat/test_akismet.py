"""Rules of Akismet's contract: plain words, the key in three places, the site's policy, moderators' words as labels."""

from typing import Any
from urllib.parse import quote_plus

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from service.accounts import keys
from service.models import SuggestedScore
from service.moderation.intake.suggested_scores import subject_of
from service.moderation.policy import policies
from service.moderation.policy.rules import Rules, Threshold
from service.vocabulary import Attribute, Scope
from tests.service.api.compat.conftest import Perspective

RUDE, KIND = "You are a stupid idiot, shut up.", "Thank you for this thoughtful article about our bridge."
THANKS = "Thanks for making the web a better place."


def post(service: Perspective, method: str = "comment-check", text: str = KIND, **fields: Any) -> TestResponse:
    form = {"api_key": service.key, "blog": "https://news.example", "user_ip": "192.0.2.1", "comment_content": text}
    return service.client.post(f"/1.1/{method}", data=form | fields)


@pytest.mark.parametrize(("text", "word"), [(RUDE, "true"), (KIND, "false"), ("Nice!", "false"), ("", "false")])
def test_a_comment_is_spam_if_the_policy_would_not_approve_it(perspective: Perspective, text: str, word: str) -> None:
    answer = post(perspective, text=text)
    assert (answer.status_code, answer.text, answer.mimetype) == (200, word, "text/plain")
    assert {"X-akismet-pro-tip", "X-akismet-debug-help"} & set(answer.headers.keys()) == set()
    assert answer.headers.get("X-Moderato-Reasons") == ("toxic" if word == "true" else None)


RESULTS = ", ".join(f"{number % 17}:{number * 7 % 13}" for number in range(1_500))  # a token for each sign
UNREAD = {
    "another_language": "შენ სულელი ხარ და არაფერი იცი ამის შესახებ ძმაო.",
    "turned_letters": f"{KIND} \u202etoidi",
    "beyond_the_budget": f"{KIND} {KIND} The results were {RESULTS}",
    "too_long": "word " * 2_500,
    "a_code": f"{KIND} WW91IHN0dXBpZCBpZGlvdCwgSSB3aWxsIGtpbGwgeW91IQ== {KIND}",
}


@pytest.mark.parametrize("case", UNREAD)
def test_what_was_not_read_goes_to_the_spam_folder(perspective: Perspective, case: str) -> None:
    assert post(perspective, text=UNREAD[case]).text == "true"


def test_a_comment_that_is_not_sent_as_a_form_is_no_comment_without_words(perspective: Perspective) -> None:
    key = {"Authorization": f"Bearer {perspective.key}"}
    for sent in ({"json": {"comment_content": UNREAD["another_language"]}}, {"data": {"content": KIND}}):
        answer = perspective.client.post("/1.1/comment-check", headers=key, **sent)
        assert answer.text == "invalid"
        assert "comment_content" in answer.headers["X-akismet-debug-help"]


def test_only_the_sites_own_lists_discard(perspective: Perspective) -> None:
    with perspective.database.write() as session:
        rules = Rules(
            blocked_terms=["viagra"],
            blocked_hosts=["spam.example"],
            suspect_terms=["casino"],
            thresholds={Attribute.TOXICITY: Threshold(hold_at=0.3, reject_at=0.5)},
        )
        policies.activate(session, perspective.site.id, rules, author="ada")
    tips = {
        text: (post(perspective, text=text).text, post(perspective, text=text).headers.get("X-akismet-pro-tip"))
        for text in ("Cheap viagra for all.", "<a href='https://spam.example/x'>Here</a>", "Casino for all.", RUDE)
    }
    assert list(tips.values()) == [("true", "discard"), ("true", "discard"), ("true", None), ("true", None)]
    with perspective.database.write() as session:
        policies.activate(session, perspective.site.id, Rules(), author="ada")


def test_the_key_comes_in_the_form_in_the_address_or_in_a_header(perspective: Perspective) -> None:
    client, form = perspective.client, {"comment_content": RUDE}
    assert client.post("/1.1/verify-key", data={"key": perspective.key, "blog": "x"}).text == "valid"
    assert client.post(f"/akismet/{perspective.key}/1.1/comment-check", data=form).text == "true"
    headers = {"Authorization": f"Bearer {perspective.key}"}
    assert client.post("/1.1/comment-check", data=form, headers=headers).text == "true"
    for method in ("verify-key", "comment-check", "submit-spam", "submit-ham"):
        for key in ("", "0123456789ab"):
            answer = client.post(f"/1.1/{method}", data=form | {"api_key": key})
            assert (answer.status_code, answer.text) == (200, "invalid")
            assert answer.headers["X-akismet-debug-help"]


def test_a_key_needs_the_scope_of_what_it_asks(perspective: Perspective) -> None:
    answered = {}
    for scope in Scope:
        with perspective.database.write() as session:
            key = keys.create(session, perspective.site.id, scope, scopes=[scope])
        answered[scope] = [
            post(perspective, method, api_key=key).text == "invalid"
            for method in ("verify-key", "comment-check", "submit-spam", "submit-ham")
        ]
    checks, labels = (Scope.READ, Scope.SCORE), (Scope.MODERATE,)
    refused = {one: [False, one not in checks, one not in labels, one not in labels] for one in Scope}
    assert answered == refused


@pytest.mark.parametrize(
    "fields",
    [
        {"comment_author": "viagra-test-123"},
        {"comment_author_email": "akismet-guaranteed-spam@example.com"},
        {"honeypot_field_name": "website", "website": "https://spam.example"},
    ],
)
def test_what_is_spam_by_definition_needs_no_policy(perspective: Perspective, fields: dict[str, str]) -> None:
    assert post(perspective, **fields).text == "true"
    assert post(perspective, honeypot_field_name="website", website="").text == "false"


def test_a_name_without_content_is_judged_and_an_administrator_is_staff(perspective: Perspective) -> None:
    assert post(perspective, text="", comment_type="signup", comment_author=RUDE).text == "true"
    mild = "That was a silly mistake of the mayor, only a fool would build it there."
    with perspective.database.write() as session:
        policies.activate(
            session, perspective.site.id, Rules(thresholds={Attribute.TOXICITY: Threshold(hold_at=0.01)}), author="ada"
        )
    assert post(perspective, text=mild).text == "true"
    assert post(perspective, text=mild, user_role="administrator").text == "false"
    with perspective.database.write() as session:
        policies.activate(session, perspective.site.id, Rules(), author="ada")


def test_the_authors_name_and_website_are_judged_as_well(perspective: Perspective) -> None:
    with perspective.database.write() as session:
        rules = Rules(blocked_hosts=["spam.example"], link_limit=0, blocked_terms=["viagra"])
        policies.activate(session, perspective.site.id, rules, author="ada")
    for fields, word, reasons in [
        ({"comment_author": "You stupid idiot"}, "true", "toxic"),
        ({"comment_author": "Cheap viagra"}, "true", "blocked_term"),
        ({"comment_author": "Ada", "comment_author_url": "https://shop.spam.example/x"}, "true", "blocked_link"),
        ({"comment_author_url": "http://spam.example"}, "true", "blocked_link"),
        ({"comment_author": "Ada", "comment_author_url": "https://ada.example"}, "false", None),
        ({"comment_author": "Ольга Иванова"}, "false", None),  # a name is in any language
        ({"comment_author": "李"}, "false", None),
        ({"comment_author": "Ada, ada@news.example"}, "false", None),
        ({"comment_author": "word " * 3_000}, "true", "too_long"),
    ]:
        answer = post(perspective, **fields)
        assert (answer.text, answer.headers.get("X-Moderato-Reasons")) == (word, reasons), fields
    assert post(perspective, comment_author_url="http://spam.example").headers["X-akismet-pro-tip"] == "discard"
    with perspective.database.write() as session:
        policies.activate(session, perspective.site.id, Rules(), author="ada")


@pytest.mark.parametrize("path", ["/1.1/comment-check", "/1.1/verify-key", "/akismet/0123456789ab/1.1/submit-ham"])
def test_another_method_is_refused_in_akismets_words(perspective: Perspective, path: str) -> None:
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        answer = perspective.client.open(path, method=method)
        assert (answer.status_code, answer.text, answer.mimetype) == (405, "error", "text/plain")
        assert (answer.headers["Allow"], answer.headers["X-akismet-debug-help"]) == ("POST", "Send a POST.")


def test_the_permalink_is_the_article(perspective: Perspective) -> None:
    article = {
        "title": "Council closes Harbour Bridge for repairs",
        "body": "Rust was found in the steel cables of the bridge. The council will close it for two months.",
        "url": "https://news.example/bridge",
    }
    bearer = {"Authorization": f"Bearer {perspective.key}"}
    assert perspective.client.put("/v1/articles/bridge", json=article, headers=bearer).status_code in (200, 201)
    with perspective.database.write() as session:
        rules = Rules(thresholds={Attribute.OFF_TOPIC: Threshold(hold_at=0.5)})
        policies.activate(session, perspective.site.id, rules, author="ada")
    far = "Their rye bread is the best in the whole country, I queue for it each week."
    assert post(perspective, text=far).text == "false"
    assert post(perspective, text=far, permalink="https://news.example/bridge?p=3").text == "true"
    with perspective.database.write() as session:
        policies.activate(session, perspective.site.id, Rules(), author="ada")


def test_a_form_in_another_encoding_is_not_judged(perspective: Perspective) -> None:
    body = f"api_key={perspective.key}&comment_content={quote_plus('Grüße', encoding='latin-1')}"
    form = {"content_type": "application/x-www-form-urlencoded"}
    assert perspective.client.post("/1.1/comment-check", data=body, **form).status_code == 400


def labels(service: Perspective, text: str) -> dict[Attribute, tuple[float, bool]]:
    with service.database.read() as session:
        named = select(SuggestedScore).where(SuggestedScore.subject == subject_of(text, None))
        return {one.attribute: (one.value, one.score is not None) for one in session.scalars(named)}


def test_spam_and_ham_are_kept_as_labels(perspective: Perspective) -> None:
    advert = "Buy the cheapest watches of the world in our shop today."
    assert post(perspective, "submit-spam", advert).text == THANKS
    assert labels(perspective, advert) == {Attribute.OFF_TOPIC: (1.0, False)}
    assert post(perspective, "submit-ham", RUDE).text == THANKS
    kept = labels(perspective, RUDE)
    assert kept[Attribute.OFF_TOPIC] == (0.0, False)
    assert kept[Attribute.TOXICITY] == (0.0, True)  # why it was called spam, beside our score
    assert post(perspective, "submit-ham", advert).text == THANKS
    assert labels(perspective, advert) == {Attribute.OFF_TOPIC: (0.0, False)}  # the latest word counts


def test_a_test_leaves_no_label(perspective: Perspective) -> None:
    text = "Nobody has said this."
    assert post(perspective, "submit-spam", text, is_test="1").text == THANKS
    assert post(perspective, "submit-spam", "").text == THANKS
    assert labels(perspective, text) == {}
