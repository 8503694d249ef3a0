"""All tables of the program, imported in one place so that the metadata is complete."""

from campaigns import search
from campaigns.audience import models as audience
from campaigns.delivery import models as delivery
from campaigns.delivery.bounces import models as bounces
from campaigns.delivery.doctor import models as doctor
from campaigns.digests import models as digests
from campaigns.newsletters import models as newsletters
from campaigns.planning import models as planning
from campaigns.playbooks import models as playbooks
from campaigns.radio import models as radio
from campaigns.social import models as social
from campaigns.staff import models as staff
from campaigns.web import models as web

__all__ = [
    "audience",
    "bounces",
    "delivery",
    "digests",
    "doctor",
    "newsletters",
    "planning",
    "playbooks",
    "radio",
    "search",
    "social",
    "staff",
    "web",
]
