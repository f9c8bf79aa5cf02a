"""The `policies:` section of the configuration file: the matrix and the rules that hold by default, and workflows'
own ones.

Importing a policy that differs publishes a new version; versions are never changed.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any, Self

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from pydantic import AfterValidator, Field, model_validator

from apps.accounts.config import ConfigEntry, Reference, Slug, Text, Wrong
from apps.accounts.models import User
from apps.accounts.policies import check_manage_people
from apps.registry.models import Workflow
from apps.registry.states import Consequence, Reversibility, Stage
from apps.routing import actions
from apps.routing.ceilings import never_alone
from apps.routing.models import MatrixCell, PolicyRule, PolicyVersion
from apps.routing.references import unknown_in_rules
from apps.routing.rules.effects import Effects
from apps.routing.rules.expressions import RULES
from apps.routing.states import DEFAULT_CHAIN, LONGEST_VETO_MINUTES, USUALLY_BLIND, BlindFirst, Fallback, Verb
from apps.sla.durations import DurationError, parse

DEFAULT = "default"
# Every rule is asked about every proposal.
MOST_RULES = 100
# Said of the file and at the field of the page alike.
NEVER_ALONE = _lazy("What is critical, or high and irreversible, always needs a person: at most assisted.")
MUST_REJECT = _lazy("A reviewer must be able to reject, too.")
ASKS_NOTHING = _lazy("A rule that asks for nothing changes nothing: choose what it asks for.")


def wall_duration(text: str) -> str:
    """The duration in the one way it is written. Raises DurationError for what counts working time."""
    duration = parse(text)
    if not duration.is_wall:
        raise DurationError(_("This counts wall time: write m, h or d, such as 24h."))
    return str(duration)


def _condition(text: str) -> str:
    RULES.compiled(text)
    return text


WallTime = Annotated[str, AfterValidator(wall_duration)]


class CellEntry(ConfigEntry):
    """What happens to actions of one consequence and reversibility. `audit_floor` is in percent."""

    queue: Slug
    people: Annotated[int, Field(ge=1, le=2)] = 1
    sla: Slug
    chain: Slug = DEFAULT_CHAIN
    fallback: Fallback = Fallback.HOLD
    verbs: Annotated[list[Verb], Field(min_length=1)] = list(Verb)
    ceiling: Stage
    stale_after: WallTime = "24h"
    audit_floor: Annotated[int, Field(ge=0, le=100)] = 0
    veto_minutes: Annotated[int, Field(ge=0, le=LONGEST_VETO_MINUTES)] = 0
    blind_first: list[BlindFirst] = list(USUALLY_BLIND)

    @model_validator(mode="after")
    def _a_person_can_say_no(self) -> Self:
        if Verb.REJECT not in self.verbs:
            raise ValueError(str(MUST_REJECT))
        return self

    def canonical(self) -> dict[str, Any]:
        written = self.model_dump(mode="json")
        written["verbs"] = [verb.value for verb in Verb if verb in self.verbs]
        written["blind_first"] = [look.value for look in BlindFirst if look in self.blind_first]
        return written


class RowEntry(ConfigEntry):
    """The three cells of one consequence."""

    reversible: CellEntry
    compensable: CellEntry
    irreversible: CellEntry


class MatrixEntry(ConfigEntry):
    """The twelve cells: consequence, then reversibility."""

    low: RowEntry
    moderate: RowEntry
    high: RowEntry
    critical: RowEntry

    @model_validator(mode="after")
    def _ceilings_are_possible(self) -> Self:
        for consequence, reversibility, cell in self.cells():
            place = f"{consequence.value}.{reversibility.value}"
            if cell.ceiling not in (Stage.SHADOW, Stage.ASSISTED, Stage.SUPERVISED):
                raise ValueError(
                    _("{place}: a ceiling is shadow, assisted or supervised").format(place=place)
                )
            if cell.ceiling is Stage.SUPERVISED and never_alone(consequence, reversibility):
                raise ValueError(f"{place}: {NEVER_ALONE}")
        return self

    def cells(self) -> Iterable[tuple[Consequence, Reversibility, CellEntry]]:
        for consequence in Consequence:
            for reversibility in Reversibility:
                row = getattr(self, consequence.value)
                yield consequence, reversibility, getattr(row, reversibility.value)


class EffectsEntry(ConfigEntry):
    """What a rule asks for when it holds: only more care, never less (see `routing.rules.effects`)."""

    review: bool = False
    queue: Slug | None = None
    consequence: Consequence | None = None
    reversibility: Reversibility | None = None
    second_approver: bool = False
    compliance: Slug | None = None
    corroborated: bool = False
    refuse: Annotated[Text, Field(max_length=300)] = ""
    mask: Annotated[list[Annotated[Text, Field(min_length=1, max_length=120)]], Field(max_length=50)] = []
    blind: bool = False

    @model_validator(mode="after")
    def _asks_for_something(self) -> Self:
        if Effects.of(self.canonical()).is_empty:
            raise ValueError(str(ASKS_NOTHING))
        return self

    def canonical(self) -> dict[str, Any]:
        return {name: value for name, value in self.model_dump(mode="json").items() if value}


class RuleEntry(ConfigEntry):
    """One rule: `when` is a condition in CEL (see `docs/rules.md`), `then` what it asks for. Asked in order."""

    name: Slug
    title: Annotated[Text, Field(min_length=1, max_length=120)]
    when: Annotated[Text, AfterValidator(_condition)]
    then: EffectsEntry

    def canonical(self) -> dict[str, Any]:
        return {"name": self.name, "title": self.title, "when": self.when, "then": self.then.canonical()}


class PolicyEntry(ConfigEntry):
    """A matrix and rules for one workflow, or `default` for all others. `reason` is kept with the new version, and
    required where a ceiling rises.
    """

    workflow: Slug
    reason: Annotated[Text, Field(max_length=500)] = ""
    matrix: MatrixEntry
    rules: Annotated[list[RuleEntry], Field(max_length=MOST_RULES)] = []

    @model_validator(mode="after")
    def _rules_have_names_of_their_own(self) -> Self:
        names = [rule.name for rule in self.rules]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(_("two rules are called {name}").format(name=", ".join(twice)))
        return self

    def references(self) -> Iterable[Reference]:
        if self.workflow != DEFAULT:
            yield ("workflow",), "workflows", self.workflow
        for consequence, reversibility, cell in self.matrix.cells():
            place = ("matrix", consequence.value, reversibility.value)
            yield (*place, "queue"), "queues", cell.queue
            yield (*place, "sla"), "sla_policies", cell.sla
            if cell.chain != DEFAULT_CHAIN:
                yield (*place, "chain"), "chains", cell.chain
        for position, rule in enumerate(self.rules):
            for name in ("queue", "compliance"):
                slug = getattr(rule.then, name)
                if slug:
                    yield ("rules", position, "then", name), "queues", slug

    def cell_rows(self) -> list[MatrixCell]:
        """The twelve unsaved cells."""
        return [_row(which, how, cell) for which, how, cell in self.matrix.cells()]

    def rule_rows(self) -> list[PolicyRule]:
        """The unsaved rules, in order."""
        return [
            PolicyRule(slug=rule.name, title=rule.title, when=rule.when, effects=rule.then.canonical())
            for rule in self.rules
        ]

    def canonical(self) -> dict[str, Any]:
        return _written(
            self.workflow,
            {(which.value, how.value): cell.canonical() for which, how, cell in self.matrix.cells()},
            [rule.canonical() for rule in self.rules],
        )


def content_of(version: PolicyVersion) -> dict[str, Any]:
    """A version as the file has it: `workflow`, `matrix`, and `rules` where it has any. Wants both loaded."""
    return _written(
        version.workflow.slug if version.workflow else DEFAULT,
        {(row.consequence, row.reversibility): _cell(row) for row in version.cells.all()},
        [_rule(row) for row in version.rules.all()],
    )


class Policies:
    """Reads the newest version of each matrix; writes by publishing the next one."""

    key = "policies"
    Model = PolicyEntry

    @staticmethod
    def current() -> list[dict[str, Any]]:
        """The default matrix first, then workflows' own ones by slug."""
        versions = PolicyVersion.objects.select_related("workflow").prefetch_related("cells", "rules")
        newest: dict[str, PolicyVersion] = {}
        for version in versions.order_by("number"):
            newest[version.workflow.slug if version.workflow else DEFAULT] = version
        names = sorted(newest, key=lambda name: (name != DEFAULT, name))
        return [content_of(newest[name]) for name in names]

    @staticmethod
    def exported() -> list[dict[str, Any]]:
        """The same, each with the last reason that was given: where nothing is published yet it is asked for."""
        given = PolicyVersion.objects.exclude(reason="").select_related("workflow").order_by("number")
        reasons = {row.workflow.slug if row.workflow else DEFAULT: row.reason for row in given}
        return [
            {
                "workflow": name,
                **({"reason": reasons[name]} if name in reasons else {}),
                **{part: entry[part] for part in ("matrix", "rules") if part in entry},
            }
            for entry in Policies.current()
            for name in [entry["workflow"]]
        ]

    @staticmethod
    def apply(entries: list[PolicyEntry], *, by: User | None, now: datetime) -> None:
        """Publish each. Raises NotAllowed, LookupError, ReasonMissing."""
        check_manage_people(by)
        for entry in entries:
            own = None if entry.workflow == DEFAULT else Workflow.objects.get(slug=entry.workflow)
            actions.publish_policy(
                workflow=own,
                cells=entry.cell_rows(),
                rules=entry.rule_rows(),
                reason=entry.reason,
                by=by,
                now=now,
            )

    @staticmethod
    def problems_after(changed: Mapping[str, Iterable[str]], *, now: datetime) -> Iterable[Wrong]:
        """Rules may ask for and hide only arguments that an action of their workflow has."""
        names = set(changed.get(Policies.key, ()))
        for entry in Policies.current() if names else ():
            if entry["workflow"] in names:
                own = Workflow.objects.filter(slug=entry["workflow"]).first()
                for _where, sentence in unknown_in_rules(entry.get("rules", ()), own):
                    yield Policies.key, entry["workflow"], sentence


SECTIONS = [Policies]


def _row(consequence: Consequence, reversibility: Reversibility, cell: CellEntry) -> MatrixCell:
    return MatrixCell(
        consequence=consequence,
        reversibility=reversibility,
        queue=cell.queue,
        quorum=cell.people,
        sla=cell.sla,
        chain=cell.chain,
        fallback=cell.fallback,
        verbs=[verb.value for verb in Verb if verb in cell.verbs],
        ceiling=cell.ceiling,
        evidence_stale_after=cell.stale_after,
        audit_floor=cell.audit_floor / 100,
        veto_minutes=cell.veto_minutes,
        blind_first=[look.value for look in BlindFirst if look in cell.blind_first],
    )


def _cell(row: MatrixCell) -> dict[str, Any]:
    return {
        "queue": row.queue,
        "people": row.quorum,
        "sla": row.sla,
        "chain": row.chain,
        "fallback": row.fallback,
        "verbs": [verb.value for verb in Verb if verb in row.verbs],
        "ceiling": row.ceiling,
        "stale_after": row.evidence_stale_after,
        "audit_floor": round(row.audit_floor * 100),
        "veto_minutes": row.veto_minutes,
        "blind_first": [look.value for look in BlindFirst if look in row.blind_first],
    }


def _rule(row: PolicyRule) -> dict[str, Any]:
    return {"name": row.slug, "title": row.title, "when": row.when, "then": row.effects}


def _written(
    workflow: str, cells: dict[tuple[str, str], dict[str, Any]], rules: list[dict[str, Any]]
) -> dict[str, Any]:
    matrix = {
        consequence.value: {how.value: cells[consequence.value, how.value] for how in Reversibility}
        for consequence in Consequence
    }
    return {"workflow": workflow, "matrix": matrix, **({"rules": rules} if rules else {})}
