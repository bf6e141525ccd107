"""How to switch off what keeps a comment from being approved unread, and one text from stopping the service."""

from tests.faults.sabotaged import Sabotage

FACTS = "tests/workers/test_facts.py"
SECOND_READING = "tests/workers/classifiers/toxicity/test_second_reading.py"
FACADE = "tests/workers/classifiers/test_facade.py"
JUDGEMENT = "tests/service/moderation/judgement/test_judgement.py"
STRETCHES = "tests/workers/classifiers/language/test_stretches.py"
SCATTERED = "tests/workers/classifiers/language/test_scattered_words.py"
MULTILINGUAL = "tests/workers/classifiers/toxicity/test_multilingual.py"
LINEAR = "tests/service/moderation/text/test_linear_time.py::test_twice_the_text_takes_less_than_three_times_as_long"

READING = (
    Sabotage(
        "what was not read is held",
        "service/moderation/judgement/judgement.py",
        "    if facts.unread:\n",
        "    if False:\n",
        f"{FACTS}::test_more_text_than_the_budget_reads_holds_a_comment",
    ),
    Sabotage(
        "links that were not read are held",
        "service/moderation/text/unread.py",
        "len(text) - links[-1].end if len(links) == MOST_LINKS else 0",
        "0",
        f"{FACTS}::test_links_past_those_that_are_read_hold_a_comment",
    ),
    Sabotage(
        "an address behind a word is found",
        "service/moderation/text/links.py",
        "pairwise((0, *glued, len(text)))",
        "pairwise((0, len(text)))",
        "tests/service/moderation/text/test_links.py::test_a_link_leads_to_its_host",
    ),
    Sabotage(
        "what costs too much is held",
        "service/moderation/judgement/judgement.py",
        "    if facts.too_costly:\n",
        "    if False:\n",
        f"{JUDGEMENT}::test_each_fact_alone_gives_its_verdict_and_its_reason",
    ),
    Sabotage(
        "budget of time",
        "workers/classifiers/budget.py",
        " or not self.is_in_time\n",
        "\n",
        f"{FACADE}::test_a_comment_whose_time_is_up_is_not_scored",
    ),
    Sabotage(
        "filler is shortened before reading",
        "workers/classifiers/encoder.py",
        "without_filler(text, kept=KEPT_COPIES) if len(text) > LONG else text",
        "text",
        f"{FACADE}::test_filler_costs_nothing_and_hides_nothing",
    ),
    Sabotage(
        "parts are read on their own",
        "workers/classifiers/toxicity/reading.py",
        "worst_part(toxicity, views, reader.guesses, budget)",
        "{}",
        f"{FACADE}::test_a_threat_among_kind_words_is_seen_in_its_part",
    ),
    Sabotage(
        "parts are read as written too",
        "workers/classifiers/toxicity/reading.py",
        "dict.fromkeys((undone.text, text))",
        "[undone.text]",
        f"{FACTS}::test_what_looks_like_a_tag_or_is_unknown_to_the_model_is_never_approved",
    ),
    Sabotage(
        "two sentences are read together",
        "workers/classifiers/toxicity/second_reading.py",
        "            pairs |= dict.fromkeys(beside)\n",
        "            pass\n",
        f"{SECOND_READING}::test_what_scores_a_little_is_read_together_with_its_neighbours",
    ),
    Sabotage(
        "clauses are read on their own",
        "workers/classifiers/toxicity/second_reading.py",
        "for _, part in suspect for clause in clauses_of(text, part)",
        "for _, part in suspect for clause in ()",
        f"{SECOND_READING}::test_of_clauses_only_those_that_are_certain_are_read_and_only_in_suspect_parts",
    ),
    Sabotage(
        "a sentence in quotes is a sentence",
        "workers/classifiers/parts.py",
        "for closed in range(4)",
        "for closed in range(1)",
        "tests/workers/classifiers/test_parts.py::test_what_ends_a_part",
    ),
    Sabotage(
        "words that a sign joins are words",
        "service/moderation/text/normalisation.py",
        "_split_by_markup, _strung, ",
        "_split_by_markup, ",
        "tests/service/moderation/text/test_normalisation.py"
        "::test_words_that_a_sign_joins_instead_of_spaces_are_words_again",
    ),
    Sabotage(
        "kind words in its own sentence hide no insult",
        "workers/classifiers/guess.py",
        "self.against * np.tanh(speaks_against / self.against)",
        "speaks_against",
        f"{SECOND_READING}::test_kind_words_in_a_sentence_take_off_only_so_much",
    ),
    Sabotage(
        "a part holds the whole",
        "service/moderation/judgement/judgement.py",
        "    yield from _part(facts, rules)\n",
        "",
        f"{JUDGEMENT}::test_a_part_holds_a_comment_from_where_it_would_be_held_alone",
    ),
    Sabotage(
        "unknown scripts are unreadable",
        "workers/classifiers/language/detector.py",
        "(*scripts, *rows) if one.code not in known",
        "rows if one.code not in known",
        "tests/workers/classifiers/language/test_stretches.py"
        "::test_what_no_classifier_knows_is_unreadable_alone_and_behind_english[ka]",
    ),
    Sabotage(
        "unknown words are unreadable",
        "workers/classifiers/language/detector.py",
        "(is_certain or code is not None)",
        "False",
        "tests/workers/classifiers/language/test_stretches.py"
        "::test_what_no_classifier_knows_is_unreadable_alone_and_behind_english[Swahili]",
    ),
    Sabotage(
        "scattered words are unreadable",
        "workers/classifiers/language/detector.py",
        "        found = self._with_scattered(found, text, known, vocabulary)\n",
        "",
        f"{SCATTERED}::test_a_sentence_outside_of_prose_is_unreadable",
    ),
    Sabotage(
        "words of unknown tags and entities are prose",
        "workers/classifiers/language/markup.py",
        """match["tag"].lower() in _TAGS""",
        "True",
        f"{SCATTERED}::test_a_sentence_outside_of_prose_is_unreadable",
    ),
    Sabotage(
        "single foreign words among sentences are unreadable",
        "workers/classifiers/language/scattered_words.py",
        "if not code and self.own not in SMALL:",
        "if False:",
        f"{SCATTERED}::test_a_sentence_of_single_words_among_others_is_unreadable",
    ),
    Sabotage(
        "a page that addresses somebody is no newspaper's",
        "workers/classifiers/language/scattered_words.py",
        "        return not any(\n",
        "        return True or any(\n",
        f"{SCATTERED}::test_a_page_is_named_in_a_language_that_addresses_nobody",
    ),
    Sabotage(
        "filler is no length",
        "service/moderation/intake/intake.py",
        "length if length < rules.minimum_length else length_of_words(text, rules.minimum_length)",
        "length",
        "tests/service/moderation/intake/test_intake.py::test_a_comment_of_filler_is_too_short",
    ),
    Sabotage(
        "code points are bounded before counting",
        "service/moderation/text/length.py",
        "len(text) if len(text) > CODE_POINTS_EACH * maximum else reader_length(text)",
        "reader_length(text)",
        "tests/service/moderation/text/test_length.py::test_what_the_code_points_refuse_is_not_counted",
    ),
    Sabotage(
        "flags are counted in linear time",
        "service/moderation/text/length.py",
        '    collapsed = _FLAG.sub("A", collapsed)\n',
        "",
        f"{LINEAR}[reader_length]",
    ),
    Sabotage(
        "addresses are found in linear time",
        "service/moderation/text/normalisation.py",
        r"(?<![\w.\-])[a-z0-9\-]{1,63}(?:",
        r"\b[a-z0-9\-]+(?:",
        f"{LINEAR}[normalise]",
    ),
    Sabotage(
        "nothing is scored that length decides",
        "workers/classification.py",
        "if not is_decided_by_length(context, facts):",
        "if True:",
        "tests/workers/test_rules_in_classification.py::test_nothing_reads_what_its_length_already_rejects",
    ),
    Sabotage(
        "lists are compiled once",
        "service/moderation/judgement/listed_terms.py",
        "    LRUCache(MOST_TERMS,",
        "    LRUCache(0,",
        "tests/workers/test_rules_in_classification.py::test_lists_are_compiled_once_and_searched_outside_of_write_transactions",
    ),
    Sabotage(
        "what is spelled in code is unread",
        "workers/classifiers/facade.py",
        " + coded_signs(subject.text)",
        "",
        "tests/workers/classifiers/language/test_ciphers.py::test_what_is_coded_is_unread_behind_english",
    ),
    Sabotage(
        "phonetic signs upside down are turned letters",
        "workers/classifiers/language/ciphers.py",
        " or not (_PHONETIC.isdisjoint(word) or _PRONOUNCED.search(word))",
        "",
        "tests/workers/classifiers/language/test_ciphers.py::test_what_is_spelled_in_other_signs_counts_as_not_read",
    ),
    Sabotage(
        "foreign words joined by apostrophes are many",
        "workers/classifiers/language/foreign_words.py",
        r"""(?:['’](?:[stdm]|re|ve|ll)(?![^\W\d_]))?""",
        r"""(?:['’][^\W\d_]+)*""",
        f"{STRETCHES}::test_words_that_are_joined_are_read_one_by_one[apostrophes]",
    ),
    Sabotage(
        "words behind a score are looked for within the budget",
        "workers/classifiers/explain.py",
        "        if not in_time():\n",
        "        if False:\n",
        "tests/workers/classifiers/test_explain.py"
        "::test_what_was_looked_into_in_time_is_shown_and_nothing_is_read_after_it",
    ),
    Sabotage(
        "a part holds long before it would be rejected",
        "service/moderation/policy/named_rules.py",
        "self.reject_at if self.hold_at is None else self.hold_at",
        "self.reject_at",
        f"{JUDGEMENT}::test_a_part_holds_a_comment_from_where_it_would_be_held_alone",
    ),
    Sabotage(
        "a few foreign letters can hide an insult",
        "workers/classifiers/language/detector.py",
        "LONG_STRETCH, LONG_TOGETHER = 6, 10",
        "LONG_STRETCH, LONG_TOGETHER = 16, 24",
        f"{STRETCHES}::test_a_short_insult_among_english_is_unreadable[0]",
    ),
    Sabotage(
        "scores without proof never reject",
        "service/moderation/judgement/judgement.py",
        "threshold if (least := facts.held_from.get(attribute)) is None else threshold.holding_only(least)",
        "threshold",
        f"{JUDGEMENT}::test_a_score_that_never_rejects_holds_from_its_languages_own_threshold",
    ),
    Sabotage(
        "what only a detector takes for a known language is held",
        "workers/classifiers/language/detector.py",
        "            if not is_familiar(_beginning(own), main.code, is_sure=main.detected):\n",
        "            if False:\n",
        f"{MULTILINGUAL}::test_any_other_language_gets_no_number",
    ),
    Sabotage(
        "unknown rows among a known language hold",
        "workers/classifiers/language/detector.py",
        "if letters >= FEWEST_LETTERS and not is_own:",
        "if False:",
        f"{MULTILINGUAL}::test_an_unknown_part_among_a_judged_language_is_still_unknown",
    ),
    Sabotage(
        "sentences in a neighbour of a known language hold",
        "workers/classifiers/language/detector.py",
        "if code != main and probability >= SURE_ENOUGH:",
        "if False:",
        f"{MULTILINGUAL}::test_a_sentence_in_a_neighbour_of_a_judged_language_is_unknown",
    ),
    Sabotage(
        "stretches in another language count",
        "workers/classifiers/facade.py",
        "        for code, stretch in stretches.items():\n",
        "        for code, stretch in ():\n",
        f"{MULTILINGUAL}::test_an_insult_in_another_language_among_kind_english_counts",
    ),
)
