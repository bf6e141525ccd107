"""How to switch off what keeps a policy applied to past comments from doing more than a lead asked for."""

from tests.faults.sabotaged import Sabotage

LOOKING = "tests/service/moderation/trials/test_replay_looking.py"
APPLYING = "tests/service/moderation/trials/test_replay_applying.py"
WORD = "tests/service/moderation/trials/test_peoples_word.py"
KEPT_DOWN = "tests/service/moderation/decisions/test_kept_down.py"
DELIVERIES = "tests/service/moderation/callbacks/test_deliveries.py"

REPLAYS = (
    Sabotage(
        "a moderator's word stands against a replay",
        "service/moderation/trials/replay_looking.py",
        "for case in seen.cases if case.comment_id not in seen.by_people",
        "for case in seen.cases",
        f"{LOOKING}::test_a_moderators_word_stands",
    ),
    Sabotage(
        "a moderator who dismisses reports has said that the comment may stay",
        "service/moderation/trials/peoples_word.py",
        "(upheld, answered, dismissed)",
        "(upheld, answered)",
        f"{WORD}::test_a_comment_whose_reports_a_moderator_dismissed_stays_published",
    ),
    Sabotage(
        "reports dismissed while nobody saw the comment do not say that it may stay",
        "service/moderation/trials/peoples_word.py",
        "        .where(then == CommentStatus.APPROVED)",
        "        .where(Comment.status == CommentStatus.APPROVED)",
        f"{WORD}::test_reports_dismissed_after_a_replay_took_the_comment_down_keep_it_neither_down_nor_published",
    ),
    Sabotage(
        "a replay's list holds what a person kept down after its text was judged",
        "service/moderation/trials/replay_looking.py",
        "replace(case.facts, kept_down=why)",
        "replace(case.facts, kept_down=None)",
        f"{KEPT_DOWN}::test_a_replay_holds_a_text_that_was_judged_before_an_earlier_one_stayed_rejected_on_appeal",
    ),
    Sabotage(
        "a replay publishes nothing that a person kept down since it was listed",
        "service/moderation/trials/peoples_word.py",
        "        return self.decided | self.waiting | self.kept_down.keys()",
        "        return self.decided | self.waiting",
        f"{KEPT_DOWN}::test_a_replay_leaves_it_alone_if_a_person_keeps_it_down_after_the_list_was_made",
    ),
    Sabotage(
        "undoing a replay publishes nothing that a person kept down since",
        "service/moderation/trials/replay_applying.py",
        "            stands |= word.kept_down.keys()",
        "            pass",
        f"{KEPT_DOWN}::test_undoing_a_replay_does_not_publish_what_a_person_kept_down_since",
    ),
    Sabotage(
        "a replay leaves alone what has changed since",
        "service/moderation/trials/replay_applying.py",
        "            expected_version=row.version,",
        "            expected_version=comment.version,",
        f"{APPLYING}::test_what_was_decided_edited_or_erased_in_between_is_left_alone",
    ),
    Sabotage(
        "an undoing leaves alone what has changed since the replay",
        "service/moderation/trials/replay_applying.py",
        "comment.erased_at is not None or comment.version != row.version + 1",
        "comment.erased_at is not None",
        f"{APPLYING}::test_undoing_gives_back_exactly_what_is_still_as_the_replay_left_it",
    ),
    Sabotage(
        "a list of an older policy is not applied",
        "service/moderation/trials/replay.py",
        "    if not based_on == replay.policy_version == active:",
        "    if False:",
        "tests/service/moderation/trials/test_replay.py::test_a_list_of_an_older_policy_is_not_applied",
    ),
    Sabotage(
        "a replay's callbacks leave one after the other",
        "service/moderation/trials/replay_applying.py",
        "        self.due += self._pause",
        "        self.due += self._pause * 0",
        f"{APPLYING}::test_callbacks_leave_one_after_the_other_and_an_undoing_withdraws_those_that_wait",
    ),
    Sabotage(
        "a live callback finds a place beside a replay's",
        "service/moderation/callbacks/deliveries.py",
        "min(spare, 1 - busy[Lane.REPLAYED])",
        "spare",
        f"{DELIVERIES}::test_a_live_callback_leaves_at_once_while_a_replays_are_overdue",
    ),
    Sabotage(
        "a decision does not wait for a replay's callback about the same comment",
        "service/moderation/callbacks/outbox.py",
        "    if sequence > FIRST and lane is Lane.LIVE:",
        "    if False:",
        f"{DELIVERIES}::test_a_moderators_decision_does_not_wait_for_the_turn_of_the_replay_before_it",
    ),
    Sabotage(
        "a replay that nobody works on is woken for",
        "workers/upkeep.py",
        "        runtime.queues.wake(REPLAY)",
        "        pass",
        "tests/workers/test_replays.py::test_a_replay_that_nobody_works_on_is_woken_for",
    ),
)
