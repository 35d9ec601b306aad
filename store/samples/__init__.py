"""The sample register that the program carries: what `ai-debt demo` opens."""

from __future__ import annotations

from importlib.resources import files

SAMPLE_NAME = "ai-debt-register.md"


def sample_text() -> str:
    """The sample document, exactly as packaged."""
    return files(__name__).joinpath(SAMPLE_NAME).read_bytes().decode("utf-8")
