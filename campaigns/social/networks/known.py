"""Every network there is."""

from campaigns.errors import NotFound
from campaigns.social.networks.manual import Manual
from campaigns.social.networks.port import Network

NETWORKS: dict[str, Network] = {
    "manual": Manual(),
}


def network(name: str) -> Network:
    """The network of that name; raises NotFound."""
    try:
        return NETWORKS[name]
    except KeyError:
        raise NotFound("We do not know this network.") from None
