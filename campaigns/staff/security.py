"""The one place that touches Flask-Security: its settings, its forms with our limits, its signals, its mail.

Flask-Security commits in its own views; what we add to them (audit entries, mail) goes into the same transaction.
"""

import unicodedata
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, after_this_request, current_app, flash, g, redirect, request, session, url_for
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask.typing import ResponseReturnValue
from flask_login import current_user, user_logged_out
from flask_security import MailUtil, PasswordUtil, Security, SQLAlchemyUserDatastore, hash_password, login_user
from flask_security.forms import ChangePasswordForm, ForgotPasswordForm, LoginForm, ResetPasswordForm
from flask_security.mail_util import EmailValidateException
from flask_security.signals import (
    password_changed,
    password_reset,
    reset_password_instructions_sent,
    user_authenticated,
)
from sqlalchemy.exc import SQLAlchemyError

from campaigns import clock
from campaigns.db import db
from campaigns.errors import Invalid, NotFound
from campaigns.staff import addresses, audit, passwords, queries, rules, throttle
from campaigns.staff.actions import signing_in
from campaigns.staff.letters import Post
from campaigns.staff.models import Role, User
from campaigns.web import limits

# Pages that nobody has to be signed in for, and that use the session and its token all the same.
OPEN_BLUEPRINTS = ("security", "start_link")
RESET_WITHIN = timedelta(hours=1)
# Anybody may send these forms, so that nobody may send much.
FORM_BYTES = 64 * 1024
BY_CHANGE = "change"
WRONG = "The email address or the password is not right."
MAILED = "If that address has an account here, a mail with a link is on its way. It works for one hour."
UNSAFE = "That address cannot be followed."

SETTINGS: dict[str, object] = {
    "LOGIN_URL": "/sign-in",
    "LOGOUT_URL": "/sign-out",
    "LOGOUT_METHODS": ["POST"],
    "LOGOUT_CSRF": True,
    "RESET_URL": "/reset",
    "CHANGE_URL": "/account/password",
    "POST_LOGIN_VIEW": "/desk",
    "POST_LOGOUT_VIEW": "/sign-in",
    "POST_CHANGE_VIEW": "/account",
    "POST_RESET_VIEW": "/sign-in",
    "RECOVERABLE": True,
    "CHANGEABLE": True,
    "REGISTERABLE": False,
    "CONFIRMABLE": False,
    "TRACKABLE": False,
    "PASSWORDLESS": False,
    "UNIFIED_SIGNIN": False,
    "TWO_FACTOR": False,
    "AUTO_LOGIN_AFTER_RESET": False,
    "RESET_PASSWORD_WITHIN": RESET_WITHIN,
    # No page asks again for the password, so that its route is not there either.
    "FRESHNESS": timedelta(seconds=-1),
    "RETURN_GENERIC_RESPONSES": True,
    "DATETIME_FACTORY": clock.now,
    "PASSWORD_HASH": "argon2",
    "PASSWORD_SCHEMES": ["argon2"],
    "PASSWORD_SINGLE_HASH": {"argon2"},
    "PASSWORD_LENGTH_MIN": passwords.SHORTEST,
    "PASSWORD_NORMALIZE_FORM": "NFKC",
    "JOIN_USER_ROLES": False,
    "EMAIL_HTML": False,
    "STATIC_FOLDER": None,
    "API_ENABLED_METHODS": ["session"],
    "CLI_USERS_NAME": None,
    "CLI_ROLES_NAME": None,
    "EMAIL_SUBJECT_PASSWORD_RESET": "Your new password",
    "EMAIL_SUBJECT_PASSWORD_NOTICE": "Your password was changed",
    "EMAIL_SUBJECT_PASSWORD_CHANGE_NOTICE": "Your password was changed",
}
MESSAGES = {
    "GENERIC_AUTHN_FAILED": WRONG,
    "UNAUTHENTICATED": "Please sign in first.",
    "PASSWORD_RESET_REQUEST": MAILED,
    "GENERIC_RECOVERY": MAILED,
    "PASSWORD_RESET_EXPIRED": "That link is too old. Ask for a new one here.",
    "INVALID_RESET_PASSWORD_TOKEN": "That link can no longer be used. Ask for a new one here.",
    "PASSWORD_RESET_NO_LOGIN": "Your password is changed and every session is ended. Sign in with the new one.",
    "PASSWORD_CHANGE": "Your password is changed. All your other sessions are ended.",
    "PASSWORD_NOT_PROVIDED": "Enter a password.",
    "PASSWORD_IS_THE_SAME": "The new password is the old one. Choose another.",
    "INVALID_PASSWORD": "That is not your present password.",
    "RETYPE_PASSWORD_MISMATCH": "The two passwords differ.",
    "EMAIL_NOT_PROVIDED": "Enter your email address.",
    "INVALID_REDIRECT": UNSAFE,
    "PASSWORD_INVALID_LENGTH": f"Use at least {passwords.SHORTEST} characters.",
}


def init(app: Flask, post: Post) -> None:
    """Put sign-in, reset and change of password on the application; `post` is the adder that carries its mail."""
    app.extensions["staff_post"] = post
    app.session_interface = Sessions()
    app.config.update({f"SECURITY_{name}": value for name, value in SETTINGS.items()})
    app.config.update({f"SECURITY_MSG_{name}": (text, "info") for name, text in MESSAGES.items()})
    app.config["SECURITY_PASSWORD_SALT"] = app.config["SECRET_KEY"]
    # A staff page renews the cookie (guards.py); public pages must not, whoever visits them.
    app.config["SESSION_REFRESH_EACH_REQUEST"] = False
    app.before_request(_open)
    security = Security(mail_util_cls=Mail, password_util_cls=Passwords)
    security.init_app(
        app,
        SQLAlchemyUserDatastore(db, User, Role),
        login_form=SignInForm,
        forgot_password_form=ForgotForm,
        reset_password_form=ResetForm,
        change_password_form=ChangeForm,
    )
    security.want_json(lambda _request: False)
    security.mail_context_processor(lambda: {"site_url": queries.site_url()})
    # Sessions are the only way in: no token in a header or an address.
    app.login_manager.request_loader(lambda _request: None)  # type: ignore[attr-defined]
    _listen(app)


def post() -> Post:
    """The adder of mail that the application handed in."""
    found: Post = current_app.extensions["staff_post"]
    return found


def password_hash(password: str) -> str:
    """A new password as it is stored."""
    return hash_password(_normalized(password))


def check_password(password: str, *personal: str) -> None:
    """Raise Invalid on "password" when a new password is too weak."""
    faults = passwords.faults(_normalized(password), *personal)
    if faults:
        raise Invalid({"password": faults[0]})


def sign_in(user_id: int, way: str) -> None:
    """Make the present session one of this account; `way` says how, for the audit log."""
    user = queries.get_user(user_id)
    if not user.active:
        raise NotFound()
    login_user(user, remember=False, authn_via=[way])


class Sessions(SecureCookieSessionInterface):
    """The session cookie is for https alone as soon as the page itself came by https; public pages never set it."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write the cookie, but for a public page: staff whose address changed would get a new one there."""
        if not g.get("is_public_page"):
            super().save_session(app, session, response)

    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002
        """Whether this answer goes out by https: we see it, or the page is asked for under our https address."""
        if request.is_secure:
            return True
        try:
            public = urlsplit(queries.get_organization().public_url)
        except (NotFound, SQLAlchemyError):
            return False
        return public.scheme == "https" and request.host == public.netloc


class Mail(MailUtil):
    """Flask-Security's mail goes to our outbox, and addresses are read as everywhere on the staff pages."""

    def normalize(self, email: str) -> str:
        """The address as accounts store it."""
        try:
            return addresses.normalized(email)
        except Invalid as error:
            raise EmailValidateException(str(error)) from error

    def validate(self, email: str) -> str:
        """The same; nobody is asked over the network."""
        return self.normalize(email)

    def send_mail(
        self,
        template: str,
        subject: str,
        recipient: str | tuple[str, str],
        sender: str | tuple[str, str],  # noqa: ARG002 - mail has one sender, chosen by the outbox
        body: str | None,
        html: str | None,  # noqa: ARG002 - these mails are plain text
        **context: Any,
    ) -> None:
        """Put one mail in the session that is open."""
        post()(
            db.session(),
            kind=template.rpartition("/")[2],
            to_address=str(recipient),
            to_name=context["user"].name,
            subject=subject,
            text=body or "",
            from_name=queries.get_organization().name,
            is_urgent=True,
            now=clock.now(),
        )


class Passwords(PasswordUtil):
    """Our rules for new passwords, wherever one is chosen."""

    def validate(self, password: str, is_register: bool, **kwargs: Any) -> tuple[list[str] | None, str]:  # noqa: ARG002
        """What is wrong with a password, and its normal form."""
        plain, user = _normalized(password), kwargs.get("user")
        personal = (user.name, user.email) if user else ()
        return passwords.faults(plain, *personal) or None, plain


class SignInForm(LoginForm):
    """Sign-in with our limits: tries are counted before a password is looked at."""

    # The cookie that outlives a session is not for shared machines.
    remember = None  # type: ignore[assignment]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.password.description = ""

    def validate(self, **kwargs: Any) -> bool:
        """Whether address and password are right, and the person need not wait."""
        if not self.email.data or not self.password.data:
            return bool(super().validate(**kwargs))
        account, network = throttle.account_key(self.email.data), limits.client_network()
        wait = signing_in.begin(account, network, clock.now())
        if wait:
            self.form_errors = [_wait_sentence(wait)]
            return False
        if not super().validate(**kwargs):
            return False
        # A password that was hashed with older settings was hashed anew.
        db.session.commit()
        signing_in.succeed(account, network)
        return True


class ForgotForm(ForgotPasswordForm):
    """Asking for a reset: the same answer whether the account exists, and whether it has had enough mails."""

    def validate(self, **kwargs: Any) -> bool:
        """Whether a mail is to be sent."""
        account = throttle.account_key(self.email.data or "")
        may = signing_in.begin_reset(account, limits.client_network(), clock.now())
        if may is None:
            self.form_errors = ["Too many people asked from where you are. Please try again in an hour."]
        if not may or not super().validate(**kwargs):
            return False
        _take_write_lock()
        after_this_request(_commit)
        return True


class ResetForm(ResetPasswordForm):
    """A new password by the link that was mailed."""

    def validate(self, **kwargs: Any) -> bool:
        """Whether the new password will do."""
        if not super().validate(**kwargs):
            return False
        _take_write_lock()
        return True


class ChangeForm(ChangePasswordForm):
    """A new password by somebody signed in, who must know the present one."""

    def validate(self, **kwargs: Any) -> bool:
        """Whether the present password is right and the new one will do."""
        account, network = throttle.account_key(current_user.email), limits.client_network()
        wait = signing_in.begin(account, network, clock.now())
        if wait:
            self.form_errors = [_wait_sentence(wait)]
            return False
        if not super().validate(**kwargs):
            if not self.password.errors:
                signing_in.succeed(account, network)
            return False
        signing_in.succeed(account, network)
        _take_write_lock()
        return True


def _open() -> ResponseReturnValue | None:
    """What holds on the pages of sign-in: their token, no way out to another site, and the look of the staff."""
    if request.blueprint not in OPEN_BLUEPRINTS:
        return None
    g.is_staff_page = current_user.is_authenticated
    request.max_content_length = FORM_BYTES
    targets = [*request.args.getlist("next"), *request.form.getlist("next")]
    if not all(rules.is_own_path(target) for target in targets if target):
        flash(UNSAFE, "warning")
        return redirect(url_for("security.login"), 303)
    current_app.extensions["csrf"].protect()
    return None


def _listen(app: Flask) -> None:
    user_authenticated.connect(_on_signed_in, app)
    user_logged_out.connect(_on_signed_out, app)
    password_changed.connect(_on_password_changed, app)
    password_reset.connect(_on_password_reset, app)
    reset_password_instructions_sent.connect(_on_reset_asked, app)


def _on_signed_in(_app: Flask, user: User, authn_via: list[str], **_more: Any) -> None:
    # The token of before belongs to whoever had this browser before.
    session.pop("csrf_token", None)
    g.pop("csrf_token", None)
    session.permanent = True
    if BY_CHANGE not in authn_via:
        signing_in.note(user.id, "account.signed_in", clock.now(), {"by": ", ".join(authn_via)})


def _on_signed_out(_app: Flask, user: User, **_more: Any) -> None:
    if getattr(user, "id", None) is not None:
        signing_in.note(user.id, "account.signed_out", clock.now())


def _on_password_changed(_app: Flask, user: User, **_more: Any) -> None:
    _add_entry(user, "account.password_changed")


def _on_password_reset(_app: Flask, user: User, **_more: Any) -> None:
    # Whoever reset it read mail at the address, and need not wait out their earlier mistakes.
    user.confirmed_at = user.confirmed_at or clock.now()
    limits.forget(db.session(), throttle.ACCOUNT, throttle.account_key(user.email))
    _add_entry(user, "account.password_reset")


def _on_reset_asked(_app: Flask, user: User, **_more: Any) -> None:
    _add_entry(user, "account.reset_asked")


def _add_entry(user: User, what: str) -> None:
    audit.add(db.session(), user_id=user.id, action=what, object_kind="user", object_id=user.id, now=clock.now())


def _take_write_lock() -> None:
    # What follows reads and then writes; on SQLite such a transaction must begin as a writer, or it may be refused.
    db.session.rollback()
    db.session.connection(execution_options={"begin": "IMMEDIATE"})


def _commit(response: Response) -> Response:
    if response.status_code < 400:
        db.session.commit()
    return response


def _normalized(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


def _wait_sentence(wait: timedelta) -> str:
    minutes = max(1, -(-int(wait.total_seconds()) // 60))
    return f"Too many tries that failed. Please wait {minutes} {'minute' if minutes == 1 else 'minutes'} and try again."
