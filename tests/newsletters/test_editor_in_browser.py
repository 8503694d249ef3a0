"""The editor and the launch page in a real browser: saving, moving blocks, two people, the last minute."""

import io

import pytest
from flask.sessions import SecureCookieSessionInterface
from PIL import Image
from playwright.sync_api import Page, expect

from campaigns import clock
from campaigns.newsletters import actions, queries
from campaigns.newsletters.preparing import prepare
from campaigns.staff.models import RoleName
from tests import make
from tests.browser import page, unsound  # noqa: F401
from tests.live import Live, live  # noqa: F401

pytestmark = pytest.mark.browser

BLOCKS = [
    {"id": "b1", "kind": "heading", "text": "Ten quiet signs"},
    {"id": "b2", "kind": "text", "text": "Dear {{ first_name | friend }}, look."},
    {"id": "b3", "kind": "divider"},
]


class Office:
    """A signed-in browser beside a newsletter."""

    def __init__(self, live: Live, page: Page) -> None:  # noqa: F811
        self.live, self.page = live, page
        with live.app.app_context():
            user = make.user(RoleName.ADMINISTRATOR, name="Ana Ruiz")
            self.user_id = user.id
            sender, mailing = make.sender(), make.first_list()
            make.subscriber(first_name="Maria")
            text = {"subject": "Signs", "preheader": "Ten.", "blocks": BLOCKS}
            document = {"title": "December news", "sender_id": sender.id, "lists": [mailing.id]}
            document |= {"send_zone": "America/Los_Angeles", "editions": {"en": text}}
            self.id = actions.create_from(document, self.user_id, clock.now())
            key = user.fs_uniquifier
        signer = SecureCookieSessionInterface().get_signing_serializer(live.app)
        assert signer is not None
        cookie = str(signer.dumps({"_user_id": key, "_fresh": True}))
        page.context.add_cookies([{"name": "outreach", "value": cookie, "url": live.url}])

    def open(self, name: str) -> Page:
        self.page.goto(f"{self.live.url}/newsletters/{self.id}/{name}")
        return self.page

    def saved(self) -> None:
        """Wait until what was typed is kept."""
        expect(self.page.locator("[data-saved-words]")).to_contain_text("Draft, saved")

    def write(self, label: str, words: str) -> None:
        """Type, and wait until it is kept."""
        with self.page.expect_response(lambda answer: answer.url.endswith("/autosave")):
            self.page.get_by_label(label, exact=True).fill(words)
        self.saved()

    def blocks(self) -> list[dict[str, object]]:
        with self.live.app.app_context():
            return queries.get_document(self.id).to_json()["editions"]["en"]["blocks"]  # type: ignore[no-any-return]

    def subject(self) -> str:
        with self.live.app.app_context():
            return queries.get_document(self.id).text("en").subject


@pytest.fixture
def office(live: Live, page: Page) -> Office:  # noqa: F811
    return Office(live, page)


def order(page: Page) -> list[str | None]:  # noqa: F811
    return [block.get_attribute("data-block") for block in page.locator("[data-blocks] > li").all()]


def test_what_one_writes_is_saved_and_shown_beside(office: Office) -> None:
    page = office.open("edit")  # noqa: F811
    office.write("Heading", "Eleven quiet signs")
    assert office.blocks()[0]["text"] == "Eleven quiet signs"
    expect(page.frame_locator("iframe").get_by_text("Eleven quiet signs")).to_be_visible()
    page.get_by_role("link", name="Lock screen").click()
    expect(page.frame_locator("iframe").get_by_text("Signs", exact=True)).to_be_visible()


def test_a_block_is_added_moved_copied_removed_and_brought_back(office: Office) -> None:
    page = office.open("edit")  # noqa: F811
    page.get_by_text("Add a block").click()
    with page.expect_response(lambda answer: answer.url.endswith("/autosave")):
        page.get_by_role("button", name="Quote").click()
    expect(page.get_by_label("What was said")).to_be_focused()
    made = order(page)[3]
    page.get_by_role("button", name="Move quote up").click()
    assert order(page) == ["b1", "b2", made, "b3"]
    expect(page.locator("[data-editor-say]")).to_have_text("Quote is now block 3 of 4.")
    page.locator("#block-b1 [data-handle]").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("End")
    assert order(page) == ["b2", made, "b3", "b1"]
    expect(page.locator("#block-b1 [data-handle]")).to_be_focused()
    page.locator("#block-b2 summary[title=More]").click()
    page.locator("#block-b2").get_by_role("button", name="Remove").click()
    assert order(page) == [made, "b3", "b1"]
    page.get_by_role("button", name="Undo", exact=True).last.click()
    assert order(page) == ["b2", made, "b3", "b1"]
    page.locator("#block-b2 summary[title=More]").click()
    with page.expect_response(lambda answer: answer.url.endswith("/autosave")):
        page.locator("#block-b2").get_by_role("button", name="Duplicate").click()
    office.saved()
    assert [block["kind"] for block in office.blocks()] == ["text", "text", "quote", "divider", "heading"]
    assert office.blocks()[1]["text"] == BLOCKS[1]["text"]


def test_a_block_is_dragged_to_its_place(office: Office) -> None:
    page = office.open("edit")  # noqa: F811
    page.locator("#block-b3 [data-handle]").scroll_into_view_if_needed()
    page.locator("#block-b3 [data-handle]").hover()
    page.mouse.down()
    box = page.locator("#block-b1").bounding_box()
    assert box
    page.mouse.move(box["x"] + 20, box["y"] + 30, steps=5)
    page.mouse.move(box["x"] + 20, box["y"] + 5, steps=5)
    page.mouse.up()
    assert order(page) == ["b3", "b1", "b2"]


def test_buttons_write_the_markdown(office: Office) -> None:
    page = office.open("edit")  # noqa: F811
    area = page.get_by_label("Text", exact=True)
    area.fill("one two")
    area.press("Control+a")
    page.get_by_role("button", name="Bold").click()
    expect(area).to_have_value("**one two**")
    area.press("Control+a")
    page.locator("#block-b2 .mark-tools summary").click()
    page.get_by_role("button", name="First name, or “friend”").click()
    expect(area).to_have_value("{{ first_name | friend }}")


def test_a_second_editor_is_asked_and_loses_nothing(office: Office) -> None:
    page = office.open("edit")  # noqa: F811
    with office.live.app.app_context():
        newsletter = queries.get_newsletter(office.id)
        document = queries.document_of(newsletter).to_json()
        document["editions"]["en"]["subject"] = "Theirs"
        actions.save(office.id, newsletter.version, document, office.user_id, clock.now())
    page.get_by_label("Subject", exact=True).fill("Mine")
    expect(page.get_by_role("heading", name="Changed by Ana Ruiz at")).to_be_focused()
    assert office.subject() == "Theirs"
    with page.expect_response(lambda answer: answer.url.endswith("/autosave")):
        page.get_by_role("button", name="Keep mine").click()
    office.saved()
    assert office.subject() == "Mine"


def test_leaving_for_the_next_page_keeps_what_was_typed(office: Office) -> None:
    page = office.open("edit")  # noqa: F811
    page.get_by_label("Subject", exact=True).fill("Typed at the last moment")
    page.get_by_role("link", name="Send for approval").click()
    expect(page.get_by_role("heading", name="Send for approval", level=1)).to_be_visible()
    assert office.subject() == "Typed at the last moment"


def test_undo_takes_back_what_was_just_typed(office: Office) -> None:
    page = office.open("edit")  # noqa: F811
    page.get_by_label("Subject", exact=True).fill("Another")
    expect(page.get_by_role("button", name="Undo", exact=True)).to_be_enabled()
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_label("Subject", exact=True)).to_have_value("Signs")


def test_the_last_minute_counts_down_and_stops(office: Office) -> None:
    with office.live.app.app_context():
        actions.submit(prepare(office.id, clock.now()), "", office.user_id, clock.now())
        prepared = prepare(office.id, clock.now())
        actions.approve(prepared, prepared.content_hash, "", office.user_id, clock.now())
    page = office.open("launch")  # noqa: F811
    expect(page.get_by_role("heading", name="Sending to 1 person in")).to_be_visible()
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_text("Stopped. Nobody received it.")).to_be_visible()
    expect(page.get_by_role("heading", name="Approved, not sent")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 390])
def test_pages_of_a_newsletter_are_sound(office: Office, width: int) -> None:
    page = office.page  # noqa: F811
    page.set_viewport_size({"width": width, "height": 900})
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    for name in ("edit", "edit?view=text#preview", "test", "check", "review"):
        office.open(name)
        assert not unsound(page), name
    assert not faults


def test_a_problem_leads_to_its_place_also_inside_a_closed_part(office: Office) -> None:
    page = office.open("edit")  # noqa: F811
    page.locator("details.setting summary", has_text="To").click()
    with page.expect_response(lambda answer: answer.url.endswith("/autosave")):
        page.get_by_role("group", name="Send to people on").get_by_label("Newsletter").uncheck()
    page.locator("details.setting summary", has_text="To").click()
    page.get_by_role("link", name="No list is chosen").click()
    expect(page.get_by_role("group", name="Send to people on")).to_be_visible()


def test_a_picture_is_uploaded_and_shown_at_once(office: Office) -> None:
    page = office.open("edit")  # noqa: F811
    picture = io.BytesIO()
    Image.new("RGB", (40, 20), "teal").save(picture, "PNG")
    page.get_by_text("Add a block").click()
    page.get_by_role("button", name="Image").click()
    chosen = {"name": "street.png", "mimeType": "image/png", "buffer": picture.getvalue()}
    with page.expect_response(lambda answer: answer.url.endswith("/autosave")):
        page.get_by_label("Image", exact=True).set_input_files(chosen)  # type: ignore[arg-type]
    expect(page.locator("[data-image-shown]").last).to_be_visible()
    office.saved()
    assert office.blocks()[-1]["image"]
    expect(page.get_by_role("link", name="has no description")).to_be_visible()


def test_the_editor_works_without_javascript(office: Office) -> None:
    browser = office.page.context.browser
    assert browser
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies(office.page.context.cookies())  # type: ignore[arg-type]
    page = context.new_page()  # noqa: F811
    page.goto(f"{office.live.url}/newsletters/{office.id}/edit")
    page.get_by_label("Subject", exact=True).fill("Typed without a script")
    page.get_by_role("button", name="Move divider up").click()
    assert order(page) == ["b1", "b3", "b2"]
    page.get_by_text("Add a block").click()
    page.get_by_role("button", name="Quote").click()
    assert [block["kind"] for block in office.blocks()] == ["heading", "divider", "text", "quote"]
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
    assert office.subject() == "Typed without a script"
    context.close()
