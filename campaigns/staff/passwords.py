"""What makes a password too weak. Pure."""

import re

SHORTEST = 12
LONGEST = 256

# What people choose when twelve characters are asked for: words, walks over the keyboard, and their endings.
WORDS = """password passw0rd welcome letmein qwerty qwertyuiop asdfghjkl zxcvbnm iloveyou admin administrator changeme
secret dragon monkey football baseball basketball sunshine princess superman batman trustno1 starwars whatever
computer internet california oakland alameda newsletter outreach heatwatch hello master login access summer winter
spring autumn freedom liberty america qazwsx qazwsxedc asdf"""
COMMON = frozenset(WORDS.split())
RUNS = ("01234567890123456789", "98765432109876543210", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm")


def faults(password: str, *personal: str) -> list[str]:
    """What is wrong with a new password, as sentences; `personal` are words an acquaintance would try first."""
    if len(password) < SHORTEST:
        return [f"Use at least {SHORTEST} characters. Three or four unrelated words make a good password."]
    if len(password) > LONGEST:
        return [f"Use at most {LONGEST} characters."]
    if _is_common(password):
        return ["This password is one of the first that others would try. Choose another."]
    if len(_without(password, personal)) < SHORTEST // 2:
        return ["This password is little more than your name or address. Choose another."]
    return []


def _is_common(password: str) -> bool:
    folded = password.casefold()
    letters = "".join(character for character in folded if character.isalpha())
    return len(set(folded)) < 5 or _is_run(folded) or letters in COMMON or _is_pair(letters)


def _is_pair(letters: str) -> bool:
    """Whether the letters are two common words, one after the other."""
    return any(letters[:cut] in COMMON and letters[cut:] in COMMON for cut in range(3, len(letters) - 2))


def _is_run(folded: str) -> bool:
    """Whether nearly every character follows the one before it, in counting or on the keyboard."""
    pairs = [folded[i : i + 2] for i in range(len(folded) - 1)]
    return sum(any(pair in run for run in RUNS) for pair in pairs) >= len(pairs) - 2


def _without(password: str, personal: tuple[str, ...]) -> str:
    """The letters of a password that are left when name and address are taken out."""
    left = password.casefold()
    words = re.split(r"[^\w]+", " ".join(personal).casefold())
    for word in sorted(words, key=len, reverse=True):
        if len(word) >= 3:
            left = left.replace(word, "")
    return "".join(character for character in left if character.isalnum())
