"""Rules of sending many comments at once."""

from tests.service.api.conftest import LONG_ENOUGH, Caller


def test_one_bad_comment_spoils_only_itself(call: Caller) -> None:
    call.send("there", LONG_ENOUGH)
    sent = [
        {"id": "a", "text": LONG_ENOUGH + " a"},
        {"id": "b", "text": "Too short."},
        {"id": "c", "text": LONG_ENOUGH + " c", "surprise": 1},
        {"id": "there", "text": LONG_ENOUGH},
        {"id": "there", "text": LONG_ENOUGH + " changed"},
        17,
        {"id": "d", "text": LONG_ENOUGH + " d"},
    ]
    answer = call("POST", "/v1/comments/batch", json={"comments": sent})
    assert answer.status_code == 200
    assert answer.json is not None
    results = answer.json["results"]
    assert [result["status"] for result in results] == [202, 422, 422, 200, 409, 422, 202]
    assert (answer.json["accepted"], answer.json["refused"]) == (3, 4)
    assert results[1]["problem"]["code"] == "comment_too_short"
    for comment_id, status in (("a", 200), ("b", 404), ("c", 404), ("d", 200)):
        assert call("GET", f"/v1/comments/{comment_id}").status_code == status


def test_the_same_id_twice_in_a_batch_is_one_comment(call: Caller) -> None:
    sent = [{"id": "a", "text": LONG_ENOUGH}, {"id": "a", "text": LONG_ENOUGH}]
    answer = call("POST", "/v1/comments/batch", json={"comments": sent})
    assert answer.json is not None
    assert [result["status"] for result in answer.json["results"]] == [202, 200]


def test_a_batch_has_one_to_a_hundred_comments(call: Caller) -> None:
    for count, status in ((0, 422), (100, 200), (101, 422)):
        sent = [{"id": f"c{number}", "text": LONG_ENOUGH} for number in range(count)]
        assert call("POST", "/v1/comments/batch", json={"comments": sent}).status_code == status


def test_articles_come_inline_with_the_comments_of_a_batch(call: Caller) -> None:
    article = {"id": "bridge", "title": "City votes to rebuild the old bridge"}
    sent = [{"id": f"c{number}", "text": f"{LONG_ENOUGH} {number}", "article": article} for number in range(3)]
    assert call("POST", "/v1/comments/batch", json={"comments": sent}).status_code == 200
    stored = call("GET", "/v1/articles/bridge").json
    assert stored is not None
    assert (stored["title"], stored["revision"]) == (article["title"], 1)
