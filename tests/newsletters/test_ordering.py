"""What the editor's buttons do to the blocks when there is no JavaScript."""

from campaigns.newsletters.ordering import apply

BLOCKS = [{"id": name, "kind": "text", "text": name} for name in ("a", "b", "c")]


def order(command: str, place: int = 0) -> list[str]:
    return [str(block["id"]) for block in apply(BLOCKS, command, place)[0]]


def test_up_and_down_move_one_place_and_stop_at_the_ends() -> None:
    assert order("up:b") == ["b", "a", "c"]
    assert order("down:b") == ["a", "c", "b"]
    assert order("up:a") == ["a", "b", "c"]
    assert order("down:c") == ["a", "b", "c"]


def test_move_goes_to_a_place_counted_from_one() -> None:
    assert order("move:c", 1) == ["c", "a", "b"]
    assert order("move:a", 99) == ["b", "c", "a"]
    assert order("move:a", 0) == ["a", "b", "c"]


def test_a_copy_stands_behind_its_model_with_an_id_of_its_own() -> None:
    blocks, look_at = apply(BLOCKS, "copy:b")
    assert [block["text"] for block in blocks] == ["a", "b", "b", "c"]
    assert look_at == blocks[2]["id"] not in ("a", "b", "c")


def test_after_removing_one_looks_at_its_neighbor() -> None:
    assert apply(BLOCKS, "delete:c") == (BLOCKS[:2], "b")
    assert apply(BLOCKS[:1], "delete:a") == ([], "")


def test_a_new_block_comes_last() -> None:
    blocks, look_at = apply(BLOCKS, "add:button")
    assert blocks[-1]["kind"] == "button"
    assert blocks[-1]["id"] == look_at


def test_what_we_do_not_know_changes_nothing() -> None:
    for command in ("save", "up:nobody", "paint:a", ""):
        assert apply(BLOCKS, command)[0] == BLOCKS
