"""The ways in which escalation has died in other systems, and the tests that show that here it does not.

One place to look them up. What rows and rules make of each stands in `tests/escalation`; where a way is about
processes, brokers, sessions or clocks, real ones are hurt in `tests/faults`. `test_ways` checks that all are there.
"""

from typing import NamedTuple

_RULES = "tests.escalation.test_ways_of_dying"
_AUDITOR = "tests.escalation.test_auditing"
_TIMING = "tests.escalation.test_timing"
_SWEEPING = "tests.escalation.test_sweeping"
_STEPS = "tests.escalation.test_steps"
_VERBS = "tests.faults.test_killed_verbs"
_MANY = "tests.faults.test_many_sweepers"
_PROCESSES = "tests.faults.test_processes"
_WEB = "tests.faults.test_web"


class Way(NamedTuple):
    """What happened elsewhere; `tests` are `module.function`."""

    happened: str
    tests: tuple[str, ...]


WAYS: dict[int, Way] = {
    1: Way(
        "the first message was lost between commit and broker",
        (
            f"{_RULES}.test_way_1_the_first_message_is_lost_between_commit_and_broker",
            f"{_VERBS}.test_an_agent_whose_server_dies_sends_again_and_has_one_proposal_with_one_task_and_one_run",
            f"{_PROCESSES}.test_the_broker_is_away_for_minutes_and_proposals_come_all_the_same",
            f"{_WEB}.test_a_killed_web_process_loses_no_proposal_it_accepted",
        ),
    ),
    2: Way(
        "an empty next time was read as healthy",
        (
            f"{_RULES}.test_way_2_an_empty_next_time_is_refused_not_read_as_healthy",
            f"{_RULES}.test_way_2_a_task_cannot_be_opened_without_a_run",
            f"{_RULES}.test_way_2_a_run_cannot_end_before_its_task",
        ),
    ),
    3: Way(
        "the auditor looked two days back",
        (
            f"{_RULES}.test_way_3_the_auditor_looks_at_every_open_task_whatever_its_age",
            f"{_AUDITOR}.test_a_task_without_a_run_is_armed_whatever_its_age",
        ),
    ),
    4: Way(
        "the auditor was so slow that it was turned off",
        (f"{_RULES}.test_way_4_a_look_costs_the_same_queries_however_much_is_open",),
    ),
    5: Way(
        "the auditor never started and nobody knew",
        (
            f"{_RULES}.test_way_5_an_auditor_that_never_started_turns_pages_and_healthz_red",
            f"{_AUDITOR}.test_every_page_is_red_without_a_recent_clean_look",
            f"{_AUDITOR}.test_healthz_is_red_when_the_auditor_or_the_sweeper_has_stopped",
        ),
    ),
    6: Way(
        "the heal budget was spent",
        (
            f"{_RULES}.test_way_6_healing_has_no_budget",
            f"{_VERBS}.test_killed_at_any_moment_and_asked_again",
        ),
    ),
    7: Way(
        "the chain or its target was deleted",
        (
            f"{_RULES}.test_way_7_a_chain_or_queue_that_is_named_cannot_be_deleted",
            f"{_RULES}.test_way_7_a_target_that_is_gone_passes_the_step_on_and_opens_an_incident",
            f"{_RULES}.test_way_7_a_matrix_that_names_a_missing_chain_gets_the_default_one_and_an_incident",
        ),
    ),
    8: Way(
        "a step had no recipients",
        (
            f"{_RULES}.test_way_8_a_step_without_recipients_takes_the_next_one_now_and_says_so",
            f"{_RULES}.test_way_8_when_even_the_last_step_finds_nobody_here_the_absent_are_told",
        ),
    ),
    9: Way(
        "the chain was exhausted",
        (
            f"{_RULES}.test_way_9_the_end_of_the_chain_is_repeated_for_a_year",
            f"{_RULES}.test_way_9_a_chain_without_an_end_gets_one",
            f"{_TIMING}.test_a_chain_never_ends_by_itself",
        ),
    ),
    10: Way(
        "it was paused for ever",
        (
            f"{_RULES}.test_way_10_a_pause_ends_by_itself",
            f"{_MANY}.test_after_an_outage_of_days_one_look_brings_everything_up_to_date",
            "tests.reviews.test_asking.test_waiting_is_bounded_by_the_policy_however_often_one_asks",
            "tests.sla.test_pausing.test_the_database_knows_no_pause_without_an_end",
        ),
    ),
    11: Way(
        "a claim was taken as the end",
        (
            f"{_RULES}.test_way_11_a_claim_is_not_the_end",
            f"{_SWEEPING}.test_after_the_target_is_missed_a_claim_holds_nothing",
            f"{_VERBS}.test_killed_at_any_moment_and_asked_again",
        ),
    ),
    12: Way("top priority was excluded", (f"{_RULES}.test_way_12_no_tier_is_left_out",)),
    13: Way(
        "a time window was missed across a restart",
        (
            f"{_RULES}.test_way_13_there_is_no_window_to_miss",
            f"{_MANY}.test_after_an_outage_of_days_one_look_brings_everything_up_to_date",
            f"{_MANY}.test_a_clock_that_jumps_forward_and_back_repeats_nothing",
            f"{_MANY}.test_after_a_clock_far_ahead_is_set_right_the_auditor_lets_the_chain_speak_again",
            f"{_PROCESSES}.test_worker_beat_messages_and_sessions_are_killed_between_steps",
            f"{_PROCESSES}.test_everything_is_killed_at_once_and_started_again",
        ),
    ),
    14: Way(
        "one poison row stopped the sweep",
        (
            f"{_RULES}.test_way_14_one_poison_row_does_not_stop_the_sweep",
            f"{_MANY}.test_one_poison_row_stops_no_other_and_ends_with_its_fallback_and_an_incident",
            f"{_MANY}.test_a_poison_row_that_recovers_goes_on_where_it_was",
        ),
    ),
    15: Way(
        "a step type was unknown",
        (
            f"{_RULES}.test_way_15_an_unknown_step_is_an_incident_and_the_chain_goes_on",
            f"{_STEPS}.test_a_stored_step_of_a_later_version_stands_as_unreadable",
        ),
    ),
    16: Way(
        "the broker was flushed",
        (
            f"{_RULES}.test_way_16_nothing_of_a_run_is_in_the_broker",
            f"{_PROCESSES}.test_worker_beat_messages_and_sessions_are_killed_between_steps",
            f"{_PROCESSES}.test_everything_is_killed_at_once_and_started_again",
        ),
    ),
    17: Way(
        "a counter hid the item",
        (
            f"{_RULES}.test_way_17_no_counter_hides_a_task",
            f"{_MANY}.test_a_poison_row_that_recovers_goes_on_where_it_was",
        ),
    ),
    18: Way(
        "a delayed action bypassed the gate",
        (
            f"{_RULES}.test_way_18_a_fallback_never_approves_and_goes_through_the_gate",
            f"{_SWEEPING}.test_the_fallback_holds_or_rejects_and_is_no_evidence",
        ),
    ),
    19: Way(
        "it was held for a second person and nobody was eligible",
        (
            f"{_RULES}.test_way_19_held_for_a_second_person_and_nobody_eligible",
            f"{_AUDITOR}.test_nobody_eligible_is_told_once_and_moves_the_chain",
        ),
    ),
    20: Way(
        "there were no more items, while all were leased",
        (
            f"{_RULES}.test_way_20_no_more_items_says_how_many_others_hold",
            "tests.desk.test_home.test_with_nothing_to_do_it_says_how_many_others_hold_and_until_when",
        ),
    ),
    21: Way(
        "a duplicate or days-late message ran",
        (
            f"{_RULES}.test_way_21_a_duplicate_or_days_late_wake_up_does_nothing_twice",
            f"{_PROCESSES}.test_two_beats_two_workers_and_duplicate_and_days_old_messages_take_no_step_twice",
            f"{_MANY}.test_three_sweepers_of_which_some_always_die_take_every_step_once",
        ),
    ),
}
