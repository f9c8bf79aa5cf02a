"""The one row of a workflow's costs: whoever changes a sum holds it. A workflow counts in one currency."""

import re

from django.utils.translation import gettext as _

from apps.costs.models import Account, Benchmark, Budget, Spent
from apps.costs.states import Span
from apps.registry.models import Workflow

_CODE = re.compile("[A-Z]{3}")


class CostError(ValueError):
    """This cannot be meant so; the message says what to change."""


class OtherCurrency(CostError):
    """The workflow counts in another currency."""


def locked_account(workflow: Workflow) -> Account:
    """The account of a workflow, made if there is none, locked until the transaction ends."""
    Account.objects.get_or_create(workflow=workflow)
    return Account.objects.select_for_update(no_key=True, of=("self",)).get(pk=workflow.pk)


def check_currency(currency: str) -> None:
    """Raises CostError for what is no code of a currency."""
    if not _CODE.fullmatch(currency):
        raise CostError(_("A currency is given as its code of three letters, such as EUR."))


def is_planned(account: Account) -> bool:
    """Whether an admin has set amounts of money, which another currency would turn into others."""
    plans = (Budget.objects.filter(workflow=account.pk), Benchmark.objects.filter(workflow=account.pk))
    return any(rows.exists() for rows in plans)


def count_in(account: Account, currency: str, *, may_change: bool) -> None:
    """Let the workflow count in this currency. Raises OtherCurrency where it counts in another one, unless the caller
    may change that and nothing was spent yet.
    """
    if account.currency == currency:
        return
    spent = Spent.objects.filter(workflow=account.pk, span=Span.EVER, amount__gt=0)
    if account.currency and (not may_change or spent.exists()):
        raise OtherCurrency(
            _("Costs of this workflow are counted in {currency}.").format(currency=account.currency)
        )
    account.currency = currency
    account.save(update_fields=["currency"])
