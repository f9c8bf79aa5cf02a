"""1,051 real proposals go the whole way: proposed over HTTP, decided by people, carried out, counted."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone

from apps.audit.models import Event
from apps.halts.breaker import Rule
from apps.halts.rules import set_rule
from apps.proposals.digests import action_sha256
from apps.proposals.models import Grant, HumanAction, Proposal, Resolution, Result
from apps.proposals.states import TERMINAL, Status
from apps.registry.states import Stage
from apps.reviews.models import Decision, Task
from apps.reviews.states import TaskStatus
from apps.routing.states import Route, Verb
from apps.trust.models import LedgerEntry, Slice
from apps.trust.states import NotEvidence, Source
from reviewhub.client import Client, Proposed, Refused
from tests.replay.mapping import AGREEMENT, Row, body, intent
from tests.replay.people import decide_all
from tests.replay.serving import serving
from tests.replay.shop import Shop, open_shop, slug_of
from tests.replay.visitor import Visitor

pytestmark = [pytest.mark.real_input, pytest.mark.timeout(600)]

BATCH = 50
ON_PAGES = 40
TRUTH = {
    "ground_truth",
    "correct",
    "override",
    "label_contested",
    "correct_alternative_rank",
    "run_reward_reported",
}


@pytest.fixture
def address(transactional_db: None, tmp_path: Path) -> Iterator[str]:
    """A real web process on the test's database."""
    with serving(tmp_path) as url:
        yield url


def test_hindsight_never_enters_a_request(rows: list[Row]) -> None:
    for row in rows:
        names = set(_names(body(row)))
        assert not names & TRUTH


def test_every_real_proposal_goes_the_whole_way(rows: list[Row], address: str, tmp_path: Path) -> None:
    shop = open_shop(rows, Stage.ASSISTED)
    clock = Stopwatch()
    # One in eight of these fails, which the breaker stops by default: here every one has to come to its end.
    set_rule(workflow=shop.workflow, rule=Rule(is_active=False), by=None, now=timezone.now())
    _send_all(rows, shop, address, tmp_path)
    clock.lap("send")
    assert Proposal.objects.filter(status=Status.PENDING).count() == len(rows)
    assert not Grant.objects.exists()

    intents = {row["external_id"]: intent(row) for row in rows}
    visitors = [Visitor(person) for person in shop.reviewers[:2]]
    verbs = [visitors[turn % 2].decide_next(intents) for turn in range(ON_PAGES)]
    assert len(set(verbs)) > 1
    for visitor in visitors:
        visitor.leave()
    clock.lap("decide on pages")
    decide_all(shop.reviewers, intents)
    clock.lap("decide")
    wrong_attempts = _carry_out(rows, shop, address)
    clock.lap("carry out")

    _check_endings(rows)
    _check_grants(wrong_attempts)
    _check_ledger()
    agreement = _agreement(rows)
    assert agreement == AGREEMENT
    assert tuple(map(sum, zip(*agreement.values(), strict=True))) == (765, 1051)
    clock.lap("check")
    print("agreement", agreement)
    print("without contested labels", _agreement(rows, contested=False))
    print("seconds", clock.laps)


def test_shadow_records_everything_and_grants_nothing(rows: list[Row], address: str) -> None:
    some = [row for row in rows if row["slice"] in ("retail/handoff", "retail/address")]
    shop = open_shop(rows, Stage.SHADOW)
    for row, answer in _in_batches(some, shop, address):
        assert isinstance(answer, Proposed), answer
        assert (answer.resource["status"], answer.resource["stage"]) == ("recorded", "shadow")
        assert answer.resource["grant"] is None
        with Client(address, shop.keys[slug_of(row)]) as client:
            client.human_action(
                answer.resource["id"], action=_what_people_did(row), actor="desk", occurred_at=_now()
            )

    assert Proposal.objects.filter(status=Status.RECORDED, route=Route.RECORD).count() == len(some)
    assert not Grant.objects.exists()
    assert not Task.objects.exists()
    assert set(LedgerEntry.objects.values_list("source_kind", flat=True)) == {Source.HUMAN}
    assert LedgerEntry.objects.count() == len(some)
    digests = dict(Proposal.objects.values_list("external_id", "args_sha256"))
    did = dict(HumanAction.objects.values_list("proposal__external_id", "args_sha256"))
    same = Counter(row["slice"] for row in some if digests[row["external_id"]] == did[row["external_id"]])
    assert same == {name: AGREEMENT[name][0] for name in ("retail/handoff", "retail/address")}


class Stopwatch:
    """Seconds between laps, by name."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.monotonic()

    def lap(self, name: str) -> None:
        """Keep the time since the lap before."""
        now = time.monotonic()
        self.laps[name] = round(now - self._last, 1)
        self._last = now


def _send_all(rows: list[Row], shop: Shop, address: str, folder: Path) -> None:
    """Three quarters in batches, some of them twice, which changes nothing; the rest with the command."""
    batched, single = rows[: len(rows) * 3 // 4], rows[len(rows) * 3 // 4 :]
    first = [answer for _row, answer in _in_batches(batched, shop, address)]
    again = [answer for _row, answer in _in_batches(batched[:200], shop, address)]
    assert all(isinstance(answer, Proposed) and not answer.is_replay for answer in first)
    assert all(isinstance(answer, Proposed) and answer.is_replay for answer in again)
    for slug, key in shop.keys.items():
        file = folder / f"{slug}.jsonl"
        file.write_text("\n".join(json.dumps(body(row)) for row in single if slug_of(row) == slug))
        call_command("replay", str(file), url=address, key=key)


def _in_batches(rows: list[Row], shop: Shop, address: str) -> Iterator[tuple[Row, Proposed | Refused]]:
    for slug, key in shop.keys.items():
        own = [row for row in rows if slug_of(row) == slug]
        with Client(address, key) as client:
            for start in range(0, len(own), BATCH):
                part = own[start : start + BATCH]
                answers = client.propose_batch([(row["external_id"], body(row)) for row in part])
                yield from zip(part, answers, strict=True)


def _carry_out(rows: list[Row], shop: Shop, address: str) -> int:
    """Each agent reads its answers, redeems and reports. How many redemptions were refused on the way."""
    by_id = {row["external_id"]: row for row in rows}

    def act(key: str) -> int:
        with Client(address, key) as client:
            approved = _all_of(client, "approved")
            return sum(_execute(client, resource, by_id[resource["external_id"]]) for resource in approved)

    with ThreadPoolExecutor(len(shop.keys)) as pool:
        return sum(pool.map(act, shop.keys.values()))


def _execute(client: Client, resource: dict, row: Row) -> int:
    """Redeem and report one approved proposal. The action first proposed is not the one that was granted."""
    grant, decision = resource["grant"], resource["decision"]
    if grant is None:
        assert decision["verb"] == "choose_alternative"
        assert decision["action"] is None
        client.result(resource["id"], disposition="not_executed", occurred_at=_now())
        return 0
    refused = 0
    if decision["verb"] != "approve":
        assert decision["args_sha256"] != resource["args_sha256"]
        refused += _refused(client, grant["jti"], resource["args_sha256"])
    action = decision["action"]
    digest = action_sha256(action["name"], action["args"])
    redeemed = client.redeem(grant["jti"], digest)
    assert (redeemed["proposal"], redeemed["args_sha256"]) == (resource["id"], digest)
    refused += _refused(client, grant["jti"], digest)
    failed = decision["verb"] == "approve" and row["ground_truth"]["tool_error"]
    client.result(
        resource["id"],
        disposition="execution_error" if failed else "executed",
        detail=row["ground_truth"]["tool_error"] or "",
        occurred_at=_now(),
    )
    return refused


def _refused(client: Client, jti: str, digest: str) -> int:
    with pytest.raises(Refused) as refusal:
        client.redeem(jti, digest)
    assert (refusal.value.status, refusal.value.kind) == (409, "not-redeemable")
    return 1


def _all_of(client: Client, status: str) -> list[dict]:
    found: list[dict] = []
    page = client.listed(status=status, limit=200)
    while True:
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        page = client.listed(status=status, limit=200, cursor=page["next_cursor"])


def _check_endings(rows: list[Row]) -> None:
    """Every proposal ended in exactly one terminal status, the one its decision calls for."""
    expected = {row["external_id"]: intent(row).verb for row in rows}
    endings = Event.objects.filter(verb__in=["proposal.approved", "proposal.denied", "proposal.expired"])
    times_ended = Counter(endings.values_list("proposal_id", flat=True))
    ended = Proposal.objects.select_related("resolution").all()
    assert {proposal.external_id for proposal in ended} == expected.keys()
    for proposal in ended:
        assert proposal.status in TERMINAL
        assert proposal.resolution.verb == expected[proposal.external_id]
        assert (proposal.status == Status.DENIED) == (proposal.resolution.verb == Verb.REJECT)
        assert times_ended[proposal.pk] == 1
    assert not Task.objects.exclude(status=TaskStatus.DONE).exists()
    failed = set(Result.objects.filter(disposition="execution_error").values_list("proposal_id", flat=True))
    assert {proposal.pk for proposal in ended if proposal.status == Status.FAILED} == failed


def _check_grants(wrong_attempts: int) -> None:
    """Grants exist only for what people chose, digest by digest, and each was redeemed once."""
    grants = Grant.objects.select_related("proposal", "proposal__resolution")
    wanted = Resolution.objects.exclude(verb=Verb.REJECT).exclude(action_name="")
    assert grants.count() == wanted.count() > 0
    for grant in grants:
        answer = grant.proposal.resolution
        assert grant.proposal.status in (Status.APPROVED, Status.FAILED)
        assert grant.proposal.stage != Stage.SHADOW
        assert grant.args_sha256 == answer.args_sha256 == action_sha256(answer.action_name, answer.args)
        assert grant.redeemed_at is not None
    assert Event.objects.filter(verb="proposal.redeem_refused").count() == wrong_attempts
    assert Event.objects.filter(verb="proposal.grant_redeemed").count() == grants.count()


def _check_ledger() -> None:
    """One entry per decision: it counts, or says why not. What needs two people had two different ones."""
    entries = {entry.source_id: entry for entry in LedgerEntry.objects.filter(source_kind=Source.DECISION)}
    decisions = Decision.objects.select_related("task")
    assert entries.keys() == {decision.pk for decision in decisions}
    assert LedgerEntry.objects.count() == len(entries)
    for decision in decisions:
        entry = entries[decision.pk]
        assert entry.is_counted != bool(entry.not_counted_because)
        assert (entry.not_counted_because == NotEvidence.UNDONE) == (decision.undone_at is not None)
        verdict = None if decision.undone_at else decision.verb != Verb.APPROVE
        assert entry.wrong == verdict
    assert any(decision.undone_at for decision in decisions)
    assert Task.objects.filter(quorum=2).count() > 100
    for task in Task.objects.filter(quorum=2).prefetch_related("decisions"):
        standing = [decision for decision in task.decisions.all() if decision.undone_at is None]
        assert len({decision.by_id for decision in standing}) == len(standing)
        assert len(standing) == (1 if standing[0].verb == Verb.REJECT else 2)
    for row in Slice.objects.all():
        own = row.ledger.all()
        counted = [entry for entry in own if entry.is_counted]
        assert (row.counted, row.wrong) == (len(counted), sum(bool(entry.wrong) for entry in counted))
        assert row.not_counted == len(own) - len(counted)


def _agreement(rows: list[Row], *, contested: bool = True) -> dict[str, tuple[int, int]]:
    """{the data's slice: (agreed, all)} by the ledger: one settling decision a proposal, whether or not it proves."""
    by_id = {row["external_id"]: row for row in rows}
    names = dict(Proposal.objects.values_list("pk", "external_id"))
    settling = LedgerEntry.objects.filter(
        source_kind=Source.DECISION,
        not_counted_because__in=[
            "",
            NotEvidence.DUPLICATE_CONTENT,
            NotEvidence.BELOW_FLOOR,
            NotEvidence.SECOND_LOOK,
        ],
    )
    agreed: Counter[str] = Counter()
    of: Counter[str] = Counter()
    for entry in settling:
        row = by_id[names[entry.proposal_id]]
        if contested or row["ground_truth"]["label_contested"] is not True:
            of[row["slice"]] += 1
            agreed[row["slice"]] += not entry.wrong
    return {name: (agreed[name], of[name]) for name in AGREEMENT}


def _what_people_did(row: Row) -> dict | None:
    truth = row["ground_truth"]
    if truth["correct"]:
        return {"name": row["action_type"], "args": row["arguments"]}
    override = truth["override"]
    return (
        {"name": override["action_type"], "args": override["arguments"]} if override["action_type"] else None
    )


def _names(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from _names(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _names(inner)


def _now() -> str:
    return timezone.now().isoformat()
