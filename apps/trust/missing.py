"""What does a slice need for its next step up, or to run again, and how far has it come?

By the counts alone, unless people have to look or sign: what they still have to do is asked for all standings at once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from uuid import UUID

from django.db.models import Count
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.registry.states import Stage
from apps.trust.controller import Terms
from apps.trust.models import Signature, Slice, Standing
from apps.trust.pending import Looks, looks_in, open_reviews
from apps.trust.recommending import PEOPLE, rest_until
from apps.trust.states import RecommendationStatus
from apps.trust.statistics import alarm, evidence, regions
from apps.trust.terms import terms_of


class _Needs(Enum):
    """What kind of thing is missing."""

    STAGE = auto()
    SIGNATURES = auto()
    RESUMING = auto()
    LOOK = auto()
    AGREEMENTS = auto()
    NOTHING = auto()
    RIGHT = auto()
    OTHERS = auto()


@dataclass(frozen=True, slots=True)
class _Waits:
    """What other people have to do in all these standings, asked only for those that wait for it."""

    signed: dict[UUID, int]
    looks: dict[UUID, Looks]
    reviews: dict[UUID, int]
    rests: dict[UUID, datetime]


def missing_at_first(row: Slice) -> str:
    """The same of a slice in which nobody has worked yet."""
    if row.stage == Stage.SUSPENDED:
        return _("an admin or governance who ends its suspension")
    return _("a first comparison with people") if row.stage == Stage.SHADOW else _("a first decision")


def missing(standing: Standing, *, now: datetime) -> str:
    """In a few words, what the next step up needs, or what resumes it. Queries as `missing_each`."""
    return missing_each([standing], now=now)[standing.pk]


def missing_each(standings: Sequence[Standing], *, now: datetime) -> dict[UUID, str]:
    """The same of many. No query, but where it waits for people: then at most five, and those of `Staff`, in all."""
    needs = {standing.pk: _needs(standing) for standing in standings}
    waits = _waits(standings, needs, now)
    return {one.pk: _said(one, *needs[one.pk], waits) for one in standings}


def _needs(standing: Standing) -> tuple[_Needs, int]:
    """What is missing, by the counts; with how many, where it is a number."""
    earned, terms = standing.earned, terms_of(standing.slice)
    if standing.slice.stage == Stage.SUSPENDED:
        return _Needs.STAGE, 0
    if standing.is_recommended:
        return _Needs.SIGNATURES, 0
    if earned.is_paused:
        return _Needs.RESUMING, right_to_resume(earned.alarm, terms)
    if earned.running and standing.awaiting:
        return _Needs.LOOK, 0
    counts, error, needed = _tested(standing)
    if not counts:
        return _Needs.NOTHING, 0
    more = min(evidence.clean_needed(n, k, error=error, needed=needed) for n, k in counts)
    if standing.slice.stage == Stage.SHADOW:
        return _Needs.AGREEMENTS, more
    return (_Needs.RIGHT, more) if more else (_Needs.OTHERS, 0)


def _waits(standings: Sequence[Standing], needs: dict[UUID, tuple[_Needs, int]], now: datetime) -> _Waits:
    def those(*kinds: _Needs) -> list[Standing]:
        return [one for one in standings if needs[one.pk][0] in kinds]

    to_sign, to_look = those(_Needs.SIGNATURES), those(_Needs.LOOK, _Needs.OTHERS)
    others = those(_Needs.OTHERS)
    return _Waits(
        signed=_signed(to_sign) if to_sign else {},
        looks=_looks(to_look, now) if to_look else {},
        reviews=open_reviews({one.pk: (one, terms_of(one.slice).edges) for one in others}),
        rests=rest_until(others, now) if others else {},
    )


def _signed(standings: Iterable[Standing]) -> dict[UUID, int]:
    rows = Signature.objects.filter(
        recommendation__standing__in=standings, recommendation__status=RecommendationStatus.OPEN
    )
    return dict(rows.values_list("recommendation__standing").annotate(n=Count("pk")).order_by())


def _looks(standings: Sequence[Standing], now: datetime) -> dict[UUID, Looks]:
    found = looks_in({one.slice_id for one in standings}, now=now)
    return {one.pk: found.get((one.slice_id, one.agent_version_id), Looks()) for one in standings}


def _said(standing: Standing, kind: _Needs, more: int, waits: _Waits) -> str:
    if kind is _Needs.STAGE:
        return _("an admin or governance who ends its suspension")
    if kind is _Needs.SIGNATURES:
        # Of those who signed, one may own the agent by now: then the page of the slice says so.
        return _signatures(max(1, PEOPLE - waits.signed.get(standing.pk, 0)))
    if kind is _Needs.RESUMING:
        return _resumes(more)
    if kind is _Needs.LOOK:
        return "; ".join([_("a second look at a suspected mistake"), *_stuck(waits.looks[standing.pk])])
    if kind is _Needs.AGREEMENTS:
        return _agreements(more)
    if kind is _Needs.NOTHING:
        return _("nothing: every band runs")
    if kind is _Needs.RIGHT:
        return ngettext("%(n)d more correct in a row", "%(n)d more correct in a row", more) % {"n": more}
    return _still_open(waits.reviews[standing.pk], waits.looks[standing.pk], waits.rests.get(standing.pk))


def _signatures(more: int) -> str:
    return ngettext("%(n)d signature", "%(n)d signatures", more) % {"n": more}


def _resumes(more: int) -> str:
    return ngettext("%(n)d correct one resumes it", "%(n)d correct ones in a row resume it", more) % {
        "n": more
    }


def _agreements(more: int) -> str:
    if not more:
        return _("more comparisons: those so far did not all have the same chance of being made")
    return ngettext("%(n)d more agreement in shadow", "%(n)d more agreements in shadow", more) % {"n": more}


def _still_open(reviews: int, looks: Looks, rests: datetime | None) -> str:
    """The counts would do: what other people have to decide first."""
    said = []
    if reviews:
        text = ngettext(
            "%(n)d older review that is still open", "%(n)d older reviews that are still open", reviews
        )
        said.append(text % {"n": reviews})
    if looks.n:
        text = ngettext("%(n)d second look at an override", "%(n)d second looks at overrides", looks.n)
        said.append(text % {"n": looks.n})
    said += _stuck(looks)
    if said:
        return "; ".join(said)
    if rests is not None:
        return _("nothing: it was declined, and may be recommended again after {day}").format(
            day=date_format(localtime(rests), "DATE_FORMAT")
        )
    return _("nothing: it is being looked at now")


def _stuck(looks: Looks) -> list[str]:
    if not looks.stuck_n:
        return []
    text = ngettext(
        "%(n)d look waits that nobody may take: add a reviewer to its queue",
        "%(n)d looks wait that nobody may take: add a reviewer to their queue",
        looks.stuck_n,
    )
    return [text % {"n": looks.stuck_n}]


def progress(standing: Standing) -> float | None:
    """How far it has come to the next step, from 0 to 100: the right decisions in a row that are missing, against those
    that whoever has nothing needs. None where nothing more can be proved, and while it is paused or
    suspended.
    """
    counts, error, needed = _tested(standing)
    if standing.earned.is_paused or standing.slice.stage == Stage.SUSPENDED or not counts:
        return None
    more = min(evidence.clean_needed(n, k, error=error, needed=needed) for n, k in counts)
    return max(0.0, 100 * (1 - more / evidence.clean_needed(0, 0, error=error, needed=needed)))


def right_to_resume(value: float, terms: Terms) -> int:
    """How many right audits in a row end a pause at this alarm."""
    return alarm.right_to_resume(value, error=terms.tested, resume_after=terms.movement.resume_after)


def _tested(standing: Standing) -> tuple[list[tuple[int, int]], float, float]:
    """The counts (n, k) any of which would do for the next step, the error they are tested at, and the evidence
    needed.
    """
    earned, terms = standing.earned, terms_of(standing.slice)
    if standing.slice.stage == Stage.SHADOW:
        gate = terms.movement
        return [(earned.useful_n, earned.useful_k)], gate.useful_error, gate.useful_need
    found = regions.candidates(earned.n, earned.k, running=earned.running, error=terms.tested)
    return [(one.n, one.k) for one in found], terms.tested, terms.need(earned.attempt)
