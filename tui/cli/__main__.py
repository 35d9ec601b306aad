"""`python -m tui.cli` is `ai-debt`."""

from __future__ import annotations

from tui.cli.main import main

if __name__ == "__main__":
    main()
