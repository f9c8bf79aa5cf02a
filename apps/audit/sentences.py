"""How an audit event reads: one sentence for every verb, naming who did what to what.

A template may use `{actor}`, `{subject}` and any key of the event's data; a key that is missing reads as a
dash. A verb without a template still reads as a sentence, so that no event is ever hidden.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.audit.models import Event

SENTENCES: Mapping[str, str | Promise] = {
    "agent.registered": _("{actor} registered the agent {subject}."),
    "agent.changed": _("{actor} changed the agent {subject}."),
    "agent.suspended": _("{actor} suspended the agent {subject}."),
    "agent.resumed": _("{actor} let the agent {subject} work again."),
    "agent.key_issued": _("{actor} issued a key to the agent {subject}."),
    "agent.key_rotated": _("{actor} replaced a key of the agent {subject}."),
    "agent.key_revoked": _("{actor} revoked a key of the agent {subject}."),
    "agent.version_seen": _("A new version of the agent {subject} was seen."),
    "config.imported": _("{actor} imported the configuration of {subject}."),
    "config.created": _("{actor} created {subject}."),
    "config.changed": _("{actor} changed {subject}."),
    "config.removed": _("{actor} removed {subject}."),
    "policy.published": _("{actor} published {subject}: {reason}"),
    "proposal.received": _("{actor} proposed {subject}."),
    "proposal.refused": _("A proposal of {actor} was refused."),
    "proposal.recorded": _("The proposal {subject} was recorded in shadow; it can never be carried out."),
    "proposal.approved": _("The proposal {subject} was approved."),
    "proposal.denied": _("The proposal {subject} was denied."),
    "proposal.expired": _("The proposal {subject} expired without a decision."),
    "proposal.withdrawn": _("{actor} withdrew the proposal {subject}."),
    "proposal.failed": _("Carrying out the proposal {subject} failed."),
    "proposal.grant_issued": _("A grant was issued for exactly the approved {subject}."),
    "proposal.grant_redeemed": _("{actor} redeemed the grant for {subject}."),
    "proposal.grant_revoked": _("The grant for {subject} was taken back."),
    "proposal.redeem_refused": _("{actor} tried to redeem the grant for {subject} and was refused."),
    "proposal.result_reported": _("{actor} reported what became of {subject}."),
    "proposal.outcome_reported": _("{actor} reported what became true later about {subject}."),
    "proposal.human_action_reported": _("{actor} reported what a person did about {subject}."),
    "role.given": _("{actor} gave {subject} the role {role}."),
    "role.taken_back": _("{actor} took the role {role} back from {subject}."),
    "sla.breached": _("{subject} missed its target."),
    "slice.created": _("The slice {subject} was opened."),
    "slice.stage_changed": _("{actor} moved the slice {subject} from {from} to {to}: {reason}"),
    "task.opened": _("A task was opened in {subject}."),
    "task.claimed": _("{actor} claimed the task in {subject}."),
    "task.released": _("{actor} gave the task back to {subject}."),
    "task.skipped": _("{actor} skipped the task in {subject}."),
    "task.lease_lost": _("The claim ran out; the task went back to {subject}."),
    "task.decided": _("{actor} decided the task in {subject}: {verb}."),
    "task.undone": _("{actor} took the decision in {subject} back."),
    "task.passed_to_second": _(
        "The task in {subject} went to a second person, who decides without seeing the first answer."
    ),
    "task.settled": _("The decision in {subject} took effect."),
    "task.cancelled": _("The task in {subject} was no longer needed."),
    "webhook.registered": _("{actor} registered the webhook {subject}."),
    "webhook.changed": _("{actor} changed the webhook {subject}."),
    "webhook.secret_rotated": _("{actor} replaced the secret of the webhook {subject}."),
    "webhook.enabled": _("{actor} switched the webhook {subject} on."),
    "webhook.disabled": _("{actor} switched the webhook {subject} off: {reason}"),
    "webhook.deleted": _("{actor} deleted the webhook {subject}."),
    "webhook.replayed": _("{actor} sent {count} message(s) to {subject} again."),
}


class _Words(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "-"


def sentence(event: Event) -> str:
    """The event as one plain sentence. Names in it are untrusted text: escape it like any other."""
    subject = event.subject_label or f"{event.subject_kind.replace('_', ' ')} {event.subject_id}".strip()
    template = SENTENCES.get(event.verb)
    if template is None:
        noun, _dot, done = event.verb.partition(".")
        what = f"{noun} {done}".replace("_", " ").strip()
        return _now("{actor}: {what}, {subject}.").format(actor=event.actor_name, what=what, subject=subject)
    words = _Words({**event.data, "actor": event.actor_name, "subject": subject})
    return str(template).format_map(words)
