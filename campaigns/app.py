"""Every page, and who may see it: three literal lists, and a loop that gives each blueprint its guard."""

from datetime import timedelta

from flask import Blueprint, Flask, g, has_request_context, request
from flask_babel import Babel
from flask_bootstrap import Bootstrap5
from flask_login import current_user
from flask_wtf import CSRFProtect
from jinja2 import StrictUndefined

import campaigns.models  # noqa: F401  (all tables must be known before the first query)
import config
from campaigns import context
from campaigns.audience.public import joining, leaving, preferences
from campaigns.audience.views import bulk, imports, lists, subscriber, subscribers, suppressions
from campaigns.db import db, prepare_engine
from campaigns.delivery import outbox
from campaigns.delivery.bounces import public as provider_reports
from campaigns.delivery.views import bounces as bounce_pages
from campaigns.delivery.views import relay, sandbox, senders, sending_rules, signing, tries
from campaigns.desk.views import home as desk
from campaigns.desk.views import search
from campaigns.digests import public as public_digests
from campaigns.digests.views import adding as source_adding
from campaigns.digests.views import digests as digest_pages
from campaigns.digests.views import issues as digest_issues
from campaigns.digests.views import sources
from campaigns.digests.views import stories as story_pages
from campaigns.newsletters import public as newsletter_archive
from campaigns.newsletters.views import copies, editor, launch, newsletters, preview, review, status
from campaigns.planning.views import calendar, pause
from campaigns.planning.views import campaigns as campaign_pages
from campaigns.playbooks.views import changing, letters, packs
from campaigns.radio import now as radio_now
from campaigns.radio import public as radio
from campaigns.radio.views import episodes, schedule, scripts, shows, stations
from campaigns.radio.views import log as radio_log
from campaigns.site import public as site
from campaigns.social import public as post_pictures
from campaigns.social.views import channels as channel_pages
from campaigns.social.views import compose, connecting, post_imports, post_review, posts, publications, wording
from campaigns.staff import guards, security
from campaigns.staff.models import RoleName
from campaigns.staff.views import account, audit, organization, settings, start_link, team
from campaigns.start.views import doctor, going_live
from campaigns.web import errors, filters, forms, headers
from campaigns.web.proxies import TrustedProxies

# (blueprint, prefix, role to read, role to write). An endpoint that needs more carries @needs(role).
STAFF: list[tuple[Blueprint, str, RoleName, RoleName]] = [
    (desk.bp, "/desk", RoleName.VIEWER, RoleName.VIEWER),
    (search.bp, "/search", RoleName.VIEWER, RoleName.VIEWER),
    (subscribers.bp, "/audience", RoleName.LIST_KEEPER, RoleName.LIST_KEEPER),
    (subscriber.bp, "/audience", RoleName.LIST_KEEPER, RoleName.LIST_KEEPER),
    (bulk.bp, "/audience/bulk", RoleName.LIST_KEEPER, RoleName.LIST_KEEPER),
    (lists.bp, "/audience/lists", RoleName.LIST_KEEPER, RoleName.LIST_KEEPER),
    (imports.bp, "/audience/imports", RoleName.LIST_KEEPER, RoleName.LIST_KEEPER),
    (suppressions.bp, "/audience/must-not-write", RoleName.LIST_KEEPER, RoleName.LIST_KEEPER),
    (calendar.bp, "/calendar", RoleName.VIEWER, RoleName.WRITER),
    (campaign_pages.bp, "/campaigns", RoleName.VIEWER, RoleName.WRITER),
    (newsletters.bp, "/newsletters", RoleName.VIEWER, RoleName.WRITER),
    (editor.bp, "/newsletters", RoleName.VIEWER, RoleName.WRITER),
    (preview.bp, "/newsletters", RoleName.VIEWER, RoleName.WRITER),
    (review.bp, "/newsletters", RoleName.VIEWER, RoleName.WRITER),
    (launch.bp, "/newsletters", RoleName.VIEWER, RoleName.WRITER),
    (status.bp, "/newsletters", RoleName.VIEWER, RoleName.WRITER),
    # Whoever may look may have the report; everything else asks for more at its own door.
    (copies.bp, "/newsletters", RoleName.VIEWER, RoleName.VIEWER),
    (schedule.bp, "/radio", RoleName.VIEWER, RoleName.WRITER),
    (episodes.bp, "/radio/episodes", RoleName.VIEWER, RoleName.WRITER),
    (scripts.bp, "/radio/scripts", RoleName.VIEWER, RoleName.WRITER),
    (shows.bp, "/radio/shows", RoleName.VIEWER, RoleName.WRITER),
    (stations.bp, "/radio/stations", RoleName.VIEWER, RoleName.WRITER),
    (radio_log.bp, "/radio/log", RoleName.VIEWER, RoleName.WRITER),
    (story_pages.bp, "/news/stories", RoleName.VIEWER, RoleName.WRITER),
    (digest_pages.bp, "/news/digests", RoleName.VIEWER, RoleName.WRITER),
    (digest_issues.bp, "/news/digests/issues", RoleName.VIEWER, RoleName.WRITER),
    (changing.bp, "/radio/change", RoleName.VIEWER, RoleName.WRITER),
    (packs.bp, "/radio/packs", RoleName.VIEWER, RoleName.WRITER),
    (letters.bp, "/radio/letters", RoleName.VIEWER, RoleName.WRITER),
    (posts.bp, "/social", RoleName.VIEWER, RoleName.WRITER),
    (compose.bp, "/social", RoleName.VIEWER, RoleName.WRITER),
    (post_review.bp, "/social", RoleName.VIEWER, RoleName.WRITER),
    (publications.bp, "/social", RoleName.VIEWER, RoleName.WRITER),
    (post_imports.bp, "/social/imports", RoleName.VIEWER, RoleName.WRITER),
    (wording.bp, "/social/wording", RoleName.VIEWER, RoleName.WRITER),
    (channel_pages.bp, "/social/channels", RoleName.VIEWER, RoleName.APPROVER),
    (connecting.bp, "/social/channels", RoleName.ADMINISTRATOR, RoleName.ADMINISTRATOR),
    (sources.bp, "/news/sources", RoleName.VIEWER, RoleName.WRITER),
    (source_adding.bp, "/news/sources", RoleName.VIEWER, RoleName.WRITER),
    (pause.bp, "/settings/pause", RoleName.VIEWER, RoleName.APPROVER),
    (settings.bp, "/settings", RoleName.VIEWER, RoleName.ADMINISTRATOR),
    (organization.bp, "/settings/organization", RoleName.ADMINISTRATOR, RoleName.ADMINISTRATOR),
    (team.bp, "/settings/team", RoleName.ADMINISTRATOR, RoleName.ADMINISTRATOR),
    (senders.bp, "/settings/senders", RoleName.ADMINISTRATOR, RoleName.ADMINISTRATOR),
    (sending_rules.bp, "/settings/sending", RoleName.ADMINISTRATOR, RoleName.ADMINISTRATOR),
    (relay.bp, "/settings/relay", RoleName.ADMINISTRATOR, RoleName.ADMINISTRATOR),
    (tries.bp, "/settings/trying-again", RoleName.ADMINISTRATOR, RoleName.ADMINISTRATOR),
    (bounce_pages.bp, "/settings/bounces", RoleName.ADMINISTRATOR, RoleName.ADMINISTRATOR),
    (going_live.bp, "/settings/going-live", RoleName.VIEWER, RoleName.ADMINISTRATOR),
    (doctor.bp, "/settings/deliverability", RoleName.VIEWER, RoleName.ADMINISTRATOR),
    (signing.bp, "/settings/signing", RoleName.ADMINISTRATOR, RoleName.ADMINISTRATOR),
    (sandbox.bp, "/settings/sandbox", RoleName.WRITER, RoleName.ADMINISTRATOR),
    (audit.bp, "/settings/audit", RoleName.ADMINISTRATOR, RoleName.ADMINISTRATOR),
    (account.bp, "/account", RoleName.VIEWER, RoleName.VIEWER),
]

# (blueprint, prefix). Open to anyone: no session, no cookie; forms carry a signed, dated token.
PUBLIC: list[tuple[Blueprint, str]] = [
    (site.bp, ""),
    (joining.bp, "/join"),
    (joining.confirm_bp, "/c"),
    (leaving.bp, "/u"),
    (preferences.bp, "/p"),
    (newsletter_archive.bp, "/read"),
    (public_digests.bp, "/digests"),
    (provider_reports.bp, "/hooks"),
    (newsletter_archive.images_bp, "/i"),
    (post_pictures.bp, "/m"),
    (radio.bp, "/listen"),
]

# (blueprint, prefix, role to read, role to write). Programs, by key.
API: list[tuple[Blueprint, str, RoleName, RoleName]] = []

# Which page opens a planned item of each kind; the argument is the channel's own id.
ITEM_PAGES = {
    "newsletter": "newsletters.show",
    "social": "posts.show",
    "broadcast": "episodes.broadcast",
    "script": "scripts.show",
    "letter": "letters.show",
    "digest": "digests.show",
}

LANGUAGES = ["en"]
PUBLIC_BODY_BYTES = 64 * 1024
STAFF_BODY_BYTES = 64 * 1024 * 1024

csrf = CSRFProtect()


def create_app(settings: config.Settings | None = None) -> Flask:
    """The application on the given settings (default: those of the environment)."""
    settings = settings or config.load()
    app = Flask("campaigns", template_folder=str(config.ROOT / "templates"), static_folder="static")
    app.config.update(_flask_settings(settings))
    app.jinja_env.undefined = StrictUndefined
    app.wsgi_app = radio_now.NowFirst(app.wsgi_app)  # type: ignore[method-assign]
    app.wsgi_app = TrustedProxies(app.wsgi_app, settings.proxy_networks)  # type: ignore[method-assign]
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)
    csrf.init_app(app)
    Bootstrap5(app)
    Babel(app, locale_selector=_language)
    for part in (errors, filters, headers, context):
        part.init(app)
    security.init(app, outbox.add)
    app.jinja_env.globals["form_token"] = forms.form_token
    app.jinja_env.globals["item_url"] = context.item_url(ITEM_PAGES)
    _register(app)
    return app


def _flask_settings(settings: config.Settings) -> dict[str, object]:
    return {
        "SECRET_KEY": settings.secret_key.hex(),
        "SQLALCHEMY_DATABASE_URI": settings.engine_url,
        # Errors of the database stand in the log, and what people typed must not.
        "SQLALCHEMY_ENGINE_OPTIONS": {
            "hide_parameters": True,
            "pool_pre_ping": not settings.engine_url.startswith("sqlite"),
        },
        "BOOTSTRAP_SERVE_LOCAL": True,
        "WTF_CSRF_CHECK_DEFAULT": False,
        "WTF_CSRF_TIME_LIMIT": None,
        "WTF_CSRF_SSL_STRICT": False,
        "SESSION_COOKIE_NAME": "outreach",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=12),
        "MAX_CONTENT_LENGTH": STAFF_BODY_BYTES,
        "MAX_FORM_MEMORY_SIZE": 4 * 1024 * 1024,
        "BABEL_DEFAULT_LOCALE": "en",
    }


def _language() -> str:
    # Jobs and the command line have no reader whose browser says a language.
    return (request.accept_languages.best_match(LANGUAGES) if has_request_context() else None) or LANGUAGES[0]


def _register(app: Flask) -> None:
    # One-time links belong to nobody yet; security.py guards their token as it does that of sign-in.
    app.register_blueprint(start_link.bp)
    # A blueprint is a module's own and outlives an application, so that its guards must be set once only.
    for blueprint, prefix, read, write in STAFF:
        if not blueprint._got_registered_once:
            blueprint.before_request(_open_staff_page)
            guards.guard(blueprint, read, write)
        app.register_blueprint(blueprint, url_prefix=prefix)
    for blueprint, prefix in PUBLIC:
        if not blueprint._got_registered_once:
            blueprint.before_request(_open_public_page)
        app.register_blueprint(blueprint, url_prefix=prefix)


def _open_public_page() -> None:
    g.is_staff_page, g.is_public_page = False, True
    request.max_content_length = PUBLIC_BODY_BYTES


def _open_staff_page() -> None:
    g.is_staff_page = current_user.is_authenticated
    if not g.is_staff_page:
        request.max_content_length = PUBLIC_BODY_BYTES
    csrf.protect()
