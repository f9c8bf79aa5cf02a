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
    "absence.cancelled": _("{actor} cancelled an absence of {subject}."),
    "absence.set": _("{actor} noted an absence of {subject}."),
    "action_type.changed": _("{actor} changed the action type {subject}."),
    "action_type.registered": _("{actor} registered the action type {subject}."),
    "agent.changed": _("{actor} changed the agent {subject}."),
    "agent.registered": _("{actor} registered the agent {subject}."),
    "agent.resumed": _("{actor} let the agent {subject} work again: {reason}"),
    "agent.suspended": _("{actor} suspended the agent {subject}: {reason}"),
    "agent_grant.changed": _("{actor} changed where an agent may propose: {subject}."),
    "agent_grant.registered": _("{actor} let an agent propose: {subject}."),
    "agent_grant.withdrawn": _("{actor} took back where an agent may propose: {subject}."),
    "agent_key.issued": _("{actor} issued a key to the agent {subject}."),
    "agent_key.revoked": _("{actor} revoked a key of the agent {subject}: {reason}"),
    "agent_key.rotated": _("{actor} replaced a key of the agent {subject}."),
    "agent_version.registered": _("A new version of the agent {subject} was seen."),
    "calendar.saved": _("{actor} saved the calendar {subject}."),
    "clock.breached": _("A target was missed: {subject}."),
    "email.replayed": _("{actor} sent an e-mail again: {subject}."),
    "person.added": _("{actor} added {subject}."),
    "person.changed": _("{actor} changed {subject}."),
    "person.let_in": _("{actor} let {subject} sign in again."),
    "person.password_link_made": _("{actor} made a link for {subject} to set a password."),
    "person.shut_out": _("{actor} no longer lets {subject} sign in."),
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
    "queue.changed": _("{actor} changed the queue {subject}."),
    "queue.made": _("{actor} made the queue {subject}."),
    "reason_code.changed": _("{actor} changed the reason {subject}."),
    "reason_code.registered": _("{actor} added the reason {subject}."),
    "reason_code.removed": _("{actor} removed the reason {subject}."),
    "role.given": _("{actor} gave {subject} the role {role}."),
    "role.taken_back": _("{actor} took the role {role} back from {subject}."),
    "signing_key.rotated": _("{actor} replaced the key that signs grants by {subject}."),
    "slice.created": _("The slice {subject} was opened."),
    "slice.stage_changed": _("{actor} moved the slice {subject} from {from} to {to}: {reason}"),
    "task.claimed": _("{actor} claimed the task in {subject}."),
    "task.released": _("{actor} gave the task back to {subject}."),
    "task.skipped": _("{actor} skipped the task in {subject}."),
    "task.lease_lost": _("The claim ran out; the task went back to {subject}."),
    "task.decided": _("{actor} decided the task in {subject}."),
    "task.undone": _("{actor} took the decision in {subject} back."),
    "task.passed_to_second": _(
        "The task in {subject} went to a second person, who decides without seeing the first answer."
    ),
    "task.settled": _("The decision in {subject} took effect."),
    "task.cancelled": _("The task in {subject} was no longer needed."),
    "team.changed": _("{actor} changed the team {subject}."),
    "team.made": _("{actor} made the team {subject}."),
    "webhook.registered": _("{actor} registered the webhook {subject}."),
    "webhook.changed": _("{actor} changed the webhook {subject}."),
    "webhook.secret_rotated": _("{actor} replaced the secret of the webhook {subject}."),
    "webhook.enabled": _("{actor} switched the webhook {subject} on."),
    "webhook.disabled": _("{actor} switched the webhook {subject} off: {reason}"),
    "webhook.deleted": _("{actor} deleted the webhook {subject}."),
    "webhook.replayed": _("{actor} sent {count} message(s) to {subject} again."),
    "workflow.changed": _("{actor} changed the workflow {subject}."),
    "workflow.registered": _("{actor} registered the workflow {subject}."),
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
