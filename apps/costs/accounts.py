"""The one row of a workflow's costs: whoever changes a sum holds it. A workflow counts in one currency."""

from django.utils.translation import gettext as _

from apps.costs.models import Account, Spent
from apps.costs.states import Span
from apps.registry.models import Workflow


class CostError(ValueError):
    """This cannot be meant so; the message says what to change."""


class OtherCurrency(CostError):
    """The workflow counts in another currency."""


def locked_account(workflow: Workflow) -> Account:
    """The account of a workflow, made if there is none, locked until the transaction ends."""
    Account.objects.get_or_create(workflow=workflow)
    return Account.objects.select_for_update(no_key=True, of=("self",)).get(pk=workflow.pk)


def count_in(account: Account, currency: str) -> None:
    """Let the workflow count in this currency. Raises OtherCurrency once something was spent in another one."""
    if account.currency == currency:
        return
    spent = Spent.objects.filter(workflow=account.pk, span=Span.EVER, amount__gt=0).exists()
    if account.currency and spent:
        raise OtherCurrency(
            _("Costs of this workflow are counted in {currency}.").format(currency=account.currency)
        )
    account.currency = currency
    account.save(update_fields=["currency"])
