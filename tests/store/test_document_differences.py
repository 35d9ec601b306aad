"""What differs between two registers."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from store.enums import Severity, Status
from store.formats.document.diff import Difference, differences, in_order
from store.formats.document.model import Category, Dependency, Item, Register, pair_edges
from tests.store.hostile import Hostile

seeds = st.integers(0, 2**64)
ONE = Item(key="A-1", category="A", severity=Severity.HIGH, status=Status.OPEN, description="first", origin="A-1")
TWO = Item(key="A-2", category="A", severity=Severity.LOW, status=Status.OPEN, title="Second", origin="A-2")
REGISTER = Register(
    title="T",
    categories=(Category(code="A", name="Alpha", origin="A"), Category(code="B", name="Beta", origin="B")),
    items=(ONE, TWO),
    dependencies=(Dependency("A-1", "A-2", "slows"),),
)


def test_a_register_does_not_differ_from_itself() -> None:
    assert differences(REGISTER, REGISTER) == ()


def test_fields_are_named_with_texts_people_read() -> None:
    item = ONE._replace(status=Status.IN_PROGRESS, components=("x", "y"), extra=(("Notes", "n"),))
    after = REGISTER._replace(title="U", project_total=3, items=(item, TWO))
    assert differences(REGISTER, after) == (
        Difference("register", "", "title", "T", "U"),
        Difference("register", "", "project_total", None, "3"),
        Difference("item", "A-1", "status", "Open", "In Progress"),
        Difference("item", "A-1", "components", "", "x; y"),
        Difference("item", "A-1", "extra", None, "Notes: n"),
    )


def test_a_new_key_is_a_change_by_origin_and_two_by_key() -> None:
    after = REGISTER._replace(items=(ONE._replace(key="A-9"), TWO), dependencies=(Dependency("A-9", "A-2", "slows"),))
    assert differences(REGISTER, after) == (Difference("item", "A-9", "key", "A-1", "A-9"),)
    assert differences(REGISTER, after, by="key") == (
        Difference("item", "A-1", None, "first", None),
        Difference("item", "A-9", None, None, "first"),
        Difference("dependency", "A-1 -> A-2", None, "slows", None),
        Difference("dependency", "A-9 -> A-2", None, None, "slows"),
    )


def test_a_new_code_is_no_change_of_its_items() -> None:
    categories = (REGISTER.categories[0]._replace(code="Z"), REGISTER.categories[1])
    after = REGISTER._replace(categories=categories, items=tuple(i._replace(category="Z") for i in REGISTER.items))
    assert differences(REGISTER, after) == (Difference("category", "Z", "code", "A", "Z"),)


def test_order_counts() -> None:
    after = REGISTER._replace(categories=REGISTER.categories[::-1], items=REGISTER.items[::-1])
    assert [(found.entity, found.field) for found in differences(REGISTER, after)] == [
        ("category", "position"),
        ("item", "position"),
    ]


def test_edges_with_the_same_ends_are_relabeled() -> None:
    before = [Dependency("A", "B", "one"), Dependency("A", "B", "two"), Dependency("B", "A", "x")]
    after = [Dependency("A", "B", "two"), Dependency("A", "B", "three"), Dependency("A", "A", "x")]
    pairs = pair_edges(before, after)
    assert pairs.relabeled == ((before[0], after[1]),)
    assert pairs.removed == (before[2],)
    assert pairs.added == (after[2],)


@given(st.lists(st.integers(0, 50), unique=True, max_size=12))
def test_the_most_stays_where_it_is(positions: list[int]) -> None:
    kept = [positions[index] for index in sorted(in_order(positions))]
    assert kept == sorted(kept)
    longest = [0] * (len(positions) + 1)
    for index, position in enumerate(positions):
        longest[index] = 1 + max((longest[i] for i in range(index) if positions[i] < position), default=0)
    assert len(kept) == max(longest)


@settings(deadline=None)
@given(seeds)
def test_every_change_is_found(seed: int) -> None:
    hostile = Hostile(Random(seed))
    before = hostile.register()
    after = hostile.change(before)

    def plain(register: Register) -> Register:
        """What counts: items by category, edges as a set, extra columns in any order."""
        codes = [category.code for category in register.categories]
        items = sorted(register.items, key=lambda item: codes.index(item.category))
        edges = sorted(register.dependencies, key=lambda edge: (edge.source, edge.target, edge.label))
        return register._replace(
            items=tuple(item._replace(extra=tuple(sorted(item.extra))) for item in items),
            dependencies=tuple(edges),
        )

    assert bool(differences(before, after, by="key")) == (plain(before) != plain(after))
