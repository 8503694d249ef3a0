"""What signing in the program costs: `python3 run.py bench sign [--check]`.

The same 26 KB newsletter signed by dkimpy (which the tests need, and the program does not), by our signer with RSA-2048
and with Ed25519, and the bare RSA signature, in turn within each round. Ratios are medians of ratios inside a round.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from os import environ

import config
from campaigns.delivery import mime, signing
from campaigns.delivery.signing import Signature, Signer

LEAST = {"dkimpy_over_ours_rsa": 4.0, "ours_rsa_over_ed25519": 3.0, "ours_rsa_under_bare": 0.6}
NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)


def newsletters(count: int) -> list[bytes]:
    """So many copies of one newsletter, as they go over the wire."""
    form = mime.Form(
        subject="Recognize the signs",
        html="<p>" + "Ten quiet signs that somebody needs help. " * 400 + mime.slot("name") + "</p>",
        text="Ten quiet signs that somebody needs help. " * 150,
        from_name="H.E.A.T. Watch",
        from_address="news@example.org",
        list_id="Newsletter <newsletter.example.org>",
        unsubscribe_slot="leave",
        is_bulk=True,
    )
    skeleton = mime.compile_form(form, "example.org")
    leave = "https://news.example.org/u/" + "x" * 60
    return [
        skeleton.message(f"p{n}@example.net", f"N {n}", {"name": str(n), "leave": leave}, f"{n}@example.org", NOW)
        for n in range(count)
    ]


def spent(sign: Callable[[bytes], object], messages: list[bytes]) -> float:
    """Microseconds of processor for each message."""
    start = time.process_time()
    for message in messages:
        sign(message)
    return (time.process_time() - start) / len(messages) * 1e6


def ways() -> dict[str, Callable[[bytes], object]]:
    """The ways to sign, by name."""
    import dkim

    keys = {algorithm: signing.opened(signing.new_key(algorithm).private_sealed) for algorithm in signing.ALGORITHMS}
    ours = {algorithm: Signer("example.org", [Signature("s", key)]) for algorithm, key in keys.items()}
    rsa, ed25519 = ours[signing.RSA], ours[signing.ED25519]
    pem = keys[signing.RSA].private_bytes(*signing.PEM)
    bare = keys[signing.RSA]
    return {
        "dkimpy, RSA": lambda raw: dkim.sign(raw, b"s", b"example.org", pem, canonicalize=(b"relaxed", b"simple")),
        "ours, RSA": lambda raw: rsa.sign(raw, NOW),
        "ours, Ed25519": lambda raw: ed25519.sign(raw, NOW),
        "the bare RSA signature": lambda raw: bare.sign(raw[:64], *signing.PKCS1_SHA256),  # type: ignore[union-attr,call-arg]
    }


def main() -> int:
    """Print a table and a closing JSON line; with --check 1 when a ratio is below what is stated."""
    parser = argparse.ArgumentParser(prog="bench sign", description="Compare the ways to sign.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--check", action="store_true", help="fail when a ratio is below what is stated")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="outreach-bench-") as folder:
        environ.update({"DATA_DIR": folder, "DATABASE_URL": ""})
        config.load.cache_clear()
        made, messages = ways(), newsletters(30)
        found: dict[str, list[float]] = {name: [] for name in made}
        for _ in range(min(max(given.rounds, 1), 20)):
            for name, sign in made.items():
                found[name].append(spent(sign, messages[:6] if name.startswith("dkimpy") else messages))
    print(f"One message is {len(messages[0]):,} bytes.\n  {'':26}{'CPU us each':>12}{'a second, one core':>20}")
    middle = {name: statistics.median(figures) for name, figures in found.items()}
    for name, figure in middle.items():
        print(f"  {name:26}{figure:>12,.0f}{1e6 / figure:>20,.0f}")
    pairs = {
        "dkimpy_over_ours_rsa": ("dkimpy, RSA", "ours, RSA"),
        "ours_rsa_over_ed25519": ("ours, RSA", "ours, Ed25519"),
        "ours_rsa_under_bare": ("the bare RSA signature", "ours, RSA"),
    }
    ratios = {
        name: statistics.median(a / b for a, b in zip(found[over], found[under], strict=True))
        for name, (over, under) in pairs.items()
    }
    below = {name for name, least in LEAST.items() if ratios[name] < least}
    figures = {f"us_{name.split()[-1].lower()}": round(middle[name], 1) for name in ("ours, RSA", "ours, Ed25519")}
    print(json.dumps({name: round(value, 2) for name, value in ratios.items()} | figures | {"is_right": not below}))
    return 1 if given.check and below else 0


if __name__ == "__main__":
    sys.exit(main())
