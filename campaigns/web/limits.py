"""Limits that hold across processes: who asks is a keyed hash of the network, kept a day at most, never an address."""

import ipaddress
from datetime import datetime

from flask import request
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from campaigns import tokens
from campaigns.db import db
from campaigns.web.models import Attempt


def client_network() -> str:
    """The fingerprint of the network (/24 or /56) that the present request comes from."""
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return tokens.fingerprint("network", "unknown")
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    prefix = 24 if address.version == 4 else 56
    network = ipaddress.ip_network((address, prefix), strict=False)
    return tokens.fingerprint("network", str(network))


def add(session: Session, kind: str, key: str, now: datetime) -> None:
    """Note one attempt, in the caller's transaction."""
    session.add(Attempt(kind=kind, key=key, at=now))


def count(kind: str, key: str | None, since: datetime) -> int:
    """How many attempts of a kind were noted since then; by one key, or by anybody when `key` is None."""
    question = select(func.count()).select_from(Attempt).where(Attempt.kind == kind, Attempt.at >= since)
    if key is not None:
        question = question.where(Attempt.key == key)
    return db.session.scalar(question) or 0


def forget(session: Session, kind: str, key: str) -> None:
    """Drop what was noted of one key, in the caller's transaction."""
    session.execute(delete(Attempt).where(Attempt.kind == kind, Attempt.key == key))


def purge(session: Session, kind: str, before: datetime) -> None:
    """Drop what is older than allowed, in the caller's transaction."""
    session.execute(delete(Attempt).where(Attempt.kind == kind, Attempt.at < before))
