"""Where is personal data of the subject of a proposal kept, and what does each place become when it is erased?

The one list. A test walks every model of every app: a column of text or JSON of a model that belongs to a proposal is
either here, or in `KEPT` with the reason why it holds no data of a subject.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from uuid import UUID

from django.apps import apps
from django.db import models
from django.db.models import Q

from apps.delivery.models import Notification
from apps.privacy.becoming import Becomes
from apps.privacy.states import DataKind
from apps.proposals.models import Proposal
from apps.reviews.models import Task
from apps.trust.states import Source

Ids = Collection[UUID]


@dataclass(frozen=True, slots=True)
class Holding:
    """Columns of one model, whose rows belong to proposals (`rows`: a lookup, or the condition for their ids).

    `past` are the triggers that would refuse the change and no others.
    """

    model: str
    rows: str | Callable[[Ids], Q]
    becomes: dict[str, Becomes]
    kind: DataKind = DataKind.CONTENTS
    past: tuple[str, ...] = field(default=())

    def of(self, ids: Ids) -> "models.QuerySet[models.Model]":
        """Its rows that belong to these proposals."""
        where = Q(**{f"{self.rows}__in": ids}) if isinstance(self.rows, str) else self.rows(ids)
        return self.table._base_manager.filter(where)

    @property
    def table(self) -> type[models.Model]:
        """The model itself."""
        found: type[models.Model] = apps.get_model(self.model)
        return found

    @property
    def triggers(self) -> list[str]:
        """As pgtrigger names them."""
        return [f"{self.model}:{name}" for name in self.past]


def _in_parcels(ids: Ids) -> Q:
    """Messages that carry a notification about one of them: the whole message, whatever else it holds."""
    told = Notification.objects.filter(proposal_id__in=ids, parcel__isnull=False)
    return Q(parcel__in=list(told.values_list("parcel", flat=True)))


def _ledger(ids: Ids) -> Q:
    """By the index of slices: the ledger has none of proposals."""
    slices = Proposal.objects.filter(pk__in=ids).values_list("slice_id", flat=True)
    return Q(slice__in=set(slices), proposal_id__in=ids)


def _told_by_others(ids: Ids) -> Q:
    """What the ledger has from somebody an agent named."""
    return _ledger(ids) & Q(source_kind__in=[Source.OUTCOME, Source.HUMAN])


def _incidents(ids: Ids) -> Q:
    return Q(task_id__in=Task.objects.filter(proposal__in=ids).values("pk"))


def _seeds(ids: Ids) -> Q:
    return Q(seed__proposal_id__in=ids) | Q(seed__replay_id__in=ids)


_ROWS = ("append_only_rows",)
_EMPTY, _WORD, _MARK = Becomes.EMPTY, Becomes.WORD, Becomes.MARK
_MAP, _LIST, _KEYED = Becomes.MAP, Becomes.LIST, Becomes.KEYED

HOLDINGS: tuple[Holding, ...] = (
    Holding(
        "proposals.Alternative",
        "proposal",
        {"args": _MAP, "args_sha256": _KEYED, "summary": _WORD, "risks": _LIST},
        past=_ROWS,
    ),
    Holding(
        "proposals.Evidence",
        "proposal",
        {
            **dict.fromkeys(("key", "claim", "source", "uri", "content", "digest"), _EMPTY),
            "title": _WORD,
        },
        past=_ROWS,
    ),
    Holding("proposals.Assessment", "proposal", {"reasons": _LIST, "facts": _MAP}, past=_ROWS),
    Holding(
        "proposals.Question",
        "proposal",
        {"text": _WORD, "answer": _MARK, "answer_sha256": _KEYED},
        past=("question_never_changes", "ends_once"),
    ),
    Holding(
        "proposals.Resolution",
        "proposal",
        {"args": _MAP, "args_sha256": _KEYED, "diff": _LIST, "message": _EMPTY},
        past=_ROWS,
    ),
    Holding(
        "proposals.Grant",
        "proposal",
        {"args_sha256": _KEYED, "token": _EMPTY},
        past=("permission_never_changes", "ends_once"),
    ),
    Holding("proposals.Result", "proposal", {"detail": _EMPTY}, past=_ROWS),
    Holding("proposals.Outcome", "proposal", {"source": _WORD, "detail": _EMPTY}, past=_ROWS),
    Holding(
        "proposals.HumanAction",
        "proposal",
        {"args": _MAP, "args_sha256": _KEYED, "actor": _WORD, "note": _EMPTY},
        past=_ROWS,
    ),
    Holding(
        "reviews.Decision",
        "task__proposal",
        {"args": _MAP, "args_sha256": _KEYED, "seen_sha256": _KEYED, "note": _EMPTY},
        past=("content_never_changes", "undone_once"),
    ),
    Holding(
        "reviews.BlindPick",
        "task__proposal",
        {"args": _MAP, "args_sha256": _KEYED, "offered": Becomes.KEYED_EACH, "note": _MARK},
        past=_ROWS,
    ),
    Holding("reviews.Emergency", "task__proposal", {"reason": _WORD}, past=_ROWS),
    Holding(
        "reviews.GoldCase",
        "proposal",
        {"answers": Becomes.KEYED_EACH, "explanation": _EMPTY, "retired_because": _MARK},
    ),
    Holding(
        "reviews.GoldDispute",
        "answer__case__proposal",
        {"note": _WORD, "ruling_note": _MARK},
        past=("ruled_once",),
    ),
    Holding(
        "evaluation.JudgeScore",
        "proposal",
        {"reasons": _EMPTY, "content_sha256": _KEYED, "prompt_sha256": _KEYED},
        past=_ROWS,
    ),
    Holding("trust.LedgerEntry", _ledger, {"subject": _EMPTY, "content_sha256": _KEYED}, past=_ROWS),
    Holding("trust.LedgerEntry", _told_by_others, {"decided_by": _MARK}, past=_ROWS),
    Holding("trust.SeedVoid", _seeds, {"because": _WORD}, past=_ROWS),
    Holding("escalation.Incident", _incidents, {"text": _WORD, "note": _MARK}),
    Holding("delivery.OutboxEvent", "subject_id", {"data": Becomes.ANEW_INSIDE}),
    Holding("delivery.Delivery", "event__subject_id", {"last_error": _EMPTY}),
    Holding(
        "delivery.Delivery",
        _in_parcels,
        {"subject": _MARK, "body": _MARK, "last_error": _EMPTY},
        DataKind.MESSAGES,
    ),
    Holding("delivery.Notification", "proposal_id", {"title": _WORD, "text": _EMPTY}, DataKind.MESSAGES),
    Holding(
        "proposals.Proposal",
        "pk",
        {
            "external_id": Becomes.ANEW,
            **dict.fromkeys(("args", "hidden", "impact", "run"), _MAP),
            **dict.fromkeys(("args_sha256", "content_sha256"), _KEYED),
            **dict.fromkeys(("rationale", "state", "subject_kind", "subject_id"), _EMPTY),
            "summary": _WORD,
        },
        past=("content_never_changes",),
    ),
    # After the proposal itself: it is what the agent is told about it from then on.
    Holding("intake.IdempotencyKey", "proposal", {"body_sha256": _KEYED, "body": Becomes.ANSWER}),
)

# What is done to other tables than those above: column, and the function of `apps.privacy` that does it.
ELSEWHERE: dict[str, dict[str, str]] = {
    "audit.Event": {
        "subject_label": "erasing.audit_parts",
        "data": "erasing.audit_parts",
    },
    "outcomes.LogEvent": dict.fromkeys(("case", "source", "resource"), "naming.rename_cases"),
    "outcomes.MeasuredCase": {"case": "naming.rename_cases"},
    "outcomes.TouchedCase": {"case": "naming.rename_cases"},
    "outcomes.FollowedDay": {"examples": "naming.rename_cases"},
    "costs.Run": {"name": "runs.rename_those_of"},
    "costs.Usage": dict.fromkeys(("key", "body_sha256", "answer"), "runs.rename_those_of"),
}

_OWN_WORD = "one of ReviewHub's own words"
_STAFF = "the name of somebody who works here, or an id of theirs, not the subject's"
_NAMES_OF_ARGUMENTS = "names of arguments, which its action type declares"
_ACTION = "the name of an action type, which an admin registered"
_CODE = "a code of the workflow's own list"
_SLUG = "a slug an admin gave"

# {model: {column: why it holds nothing of the subject of a proposal}}. What has choices needs no line.
KEPT: dict[str, dict[str, str]] = {
    "proposals.Proposal": {"masked": _NAMES_OF_ARGUMENTS},
    "proposals.Alternative": {"action_name": _ACTION},
    "proposals.Assessment": {"trust": "what its slice had earned: a stage and numbers"},
    "proposals.Resolution": {
        "action_name": _ACTION,
        "reason_code": _CODE,
        "decided_by": _STAFF,
    },
    "proposals.Grant": {"action_name": _ACTION, "revoked_because": _OWN_WORD},
    "proposals.HumanAction": {"action_name": _ACTION, "reason_code": _CODE},
    "reviews.Decision": {
        "role": _OWN_WORD,
        "action_name": _ACTION,
        "reason_code": _CODE,
        "retry": _OWN_WORD,
    },
    "reviews.BlindPick": {"action_name": _ACTION},
    "reviews.Emergency": {"taken_from": _STAFF},
    "reviews.Task": {"verbs": _OWN_WORD},
    "reviews.QueueVisit": {"why_left": _OWN_WORD},
    "escalation.StepExecution": {"told": _STAFF},
    "escalation.Incident": {"key": "ids and slugs", "closed_by_name": _STAFF},
    "evaluation.ShadowCase": {"differing": _NAMES_OF_ARGUMENTS},
    "evaluation.JudgeScore": {
        "said": "a word of the judge's scale",
        "model": "the name of a model",
    },
    "evaluation.JudgedCase": {
        "said": "a word of the judge's scale",
        "people": "a word of the judge's scale",
    },
    "rulebook.BackTestCase": {
        "before": "what a policy answers: routes, slugs and titles of rules",
        "after": "what a policy answers: routes, slugs and titles of rules",
    },
    "trust.LedgerEntry": {
        "differing": _NAMES_OF_ARGUMENTS,
        "decided_by": "of decisions: the name of whoever decided, which makes it evidence",
    },
    "trust.SeedVoid": {"by_name": _STAFF},
    "sla.ClockCycle": {
        "target_text": "a duration of an SLA policy",
        "pauses": "moments",
    },
    "delivery.OutboxEvent": {"type": "a type of event"},
    "delivery.Delivery": {"email": _STAFF},
    "delivery.Notification": {
        "kind": _OWN_WORD,
        "link": "a path of this installation, with ids",
    },
    "intake.IdempotencyKey": {
        "key": "goes a day after the proposal has ended; until then it keeps the request from coming in again"
    },
    "audit.Event": {
        "verb": _OWN_WORD,
        "actor_kind": _OWN_WORD,
        "actor_id": _STAFF,
        "actor_name": "who acted: a person who works here, an agent, or ReviewHub",
        "subject_kind": _OWN_WORD,
        "subject_id": "ReviewHub's own id",
        "erased": "digests and salts of what was erased",
    },
    "routing.Sighting": {
        "fingerprint": "of a category",
        "label": "categories: what an admin declares to be one must name nobody",
    },
    "outcomes.LogEvent": {"activity": "the name of a step of the process"},
    "outcomes.FollowedDay": {
        "before": "the name of a step of the process",
        "after": "the name of a step of the process",
        "spread": "counts",
    },
    "costs.Usage": {"problem": "a kind of problem of the API"},
    "privacy.ErasedProposal": {"rows": "numbers of rows"},
}
