"""A form that can be left open by a program that ends, and be taken up again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.editing.drafts import Draft
from tui.editing.following import Follows

if TYPE_CHECKING:
    from tui.editing.drafts import Purpose


class LeftOpen(Follows):
    """What a form does about drafts.

    purpose: what it is for; without one it is not kept. taken: the draft that it goes on with. typed: what the fields
    say at first, where that is not what they began with.
    """

    purpose: Purpose | None = None
    taken: Draft | None = None
    typed: dict[str, str]

    @property
    def values(self) -> dict[str, str]:
        """What stands in the fields."""
        return {field.name: self.text_of(field.name) for field in self.fields}

    @property
    def is_changed(self) -> bool:
        """Whether anything was typed."""
        return any(self.text_of(name) != text for name, text in self.base.items())

    def take_up(self, draft: Draft) -> None:
        """Begin with what was typed, over the present values; what others changed since is theirs to be asked about."""
        self.taken = draft
        shown = {field.name for field in self.fields}
        if self.watched is None:
            self.typed = {name: text for name, text in draft.texts.items() if name in shown}
            return
        self.typed = {name: text for name, text in draft.touched.items() if name in shown}
        self.base |= {name: draft.base[name] for name in self.typed if name in draft.base}
        self.watched.recall(draft.seen, [name for name in self.watched.seen if name in self.typed or name not in shown])

    def left_open(self, how: str) -> Draft | None:
        """The form as it stands, where something was typed."""
        if self.purpose is None or not self.query(f"#field-{self.fields[-1].name}") or not self.is_changed:
            return None
        watched = self.watched
        return Draft(
            self.purpose,
            texts=dict(self.values),
            base=dict(self.base),
            seen=watched.texts() if watched else {},
            ended=self.host.target.now,
            how=how,
            place=self.taken.place if self.taken is not None else None,
        )
