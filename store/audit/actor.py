"""Who acts: the process's real user, and the name claimed for a shared login."""

from __future__ import annotations

import os
import pwd


def acting() -> str:
    """The real user's name; through sudo as `root via ana`, with $AI_DEBT_ACTOR as `ana (bo)`.

    It is attribution, not proof: whoever can write a shared file can write any name into it.
    """
    uid = os.getuid()
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:
        name = f"uid {uid}"
    via = _one_line(os.environ.get("SUDO_USER", ""))
    if via and via != name:
        name = f"{name} via {via}"
    claimed = _one_line(os.environ.get("AI_DEBT_ACTOR", ""))
    return f"{name} ({claimed})" if claimed else name


def _one_line(text: str) -> str:
    """A name from the environment as text any store and encoding can carry, 60 characters at most."""
    readable = text.encode("utf-8", "replace").decode()
    return " ".join("".join(c if c.isprintable() else " " for c in readable).split())[:60]
