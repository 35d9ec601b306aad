"""A worker that imports or exports a document again and again, until it is stopped."""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path

from store.commands.export import export_file
from store.commands.imports.apply import apply_import
from store.commands.imports.plan import plan_import
from store.commands.items import edit_items
from store.db.database import Database
from store.errors import RegisterError
from tests.durability.crew import say, wait_for_go

_ROW = re.compile(r"^(\| ([A-Z]+-\d+) \| )", re.MULTILINE)


def main(path: str, document: str, verb: str, seconds: str) -> None:
    """Import two versions in turn, in which every description differs, or export after one change."""
    text = Path(document).read_text(encoding="utf-8")
    versions = [_ROW.sub(r"\1Again, ", text), text]
    last = _ROW.findall(text)[-1][1]
    with Database.open(path, actor="document") as db:
        wait_for_go()
        end = time.monotonic() + float(seconds)
        number = 0
        while time.monotonic() < end:
            began = time.monotonic()
            try:
                if verb == "import":
                    done = apply_import(db, plan_import(db, versions[number % 2], path=None))
                else:
                    edit_items(db, [last], {"effort": "SM"[number % 2]})
                    done = export_file(db, Path(document), force=True)
                say(batch=done.batch, took=time.monotonic() - began)
            except RegisterError as error:
                say(error=str(error))
            number += 1


if __name__ == "__main__":
    main(*sys.argv[1:])
