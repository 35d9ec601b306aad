"""Maps to draw: made by hand for what is hard about each, and made at random."""

from __future__ import annotations

from itertools import combinations
from random import Random
from typing import TYPE_CHECKING

import networkx as nx

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Edge = tuple[str, str, str]
"""Source, target, label."""

_LONG_WORD = "antidisestablishmentarianism-of-features"
_VERY_LONG = f"quietly and over several quarters reintroduces the {_LONG_WORD} that every later model has to undo again"
_WORDS = (
    *("a", "to", "skew", "feeds", "delays", "biases", "masks", "amplifies", "cascades to", "training", "schema"),
    *("popularity", "stale embeddings", "misconfiguration", "undocumented", _LONG_WORD[:28]),
)
_WIDE_WORDS = ("依存", "特徴量の漂移", "学習", "스키마", "数据管道", "データ", "😀")


def graph(nodes: Iterable[str], edges: Iterable[Edge] = ()) -> nx.MultiDiGraph:
    """A map. nodes: `H● EN-001 Title` each, the title may be missing."""
    made = nx.MultiDiGraph()
    for node in nodes:
        state, key, *title = node.split(" ", 2)
        made.add_node(key, head=f"{state} {key}", title="".join(title))
    for position, (source, target, label) in enumerate(edges):
        # An edge to a node that is not there would add one without attributes.
        assert source in made
        assert target in made
        made.add_edge(source, target, label=label, position=position)
    return made


_SEED_NODES = (
    "H● EN-001 Feature Entanglement (Flink windowing)",
    "H● EN-002 Embedding Coupling (SemanticGNN)",
    "H✓ FL-001 Popularity Amplification",
    "M● FL-003 Artwork Feedback Loop",
    "H● DD-001 Schema Dependency",
    "H● PD-001 Dead Flink Jobs",
    "H● PD-002 Train-Serve Skew",
    "H✓ CD-001 Config Sprawl",
    "H✓ MS-001 Catalog Staleness",
)
_SEED_EDGES = (
    ("EN-001", "EN-002", "feature changes cascade to"),
    ("FL-001", "MS-001", "amplified popularity biases"),
    ("DD-001", "EN-001", "schema breaks cascade to"),
    ("PD-001", "DD-001", "dead jobs mask"),
    ("PD-002", "EN-001", "skew amplifies"),
    ("CD-001", "MS-001", "misconfig delays"),
    ("FL-003", "FL-001", "misleading signal feeds"),
)


def seed() -> nx.MultiDiGraph:
    """The map of the sample register."""
    return graph(_SEED_NODES, _SEED_EDGES)


def seed_with_a_cycle() -> nx.MultiDiGraph:
    """The same with an edge that closes a cycle of three."""
    return graph(_SEED_NODES, (*_SEED_EDGES, ("MS-001", "FL-003", "stale titles feed")))


def _plain(prefix: str, count: int) -> list[str]:
    """Nodes of one kind, numbered from 1."""
    return [f"{'HML'[number % 3]}{'●◐✓○'[number % 4]} {prefix}-{number:03}" for number in range(1, count + 1)]


def components() -> nx.MultiDiGraph:
    """Five parts of different shapes that have nothing to do with each other."""
    return graph(
        [*_plain("AA", 4), *_plain("BB", 3), *_plain("CC", 2), *_plain("DD", 2), "L○ EE-001 Alone"],
        [
            ("AA-001", "AA-002", "feeds"),
            ("AA-001", "AA-003", "starves"),
            ("AA-002", "AA-004", "skews the windows of"),
            ("AA-003", "AA-004", "hides gaps in"),
            ("BB-002", "BB-001", "delays"),
            ("BB-003", "BB-001", "doubles the cost of"),
            ("CC-001", "CC-002", ""),
            ("DD-001", "DD-002", "masks"),
            ("DD-002", "DD-001", "invites"),
        ],
    )


def hub() -> nx.MultiDiGraph:
    """Eight sources and eight targets around one node."""
    return graph(
        [*_plain("IN", 8), "H● HB-001 Shared feature store", *_plain("OU", 8)],
        [(f"IN-{number:03}", "HB-001", f"feeds {number}") for number in range(1, 9)]
        + [("HB-001", f"OU-{number:03}", f"drives {number}") for number in range(1, 9)],
    )


def chain() -> nx.MultiDiGraph:
    """Twelve nodes, one after another."""
    links = [(f"CH-{number:03}", f"CH-{number + 1:03}", f"step {number}") for number in range(1, 12)]
    return graph(_plain("CH", 12), links)


def circle_of_two() -> nx.MultiDiGraph:
    """Two nodes that make each other worse."""
    return graph(_plain("CY", 2), [("CY-001", "CY-002", "feeds"), ("CY-002", "CY-001", "feeds again")])


def circles() -> nx.MultiDiGraph:
    """Two circles that share a node, and one edge that closes both at once."""
    return graph(
        _plain("CY", 5),
        [
            ("CY-001", "CY-002", "feeds"),
            ("CY-002", "CY-003", ""),
            ("CY-003", "CY-001", "closes"),
            ("CY-003", "CY-004", "spreads to"),
            ("CY-004", "CY-005", "skews"),
            ("CY-005", "CY-003", "returns to"),
            ("CY-005", "CY-001", "closes both"),
        ],
    )


def self_loops() -> nx.MultiDiGraph:
    """Nodes that make themselves worse: alone, with a word, without one, twice, and among others."""
    return graph(
        _plain("SL", 4),
        [
            ("SL-001", "SL-001", "learns from its own output"),
            ("SL-002", "SL-003", "feeds"),
            ("SL-003", "SL-003", ""),
            ("SL-003", "SL-004", "biases"),
            ("SL-004", "SL-004", "once"),
            ("SL-004", "SL-004", "and once more"),
        ],
    )


def parallel() -> nx.MultiDiGraph:
    """Edges between the same two nodes that only their labels tell apart, one of them without a label."""
    return graph(
        _plain("PA", 3),
        [
            ("PA-001", "PA-002", "breaks the schema of"),
            ("PA-001", "PA-002", "delays"),
            ("PA-001", "PA-002", ""),
            ("PA-002", "PA-003", "skews"),
            ("PA-002", "PA-003", "starves"),
            ("PA-003", "PA-002", "hides"),
            ("PA-003", "PA-002", "excuses"),
        ],
    )


def isolated() -> nx.MultiDiGraph:
    """Nodes without an edge."""
    return graph([*_plain("IS", 6), "L✓ IS-007 With a title of some length"])


def one_node() -> nx.MultiDiGraph:
    """A single node."""
    return graph(["M◐ ON-001 Only one"])


def no_node() -> nx.MultiDiGraph:
    """Nothing."""
    return graph([])


def bipartite() -> nx.MultiDiGraph:
    """Three sources, each with an edge to each of three targets."""
    return graph(
        [*_plain("UP", 3), *_plain("LO", 3)],
        [
            (f"UP-{source:03}", f"LO-{target:03}", f"{source} to {target}")
            for source in range(1, 4)
            for target in range(1, 4)
        ],
    )


def diamond() -> nx.MultiDiGraph:
    """Two ways from one node to another, and edges past the layers between."""
    return graph(
        _plain("DI", 6),
        [
            ("DI-001", "DI-002", "left"),
            ("DI-001", "DI-003", "right"),
            ("DI-002", "DI-004", "left again"),
            ("DI-003", "DI-004", "right again"),
            ("DI-004", "DI-005", ""),
            ("DI-005", "DI-006", "at last"),
            ("DI-001", "DI-006", "past four layers"),
            ("DI-002", "DI-006", ""),
        ],
    )


def wide() -> nx.MultiDiGraph:
    """Titles and labels of characters that are two cells wide."""
    return graph(
        [
            "H● WI-001 特徴量の絡み合い",
            "M◐ WI-002 스키마 의존성",
            "L✓ WI-003 过时的数据管道",
            "H○ WI-004 😀 mixed 混在",
        ],
        [
            ("WI-001", "WI-002", "窓の変更が下流の特徴量すべてに波及する"),
            ("WI-001", "WI-003", "지연"),
            ("WI-002", "WI-004", "skew 偏り amplifies 増幅"),
            ("WI-003", "WI-004", "数据过期"),
            ("WI-004", "WI-001", "回り回って戻る"),
        ],
    )


def accents() -> nx.MultiDiGraph:
    """Letters with their accents as separate characters, which have no width."""
    return graph(
        ["H● AC-001 De\u0301rive", "M● AC-002 Donne\u0301es"],
        [("AC-001", "AC-002", "e\u0301tiquettes pe\u0301rime\u0301es, donc a\u0300 refaire")],
    )


def long_labels() -> nx.MultiDiGraph:
    """Labels that fill many lines, with a word of 40 cells that no line may have room for."""
    return graph(
        [
            "H● LO-001 A title that is far too long for any box that shares a row with two others",
            *_plain("LP", 3),
        ],
        [
            ("LO-001", "LP-001", _VERY_LONG),
            ("LO-001", "LP-002", _LONG_WORD),
            ("LP-001", "LP-003", "short"),
            ("LP-002", "LP-003", f"{_LONG_WORD} twice {_LONG_WORD}"),
            ("LP-003", "LO-001", f"returns as {_LONG_WORD}"),
        ],
    )


def around(drawn: nx.MultiDiGraph, key: str) -> nx.MultiDiGraph:
    """A node, its edges and their other ends."""
    ends = {key, *drawn.predecessors(key), *drawn.successors(key)}
    edges = [edge for edge in drawn.edges(data=True) if key in edge[:2]]
    part = nx.MultiDiGraph(drawn.subgraph(ends))
    part.clear_edges()
    part.add_edges_from(edges)
    return part


GRAPHS: dict[str, Callable[[], nx.MultiDiGraph]] = {
    "seed": seed,
    "seed with a cycle": seed_with_a_cycle,
    "components": components,
    "hub": hub,
    "chain": chain,
    "circle of two": circle_of_two,
    "circles": circles,
    "self loops": self_loops,
    "parallel": parallel,
    "isolated": isolated,
    "one node": one_node,
    "no node": no_node,
    "bipartite": bipartite,
    "diamond": diamond,
    "wide": wide,
    "accents": accents,
    "long labels": long_labels,
}


def random_graphs(number: int, seed: int) -> Iterator[nx.MultiDiGraph]:
    """As many maps, always the same ones for a seed; more of them begin with the same.

    Each has 4 to 12 nodes and from two edges fewer than nodes to twice as many. Half may have cycles, some of these
    self loops; a third may have parallel edges, which differ in their labels. Labels have 0 to 45 characters.
    """
    random = Random(seed)
    for _ in range(number):
        yield graph(*_random_parts(random))


def _random_parts(random: Random) -> tuple[list[str], list[Edge]]:
    count = random.randint(4, 12)
    nodes = _random_nodes(random, count)
    # The order of the nodes is not that of the layers.
    keys = random.sample([node.split(" ")[1] for node in nodes], count)
    pairs = list(combinations(keys, 2))
    if random.random() < 0.5:
        loops = [(key, key) for key in keys] if random.random() < 0.5 else []
        pairs += [pair for pair in [(target, source) for source, target in pairs] + loops if random.random() < 0.3]
    wanted = random.randint(count - 2, 2 * count)
    parallel = random.random() < 1 / 3
    chosen = random.choices(pairs, k=wanted) if parallel else random.sample(pairs, min(wanted, len(pairs)))
    wide, wordless = random.random() < 0.3, random.choice((0.05, 0.3, 0.8))
    edges: dict[Edge, None] = {}
    for pair in chosen:
        edge = (*pair, "" if random.random() < wordless else _random_text(random, 45, wide=wide))
        while edge in edges:
            edge = (*pair, _random_text(random, 45, wide=wide))
        edges[edge] = None
    return nodes, list(edges)


def _random_nodes(random: Random, count: int) -> list[str]:
    nodes = []
    for number in random.sample(range(1, 1000), count):
        state = random.choice("HML") + random.choice("●◐✓○")
        key = f"{random.choice(('BE', 'CD', 'DD', 'EN', 'FL', 'MS', 'PD'))}-{number:03}"
        title = _random_text(random, 40, wide=random.random() < 0.2)
        nodes.append(f"{state} {key} {title}" if random.random() < 0.7 else f"{state} {key}")
    return nodes


def _random_text(random: Random, most: int, *, wide: bool) -> str:
    """Words of 1 to `most` characters together."""
    length = random.randint(1, most)
    words: list[str] = []
    while len(" ".join(words)) < length:
        words.append(random.choice(_WIDE_WORDS if wide and random.random() < 0.4 else _WORDS))
    return " ".join(words)[:length].rstrip()
