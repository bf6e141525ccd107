"""How to switch off what keeps strangers and greedy sites from stopping the service for others."""

from tests.faults.sabotaged import Sabotage

CONNECTIONS = "tests/service/front/test_hostile_connections.py"

STEADINESS = (
    Sabotage(
        "deadline for the head",
        "service/front/connections.py",
        "min(HEAD_SECONDS, self._front.seconds), self.cut)",
        "999, self.cut)",
        f"{CONNECTIONS}::test_a_head_that_comes_byte_by_byte_has_no_more_time",
    ),
    Sabotage(
        "deadline for reading the answer",
        "service/front/connections.py",
        "self.loop.call_later(self._front.seconds, self._look_whether_read)",
        "self.loop.call_later(999, self._look_whether_read)",
        f"{CONNECTIONS}::test_an_answer_that_is_not_read_is_cut_off",
    ),
    Sabotage(
        "deadline for the body",
        "service/front/front.py",
        "asyncio.timeout(self.seconds)",
        "asyncio.timeout(999)",
        f"{CONNECTIONS}::test_a_body_that_stalls_is_answered_with_a_problem",
    ),
    Sabotage(
        "bound of connections per address",
        "service/front/crowd.py",
        ">= self._per_address and",
        ">= 10**9 and",
        "tests/service/front/test_crowd.py::test_the_oldest_that_brought_nothing_goes_before_one_that_idles",
    ),
    Sabotage(
        "polls wait without threads",
        "service/api/polling.py",
        "            if parking is not None:\n                raise",
        "            if False:\n                raise",
        f"{CONNECTIONS}::test_two_hundred_polls_wait_without_threads_and_hear_the_verdict",
    ),
    Sabotage(
        "share of threads",
        "service/front/turns.py",
        "return bool(line.waiting) and admits(line.inside, self._inside, self._threads, weight=line.weight)",
        "return bool(line.waiting)",
        "tests/service/front/test_turns.py::test_one_caller_leaves_a_thread_to_the_next",
    ),
    Sabotage(
        "share of waiting polls",
        "service/api/polling.py",
        "not polls.take(call.site_id, weight=weight)",
        "polls.take(call.site_id, weight=weight) is None",
        "tests/service/api/test_polling.py"
        "::test_a_site_that_has_its_share_of_waiting_polls_is_answered_at_once_and_another_site_waits",
    ),
    Sabotage(
        "share of pending comments",
        "service/api/keeper.py",
        "admits(own, total, limit, weight=self.weight_of(site_id), last=True)",
        "total < limit",
        "tests/service/api/test_limits.py::test_a_site_that_has_its_share_of_the_backlog_leaves_room_for_another",
    ),
    Sabotage(
        "sites take turns at claims",
        "service/moderation/intake/turns.py",
        "return _latest(site_id, behind=False) + _step(site_id, steps)",
        "return cast(0.0, Float)",
        "tests/service/moderation/intake/test_turns_of_sites.py"
        "::test_another_sites_comment_is_claimed_next_however_many_wait",
    ),
    Sabotage(
        "share of callbacks under way",
        "service/moderation/callbacks/deliveries.py",
        "_room(sites[site_id], sites.total(), limit, weight),",
        "limit - sites.total(),",
        "tests/service/moderation/callbacks/test_outbox.py"
        "::test_a_site_whose_receivers_are_all_silent_leaves_attempts_to_another",
    ),
    Sabotage(
        "callers who wait for scores go first",
        "workers/classification.py",
        "        saved -= give_way(runtime.queues, saved)\n",
        "",
        "tests/workers/test_precedence.py::test_a_worker_waits_for_callers_no_longer_than_it_has_worked",
    ),
    Sabotage(
        "a classification worker takes no core from one that answers",
        "workers/__main__.py",
        "precedence.step_back()",
        "pass",
        "tests/workers/test_precedence.py::test_a_worker_that_nobody_waits_for_takes_no_core_from_one_that_answers",
    ),
    Sabotage(
        "waiting for a processor is not given back to callers",
        "workers/classification.py",
        "saved += time.thread_time() - started",
        "saved += 0.4",
        "tests/workers/test_precedence.py::test_waiting_for_a_processor_is_no_work_that_a_worker_gives_callers_back",
    ),
    Sabotage(
        "every thread of a classification worker steps back",
        "workers/precedence.py",
        "for thread in threads.iterdir():",
        'for thread in [Path(f"/proc/{os.getpid()}")]:',
        "tests/workers/test_precedence.py::test_the_encoders_own_threads_step_back_too",
    ),
    Sabotage(
        "no caller waits for RQ's signs of life",
        "workers/__main__.py",
        "if pipeline is None and self.last_heartbeat and abs(now() - self.last_heartbeat) < FRESH:",
        "if False:",
        "tests/workers/test_worker.py::test_no_job_waits_for_signs_of_life_while_the_last_is_fresh",
    ),
    Sabotage(
        "half their pace for comments, whatever callers do",
        "workers/precedence.py",
        "now < started + most",
        "now < started + 60",
        "tests/workers/test_precedence.py::test_a_worker_waits_no_longer_than_it_may",
    ),
    Sabotage(
        "what a worker waited for callers is spent",
        "workers/classification.py",
        "saved -= give_way(runtime.queues, saved)",
        "give_way(runtime.queues, saved)",
        "tests/workers/test_precedence.py::test_a_worker_waits_for_callers_no_longer_than_it_has_worked",
    ),
)
