"""Documents as different hands write them."""

# No outer pipes, tables filled up, another order of columns, dates in words, no map and no dashboard.
COMPACT = """\
Debt of the search platform
===========================

System owner: the search team.

> **System:** Search
> **Last Updated:** 17 February 2026

Entanglement
------------

Models share inputs.

Status | Severity | ID | Owner | Description
:----- | :------: | -: | ----- | -----------
Open | **High** | `EN-1` | Ann | Rankers share a feature \\| store
**Mitigated** (since May) | low | [EN-2](#en-2) | | Two models read `a\\|b`, they say<br>and more

### Pipelines

Key         | Severity | Status      | Notes
------------|----------|-------------|------
X-1         | Medium   | in-progress | see *wiki*
"""

# Several graphs and tables, indented tables, code fences with tables, chains in the map, lists with numbers.
BY_HAND = """\
\ufeff# 4. Debt

Some words first, with a list:

- **System:** Ads (batch)
- **Project Total:** 1,200

## Purpose

Why we keep this.

*Note: only examples.*

More words behind the note.

~~~
| ID | Severity | Status |
|----|----------|--------|
| NO-1 | High | Open |
~~~

## Hidden Feedback Loops
<!-- code: HF -->

_What comes out comes in._

 | ID | Description | Severity | Status | Due | Effort |
 |:---|:------------|:--------:|-------:|-----|--------|
 | HF-1 | Clicks train rankers | High | Open | 31.03.2026 | M |
 | HF-2 | Ads train bids | Low | Accepted (rationale (v2)) | - | |

Text between.

 | ID | Description | Severity | Status |
 |----|-------------|----------|--------|
 | HF-3 | Late labels | High | Open |

## Model Staleness

| ID | Description | Severity | Affected Components | Status |
|----|-------------|----------|---------------------|--------|

## Counts

Category              | Total | Open
----------------------|------:|----:
Hidden Feedback Loops |     3 |    2
Model Staleness       |     0 |    0
Total                 |     3 |    2

## Map

```mermaid
---
title: cascades
---
flowchart LR
    %% first the loops
    HF1[HF-1<br>Clicks] --> HF2("HF-2") -- "feeds" --> X[Outside]
    HF3{{"Late labels"}} & HF1 -.->|slows| HF2; HF2 --> HF2
    classDef hot fill:#f00
    class HF1 hot
    style HF1,HF3 fill:#f99,stroke:#333
```

## Review Cadence

1. **Weekly**: triage
2. Quarterly retrospective
   with the leads
"""

# Everything in an unusual shape: no heading for the first table, a map without a dashboard, parallel edges.
ODD = """\
| # | Severity | Status |
|---|---|---|
| A1 | High | Open |

# A register

### Z ###

| ID | Item | Severity | Status | Affected Projects |
|---|---|---|---|---|
| Z-1 | thing | Medium | Open | 12 % |
| Z-2 | | Low | Open (a) (b) | about 450 |

```mermaid
graph TD; A1-->|one|Z1; A1-->|two|Z1
Z1["Z-1<br/>First"]
Z1 === Z2
click Z1 "https://example.invalid"
```
"""

# Footnotes wherever a remark is wanted.
FOOTNOTES = """\
# Debt

## Entanglement[^a]

| ID[^1] | **Description** [^2] | Severity | Status[^b] |
|---|---|---|---|
| X-1[^1] | words[^1] | **High**[^2] | **Open**[^1] |
| X-2 | | Low [^1] | Mitigated (since May)[^2] |

| Category | Open | Mitigated | Total[^1] |
|---|---|---|---|
| Entanglement[^2] | 1 | 1 | 2 |
| **Total**[^1] | 1[^2] | 1 | 2 |

[^a]: Here.
"""
