"""How an audit event reads: one sentence for every verb, naming who did what to what.

A template may use `{actor}`, `{subject}` and any key of the event's data; a key that is missing reads as a
dash. A verb without a template still reads as a sentence, so that no event is ever hidden.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
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
    "agent.refused": _("The suspended agent {subject} called and was refused."),
    "agent.registered": _("{actor} registered the agent {subject}."),
    "agent.resumed": _("{actor} let the agent {subject} work again: {reason}"),
    "agent.suspended": _("{actor} suspended the agent {subject}: {reason}"),
    "agent_grant.changed": _("{actor} changed where an agent may propose: {subject}."),
    "agent_grant.registered": _("{actor} let an agent propose: {subject}."),
    "agent_grant.reviewed": _("{actor} reviewed what an agent may propose: {subject}. {note}"),
    "agent_grant.withdrawn": _("{actor} took back where an agent may propose: {subject}."),
    "agent_key.issued": _("{actor} issued a key to the agent {subject}."),
    "agent_key.revoked": _("{actor} revoked a key of the agent {subject}: {reason}"),
    "agent_key.rotated": _("{actor} replaced a key of the agent {subject}."),
    "agent_version.approved": _("{actor} approved {subject}: {name}. {note}"),
    "agent_version.registered": _("A new version of the agent {subject} was seen."),
    "agent_version.validated": _(
        "{actor} noted how {subject} did in {name}: {score} of {cases} cases. {note}"
    ),
    "back_test.cancelled": _("{actor} called off a back-test of the draft {subject}."),
    "back_test.done": _(
        "A back-test of the draft {subject} is done: {changed} of {answered} proposals differ."
    ),
    "back_test.failed": _("A back-test of the draft {subject} failed: {problem}"),
    "back_test.ordered": _(
        "{actor} had the draft {subject} tried on the last {wanted} proposals, beside {against}."
    ),
    "baseline.frozen": _("{actor} froze a baseline of {subject}: {value} from {n} cases."),
    "breaker.set": _("{actor} set the circuit breaker of {subject}: {text}."),
    "budget.spent": _("A budget is spent: {text}"),
    "budget.warned": _("A budget comes to its end: {text}"),
    "budgets.set": _("{actor} set what {subject} may cost: {text}."),
    "calendar.saved": _("{actor} saved the calendar {subject}."),
    "chain.deleted": _("{actor} deleted the escalation chain {subject}."),
    "chain.saved": _("{actor} saved version {version} of the escalation chain {subject}."),
    "chat_channel.changed": _("{actor} changed the chat channel {subject}."),
    "chat_channel.deleted": _("{actor} deleted the chat channel {subject}."),
    "chat_channel.disabled": _("{actor} switched the chat channel {subject} off: {reason}"),
    "chat_channel.enabled": _("{actor} switched the chat channel {subject} on."),
    "chat_channel.registered": _("{actor} registered the chat channel {subject}."),
    "chat_channel.replayed": _("{actor} sent {count} message(s) to {subject} again."),
    "chat_channel.tested": _("{actor} sent a test message to the chat channel {subject}."),
    "clock.breached": _("A target was missed: {subject}."),
    "clock.paused": _("A clock was paused until {resume_at}."),
    "email.replayed": _("{actor} sent an e-mail again: {subject}."),
    "erasure.confirmed": _("{actor} confirmed, as a second person, that a subject's data is erased."),
    "erasure.declined": _("{actor} declined that a subject's data is erased: {reason}"),
    "erasure.done": _(
        "A subject's data was erased from {proposals} proposals; {kept} were kept. Certificate {sha256}."
    ),
    "erasure.failed": _("Erasing a subject's data broke off: {problem}"),
    "erasure.gone_on_with": _("{actor} had an erasure that broke off gone on with."),
    "erasure.ordered": _(
        "{actor} asked that a subject's data is erased, {proposals} proposals so far: {reason}"
    ),
    "event_log.exported": _("{actor} took the event log {subject} along as {format}."),
    "event_log.imported": _("The event log {subject} was imported: {cases} cases, {events} events."),
    "event_log.not_imported": _("The event log {subject} was not imported: {problem}"),
    "event_log.queued": _("{actor} had the event log {subject} imported."),
    "event_log.uploaded": _("{actor} uploaded the event log {subject}."),
    "cost_model.saved": _("{actor} saved version {version} of the cost model of {subject}. {note}"),
    "evidence.checked": _("{actor} marked item {position} of the evidence as checked."),
    "evidence.unchecked": _("{actor} took the mark from item {position} of the evidence."),
    "gold.added": _("{actor} put {subject} into the bank of known cases."),
    "gold.answered": _("{actor} decided a known case, {subject}: {result}."),
    "gold.dispute_dismissed": _("{actor} let the known answer of {subject} stand: {note}"),
    "gold.dispute_upheld": _("{actor} found the known answer of {subject} wrong: {note}"),
    "gold.disputed": _("{actor} disputes the known answer of {subject}: {note}"),
    "gold.retired": _("{actor} retired the known case {subject}: {reason}"),
    "halt.begun": _("{actor} halted {subject}: {reason}"),
    "halt.kept": _("{actor} looked again and let {subject} stay halted: {reason}"),
    "halt.lifted": _("{actor} let {subject} go on: {reason}"),
    "incident.closed": _("{actor} closed the incident “{subject}”. {note}"),
    "incident.opened": _("An incident was opened: {text}"),
    "judge_terms.set": _(
        "{actor} set what {subject} asks of judges it shows: kappa {kappa} over {cases} cases."
    ),
    "kpi.confirmed": _("{actor} confirmed {subject} from {from} to {to}. {note}"),
    "kpi.disputed": _("{actor} disputed {subject} from {from} to {to}: {note}"),
    "kpi.reading_entered": _("{actor} entered {value} for {subject} on {day}."),
    "kpi.saved": _("{actor} saved version {version} of the KPI {subject}."),
    "person.added": _("{actor} added {subject}."),
    "person.changed": _("{actor} changed {subject}."),
    "person.let_in": _("{actor} let {subject} sign in again."),
    "person.password_link_made": _("{actor} made a link for {subject} to set a password."),
    "person.shut_out": _("{actor} no longer lets {subject} sign in."),
    "policy_draft.begun": _("{actor} began a draft of the policy {subject}. {back_to}"),
    "policy_draft.changed": _("{actor} changed the draft of the policy {subject}: {changes}"),
    "policy_draft.dropped": _("{actor} dropped the draft of the policy {subject}."),
    "policy_draft.published": _("{actor} published the draft {subject} as {version}: {reason}"),
    "policy.published": _("{actor} published {subject}: {reason}"),
    "proposal.judged": _("{actor} kept what version {version} of the judge {judge} says of {subject}."),
    "proposal.received": _("{actor} proposed {subject}."),
    "proposal.refused": _("A proposal of {actor} was refused."),
    "proposal.recorded": _("The proposal {subject} was recorded in shadow; it can never be carried out."),
    "proposal.acted": _(
        "{subject} may be carried out: its slice is supervised and no rule asked for a person."
    ),
    "proposal.brought_to_person": _("{subject} was about to act, and came before a person after all."),
    "proposal.concluded": _("Another look at {subject} was concluded."),
    "proposal.approved": _("The proposal {subject} was approved."),
    "proposal.denied": _("The proposal {subject} was denied."),
    "proposal.expired": _("The proposal {subject} expired without a decision."),
    "proposal.superseded": _("{actor} put another proposal in the place of {subject}. {reason}"),
    "proposal.withdrawn": _("{actor} withdrew the proposal {subject}."),
    "proposal.failed": _("Carrying out the proposal {subject} failed."),
    "proposal.erased": _("What {subject} held of its subject was erased: {kinds}, {rows} rows."),
    "proposal.escalated": _("Nobody had decided {subject}: step {step} of its chain told {told}."),
    "proposal.info_requested": _("{actor} asked the agent a question about {subject}."),
    "proposal.info_answered": _("{actor} answered the question about {subject}."),
    "proposal.info_unanswered": _("The question about {subject} was not answered in time."),
    "proposal.info_called_off": _("{actor} called the question about {subject} off."),
    "proposal.grant_issued": _("A grant was issued for exactly the approved {subject}."),
    "proposal.grant_redeemed": _("{actor} redeemed the grant for {subject}."),
    "proposal.grant_revoked": _("The grant for {subject} was taken back."),
    "proposal.redeem_refused": _("{actor} tried to redeem the grant for {subject} and was refused."),
    "proposal.result_reported": _("{actor} reported what became of {subject}."),
    "proposal.outcome_reported": _("{actor} reported what became true later about {subject}: {verdict}."),
    "proposal.uncovered": _("{actor} uncovered the hidden values of {subject}."),
    "proposal.opinion_given": _("{actor} said what they would have done about {subject}."),
    "proposal.human_action_reported": _("{actor} reported what a person did about {subject}."),
    "quality.alert_acknowledged": _("{actor} answered the alert on {subject}: {note}"),
    "quality.alert_ended": _("{subject} is back within its limit of {limit}: {value}."),
    "quality.alert_opened": _("{subject} crossed its limit of {limit}: {value}. {owner} was told."),
    "quality.target_set": _(
        "{actor} set the target of {subject} to {target}, an alert from {alert_at} on, for {owner}."
    ),
    "queue.checks_changed": _("{actor} changed how the reviewers of {subject} are checked."),
    "queue.changed": _("{actor} changed the queue {subject}."),
    "queue.lease_measured": _("A claim in {subject} lasts {to} minutes now, as decisions there take."),
    "queue.made": _("{actor} made the queue {subject}."),
    "readiness.reopened": _("{actor} opened the item {label} of {subject} again: {reason}"),
    "readiness.set": _("{actor} said that {subject} has its {label} ready until {until}: {evidence}"),
    "readiness.tried": _("{actor} ran a simulated trigger of the escalation of {subject}: {told}"),
    "reason_code.changed": _("{actor} changed the reason {subject}."),
    "reason_code.registered": _("{actor} added the reason {subject}."),
    "reason_code.removed": _("{actor} removed the reason {subject}."),
    "retention.declined": _("{actor} declined that {subject} keeps data for a shorter time: {text}."),
    "retention.erased": _(
        "On {day} the {kind} of {proposals} proposals of {subject} were erased, being old enough: {rows} rows."
    ),
    "retention.ordered": _("{actor} asked that {subject} keeps data for a shorter time: {text}."),
    "retention.set": _("{actor} set how long {subject} keeps data: {text}."),
    "role.given": _("{actor} gave {subject} the role {role}."),
    "role.taken_back": _("{actor} took the role {role} back from {subject}."),
    "signing_key.rotated": _("{actor} replaced the key that signs grants by {subject}."),
    "sla_policy.applied": _(
        "{actor} applied version {version} of the SLA policy {subject} to {count} open targets."
    ),
    "sla_policy.saved": _("{actor} saved version {version} of the SLA policy {subject}. {reason}"),
    "run.dear": _("The run {subject} costs more than expected: {text}"),
    "sample.exported": _(
        "{actor} took {n} cases of {subject} along as a test set, drawn by the seed {seed}."
    ),
    "segment.changed": _("{actor} changed the segment {subject}."),
    "segment.made": _("{actor} made the segment {subject}."),
    "slice.reviewed": _("{actor} reviewed the autonomy of {subject}, next by {next}: {note}"),
    "slice.created": _("The slice {subject} was opened."),
    "slice.criteria_set": _("{actor} set version {version} of the criteria of {subject}: {reason}"),
    "slice.demoted": _("The alarm demoted {subject}; attempt {attempt} begins."),
    "slice.drift_answered": _("{actor} answered the alert that the {kind} of {subject} changed: {note}"),
    "slice.drift_seen": _("The {kind} of {subject} differs from the baseline."),
    "slice.lowered": _("The threshold of {subject} was lowered to {threshold} by {people}."),
    "slice.paused": _("The alarm paused {subject}: everything is reviewed."),
    "slice.promoted": _("{subject} was promoted by {people}: it acts from a confidence of {threshold} on."),
    "slice.recommendation_declined": _("{actor} declined a step up of {subject}: {reason}"),
    "slice.recommendation_signed": _("{actor} signed for a step up of {subject}."),
    "slice.recommended": _("A step up of {subject} is recommended."),
    "slice.resumed": _("{subject} runs again."),
    "slice.retermed": _("{subject} is judged by other criteria and starts over: {reason}"),
    "slice.started_over": _("Nothing pointed to a proof for {subject}; attempt {attempt} begins."),
    "slice.taken_back": _("{actor} took the autonomy of {subject} back: {reason}"),
    "slice.too_thin": _("{subject} was audited too little: everything is reviewed again."),
    "slice.stage_changed": _("{actor} moved the slice {subject} from {from} to {to}: {reason}"),
    "task.claimed": _("{actor} claimed the task in {subject}."),
    "task.released": _("{actor} gave the task back to {subject}."),
    "task.skipped": _("{actor} skipped the task in {subject}."),
    "task.lease_lost": _("The claim ran out; the task went back to {subject}."),
    "task.delegated": _("{actor} handed the task in {subject} to {to}."),
    "task.assigned": _("ReviewHub gave a task in {subject} to {to}."),
    "task.widened": _("{actor} offered the task in {subject} to the people of {to} too: {reason}"),
    "task.reassigned": _("{actor} moved the task from {from} to {subject}: {reason}"),
    "task.tier_raised": _("{actor} raised the task in {subject} from tier {from} to {to}: {reason}"),
    "task.second_required": _("{actor} asked for a second person on the task in {subject}: {reason}"),
    "task.hurried": _("{actor} asked for help with the task in {subject}: {reason}"),
    "task.armed_again": _("The auditor gave the task in {subject} a new escalation."),
    "task.set_right": _(
        "A clock that was ahead had touched the task in {subject}; its times were set right."
    ),
    "task.picked": _("{actor} said what they would do in {subject}, before the agent's choice was shown."),
    "task.asked": _("{actor} handed the task in {subject} over until the agent has answered."),
    "task.escalated": _("Nobody has decided the task in {subject} yet: {told} were told again."),
    "task.fallback_applied": _(
        "Nobody decided the task in {subject} in time: its fallback came, {fallback}."
    ),
    "task.glass_broken": _(
        "{actor} took the task in {subject} outside the ordinary rules, in an emergency: {reason}"
    ),
    "task.given_back": _("The task in {subject} went back to {to}, who had asked."),
    "task.requeued": _("The task went back to {subject} after a question to the agent."),
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


# As `isoformat` writes a moment with its zone.
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{5,15}([+-][0-9]{2}:[0-9]{2}|Z)")


class _Words(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "-"


def plainly(value: Any) -> str:
    """A value of an event's data as people read it: moments to the minute, yes and no."""
    if isinstance(value, bool):
        return _now("yes") if value else _now("no")
    text = str(value)
    if _MOMENT.fullmatch(text):
        try:
            return f"{datetime.fromisoformat(text).astimezone(UTC):%d %b %Y, %H:%M} UTC"
        except (ValueError, OverflowError):
            return text
    return text


def sentence(event: Event) -> str:
    """The event as one plain sentence. Names in it are untrusted text: escape it like any other."""
    subject = event.subject_label or f"{event.subject_kind.replace('_', ' ')} {event.subject_id}".strip()
    template = SENTENCES.get(event.verb)
    if template is None:
        noun, _dot, done = event.verb.partition(".")
        what = f"{noun} {done}".replace("_", " ").strip()
        return _now("{actor}: {what}, {subject}.").format(actor=event.actor_name, what=what, subject=subject)
    data = {
        key: ", ".join(map(plainly, value)) if isinstance(value, list) else plainly(value)
        for key, value in event.data.items()
    }
    words = _Words({**data, "actor": event.actor_name, "subject": subject})
    return str(template).format_map(words)
