"""Ordering a back-test of a draft, and calling it off. What runs it is `running`."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import actions as audit
from apps.delivery.waking import wake
from apps.routing.models import PolicyVersion
from apps.rulebook import policies
from apps.rulebook.content import BadContent, checked
from apps.rulebook.models import BackTest, BackTestCase, PolicyDraft
from apps.rulebook.states import UNFINISHED, DraftStatus, TestStatus

RUN = "apps.rulebook.tasks.run_back_tests"
FEWEST, MOST = 100, 1_000_000


class NotOrdered(ValueError):
    """The back-test cannot be, or not now; the message says why."""


class AlreadyEnded(ValueError):
    """There is nothing to call off any more."""

    def __init__(self) -> None:
        super().__init__(_("This back-test has ended already."))


def comparable(draft: PolicyDraft) -> QuerySet[PolicyVersion]:
    """The published versions a draft can be compared with: the one that holds in its place is the first."""
    versions = PolicyVersion.objects.filter(Q(workflow=draft.workflow_id) | Q(workflow=None))
    # The workflow's own come first: PostgreSQL sorts NULL last.
    return versions.select_related("workflow").order_by("workflow", "-number")


def order(*, draft_id: int, last: int, against_id: int | None = None, by: User, now: datetime) -> BackTest:
    """Have the draft, as it is now, tried on the last proposals beside a published version (None: the one that holds).

    Raises NotAllowed, NotOrdered.
    """
    with transaction.atomic():
        drafts = PolicyDraft.objects.select_for_update(of=("self",)).select_related("workflow")
        draft = drafts.get(pk=draft_id)
        policies.check_write(by=by)
        if not FEWEST <= last <= MOST:
            raise NotOrdered(
                _("Try it on {fewest} to {most} proposals.").format(fewest=f"{FEWEST:,}", most=f"{MOST:,}")
            )
        if draft.status != DraftStatus.OPEN:
            raise NotOrdered(_("This draft has ended: begin another one."))
        if draft.back_tests.filter(status__in=UNFINISHED).exists():
            raise NotOrdered(_("This draft is being tried already: wait for it or call it off."))
        test = BackTest.objects.create(
            draft=draft,
            against=_against(draft, against_id),
            content=_usable(draft),
            digest=draft.digest,
            wanted=last,
            ordered_at=now,
            ordered_by=by,
        )
        _tell(test, "back_test.ordered", by, now)
        wake(RUN)
    return test


def cancel(*, back_test_id: int, by: User, now: datetime) -> BackTest:
    """Call it off; a worker that runs it notices before it writes the next time. Raises NotAllowed, AlreadyEnded."""
    with transaction.atomic():
        tests = BackTest.objects.select_for_update(of=("self",)).select_related("draft__workflow", "against")
        test = tests.get(pk=back_test_id)
        policies.check_write(by=by)
        if not test.is_unfinished:
            raise AlreadyEnded
        test.status, test.ended_at = TestStatus.CANCELLED, now
        test.save(update_fields=["status", "ended_at"])
        # Half of the cases would look like all of them.
        BackTestCase.objects.filter(back_test=test).delete()
        _tell(test, "back_test.cancelled", by, now)
    return test


def _against(draft: PolicyDraft, against_id: int | None) -> PolicyVersion:
    versions = comparable(draft)
    found = versions.first() if against_id is None else versions.filter(pk=against_id).first()
    if found is None:
        raise NotOrdered(_("There is no such published version to compare it with."))
    return found


def _usable(draft: PolicyDraft) -> dict[str, object]:
    try:
        checked(draft.content)
    except BadContent as error:
        raise NotOrdered(
            _("The draft cannot be tried as it is: {problems}").format(problems=str(error))
        ) from error
    content: dict[str, object] = draft.content
    return content


def _tell(test: BackTest, verb: str, by: User, now: datetime) -> None:
    audit.record(
        verb=verb,
        now=now,
        by=by,
        subject=("back_test", test.pk, str(test.draft)),
        workflow_id=test.draft.workflow_id,
        data={"wanted": test.wanted, "against": str(test.against), "digest": test.digest},
    )
