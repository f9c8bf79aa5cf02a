"""The kinds of messages ReviewHub sends and a webhook can ask for (CloudEvents types). Others are not emitted."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

EVENT_TYPES: dict[str, str | Promise] = {
    "reviewhub.proposal.queued.v1": _("A proposal waits for a person"),
    "reviewhub.proposal.claimed.v1": _("A person took a proposal"),
    "reviewhub.proposal.info_requested.v1": _("A person asked the agent for information"),
    "reviewhub.proposal.escalated.v1": _("A proposal was escalated"),
    "reviewhub.proposal.decided.v1": _("A proposal was decided"),
    "reviewhub.proposal.expired.v1": _("A proposal expired"),
    "reviewhub.proposal.withdrawn.v1": _("A proposal was withdrawn"),
    "reviewhub.shadow.recorded.v1": _("A shadow proposal was recorded"),
    "reviewhub.shadow.compared.v1": _("It is known what people did about a shadow proposal"),
    "reviewhub.slice.recommended.v1": _("A step up of a slice is recommended"),
    "reviewhub.slice.promoted.v1": _("A slice was promoted"),
    "reviewhub.slice.suspended.v1": _("A slice was paused"),
    "reviewhub.slice.resumed.v1": _("A paused slice runs again"),
    "reviewhub.slice.demoted.v1": _("A slice was demoted"),
    "reviewhub.clock.breached.v1": _("A target was missed"),
    "reviewhub.audit.sealed.v1": _("Events of the audit log were sealed"),
}
