"""What the contract scout proposes: extensions (assisted), and price changes (still in shadow)."""

from datetime import timedelta
from random import Random

from apps.routing.states import Verb
from reviewhub.demo.case import Answer, Case, Item, Other
from reviewhub.demo.names import a_supplier

_AGENT = "contract-scout"
_WORKFLOW = "contract-terms"
_KINDS = (
    "Cleaning of the warehouse",
    "Parcel rates",
    "Packaging film",
    "Fire alarm maintenance",
    "Forklift lease",
)


def extend(random: Random) -> Case:
    """A contract that runs out. Sometimes the notice period is read wrongly."""
    supplier, contract, kind = a_supplier(random), f"CT-{random.randint(2000, 2999)}", random.choice(_KINDS)
    is_wrong = random.random() < 0.25
    year = random.choice((2027, 2028))
    right = {"contract_id": contract, "until": f"{year}-12-31", "notice_months": 3}
    return Case(
        agent=_AGENT,
        workflow=_WORKFLOW,
        action="extend_contract",
        args=right | {"notice_months": 12} if is_wrong else right,
        subject=("contract", contract),
        summary=f"Extend {contract} ({kind}, {supplier.name}) to the end of {year}",
        rationale=(
            f"{contract} ends in ten weeks. {supplier.name} offers the same terms for another term. The service was "
            "rated good in each of the last four quarters, and two other offers were dearer. Clause 14 lets us "
            "extend in writing until six weeks before the end."
        ),
        confidence=random.uniform(0.6, 0.74) if is_wrong else random.uniform(0.8, 0.92),
        evidence=[
            Item("document", f"{contract}, clause 14", "The term is extended in writing, at the latest six weeks "
                 "before it ends. Notice: three months to the end of a quarter.", source=f"contracts.get({contract})"),
            Item("metric", "Quality of service", "Q4 4.4 · Q1 4.5 · Q2 4.3 · Q3 4.6 of 5", source="supplier ratings"),
            Item("message", f"Offer of {supplier.name}", "We would be glad to go on under the present conditions.",
                 source="documents.search", ago=timedelta(days=2)),
        ],
        others=[
            Other("Extend with three months' notice", 0.2, "extend_contract", right) if is_wrong else
            Other("Ask for new offers first", 0.15,
                  risks=[("gap", "Nobody may be under contract in January", "high")]),
        ],
        systems=["contracts"],
        answer=Answer(Verb.CHOOSE_ALTERNATIVE, rank=1, reason="wrong-clause",
                      note="Clause 14 says three months.") if is_wrong else Answer(),
        result="Letter of extension sent and countersigned.",
    )  # fmt: skip


def price_change(random: Random) -> Case:
    """A supplier asks for more, and points to an index."""
    supplier, contract = a_supplier(random), f"CT-{random.randint(2000, 2999)}"
    asked = random.choice((3.5, 4.2, 4.8, 6.0))
    is_capped = random.random() < 0.4
    return Case(
        agent=_AGENT,
        workflow=_WORKFLOW,
        action="accept_price_change",
        args={"contract_id": contract, "percent": asked, "from_date": "2027-01-01"},
        subject=("contract", contract),
        summary=f"Accept {asked} % from {supplier.name} on {contract} from January",
        rationale=(
            f"{supplier.name} asks for {asked} % and refers to the producer price index, which rose by "
            f"{asked + 0.3:.1f} % since the last change. Clause 9 ties the price to that index once a year."
        ),
        confidence=random.uniform(0.5, 0.7) if is_capped else random.uniform(0.75, 0.9),
        evidence=[
            Item("document", f"{contract}, clause 9", "Once a year the price follows the producer price index"
                 + (", by at most 3 %." if is_capped else "."), source=f"contracts.get({contract})"),
            Item("metric", "Producer price index", f"+{asked + 0.3:.1f} % since the last change",
                 source="index.lookup", ago=timedelta(days=9)),
        ],
        others=[Other("Accept 3 %", 0.3, "accept_price_change",
                      {"contract_id": contract, "percent": 3.0, "from_date": "2027-01-01"})],
        amount=f"{random.randint(900, 8_000)}.00",
        systems=["contracts", "erp"],
        answer=Answer(Verb.CHOOSE_ALTERNATIVE, rank=1, reason="wrong-clause", note="Clause 9 caps it at 3 %.")
        if is_capped else Answer(),
    )  # fmt: skip


ALL = (extend, price_change)
