"""What the supplier agent proposes: new bank accounts, addresses and terms of suppliers."""

import json
from datetime import timedelta
from random import Random

from apps.routing.states import Verb
from reviewhub.demo.case import Answer, Case, Item, Other
from reviewhub.demo.names import a_supplier, an_iban

_AGENT = "supplier-agent"
_WORKFLOW = "supplier-data"
_PEOPLE = ("Ms Vogel", "Mr Andersson", "Mme Faure", "Mr Pinto", "Ms Jankauskas")


def new_bank_account(random: Random) -> Case:
    """A supplier's new account, confirmed by telephone; or an attempt at fraud from a domain that looks alike."""
    supplier = a_supplier(random)
    is_fraud = random.random() < 0.4
    country = random.choice(("LT", "GB", "CY")) if is_fraud else supplier.country
    iban = an_iban(random, country)
    sender = supplier.domain.replace("i", "l", 1) if is_fraud else supplier.domain
    person = random.choice(_PEOPLE)
    mail = Item(
        "message",
        f"Mail from accounts@{sender}",
        f"Dear partner,\nwe have changed our bank. Please pay all invoices to {iban} from now on. The old account "
        f"is closed{', so the change is urgent' if is_fraud else ''}. Our letter is attached.\n{person}, accounts",
        source="mailbox.read",
        ago=timedelta(minutes=35),
    )
    call = Item(
        "record",
        "Call-back",
        f"{person} confirmed the last four digits, on the number in our record.",
        claim="The supplier confirmed it by telephone.",
        source="telephone log",
        ago=timedelta(minutes=15),
    )
    letter = Item(
        "document",
        "Letter with the new account",
        f"{supplier.name}, {supplier.city}. Bank in {country}. Signed.",
        claim="The supplier confirmed it in writing.",
        source="mailbox.read",
        ago=timedelta(minutes=35),
        cited=not is_fraud,
    )
    return Case(
        agent=_AGENT,
        workflow=_WORKFLOW,
        action="change_bank_account",
        args={"supplier_id": supplier.id, "iban": iban, "bank_country": country, "valid_from": "2027-01-04"},
        subject=("supplier", supplier.id),
        summary=f"Pay {supplier.name} to a new account in {country} from 4 January",
        rationale=(
            f"{supplier.name} announced a new account. The letter carries the company's stamp and a signature. "
            + ("Nobody was reached by telephone; the letter says the old account is closed, and a payment run of "
               "two invoices is due on Friday." if is_fraud else
               "I called the number in our own record, not the one in the letter, and had the change confirmed.")
        ),
        confidence=random.uniform(0.6, 0.78) if is_fraud else random.uniform(0.87, 0.95),
        evidence=[mail, letter] if is_fraud else [mail, letter, call],
        others=[Other("Do nothing until the supplier is reached by telephone", 0.35 if is_fraud else 0.06,
                      risks=[("late payment", "Two invoices are due on Friday", "low")])],
        systems=["erp", "bank"],
        affected=random.randint(2, 9),
        answer=Answer(Verb.REJECT, reason="suspected-fraud",
                      note=f"The mail is from {sender}; the supplier writes from {supplier.domain}.")
        if is_fraud else Answer(),
        result="Account changed; a one-cent payment arrived.",
    )  # fmt: skip


def moved_office(random: Random) -> Case:
    """A supplier has moved. Sometimes the postcode is that of the old town."""
    supplier = a_supplier(random)
    number = random.randint(2, 88)
    postcode = f"{random.randint(10_000, 98_999)}"
    is_wrong = random.random() < 0.2
    right = {
        "supplier_id": supplier.id,
        "street": f"Werkstrasse {number}" if supplier.country == "DE" else f"Industrial Park {number}",
        "postcode": postcode,
        "city": supplier.city,
        "country": supplier.country,
    }
    present = right | {"street": f"Old Mill Lane {number + 3}", "postcode": f"{int(postcode) - 11}"}
    return Case(
        agent=_AGENT,
        workflow=_WORKFLOW,
        action="change_address",
        args=right | {"postcode": f"{(int(postcode) + 17) % 90_000 + 10_000}"} if is_wrong else right,
        subject=("supplier", supplier.id),
        summary=f"Change the address of {supplier.name} to {right['street']}, {supplier.city}",
        rationale=(
            f"{supplier.name} has moved within {supplier.city}. The letterhead of the last two invoices and the "
            "commercial register have the new address. Delivery notes still go to the old one."
        ),
        confidence=random.uniform(0.72, 0.85) if is_wrong else random.uniform(0.9, 0.98),
        evidence=[
            Item("document", "Invoice of this month", f"{supplier.name}\n{right['street']}\n{postcode} "
                 f"{supplier.city}", claim="The new address.", source="mailbox.read"),
            Item("tool_result", "Commercial register",
                 f'{{"name": "{supplier.name}", "street": "{right["street"]}", "postcode": "{postcode}"}}',
                 source=f"register.lookup({supplier.name})", ago=timedelta(hours=2)),
            Item("record", "Our record of the supplier", json.dumps(present), source=f"erp.supplier({supplier.id})"),
        ],
        systems=["erp"],
        affected=1,
        answer=Answer(Verb.EDIT, args=right, reason="wrong-value", note="Postcode as on the invoice.")
        if is_wrong else Answer(),
        result="Record changed.",
    )  # fmt: skip


def new_terms(random: Random) -> Case:
    """New payment terms after a negotiation; the discount is sometimes read from the wrong line."""
    supplier = a_supplier(random)
    days = random.choice((30, 45, 60))
    is_wrong = random.random() < 0.35
    right = {"supplier_id": supplier.id, "net_days": days, "discount_percent": 2.0, "discount_days": 14}
    return Case(
        agent=_AGENT,
        workflow=_WORKFLOW,
        action="change_payment_terms",
        args=right | {"discount_percent": 3.0} if is_wrong else right,
        subject=("supplier", supplier.id),
        summary=f"Set the terms of {supplier.name} to {days} days net"
        f" with {'3' if is_wrong else '2'} % within 14 days",
        rationale=(
            "Purchasing and the supplier agreed on new terms in the yearly meeting. The minutes name the days and "
            "the discount; the supplier confirmed them by mail. They hold for orders from next month."
        ),
        confidence=random.uniform(0.6, 0.8) if is_wrong else random.uniform(0.82, 0.93),
        evidence=[
            Item("document", "Minutes of the yearly meeting", f"Agreed: {days} days net; 2 % within 14 days. The "
                 "3 % of the first draft were not accepted.", claim="What was agreed.", source="documents"),
            Item("message", f"Mail from {supplier.name}", f"We confirm {days} days net and the discount as in the "
                 "minutes.", source="mailbox.read", ago=timedelta(hours=3)),
        ],
        others=[Other(f"{days} days net with 2 % within 14 days" if is_wrong else "Keep the present terms", 0.15,
                      "change_payment_terms" if is_wrong else "", right if is_wrong else None)],
        systems=["erp"],
        affected=random.randint(5, 40),
        answer=Answer(Verb.CHOOSE_ALTERNATIVE, rank=1, reason="wrong-value",
                      note="The minutes say 2 %.") if is_wrong else Answer(),
        result="Terms changed.",
        later="" if random.random() < 0.9 else "The supplier disputes the discount.",
    )  # fmt: skip


ALL = (new_bank_account, moved_office, new_terms)
