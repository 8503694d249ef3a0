"""The constitution: what HOUSE says about layout, order and sizes, checked on every file."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import config
from campaigns.cli import COMMANDS

ROOT = config.ROOT
MODULES = sorted(
    path
    for folder in ("campaigns", "scheduler")
    for path in (ROOT / folder).rglob("*.py")
    if "migrations/versions" not in path.as_posix()
)
TEMPLATES = sorted((ROOT / "templates").rglob("*.*"))
FORBIDDEN_NAMES = {"utils", "helpers", "common", "misc", "base", "manager", "service", "handler"}
FOUNDATIONS = {
    "db",
    "clock",
    "errors",
    "facts",
    "http",
    "tokens",
    "markup",
    "pictures",
    "queueing",
    "search",
    "vetting",
}
RANKS = {
    "web": 1,
    "staff": 2,
    "delivery": 3,
    "audience": 4,
    "planning": 5,
    "toolkit": 5,
    "newsletters": 6,
    "social": 6,
    "radio": 6,
    "digests": 7,
    "playbooks": 7,
    "series": 7,
    "start": 8,
    "desk": 9,
    "site": 9,
}
TOP = 10


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def rank_of(module: str) -> tuple[int, str]:
    """How high a module stands, and the domain it belongs to."""
    parts = module.split(".")
    if parts[0] == "config" or (parts[0] == "campaigns" and len(parts) > 1 and parts[1] in FOUNDATIONS):
        return 0, "foundations"
    if parts[0] == "campaigns" and len(parts) > 1 and parts[1] in RANKS:
        return RANKS[parts[1]], parts[1]
    if parts[0] in ("scheduler", "wsgi"):
        return TOP + 1, parts[0]
    return TOP, "app"


def imports_of(path: Path) -> set[str]:
    """The modules of our own that a file imports, also inside functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in found if name.split(".")[0] in ("campaigns", "config", "scheduler", "wsgi")}


def functions_of(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(path.read_text())
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_imports_point_down(path: Path) -> None:
    own_rank, own_domain = rank_of(".".join(path.relative_to(ROOT).with_suffix("").parts))
    for name in imports_of(path):
        rank, domain = rank_of(name)
        assert domain == own_domain or rank < own_rank, f"{named(path)} imports {name}, which is not below it"


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_modules_are_small_and_say_what_they_are_for(path: Path) -> None:
    text = path.read_text()
    assert text.startswith('"""'), f"{named(path)} does not say what it is for"
    assert text.count("\n") <= 400, f"{named(path)} is over 400 lines"
    for function in functions_of(path):
        length = (function.end_lineno or 0) - function.lineno + 1
        assert length <= 50, f"{named(path)}: {function.name} has {length} lines"
    assert path.stem not in FORBIDDEN_NAMES


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_public_functions_say_what_goes_in_and_comes_out(path: Path) -> None:
    tree = ast.parse(path.read_text())
    public = [
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith("_")
    ]
    silent = [node.name for node in public if not ast.get_docstring(node)]
    assert not silent, f"{named(path)} leaves without a docstring: {silent}"


@pytest.mark.parametrize("path", TEMPLATES, ids=named)
def test_templates_are_small(path: Path) -> None:
    assert path.read_text().count("\n") <= 200


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_only_actions_change_the_database(path: Path) -> None:
    text = path.read_text()
    name = named(path)
    is_actions = path.name == "actions.py" or path.parent.name == "actions"
    if not is_actions:
        assert not re.search("^@(quick_)?action", text, re.MULTILINE) or name == "campaigns/db.py", (
            f"{name} holds an action"
        )
    if name not in ("campaigns/db.py", "campaigns/staff/security.py") and "migrations" not in name:
        assert not re.search(r"session(\(\))?\.commit\(", text), f"{name} commits"
    if is_actions:
        forbidden = [n for n in imports_of(path) if n.endswith(".actions") and rank_of(n)[1] != rank_of(name)[1]]
        own = rank_of(".".join(path.relative_to(ROOT).with_suffix("").parts))[1]
        assert not [n for n in forbidden if rank_of(n)[1] != own], f"{name} calls another domain's actions"
        assert "import flask\n" not in text, f"{name} imports flask"
        assert "from flask " not in text, f"{name} imports flask"


@pytest.mark.parametrize("path", [p for p in MODULES if p.name == "rules.py"], ids=named)
def test_rules_think_and_touch_nothing(path: Path) -> None:
    for line in path.read_text().splitlines():
        assert not re.match(r"(from|import) (flask|requests|campaigns\.db)", line), f"{named(path)}: {line}"
        assert "clock.now()" not in line, f"{named(path)} reads the clock"


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_only_views_and_templates_know_flask_pages(path: Path) -> None:
    if path.name in ("rules.py", "queries.py", "models.py") and path.parent.parent.name == "campaigns":
        tree = imports_text(path)
        assert not re.search(r"^from flask import", tree, re.MULTILINE), f"{named(path)} imports flask"


def imports_text(path: Path) -> str:
    return "\n".join(line for line in path.read_text().splitlines() if line.startswith(("from ", "import ")))


def test_every_setting_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    missing = [name.upper() for name in config.Settings.model_fields if f"`{name.upper()}`" not in readme]
    assert not missing


def test_every_command_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    missing = [command.name for command in COMMANDS if not re.search(rf"`{command.name}[ `]", readme)]
    assert not missing


def test_nothing_unfinished_stands_in_the_code() -> None:
    marks = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError)\b")
    found = [named(path) for path in MODULES if marks.search(path.read_text())]
    assert not found


def test_ruff_is_content() -> None:
    for command in (["check"], ["format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "."], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_mypy_is_content() -> None:
    done = subprocess.run([sys.executable, "-m", "mypy"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_third_party_code_is_kept_here() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    assert not [name for name in listed if ".min." in name or "vendor" in name or name.endswith((".woff", ".woff2"))]
