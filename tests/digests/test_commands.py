"""The command line for sources, in this process, against real feeds on loopback."""

from pathlib import Path

import pytest
from flask import Flask

from campaigns.commands.digests import feeds
from campaigns.digests import opml
from campaigns.digests.queries import sources as queries
from campaigns.errors import Invalid, NotFound
from tests.digests.newsroom import entries, good, item, rss
from tests.digests.test_opml import FILE
from tests.websites import Says, Website


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> "Said":
    """What the commands print."""
    return Said(capsys)


class Said:
    """Runs a command and keeps what it printed."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.text = ""

    def run(self, *arguments: str) -> int:
        code = feeds(list(arguments))
        printed = self._capsys.readouterr()
        self.text = printed.out + printed.err
        return code


def test_a_source_is_added_fetched_listed_and_exported(
    ctx: Flask, website: Website, said: Said, tmp_path: Path
) -> None:
    website.pages["/"] = Says(b'<link rel="alternate" type="application/rss+xml" href="/feed">')
    website.pages["/feed"] = good(rss(item(1), item(2)))
    assert said.run("add", website.url, "--folder", "Local", "--trust", "press") == 0
    assert "Added “The Tribune”, which holds 2 entries" in said.text
    assert said.run("fetch") == 0
    assert "[1/1] The Tribune: 2 new" in said.text
    assert "1 fetched, 2 new entries, 0 failed." in said.text
    (feed,) = queries.feeds()
    assert len(entries(feed)) == 2
    assert said.run("fetch", "The Tribune") == 0
    assert "asked again in" in said.text
    assert said.run("list") == 0
    assert "Local · press · reads well" in said.text
    assert "1 sources, 0 with a problem." in said.text
    target = tmp_path / "out.opml"
    assert said.run("export", str(target)) == 0
    assert opml.read(target.read_bytes())[0].folder == "Local"
    assert said.run("export") == 0
    assert "<opml" in said.text


def test_a_source_that_fails_is_told_and_ends_with_one(ctx: Flask, website: Website, said: Said) -> None:
    website.pages["/feed"] = good(rss(item(1)))
    assert said.run("add", f"{website.url}/feed") == 0
    website.pages["/feed"] = Says(status=500)
    assert said.run("fetch", "--all") == 1
    assert "The server has a fault (it answered 500)." in said.text
    assert "1 failed" in said.text


def test_several_feeds_of_a_site_are_named_and_none_is_added(ctx: Flask, website: Website, said: Said) -> None:
    link = b'<link rel="alternate" type="application/rss+xml" href="/%s">'
    website.pages["/"] = Says(link % b"a" + link % b"b")
    website.pages["/a"] = website.pages["/b"] = good(rss(item(1)))
    assert said.run("add", website.url) == 1
    assert f"{website.url}/b" in said.text
    assert queries.feeds() == []


def test_a_file_is_brought_in_and_its_faults_are_told(ctx: Flask, said: Said, tmp_path: Path) -> None:
    file = tmp_path / "mine.opml"
    file.write_bytes(FILE)
    assert said.run("import", str(file), "--trust", "partner") == 1
    assert "2 added, 1 here already, 2 could not be used." in said.text
    assert {feed.trust for feed in queries.feeds()} == {"partner"}


def test_what_cannot_be_understood_is_said_in_a_sentence(ctx: Flask, said: Said, tmp_path: Path) -> None:
    assert said.run("dance") == 2
    assert said.run() == 2
    for wrong, error in (
        (["add", "nonsense"], Invalid),
        (["import", str(tmp_path / "none.opml")], Invalid),
        (["export", str(tmp_path / "no" / "x.opml")], Invalid),
        (["fetch", "nobody"], NotFound),
    ):
        with pytest.raises(error):
            said.run(*wrong)
