"""What a reviewer would have done about a shadow proposal, having seen it: kept, compared, never granted, no proof."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.proposals import changes
from apps.proposals.actions import diverged
from apps.proposals.models import HumanAction
from apps.reviews import policies
from apps.reviews.choosing import Choice, Invalid, action_meant
from apps.trust import actions as trust
from apps.trust.states import Basis, NotEvidence, Source


def would_have(*, proposal_id: UUID, by: User, choice: Choice, now: datetime) -> HumanAction:
    """Keep one person's opinion, once. Raises NotAllowed, Invalid."""
    with transaction.atomic():
        proposal = changes.locked(proposal_id)
        policies.check_would_have(proposal, by=by)
        if HumanAction.objects.filter(proposal=proposal, by=by).exists():
            raise Invalid("verb", _("You have said what you would have done; it is kept once."))
        if choice.seen_sha256 != proposal.args_sha256:
            raise Invalid("verb", _("The arguments on your page are not those of the proposal. Look again."))
        action = action_meant(proposal, choice)
        row = HumanAction.objects.create(
            proposal=proposal,
            action_name=action.name,
            args=action.args,
            args_sha256=action.sha256,
            actor=by.name,
            by=by,
            verb=choice.verb,
            reason_code=choice.reason_code,
            note=choice.note.strip(),
            occurred_at=now,
            received_at=now,
        )
        found = diverged(proposal, action.name, action.args)
        changes.tell(
            proposal,
            audit_verb="proposal.opinion_given",
            event="reviewhub.shadow.compared.v1",
            now=now,
            by=by,
            data={"verb": choice.verb.value, "divergence": found.kind.value, "differing": list(found.fields)},
        )
        trust.record(
            slice_id=proposal.slice_id,
            agent_version_id=proposal.agent_version_id,
            proposal_id=proposal.pk,
            source=(Source.HUMAN, row.pk),
            wrong=action.sha256 != proposal.args_sha256,
            confidence=proposal.confidence,
            content_sha256=proposal.content_sha256,
            decided_by=by.name,
            not_counted_because=NotEvidence.NOT_BLIND,
            basis=Basis(proposal.basis),
            diverged=found,
            now=now,
        )
        return row
