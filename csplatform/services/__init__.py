"""Writes that several floors share: what is put down after a call, the morning's digests, what a customer is shown."""

from csplatform.services.calls import CallRefused, LoggedCall, NewCall, log_call
from csplatform.services.digests import begin_digests, send_digest
from csplatform.services.shares import show_to_customer

__all__ = [
    "CallRefused",
    "LoggedCall",
    "NewCall",
    "begin_digests",
    "log_call",
    "send_digest",
    "show_to_customer",
]
