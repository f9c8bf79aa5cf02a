"""The pages of permissions: who reads what of them, who changes and reviews, and what they cost."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.registry.models import AgentGrant, PermissionReview
from apps.registry.scopes import EVERYTHING, AgentScope, digest, stored
from apps.rulebook import permission_queries
from tests import factories
from tests.factories import House, today

pytestmark = pytest.mark.django_db
SMALL = AgentScope.of(["cancel_order"], "impact.amount <= 500")
DELETES = AgentScope.of(["delete_record"])
OLD = timedelta(days=60)


@pytest.fixture
def now() -> Any:
    """Pages look at the clock."""
    return today()


def browser(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def flat(answer: Any) -> str:
    return " ".join(answer.text.split())


def url(house: House, name: str = "agent_permissions", *args: object) -> str:
    if name == "permission_list":
        return reverse("permissions:permission_list")
    inner = [house.workflow.slug, *args] if name != "agent_permissions" else []
    return reverse(f"permissions:{name}", args=[house.agent.slug, *inner])


def limit(house: House, *scopes: AgentScope, ago: timedelta = OLD) -> AgentGrant:
    """The agent's scopes, as if they had been given some time ago."""
    AgentGrant.objects.update(scopes=stored(scopes), scopes_since=house.now - ago)
    return AgentGrant.objects.get()


def scopes_now() -> tuple[AgentScope, ...]:
    return AgentGrant.objects.get().scope_list


def test_use_is_shown_beside_its_limit_and_what_is_unused_is_marked(house: House) -> None:
    limit(house, SMALL, DELETES)
    factories.pending(house, alternatives=[])
    page = flat(browser(house.adam).get(url(house)))
    assert "impact.amount &lt;= 500" in page
    assert "129.90 EUR" in page or "129.9 EUR" in page
    assert page.count("unused for 30 days") == 1
    assert "each in the first scope it fits today" in page
    assert "Nobody has reviewed it yet." in page


def test_whoever_does_not_read_the_workflow_sees_the_scopes_and_not_their_use(house: House) -> None:
    limit(house, SMALL, DELETES)
    factories.pending(house, alternatives=[])
    page = flat(browser(house.charlie).get(url(house)))
    assert "impact.amount &lt;= 500" in page
    assert "Largest seen" not in page
    assert "unused for 30 days" not in page
    rows = browser(house.charlie).get(url(house, "permission_list")).context["rows"]
    assert [row.unused for row in rows] == [None]


@pytest.mark.parametrize("who", ["alice", "olga", "gina", "tina"])
def test_only_admins_are_offered_changes_and_may_make_them(house: House, who: str) -> None:
    client, seen = browser(getattr(house, who)), digest([EVERYTHING])
    assert "Withdraw" not in client.get(url(house)).text
    for name, *args in (
        ("permission_add",),
        ("permission_edit", 0),
        ("permission_withdraw", 0),
        ("permission_cadence",),
    ):
        answer = client.post(url(house, name, *args), {"seen": seen, "review_days": "9", "within": "false"})
        assert answer.status_code == 403, name
    assert scopes_now() == (EVERYTHING,)


def test_what_withdrawing_means_is_said_before_it_is_pressed(house: House) -> None:
    limit(house, SMALL)
    page = browser(house.adam).get(url(house)).text
    asked = page.partition("Withdraw<span")[2].partition("</details>")[0]
    assert "It is the only scope: Order bot may propose nothing" in asked
    assert url(house, "permission_withdraw", 0) in asked
    assert page.count(url(house, "permission_withdraw", 0)) == 1


def test_a_scope_is_withdrawn_and_the_last_takes_the_grant(house: House) -> None:
    limit(house, SMALL, DELETES)
    client = browser(house.adam)
    answer = client.post(
        url(house, "permission_withdraw", 1), {"seen": digest([SMALL, DELETES])}, follow=True
    )
    assert "Taken back" in answer.text
    assert scopes_now() == (SMALL,)
    stale = client.post(url(house, "permission_withdraw", 0), {"seen": digest([SMALL, DELETES])})
    assert stale.status_code == 422
    assert "changed these permissions meanwhile" in stale.text
    client.post(url(house, "permission_withdraw", 0), {"seen": digest([SMALL])})
    assert not AgentGrant.objects.exists()
    assert "It may propose nothing" in client.get(url(house)).text
    assert url(house, "permission_add") in client.get(url(house)).text
    assert client.post(url(house, "permission_withdraw", 0), {"seen": ""}).status_code == 404


def test_narrowing_fills_the_form_with_what_is_used(house: House) -> None:
    limit(house, EVERYTHING)
    factories.pending(house, alternatives=[])
    client = browser(house.adam)
    page = client.get(url(house))
    assert url(house, "permission_edit", 0) + "?narrow" in page.text
    form = client.get(url(house, "permission_edit", 0) + "?narrow").context["form"]
    assert form["actions"].value() == ("cancel_order",)
    assert form["within"].value() == "impact.amount <= 130"
    sent = {"actions": ["cancel_order"], "within": "impact.amount <= 130", "seen": digest([EVERYTHING])}
    assert "Saved." in client.post(url(house, "permission_edit", 0), sent, follow=True).text
    assert scopes_now() == (AgentScope(("cancel_order",), "impact.amount <= 130"),)


def test_a_scope_is_added_where_there_was_no_grant(house: House) -> None:
    AgentGrant.objects.all().delete()
    sent = {"actions": ["cancel_order"], "within": "", "seen": digest(())}
    answer = browser(house.adam).post(url(house, "permission_add"), sent, follow=True)
    assert "Saved." in answer.text
    assert scopes_now() == (AgentScope(("cancel_order",)),)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"within": "impact.amount"}, "not a yes or no"),
        ({"within": "summary == ''"}, "There is no summary"),
        ({"within": "args.colour == 'red'"}, "argument colour"),
        ({"actions": ["nothing"]}, "nothing is not one of the available choices"),
        ({"seen": "f" * 64}, "changed these permissions meanwhile"),
    ],
)
def test_what_cannot_be_is_answered_with_the_reason(house: House, changes: dict[str, Any], told: str) -> None:
    sent = {"actions": [], "within": "impact.amount <= 5", "seen": digest([EVERYTHING])} | changes
    answer = browser(house.adam).post(url(house, "permission_edit", 0), sent)
    assert answer.status_code == 422
    assert told in answer.text
    assert scopes_now() == (EVERYTHING,)


def test_past_cases_are_counted_before_anything_is_saved(house: House) -> None:
    factories.pending(house)
    factories.pending(house, impact=None)
    sent = {
        "actions": ["cancel_order"],
        "within": "impact.amount <= 500",
        "seen": digest([EVERYTHING]),
        "press": "count",
    }
    page = flat(browser(house.adam).post(url(house, "permission_edit", 0), sent))
    assert "It would have let in 1 of the last 2 proposals. Of 1 it could not be said" in page
    assert "a value was asked for that they do not have or that is hidden from you" in page
    assert scopes_now() == (EVERYTHING,)


def test_nothing_is_counted_by_a_limit_that_cannot_be_read(house: House) -> None:
    factories.pending(house)
    client = browser(house.adam)
    sent = {"actions": [], "within": "impact.amount = 5", "seen": digest([EVERYTHING]), "press": "count"}
    page = flat(client.post(url(house, "permission_edit", 0), sent))
    assert "write == where" in page
    assert "It would have let in" not in page
    said = flat(client.post(url(house, "permission_check"), sent))
    assert "write == where" in said
    assert "It would have let in" not in said


def test_a_limit_is_checked_and_counted_as_it_is_written(house: House) -> None:
    factories.pending(house)
    client = browser(house.adam)
    for name in ("permission_add", "permission_edit"):
        places = (0,) if name == "permission_edit" else ()
        assert f'hx-post="{url(house, "permission_check")}"' in client.get(url(house, name, *places)).text
    said = flat(client.post(url(house, "permission_check"), {"within": 'action.name == "cancel"'}))
    assert "action.name is never “cancel”" in said
    assert "It would have let in 0 of the last 1 proposals." in said
    only = {"actions": ["delete_record"], "within": "args.colour == 'x'"}
    said = flat(client.post(url(house, "permission_check"), only))
    assert "No action here has an argument colour" in said
    assert browser(house.alice).post(url(house, "permission_check"), only).status_code == 403


def test_a_scope_that_is_not_there_is_not_found(house: House) -> None:
    client = browser(house.adam)
    assert client.get(url(house, "permission_edit", 1)).status_code == 404
    assert client.get(reverse("permissions:agent_permissions", args=["nobody"])).status_code == 404


def test_a_review_is_kept_with_what_was_looked_at(house: House) -> None:
    limit(house, SMALL)
    AgentGrant.objects.update(review_on=timezone.localdate())
    client = browser(house.gina)
    assert "review due" in client.get(url(house)).text
    sent = {"note": "Nothing to add.", "seen": digest([SMALL])}
    answer = client.post(url(house, "permission_review"), sent, follow=True)
    assert "Nothing to add." in answer.text
    assert "review due" not in answer.text
    assert PermissionReview.objects.get().scope_list == (SMALL,)
    assert (
        client.post(url(house, "permission_review"), {"note": "", "seen": digest([SMALL])}).status_code == 422
    )
    stale = client.post(url(house, "permission_review"), {"note": "x", "seen": digest([EVERYTHING])})
    assert stale.status_code == 422
    assert "changed these permissions meanwhile" in stale.text


def test_the_owner_of_the_agent_is_told_why_not_and_may_not(house: House) -> None:
    client = browser(house.tina)
    assert "You own this agent" in client.get(url(house)).text
    sent = {"note": "Fine.", "seen": digest([EVERYTHING])}
    assert client.post(url(house, "permission_review"), sent).status_code == 403


def test_an_admin_sets_how_often(house: House) -> None:
    client, seen = browser(house.adam), digest([EVERYTHING])
    assert (
        client.post(url(house, "permission_cadence"), {"review_days": "0", "seen": seen}).status_code == 422
    )
    client.post(url(house, "permission_cadence"), {"review_days": "30", "seen": seen})
    assert AgentGrant.objects.get().review_days == 30
    assert "every 30 days" in flat(client.get(url(house)))


def test_the_list_names_reviews_and_what_is_not_used(house: House) -> None:
    limit(house, EVERYTHING)
    factories.pending(house)
    other = factories.AgentFactory(slug="other-bot", name="Other bot")
    AgentGrant.objects.create(agent=other, workflow=house.workflow)
    AgentGrant.objects.filter(agent=other).update(review_on=timezone.localdate())
    answer = browser(house.adam).get(url(house, "permission_list"))
    due, used = answer.context["rows"]
    assert (due.grant.agent, due.is_due, due.unused) == (other, True, [])
    assert (used.grant.agent, used.is_due, used.unused) == (house.agent, False, ["delete_record"])
    assert "never" in answer.text


def test_a_hidden_amount_is_not_told(house: House) -> None:
    schema = dict(house.cancel_order.args_schema)
    schema["properties"] = {
        **schema["properties"],
        "refund": {"type": "number", "x-reviewhub-amount": True, "x-reviewhub-sensitive": True},
    }
    house.cancel_order.args_schema = schema
    house.cancel_order.save()
    limit(house, EVERYTHING)
    args = {"order_id": "#W1", "reason": "no longer needed", "refund": 777}
    factories.pending(house, action={"name": "cancel_order", "args": args}, alternatives=[], impact=None)
    page = browser(house.adam).get(url(house))
    (use,) = page.context["rows"][0]["scopes"]
    assert (use.n, use.largest) == (1, None)
    assert "777" not in page.text


def test_of_very_many_only_the_newest_are_counted_and_that_is_said(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(permission_queries, "NEWEST", 2)
    monkeypatch.setattr(permission_queries, "_LEAST", 1)
    limit(house, EVERYTHING, DELETES)
    for minute in range(4):
        factories.pending(house, house.now + timedelta(minutes=minute))
    page = browser(house.adam).get(url(house))
    first, second = page.context["rows"][0]["scopes"]
    assert (first.n, second.n) == (2, 0)
    assert "This count is whole back to" in page.text
    # Nothing is hidden of deletions: there were none, so that they are unused is known.
    assert (first.is_unused, first.unused_actions, second.is_unused) == (False, ["delete_record"], True)


def test_pages_take_no_more_statements_however_much_there_is(house: House) -> None:
    def statements(path: str) -> int:
        client = browser(house.adam)
        client.get(path)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path).status_code == 200
        return len(captured)

    paths = [url(house), url(house, "permission_list")]
    factories.pending(house)
    before = [statements(path) for path in paths]
    for number in range(3):
        agent = factories.AgentFactory(slug=f"bot-{number}")
        AgentGrant.objects.create(agent=agent, workflow=house.workflow)
        factories.pending(house)
    factories.two_person(house)
    assert [statements(path) for path in paths] == before


def test_without_signing_in_every_page_leads_to_the_door(house: House) -> None:
    for path in (url(house), url(house, "permission_list"), url(house, "permission_add")):
        assert Client().get(path).url.startswith("/accounts/login/")
