"""The look keeps its promises: contrast in both modes, icons that exist, nothing from outside, nothing inline."""

import re
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined

ROOT = Path(__file__).resolve().parents[2]
SHEETS = sorted((ROOT / "campaigns/static/css").glob("*.css"))
SCRIPTS = sorted((ROOT / "campaigns/static/js").glob("*.js"))
PAGES = [path for name in ("layouts", "components", "errors") for path in sorted((ROOT / "templates" / name).glob("*"))]

# (what is read or seen, what lies behind it, the least contrast of WCAG 2.2)
PAIRS = [
    *[
        (ink, paper, 4.5)
        for ink in ("ink", "quiet", "teal", "good", "caution", "stop")
        for paper in ("paper", "surface")
    ],
    *[(ink, "sunken", 4.5) for ink in ("ink", "quiet")],
    *[("ink", f"{tone}-wash", 4.5) for tone in ("teal", "ember", "good", "caution", "stop")],
    *[("quiet", f"{tone}-wash", 4.5) for tone in ("teal", "stop", "ember")],
    *[(tone, f"{tone}-wash", 4.5) for tone in ("teal", "good", "caution", "stop")],
    ("on-teal", "teal", 4.5),
    ("on-teal", "teal-deep", 4.5),
    ("on-stop", "stop", 4.5),
    ("on-stop", "stop-deep", 4.5),
    ("on-ember", "ember", 4.5),
    ("paper", "ink", 4.5),
    *[(edge, paper, 3.0) for edge in ("edge", "focus") for paper in ("paper", "surface")],
]


def _blocks() -> dict[str, dict[str, str]]:
    css = (ROOT / "campaigns/static/css/tokens.css").read_text("utf-8")
    light, by_system, chosen = re.findall(r"\{\s*color-scheme:[^}]*\}", css)
    return {
        name: dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", text))
        for name, text in [("light", light), ("by_system", by_system), ("dark", chosen)]
    }


def _luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize(("front", "back", "least"), PAIRS)
def test_colors_can_be_told_apart_in_both_modes(mode: str, front: str, back: str, least: float) -> None:
    colors = _blocks()[mode]
    assert _contrast(colors[front], colors[back]) >= least, f"{front} on {back} in {mode} mode"


def test_dark_is_the_same_whether_chosen_or_from_the_system() -> None:
    blocks = _blocks()
    assert blocks["by_system"] == blocks["dark"]
    assert blocks["light"].keys() == blocks["dark"].keys()


def test_every_icon_of_a_state_is_drawn() -> None:
    environment = Environment(loader=FileSystemLoader(ROOT / "templates"), undefined=StrictUndefined, autoescape=True)
    drawn = environment.get_template("components/icon.html").module.paths  # type: ignore[attr-defined]
    states = environment.get_template("components/chip.html").module.states  # type: ignore[attr-defined]
    assert {icon for _, icon, _ in states.values()} <= drawn.keys()
    used = {name for path in PAGES for name in re.findall(r"icon\(\"([\w-]+)\"", path.read_text("utf-8"))}
    assert used <= drawn.keys()


def test_a_state_that_nobody_named_is_still_a_word() -> None:
    environment = Environment(loader=FileSystemLoader(ROOT / "templates"), undefined=StrictUndefined, autoescape=True)
    chip = environment.get_template("components/chip.html").module.chip  # type: ignore[attr-defined]
    assert "Half done</span>" in chip("half_done")
    assert "In review</span>" in chip("in_review")


@pytest.mark.parametrize("path", [*SHEETS, *SCRIPTS, *PAGES], ids=lambda path: path.name)
def test_nothing_comes_from_outside(path: Path) -> None:
    assert not re.search(r"https?://\w|\burl\(|@import", path.read_text("utf-8"))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_templates_hold_no_inline_style_or_script(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not re.search(r"\sstyle=|<style|\son\w+=\"", text)
    assert all("src=" in tag and "nonce=" in tag for tag in re.findall(r"<script[^>]*>", text))


@pytest.mark.parametrize("path", [*SHEETS, *SCRIPTS], ids=lambda path: path.name)
def test_sheets_and_modules_stay_small(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= (400 if path.suffix == ".css" else 150)
