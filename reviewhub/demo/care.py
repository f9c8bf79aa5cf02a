"""What the care writer proposes: messages to customers, and closing their accounts."""

from datetime import timedelta
from random import Random

from apps.routing.states import Verb
from reviewhub.demo.case import Answer, Case, Item, Other
from reviewhub.demo.names import Customer, a_customer, an_article, an_order

_AGENT = "care-writer"
_WORKFLOW = "customer-orders"

_DELAY = {
    "de": "Guten Tag {name},\n\nIhre Bestellung {order} kommt später als versprochen: {article} trifft erst am "
    "{day}. bei uns ein. {promise}\n\nEs tut uns leid, dass Sie warten müssen.\n\nIhr Team von Northwind Care",
    "en": "Dear {name},\n\nYour order {order} will be late: {article} reaches our warehouse on the {day}. {promise}"
    "\n\nWe are sorry that you have to wait.\n\nYour team at Northwind Care",
    "fr": "Bonjour {name},\n\nVotre commande {order} aura du retard : {article} n'arrive dans notre entrepôt que "
    "le {day}. {promise}\n\nNous regrettons ce délai.\n\nVotre équipe Northwind Care",
}
_HONEST = {
    "de": "Danach sind es zwei bis drei Werktage bis zu Ihnen.",
    "en": "From there it takes two to three working days.",
    "fr": "Comptez ensuite deux à trois jours ouvrés.",
}
_RASH = {
    "de": "Wir garantieren Ihnen die Lieferung am Tag darauf.",
    "en": "We guarantee delivery the day after.",
    "fr": "Nous vous garantissons la livraison le lendemain.",
}
_SUBJECT = {
    "de": "Ihre Bestellung {order} verspätet sich",
    "en": "Your order {order} is late",
    "fr": "Retard de votre commande {order}",
}


def tell_of_delay(random: Random) -> Case:
    """A message about a delay. Sometimes it promises what nobody can keep."""
    customer, article, order = a_customer(random), an_article(random), an_order(random)
    is_rash = random.random() < 0.3
    day = random.randint(3, 27)

    def message(promise: dict[str, str]) -> dict[str, str]:
        language = customer.language
        text = _DELAY[language].format(
            name=customer.name, order=order, article=article.name, day=day, promise=promise[language]
        )
        subject = _SUBJECT[language].format(order=order)
        return {"customer_id": customer.id, "subject": subject, "text": text, "language": language}

    return Case(
        agent=_AGENT,
        workflow=_WORKFLOW,
        action="send_message",
        args=message(_RASH if is_rash else _HONEST),
        subject=("customer", customer.id),
        summary=f"Tell {customer.name} that {order} is late",
        rationale=(
            f"{article.name} is out of stock until the {day}th according to purchasing. The customer was promised "
            "delivery this week and has not been told. Our standard asks for a message on the day we know."
        ),
        confidence=random.uniform(0.7, 0.85) if is_rash else random.uniform(0.88, 0.97),
        evidence=[
            Item("record", f"Order {order}", f"{article.name}, promised for this week. Status: waiting for stock.",
                 source=f"orders.get({order})"),
            Item("record", "Purchasing calendar", f"{article.sku}: next delivery on the {day}th.",
                 claim="When the article arrives.", source="purchasing", ago=timedelta(hours=5)),
        ],
        others=[Other("Wait for the delivery and write then", 0.07,
                      risks=[("silence", "The customer hears nothing for days", "moderate")])],
        systems=["mail"],
        affected=1,
        useful_for=timedelta(hours=20),
        answer=Answer(Verb.EDIT, args=message(_HONEST), reason="against-policy",
                      note="We never guarantee a day.") if is_rash else Answer(),
        result="Mail accepted by the server.",
    )  # fmt: skip


def close_account(random: Random) -> Case:
    """A customer wants to be forgotten. Sometimes an invoice is still open."""
    customer = a_customer(random)
    has_open_invoice = random.random() < 0.4
    balance = "one invoice of 119.00 EUR is open" if has_open_invoice else "no open invoices, no open returns"
    return Case(
        agent=_AGENT,
        workflow=_WORKFLOW,
        action="close_account",
        args={"customer_id": customer.id, "legal_basis": "customer asked", "keep_invoices": True},
        subject=("customer", customer.id),
        summary=f"Close the account of {customer.name} and delete the data, as they asked",
        rationale=(
            f"{customer.name} asked twice to delete the account and confirmed through the link in our mail. "
            "Invoices stay for ten years because the tax office requires it; addresses, saved cards and the order "
            "history go. It cannot be taken back."
        ),
        confidence=random.uniform(0.58, 0.7) if has_open_invoice else random.uniform(0.85, 0.94),
        evidence=[
            _request(customer),
            Item("record", f"Customer {customer.id}", f"Since 2021, 7 orders. Balance: {balance}.",
                 claim="Nothing is open.", source=f"customers.get({customer.id})"),
        ],
        others=[Other("Close the account once the invoice is paid", 0.22)],
        systems=["shop", "payments", "newsletter"],
        affected=1,
        answer=Answer(Verb.REJECT, reason="thin-evidence", note="The record shows an open invoice: not yet.")
        if has_open_invoice else Answer(),
        result="Account closed; 7 invoices kept.",
    )  # fmt: skip


ALL = (tell_of_delay, close_account)


def _request(customer: Customer) -> Item:
    text = {
        "de": "Bitte löschen Sie mein Konto und alle meine Daten. Ich habe den Link in Ihrer Mail bestätigt.",
        "fr": "Merci de supprimer mon compte et toutes mes données. J'ai confirmé par le lien reçu.",
    }.get(
        customer.language, "Please delete my account and all my data. I confirmed through the link you sent."
    )
    return Item(
        "message", f"Mail from {customer.name}", text, source="mailbox.read", ago=timedelta(minutes=26)
    )
