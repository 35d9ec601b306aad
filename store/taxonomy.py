"""The seven categories of ML-specific debt that a new register begins with."""

from __future__ import annotations

from store.formats.document.model import Category

TAXONOMY: tuple[Category, ...] = (
    Category(
        code="BE",
        name="Boundary Erosion",
        definition="The line between a model and its surroundings blurs: a change on one side is felt on the other.",
    ),
    Category(
        code="EN", name="Entanglement", definition="Models share inputs, so that changing anything changes everything."
    ),
    Category(
        code="FL",
        name="Hidden Feedback Loops",
        definition="What a model puts out shapes the data it learns from next, often unseen.",
    ),
    Category(
        code="DD",
        name="Data Dependency Debt",
        definition="Inputs that are unstable, barely used or not well understood.",
    ),
    Category(
        code="PD",
        name="Pipeline Debt",
        definition="Pipelines and feature code that have grown fragile, tangled or double.",
    ),
    Category(
        code="CD",
        name="Configuration Debt",
        definition="Settings, flags and thresholds that nobody can survey, test or audit any more.",
    ),
    Category(
        code="MS", name="Model Staleness", definition="Models that were not trained again although the data moved on."
    ),
)
