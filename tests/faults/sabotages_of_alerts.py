"""How to switch off what keeps alerts few, private and true."""

from tests.faults.sabotaged import Sabotage

WORKER, MAIL = "tests/workers/test_alerts.py::", "tests/service/outside/test_mail.py::"
EPISODES = "tests/service/moderation/alerts/test_episodes.py::"
INVITATIONS = "tests/service/console/people/test_invitations.py::"

ALERTS = (
    Sabotage(
        "an alert leaves once",
        "service/moderation/alerts/episodes.py",
        "episode.told, episode.told_at, episode.told_amount = episode.told + 1, now, amount",
        "episode.told_amount = amount",
        f"{EPISODES}test_it_is_said_once_when_it_begins_and_once_when_it_is_over",
    ),
    Sabotage(
        "an alert is claimed before it is sent",
        "service/moderation/alerts/messages.py",
        "& (AlertMessage.next_attempt_at <= database_now()) & unheld",
        "& (AlertMessage.next_attempt_at <= database_now())",
        f"{WORKER}test_two_workers_send_one_message",
    ),
    Sabotage(
        "alerts of a condition that comes and goes are damped",
        "service/moderation/alerts/episodes.py",
        "now - episode.seen_at < CALM",
        "now < episode.seen_at",
        f"{EPISODES}test_what_comes_and_goes_is_one_episode",
    ),
    Sabotage(
        "quiet hours",
        "service/moderation/alerts/messages.py",
        "return None if message.kind in URGENT or message.kind is None else recipient.hours.quiet_ends(now)",
        "return None",
        f"{WORKER}test_quiet_hours_keep_an_alert_until_they_end_if_it_is_still_true",
    ),
    Sabotage(
        "certificate of the mail server",
        "service/outside/mail.py",
        "connection.starttls(context=ssl.create_default_context())",
        "connection.starttls(context=ssl._create_unverified_context())",
        f"{MAIL}test_a_certificate_for_another_name_is_refused",
    ),
    Sabotage(
        "no mail without encryption",
        "service/outside/mail.py",
        'if server.security == "starttls":',
        'if server.security == "starttls" and connection.ehlo() and connection.has_extn("starttls"):',
        f"{MAIL}test_a_server_that_offers_no_encryption_gets_nothing",
    ),
    Sabotage(
        "a recipient is one address",
        "service/outside/mail.py",
        'message["To"] = Address(addr_spec=recipient)',
        'message["To"] = recipient.partition("\\r")[0]',
        f"{MAIL}test_a_name_cannot_add_a_header_or_a_recipient",
    ),
    Sabotage(
        "a name in a chat calls nobody",
        "service/moderation/alerts/words.py",
        '.replace("<", "&lt;")',
        "",
        "tests/service/moderation/alerts/test_words.py::test_a_sites_name_calls_nobody_in_the_chat",
    ),
    Sabotage(
        "who has left gets no alert",
        "service/moderation/alerts/recipients.py",
        "        .where(Moderator.disabled_at.is_(None))\n",
        "",
        f"{WORKER}test_who_has_left_gets_nothing_that_was_planned",
    ),
    Sabotage(
        "the chat of a site is sealed",
        "service/moderation/alerts/choices.py",
        "[keyring.seal(chosen.chat)]",
        "[chosen.chat]",
        "tests/service/console/people/test_alerts.py::"
        "test_an_admin_sets_limits_and_a_chat_whose_address_is_sealed_and_never_shown",
    ),
    Sabotage(
        "an invitation is for one address",
        "service/accounts/invitations.py",
        "if person.email.lower() != invitation.email:",
        "if not person.email:",
        f"{INVITATIONS}test_who_has_an_account_signs_in_to_it_and_nobody_else_can_use_the_link",
    ),
    Sabotage(
        "an invitation works once",
        "service/accounts/invitations.py",
        "        moderators.set_role(session, site, person, invitation.role)\n    session.delete(invitation)\n",
        "        moderators.set_role(session, site, person, invitation.role)\n",
        f"{INVITATIONS}test_somebody_new_makes_an_account_and_is_signed_in",
    ),
    Sabotage(
        "a shorter retention is confirmed",
        "service/console/people/retention.py",
        'if expired > (whole_number(form.get("sure", "")) or 0):',
        "if expired < 0:",
        "tests/service/console/people/test_retention.py::"
        "test_a_shorter_time_is_confirmed_with_the_number_that_it_erases",
    ),
)
