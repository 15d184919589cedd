"""What `samples/bank/README.md` tells of the programs of the sample and no API server knows."""

from __future__ import annotations

from pathlib import Path

SAMPLE = Path(__file__).resolve().parents[3] / "samples" / "bank"

HOSTS = {
    ("web/shell", "accounts/accounts-api"): "bank.example.com",
    ("web/shell", "payments/payment-api"): "bank.example.com",
    ("web/shell", "payments/fx-rates"): "bank.example.com",
    ("web/shell", "web/mfe-accounts"): "bank.example.com",
    ("web/shell", "web/mfe-payments"): "bank.example.com",
    ("web/shell", "web/mobile-bff"): "bank.example.com",
    ("auth/oauth2-proxy", "accounts/backoffice"): "staff.bank.example.com",
}
"""The Host that a proxy writes on what it passes on, where that is not the name of the callee."""

PEERS = {"auth/keycloak": 2}
"""Workloads whose pods call each other: how many pods are run."""
