"""Every network there is, in the order in which the connect page offers them."""

from campaigns.errors import NotFound
from campaigns.social.networks.bluesky import Bluesky
from campaigns.social.networks.facebook import Facebook
from campaigns.social.networks.manual import Manual
from campaigns.social.networks.mastodon import Mastodon
from campaigns.social.networks.port import Network
from campaigns.social.networks.slack import Slack
from campaigns.social.networks.telegram import Telegram
from campaigns.social.networks.webhook import Webhook
from campaigns.social.networks.x import X

NETWORKS: dict[str, Network] = {
    "bluesky": Bluesky(),
    "mastodon": Mastodon(),
    "facebook": Facebook(),
    "x": X(),
    "telegram": Telegram(),
    "slack": Slack(),
    "webhook": Webhook(),
    "manual": Manual(),
}


def network(name: str) -> Network:
    """The network of that name; raises NotFound."""
    try:
        return NETWORKS[name]
    except KeyError:
        raise NotFound("We do not know this network.") from None
