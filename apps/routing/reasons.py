"""The sentences in which the assessment's reasons are told to people and to agents."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SENTENCES: dict[str, str | Promise] = {
    "stage_shadow": _("This slice of work is in shadow: proposals are recorded and never carried out."),
    "stage_assisted": _("This slice of work is assisted: a person approves every action first."),
    "stage_supervised": _("This slice of work is supervised."),
    "stage_suspended": _("This slice of work is suspended."),
    "ceiling": _("The slice has earned {earned}, but the policy's ceiling here is {ceiling}."),
    "no_threshold": _("Stated confidence {confidence}; this slice has not earned a threshold yet."),
    "below_threshold": _("Stated confidence {confidence} is below the slice's threshold {threshold}."),
    "above_threshold": _("Stated confidence {confidence} is at or above the slice's threshold {threshold}."),
    "held": _("The slice is paused: everything is looked at."),
    "goes_to_person": _("The slice does not act now: when the window is over, a person decides."),
    "came_to_person": _(
        "It was about to act, but its slice or its agent did not act any more: a person decides."
    ),
    "matrix_people": _("{consequence} and {reversibility}: {people} people must agree."),
    "amount_over_limit": _(
        "{amount} {currency} is over the limit of {limit} {currency}: two people must agree."
    ),
    "amount_other_currency": _(
        "The amount is in {currency}, the limit in {expected}: they cannot be compared, so two people must agree."
    ),
    "amount_missing": _("It moves money but does not say how much: two people must agree."),
    "external_communication": _("It reaches someone outside the organisation."),
    "commits_organisation": _("It commits the organisation."),
    "deletes_data": _("It deletes data: two people must agree."),
    "unknown_reversibility": _("Whether it can be undone is unknown, so it counts as irreversible."),
    "stricter_hint": _(
        "The agent itself calls it {consequence} and {reversibility}; the stricter view is used."
    ),
    "rule_refuse": _("Rule “{rule}”: refused."),
    "rule_raised": _("Rule “{rule}”: it counts as {consequence} and {reversibility}."),
    "rule_review": _("Rule “{rule}”: a person decides."),
    "rule_queue": _("Rule “{rule}”: it goes to the queue {queue}."),
    "rule_second_approver": _("Rule “{rule}”: two people must agree."),
    "rule_compliance": _("Rule “{rule}”: somebody of the queue {queue} must agree as the second."),
    "rule_corroborated": _("Rule “{rule}”: another agent proposed the same."),
    "rule_uncorroborated": _("Rule “{rule}”: no other agent proposed the same, so a person decides."),
    "rule_blind": _("Rule “{rule}”: the reviewer says first what they would do."),
    "rule_mask": _("Rule “{rule}”: hidden here: {names}."),
    "rule_failed": _("Rule “{rule}” could not be answered, so a person decides: {failure}"),
    "never_seen": _("Never seen in this slice before: {what}."),
    "stale_evidence": _("Evidence older than {hours} hours: {count}."),
    "no_evidence": _("The agent gave no evidence."),
    "open_on_subject": _("Other open proposals about the same subject: {count}."),
}


def sentence(reason: dict[str, Any]) -> str:
    """The sentence of one stored reason (`Reason.as_json`)."""
    figures = {
        name: ", ".join(str(part) for part in value) if isinstance(value, list) else value
        for name, value in reason["figures"].items()
    }
    return str(SENTENCES[reason["code"]]).format(**figures)
