"""Logs without secrets: what looks like a token, a query string or an address is masked before it is written."""

import logging
import re
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import IO

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
KEEP_BYTES = 1_000_000
KEEP_FILES = 5

# Public addresses carry their token in the path, so a path in a log is as good as the link itself.
_QUERY = re.compile(r"(?<=[\w/])\?[\w.\-%~]+=[^\s\"'<>]*")
_TOKEN = re.compile(r"(?<![\w\-.])(?=[\w.\-]*\d)(?=[\w.\-]*[A-Za-z])[\w\-.]{32,}")
_ADDRESS = re.compile(r"[^\s@<>\"'=:,;()]+@[\w\-]+(?:\.[\w\-]+)+")
_LOGIN = re.compile(r"(?<=://)[^\s/@]+@")


def redact(line: str) -> str:
    """The line with query strings, tokens, passwords in addresses and email addresses masked."""
    for pattern, mask in ((_LOGIN, ""), (_QUERY, "?..."), (_ADDRESS, "[address]"), (_TOKEN, "[token]")):
        line = pattern.sub(mask, line)
    return line


class RedactingFormatter(logging.Formatter):
    """Formats a record as usual, traceback included, and masks the result."""

    def format(self, record: logging.LogRecord) -> str:
        """One record as text."""
        return redact(super().format(record))


def set_up(level: str) -> None:
    """Send this process's log to standard error, where a supervisor or a service manager collects it."""
    output = logging.StreamHandler(sys.stderr)
    output.setFormatter(RedactingFormatter(FORMAT))
    logging.basicConfig(level=level, handlers=[output], force=True)
    # It logs each run of each job at INFO, which says nothing that the desk does not show.
    logging.getLogger("apscheduler").setLevel(logging.WARNING)


def open_file(path: Path, name: str) -> logging.Logger:
    """A logger that writes plain lines to a file which is rotated at a megabyte, five kept."""
    output = RotatingFileHandler(path, maxBytes=KEEP_BYTES, backupCount=KEEP_FILES, encoding="utf-8")
    output.setFormatter(RedactingFormatter("%(message)s"))
    logger = logging.getLogger(f"file.{name}")
    logger.handlers[:] = [output]
    logger.propagate = False
    logger.setLevel(logging.INFO)
    return logger


def pump(source: IO[bytes], logger: logging.Logger) -> None:
    """Copy a child's output to its log, line by line, until the child closes it."""
    with source:
        for line in source:
            logger.info("%s", line.decode("utf-8", "replace").rstrip("\n"))
