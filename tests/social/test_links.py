"""Which links may be used, and how rules tag those of our own sites."""

import pytest

from campaigns.social import links
from campaigns.social.models import LinkRule

RULES = [
    LinkRule(domain="heatwatch.org", source="{network}", medium="social", campaign="{campaign}"),
    LinkRule(domain="kids.heatwatch.org", source="{channel}", medium="", campaign="kids"),
]
TAG = links.tagger(RULES, {"network": "bluesky", "channel": "@heat.watch", "campaign": "January: awareness & more"})


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        (
            "https://www.heatwatch.org/get-help",
            "https://www.heatwatch.org/get-help?utm_source=bluesky&utm_medium=social&utm_campaign=january-awareness-more",
        ),
        (
            "https://heatwatch.org/?a=1&utm_source=print#top",
            "https://heatwatch.org/?a=1&utm_source=print&utm_medium=social&utm_campaign=january-awareness-more#top",
        ),
        ("https://kids.heatwatch.org/", "https://kids.heatwatch.org/?utm_source=heat-watch&utm_campaign=kids"),
        ("https://notheatwatch.org/", "https://notheatwatch.org/"),
        ("heatwatch.org", "heatwatch.org"),
        ("", ""),
    ],
)
def test_links_get_the_tags_of_the_rule_of_their_site(url: str, wanted: str) -> None:
    assert TAG(url) == wanted


def test_links_within_a_text_are_tagged_too() -> None:
    text = "Read https://kids.heatwatch.org/a, then https://example.org/."
    wanted = "Read https://kids.heatwatch.org/a?utm_source=heat-watch&utm_campaign=kids, then https://example.org/."
    assert links.tag_text(text, TAG) == wanted


@pytest.mark.parametrize(
    ("url", "is_fine"),
    [
        ("https://example.org/a?b=c", True),
        ("http://example.org", True),
        ("", True),
        ("example.org", False),
        ("javascript:alert(1)", False),
        ("https://example", False),
        ("https://user:secret@example.org", False),
        ("https://example.org/a b", False),
        ("https://[example.org", False),
        ("mailto:a@example.org", False),
    ],
)
def test_only_web_addresses_are_links(url: str, is_fine: bool) -> None:
    assert (links.fault(url) == "") == is_fine
