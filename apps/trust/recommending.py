"""Recommends a step up when the evidence is there, and lets two people take it. Nothing moves up by itself.

A recommendation is frozen with its evidence and its digest. It is withdrawn as soon as something speaks against it:
a new mistake in its region, other criteria, another miss rate, a new attempt. Further right decisions leave it as
it is, since the certificate stays valid.
"""

import hashlib
import json
import math
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.policies import NotAllowed, allows
from apps.audit import actions as audit
from apps.audit.updating import update
from apps.registry.states import Stage
from apps.trust import controller, policies
from apps.trust.controller import Earned, Terms
from apps.trust.drawing import drawn
from apps.trust.gating import hold_items
from apps.trust.models import Recommendation, Signature, Slice, Standing
from apps.trust.moving import announce, keep, moved, tell
from apps.trust.pending import pending_in_bands
from apps.trust.standings import locked_standing
from apps.trust.states import Feeds, Move, RecommendationKind, RecommendationStatus
from apps.trust.statistics.regions import Candidate
from apps.trust.terms import rules_of, terms_of

RECOMMENDED_EVENT = "reviewhub.slice.recommended.v1"
PEOPLE = 2
# What people declined is not put before them again the next day.
_RESTS = timedelta(days=7)


def is_ripe(row: Slice, earned: Earned, terms: Terms) -> bool:
    """Whether the counts alone, without a look at pending reviews, are enough for a step up."""
    if row.stage == Stage.SHADOW:
        return controller.is_useful(earned, terms)
    return row.stage != Stage.SUSPENDED and controller.recommended(earned, terms) is not None


def reconsider(standing: Standing, *, now: datetime, suspected: int | None = None) -> Recommendation | None:
    """Withdraw what the evidence no longer carries and recommend what it does. The standing is locked.

    `suspected` is the band of an override that waits for its second look: until then it counts as wrong. The open
    recommendation afterwards, if there is one.
    """
    pending = _pending(standing, suspected)
    found = _found(standing, pending)
    was_recommended, open_one = standing.is_recommended, None
    if was_recommended:
        open_one = standing.recommendations.filter(status=RecommendationStatus.OPEN).first()
    if open_one is not None and (
        suspected in _region(open_one, standing) or not _still_stands(open_one, standing)
    ):
        _end(open_one, RecommendationStatus.WITHDRAWN, _("The evidence changed."), now)
        open_one = None
    if open_one is None and found is not None and not _was_declined_lately(standing, found, now):
        open_one = _make(standing, found, pending, now)
    standing.is_recommended = open_one is not None
    if standing.is_recommended != was_recommended:
        update(standing, "is_recommended")
    return open_one


def reconsider_ripe(*, now: datetime, limit: int = 200) -> int:
    """Look again at standings whose counts are enough but whose pending reviews were not; how many were looked at."""
    ripe = Standing.objects.filter(is_ripe=True, is_recommended=False)
    keys = list(ripe.values_list("slice_id", "agent_version_id")[:limit])
    for slice_id, agent_version_id in keys:
        with transaction.atomic():
            reconsider(locked_standing(slice_id, agent_version_id, now), now=now)
    return len(keys)


def ratify(*, recommendation_id: UUID, by: User, seen_sha256: str, now: datetime) -> Recommendation:
    """Put one's name under a recommendation; the second, different person's takes the step.

    `seen_sha256` is the digest of the evidence that was on the page. Raises NotAllowed with the sentence of the rule:
    one's own agent, signed before, a workflow that is not ready, or evidence that is not the one that was seen.
    """
    with transaction.atomic():
        standing, recommendation = _locked(recommendation_id, now)
        hold_items(standing.slice.workflow_id)
        policies.check_ratify(recommendation, standing.slice, by=by, now=now)
        if _still_stands(recommendation, standing) and seen_sha256 == recommendation.evidence_sha256:
            Signature.objects.create(
                recommendation=recommendation, by=by, evidence_sha256=seen_sha256, at=now
            )
            data = {"evidence_sha256": seen_sha256}
            _record("slice.recommendation_signed", recommendation, standing, by, now, data)
            people = _signed(recommendation, standing.slice)
            if len(people) >= PEOPLE:
                _take(recommendation, standing, people, by, now)
            return recommendation
        reconsider(standing, now=now)
    # Outside: what was withdrawn stays withdrawn.
    raise NotAllowed(_("The evidence changed since you looked. Look again before you sign."))


def decline(*, recommendation_id: UUID, by: User, reason: str, now: datetime) -> Recommendation:
    """Say no, with a reason. One person is enough. Raises NotAllowed."""
    with transaction.atomic():
        standing, recommendation = _locked(recommendation_id, now)
        policies.check_decline(recommendation, standing.slice, by=by, reason=reason)
        _end(recommendation, RecommendationStatus.DECLINED, reason.strip(), now)
        standing.is_recommended = False
        standing.save(update_fields=["is_recommended"])
        _record(
            "slice.recommendation_declined", recommendation, standing, by, now, {"reason": reason.strip()}
        )
        return recommendation


def evidence_digest(standing: Standing, found: Candidate, kind: str, pending: tuple[int, ...]) -> str:
    """64 hex digits of everything a recommendation rests on."""
    row = standing.slice
    rests_on = {
        "standing": str(standing.pk),
        "kind": kind,
        "bands": found.bands,
        "attempt": standing.attempt,
        "n": standing.n,
        "k": standing.k,
        "useful": [standing.useful_n, standing.useful_k],
        "pending": list(pending),
        "criteria": rules_of(row).sha256,
        "misses": terms_of(row).misses,
    }
    return hashlib.sha256(json.dumps(rests_on, sort_keys=True).encode()).hexdigest()


def _pending(standing: Standing, suspected: int | None) -> tuple[int, ...]:
    """What counts as wrong by band, when it matters: nothing does while the counts alone prove nothing."""
    row, terms = standing.slice, terms_of(standing.slice)
    if row.stage == Stage.SHADOW or not is_ripe(row, standing.earned, terms):
        return ()
    waiting = list(pending_in_bands(standing, terms.edges))
    if suspected is not None:
        waiting[suspected] += 1
    return tuple(waiting)


def _region(recommendation: Recommendation, standing: Standing) -> range:
    """The bands whose evidence it rests on."""
    return range(standing.running, recommendation.bands)


def _found(standing: Standing, pending: tuple[int, ...]) -> Candidate | None:
    row, terms, earned = standing.slice, terms_of(standing.slice), standing.earned
    if not is_ripe(row, earned, terms):
        return None
    if row.stage == Stage.SHADOW:
        return controller.useful(drawn(standing, Feeds.USEFULNESS), terms)
    return controller.recommended(earned, terms, pending)


def _make(standing: Standing, found: Candidate, pending: tuple[int, ...], now: datetime) -> Recommendation:
    row, terms = standing.slice, terms_of(standing.slice)
    kind = _kind(standing)
    in_shadow = kind is RecommendationKind.ASSISTED
    need = terms.movement.useful_need if in_shadow else terms.need(standing.attempt)
    made = Recommendation.objects.create(
        standing=standing,
        kind=kind,
        bands=found.bands,
        threshold=terms.edges[found.bands - 1] if found.bands else None,
        attempt=standing.attempt,
        n=[standing.useful_n] if in_shadow else standing.n,
        k=[standing.useful_k] if in_shadow else standing.k,
        pending=list(pending),
        log_evidence=found.log_evidence,
        log_need=math.log(need),
        miss_rate=terms.misses,
        criteria_sha256=rules_of(row).sha256,
        evidence_sha256=evidence_digest(standing, found, kind, pending),
        made_at=now,
    )
    _record("slice.recommended", made, standing, None, now, {"threshold": made.threshold})
    announce(standing, RECOMMENDED_EVENT, now=now)
    tell(
        standing,
        title=_("{slice}: {what} is recommended").format(slice=row, what=RecommendationKind(kind).label),
        text=_("The evidence is there. Two people decide, neither of them the agent's owner."),
        now=now,
        also=policies.signers(row),
    )
    return made


def _kind(standing: Standing) -> RecommendationKind:
    if standing.slice.stage == Stage.SHADOW:
        return RecommendationKind.ASSISTED
    return RecommendationKind.LOWER if standing.running else RecommendationKind.SUPERVISED


def _still_stands(recommendation: Recommendation, standing: Standing) -> bool:
    """Nothing speaks against it since: no new mistake where it would act, same attempt, criteria and miss rate."""
    row = standing.slice
    if (
        recommendation.attempt != standing.attempt
        or recommendation.kind != _kind(standing)
        or recommendation.criteria_sha256 != rules_of(row).sha256
        or recommendation.miss_rate != terms_of(row).misses
    ):
        return False
    if recommendation.kind == RecommendationKind.ASSISTED:
        return recommendation.k == [standing.useful_k]
    region = _region(recommendation, standing)
    return all(recommendation.k[band] == standing.k[band] for band in region)


def rest_until(standings: Iterable[Standing], now: datetime) -> dict[UUID, datetime]:
    """{standing: until when it is not put before people again, because they declined it lately}. One query."""
    declined = Recommendation.objects.filter(
        standing__in=standings, status=RecommendationStatus.DECLINED, ended_at__gt=now - _RESTS
    )
    newest = declined.values_list("standing_id").annotate(newest=Max("ended_at")).order_by()
    return {standing_id: at + _RESTS for standing_id, at in newest}


def _was_declined_lately(standing: Standing, found: Candidate, now: datetime) -> bool:
    declined = standing.recommendations.filter(
        status=RecommendationStatus.DECLINED, bands=found.bands, ended_at__gt=now - _RESTS
    )
    return declined.exists()


def _take(
    recommendation: Recommendation, standing: Standing, people: list[str], by: User, now: datetime
) -> None:
    """The step itself, with both names under it."""
    row, before = standing.slice, standing.earned
    _end(recommendation, RecommendationStatus.RATIFIED, "", now)
    standing.is_recommended = False
    if recommendation.kind == RecommendationKind.ASSISTED:
        row.stage, row.stage_since = Stage.ASSISTED, now
        row.save(update_fields=["stage", "stage_since"])
        standing.is_ripe = is_ripe(row, before, terms_of(row))
        standing.save(update_fields=["is_recommended", "is_ripe"])
        reason = _("The usefulness gate was passed; {people} ratified it.").format(people=", ".join(people))
        data = {"from": Stage.SHADOW.value, "to": Stage.ASSISTED.value, "reason": reason}
        _record("slice.stage_changed", recommendation, standing, by, now, data)
        return
    after = controller.promoted(before, recommendation.bands)
    standing.is_ripe = controller.recommended(after, terms_of(row)) is not None
    keep(standing, after, now)
    moved(
        standing,
        Move.LOWERED if before.running else Move.PROMOTED,
        before=before,
        now=now,
        by=by,
        people=people,
        proof=Candidate(recommendation.bands, sum(before.n), sum(before.k), recommendation.log_evidence),
        log_need=recommendation.log_need,
    )
    if standing.is_ripe:
        reconsider(standing, now=now)


def _signed(recommendation: Recommendation, row: Slice) -> list[str]:
    """Names of those who signed and still may: one of them may own the agent by now."""
    signatures = recommendation.signatures.select_related("by").order_by("pk")
    return [one.by.name for one in signatures if allows(policies.check_sign, row, by=one.by)]


def _locked(recommendation_id: UUID, now: datetime) -> tuple[Standing, Recommendation]:
    """The standing first, as every verb of trust locks it."""
    found = Recommendation.objects.select_related("standing").get(pk=recommendation_id)
    standing = locked_standing(found.standing.slice_id, found.standing.agent_version_id, now)
    found.refresh_from_db()
    return standing, found


def _end(recommendation: Recommendation, status: RecommendationStatus, because: str, now: datetime) -> None:
    recommendation.status = status
    recommendation.ended_at = now
    recommendation.ended_because = because[:500]
    recommendation.save(update_fields=["status", "ended_at", "ended_because"])


def _record(
    verb: str,
    recommendation: Recommendation,
    standing: Standing,
    by: User | None,
    now: datetime,
    data: dict[str, Any],
) -> None:
    row = standing.slice
    audit.record(
        verb=verb,
        now=now,
        by=by,
        subject=("slice", row.pk, str(row)),
        workflow_id=row.workflow_id,
        data={"kind": recommendation.kind, **data},
    )
