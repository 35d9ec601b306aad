"""The words in headings that do not change what they say, and those of headings that explain words."""

from __future__ import annotations

from store.formats.document.folding import split


def _words(text: str) -> frozenset[str]:
    return frozenset(split(text))


FILLER = _words(
    "already, and, bewusst, bug, bugs, category, concern, concerns, consciously, currently, debiti, debito, debt, "
    "debts, defect, defects, deliberately, dette, dettes, deuda, deudas, divida, dividas, earlier, eintrage, "
    "elementos, entries, entry, explicitly, finding, findings, for, formally, fully, gald, gap, gaps, gjeld, "
    "impact, intentionally, issue, issues, item, items, itens, known, level, list, long, now, of, points, pontos, "
    "poster, prio, prioridad, prioridade, priorita, prioritat, priorite, prioriteit, prioritet, priorities, "
    "priority, problem, problemas, probleme, problemes, problemi, problems, punkte, punkter, punten, punti, "
    "puntos, quarter, recently, recientemente, register, riesgo, riesgos, rischi, risco, riscos, risico, risiken, "
    "risiko, risk, risks, risque, risques, schuld, schulden, severity, short, skuld, sprint, still, task, tasks, "
    "tech, technical, temas, temi, temporarily, term, the, this, voci, work, yet"
)
"""The folded words around a severity or a status that leave its meaning."""
ARTICLES = _words(
    "a, af, as, av, com, con, da, das, de, del, della, den, der, des, di, die, do, du, el, gli, i, il, la, las, "
    "le, les, lo, los, med, met, mit, o, os, technique, techniques, technische, tecnica, tecnicas, tecnici, "
    "tecnico, tecnicos, tekniska, van"
)
"""The folded words that may occur between such words."""
LEGENDS = _words(
    "bedeutung, criteres, criteri, criteria, criterios, definiciones, definicoes, definities, definition, "
    "definitionen, definitions, definizioni, echelle, escala, explained, explanation, forklaring, glossary, "
    "guide, guidelines, key, kriterien, legend, legenda, legende, leyenda, mal, mall, matrix, meaning, meanings, "
    "modele, modello, modelo, plantilla, reference, rubric, scala, scale, scales, schaal, sjabloon, skala, "
    "template, vorlage"
)
"""The folded words of headings that explain words or show a form, in addition to `EXPLAINED`."""
EXPLAINED = _words(
    "allvar, aufwand, code, codes, color, colors, colour, e, effort, ernst, esforco, esfuerzo, estado, estados, "
    "et, gravedad, gravita, gravite, levels, likelihood, new, og, probability, rating, ratings, schwere, score, "
    "scoring, severidad, severidade, sforzo, state, states, stato, status, statuses, statut, statuts, type, "
    "types, und, urgency, y"
)
"""The folded words of headings for what is explained."""
