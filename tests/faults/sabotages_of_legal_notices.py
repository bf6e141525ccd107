"""What guards legal notices and statements of reasons, switched off."""

from tests.faults.sabotaged import Sabotage

PAGE = "tests/service/api/reader/test_legal_notices.py"
ROOM = "tests/service/moderation/legal_notices"
LEGAL_NOTICES: tuple[Sabotage, ...] = (
    Sabotage(
        "a statement of reasons with every automatic rejection",
        "service/moderation/decisions/decisions.py",
        "    if to_status is CommentStatus.REJECTED and source in BY_THE_SERVICE:\n",
        "    if False:\n",
        "tests/service/moderation/judgement/test_statements.py"
        "::test_what_the_policy_rejects_leaves_with_the_sites_sentence_its_ground_and_redress",
    ),
    Sabotage(
        "a person for the new text of what a legal notice took down",
        "workers/gathering.py",
        "            kept_down=kept.get(comment.id),\n",
        "            kept_down=None,\n",
        "tests/service/moderation/decisions/test_kept_down.py"
        "::test_an_edit_does_not_publish_what_a_legal_notice_took_down",
    ),
    Sabotage(
        "rate of an address for legal notices",
        "service/api/reader/legal_notices.py",
        '        door.spend(kept.reader_comments, "legal notice", key)\n',
        "",
        f"{PAGE}::test_one_address_sends_few_a_minute_and_gets_its_words_back",
    ),
    Sabotage(
        "the hidden field of the form for legal notices",
        "service/api/reader/legal_notices.py",
        "new_id() if fields.get(TRAP) else _store(key, fields)",
        "_store(key, fields)",
        f"{PAGE}::test_a_program_that_fills_the_hidden_field_is_answered_and_nothing_is_stored",
    ),
    Sabotage(
        "legal notices from other sites' pages",
        "service/api/reader/door.py",
        "    if from_own_pages and origin and urlsplit(origin).netloc == request.host:\n",
        "    if from_own_pages and origin:\n",
        f"{PAGE}::test_other_sites_pages_send_nothing_and_the_publishers_do",
    ),
    Sabotage(
        "no way around the page for legal notices",
        "service/api/v1/objections/legal_notices.py",
        "    refuse_forms(call.key)\n",
        "",
        "tests/service/api/v1/objections/test_legal_notices.py"
        "::test_the_key_of_a_form_goes_through_the_public_page_with_its_guards",
    ),
    Sabotage(
        "who sent a legal notice, for endpoints that name the event alone",
        "service/moderation/callbacks/outbox.py",
        "naming = [endpoint.id for endpoint in found if event.value in endpoint.events]",
        "naming = [endpoint.id for endpoint in found if not endpoint.events or event.value in endpoint.events]",
        f"{ROOM}/test_receiving.py::test_receipt_is_confirmed_to_endpoints_that_name_the_event_and_to_no_others",
    ),
    Sabotage(
        "no notifier in the log of deliveries",
        "service/moderation/callbacks/payloads.py",
        '    if body["data"].get("notifier"):\n',
        "    if False:\n",
        f"{ROOM}/test_receiving.py::test_receipt_is_confirmed_to_endpoints_that_name_the_event_and_to_no_others",
    ),
    Sabotage(
        "who sent a legal notice, for leads alone",
        "service/console/templates/console/legal_notices.html",
        '      {% if may("lead") %}\n      <p class="small">{% set notifier %}',
        '      {% if true %}\n      <p class="small">{% set notifier %}',
        "tests/service/console/review/test_legal_notices.py"
        "::test_a_moderator_reads_it_beside_the_comment_and_only_a_lead_sees_from_whom",
    ),
    Sabotage(
        "no word of a decision that may be undone",
        "service/api/reader/legal_notices.py",
        "            is_told = legal_notice is not None and deciding.is_final(session, legal_notice)\n",
        "            is_told = legal_notice is not None and legal_notice.decided_at is not None\n",
        f"{PAGE}::test_the_form_leads_to_a_receipt_that_shows_a_reference_and_later_the_decision",
    ),
    Sabotage(
        "legal notices of the site alone",
        "service/moderation/legal_notices/deciding.py",
        "LegalNotice.id == legal_notice_id, LegalNotice.site_id == site_id)\n",
        "LegalNotice.id == legal_notice_id)\n",
        f"{ROOM}/test_deciding.py::test_another_sites_legal_notice_is_not_there",
    ),
    Sabotage(
        "no decision on a text that the lead has not read",
        "service/moderation/legal_notices/deciding.py",
        "    if comment is not None and outcome.version != comment.version:\n",
        "    if False:\n",
        f"{ROOM}/test_deciding.py::test_no_decision_is_taken_on_a_text_that_the_page_did_not_show",
    ),
    Sabotage(
        "a sentence that says to the lead that the text has changed",
        "service/console/templates/console/legal_notices.html",
        "refused.version != comment.version | string",
        "false",
        "tests/service/console/review/test_legal_notices.py"
        "::test_a_lead_who_read_another_text_sees_the_present_one_and_that_it_changed",
    ),
    Sabotage(
        "comments of another article's page",
        "service/moderation/legal_notices/locating.py",
        "        if comment is not None and _is_on(session, comment, location):\n",
        "        if comment is not None:\n",
        f"{ROOM}/test_receiving.py::test_the_comment_is_found_by_its_id_or_by_an_address_that_names_it",
    ),
    Sabotage(
        "an end to what is kept of notifiers",
        "service/moderation/erasure/retention.py",
        "    erasing.forget_notifiers(session, LegalNotice.decided_at < database_now(-LEGAL_NOTICES_KEPT))\n",
        "",
        "tests/service/moderation/erasure/test_retention.py"
        "::test_who_sent_a_legal_notice_is_forgotten_200_days_after_the_decision_and_the_figures_stay",
    ),
)
