"""Which matrix applies to a workflow, and what its slices have not seen before."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.registry.catalogue import current_book
from apps.registry.states import Consequence, Reversibility, Stage
from apps.routing.assessment import Matrix, place
from apps.routing.facts import Cell, Facts
from apps.routing.models import MatrixCell, PolicyRule, PolicyVersion, Sighting
from apps.routing.rules.effects import Effects
from apps.routing.rules.judging import NOTHING, Judged, Rule, judge
from apps.routing.rules.names import Circumstances, values
from apps.routing.states import BlindFirst, Fallback, Verb
from apps.sla.durations import parse

_KEY = "routing.policies"


class NoPolicy(LookupError):
    """No policy version is published for a workflow, nor a default one."""

    def __init__(self) -> None:
        super().__init__(_("No routing policy is published: import one with `manage.py setup_defaults`."))


@dataclass(frozen=True)
class Policy:
    """A published version, ready to assess with."""

    version_id: int
    number: int
    name: str
    matrix: Matrix
    rules: tuple[Rule, ...] = ()

    @property
    def asks_others(self) -> bool:
        """Whether any rule asks if another agent proposed the same."""
        return any(rule.effects.corroborated for rule in self.rules)

    def judge(self, facts: Facts, around: Circumstances) -> Judged:
        """What its rules say about one proposal."""
        if not self.rules:
            return NOTHING
        consequence, reversibility = place(facts)
        return judge(
            self.rules,
            values(facts, around, consequence=consequence.value, reversibility=reversibility.value),
        )


def policy_for(workflow_id: int) -> Policy:
    """The newest version of the workflow's own policy, else of the default one. Kept in the registry's book.

    Raises NoPolicy when there is neither.
    """
    kept: dict[int, Policy] = current_book().kept.setdefault(_KEY, {})
    if workflow_id not in kept:
        kept[workflow_id] = version_in_use(_newest(workflow_id))
    return kept[workflow_id]


def _newest(workflow_id: int) -> int:
    published = PolicyVersion.objects.filter(Q(workflow=workflow_id) | Q(workflow=None))
    # The workflow's own come first: PostgreSQL sorts NULL last.
    newest = published.order_by("workflow", "-number").values_list("pk", flat=True).first()
    if newest is None:
        raise NoPolicy
    return newest


@lru_cache(maxsize=256)
def version_in_use(version_id: int) -> Policy:
    """A version by its id, old ones too. Published versions never change, so they can be kept."""
    version = (
        PolicyVersion.objects.select_related("workflow").prefetch_related("cells", "rules").get(pk=version_id)
    )
    cells = [cell_of(row) for row in version.cells.all()]
    return Policy(
        version_id=version.pk,
        number=version.number,
        name=str(version),
        matrix={(cell.consequence, cell.reversibility): cell for cell in cells},
        rules=tuple(rule_of(row) for row in version.rules.all()),
    )


def cell_of(row: MatrixCell) -> Cell:
    """A stored cell, also an unsaved one, as the assessment needs it."""
    return Cell(
        consequence=Consequence(row.consequence),
        reversibility=Reversibility(row.reversibility),
        queue=row.queue,
        quorum=row.quorum,
        sla=row.sla,
        chain=row.chain,
        fallback=Fallback(row.fallback),
        verbs=tuple(Verb(verb) for verb in row.verbs),
        ceiling=Stage(row.ceiling),
        evidence_stale_seconds=int(parse(row.evidence_stale_after).span.total_seconds()),
        blind_first=frozenset(map(BlindFirst, row.blind_first)),
        audit_floor=row.audit_floor,
        veto_minutes=row.veto_minutes,
    )


def rule_of(row: PolicyRule) -> Rule:
    """A stored rule, also an unsaved one, as it is asked."""
    return Rule(row.slug, row.title, row.when, Effects.of(row.effects))


def unseen(asked: Mapping[int, Iterable[str]]) -> dict[int, set[str]]:
    """Of the fingerprints asked for each slice id, those it has never had. One query."""
    wanted = {slice_id: set(prints) for slice_id, prints in asked.items() if prints}
    if not wanted:
        return {}
    every = set().union(*wanted.values())
    seen = Sighting.objects.filter(slice_id__in=wanted, fingerprint__in=every).values_list(
        "slice_id", "fingerprint"
    )
    for slice_id, fingerprint in seen:
        wanted[slice_id].discard(fingerprint)
    return wanted
