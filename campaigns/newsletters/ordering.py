"""What the buttons of the editor do to a list of blocks when there is no JavaScript; pure."""

from typing import Any

from campaigns.newsletters.blocks import new_block

Block = dict[str, Any]


def apply(blocks: list[Block], command: str, place: int = 0) -> tuple[list[Block], str]:
    """The blocks after one button ("add:text", "up:<id>", "move:<id>" to `place` from 1), and the id to look at next.

    A command or an id that we do not know changes nothing.
    """
    what, _, name = command.partition(":")
    if what == "add":
        made = new_block(name)
        return [*blocks, made], str(made["id"])
    at = next((index for index, block in enumerate(blocks) if block["id"] == name), None)
    if at is None:
        return blocks, ""
    rest = blocks[:at] + blocks[at + 1 :]
    if what == "delete":
        neighbor = rest[min(at, len(rest) - 1)] if rest else None
        return rest, str(neighbor["id"]) if neighbor else ""
    if what == "copy":
        made = {**blocks[at], "id": new_block(str(blocks[at]["kind"]))["id"]}
        return [*blocks[: at + 1], made, *blocks[at + 1 :]], str(made["id"])
    target = {"up": at - 1, "down": at + 1, "move": place - 1}.get(what)
    if target is None:
        return blocks, name
    target = max(0, min(target, len(rest)))
    return [*rest[:target], blocks[at], *rest[target:]], name
