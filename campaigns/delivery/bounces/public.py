"""Where providers report to. The token in the address names the connection; a signature proves who sends."""

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from campaigns import clock, tokens
from campaigns.db import end_reading
from campaigns.delivery.bounces import queries
from campaigns.delivery.bounces.actions import services, taking
from campaigns.delivery.bounces.models import Provider, Webhook
from campaigns.delivery.bounces.webhooks import providers, ses
from campaigns.delivery.bounces.webhooks.events import Told
from campaigns.errors import NotFound, OutsideError, Refused

bp = Blueprint("webhooks", __name__)

LONGEST = 1_000_000
_READERS = {
    Provider.SENDGRID: providers.sendgrid,
    Provider.MAILGUN: providers.mailgun,
    Provider.POSTMARK: providers.postmark,
    Provider.GENERIC: providers.generic,
}


@bp.post("/<token>")
def take(token: str) -> ResponseReturnValue:
    """Take a report of a provider, once."""
    request.max_content_length = LONGEST
    webhook = queries.find_webhook(tokens.digest(token))
    if webhook is None:
        raise NotFound()
    webhook_id = webhook.id
    try:
        told = _read(webhook, request.get_data())
    except (Refused, OutsideError) as error:
        end_reading()
        taking.note_problem(webhook_id, str(error), clock.now())
        # Whoever has to try again because Amazon's certificate was out of reach is told so.
        return jsonify(problem=str(error)), 503 if isinstance(error, OutsideError) else 403
    end_reading()
    if isinstance(told, ses.Asked):
        services.note_asked(webhook_id, told.topic, told.url)
    else:
        taking.take_events(webhook_id, told.key, told.facts, clock.now())
    return jsonify(ok=True)


def _read(webhook: Webhook, body: bytes) -> Told | ses.Asked:
    now = clock.now()
    if webhook.provider == Provider.SES:
        return ses.read(body, webhook.topic if webhook.confirmed_at else "", now)
    secret = tokens.decrypt(services.SECRET, webhook.secret_sealed)
    if secret is None:
        raise Refused("The secret of this connection can no longer be read. Make a new one.")
    return _READERS[Provider(webhook.provider)](dict(request.headers), body, secret, now)
