"""Customers, articles and suppliers of Northwind Care, drawn by a random source that can be repeated."""

from dataclasses import dataclass
from decimal import Decimal
from random import Random

_CUSTOMERS = (
    ("Lena Hoffmann", "de", "DE"), ("Émile Girard", "fr", "FR"), ("Sarah Whitfield", "en", "IE"),
    ("Mateusz Zieliński", "en", "PL"), ("Anke Petersen", "de", "DE"), ("Giulia Conti", "en", "IT"),
    ("Bastian Kurz", "de", "AT"), ("Noor Haddad", "en", "NL"), ("Philippe Morel", "fr", "BE"),
    ("Katrin Steiner", "de", "CH"), ("Oliver Brandt", "de", "DE"), ("Yasmin Öztürk", "de", "DE"),
)  # fmt: skip
_ARTICLES = (
    ("Arden standing desk, oak, 160 cm", "AD-160-OAK", "489.00"),
    ("Fjell office chair, graphite", "FJ-200-GRA", "329.00"),
    ("Lumen desk lamp, brass", "LU-014-BRS", "74.90"),
    ("Nord monitor arm, double", "NO-220-DBL", "119.00"),
    ("Sill acoustic panel, set of 4", "SI-004-FLT", "139.60"),
    ("Kork desk mat, large", "KO-001-LRG", "39.90"),
    ("Pine shelf, wall mounted", "PI-088-NAT", "58.50"),
    ("Tind coat stand", "TI-310-BLK", "89.00"),
)
_SUPPLIERS = (
    ("S-1042", "Holzwerk Allgäu GmbH", "holzwerk-allgaeu.example", "DE", "Kempten"),
    ("S-1107", "Brassworks Porto Lda", "brassworks-porto.example", "PT", "Porto"),
    ("S-1180", "Nordic Felt AB", "nordicfelt.example", "SE", "Borås"),
    ("S-1215", "Cartonnerie du Rhône SAS", "cartonnerie-rhone.example", "FR", "Lyon"),
    ("S-1266", "Metallbau Krüger KG", "metallbau-krueger.example", "DE", "Zwickau"),
    ("S-1301", "Baltic Fasteners UAB", "balticfasteners.example", "LT", "Kaunas"),
)


@dataclass(frozen=True)
class Customer:
    """A person who bought something."""

    id: str
    name: str
    language: str
    country: str

    @property
    def first(self) -> str:
        """The first name."""
        return self.name.split()[0]


@dataclass(frozen=True)
class Article:
    """Something Northwind Care sells."""

    name: str
    sku: str
    price: Decimal


@dataclass(frozen=True)
class Supplier:
    """A company Northwind Care buys from."""

    id: str
    name: str
    domain: str
    country: str
    city: str


def a_customer(random: Random) -> Customer:
    """A customer, with a number that is new every time."""
    name, language, country = random.choice(_CUSTOMERS)
    return Customer(f"C-{random.randint(10_000, 99_999)}", name, language, country)


def an_article(random: Random) -> Article:
    """An article."""
    name, sku, price = random.choice(_ARTICLES)
    return Article(name, sku, Decimal(price))


def a_supplier(random: Random) -> Supplier:
    """A supplier."""
    return Supplier(*random.choice(_SUPPLIERS))


def an_order(random: Random) -> str:
    """An order number."""
    return f"NC-{random.randint(100_000, 999_999)}"


def an_iban(random: Random, country: str) -> str:
    """Something that looks like an account number of this country; its check digits are not computed."""
    length = {"DE": 18, "PT": 21, "SE": 20, "FR": 23, "LT": 16}.get(country, 18)
    return country + "".join(random.choice("0123456789") for _digit in range(length + 2))
