"""Verifies webhooks of every dialect of Atlas Webhooks; a thin client of its API. Standard library only."""

from .client import AtlasError, Client
from .dialects import atlas, atomic, brokers, cloudevents, standard, support, voice
from .verification import Dialect, WebhookVerificationError

__all__ = [
    "AtlasError",
    "Client",
    "Dialect",
    "WebhookVerificationError",
    "atlas",
    "atomic",
    "brokers",
    "cloudevents",
    "standard",
    "support",
    "voice",
]
