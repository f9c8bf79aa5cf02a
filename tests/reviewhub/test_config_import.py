"""The configuration file: round trip, dry run, all or nothing, every problem named with its place and line."""

from contextlib import suppress
from io import StringIO

import pgtrigger
import pytest
import yaml
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.accounts import rights
from apps.accounts.models import Team, User
from apps.accounts.roles import Role
from apps.audit.models import Event
from apps.registry.models import ActionType, Agent, AgentGrant, AgentKey, ReasonCode, Workflow
from apps.registry.scopes import AgentScope
from apps.reviews.models import Queue, QueuePersonRight, QueueTeamRight
from apps.routing.models import MatrixCell, PolicyVersion
from apps.sla.models import Calendar
from apps.trust.models import ReadinessItem
from reviewhub.configuration import WrongConfiguration, export_configuration, import_configuration
from reviewhub.management.commands.setup_defaults import DEFAULTS
from tests.together import at_once

SHOP = """
people:
  - {short: ann, name: Ann, email: ann@example.org, roles: [admin]}
  - {short: ben, name: Ben, email: ben@example.org}
teams:
  - {slug: desk, name: The desk, members: [ben]}
calendars:
  - slug: weekdays
    name: Weekdays
    zone: Europe/Stockholm
    weekly: {mon: ["08:00-12:00", "13:00-17:00"], tue: ["08:00-17:00"]}
queues:
  - slug: returns
    name: Returns
    calendar: weekdays
    reviewers: {teams: [desk]}
    leads: {people: [ann]}
workflows:
  - slug: shop
    name: Shop
    starts_in: assisted
    roles: {business_owner: ann, process_owner: ann, technical_owner: ben, governance_lead: ann, reviewers: desk}
    reason_codes:
      - {code: wrong, label: It is wrong}
      - {code: late, label: Too late, agents_fault: false}
    action_types:
      - name: refund
        title: Refund
        consequence: high
        reversibility: compensable
        effects: [moves_money]
        amount_limit: 100.5
        amount_currency: EUR
        args:
          type: object
          properties:
            order: {type: string, title: Order}
            amount: {type: number, x-reviewhub-amount: true}
agents:
  - {slug: bot, name: Bot, owner: ben, may_propose: [{workflow: shop, actions: [refund]}]}
"""


@pytest.fixture
def load(db, now):
    def load(text, **options):
        return import_configuration(text, by=options.pop("by", None), now=now, **options)

    return load


def everything():
    """Every row that configuration can touch, without the audit log."""
    kinds = (User, Team, Calendar, Queue, Workflow, ActionType, ReasonCode, Agent, AgentGrant, PolicyVersion)
    rows = {kind.__name__: list(kind.objects.order_by("pk").values()) for kind in kinds}
    return rows | {"rights": [str(given) for given in rights.everything_given(rights.kinds_with_rights())]}


def problems_of(load, text):
    with pytest.raises(WrongConfiguration) as refusal:
        load(text)
    return [str(problem) for problem in refusal.value.problems]


def test_everything_in_the_file_becomes_so(load):
    load(SHOP)
    workflow = Workflow.objects.get(slug="shop")
    assert (workflow.business_owner.short, workflow.reviewers.slug, workflow.initial_stage) == (
        "ann",
        "desk",
        "assisted",
    )
    action = ActionType.objects.get(name="refund")
    assert (str(action.amount_limit), list(action.args_schema["properties"])) == (
        "100.50",
        ["order", "amount"],
    )
    queue = Queue.objects.get(slug="returns")
    assert rights.holds(User.objects.get(short="ben"), Role.REVIEWER, queue)
    assert rights.holds(User.objects.get(short="ann"), Role.LEAD, queue)
    assert AgentGrant.objects.get().scope_list == (AgentScope(("refund",)),)
    assert not User.objects.get(short="ben").has_usable_password()


def test_who_reads_hidden_values_is_exactly_who_is_listed(load):
    told = SHOP.replace(
        "    reason_codes:", "    privacy_readers: {people: [ben], teams: [desk]}\n    reason_codes:", 1
    )
    load(told)
    shop = Workflow.objects.get(slug="shop")
    ben, ann, desk = (
        User.objects.get(short="ben"),
        User.objects.get(short="ann"),
        Team.objects.get(slug="desk"),
    )
    readers = [holder for role, holder in rights.grants_on(shop) if role == Role.PRIVACY_READER]
    assert readers == [ben, desk]
    exported = yaml.safe_load(export_configuration())["workflows"][0]
    assert exported["privacy_readers"] == {"people": ["ben"], "teams": ["desk"]}
    load(told.replace("{people: [ben], teams: [desk]}", "{people: [ann]}"))
    readers = [holder for role, holder in rights.grants_on(shop) if role == Role.PRIVACY_READER]
    assert readers == [ann]
    assert rights.holds(ann, Role.BENEFIT_OWNER, shop), "the other rights on the workflow stay"


def test_a_second_import_changes_nothing(load):
    assert len(load(SHOP)) == 7
    before, events = everything(), Event.objects.count()
    assert load(SHOP) == []
    assert everything() == before
    assert Event.objects.count() == events


def test_what_is_exported_imports_without_a_change(load):
    load(DEFAULTS.read_bytes())
    load(SHOP)
    before, events = everything(), Event.objects.count()
    assert load(export_configuration()) == []
    assert (everything(), Event.objects.count()) == (before, events)


def test_the_cast_made_by_hand_goes_round_too(house, load):
    before = everything()
    assert load(export_configuration()) == []
    assert everything() == before


def test_an_empty_database_becomes_what_was_exported(house, load):
    exported = export_configuration()
    Agent.objects.all().delete()
    ActionType.objects.all().delete()
    ReasonCode.objects.all().delete()
    # What a workflow has ready is no configuration, and stays as long as the workflow does.
    with pgtrigger.ignore("trust.ReadinessItem:never_removed_rows"):
        ReadinessItem.objects.all().delete()
    Workflow.objects.all().delete()
    # What anything points to is not deleted: first the matrices that name the queues, and the rights on them.
    with pgtrigger.ignore("routing.MatrixCell:append_only_rows", "routing.PolicyVersion:append_only_rows"):
        MatrixCell.objects.all().delete()
        PolicyVersion.objects.all().delete()
    for pointing in (QueuePersonRight, QueueTeamRight):
        pointing.objects.all().delete()
    Queue.objects.all().delete()
    Team.objects.all().delete()
    load(exported)
    assert export_configuration() == exported


def test_a_dry_run_tells_the_same_and_changes_nothing(load):
    before, events = everything(), Event.objects.count()
    told = [change.diff() for change in load(SHOP, dry_run=True)]
    assert (everything(), Event.objects.count()) == (before, events)
    assert told == [change.diff() for change in load(SHOP)]


def test_a_dry_run_finds_what_only_the_verbs_refuse(load):
    load(SHOP)
    before = everything()
    with pytest.raises(WrongConfiguration, match="last admin"):
        load("people: [{short: ann, name: Ann, email: ann@example.org}]", dry_run=True)
    assert everything() == before


def test_the_diff_shows_what_changes(load):
    load(SHOP)
    (change,) = load(SHOP.replace("consequence: high", "consequence: critical"))
    lines = change.diff().splitlines()
    assert lines[:2] == ["--- workflows: shop (now)", "+++ workflows: shop (file)"]
    assert "-    consequence: high" in lines
    assert "+    consequence: critical" in lines


def test_entries_not_named_stay(load):
    load(SHOP)
    before = everything()
    assert load("people: []\nqueues:\n") == []
    assert everything() == before


def test_an_entry_is_complete(load):
    load(SHOP)
    load(
        SHOP.replace("members: [ben]", "members: []").replace(
            "      - {code: late, label: Too late, agents_fault: false}\n", ""
        )
    )
    assert not User.objects.filter(groups__team__slug="desk").exists()
    assert list(ReasonCode.objects.values_list("code", flat=True)) == ["wrong"]
    without = SHOP[: SHOP.index("    action_types:")] + SHOP[SHOP.index("agents:") :]
    load(without)
    assert not ActionType.objects.get(name="refund").is_active


def test_a_changed_matrix_is_a_new_version_and_the_same_one_is_not(load):
    defaults = DEFAULTS.read_text()
    load(defaults)
    load(defaults)
    assert PolicyVersion.objects.count() == 1
    load(defaults.replace("reason: The defaults of a fresh installation", "reason: Other words"))
    assert PolicyVersion.objects.count() == 1
    load(
        defaults.replace("sla: critical", "sla: urgent").replace(
            "The defaults of a fresh installation", "Slower"
        )
    )
    newest = PolicyVersion.objects.latest("number")
    assert (newest.number, newest.reason) == (2, "Slower")
    assert newest.cells.get(consequence="critical", reversibility="reversible").sla == "urgent"


def test_a_matrix_that_raises_a_ceiling_says_why(load):
    defaults = DEFAULTS.read_text()
    load(defaults)
    raising = defaults.replace("sla: same-day, ceiling: assisted", "sla: same-day, ceiling: supervised")
    reason = "    reason: The defaults of a fresh installation\n"
    (problem,) = problems_of(load, raising.replace(reason, ""))
    assert problem.startswith(
        "policies[0]: default: Say in `reason` why a ceiling rises: moderate, irreversible."
    )
    load(raising)
    load(defaults.replace(reason, ""))
    assert list(PolicyVersion.objects.order_by("number").values_list("reason", flat=True))[1:] == [
        "The defaults of a fresh installation",
        "",
    ]


def test_every_problem_is_named_with_place_and_line(load):
    text = SHOP.replace("consequence: high", "consequence: huge").replace("name: Ben,", "nmae: Ben,")
    text = text.replace("calendar: weekdays", "calendar: weekday").replace(
        "owner: ben, may", "owner: bob, may"
    )
    assert problems_of(load, text) == [
        "people[1].name: This is required. (line 4)",
        "people[1].nmae: There is no field of this name. (line 4)",
        "queues[0].calendar: There is no 'weekday' in calendars; did you mean 'weekdays'? (line 15)",
        "workflows[0].action_types[0].consequence: Input should be 'low', 'moderate', 'high' or 'critical' (line 29)",
        "agents[0].owner: There is no 'bob' in people. (line 40)",
    ]
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("peple: []", "peple: There is no such section; did you mean 'people'? (line 1)"),
        ("people: {}", "people: A section is a list of entries"),
        ("people: [1]", "people[0]: Input should be"),
        ("people: [null]", "people[0]: Input should be"),
        ("- people", "The file is a map of sections"),
        ("text", "The file is a map of sections"),
        ("people: [{short: a b, name: A, email: a@example.org}]", "people[0].short: String should match"),
        ("people: [{short: a, name: A, email: nonsense}]", "people[0].email: This is not an e-mail address."),
        (
            "people: [{short: a, name: A, email: a@example.org, password: x}]",
            "people[0].password: There is no field",
        ),
        (
            "people: [{short: a, name: A, email: a@example.org, roles: [king]}]",
            "people[0].roles[0]: Input should be",
        ),
        (
            "people: [{short: a, name: A, email: a@x.org}, {short: a, name: B, email: b@x.org}]",
            "people[1]: 'a' is in this section twice.",
        ),
        (
            "people: [{short: a, name: A, email: a@x.org}, {short: b, name: B, email: A@x.org}]",
            "people[1]: b: ",
        ),
    ],
)
def test_bad_files_are_refused(load, text, says):
    assert any(problem.startswith(says) for problem in problems_of(load, text)), problems_of(load, text)
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            "type: object\n          properties",
            "type: array\n          properties",
            "action_types[0].args: type: ",
        ),
        ("amount_currency: EUR", 'amount_currency: ""', "amount_limit needs amount_currency"),
        ("amount_limit: 100.5", "amount_limit: -1", "amount_limit: Input should be greater"),
        ("code: late", "code: wrong", "reason code given twice: wrong"),
        ("starts_in: assisted", "starts_in: supervised", "starts_in: Input should be 'shadow' or 'assisted'"),
        ('tue: ["08:00-17:00"]', 'tue: ["17:00-08:00"]', "calendars[0]"),
        ("reviewers: desk", "reviewers: nobody", "There is no 'nobody' in teams"),
        ("workflow: shop", "workflow: shopp", "There is no 'shopp' in workflows; did you mean 'shop'?"),
    ],
)
def test_one_wrong_entry_stops_the_whole_file(load, old, new, says):
    assert old in SHOP
    assert any(says in problem for problem in problems_of(load, SHOP.replace(old, new)))
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            "claim: 15m",
            "claim: soon",
            "sla_policies[5].claim: 'soon' is not a duration",
        ),
        ("stale_after: 2h", "stale_after: 2wh", "stale_after: This counts wall time"),
        ("queue: senior", "queue: seniors", "There is no 'seniors' in queues; did you mean 'senior'?"),
        (
            "chain: critical, ceiling: assisted",
            "chain: critical, ceiling: supervised",
            "always needs a person",
        ),
        ("sla: urgent", "sla: urgend", "There is no 'urgend' in sla_policies; did you mean 'urgent'?"),
        ("claim: 15m", "claim: 0m", "A duration of zero leaves no time"),
        ("result: 1h", "result: 100d100", "is not a duration"),
        ("result: 1h", "result: 9999d", "is longer than a year"),
        ("longest_pause: 1h", "longest_pause: 2bd", "A pause is counted in hours"),
        ("people: 2", "people: 4", "people: Input should be less than or equal to 2"),
    ],
)
def test_an_impossible_matrix_is_refused(load, old, new, says):
    assert any(says in problem for problem in problems_of(load, DEFAULTS.read_text().replace(old, new, 1)))
    assert not PolicyVersion.objects.exists()


ALONE = """
chains:
  - {slug: alone, name: Alone, steps: [{after: 100%, do: notify, to: ["role:business_owner"]}]}
"""


def test_a_matrix_does_not_put_an_unproven_chain_into_force(house, load):
    text = export_configuration()
    load(ALONE)
    matrix = yaml.safe_load(text)["policies"]
    matrix[0]["matrix"]["low"]["reversible"]["chain"] = "alone"
    (problem,) = problems_of(load, yaml.dump({"policies": matrix}))
    assert problem.startswith("policies[0]: default: The chain alone cannot be put into force here:")
    assert "it needs at least 2" in problem
    assert PolicyVersion.objects.count() == 1
    both = ALONE.replace("Alone,", "Alone, allow_gaps: true,") + yaml.dump({"policies": matrix})
    assert [change.section for change in load(both)] == ["policies", "chains"]


def test_a_matrix_of_one_workflow_answers_for_its_own_places_alone(house, load, now):
    """The chain proves nowhere; only where the new matrix sends work is it asked about."""
    text = export_configuration()
    load(ALONE)
    own = yaml.safe_load(text)["policies"][0] | {"workflow": "orders"}
    own["matrix"]["critical"]["irreversible"]["chain"] = "alone"
    (problem,) = problems_of(load, yaml.dump({"policies": [own]}))
    assert "Critical (Orders)" in problem


def test_a_rule_may_ask_for_and_hide_only_arguments_there_are(house, load):
    own = yaml.safe_load(export_configuration())["policies"][0] | {"workflow": "orders"}
    rule = {"name": "abroad", "title": "Abroad", "when": "args.iban == 'x'", "then": {"mask": ["owner"]}}
    problems = problems_of(load, yaml.dump({"policies": [own | {"rules": [rule]}]}))
    assert [one.partition(": ")[2] for one in problems] == [
        "orders: No action here has an argument iban. (line 2)",
        "orders: No action here has an argument owner. (line 2)",
    ]
    fitting = rule | {"when": "has(args.order_id)", "then": {"mask": ["order_id"]}}
    assert load(yaml.dump({"policies": [own | {"rules": [fitting]}]}))


def test_a_failure_in_the_last_entry_takes_the_first_back(load):
    text = SHOP + "  - {slug: bot2, name: Bot, owner: ben}\n"
    load(SHOP)
    before = everything()
    wrong = text.replace("name: Shop", "name: Shop2").replace("roles: [admin]", "roles: []")
    with pytest.raises(WrongConfiguration, match="people\\[0\\]: ann: This is the last admin"):
        load(wrong)
    assert everything() == before


def test_importing_in_somebodys_name_asks_the_policies(house, load):
    with pytest.raises(WrongConfiguration, match="Only an admin"):
        load("teams: [{slug: x, name: X}]", by=house.alice)
    load("teams: [{slug: x, name: X}]", by=house.adam)
    assert Event.objects.order_by("-id").first().actor_name == "Adam"


def test_no_secret_is_exported(house, now):
    AgentKey.objects.create(
        agent=house.agent,
        prefix="p" * 12,
        secret_sha256="5" * 64,
        scopes=["read"],
        created_at=now,
        created_by="x",
        expires_at=now.replace(year=2027),
    )
    text = export_configuration()
    assert "5" * 64 not in text
    assert house.adam.password not in text


def test_defaults_are_created_once_and_never_changed_back(db):
    call_command("setup_defaults", stdout=StringIO())
    assert PolicyVersion.objects.count() == 1
    Queue.objects.filter(slug="senior").update(name="Our seniors")
    out = StringIO()
    call_command("setup_defaults", stdout=out)
    assert out.getvalue() == "Everything is there already.\n"
    assert Queue.objects.get(slug="senior").name == "Our seniors"


@pytest.mark.django_db(transaction=True)
def test_four_processes_starting_together_set_up_once():
    results = at_once([lambda: call_command("setup_defaults", stdout=StringIO()) for _process in range(4)])
    assert results == [None] * 4
    assert PolicyVersion.objects.count() == 1


def run(*words):
    out = StringIO()
    call_command(*words, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_the_commands_go_round_through_files(db, tmp_path):
    shop, out = tmp_path / "shop.yaml", tmp_path / "out.yaml"
    shop.write_text(SHOP)
    assert "Would change 7 entries. This was a dry run." in run("config_import", str(shop), "--dry-run")
    assert not Workflow.objects.exists()
    assert "Changed 7 entries." in run("config_import", str(shop))
    run("config_export", str(out))
    assert run("config_import", str(out)) == "Nothing to change.\n"
    assert run("config_export") == out.read_text()


def test_a_wrong_file_ends_with_an_error(db, tmp_path):
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("people: [{short: a}]")
    with pytest.raises(
        CommandError, match=r"people\[0\]\.name: This is required\. \(line 1\)[\s\S]*2 problems"
    ):
        run("config_import", str(wrong))
    with pytest.raises(CommandError, match="No such file"):
        run("config_import", str(tmp_path / "none.yaml"))
    with pytest.raises(CommandError, match="Nobody signs in"):
        run("config_import", str(wrong), "--by", "x@example.org")


garbage = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=10)
    | st.sampled_from(["ann", "desk", "shop", "high"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "short",
                    "slug",
                    "name",
                    "email",
                    "roles",
                    "members",
                    "workflow",
                    "matrix",
                    "args",
                    "calendar",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)
sections = st.sampled_from(
    ["people", "teams", "calendars", "sla_policies", "queues", "workflows", "agents", "policies", "x"]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(st.dictionaries(sections, garbage, max_size=4))
def test_garbage_is_refused_or_harmless(load, content):
    text = yaml.safe_dump(content, allow_unicode=True)
    with suppress(WrongConfiguration):
        load(text, dry_run=True)
