"""Which part of the help is about a page? By the name of its view: the longest beginning that fits. Pure."""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Topic(NamedTuple):
    """One page of the help: its address and template, its title, and the beginnings of the views it is about."""

    slug: str
    title: str | Promise
    views: tuple[str, ...]


TOPICS = (
    Topic("turn", _("Your turn"), ("desk:home", "desk:live", "desk:undo")),
    Topic("queues", _("Queues"), ("desk:queue_", "desk:view_", "desk:bulk_")),
    Topic("card", _("The decision card"), ("desk:task_", "desk:evidence_")),
    Topic(
        "checks",
        _("How reviewers are checked"),
        ("desk:queue_checks", "desk:own_checks", "desk:check_", "desk:dispute_", "desk:case_"),
    ),
    Topic("proposals", _("Proposals"), ("desk:proposal_", "desk:outcome_report")),
    Topic("outcomes", _("Outcomes"), ("outcomes:", "desk:slice_outcomes")),
    Topic("quality", _("Scorecard and quality"), ("quality:", "evaluation:")),
    Topic("costs", _("Costs"), ("costs:",)),
    Topic("trust", _("Trust"), ("trust:", "desk:veto_")),
    Topic("readiness", _("Readiness and the register"), ("assurance:",)),
    Topic("segments", _("Segments"), ("rulebook:segment_",)),
    Topic("policies", _("Policies"), ("rulebook:",)),
    Topic("back-tests", _("Back-tests"), ("back_tests:",)),
    Topic("halts", _("Halts"), ("halts:",)),
    Topic("workflows", _("Workflows"), ("registry:workflow_", "registry:action_type_")),
    Topic("agents", _("Agents"), ("registry:", "permissions:")),
    Topic("sla", _("Calendars and targets"), ("sla:", "desk:policy_apply")),
    Topic("escalation", _("Escalation"), ("escalation:",)),
    Topic("reports", _("Reports"), ("desk:report_",)),
    Topic("deliveries", _("Deliveries"), ("delivery:", "inbox:")),
    Topic("privacy", _("Privacy"), ("privacy:",)),
    Topic("audit", _("Audit"), ("audit:",)),
    Topic("people", _("People"), ("accounts:", "account_", "mfa_")),
)
BY_SLUG = {topic.slug: topic for topic in TOPICS}


def topic_of(view: str) -> Topic | None:
    """The topic about this view (`namespace:name`); None where nobody needs one."""
    fitting = [
        (len(beginning), topic) for topic in TOPICS for beginning in topic.views if view.startswith(beginning)
    ]
    return max(fitting, key=lambda pair: pair[0])[1] if fitting else None
