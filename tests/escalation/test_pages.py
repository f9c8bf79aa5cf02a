"""The pages of escalation: a sentence for each view, who may read and who may change."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from apps.accounts import rights
from apps.accounts.models import User
from apps.accounts.policies import NotAllowed
from apps.accounts.roles import Role
from apps.audit.models import Event
from apps.escalation import auditing, chain_queries, run_queries
from apps.escalation.chains import delete_chain
from apps.escalation.incidents import close_incident, open_incident
from apps.escalation.models import AuditRun, Chain, ChainVersion, EscalationRun, Incident
from apps.escalation.states import Kind
from apps.escalation.sweeping import run_due
from tests import factories
from tests.escalation.conftest import STEPS, save, staff
from tests.factories import House

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
HOSTILE = "<script>alert(1)</script>\u202e" + "x" * 90
READ = ("chain_list", "chain_read", "run_list", "run_read", "incident_list", "audit_list")
SPARE: list[dict[str, Any]] = [
    {"after": "50%", "do": "notify", "to": ["leads"]},
    {"after": "200%", "do": "notify", "to": ["role:business_owner", "office:admin"]},
]


@pytest.fixture(autouse=True)
def _clock(now: datetime) -> Iterator[None]:
    with time_machine.travel(now, tick=True):
        yield


def as_(person: User) -> Client:
    client = Client()
    client.force_login(person, backend=BACKEND)
    return client


def page(name: str, *args: object, **query: str) -> str:
    url = reverse(f"escalation:{name}", args=args)
    return f"{url}?{'&'.join(f'{key}={value}' for key, value in query.items())}" if query else url


def address(name: str, run: EscalationRun) -> str:
    return page(name, *({"chain_read": ["standard"], "run_read": [run.pk]}.get(name, [])))


def steps_of(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """What the editor posts for these steps."""
    fields: dict[str, Any] = {"steps": str(len(rows))}
    for number, row in enumerate(rows, start=1):
        fields[f"step-{number}-after"] = row["after"]
        fields[f"step-{number}-do"] = row["do"]
        fields[f"step-{number}-to"] = row.get("to", [])
    return fields


@pytest.fixture
def run(staffed: House) -> EscalationRun:
    """A task that waits, with its run."""
    return EscalationRun.objects.get(task__proposal=factories.pending(staffed))


@pytest.fixture
def as_adam(house: House) -> Client:
    return as_(house.adam)


@pytest.mark.parametrize("name", READ)
def test_admins_and_governance_read_every_page(name: str, run: EscalationRun, staffed: House) -> None:
    for person in (staffed.adam, staffed.gina):
        assert as_(person).get(address(name, run)).status_code == 200


@pytest.mark.parametrize("name", READ)
def test_others_are_told_why_not(name: str, run: EscalationRun, staffed: House) -> None:
    for person in (staffed.alice, staffed.charlie):
        response = as_(person).get(address(name, run))
        assert response.status_code == 403
        assert "open to admins, governance" in response.content.decode()


@pytest.mark.parametrize("name", [name for name in READ if name != "audit_list"])
def test_leads_and_named_people_read_what_is_theirs(name: str, run: EscalationRun, staffed: House) -> None:
    for person in (staffed.bob, staffed.olga, staffed.petra, staffed.tina):
        assert as_(person).get(address(name, run)).status_code == 200


def test_the_auditors_looks_stay_with_the_offices(run: EscalationRun, staffed: House) -> None:
    for person in (staffed.bob, staffed.petra):
        assert as_(person).get(page("audit_list")).status_code == 403
        assert page("audit_list") not in as_(person).get(page("run_list")).content.decode()


def test_a_lead_reads_no_run_of_another_queue(run: EscalationRun, staffed: House, now: datetime) -> None:
    lead = factories.UserFactory(short="dora")
    rights.give(role=Role.LEAD, to=lead, on=staffed.queues["critical"], by=None, now=now)
    shown = as_(lead).get(page("run_list"))
    assert (shown.context["lines"], shown.context["totals"].all) == ([], 0)
    assert as_(lead).get(page("run_read", run.pk)).status_code == 403
    run.task.also_in = [staffed.queues["critical"].pk]
    run.task.save(update_fields=["also_in"])
    assert [line.run.pk for line in as_(lead).get(page("run_list")).context["lines"]] == [run.pk]
    assert as_(lead).get(page("run_read", run.pk)).status_code == 200


def test_a_lead_tries_a_chain_on_no_task_of_another_queue(staffed: House, now: datetime) -> None:
    lead = factories.UserFactory(short="dora")
    rights.give(role=Role.LEAD, to=lead, on=staffed.queues["critical"], by=None, now=now)
    proposal = factories.pending(staffed, now=now - timedelta(hours=5))
    factories.endings.withdraw(proposal_id=proposal.pk, by=staffed.agent, reason="not needed", now=now)
    address = page("chain_read", "standard", task=str(proposal.task.pk))
    assert proposal.summary in as_(staffed.bob).get(address).content.decode()
    assert proposal.summary not in as_(lead).get(address).content.decode()


def test_incidents_are_shown_to_those_whose_work_they_are_about(
    run: EscalationRun, staffed: House, now: datetime
) -> None:
    lead = factories.UserFactory(short="dora")
    critical = staffed.queues["critical"]
    rights.give(role=Role.LEAD, to=lead, on=critical, by=None, now=now)
    open_incident(kind=Kind.CHAIN_GAP, key="standard", text="about a chain", now=now)
    open_incident(kind=Kind.NO_RESULT, key="1", text="a workflow", now=now, workflow_id=staffed.workflow.pk)
    open_incident(kind=Kind.NOBODY_ELIGIBLE, key=str(critical.pk), text="about a queue", now=now)
    open_incident(kind=Kind.STEP_MISSING, key="x", text="about a task", now=now, task_id=run.task_id)

    def told(person: User) -> set[str]:
        shown = as_(person).get(page("incident_list"))
        assert shown.context["totals"]["open"] == len(shown.context["incidents"])
        return {incident.text for incident in shown.context["incidents"]}

    assert told(lead) == {"about a queue"}
    assert told(staffed.petra) == {"a workflow", "about a task"}
    assert told(staffed.bob) == {"about a queue", "about a task"}
    assert len(told(staffed.gina)) == 4


@pytest.mark.parametrize(
    ("name", "args"),
    [("chain_add", []), ("chain_edit", ["standard"]), ("chain_delete", ["standard"])],
)
def test_only_admins_change_chains(name: str, args: list[str], run: EscalationRun, staffed: House) -> None:
    for person in (staffed.gina, staffed.alice):
        response = as_(person).post(page(name, *args), {"press": "save"})
        assert response.status_code == 403
        assert "Only an admin may change escalation chains." in response.content.decode()
    assert Chain.objects.count() == 1


def test_the_list_says_how_each_chain_ends_and_how_many_run_by_it(
    run: EscalationRun, as_adam: Client
) -> None:
    shown = as_adam.get(page("chain_list")).content.decode()
    assert "At 200 % of the time to decide: tell the business owner, the admins" in shown
    assert 'aria-label="1 running by Standard"' in shown


def test_the_list_costs_the_same_for_many_chains(
    staffed: House, as_adam: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        save(staffed, SPARE, slug=f"c{number}", name=f"C{number}")
    with django_assert_max_num_queries(20):
        assert len(as_adam.get(page("chain_list")).context["lines"]) == 13


def test_a_chain_shows_its_steps_its_proof_and_who_would_be_told_when(
    run: EscalationRun, as_adam: Client
) -> None:
    shown = as_adam.get(page("chain_read", "standard")).content.decode()
    assert "When the decision is due: tell the process owner" in shown
    assert "Proven where it is used, in 4 places" in shown
    # Opened on Tuesday at 10:00 with four hours to decide, round the clock.
    for moment, name in (
        ("Tue 17 Nov, 12:00", "Bob"),
        ("Tue 17 Nov, 14:00", "Petra"),
        ("Tue 17 Nov, 18:00", "Adam"),
    ):
        assert moment in shown
        assert name in shown
    assert "Step 3: apply the fallback, keep holding" in shown


def test_the_timeline_follows_the_chosen_queue_and_its_hours(staffed: House, as_adam: Client) -> None:
    queue = staffed.queues["senior"]
    queue.calendar = type(queue.calendar).objects.get(slug="office")
    queue.save()
    factories.publish_matrix(staffed.now)
    factories.save_policy(
        slug="standard",
        name="Standard",
        targets=factories.Targets(claim="30m", decide="8wh", result="2h"),
        by=None,
        now=staffed.now,
    )
    chosen = {
        "workflow": "orders",
        "action": "high/reversible",
        "queue": "senior",
        "opened_at": "2026-11-20T16:00",
    }
    shown = as_adam.get(page("chain_read", "standard", **chosen)).content.decode()
    # One working hour on Friday, three on Monday.
    assert "Mon 23 Nov, 12:00" in shown
    assert "outside the hours of the queue" in shown


def test_a_chain_is_tried_on_a_task_that_is_over(staffed: House, as_adam: Client) -> None:
    proposal = factories.pending(staffed, now=staffed.now - timedelta(hours=5))
    task = proposal.task
    factories.endings.withdraw(
        proposal_id=proposal.pk, by=staffed.agent, reason="not needed", now=staffed.now
    )
    shown = as_adam.get(page("chain_read", "standard", task=str(task.pk))).content.decode()
    assert "as it went" in shown
    assert "Tue 17 Nov, 07:00" in shown
    assert "Tue 17 Nov, 09:00" in shown
    assert "Step 3" not in shown.partition('id="timeline"')[2]
    assert "It was no longer needed." in shown


@pytest.mark.parametrize(
    "query",
    [
        {"task": "rubbish"},
        {"task": "00000000-0000-7000-8000-000000000000"},
        {"workflow": "gone"},
        {"action": "high"},
        {"action": "a/b"},
        {"queue": "gone"},
        {"opened_at": "0001-01-01T00:00"},
        {"opened_at": "9999-12-31T23:59"},
        {"opened_at": "soon"},
    ],
)
def test_whatever_the_address_asks_gives_a_page(
    query: dict[str, str], staffed: House, as_adam: Client
) -> None:
    assert as_adam.get(page("chain_read", "standard", **query)).status_code == 200
    assert as_adam.post(page("chain_edit", "standard"), {**steps_of(STEPS), **query}).status_code == 200


def test_a_chain_nothing_is_called_is_not_found(house: House, as_adam: Client) -> None:
    assert as_adam.get(page("chain_read", "gone")).status_code == 404
    assert as_adam.get(page("chain_edit", "gone")).status_code == 404
    assert as_adam.post(page("chain_delete", "gone")).status_code == 404
    assert as_adam.get(page("run_read", 7)).status_code == 404
    assert as_adam.post(page("incident_close", 7), {"note": "x"}).status_code == 404


def test_the_editor_adds_moves_and_removes_without_storing(staffed: House, as_adam: Client) -> None:
    url = page("chain_edit", "standard")
    for button, first, count in (("add", "50%", 5), ("down-1", "100%", 4), ("delete-1", "100%", 3)):
        response = as_adam.post(url, {**steps_of(STEPS), "press": button})
        rows = response.context["rows"]
        assert response.status_code == 200
        assert (rows[0].row.after, len(rows)) == (first, count)
    assert ChainVersion.objects.count() == 1


def test_what_is_wrong_stands_beside_its_step(staffed: House, as_adam: Client) -> None:
    broken = [{**STEPS[0], "after": "soon"}, *STEPS[1:3], {**STEPS[3], "to": ["channel:gone"]}]
    rows = as_adam.post(page("chain_edit", "standard"), {**steps_of(broken), "press": "check"}).context[
        "rows"
    ]
    assert "'soon' is not a duration" in rows[0].problems[0]
    assert [row.problems for row in rows[1:]] == [[], [], []]
    late = [*STEPS[:3], {**STEPS[3], "to": ["channel:gone"]}]
    rows = as_adam.post(page("chain_edit", "standard"), {**steps_of(late), "press": "check"}).context["rows"]
    assert "not one person or a channel" in rows[3].problems[0]
    alone = [*STEPS[:3], {**STEPS[3], "to": ["role:business_owner"]}]
    response = as_adam.post(page("chain_edit", "standard"), {**steps_of(alone), "press": "check"})
    assert "needs at least 2" in response.context["rows"][3].problems[0]
    assert "The proof found 4 gaps." in response.content.decode()


def test_a_step_too_many_is_refused_not_dropped(staffed: House, as_adam: Client) -> None:
    rows = [{"after": "50%", "do": "raise_tier"}] * 20 + [STEPS[-1]]
    response = as_adam.post(page("chain_edit", "standard"), {**steps_of(rows), "name": "S", "press": "save"})
    assert response.status_code == 422
    assert "A chain has at most 20 steps." in response.content.decode()
    assert len(response.context["rows"]) == 21


def test_a_chain_with_gaps_is_saved_only_when_an_admin_says_so(staffed: House, as_adam: Client) -> None:
    alone = [*STEPS[:3], {**STEPS[3], "to": ["role:business_owner"]}]
    sent = {**steps_of(alone), "name": "Standard", "press": "save"}
    response = as_adam.post(page("chain_edit", "standard"), sent)
    assert response.status_code == 422
    assert "Not saved: the proof found gaps." in response.content.decode()
    assert ChainVersion.objects.count() == 1
    response = as_adam.post(page("chain_edit", "standard"), {**sent, "allows_gaps": "on"})
    assert response.status_code == 302
    assert Chain.objects.get().allows_gaps


def test_saving_makes_a_version_with_a_difference_one_can_read(staffed: House, as_adam: Client) -> None:
    later = [{**STEPS[0], "after": "60%"}, *STEPS[1:]]
    sent = {**steps_of(later), "name": "Standard", "press": "save"}
    response = as_adam.post(page("chain_edit", "standard"), sent, follow=True)
    shown = response.content.decode()
    assert "Saved as a new version." in shown
    assert "At 50 % of the time to decide: tell the leads of the queue" in shown
    assert "At 60 % of the time to decide: tell the leads of the queue" in shown
    event = Event.objects.filter(verb="chain.saved").latest("at")
    assert (event.actor_name, event.data["version"]) == ("Adam", 2)


def test_a_new_chain_needs_a_free_short_name(staffed: House, as_adam: Client) -> None:
    sent = {**steps_of(SPARE), "name": "Night", "press": "save"}
    for slug in ("standard", "add", "", "no spaces"):
        assert as_adam.post(page("chain_add"), {**sent, "slug": slug}).status_code == 422
    assert as_adam.post(page("chain_add"), {**sent, "slug": "Night"}).status_code == 302
    assert Chain.objects.filter(slug="night").exists()


def test_htmx_gets_the_findings_alone_and_the_notes_beside_the_steps(staffed: House, as_adam: Client) -> None:
    headers = {"HX-Request": "true", "HX-Target": "findings"}
    shown = as_adam.post(page("chain_edit", "standard"), steps_of(STEPS), headers=headers).content.decode()
    assert "<html" not in shown
    assert "<input" not in shown
    assert shown.count('hx-swap-oob="true"') == len(STEPS)
    sent = {**steps_of(STEPS), "name": "Renamed", "press": "save"}
    saved = as_adam.post(page("chain_edit", "standard"), sent, headers={**headers, "HX-Target": "editor"})
    assert saved.headers["HX-Redirect"] == page("chain_read", "standard")


def test_hostile_names_are_only_text(staffed: House, as_adam: Client) -> None:
    staffed.petra.name = HOSTILE
    staffed.petra.save()
    save(staffed, name=HOSTILE)
    open_incident(kind=Kind.NO_RECIPIENTS, key="x", text=HOSTILE, now=staffed.now)
    for url in (
        page("chain_list"),
        page("chain_read", "standard"),
        page("chain_edit", "standard"),
        page("incident_list"),
    ):
        shown = as_adam.get(url).content.decode()
        assert "<script>alert" not in shown
        assert "&lt;script&gt;alert" in shown


def test_a_chain_goes_while_nothing_points_to_it(staffed: House, as_adam: Client) -> None:
    save(staffed, SPARE, slug="spare", name="Spare")
    save(staffed, STEPS, slug="spare", name="Spare")
    assert as_adam.post(page("chain_delete", "spare")).status_code == 302
    assert not Chain.objects.filter(slug="spare").exists()
    assert not ChainVersion.objects.filter(chain__slug="spare").exists()
    assert Event.objects.filter(verb="chain.deleted", subject_label="Spare").exists()


def test_a_chain_something_points_to_stays_and_says_why(
    staffed: House, as_adam: Client, now: datetime
) -> None:
    shown = as_adam.post(page("chain_delete", "standard"), follow=True).content.decode()
    assert "This chain stands in where no other is found: it stays." in shown
    save(staffed, SPARE, slug="named", name="Named")
    factories.publish_matrix(now, chain="named")
    with pytest.raises(NotAllowed, match="names this chain for"):
        delete_chain(slug="named", by=staffed.adam, now=now)
    with pytest.raises(DatabaseError, match="names the chain named"), transaction.atomic():
        Chain.objects.filter(slug="named")._raw_delete("default")
    assert "It cannot be deleted." in as_adam.get(page("chain_read", "named")).content.decode()


def test_a_chain_tasks_ran_by_stays_as_their_record(staffed: House, now: datetime) -> None:
    save(staffed, SPARE, slug="ran", name="Ran")
    factories.pending(staffed)
    EscalationRun.objects.update(chain_version=ChainVersion.objects.get(chain__slug="ran"))
    with pytest.raises(NotAllowed, match="it stays as their record"):
        delete_chain(slug="ran", by=staffed.adam, now=now)


def test_no_version_goes_alone(staffed: House) -> None:
    save(staffed, SPARE)
    with pytest.raises(DatabaseError, match="Cannot delete"), transaction.atomic():
        ChainVersion.objects.filter(number=1)._raw_delete("default")


def test_running_escalations_say_where_they_stand_and_who_was_told(
    run: EscalationRun, as_adam: Client
) -> None:
    shown = as_adam.get(page("run_list")).content.decode()
    assert "step 1 of 4" in shown
    assert "nothing yet" in shown
    run_due(now=run.started_at + timedelta(hours=2))
    shown = as_adam.get(page("run_list")).content.decode()
    assert "When the decision is due: tell the process owner" in shown
    assert "<bdi>Bob</bdi>" in shown


def test_totals_are_true_and_closed_tasks_are_left_out(
    staffed: House, as_adam: Client, now: datetime
) -> None:
    held = factories.pending(staffed)
    factories.claimed(held, staffed.alice, now)
    late = factories.pending(staffed)
    EscalationRun.objects.filter(task__proposal=late).update(next_at=now - timedelta(minutes=5))
    over = factories.pending(staffed)
    factories.endings.withdraw(proposal_id=over.pk, by=staffed.agent, reason="not needed", now=now)
    assert run_queries.totals(now) == run_queries.Totals(all=2, held=0, repeating=0, late=1)
    shown = as_adam.get(page("run_list", show="late"))
    assert [line.run.task.proposal_id for line in shown.context["lines"]] == [late.pk]
    assert "late" in shown.content.decode()


def test_every_run_is_on_exactly_one_page(staffed: House, as_adam: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(run_queries, "PAGE", 3)
    for number in range(8):
        factories.pending(staffed, subject={"kind": "order", "id": f"#{number}"})
    seen: list[int] = []
    url = page("run_list")
    for _page in range(3):
        context = as_adam.get(url).context
        seen += [line.run.pk for line in context["lines"]]
        url = page("run_list") + context["next_url"]
    assert len(seen) == len(set(seen)) == 8


@pytest.mark.parametrize(
    ("query", "hits"),
    [
        ({}, 1),
        ({"queue": "standard"}, 1),
        ({"queue": "senior"}, 0),
        ({"chain": "standard"}, 1),
        ({"chain": "unheard-of"}, 1),
        ({"show": "held"}, 0),
        ({"show": "repeating"}, 0),
        ({"show": "%00"}, 1),
        ({"after": "rubbish"}, 1),
        ({"after": "2026-11-17T10:00:00~" + "9" * 40}, 1),
    ],
)
def test_filters_narrow_and_rubbish_does_not(
    query: dict[str, str], hits: int, run: EscalationRun, as_adam: Client
) -> None:
    response = as_adam.get(page("run_list", **query))
    assert response.status_code == 200
    assert len(response.context["lines"]) == hits


def test_one_escalation_shows_what_was_done_and_what_is_next(run: EscalationRun, as_adam: Client) -> None:
    run_due(now=run.started_at + timedelta(hours=2))
    shown = as_adam.get(page("run_read", run.pk)).content.decode()
    assert "Step 1: tell" in shown
    assert "The next step comes Tue 17 Nov, 14:00." in shown
    assert "its time had come" in shown


def test_an_incident_is_closed_with_a_note_by_an_admin(house: House, as_adam: Client) -> None:
    open_incident(kind=Kind.NO_RECIPIENTS, key="x", text="Nobody leads Senior.", now=house.now)
    (incident,) = Incident.objects.filter(key="x")
    url = page("incident_close", incident.pk)
    assert "Nobody leads Senior." in as_adam.get(page("incident_list")).content.decode()
    assert as_(house.gina).post(url, {"note": "done"}).status_code == 403
    response = as_adam.post(url, {"note": "  "})
    assert response.status_code == 422
    assert "Say what was done" in response.content.decode()
    assert as_adam.post(url, {"note": "Bob leads it now."}).status_code == 302
    shown = as_adam.get(page("incident_list", show="closed")).content.decode()
    assert "Closed by Adam" in shown
    assert "Bob leads it now." in shown
    assert (
        Event.objects.get(verb="incident.closed", subject_id=incident.pk).data["note"] == "Bob leads it now."
    )
    again = as_adam.post(url, {"note": "once more"}, follow=True).content.decode()
    assert "This incident is closed already." in again
    with pytest.raises(NotAllowed, match="Say what was done"):
        close_incident(incident_id=incident.pk, by=house.adam, note="", now=house.now)


def test_empty_lists_say_what_to_do(house: House, as_adam: Client) -> None:
    assert "There is no chain yet" in as_adam.get(page("chain_list")).content.decode()
    assert "No task is open" in as_adam.get(page("run_list")).content.decode()
    assert "Nothing has to be set right" in as_adam.get(page("incident_list")).content.decode()
    assert "manage.py escalation_audit" in as_adam.get(page("audit_list")).content.decode()
    assert "Every look was clean" in as_adam.get(page("audit_list", show="found")).content.decode()


def test_the_auditors_looks_say_when_everything_was_well(
    staffed: House, as_adam: Client, now: datetime
) -> None:
    factories.pending(staffed, now=now - timedelta(hours=9))
    auditing.audit(now=now - timedelta(seconds=20))
    shown = as_adam.get(page("audit_list")).content.decode()
    assert "not clean" in shown
    assert "a step is overdue: 1" in shown
    assert "too old" in shown
    auditing.audit(now=now)
    assert AuditRun.objects.filter(is_clean=True).count() == 1
    shown = as_adam.get(page("audit_list")).content.decode()
    assert "vouched for" in shown
    assert "clean" not in as_adam.get(page("audit_list", show="found")).context["looks"][0].found


def test_only_posting_changes_anything(staffed: House, as_adam: Client) -> None:
    save(staffed, SPARE, slug="spare", name="Spare")
    open_incident(kind=Kind.NO_RECIPIENTS, key="x", text="x", now=staffed.now)
    assert as_adam.get(page("chain_delete", "spare")).status_code == 302
    assert as_adam.get(page("incident_close", Incident.objects.get(key="x").pk)).status_code == 302
    assert Chain.objects.filter(slug="spare").exists()
    assert Incident.objects.filter(closed_at__isnull=True, key="x").exists()


def test_versions_beyond_those_shown_still_have_their_difference(staffed: House) -> None:
    for percent in range(51, 55):
        save(staffed, [{**STEPS[0], "after": f"{percent}%"}, *STEPS[1:]])
    editions, _names = chain_queries.editions("standard")
    assert [edition.version.number for edition in editions] == [5, 4, 3, 2, 1]
    assert [len(edition.changes) for edition in editions] == [1, 1, 1, 1, 0]


def test_staffing_a_queue_closes_a_gap(house: House, as_adam: Client) -> None:
    save(house, allows_gaps=True)
    shown = as_adam.get(page("chain_read", "standard")).content.decode()
    assert "Step 1 would tell nobody in Standard (Orders) now" in shown
    assert "nobody is there now" in shown
    staff(house)
    assert "Proven where it is used" in as_adam.get(page("chain_read", "standard")).content.decode()
