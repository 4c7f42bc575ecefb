"""Writes that several floors share: what is put down after a call, and the morning's digests."""

from csplatform.services.calls import CallRefused, LoggedCall, NewCall, log_call
from csplatform.services.digests import begin_digests, send_digest

__all__ = ["CallRefused", "LoggedCall", "NewCall", "begin_digests", "log_call", "send_digest"]
