"""The words from which names of a made-up company are put together."""

from __future__ import annotations

DOMAINS = (
    "account", "address", "agency", "asset", "audit", "badge", "basket", "billing", "booking", "branch", "budget",
    "cargo", "carrier", "catalog", "claim", "client", "consent", "contract", "coupon", "credit", "crew", "customs",
    "dispatch", "document", "drawing", "driver", "energy", "engine", "estate", "event", "export", "factory", "fleet",
    "forecast", "freight", "grant", "hiring", "holiday", "import", "income", "invoice", "journey", "labour", "lease",
    "letter", "license", "loan", "lounge", "market", "meter", "mortgage", "offer", "order", "parcel", "partner",
    "payroll", "pension", "permit", "policy", "price", "product", "profile", "project", "quality", "quote", "receipt",
    "refund", "region", "rental", "returns", "reward", "roster", "route", "safety", "salary", "seat", "shift",
    "signing", "stock", "supplier", "survey", "tariff", "tax", "terminal", "ticket", "timetable", "trade", "training",
    "transit", "treasury", "trip", "vehicle", "vendor", "visit", "voucher", "warehouse", "weather", "yard",
)  # fmt: skip
"""What a department of the company is about."""

PARTS = {
    "edge": ("web", "bff", "portal", "shell", "static", "assets", "mobile", "widget"),
    "api": ("api", "facade", "query", "command", "graph", "search-api", "admin-api", "public-api"),
    "domain": ("core", "engine", "worker", "rules", "planner", "matcher", "scorer", "projector", "importer", "ledger"),
    "shared": ("identity", "files", "mailer", "render", "search", "flags", "limits", "geo", "ids", "audit-log"),
    "data": ("reader", "writer", "loader", "history", "snapshots", "archive"),
}
"""What a program of a layer is called, after its department."""

STORES = ("postgres", "mysql", "redis", "mongo", "amqp", "kafka")
"""What can keep data; each is the protocol that it speaks."""

OUTSIDE = ("acrefield", "bluepine", "copperline", "dovetail", "elmgate", "foxhollow", "greywater", "hillcrest")
"""First half of the names of companies outside."""

TRADES = ("cards", "maps", "mail", "parcels", "rates", "signing", "storage", "telco", "tax", "weather")
"""Second half of the names of companies outside."""
