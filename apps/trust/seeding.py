"""Keeps what blind replays of confirmed mistakes show about reviewers, and tightens the target by it.

A seed never enters the counts of a slice. It moves the miss rate of its workflow, which every slice there is tested
with, and the record of the person: who provably catches too few does not count as evidence.
"""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F

from apps.accounts.models import User
from apps.registry.models import Workflow
from apps.trust.models import ReviewerQuality, Seed, SeedVoid, Slice, Standing
from apps.trust.recommending import is_ripe, reconsider
from apps.trust.standings import locked_standing
from apps.trust.statistics.misses import is_provably_careless
from apps.trust.terms import terms_of


def record_seed(
    *, workflow: Workflow, proposal_id: UUID, replay_id: UUID, by: User, was_missed: bool, now: datetime
) -> Seed | None:
    """Keep one replay's verdict, once: None when it is kept already."""
    with transaction.atomic():
        try:
            with transaction.atomic():
                seed = Seed.objects.create(
                    workflow=workflow,
                    proposal_id=proposal_id,
                    replay_id=replay_id,
                    by=by,
                    was_missed=was_missed,
                    at=now,
                )
        except IntegrityError:
            return None
        _count(seed, 1, now)
        return seed


def void_seed(*, replay_id: UUID, because: str, by: User, now: datetime) -> SeedVoid | None:
    """Take a seed out of every count, once, because what was taken for a mistake was none. None: there is none to take.

    Neither the seed nor what moved because of it is edited; from now on everything is tested without it.
    """
    with transaction.atomic():
        seed = Seed.objects.select_for_update(of=("self",)).filter(replay_id=replay_id, void=None).first()
        if seed is None:
            return None
        void = SeedVoid.objects.create(seed=seed, because=because[:500], by_name=by.name, at=now)
        _count(seed, -1, now)
        return void


def _count(seed: Seed, times: int, now: datetime) -> None:
    """Put a seed into the counts of its workflow and its person, or take it out, and test what depends on them."""
    missed = times * int(seed.was_missed)
    slices = Slice.objects.filter(workflow_id=seed.workflow_id)
    slices.update(seeds=F("seeds") + times, missed=F("missed") + missed)
    quality, _made = ReviewerQuality.objects.select_for_update().get_or_create(person_id=seed.by_id)
    quality.seeds += times
    quality.missed += missed
    quality.is_careless = is_provably_careless(quality.seeds, quality.missed)
    quality.save()
    standings = Standing.objects.filter(slice__workflow_id=seed.workflow_id)
    for slice_id, version_id in standings.values_list("slice_id", "agent_version_id"):
        _test_again(slice_id, version_id, now)


def _test_again(slice_id: int, version_id: int, now: datetime) -> None:
    """Another miss rate is another test: what was recommended under the old one is withdrawn."""
    standing = locked_standing(slice_id, version_id, now)
    standing.is_ripe = is_ripe(standing.slice, standing.earned, terms_of(standing.slice))
    standing.save(update_fields=["is_ripe"])
    if standing.is_ripe or standing.is_recommended:
        reconsider(standing, now=now)
