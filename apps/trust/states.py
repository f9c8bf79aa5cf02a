"""What a ledger entry can come from, what it feeds, and every reason for which something is not trust evidence."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Source(models.TextChoices):
    """Where a ledger entry comes from; with the source's id it makes the entry unique."""

    DECISION = "decision", _("a person's decision")
    ENDING = "ending", _("an end without a decision")
    OUTCOME = "outcome", _("a later outcome")
    HUMAN = "human", _("what people did themselves")
    VETO = "veto", _("a person stopped it")


class Basis(models.TextChoices):
    """Why a person looked at a proposal; stored with it on arrival, before anything about it is known."""

    FULL = "full", _("everything here is reviewed")
    AUDIT = "audit", _("the audit's coin chose it")
    PAUSED = "paused", _("the alarm had paused the slice")
    CONTEXT = "context", _("a rule or its context asked for a person")
    SHADOW = "shadow", _("recorded in shadow")


class Feeds(models.TextChoices):
    """What a counted entry goes into."""

    PROOF = "proof", _("the proof")
    ALARM = "alarm", _("the alarm")
    USEFULNESS = "usefulness", _("the usefulness gate")
    NOTHING = "", _("nothing")


class NotEvidence(models.TextChoices):
    """Why an entry does not count."""

    EXPIRED = "expired", _("the proposal expired before anyone decided")
    WITHDRAWN = "withdrawn", _("the agent withdrew the proposal")
    SUPERSEDED = "superseded", _("a newer proposal took its place")
    POLICY = "policy", _("a policy decided, not a person")
    FALLBACK = "fallback", _("the fallback decided, because no person did in time")
    BULK = "bulk", _("decided together with others, not by itself")
    BREAK_GLASS = "break_glass", _("decided outside the rules in an emergency")
    UNDONE = "undone", _("the person took the decision back")
    NOT_SETTLING = "not_settling", _("another person's decision settled the proposal")
    NOT_AGENTS_FAULT = "not_agents_fault", _("rejected for a reason that is not the agent's fault")
    TOO_FAST = "too_fast", _("decided faster than the proposal can be read")
    STREAK = "streak", _("one of a long row of quick approvals")
    CONFLICTED = "conflicted", _("the person who decided owns the agent")
    CARELESS_REVIEWER = "careless_reviewer", _("the reviewer provably misses too many mistakes")
    DUPLICATE_CONTENT = "duplicate_content", _("the same content was counted before in this slice")
    SUBJECT_CAP = "subject_cap", _("enough was counted about the same subject in one day")
    BELOW_FLOOR = "below_floor", _("the stated confidence is below all tested ones")
    NOT_SAMPLED = "not_sampled", _("reviewed because of a rule or its context, not picked at random")
    NOT_RUNNING = "not_running", _("what it was audited for does not run any more")
    SECOND_LOOK = "second_look", _("another person is asked before it counts as wrong")
    SECOND_LOOK_SPLIT = "second_look_split", _("a later look at the same proposal counts instead")
    REPLAY = "replay", _("a mistake known before, shown again to measure reviewers")
    HUMAN_ONLY = "human_only", _("what people did counts in shadow only, where nobody looks blind")
    NOT_BLIND = "not_blind", _("the person had seen what the agent proposed")
    VETOED = "vetoed", _("stopped before it ran: that raises the alarm and proves nothing")
    OUTCOME_ONLY = "outcome_only", _("later outcomes raise the alarm, they prove nothing good")


class Divergence(models.TextChoices):
    """How what people did, or would have done, differs from what was proposed."""

    SAME = "same", _("the same")
    OTHER_VALUES = "other_values", _("the same action with other values")
    ALTERNATIVE = "alternative", _("one of the agent's alternatives")
    OTHER_ACTION = "other_action", _("another action")
    NOTHING = "nothing", _("nothing")


class Move(models.TextChoices):
    """What can happen to the autonomy an agent version has in a slice."""

    OPENED = "opened", _("first seen")
    PROMOTED = "promoted", _("promoted by two people")
    LOWERED = "lowered", _("threshold lowered by two people")
    PAUSED = "paused", _("paused by the alarm")
    RESUMED = "resumed", _("resumed")
    DEMOTED = "demoted", _("demoted by the alarm")
    STARTED_OVER = "started_over", _("started over: nothing pointed to a proof")
    TOO_THIN = "too_thin", _("back to full review: too few audits")
    TAKEN_BACK = "taken_back", _("taken back by a person")
    RETERMED = "retermed", _("started over with other criteria")


# What takes autonomy away. A pause does not: it ends by itself.
WENT_DOWN = (Move.DEMOTED, Move.TAKEN_BACK, Move.TOO_THIN)


class RecommendationKind(models.TextChoices):
    """What is recommended to people."""

    ASSISTED = "assisted", _("shadow to assisted")
    SUPERVISED = "supervised", _("assisted to supervised")
    LOWER = "lower", _("a lower threshold")


class RecommendationStatus(models.TextChoices):
    """Where a recommendation stands."""

    OPEN = "open", _("waits for two people")
    RATIFIED = "ratified", _("ratified")
    DECLINED = "declined", _("declined")
    WITHDRAWN = "withdrawn", _("withdrawn: the evidence changed")


class Level(models.TextChoices):
    """The autonomy level that is shown for a slice. There is no fourth here, by design."""

    NONE = "none", _("no autonomy")
    L1 = "l1", _("L1 human in the loop")
    L2 = "l2", _("L2 human on the loop")
    L3 = "l3", _("L3 human by exception")


class Drift(models.TextChoices):
    """What can differ from the baseline."""

    CONFIDENCE = "confidence", _("stated confidence")
    ACTIONS = "actions", _("mix of actions")
    SUBJECTS = "subjects", _("kinds of subjects")
    CATEGORIES = "categories", _("kinds of arguments")
    AMOUNTS = "amounts", _("amounts")
    OVERRIDES = "overrides", _("rate of overrides")


class AlertStatus(models.TextChoices):
    """Where a drift alert stands: alert, validate, act. No status moves a threshold."""

    OPEN = "open", _("waits for its owner")
    REAL = "real", _("looked at: the work has changed")
    HARMLESS = "harmless", _("looked at: harmless")
    DONE = "done", _("acted on")


# An alert is looked at before anybody acts, and what has ended stays ended.
ALERT_MOVES: dict[AlertStatus, tuple[AlertStatus, ...]] = {
    AlertStatus.OPEN: (AlertStatus.REAL, AlertStatus.HARMLESS),
    AlertStatus.REAL: (AlertStatus.DONE, AlertStatus.HARMLESS),
    AlertStatus.HARMLESS: (),
    AlertStatus.DONE: (),
}


class ReadyItem(models.TextChoices):
    """What a workflow has to have ready before its slices are given more."""

    COST_MODEL = "cost_model", _("Cost model")
    OBSERVABILITY = "observability", _("Observability")
    ESCALATION = "escalation", _("Escalation path")
    PERMISSIONS = "permissions", _("Permission review")
    ROLLBACK = "rollback", _("Rollback")
    BASELINE = "baseline", _("Evaluation baseline")
    ON_CALL = "on_call", _("On call")


class ItemState(models.TextChoices):
    """Where an item stands on a day."""

    MISSING = "missing", _("missing")
    DONE = "done", _("done")
    ENDING = "ending", _("ends soon")
    EXPIRED = "expired", _("expired")
    UNOWNED = "unowned", _("without an owner")
