"""The orders of the bench: bodies of POST /api/v1/orders as a web shop sends them, the same on every run."""

import json
import random

CUSTOMERS = 10_000

GOODS = (
    ("KB-104-DE", "Mechanical keyboard, German layout", 89.90, 0.92),
    ("MUG-0350", "Enamel mug 350 ml", 12.50, 0.31),
    ("TEA-SEN-100", "Sencha green tea 100 g", 8.90, 0.13),
    ("LMP-DSK-2", "Desk lamp, warm white", 45.95, 1.48),
    ("CBL-USBC-2M", "USB-C cable 2 m", 11.99, 0.06),
    ("NB-A5-DOT", "Notebook A5, dotted", 14.50, 0.28),
    ("BAG-ROLL-20", "Roll-top backpack 20 l", 79.00, 0.87),
    ("PEN-FTN-F", "Fountain pen, fine nib", 34.00, 0.045),
    ("HDP-OVR-1", "Headphones, over-ear", 129.00, 0.26),
    ("COF-ETH-1K", "Coffee beans, Ethiopia 1 kg", 27.90, 1.01),
)

PLACES = (
    ("12 Pine Street", "Austin", "TX", "78701", "US"),
    ("48 Market Street", "San Francisco", "CA", "94104", "US"),
    ("Rosenthaler Str. 40", "Berlin", "BE", "10178", "DE"),
    ("Langstrasse 8", "Zürich", "ZH", "8004", "CH"),
    ("12 Rue de Rivoli", "Paris", "", "75004", "FR"),
    ("221B Baker Street", "London", "", "NW1 6XE", "GB"),
)

NAMES = ("Ada Schneider", "Grace Okafor", "Linus Moreau", "Barbara Lindqvist", "Edsger Jansen", "Radia Novak")


def line(chance):
    sku, name, price, weight = chance.choice(GOODS)
    return {
        "sku": sku,
        "productName": name,
        "quantity": chance.randint(1, 4),
        "price": {"amount": price, "currency": "USD"},
        "weight": weight,
    }


def body(chance, customer):
    street, city, state, code, country = chance.choice(PLACES)
    return {
        "customerId": f"CUST-{customer:06d}",
        "priority": chance.choice(("standard", "standard", "standard", "next_day", "same_day")),
        "items": [line(chance) for _ in range(3)],
        "shippingAddress": {
            "recipientName": chance.choice(NAMES),
            "street": street,
            "city": city,
            "state": state,
            "zipCode": code,
            "country": country,
            "phone": f"+1 555 01{chance.randint(0, 99):02d}",
        },
        "metadata": {"channel": "web", "cart": f"{chance.getrandbits(64):016x}"},
    }


def write(path):
    """Writes one body a line, each of another customer."""
    chance = random.Random(20240229)
    customers = list(range(1, CUSTOMERS + 1))
    chance.shuffle(customers)
    with open(path, "w", encoding="utf-8") as out:
        for customer in customers:
            out.write(json.dumps(body(chance, customer), ensure_ascii=False, separators=(",", ":")) + "\n")
