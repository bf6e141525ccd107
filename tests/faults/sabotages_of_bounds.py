"""How to switch off what bounds a comment's cost, keeps the figures right, and keeps what lies about from everybody."""

from tests.faults.sabotaged import Sabotage

FLAT_COST = "tests/journeys/test_flat_cost.py::test_no_statement_on_a_comments_way_reads_more_beside_more_comments"
COUNTERS = "tests/service/moderation/insight/counts/test_counters.py::test_the_counts_follow_a_comment"
NOTHING_LEFT = "tests/faults/test_nothing_is_left.py::test_no_byte_of_what_was_erased_is_left"

BOUNDS = (
    Sabotage(
        "one index leads to what an article's comments repeat",
        "service/moderation/intake/repeats.py",
        '"article": _latest((_c.article_id == bindparam("value"),), UNDER_ARTICLE),',
        '"article": _latest((_c.site_id == bindparam("site_id"), _c.article_id == bindparam("value")), UNDER_ARTICLE),',
        FLAT_COST,
        also=(
            (
                "service/moderation/intake/repeats.py",
                '({"site_id": site_id} if kind == "author" else {})',
                '{"site_id": site_id}',
            ),
        ),
    ),
    Sabotage(
        "attempts under way are counted by their own index",
        "service/migrations/versions/figures.py",
        '    claimed = sa.text("claimed_until IS NOT NULL")',
        '    claimed = sa.text("claimed_until IS NULL")',
        FLAT_COST,
    ),
    Sabotage(
        "the figures follow every change of status",
        "service/migrations/versions/figures.py",
        "\"OLD.status <> 'pending' AND (OLD.status <> NEW.status OR %s)\"",
        '"OLD.status IS NULL"',
        COUNTERS,
    ),
    Sabotage(
        "the figures are audited",
        "service/moderation/upkeep/invariants.py",
        "(FIGURES, lambda: recount.SITES_OFF),",
        '(FIGURES, lambda: recount.SITES_OFF.where(literal_column("1") == 0)),',
        "tests/faults/test_promises.py::test_a_broken_promise_is_found_with_the_row",
    ),
    Sabotage(
        "Redis keeps nothing on disk",
        "service/machine/redis_server.py",
        '*("--appendonly", "no", "--save", ""),',
        '*("--appendonly", "yes", "--save", ""),',
        "tests/service/machine/test_redis_server.py"
        "::test_a_damaged_file_of_an_earlier_redis_does_not_keep_it_from_starting",
    ),
    Sabotage(
        "a damaged file of Redis goes",
        "service/machine/redis_server.py",
        "for pattern in LEFT_BEHIND:",
        "for pattern in ():",
        "tests/service/machine/test_redis_server.py"
        "::test_a_damaged_file_of_an_earlier_redis_does_not_keep_it_from_starting",
    ),
    Sabotage(
        "texts to be scored are sealed",
        "service/queues.py",
        "sealed = keyring.seal(json.dumps(dict(request)))",
        "sealed = json.dumps(dict(request))",
        "tests/service/api/v1/test_score.py::test_neither_the_text_nor_its_answer_can_be_read_in_redis",
    ),
    Sabotage(
        "SQLite overwrites what is deleted",
        "service/db.py",
        '"secure_delete=ON",',
        '"secure_delete=OFF",',
        NOTHING_LEFT,
    ),
    Sabotage(
        "an erasure empties SQLite's log",
        "service/db.py",
        "if session.info.get(ERASED):",
        "if False:",
        NOTHING_LEFT,
    ),
    Sabotage(
        "unreadable dead letters are searched for ids",
        "service/moderation/erasure/letters.py",
        "return any(erased_id in spelled for spelled in _spellings(body))",
        "return speaks(body)",
        "tests/service/moderation/erasure/test_letters.py"
        "::test_a_name_is_found_in_lists_objects_keys_and_broken_bodies",
    ),
    Sabotage(
        "SQLite's file is its user's alone",
        "service/db.py",
        "os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))",
        "os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o644))",
        "tests/service/cli/test_data_folder.py::test_every_file_is_its_users_alone_whoever_makes_it",
    ),
    Sabotage(
        "a process that does not respond is killed",
        "service/machine/supervisor.py",
        "if running.process is not None and not running.part.responds(running.process.pid):",
        "if False:",
        "tests/service/machine/test_supervisor.py::test_a_part_that_was_stopped_is_killed_and_started_again",
    ),
    Sabotage(
        "a full disk is not ready",
        "service/api/v1/health.py",
        'checks["writes"] = "ok" if ours.database.takes_writes() else "refused"',
        'checks["writes"] = "ok"',
        "tests/faults/test_full_disk.py::test_a_full_disk_refuses_comments_clearly_and_keeps_the_accepted_ones",
    ),
    Sabotage(
        "no cell of a table is a formula",
        "service/console/tables.py",
        "text = LATER_FORMULA.sub",
        "text = re.compile('(.)^').sub",
        "tests/service/console/test_tables.py::test_what_becomes_a_cell_where_semicolons_or_tabs_separate_is_text_too",
    ),
    Sabotage(
        "an article's address is one of the web",
        "service/moderation/webhooks/field_maps.py",
        "return value if value is not None and value.lower().startswith",
        "return value if value is None or value or value.lower().startswith",
        "tests/service/moderation/webhooks/test_field_maps.py::test_only_a_web_address_becomes_the_articles",
    ),
    Sabotage(
        "a trial ends at its deadline",
        "service/moderation/trials/pace.py",
        "            if time.monotonic() > self.until:\n",
        "            if False:\n",
        "tests/workers/test_trials.py::test_a_trial_ends_at_its_deadline",
    ),
    Sabotage(
        "a page waits only for its site's share of trials",
        "service/console/policy/trying.py",
        "if not _places.take(asked.site_id, patience=QUEUE_SECONDS):",
        "if not _places.take(asked.site_id, patience=QUEUE_SECONDS) and False:",
        "tests/service/console/policy/test_trying.py::test_a_page_waits_for_its_sites_share_of_the_places",
    ),
    Sabotage(
        "what is left of a long claim goes back",
        "workers/classification.py",
        "(position and time.monotonic() > until)",
        "False",
        "tests/workers/test_interrupted_classification.py::test_what_is_left_of_a_long_claim_goes_back_into_line",
    ),
    Sabotage(
        "a new article weighs what it costs",
        "service/moderation/intake/intake.py",
        "        steps += articles.steps_of(submission.article) if is_changed else 0\n",
        "",
        "tests/service/moderation/intake/test_turns_of_sites.py"
        "::test_a_comment_with_a_long_new_article_waits_for_as_many_others_as_it_costs",
    ),
    Sabotage(
        "the review queue over time is read from indexes alone",
        "service/moderation/insight/held_over_time.py",
        'OR decision.revision > 1)")',
        'OR decision.revision > 2)")',
        "tests/service/moderation/insight/test_held_over_time.py::test_each_statement_reads_an_index_of_its_own",
    ),
    Sabotage(
        "a page of all comments reads a bounded part of them",
        "service/moderation/search/listing.py",
        "range(1 + FURTHER)",
        "range(1_000_000)",
        "tests/service/moderation/search/test_listing.py::test_a_page_stops_after_some_windows_and_goes_on_from_there",
    ),
    Sabotage(
        "a host that is no name is refused",
        "service/inputs.py",
        '    if not _is_host(request.headers.get("Host", "")):\n',
        "    if False:\n",
        "tests/service/test_inputs.py"
        "::test_a_host_of_odd_bytes_is_no_error_of_ours_and_comes_back_in_no_address[sqlite-xn---None]",
    ),
    Sabotage(
        "scores at once take turns by the time they take",
        "service/capacity/fair_time.py",
        "        self._clocks[caller] = began + seconds / weight\n",
        "        self._clocks[caller] = began\n",
        "tests/workers/test_line.py::test_what_the_worker_spends_on_a_caller_counts",
    ),
    Sabotage(
        "a text that would take too long is refused before it is read",
        "workers/interactive.py",
        "    if characters >= LONG and runtime.pace.seconds(characters, now=began) > most:\n",
        "    if False:\n",
        "tests/workers/test_line.py"
        "::test_a_text_that_would_take_too_long_is_refused_at_once_and_the_next_one_is_answered",
    ),
    Sabotage(
        "reading for a caller who waits ends in time",
        "workers/interactive.py",
        "        self.is_late = self.is_late or time.monotonic() > self.until\n",
        "        self.is_late = False\n",
        "tests/workers/test_line.py"
        "::test_a_text_that_takes_too_long_is_cut_short_and_refused_and_so_is_the_next_of_its_length",
    ),
    Sabotage(
        "stretches are given up where another caller waits",
        "workers/interactive.py",
        "        if taken > BESIDES and runtime.queues.steady.exists(LINE):\n",
        "        if False:\n",
        "tests/workers/test_line.py::test_stretches_are_given_up_where_another_caller_waits",
    ),
)
