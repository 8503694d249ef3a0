"""Security headers on every answer, with a fresh nonce for the scripts of each page."""

import re
import secrets
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, request

View = TypeVar("View", bound=Callable[..., Any])


def csp_nonce() -> str:
    """The nonce of the present page."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def own_policy(response: Response, policy: str) -> Response:
    """Give an answer a content security policy of its own (previews and stored mail in frames)."""
    response.headers["Content-Security-Policy"] = policy
    return response


def cacheable(view: View) -> View:
    """Mark a public view whose answer is the same for everybody and may be kept; the others are `no-store`."""
    view.is_cacheable = True  # type: ignore[attr-defined]
    return view


def allow_media(response: Response, address: str) -> Response:
    """Let a page play sound from the server of that address, and from no other."""
    parts = urlsplit(address)
    # A semicolon in the name of the server would begin a policy of its own.
    if parts.scheme in ("http", "https") and re.fullmatch(r"[A-Za-z0-9.-]+(:\d+)?", parts.netloc):
        own_policy(response, _policy(f"media-src {parts.scheme}://{parts.netloc}; "))
    return response


def init(app: Flask) -> None:
    """Set the headers on each answer of the application."""
    app.after_request(_set)
    app.jinja_env.globals["csp_nonce"] = csp_nonce


def _policy(more: str = "") -> str:
    return (
        f"default-src 'none'; script-src 'self' 'nonce-{csp_nonce()}'; style-src 'self'; img-src 'self' data:; {more}"
        "font-src 'self'; connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'self'"
    )


def _set(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", _policy())
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    response.headers.setdefault("X-Frame-Options", "SAMEORIGIN")
    response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=(), interest-cohort=()")
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    view = current_app.view_functions.get(request.endpoint or "")
    if not getattr(view, "is_cacheable", False) and request.endpoint not in ("static", "bootstrap.static"):
        # no-store also keeps a page out of the back-forward cache of a shared device.
        response.headers["Cache-Control"] = "no-store"
    return response
