"""The pages of trust in a real browser, in every state a slice can be in: accessible, wide, narrow, light and dark."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from apps.accounts import rights
from apps.accounts.roles import Role
from apps.proposals.actions import report_outcome
from apps.proposals.models import HumanAction, Outcome, Proposal
from apps.proposals.states import Status, Verdict
from apps.registry.models import Agent, AgentGrant
from apps.registry.states import Stage
from apps.reviews.breaking import break_glass
from apps.trust import recommending
from apps.trust.actions import open_slice, record
from apps.trust.drifting import Mix, Seen, judge_drift, watch
from apps.trust.models import DriftAlert, DriftStep, Slice, TrustEvent
from apps.trust.retermining import set_criteria
from apps.trust.rules import Rules
from apps.trust.segment_setup import save_segment
from apps.trust.states import AlertStatus, Basis, Drift, Move, NotEvidence, Source
from tests import factories
from tests.browser.conftest import Desk
from tests.trust import earning

pytestmark = pytest.mark.browser
LONG = "order-bot-" + "a" * 60


def _slice(house: factories.House, name: str) -> Slice:
    """A slice of its own for each state: its segment has the state's name."""
    save_segment(
        action_type=house.cancel_order,
        slug=name,
        name=name.replace("-", " ").capitalize(),
        when="impact.has_amount && impact.amount <= 50",
        by=None,
        now=house.now,
    )
    return open_slice(action_type=house.cancel_order, agent=house.agent, segment=name, now=house.now)


def _mixed(house: factories.House, row: Slice, basis: Basis = Basis.FULL) -> None:
    for confidence, right, wrong in ((0.99, 40, 0), (0.96, 60, 1), (0.91, 30, 2), (0.82, 20, 6), (0.5, 4, 2)):
        earning.reviewed(house, row, right, wrong, confidence=confidence, basis=basis)


def _incident(house: factories.House, row: Slice) -> None:
    record(
        slice_id=row.pk,
        agent_version_id=earning.version(house).pk,
        proposal_id=uuid4(),
        source=(Source.OUTCOME, uuid4()),
        wrong=True,
        confidence=0.99,
        content_sha256=uuid4().hex * 2,
        not_counted_because=NotEvidence.OUTCOME_ONLY,
        now=house.now,
    )


def _raise(house: factories.House, row: Slice) -> None:
    """To supervised."""
    earning.reviewed(house, row, 200)
    earning.ratified(house, row)
    row.refresh_from_db()


def _seen(number: int, **changes: Any) -> list[Seen]:
    values: dict[str, Any] = {
        "confidence": 0.95,
        "subject": "order",
        "categories": (("reason", "no longer needed"),),
        "amount": 20.0,
        "overridden": False,
    }
    return [Seen(**values | changes) for _one in range(number)]


def _drift(house: factories.House, row: Slice) -> DriftAlert:
    """A baseline, how the work looks now, three open alerts (one validated) and one that ended."""
    standing = earning.standing(row)
    first = _seen(120) + _seen(60, confidence=0.8, amount=70.0) + _seen(20, overridden=True, amount=None)
    mix = Mix(
        {"Cancel an order": 150, "Delete a record": 50}, {"Cancel an order": 80, "Delete a record": 120}
    )
    watch(standing=standing, first=first, newest=[], now=house.now, mix=mix)
    other = "ordered by mistake, " + "and then once more " * 4
    now = _seen(60) + _seen(80, confidence=0.72, amount=700.0, categories=(("reason", other),))
    now += _seen(60, confidence=0.9, overridden=True, subject="invoice", amount=12_000.0)
    alerts = watch(standing=standing, first=[], newest=now, now=house.now, mix=mix)
    by_kind = {alert.kind: alert for alert in alerts}
    answers = ((Drift.AMOUNTS, AlertStatus.REAL), (Drift.SUBJECTS, AlertStatus.HARMLESS))
    for kind, status in answers:
        judge_drift(
            alert_id=by_kind[kind].pk, status=status, by=house.tina, note="the sale began", now=house.now
        )
    DriftAlert.objects.filter(owner=house.tina).exclude(kind=Drift.AMOUNTS).update(owner=house.alice)
    return alerts[0]


def _outcome(house: factories.House, done: Proposal) -> Outcome:
    """Two that were reported, one of them by a person, with a text as long as agents write."""
    common: dict[str, Any] = {"proposal_id": done.pk, "occurred_at": house.now, "now": house.now}
    report_outcome(
        verdict=Verdict.WRONG, severity="high", source="c" * 90, detail="D" * 300, by=house.agent, **common
    )
    return report_outcome(
        verdict=Verdict.WRONG, severity="critical", source="complaint 41", by=house.olga, **common
    )


@pytest.fixture
def pages(live_house: factories.House) -> dict[str, str]:
    """The addresses of the pages by what they show."""
    house = live_house
    rights.appoint(role=Role.ADMIN, to=house.alice, by=None, now=house.now)
    rights.appoint(role=Role.GOVERNANCE, to=house.alice, by=None, now=house.now)
    # All at once: one that begins beside one in shadow begins there as well.
    names = ("new", "assisted", "recommended", "signed-once", "in-shadow", "running", "paused", "demoted")
    rows = {name: _slice(house, name) for name in names}
    open_slice(action_type=house.cancel_order, agent=house.agent, now=house.now)
    for name in ("assisted", "in-shadow"):
        Slice.objects.filter(pk=rows[name].pk).update(criteria=None)
        set_criteria(
            slice_id=rows[name].pk,
            rules=Rules(second_look_early=False),
            by=house.adam,
            reason="one person is enough while nothing runs",
            start_over=False,
            now=house.now,
        )
    _mixed(house, rows["assisted"])
    Slice.objects.filter(pk=rows["in-shadow"].pk).update(stage=Stage.SHADOW)
    earning.reviewed(house, rows["in-shadow"], 12, 2, basis=Basis.SHADOW)
    for name in ("recommended", "signed-once"):
        earning.reviewed(house, rows[name], 170)
    waiting = earning.waiting(rows["signed-once"])
    recommending.ratify(
        recommendation_id=waiting.pk, by=house.adam, seen_sha256=waiting.evidence_sha256, now=house.now
    )
    for name in ("running", "paused", "demoted"):
        _raise(house, rows[name])
    earning.reviewed(house, rows["running"], 30, basis=Basis.AUDIT)
    earning.reviewed(house, rows["running"], 50, 9, confidence=0.5)
    _incident(house, rows["paused"])
    for _mistake in range(7):
        _incident(house, rows["demoted"])
    alert = _drift(house, rows["running"])
    agent = Agent.objects.create(slug=LONG[:40], name=LONG, owner=house.tina)
    AgentGrant.objects.create(agent=agent, workflow=house.workflow)
    open_slice(action_type=house.delete_record, agent=agent, now=house.now)
    shadow = factories.proposal_at(house, Status.RECORDED)
    replaced = factories.pending(house)
    newer = factories.pending(house, supersedes=replaced.external_id, summary="Cancel it all the same")
    taken = factories.pending(house, subject=None, summary="Customers are charged twice")
    break_glass(task_id=taken.task.pk, by=house.adam, reason="The shop is down", now=house.now)
    segment = house.cancel_order.segments.get(slug="running")
    done = factories.settled(house)
    outcome = _outcome(house, done)
    addresses = {name: reverse("trust:slice_detail", args=[row.pk]) for name, row in rows.items()}
    return addresses | {
        "ladder": reverse("trust:slice_list"),
        "criteria": reverse("trust:slice_criteria", args=[rows["assisted"].pk]),
        "segments": reverse("rulebook:segment_list"),
        "a segment": reverse("rulebook:segment_edit", args=[segment.pk]),
        "a new segment": reverse("rulebook:segment_add", args=[house.delete_record.pk]),
        "about to act, nothing": reverse("desk:veto_list"),
        "a replaced proposal": reverse("desk:proposal_detail", args=[replaced.pk]),
        "its card": reverse("desk:task_detail", args=[replaced.task.pk]),
        "one that may be taken in an emergency": reverse("desk:task_detail", args=[newer.task.pk]),
        "one that was": reverse("desk:task_detail", args=[taken.task.pk]),
        "drift alerts": reverse("trust:drift_list"),
        "drift": reverse("trust:slice_drift", args=[alert.slice_id]),
        "drift, no baseline": reverse("trust:slice_drift", args=[rows["new"].pk]),
        "outcomes": reverse("desk:slice_outcomes", args=[done.slice_id]),
        "outcomes, none": reverse("desk:slice_outcomes", args=[rows["new"].pk]),
        "an outcome to report": reverse("desk:outcome_report", args=[done.pk]),
        "an outcome to correct": reverse("desk:outcome_report", args=[done.pk]) + f"?corrects={outcome.pk}",
        "a shadow proposal": reverse("desk:proposal_detail", args=[shadow.pk]),
    }


def test_every_page_is_accessible_and_fits_a_phone(pages: dict[str, str], desk: Desk) -> None:
    desk.sign_in("alice")
    too_wide = []
    for name, path in pages.items():
        desk.page.set_viewport_size({"width": 1280, "height": 800})
        desk.open(path)
        desk.check_accessible()
        desk.page.set_viewport_size({"width": 360, "height": 740})
        if desk.page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            too_wide.append(name)
        desk.check_accessible()
    assert too_wide == []


def test_who_may_not_change_anything_reads_accessible_pages_too(pages: dict[str, str], desk: Desk) -> None:
    desk.sign_in("olga")
    for name in ("recommended", "criteria", "segments", "running"):
        desk.open(pages[name])
        desk.check_accessible()


def test_the_second_person_signs_and_the_slice_acts_from_then_on(pages: dict[str, str], desk: Desk) -> None:
    desk.sign_in("olga").open(pages["signed-once"])
    page = desk.page
    expect(page.get_by_text("Adam has signed.")).to_be_visible()
    page.get_by_role("button", name="Sign: let it take this step").click()
    expect(page.get_by_text("Two people have signed: the step is taken.")).to_be_visible()
    expect(page.get_by_text("running from here on")).to_be_visible()
    desk.check_accessible()
    row = Slice.objects.get(segment="signed-once")
    assert row.stage == Stage.SUPERVISED
    assert TrustEvent.objects.get(slice=row, move=Move.PROMOTED).people == ["Adam", "Olga"]


def test_what_is_wrong_with_criteria_is_said_beside_them(pages: dict[str, str], desk: Desk) -> None:
    desk.sign_in("alice").open(pages["criteria"])
    page = desk.page
    page.get_by_label("Confidences to test").fill("0.8 0.9")
    page.get_by_label("Reason").fill("a try")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("have to fall from the highest to the lowest")).to_be_visible()
    desk.check_accessible()


def test_a_reviewer_says_which_other_values_they_would_have_chosen(pages: dict[str, str], desk: Desk) -> None:
    desk.sign_in("bob").open(pages["a shadow proposal"])
    page = desk.page
    page.get_by_text("I would have done it with other values").click()
    page.get_by_label("Reason", exact=True).select_option("ordered by mistake")
    page.get_by_label("Why with other values").select_option(label="The facts are wrong")
    page.get_by_role("button", name="Show what I would have changed").click()
    expect(page.get_by_text("You would have changed:")).to_be_visible()
    desk.check_accessible()
    page.get_by_role("button", name="Keep it: I would have done it with these values").press("Enter")
    expect(page.get_by_text("Kept. Nothing is carried out in shadow.")).to_be_visible()
    expect(page.get_by_text("would have done it with other values")).to_be_visible()
    assert HumanAction.objects.get().args == {"order_id": "#W1", "reason": "ordered by mistake"}


def test_a_reviewer_chooses_an_alternative_without_the_mouse(pages: dict[str, str], desk: Desk) -> None:
    desk.sign_in("bob").open(pages["a shadow proposal"])
    page = desk.page
    # They are on the page from the start.
    page.keyboard.press("2")
    expect(page.get_by_label("Why not as proposed")).to_be_focused()
    page.keyboard.press("T")
    desk.check_accessible()
    page.get_by_role("button", name="Keep it: I would have chosen alternative 2").press("Enter")
    expect(page.get_by_text("would have chosen one of its alternatives")).to_be_visible()
    assert HumanAction.objects.get().action_name == ""


def test_the_pictures_of_drift_say_what_they_show(pages: dict[str, str], desk: Desk) -> None:
    desk.sign_in("alice").open(pages["drift"])
    page = desk.page
    shown = page.get_by_role("img", name=re.compile("^Stated confidence, baseline and now"))
    expect(shown.first).to_be_visible()
    said = shown.first.locator("title").first.text_content() or ""
    assert "0.7 to 0.8: 0 %, now 40 %" in said
    expect(page.get_by_role("img", name=re.compile("at first, .* now: a change of")).first).to_be_visible()


def test_the_owner_validates_an_alert_and_hands_the_acting_on(pages: dict[str, str], desk: Desk) -> None:
    desk.sign_in("alice").open(pages["drift"])
    page = desk.page
    alert = DriftAlert.objects.get(kind=Drift.CONFIDENCE, ended_at=None)
    form = page.locator(f"#alert-{alert.pk}")
    form.get_by_label("real: the work has changed").check()
    form.get_by_label("Who acts, if it is real").select_option(label="Petra")
    form.get_by_label("What you found or did").fill("the new model is less sure")
    form.get_by_role("button", name="Keep this with the alert").click()
    expect(page.get_by_text("Kept with the alert. No threshold moved by it.")).to_be_visible()
    expect(page.locator(f"#alert-{alert.pk}").get_by_text("Petra acts;")).to_be_visible()
    desk.check_accessible()
    assert DriftStep.objects.get(alert=alert).owner_name == "Petra"


def test_an_outcome_is_reported_on_its_page(pages: dict[str, str], desk: Desk) -> None:
    desk.sign_in("olga").open(pages["an outcome to report"])
    page = desk.page
    page.get_by_label("wrong: it should not have been done so").check()
    page.get_by_label("How bad was it?").select_option(label="moderate")
    page.get_by_label("Who or what says so?").fill("complaint 42")
    page.get_by_role("button", name="Report it").click()
    expect(page.get_by_text("Reported.")).to_be_visible()
    assert Outcome.objects.filter(source="complaint 42", severity="moderate").count() == 1
