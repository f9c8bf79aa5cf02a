"""The kinds of messages a webhook can ask for (CloudEvents types). Those not named are not sent."""

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
    "reviewhub.slice.recommended.v1": _("A slice is ready for the next stage"),
    "reviewhub.slice.promoted.v1": _("A slice was moved up"),
    "reviewhub.slice.demoted.v1": _("A slice was moved down"),
    "reviewhub.slice.suspended.v1": _("A slice was suspended"),
}
