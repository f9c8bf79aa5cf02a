"""The pages of policies: who reads, who writes, and that every error stands where it belongs."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts import rights
from apps.accounts.roles import Role
from apps.registry.marks import with_sensitive
from apps.registry.models import ActionType
from apps.reviews import settling
from apps.routing.models import PolicyVersion
from apps.routing.references import arguments_of
from apps.routing.rules.expressions import RULES
from apps.routing.states import BlindFirst
from apps.rulebook.checking import checked
from apps.rulebook.models import PolicyDraft
from apps.rulebook.references import actions_of, known_values
from apps.rulebook.states import DraftStatus
from tests import factories
from tests.factories import House
from tests.rulebook.trials import begun, tried, with_cell, with_rule

pytestmark = pytest.mark.django_db

RULE = {
    "title": "Large",
    "name": "large",
    "when": "impact.amount > 100",
    "second_approver": "on",
    "revision": "1",
}


def browser(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def flat(answer: Any) -> str:
    return " ".join(answer.text.split())


@pytest.fixture
def adams(house: House) -> Client:
    return browser(house.adam)


@pytest.mark.parametrize("short", ["alice", "olga", "charlie", "tina"])
def test_who_holds_no_office_reads_no_policies(house: House, short: str) -> None:
    draft = begun(house)
    client = browser(getattr(house, short))
    for address in (
        reverse("rulebook:policy_list"),
        reverse("rulebook:policy_read", args=["orders"]),
        reverse("rulebook:draft_read", args=[draft.pk]),
        reverse("rulebook:rule_add", args=[draft.pk]),
    ):
        assert client.get(address).status_code == 403
    for name in ("draft_drop", "draft_publish", "condition_check"):
        assert client.post(reverse(f"rulebook:{name}", args=[draft.pk])).status_code == 403
    assert client.post(reverse("rulebook:policy_begin", args=["orders"])).status_code == 403


def test_governance_reads_a_draft_and_changes_nothing(house: House) -> None:
    draft = with_rule(house, begun(house))
    client = browser(house.gina)
    page = flat(client.get(reverse("rulebook:draft_read", args=[draft.pk])))
    assert "Large amounts" in page
    assert "Add a rule" not in page
    assert client.get(reverse("rulebook:rule_edit", args=[draft.pk, 1])).status_code == 403
    assert client.post(reverse("rulebook:draft_drop", args=[draft.pk])).status_code == 403
    assert client.post(reverse("rulebook:rule_move", args=[draft.pk, 1])).status_code == 403


def test_the_list_tells_which_policy_holds_where(house: House, adams: Client) -> None:
    begun(house)
    page = flat(adams.get(reverse("rulebook:policy_list")))
    assert "Default, for all others" in page
    assert "the default" in page
    assert "by Adam" in page


def test_from_what_holds_to_a_draft(house: House, adams: Client) -> None:
    page = flat(adams.get(reverse("rulebook:policy_read", args=["orders"])))
    assert "no policy of its own: version 1 of the default one holds" in page
    answer = adams.post(reverse("rulebook:policy_begin", args=["orders"]))
    draft = PolicyDraft.objects.get()
    assert answer["Location"] == reverse("rulebook:draft_read", args=[draft.pk])
    assert "Nothing yet" in flat(adams.get(answer["Location"]))
    assert adams.get(reverse("rulebook:policy_read", args=["nothing"])).status_code == 404


def test_a_cell_is_changed_on_its_page(house: House, adams: Client) -> None:
    draft = begun(house)
    address = reverse("rulebook:cell_edit", args=[draft.pk, "low", "reversible"])
    form = adams.get(address).context["form"]
    values = {name: form[name].value() for name in form.fields} | {"revision": "1"}
    wrong = adams.post(address, values | {"verbs": ["approve"]})
    assert wrong.status_code == 422
    errors = wrong.context["form"].errors
    assert "A reviewer must be able to reject" in str(errors["verbs"])
    wrong = adams.post(address, values | {"stale_after": "2bd", "verbs": ["approve"], "people": "7"})
    errors = wrong.context["form"].errors
    assert "This counts wall time" in str(errors["stale_after"])
    assert errors.keys() == {"stale_after", "verbs", "people"}
    assert adams.post(address, values | {"people": "2", "audit_floor": "30"}).status_code == 302
    page = flat(adams.get(reverse("rulebook:draft_read", args=[draft.pk])))
    assert "changed" in page
    assert "at least 30 % audited" in page
    assert "People who must agree" in page
    assert "Change low, reversible" in page
    late = adams.post(address, values | {"people": "2", "queue": "senior"})
    assert "changed meanwhile" in flat(late)
    assert adams.get(reverse("rulebook:cell_edit", args=[draft.pk, "tiny", "reversible"])).status_code == 404


def test_an_impossible_ceiling_is_refused_on_its_page(house: House, adams: Client) -> None:
    draft = begun(house)
    address = reverse("rulebook:cell_edit", args=[draft.pk, "critical", "irreversible"])
    form = adams.get(address).context["form"]
    values = {name: form[name].value() for name in form.fields} | {"revision": "1"}
    wrong = adams.post(address, values | {"ceiling": "supervised"})
    assert wrong.status_code == 422
    assert "always needs a person" in str(wrong.context["form"].errors["ceiling"])
    assert "critical.irreversible" not in flat(wrong)


def test_what_is_hardly_meant_is_pointed_out_at_its_field_once(house: House, adams: Client) -> None:
    draft = begun(house)
    address = reverse("rulebook:cell_edit", args=[draft.pk, "critical", "irreversible"])
    form = adams.get(address).context["form"]
    values = {name: form[name].value() for name in form.fields} | {"revision": "1"}
    meant = values | {"people": "1", "verbs": ["reject"], "veto_minutes": "30"}
    asked = adams.post(address, meant)
    assert asked.status_code == 200
    found = {field.name for field, caution in asked.context["fields"] if caution}
    assert found == {"people", "verbs", "veto_minutes"}
    assert "Keep it all the same" in flat(asked)
    draft.refresh_from_db()
    assert draft.revision == 1
    assert adams.post(address, meant | {"accepted": "1"}).status_code == 302
    again = adams.get(address)
    assert "One person alone would let this happen" in flat(again)
    assert adams.post(address, meant | {"stale_after": "2h", "revision": "2"}).status_code == 302


def test_a_rule_is_written_moved_and_removed(house: House, adams: Client) -> None:
    draft = begun(house)
    add = reverse("rulebook:rule_add", args=[draft.pk])
    assert adams.post(add, RULE).status_code == 302
    assert adams.post(add, RULE | {"name": "other", "title": "Other", "revision": "2"}).status_code == 302
    edit = reverse("rulebook:rule_edit", args=[draft.pk, 2])
    assert 'value="Other"' in adams.get(edit).text
    changed = RULE | {"name": "other", "title": "Other", "mask": "order_id, reason", "revision": "3"}
    assert adams.post(edit, changed).status_code == 302
    move = reverse("rulebook:rule_move", args=[draft.pk, 2])
    adams.post(move, {"press": "up", "revision": "4"})
    draft.refresh_from_db()
    first, second = draft.content["rules"]
    assert (first["name"], first["then"]["mask"]) == ("other", ["order_id", "reason"])
    assert second["then"] == {"second_approver": True}
    adams.post(move, {"press": "remove", "revision": "1"})
    draft.refresh_from_db()
    assert len(draft.content["rules"]) == 2
    adams.post(move, {"press": "remove", "revision": str(draft.revision)})
    draft.refresh_from_db()
    assert [rule["name"] for rule in draft.content["rules"]] == ["other"]
    assert adams.get(reverse("rulebook:rule_edit", args=[draft.pk, 9])).status_code == 404


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"when": "impact.amont > 1"}, "There is no impact.amont"),
        ({"when": "args.nothing == 1"}, "No action here has an argument nothing"),
        ({"second_approver": ""}, "changes nothing"),
        ({"mask": "order_id, iban"}, "No action here has an argument iban"),
        ({"name": "not so"}, "Letters without accents, digits"),
        ({"revision": "x"}, "changed meanwhile"),
        ({"revision": "9" * 40}, "changed meanwhile"),
        ({"queue": "nowhere"}, "Select a valid choice"),
    ],
)
def test_what_is_wrong_with_a_rule_is_said_and_what_was_written_stays(
    house: House, adams: Client, changes: dict[str, str], said: str
) -> None:
    draft = begun(house)
    answer = adams.post(reverse("rulebook:rule_add", args=[draft.pk]), RULE | changes)
    assert answer.status_code == 422
    assert said in flat(answer)
    assert 'value="Large"' in answer.text
    draft.refresh_from_db()
    assert draft.content["rules"] == []


def test_a_condition_is_checked_as_it_is_written_and_tried_on_a_proposal(house: House, adams: Client) -> None:
    proposal = factories.pending(house)
    draft = begun(house)
    address = reverse("rulebook:condition_check", args=[draft.pk])
    assert "Line 1, column 1" in flat(adams.post(address, {"when": "impact.amont > 1"}))
    assert "This can be read" in flat(adams.post(address, {"when": "impact.amount > 1"}))
    assert "No action here has an argument nothing" in flat(
        adams.post(address, {"when": "has(args.nothing)"})
    )
    written = {"when": "impact.amount > 100 && args.order_id == '#W2'", "proposal": str(proposal.pk)}
    looked = adams.post(address, written).context["trial"].looked
    found = [(one.clause.depth, one.clause.answer.holds, one.values) for one in looked]
    assert found == [
        (0, False, []),
        (1, True, [("impact.amount", "129.9")]),
        (1, False, [("args.order_id", '"#W1"')]),
    ]
    for unknown in (str(uuid4()), "nonsense", "\x00"):
        assert "There is no such proposal" in flat(adams.post(address, written | {"proposal": unknown}))
    page = adams.post(reverse("rulebook:rule_add", args=[draft.pk]), RULE | written | {"press": "try"})
    assert page.status_code == 200
    assert 'value="Large"' in page.text
    assert len(page.context["trial"].looked) == 3


def test_a_condition_is_tried_on_any_past_proposal_and_that_one_keeps_its_name(
    house: House, adams: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = factories.pending(house)
    factories.pending(house)
    monkeypatch.setattr("apps.rulebook.trying.RECENT", 1)
    add = reverse("rulebook:rule_add", args=[begun(house).pk])
    address = f"https://hub.example{reverse('desk:proposal_detail', args=[old.pk])}"
    for named in ({"proposal": str(old.pk)}, {"other": str(old.pk)}, {"other": address}):
        page = adams.post(add, RULE | named | {"press": "try"})
        assert page.context["trial"].proposal == old
        chosen = re.search(rf'<option value="{old.pk}" selected>(.*?)</option>', page.text)
        assert chosen is not None
        assert old.summary[:40] in chosen[1]


def test_a_text_a_name_can_never_be_is_pointed_out_and_kept(house: House, adams: Client) -> None:
    draft = begun(house)
    when = 'action.name == "cancel_ordr" || calendar.weekday in ["Sunday"] || agent.slug != "nobody"'
    page = flat(adams.post(reverse("rulebook:condition_check", args=[draft.pk]), {"when": when}))
    assert "action.name is never “cancel_ordr”. It is one of: cancel_order" in page
    assert "calendar.weekday is never “Sunday”. It is one of: sunday," in page
    assert "agent.slug is never “nobody”" in page
    kept = adams.post(reverse("rulebook:rule_add", args=[draft.pk]), RULE | {"when": when}, follow=True)
    assert "calendar.weekday is never “Sunday”" in flat(kept)
    draft.refresh_from_db()
    assert draft.content["rules"][0]["when"] == when


def test_all_that_is_wrong_with_a_rule_is_said_at_once(house: House, adams: Client) -> None:
    draft = with_rule(house, begun(house))
    wrong = RULE | {"when": "impact.amount = 1", "mask": "iban", "title": "", "revision": "2"}
    answer = adams.post(reverse("rulebook:rule_add", args=[draft.pk]), wrong)
    assert answer.context["form"].errors.keys() == {"title", "name", "when", "mask"}


def test_the_examples_are_about_actions_and_arguments_there_are(house: House, adams: Client) -> None:
    page = adams.get(reverse("rulebook:rule_add", args=[begun(house).pk]))
    kinds = actions_of(house.workflow)
    known = known_values(kinds)
    for one in page.context["examples"]:
        said = checked(one, RULES, arguments=arguments_of(house.workflow), known=known)
        assert said.is_usable
        assert (said.unknown, said.unmatched) == ([], [])
    (order_id,) = [one for one in page.context["arguments"] if one.name == "order_id"]
    assert order_id.kinds == ("text",)
    assert house.cancel_order.title in order_id.actions


def test_what_is_hidden_from_who_tries_counts_as_not_stated(house: House, adams: Client) -> None:
    schema = with_sensitive(house.cancel_order.args_schema, ["order_id"])
    ActionType.objects.filter(pk=house.cancel_order.pk).update(args_schema=schema)
    proposal = factories.pending(house)
    draft = begun(house)
    address = reverse("rulebook:condition_check", args=[draft.pk])
    for when in ("args.order_id == '#W1'", "subject.id == '#W1'", "impact.amount > 100"):
        page = adams.post(address, {"when": when, "proposal": str(proposal.pk)})
        assert not page.context["trial"].looked[0].clause.answer.holds
        assert "129.9" not in flat(page)
        ((_name, shown),) = page.context["trial"].looked[0].values
        assert shown == "hidden from you" or shown.startswith('"hidden-')
        assert "Hidden from you, so they count as not stated here: order_id" in flat(page)
    rights.give(role=Role.PRIVACY_READER, to=house.adam, on=house.workflow, by=None, now=house.now)
    page = adams.post(address, {"when": "args.order_id == '#W1'", "proposal": str(proposal.pk)})
    assert page.context["trial"].looked[0].clause.answer.holds


def test_who_decides_blind_does_not_learn_the_agents_choice_by_trying(house: House) -> None:
    """Adam writes rules and is a reviewer as well."""
    house.adam.groups.add(house.team)
    factories.publish_matrix(house.now, house.workflow, blind_first=[BlindFirst.REVIEWS.value])
    covered = factories.pending(house)
    adams, draft = browser(house.adam), begun(house)
    page = adams.get(reverse("rulebook:rule_add", args=[draft.pk]))
    assert str(covered.pk) not in page.text
    address = reverse("rulebook:condition_check", args=[draft.pk])
    tried_on = {"when": "args.order_id == '#W1'", "proposal": str(covered.pk)}
    assert adams.post(address, tried_on).context["trial"] is None
    factories.decided(factories.claimed(covered, house.alice, house.now), house.alice, house.now)
    settling.settle_due(now=house.now + timedelta(minutes=10))
    assert str(covered.pk) in adams.get(reverse("rulebook:rule_add", args=[draft.pk])).text
    assert adams.post(address, tried_on).context["trial"] is not None


def test_a_second_person_publishes_on_the_page(house: House, adams: Client) -> None:
    draft = tried(house, with_rule(house, begun(house)))
    address = reverse("rulebook:draft_read", args=[draft.pk])
    assert "You wrote part of this draft" in flat(adams.get(address))
    gina = browser(house.gina)
    publish = reverse("rulebook:draft_publish", args=[draft.pk])
    assert adams.post(publish, {"reason": "so", "digest": draft.digest}).status_code == 403
    without = gina.post(publish, {"reason": "", "digest": draft.digest})
    assert without.status_code == 422
    assert "This field is required" in flat(without)
    stale = gina.post(publish, {"reason": "so", "digest": "0" * 64})
    assert "changed since you read it" in flat(stale)
    assert gina.post(publish, {"reason": "Large ones", "digest": draft.digest}).status_code == 302
    page = flat(gina.get(reverse("rulebook:policy_read", args=["orders"])))
    assert "Version 1 holds" in page
    assert "Large ones" in page
    assert "published" in flat(adams.get(address))
    version = flat(adams.get(reverse("rulebook:version_read", args=["orders", 1])))
    assert "Written by Adam." in version
    assert "past proposals" in version
    assert adams.get(reverse("rulebook:rule_add", args=[draft.pk])).status_code == 403


def test_a_version_is_read_and_gone_back_to(house: House, adams: Client) -> None:
    factories.publish_matrix(house.now, house.workflow)
    factories.publish_matrix(house.now, house.workflow, quorum=2)
    second = flat(adams.get(reverse("rulebook:version_read", args=["orders", 2])))
    assert "What it changed" in second
    assert "Go back to this version" not in second
    first = flat(adams.get(reverse("rulebook:version_read", args=["orders", 1])))
    assert "Go back to this version" in first
    factories.publish_matrix(house.now, house.workflow)
    third = reverse("rulebook:version_read", args=["orders", 3])
    assert "Beside version 1" in flat(adams.get(third, {"beside": "1"}))
    assert "Both say the same." in flat(adams.get(third, {"beside": "1"}))
    assert adams.get(third, {"beside": "9"}).status_code == 404
    answer = adams.post(reverse("rulebook:policy_begin", args=["orders"]), {"back_to": "1"})
    assert "It goes back to orders v1" in flat(adams.get(answer["Location"]))
    refused = adams.post(reverse("rulebook:policy_begin", args=["orders"]), {"back_to": "1"}, follow=True)
    assert "publish or drop it" in flat(refused)
    for unknown in ("7", "x", "-1"):
        assert (
            adams.post(reverse("rulebook:policy_begin", args=["orders"]), {"back_to": unknown}).status_code
            == 404
        )
    assert adams.get(reverse("rulebook:version_read", args=["orders", 7])).status_code == 404


def test_a_draft_is_dropped_on_its_page(house: House, adams: Client) -> None:
    draft = with_cell(house, begun(house), people=2)
    assert adams.post(reverse("rulebook:draft_drop", args=[draft.pk])).status_code == 302
    draft.refresh_from_db()
    assert draft.status == DraftStatus.DROPPED
    assert "dropped" in flat(adams.get(reverse("rulebook:draft_read", args=[draft.pk])))
    assert PolicyVersion.objects.filter(workflow=house.workflow).count() == 0


def test_the_pages_ask_a_bounded_number_of_questions(
    house: House, adams: Client, django_assert_max_num_queries: Any
) -> None:
    eve = factories.UserFactory(short="eve")
    rights.appoint(role=Role.ADMIN, to=eve, by=None, now=house.now)
    for number in range(4):
        factories.publish_matrix(house.now, house.workflow, quorum=1 + number % 2)
    draft = with_rule(house, begun(house))
    for address in (
        reverse("rulebook:policy_list"),
        reverse("rulebook:policy_read", args=["orders"]),
        reverse("rulebook:draft_read", args=[draft.pk]),
        reverse("rulebook:rule_edit", args=[draft.pk, 1]),
    ):
        with django_assert_max_num_queries(32):
            assert adams.get(address).status_code == 200
