"""The commands behind `python3 run.py`: one literal list, one line of help each."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Command:
    """What a person types, what it does, and the function that does it (arguments -> exit code)."""

    name: str
    line: str
    run: Callable[[list[str]], int]


def main(arguments: list[str]) -> int:
    """Run one command; returns the exit code. Problems that a person can solve are one sentence and 2."""
    from campaigns.errors import OutreachError
    from campaigns.startup import NotReady

    name, rest = (arguments[0], arguments[1:]) if arguments else ("start", [])
    found = {command.name: command for command in COMMANDS}.get({"-h": "help", "--help": "help"}.get(name, name))
    if found is None:
        print(f"There is no command “{name}”; python3 run.py help lists the commands.", file=sys.stderr)
        return 2
    try:
        return found.run(rest)
    except (NotReady, OutreachError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def show_help(_arguments: list[str]) -> int:
    """List the commands."""
    width = max(len(command.name) for command in COMMANDS)
    print("python3 run.py [command]\n")
    for command in COMMANDS:
        print(f"  {command.name:<{width}}  {command.line}")
    print("\nSettings come from the environment or the file .env; README.md lists them.")
    return 0


def start(_arguments: list[str]) -> int:
    """Start everything and stay."""
    from campaigns import launcher

    return launcher.start()


def web(_arguments: list[str]) -> int:
    """Become the web process."""
    from campaigns import launcher, startup

    settings = startup.read_settings()
    startup.prepare_folder(settings)
    return _become(launcher.web_command(settings))


def run_scheduler(_arguments: list[str]) -> int:
    """Become the scheduler process."""
    from campaigns import launcher, startup

    startup.prepare_folder(startup.read_settings())
    return _become(launcher.scheduler_command())


def migrate(_arguments: list[str]) -> int:
    """Bring the database up to date."""
    from campaigns import startup
    from campaigns.migrations.run import upgrade

    settings = startup.read_settings()
    startup.prepare_folder(settings)
    startup.check_database(settings)
    upgrade(settings)
    print("The database is up to date.")
    return 0


def prepare(_arguments: list[str]) -> int:
    """Migrate, fill a new installation, and print the first administrator's link if there is no account yet."""
    from campaigns import clock, startup
    from campaigns.migrations.run import upgrade

    settings = startup.read_settings()
    startup.prepare_folder(settings)
    startup.check_database(settings)
    upgrade(settings)
    with _application():
        from campaigns.staff import queries
        from campaigns.staff.actions import links
        from campaigns.start import actions

        if actions.install(clock.now()):
            actions.add_sample(clock.now())
        token = links.first_link(clock.now())
        print(f"{queries.site_url()}/welcome/{token}" if token else "")
    return 0


def signin_link(arguments: list[str]) -> int:
    """Print a link that signs in one account, once, within an hour."""
    with _application():
        from campaigns import clock
        from campaigns.staff import queries
        from campaigns.staff.actions import links

        token = links.first_link(clock.now()) or links.sign_in_link("".join(arguments[:1]), clock.now())
        print(f"{queries.site_url()}/welcome/{token}")
    return 0


def check(arguments: list[str]) -> int:
    """Look whether the world will believe that our mail is ours."""
    with _application():
        from campaigns.commands import delivery

        return delivery.check(arguments)


def sample(arguments: list[str]) -> int:
    """Remove the labeled sample content."""
    if arguments != ["remove"]:
        print("Say what to do with the sample content: python3 run.py sample remove", file=sys.stderr)
        return 2
    with _application():
        from campaigns import clock
        from campaigns.start import actions

        removed = actions.remove_sample(None, clock.now())
    print("The sample content was removed." if removed else "There is no sample content.")
    return 0


@contextlib.contextmanager
def _application() -> Iterator[None]:
    """The application's context on a database that was prepared before."""
    from campaigns import startup
    from campaigns.app import create_app

    settings = startup.read_settings()
    startup.prepare_folder(settings)
    with create_app(settings).app_context():
        yield


def demo(_arguments: list[str]) -> int:
    """The main job from import to one-click, in a throwaway folder."""
    from campaigns.demo import run

    return run()


def test(arguments: list[str]) -> int:
    """Run every test; further arguments go to pytest."""
    from campaigns.chromium import ensure

    os.chdir(ROOT)
    ensure()
    workers = [] if any(argument.startswith(("-n", "--dist", "--pdb")) for argument in arguments) else PARALLEL
    return _become([sys.executable, "-m", "pytest", *workers, *arguments])


def lint(_arguments: list[str]) -> int:
    """Check style and types without running anything."""
    os.chdir(ROOT)
    checks = (["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy"])
    return max(subprocess.run([sys.executable, "-m", *check], check=False).returncode for check in checks)


def bench(arguments: list[str]) -> int:
    """Run one comparison from benchmarks/."""
    names = sorted(path.stem for path in (ROOT / "benchmarks").glob("[a-z]*.py"))
    if not arguments or arguments[0] not in names:
        print(f"Name one of the comparisons: {', '.join(names) or 'there are none yet'}.", file=sys.stderr)
        return 2
    return _become([sys.executable, "-m", f"benchmarks.{arguments[0]}", *arguments[1:]])


def radio(arguments: list[str]) -> int:
    """What is on the air, and the reports for stations."""
    from campaigns.commands import radio as commands

    return commands.run(arguments)


def digest(arguments: list[str]) -> int:
    """Show what a digest would hold, or make its draft."""
    with _application():
        from campaigns.commands import issues

        return issues.digest(arguments)


def feeds(arguments: list[str]) -> int:
    """The sources of news."""
    with _application():
        from campaigns.commands import digests

        return digests.feeds(arguments)


def _become(command: list[str]) -> int:
    sys.stdout.flush()
    os.execv(command[0], command)  # noqa: S606


# Each worker begins with files that stand side by side; whoever is done first takes from the end of the other's.
PARALLEL = ["-n", "2", "--dist", "worksteal"]

COMMANDS = [
    Command("start", "start the program (also without a command); Ctrl-C stops it", start),
    Command("help", "show this list", show_help),
    Command("migrate", "bring the database up to date", migrate),
    Command("web", "run only the web process, for several machines on one PostgreSQL", web),
    Command("scheduler", "run only the scheduler process, for several machines on one PostgreSQL", run_scheduler),
    Command("prepare", "bring the database up to date, fill a new one, print the first sign-in link", prepare),
    Command(
        "signin-link", "print a one-time sign-in link: signin-link [ADDRESS], or the first administrator's", signin_link
    ),
    Command("sample", "sample remove: take the sample content away", sample),
    Command("check", "check deliverability: check [DOMAIN ...]; ends with 0 well, 1 look at it, 2 put it right", check),
    Command("digest", "digests of news: digest preview NAME | run NAME", digest),
    Command("feeds", "the sources of news: feeds add URL | import FILE | fetch | list | export", feeds),
    Command("demo", "do the main job in a throwaway folder and count the result", demo),
    Command(
        "radio",
        "radio next | pack EPISODE | report 2026Q4: on the air, what announces it, issues",
        radio,
    ),
    Command("test", "set up and run every test; further arguments go to pytest", test),
    Command("lint", "check style and types", lint),
    Command("bench", "run one comparison: bench NAME", bench),
]


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
