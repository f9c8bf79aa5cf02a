"""Real returns and handoffs, proposed over HTTP by one agent and decided by people: which of them earns autonomy?"""

from pathlib import Path

import pytest
from django.utils import timezone

from apps.accounts import rights
from apps.accounts.models import User
from apps.accounts.roles import Role
from apps.registry.models import ActionType, Agent
from apps.registry.states import Stage
from apps.trust import recommending
from apps.trust.actions import open_slice
from apps.trust.models import Recommendation, Slice, Standing
from apps.trust.pending import pending_in_bands
from apps.trust.recomputing import differences
from apps.trust.retermining import set_criteria
from apps.trust.rules import Rules
from apps.trust.states import RecommendationKind
from reviewhub.client import Client, Proposed
from tests.factories import UserFactory
from tests.replay.mapping import Row, body, intent
from tests.replay.people import decide_all
from tests.replay.serving import serving
from tests.replay.shop import Shop, open_shop, slug_of

pytestmark = [pytest.mark.real_input, pytest.mark.timeout(600)]

KINDS = {"return_delivered_order_items": "retail/return", "transfer_to_human_agents": "retail/handoff"}
RULES = Rules(alpha=0.10)
BATCH = 50


def test_returns_are_recommended_for_autonomy_and_handoffs_are_not(
    rows: list[Row], transactional_db: None, tmp_path: Path
) -> None:
    # All agents pooled: one agent, one version.
    pooled = [row | {"agent_id": "pooled", "model": "any"} for row in rows]
    some = [row for row in pooled if row["slice"] in KINDS.values()]
    shop = open_shop(pooled, Stage.ASSISTED)
    slices = _judged_at_ten_percent(shop)
    with serving(tmp_path) as address, Client(address, shop.keys[slug_of(some[0])]) as client:
        for start in range(0, len(some), BATCH):
            part = some[start : start + BATCH]
            answers = client.propose_batch([(row["external_id"], body(row)) for row in part])
            assert all(isinstance(answer, Proposed) for answer in answers)
    decide_all(shop.reviewers, {row["external_id"]: intent(row) for row in some})
    recommending.reconsider_ripe(now=timezone.now())

    found = Recommendation.objects.get()
    assert found.kind == RecommendationKind.SUPERVISED
    assert found.standing.slice_id == slices["retail/return"].pk
    assert found.log_evidence >= found.log_need
    for name, row in slices.items():
        standing = Standing.objects.select_related("slice").get(slice=row)
        print(name, standing.n, standing.k, "pending", pending_in_bands(standing, RULES.edges))
    assert list(differences()) == []
    # Nothing acts before two people have signed.
    assert set(Slice.objects.values_list("stage", flat=True)) == {Stage.ASSISTED}


def _judged_at_ten_percent(shop: Shop) -> dict[str, Slice]:
    """The slices of both kinds, with their criteria chosen before any outcome."""
    now, agent = timezone.now(), Agent.objects.get()
    adam: User = UserFactory(short="adam")
    rights.appoint(role=Role.ADMIN, to=adam, by=None, now=now)
    slices = {}
    for name, slice_name in KINDS.items():
        kind = ActionType.objects.get(workflow=shop.workflow, name=name)
        row = open_slice(action_type=kind, agent=agent, now=now)
        set_criteria(slice_id=row.pk, rules=RULES, by=adam, reason="a trial", start_over=False, now=now)
        slices[slice_name] = row
    return slices
