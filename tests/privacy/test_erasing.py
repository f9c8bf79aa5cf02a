"""What a subject's data is erased from: it is nowhere any more, all else stays, and everything still works."""

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pgtrigger
import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.utils import timezone

from apps.accounts.policies import NotAllowed
from apps.audit.breaks import Kind
from apps.audit.long_work import SILENT
from apps.audit.models import Event
from apps.audit.sealing import seal_due
from apps.audit.verifying import verify
from apps.costs.models import Run
from apps.delivery.models import OutboxEvent
from apps.evaluation.judging import Said, judge
from apps.evaluation.scales import Measuring
from apps.evaluation.states import Scale
from apps.outcomes import folding, own_events
from apps.outcomes.live_log import Told, live_log_of, tell
from apps.outcomes.models import LogEvent
from apps.privacy import certifying, erasing, ordering, running
from apps.privacy.erasing import StillOpen, erase
from apps.privacy.models import Certificate, ErasedProposal, Erasure
from apps.privacy.states import DataKind
from apps.proposals import actions as proposals
from apps.proposals import examining
from apps.proposals.changes import WrongStatus
from apps.proposals.models import Examination, Grant, HumanAction, Outcome, Proposal, Resolution
from apps.proposals.states import ERASED, Purpose, Verdict
from apps.quality import recounting
from apps.registry.marks import SENSITIVE
from apps.reviews.models import Decision, GoldCase
from apps.routing.states import Verb
from apps.rulebook.states import LeftOut
from apps.trust.models import LedgerEntry
from tests import factories
from tests.costs.conftest import set_plan, use
from tests.factories import House
from tests.privacy.conftest import (
    LATER,
    NAME,
    SUBJECT,
    asked_for,
    body,
    decided,
    erased,
    looked_at,
    moment,
    told_everywhere,
    where,
)
from tests.rulebook.drafts import tried

pytestmark = pytest.mark.usefixtures("db")


def judged(house: House, proposal: Proposal) -> None:
    said = Said(
        name="judge",
        version="1",
        measuring=Measuring(Scale.VERDICT, None, None, None),
        verdict="correct",
        score=None,
        reasons=f"{NAME} is polite.",
        prompt_sha256="a" * 64,
    )
    judge(proposal_id=proposal.pk, said=said, by=house.agent, now=house.now)


def test_the_name_is_nowhere_any_more(house: House) -> None:
    proposal = told_everywhere(house)
    judged(house, proposal)
    decided(house)
    use(house, "0.5", run=f"run-{NAME}", key=f"usage-{NAME}")
    own_events.tell_own_events(now=house.now)
    live = live_log_of(house.workflow)
    shipped = Told(SUBJECT, "Shipped", house.now, f"{NAME}'s courier", f"shop:{NAME}:1")
    tell(live, [shipped])
    folding.fold_touched(now=house.now)
    before = where(NAME)
    assert len(before) > 20
    assert {"outcomes_logevent.case", "outcomes_followedday.examples", "audit_event.data"} <= set(before)
    events = LogEvent.objects.filter(log=live).count()
    done = erased(house)
    assert where(NAME) == []
    assert LogEvent.objects.filter(log=live).count() == events
    # They still lie in one case.
    assert LogEvent.objects.filter(log=live).values("case").distinct().count() == 1
    own_events.tell_own_events(now=house.now)
    assert LogEvent.objects.filter(log=live).count() == events
    assert (done.status, done.found, done.done, done.kept) == ("done", 2, 2, [])


def test_no_name_an_agent_may_choose_stands_in_the_way(house: House) -> None:
    proposal = decided(house)
    aside = {"kind": "order", "id": "#aside"}
    factories.pending(house, external_id=f"erased-{proposal.pk}", subject=aside)
    assert erased(house).status == "done"
    row = Proposal.objects.get(pk=proposal.pk)
    assert row.external_id.startswith(f"erased-{proposal.pk}-")
    told = OutboxEvent.objects.filter(subject_id=proposal.pk).values_list("data__external_id", flat=True)
    assert set(told) == {row.external_id}


def test_what_goes_wrong_in_the_database_is_told_as_it_is(house: House) -> None:
    proposal = decided(house)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            "ALTER TABLE proposals_evidence ADD CONSTRAINT no_erasing CHECK (title <> %s)", [ERASED]
        )
    with pytest.raises(IntegrityError, match="no_erasing"):
        erase(proposal_id=proposal.pk, kinds=list(DataKind), now=moment(house))
    assert Proposal.objects.get(pk=proposal.pk).erased_at is None


def test_a_run_is_called_as_before_until_the_last_that_names_it_is_erased(house: House) -> None:
    first, second = decided(house), decided(house, subject={"kind": "customer", "id": "c-18"})
    use(house, "0.5", run=f"run-{NAME}", key=f"usage-{NAME}", tokens=7, now=timezone.now())
    erase(proposal_id=first.pk, kinds=list(DataKind), now=moment(house))
    assert Run.objects.get().name == f"run-{NAME}"
    rows = erase(proposal_id=second.pk, kinds=list(DataKind), now=moment(house))
    assert (rows["costs.Run"], rows["costs.Usage"]) == (1, 1)
    run = Run.objects.get()
    assert (run.name.startswith(f"erased-{run.pk}-"), run.erased_at, run.tokens) == (True, moment(house), 7)
    assert not any(place.startswith("costs_") for place in where(NAME))


def test_what_people_are_told_of_a_run_says_nothing_its_agent_chose(house: House) -> None:
    set_plan(house, run="1", benchmarks={house.agent.slug: "0.1"})
    use(house, "2", run=f"run-{NAME}", key=f"usage-{NAME}")
    assert Event.objects.filter(verb__in=("budget.spent", "run.dear")).count() == 2
    assert set(where(NAME)) == {"costs_run.name", "costs_usage.key", "costs_usage.answer"}


def test_what_people_decided_and_what_was_counted_stays(house: House) -> None:
    proposal = told_everywhere(house)
    before = list(LedgerEntry.objects.order_by("pk").values("wrong", "is_counted", "confidence", "at"))
    verbs = list(Decision.objects.order_by("pk").values_list("verb", "by", "decided_at"))
    erased(house)
    assert (
        list(LedgerEntry.objects.order_by("pk").values("wrong", "is_counted", "confidence", "at")) == before
    )
    assert list(Decision.objects.order_by("pk").values_list("verb", "by", "decided_at")) == verbs
    after = Proposal.objects.get(pk=proposal.pk)
    assert (after.summary, after.args, after.status) == (ERASED, {}, proposal.status)
    assert after.erased_at == moment(house)
    assert after.version == proposal.version + 1


def test_digests_cannot_be_tried_out_and_still_say_what_was_the_same(house: House) -> None:
    edited = told_everywhere(house)
    approved = decided(house, verb=Verb.APPROVE)
    digests = {one.args_sha256 for one in (edited, approved)}
    erased(house)
    for proposal, is_same in ((edited, False), (approved, True)):
        row = Proposal.objects.get(pk=proposal.pk)
        answer = Resolution.objects.get(proposal=proposal)
        choice = Decision.objects.get(task__proposal=proposal)
        assert (answer.args_sha256 == row.args_sha256) == is_same
        assert (choice.args_sha256, choice.seen_sha256) == (answer.args_sha256, row.args_sha256)
        assert Grant.objects.get(proposal=proposal).args_sha256 == answer.args_sha256
    assert not any(where(one) for one in digests)
    # Two that proposed the very same cannot be told any more.
    assert len(set(Proposal.objects.values_list("args_sha256", flat=True))) == 2


def test_the_seals_verify_before_and_after(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.audit.sealing._FENCE_BEHIND", timedelta(milliseconds=-50))
    told_everywhere(house)
    seal_due(now=house.now)
    assert verify().erased == 0
    done = erased(house)
    verdict = verify()
    assert verdict.broken is None
    assert verdict.erased > 5
    seal_due(now=house.now)
    assert verify().broken is None
    told = Event.objects.get(verb="proposal.erased")
    assert told.data["erasure"] == str(done.pk)
    assert told.data["kinds"] == ["contents", "messages", "traces"]
    events = set(Event.objects.filter(verb__startswith="erasure.").values_list("verb", flat=True))
    assert events == {"erasure.ordered", "erasure.confirmed", "erasure.done"}


def test_the_log_accounts_for_all_that_was_erased_also_when_it_is_erased_in_parts(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.audit.sealing._FENCE_BEHIND", timedelta(milliseconds=-50))
    monkeypatch.setattr("apps.audit.sealing.BLOCK", 3)
    proposal = told_everywhere(house)
    erase(proposal_id=proposal.pk, kinds=[DataKind.TRACES], now=house.now + LATER)
    erase(proposal_id=proposal.pk, kinds=[DataKind.CONTENTS], now=house.now + LATER)
    erase(proposal_id=proposal.pk, kinds=[DataKind.MESSAGES], now=house.now + LATER)
    seal_due(now=house.now)
    assert (verify().broken, verify().erased > 5) == (None, True)
    told = Event.objects.filter(verb="proposal.erased", data__has_key="events_of").get()
    copy, case = Examination.objects.get(copy__isnull=False).copy_id, GoldCase.objects.get().pk
    assert {str(proposal.pk), str(copy), f"gold_case {case}"} <= set(told.data["events_of"])
    for without in (str(proposal.pk), str(copy)):
        rest = [one for one in told.data["events_of"] if one != without]
        with pgtrigger.ignore("audit.Event:append_only_rows"):
            Event.objects.filter(pk=told.pk).update(data=told.data | {"events_of": rest})
        broken = verify().broken
        assert broken is not None
        assert broken.kind is Kind.EMPTIED_ROW


def test_figures_of_quality_are_what_the_log_says_afterwards(house: House) -> None:
    told_everywhere(house)
    decided(house)
    assert list(recounting.differences()) == []
    erased(house)
    assert list(recounting.differences()) == []
    for command in (["trust_recompute", "--check"], ["sla_rebuild", "--check"], ["assessment_rerun"]):
        call_command(*command, stdout=StringIO())


def test_what_is_open_is_named_and_nothing_is_ordered(house: House) -> None:
    waiting = factories.pending(house, **body())
    with pytest.raises(ordering.NotOrdered, match=str(waiting.pk)):
        asked_for(house)
    granted = decided(house)
    with pytest.raises(ordering.NotOrdered, match=str(granted.pk)):
        asked_for(house, now=house.now + timedelta(minutes=11))
    assert not Erasure.objects.exists()


def test_what_comes_in_meanwhile_is_kept_and_told(house: House) -> None:
    old = decided(house)
    erasure = asked_for(house)
    ordering.confirm(erasure_id=erasure.pk, by=house.gina, now=moment(house))
    new = factories.pending(house, moment(house), **body())
    assert running.run_next(clock=lambda: moment(house))
    erasure.refresh_from_db()
    assert erasure.kept == [{"proposal": str(new.pk), "why": "it waits for a decision"}]
    assert Certificate.objects.get().content["kept"] == erasure.kept
    assert Proposal.objects.get(pk=old.pk).erased_at
    assert Proposal.objects.get(pk=new.pk).erased_at is None
    # The log of the process has a name for the subject's cases that says nothing.
    assert not LogEvent.objects.filter(case=SUBJECT).exists()


@pytest.mark.parametrize("who", ["alice", "olga", "charlie", "petra"])
def test_who_may_neither_order_nor_confirm(house: House, who: str) -> None:
    person = getattr(house, who)
    decided(house)
    with pytest.raises(NotAllowed):
        asked_for(house, by=person)
    erasure = asked_for(house)
    with pytest.raises(NotAllowed):
        ordering.confirm(erasure_id=erasure.pk, by=person, now=house.now)


def test_a_governance_lead_orders_in_their_workflow_and_another_person_confirms(house: House) -> None:
    decided(house)
    with pytest.raises(NotAllowed):
        asked_for(house, by=house.gina, workflow=None)
    erasure = asked_for(house, by=house.gina)
    with pytest.raises(NotAllowed, match="another person"):
        ordering.confirm(erasure_id=erasure.pk, by=house.gina, now=moment(house))
    with pytest.raises(IntegrityError), transaction.atomic():
        Erasure.objects.filter(pk=erasure.pk).update(
            status="waiting", confirmed_by=house.gina, confirmed_at=moment(house)
        )
    assert not running.run_next()
    ordering.confirm(erasure_id=erasure.pk, by=house.adam, now=moment(house))
    with pytest.raises(NotAllowed):
        ordering.confirm(erasure_id=erasure.pk, by=house.adam, now=moment(house))


def test_the_same_is_asked_for_once_at_a_time_and_a_declined_one_forgets_whom(house: House) -> None:
    decided(house)
    erasure = asked_for(house)
    with pytest.raises(ordering.NotOrdered, match="asked for already"):
        asked_for(house)
    ordering.decline(erasure_id=erasure.pk, reason="A mistake.", by=house.adam, now=moment(house))
    erasure.refresh_from_db()
    assert (erasure.subject_id, erasure.subject_kind) == ("", "")
    assert asked_for(house).subject_mark == erasure.subject_mark


def test_further_proposals_go_along_and_what_is_about_others_stays(house: House) -> None:
    decided(house)
    other = decided(house, subject={"kind": "customer", "id": "c-18"})
    third = decided(house, subject={"kind": "order", "id": SUBJECT})
    done = erased(house, further=[other.pk])
    assert done.done == 2
    assert Proposal.objects.get(pk=third.pk).erased_at is None
    with pytest.raises(ordering.NotOrdered, match="no such proposal"):
        asked_for(house, further=[factories.uuid4()])


@pytest.mark.parametrize(
    "typed",
    ["Zoë Zebulon", "Zoe\u0308 Zebulon", " Zoë Zebulon", "\u3000Zoe\u0308 Zebulon\t", "Zoë Zebulon\u00a0"],
)
@pytest.mark.parametrize("asked", ["Zoë Zebulon", " Zoe\u0308 Zebulon "])
def test_a_subject_is_found_however_its_name_is_typed(house: House, typed: str, asked: str) -> None:
    decided(house, subject={"kind": "customer ", "id": typed})
    other = decided(house, subject={"kind": "customer", "id": "Zoe Zebulon"})
    live = live_log_of(house.workflow)
    tell(
        live,
        [Told(typed, "Shipped", house.now, "", "shop:1"), Told("Zoe", "Shipped", house.now, "", "shop:2")],
    )
    assert erased(house, subject_id=asked).done == 1
    assert Proposal.objects.get(erased_at=None) == other
    assert LogEvent.objects.filter(log=live, case__startswith="erased-").count() == 1


def test_a_case_of_the_same_name_and_another_kind_stays_until_that_is_erased(house: House) -> None:
    decided(house)
    third = decided(house, subject={"kind": "order", "id": SUBJECT})
    own_events.tell_own_events(now=house.now)
    done = erased(house)
    assert done.kept == [
        {"log": "orders: live", "why": "another kind of subject has the same name: its case stays"}
    ]
    assert Certificate.objects.get().content["kept"] == done.kept
    assert set(LogEvent.objects.values_list("case", flat=True)) == {SUBJECT}
    done = erased(house, subject_kind="order")
    assert (done.kept, Proposal.objects.filter(pk=third.pk, erased_at=None).exists()) == ([], False)
    assert where(NAME) == []


def test_a_subject_whose_name_is_hidden_is_found_by_its_name(house: House) -> None:
    schema = dict(house.cancel_order.args_schema)
    order = {**schema["properties"]["order_id"], SENSITIVE: True}
    house.cancel_order.args_schema = schema | {"properties": schema["properties"] | {"order_id": order}}
    house.cancel_order.save()
    proposal = decided(house, subject={"kind": "order", "id": f"#{NAME}"})
    assert NAME not in proposal.subject_id
    assert erased(house, subject_kind="order", subject_id=f"#{NAME}").done == 1
    assert where(NAME) == []


def test_a_copy_that_is_looked_at_keeps_its_original_until_it_is_over(house: House) -> None:
    proposal = decided(house)
    examining.order(original=proposal, purpose=Purpose.AUDIT, excluded=[], now=house.now)
    with pytest.raises(StillOpen):
        erase(proposal_id=proposal.pk, kinds=list(DataKind), now=moment(house))
    with pytest.raises(ordering.NotOrdered, match="looked at again"):
        asked_for(house)


def test_copies_go_with_their_original(house: House) -> None:
    proposal = decided(house)
    look = examining.order(original=proposal, purpose=Purpose.AUDIT, excluded=[], now=house.now)
    looked_at(house, Verb.APPROVE)
    look = Examination.objects.get(pk=look.pk)
    done = erased(house)
    assert done.done == 1
    assert where(NAME) == []
    copy, original = Proposal.objects.get(pk=look.copy_id), Proposal.objects.get(pk=proposal.pk)
    assert copy.is_copy
    assert copy.erased_at == original.erased_at
    assert copy.args_sha256 == original.args_sha256


def test_a_known_case_is_retired_before(house: House) -> None:
    told_everywhere(house)
    erased(house)
    case = GoldCase.objects.get()
    assert (case.retired_at, case.retired_because, case.explanation) == (moment(house), ERASED, "")


def test_later_reports_bring_no_words_back(house: House) -> None:
    proposal = decided(house)
    erased(house)
    proposals.report_outcome(
        proposal_id=proposal.pk, verdict=Verdict.WRONG, severity="low", source=NAME, detail=NAME,
        occurred_at=house.now, by=house.agent, now=moment(house),
    )  # fmt: skip
    assert Outcome.objects.get().source == ERASED
    with pytest.raises(WrongStatus, match="erased"):
        proposals.report_human_action(
            proposal_id=proposal.pk, action_name="cancel_order", args={"order_id": NAME}, actor=NAME,
            occurred_at=house.now, by=house.agent, now=moment(house),
        )  # fmt: skip
    with pytest.raises(WrongStatus, match="erased"):
        judged(house, proposal)
    with pytest.raises(WrongStatus, match="erased"):
        examining.order(
            original=Proposal.objects.get(pk=proposal.pk), purpose=Purpose.AUDIT, excluded=[], now=house.now
        )
    assert where(NAME) == []
    assert not HumanAction.objects.exists()


def test_erasing_again_finds_nothing_and_says_nothing(house: House) -> None:
    proposal = decided(house)
    erased(house)
    told = Event.objects.filter(verb="proposal.erased").count()
    assert not erase(proposal_id=proposal.pk, kinds=list(DataKind), now=moment(house))
    assert Event.objects.filter(verb="proposal.erased").count() == told
    with pytest.raises(ordering.NotOrdered, match="Nothing is held about customer"):
        asked_for(house)


def test_only_the_engine_erases(house: House) -> None:
    proposal = decided(house)
    with pytest.raises(ProgrammingError), transaction.atomic():
        Proposal.objects.filter(pk=proposal.pk).update(summary=ERASED)
    with pytest.raises(ProgrammingError), transaction.atomic():
        Proposal.objects.filter(pk=proposal.pk).update(erased_at=house.now)
    erased(house)
    with pytest.raises(ProgrammingError), transaction.atomic():
        Proposal.objects.filter(pk=proposal.pk).update(erased_at=None)
    with pytest.raises(ProgrammingError), transaction.atomic():
        ErasedProposal.objects.update(rows={})
    with pytest.raises(ProgrammingError), transaction.atomic():
        Certificate.objects.update(content={})


def test_a_back_test_and_a_rerun_leave_it_out_and_say_so(house: House) -> None:
    decided(house)
    erased(house)
    said = StringIO()
    call_command("assessment_rerun", stdout=said)
    assert "0 assessments run again: no difference(s). 1 erased" in said.getvalue()
    assert tried(house).figures["left_out"] == {LeftOut.TAKEN_OUT: 1}


def test_a_killed_worker_is_followed_by_another_that_goes_on(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _again in range(3):
        decided(house)
    erasure = asked_for(house)
    ordering.confirm(erasure_id=erasure.pk, by=house.gina, now=moment(house))
    real, calls = erasing.erase, []

    def killed_at_the_second(**given: Any) -> Any:
        calls.append(given)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(**given)

    monkeypatch.setattr(running, "erase", killed_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        running.run_next(clock=lambda: moment(house))
    erasure.refresh_from_db()
    assert (erasure.status, erasure.done) == ("running", 1)
    assert not running.run_next(clock=lambda: moment(house))
    assert running.run_next(clock=lambda: moment(house) + SILENT + timedelta(seconds=1))
    erasure.refresh_from_db()
    assert (erasure.status, erasure.found, erasure.done, erasure.attempts) == ("done", 3, 3, 2)
    assert ErasedProposal.objects.count() == 3
    assert where(NAME) == []


def test_one_that_breaks_off_says_so_without_the_data_and_is_gone_on_with(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    decided(house)
    erasure = asked_for(house)
    ordering.confirm(erasure_id=erasure.pk, by=house.gina, now=moment(house))

    def broken(**given: Any) -> Any:
        raise ValueError(NAME)

    with monkeypatch.context() as patched:
        patched.setattr(running, "erase", broken)
        running.run_next(clock=lambda: moment(house))
    erasure.refresh_from_db()
    assert (erasure.status, erasure.failure) == ("failed", "It broke off: ValueError.")
    with pytest.raises(NotAllowed):
        ordering.retry(erasure_id=erasure.pk, by=house.alice, now=moment(house))
    ordering.retry(erasure_id=erasure.pk, by=house.gina, now=moment(house))
    assert running.run_next(clock=lambda: moment(house))
    erasure.refresh_from_db()
    assert erasure.status == "done"


def test_one_that_broke_off_can_be_declined_and_forgets_whom(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    decided(house)
    erasure = asked_for(house)
    ordering.confirm(erasure_id=erasure.pk, by=house.gina, now=moment(house))
    with pytest.raises(NotAllowed):
        ordering.decline(erasure_id=erasure.pk, reason="Enough.", by=house.gina, now=moment(house))
    monkeypatch.delattr(running, "erase")
    running.run_next(clock=lambda: moment(house))
    with pytest.raises(NotAllowed):
        ordering.decline(erasure_id=erasure.pk, reason="Enough.", by=house.alice, now=moment(house))
    ordering.decline(erasure_id=erasure.pk, reason="Enough.", by=house.gina, now=moment(house))
    erasure.refresh_from_db()
    assert (erasure.status, erasure.subject_kind, erasure.subject_id) == ("declined", "", "")
    assert (erasure.confirmed_by, erasure.declined_by) == (house.gina, house.gina)
    with pytest.raises(NotAllowed):
        ordering.retry(erasure_id=erasure.pk, by=house.gina, now=moment(house))
    assert Event.objects.get(verb="erasure.declined").data == {"reason": "Enough.", "proposals": 0}
    assert asked_for(house).found == 1


def test_the_certificate_says_what_went_and_nobody_can_make_another(house: House, tmp_path: Any) -> None:
    proposal = told_everywhere(house)
    done = erased(house)
    certificate = Certificate.objects.get()
    content = certificate.content
    assert (content["ordered_by"], content["confirmed_by"]) == ("Adam", "Gina")
    assert content["proposals"] == [str(proposal.pk)]
    assert content["rows"] == done.rows
    assert content["rows"]["proposals.Evidence"] == 2
    assert content["subject_mark"] == ordering.mark_of("customer", SUBJECT)
    document = certifying.document(certificate)
    assert certifying.check(document).holds
    for wrong in (
        {"content": content | {"proposals": []}},
        {"sha256": "0" * 64},
        {"signature": "0" * 128},
        {"key": "0" * 64},
        {"content": None},
    ):
        assert not certifying.check(document | wrong).holds
    assert not certifying.check({}).holds
    file = tmp_path / "certificate.json"
    file.write_text(json.dumps(document))
    said = StringIO()
    call_command("erasure_check", str(file), stdout=said)
    assert str(done.pk) in said.getvalue()
    file.write_text(json.dumps(document | {"sha256": "1" * 64}))
    with pytest.raises(CommandError, match="digest"):
        call_command("erasure_check", str(file))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"content": {"request": "forged"}, %s', "“content” stands twice in one object"),
        ("[" * 200_000, "It is nested too deep."),
        ("\ufeff{}", "line 1, column 1"),
        ('{"content": ' + "9" * 5000 + "}", "too many digits"),
        ('{"content": ' + "[" * 900 + "]" * 900 + "}", "no certificate"),
    ],
)
def test_a_file_that_readers_could_read_differently_is_no_certificate(
    house: House, tmp_path: Any, text: str, why: str
) -> None:
    decided(house)
    erased(house)
    real = json.dumps(certifying.document(Certificate.objects.get()))
    file = tmp_path / "certificate.json"
    file.write_text(text.replace("%s", real[1:]), encoding="utf-8")
    with pytest.raises(CommandError, match=why):
        call_command("erasure_check", str(file), stdout=StringIO())
