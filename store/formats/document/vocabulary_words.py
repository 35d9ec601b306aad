"""The words that documents use for severities and statuses, by family."""

from __future__ import annotations

LANGUAGES = {
    "en": "English",
    "de": "German",
    "es": "Spanish",
    "fr": "French",
    "pt": "Portuguese",
    "it": "Italian",
    "nl": "Dutch",
    "sv": "Swedish",
    "no": "Norwegian",
    "da": "Danish",
    "fi": "Finnish",
}
"""The languages whose words are known, by code. A word of several belongs to the first."""

FAMILIES = {
    "reference": "the words of this program",
    "todo": "English, of task lists",
    "p": "priorities",
    "s": "severity codes",
    "blocker": "issue trackers",
    "letter": "one letter",
    "number": "numbers, where the header says which end is the worst",
    "emoji": "emoji",
    **LANGUAGES,
    **{f"{code}-m": f"{LANGUAGES[code]}, masculine" for code in ("es", "fr", "pt", "it")},
}
"""What a family is, by its name."""

SEVERITY_WORDS: dict[str, tuple[str, str, str, str]] = {
    "en": (
        "Critical, Crit, Very high, Highest, Extreme, Extremely high, Catastrophic, Urgent, Emergency, Immediate, "
        "Must fix, Must, Blocking, Show stopper, Showstopper",
        "High, Hi, Severe, Serious, Significant, Important, Grave",
        "Medium, Med, Mid, Moderate, Normal, Average, Should fix, Should",
        "Low, Lo, Very low, Lowest, Extremely low, Negligible, Insignificant, Minimal, Cosmetic, Nice to have, "
        "Could fix, Could, Info, Informational, Not urgent",
    ),
    "p": ("P0", "P1", "P2", "P3, P4, P5"),
    "s": ("S0", "S1", "S2", "S3, S4"),
    "blocker": ("Blocker", "Major", "Minor", "Trivial"),
    "letter": ("C", "H", "M", "L"),
    "de": (
        "Kritisch, Sehr hoch, Höchste, Extrem hoch, Dringend, Sehr dringend, Sofort, Blockierend, Katastrophal",
        "Hoch, Hohe, Hoher, Hohes, Hohen, Schwer, Schwerwiegend, Erheblich, Wichtig, Ernst",
        "Mittel, Mittlere, Mittlerer, Mittleres, Mittleren, Mäßig, Moderat",
        "Niedrig, Gering, Sehr niedrig, Sehr gering, Niedrigste, Geringfügig, Unkritisch, Kosmetisch, "
        "Vernachlässigbar, Unwichtig",
    ),
    "es": (
        "Crítica, Muy alta, Urgente, Máxima, Extrema, Bloqueante, Inmediata",
        "Alta, Grave, Importante, Severa, Mayor",
        "Media, Moderada, Normal, Menor",
        "Baja, Muy baja, Leve, Mínima, Trivial, Cosmética",
    ),
    "es-m": ("Crítico, Muy alto", "Alto", "Medio", "Bajo, Muy bajo"),
    "fr": (
        "Critique, Très élevée, Très haute, Très forte, Urgent, Bloquant, Maximale, Extrême, Immédiate",
        "Élevée, Haute, Forte, Majeure, Importante, Grave, Sévère",
        "Moyenne, Modérée, Normale, Mineure",
        "Faible, Basse, Très faible, Très basse, Négligeable, Minime, Cosmétique",
    ),
    "fr-m": (
        "Critique, Très élevé, Très haut, Très fort",
        "Élevé, Haut, Fort, Majeur, Important",
        "Moyen, Modéré",
        "Faible, Bas, Très bas",
    ),
    "pt": (
        "Crítica, Muito alta, Muito elevada, Urgente, Máxima, Extrema, Bloqueante, Imediata",
        "Alta, Elevada, Grave, Importante, Severa, Maior",
        "Média, Moderada, Normal, Menor",
        "Baixa, Muito baixa, Leve, Reduzida, Mínima, Trivial, Cosmética",
    ),
    "pt-m": ("Crítico, Muito alto, Muito elevado", "Alto, Elevado", "Médio, Moderado", "Baixo, Muito baixo, Reduzido"),
    "it": (
        "Critica, Molto alta, Molto elevata, Urgente, Massima, Estrema, Bloccante, Immediata",
        "Alta, Elevata, Grave, Importante, Severa, Maggiore",
        "Media, Moderata, Normale, Minore",
        "Bassa, Molto bassa, Lieve, Minima, Trascurabile, Trivial, Cosmetica",
    ),
    "it-m": ("Critico, Molto alto, Molto elevato", "Alto, Elevato", "Medio, Moderato", "Basso, Molto basso"),
    "nl": (
        "Kritiek, Kritisch, Zeer hoog, Heel hoog, Hoogste, Urgent, Dringend, Spoed, Blokkerend",
        "Hoog, Hoge, Ernstig, Belangrijk, Groot",
        "Gemiddeld, Middel, Middelmatig, Midden, Matig, Normaal",
        "Laag, Lage, Zeer laag, Heel laag, Laagste, Klein, Gering, Verwaarloosbaar, Cosmetisch",
    ),
    "sv": (
        "Kritisk, Mycket hög, Högsta, Akut, Brådskande, Blockerande",
        "Hög, Högt, Höga, Allvarlig, Viktig, Stor",
        "Medel, Medelhög, Måttlig, Mellan, Normal",
        "Låg, Lågt, Låga, Mycket låg, Lägsta, Liten, Försumbar, Kosmetisk",
    ),
    "no": (
        "Kritisk, Svært høy, Veldig høy, Høyeste, Akutt, Haster, Blokkerende",
        "Høy, Høyt, Høye, Alvorlig, Viktig, Stor",
        "Middels, Medium, Moderat, Normal",
        "Lav, Lavt, Lave, Svært lav, Veldig lav, Laveste, Liten, Ubetydelig, Kosmetisk",
    ),
    "da": (
        "Kritisk, Meget høj, Højeste, Akut, Haster, Blokerende",
        "Høj, Højt, Høje, Alvorlig, Vigtig, Stor",
        "Mellem, Middel, Middelhøj, Moderat, Normal",
        "Lav, Lavt, Lave, Meget lav, Laveste, Lille, Ubetydelig, Kosmetisk",
    ),
    "fi": (
        "Kriittinen, Erittäin korkea, Hyvin korkea, Korkein, Kiireellinen, Estävä",
        "Korkea, Vakava, Merkittävä, Tärkeä, Suuri",
        "Keskitaso, Keskisuuri, Keskimääräinen, Kohtalainen, Keski, Normaali",
        "Matala, Alhainen, Erittäin matala, Hyvin matala, Matalin, Vähäinen, Pieni, Kosmeettinen",
    ),
}
"""The words for Critical, High, Medium and Low; the first of each is the one to write."""

UNRATED_WORDS = {
    "en": "Unrated, Not rated, Unranked, Unscored, Unassigned, Not set, Not assessed, Unassessed, TBD, TBC, "
    "To be determined, To be defined, To be assessed, Unknown, Undefined, Undetermined, N/A, NA, None, Unclear, "
    "Unprioritized, Unprioritised",
    "de": "Unbewertet, Nicht bewertet, Unbekannt, Unklar, Offen, Noch offen, K.A., Keine Angabe, Keine",
    "es": "Sin valorar, Sin evaluar, Sin clasificar, Sin definir, Por definir, A definir, Desconocida, Ninguna",
    "fr": "Non évalué, À définir, À évaluer, À déterminer, Inconnue, Indéterminée, Aucune, Non défini",
    "pt": "Por avaliar, Não avaliada, A definir, Por definir, Desconhecida, Nenhuma, Indefinida",
    "it": "Non valutata, Da valutare, Da definire, Sconosciuta, Nessuna, Indefinita",
    "nl": "Onbekend, Niet beoordeeld, Nader te bepalen, N.t.b., N.v.t., Geen, Onduidelijk",
    "sv": "Okänd, Ej bedömd, Inte bedömd, Ingen, Oklar",
    "no": "Ukjent, Ikke vurdert, Ingen, Uklar",
    "da": "Ukendt, Ikke vurderet, Ingen, Uklar",
    "fi": "Tuntematon, Ei arvioitu, Arvioimatta, Ei mitään, Epäselvä",
}
"""The words that say in a severity's place that there is none."""

STATUS_WORDS: dict[str, tuple[str, str, str, str]] = {
    "reference": ("Open", "In Progress", "Mitigated", "Accepted"),
    "todo": ("To do, Todo", "WIP, Doing", "Done", "Won't fix, Won't do, Wontfix, Wont fix, Wont do, Wontdo"),
    "en": (
        "Open, New, Planned, Active, Identified, Backlog, Backlogged, In backlog, Not started, Not yet started, "
        "Not yet, Unstarted, Proposed, Pending, Unresolved, Unfixed, Unaddressed, Unmitigated, Outstanding, "
        "Reopened, Re-opened, Still open, Blocked, Stalled, Waiting, Draft, Triage, Triaged, Needs triage, "
        "To be triaged, Untriaged, Logged, Reported, Raised, Recorded, Registered, Discovered, Found, Confirmed, "
        "Acknowledged, Ready, Ready to start, Queued, Scheduled, Next, Up next, Assigned, Unassigned, Approved, "
        "To be done, To fix, To be fixed, To address, To be addressed, To be decided, Undecided, Not done, "
        "Not fixed, Not resolved, Not addressed, Not mitigated, Under consideration, TBD, Unpaid",
        "In Progress, Work in progress, Started, In review, Under review, Review, Reviewing, Code review, "
        "Ready for review, In dev, In development, Developing, Ongoing, On going, On-going, Underway, Under way, "
        "In flight, In work, Working, Working on it, Being fixed, Being addressed, Being worked on, Fixing, "
        "Addressing, Mitigating, Refactoring, Migrating, Implementing, In implementation, Investigating, "
        "Under investigation, In analysis, Analyzing, Testing, In test, In testing, In QA, Verifying, PR open, "
        "In PR, Partial, Partially, Partly, Partially fixed, Partially resolved, Partially mitigated, "
        "Partially done, Partially complete, Partially addressed, Partially implemented, Partially paid, "
        "Partly fixed, Partly resolved, Partly done, Mostly fixed, Mostly done, Mostly resolved, Progressing, "
        "Continuing, In remediation, Remediating",
        "Resolved, Fixed, Closed, Complete, Completed, Merged, Shipped, Released, Deployed, Delivered, Implemented, "
        "Finished, Solved, Addressed, Remediated, Cleared, Eliminated, Verified, Settled, Paid off, Paid, Paid down, "
        "Paid back, Repaid, Retired, Removed, Deleted, Replaced, Superseded, Obsolete, Gone, Archived, Archive, "
        "Cleaned up, Refactored, Migrated, Duplicate, Invalid, No longer relevant, No longer applicable, "
        "No longer needed, Not an issue, Not a bug",
        "Accepted, Risk accepted, Accepted risk, Accept, Deferred, Defer, Tolerated, Tolerate, Monitored, "
        "Monitoring, Monitor, Watching, Watch, Will not fix, Will not do, Won't be fixed, Not fixing, Not planned, "
        "Parked, On hold, On-hold, Paused, Postponed, Shelved, Suspended, Snoozed, Frozen, Icebox, Rejected, "
        "Declined, Cancelled, Canceled, Dropped, Abandoned, Ignored, Ignore, Waived, By design, As designed, "
        "Working as intended, Intentional, Deliberate, Known limitation, Living with it, Live with it",
    ),
    "de": (
        "Offen, Neu, Geplant, Ausstehend, Zu erledigen, Zu tun, Nicht begonnen, Noch nicht begonnen, "
        "Nicht gestartet, Identifiziert, Erkannt, Erfasst, Gemeldet, Aktiv, Vorgeschlagen, Unbearbeitet, Ungelöst, "
        "Nicht behoben, Noch offen, Wieder offen, Wiedereröffnet, Blockiert, Wartend, Anstehend, Entwurf",
        "In Arbeit, In Bearbeitung, Laufend, Läuft, Begonnen, Angefangen, Gestartet, In Umsetzung, In Entwicklung, "
        "In Prüfung, In Klärung, Im Gange, Im Review, In Abnahme, Teilweise behoben, Teilweise erledigt, "
        "Teilweise gelöst, Teilweise, Angelaufen",
        "Erledigt, Behoben, Gelöst, Geschlossen, Abgeschlossen, Fertig, Beseitigt, Umgesetzt, Abgebaut, Getilgt, "
        "Bereinigt, Beendet, Entschärft, Gemindert, Entfernt, Ersetzt, Abgelöst, Entfallen, Hinfällig, Überholt, "
        "Obsolet, Archiviert, Archiv",
        "Akzeptiert, Zurückgestellt, Aufgeschoben, Verschoben, Vertagt, Toleriert, Geduldet, Hingenommen, "
        "Beobachtet, Unter Beobachtung, In Beobachtung, Wird beobachtet, Wird nicht behoben, Nicht beheben, "
        "Abgelehnt, Verworfen, Pausiert, Ruhend, Ausgesetzt, Geparkt, Risiko akzeptiert, Abgebrochen",
    ),
    "es": (
        "Abierto, Abierta, Pendiente, Nuevo, Por hacer, Planificado, Planeado, Previsto, Identificado, Detectado, "
        "Activo, Propuesto, Sin empezar, Sin iniciar, No iniciado, No empezado, Sin resolver, No resuelto, "
        "Reabierto, Bloqueado, Registrado, Por resolver",
        "En curso, En progreso, En proceso, En desarrollo, En revisión, En marcha, En ejecución, Iniciado, Empezado, "
        "Comenzado, Haciendo, En pruebas, Parcialmente resuelto, Parcial",
        "Resuelto, Resuelta, Cerrado, Hecho, Completado, Terminado, Finalizado, Concluido, Solucionado, Corregido, "
        "Arreglado, Mitigado, Implementado, Pagado, Saldado, Eliminado, Reemplazado, Obsoleto, Archivado, Listo",
        "Aceptado, Aplazado, Pospuesto, Diferido, Tolerado, Asumido, Monitorizado, Monitoreado, Vigilado, "
        "En observación, En espera, En pausa, Pausado, Suspendido, No se corregirá, No se arreglará, No corregir, "
        "Descartado, Rechazado, Cancelado, Riesgo aceptado",
    ),
    "fr": (
        "Ouvert, Ouverte, À faire, Nouveau, Nouvelle, Planifié, Prévu, Programmé, Identifié, Détecté, Actif, Active, "
        "En attente, Proposé, Non commencé, Pas commencé, Non démarré, Non résolu, Pas résolu, À traiter, "
        "À corriger, À planifier, Rouvert, Bloqué, Signalé, Enregistré",
        "En cours, En traitement, En développement, En revue, En relecture, En test, Commencé, Démarré, Entamé, "
        "Engagé, Partiellement résolu, Partiellement corrigé, Partiel",
        "Résolu, Fermé, Terminé, Corrigé, Clos, Close, Clôturé, Traité, Fait, Achevé, Fini, Soldé, Remboursé, Réglé, "
        "Atténué, Mitigé, Livré, Supprimé, Éliminé, Remplacé, Obsolète, Archivé",
        "Accepté, Reporté, Différé, Repoussé, Ajourné, Toléré, Assumé, Surveillé, Sous surveillance, À surveiller, "
        "Suspendu, En pause, Ne sera pas corrigé, Ne pas corriger, Rejeté, Refusé, Abandonné, Annulé, Risque accepté",
    ),
    "pt": (
        "Aberto, Aberta, Pendente, Novo, A fazer, Por fazer, Planeado, Planejado, Previsto, Identificado, Detectado, "
        "Detetado, Ativo, Activo, Proposto, Não iniciado, Por iniciar, Por resolver, Não resolvido, Sem solução, "
        "Reaberto, Bloqueado, Registado, Registrado",
        "Em andamento, Em curso, Em progresso, Em desenvolvimento, Em revisão, Em análise, Em execução, "
        "Em tratamento, Em resolução, Iniciado, Começado, Fazendo, Em teste, Parcialmente resolvido, Parcial",
        "Concluído, Resolvido, Fechado, Feito, Corrigido, Terminado, Encerrado, Finalizado, Completo, Completado, "
        "Solucionado, Mitigado, Implementado, Pago, Quitado, Saldado, Removido, Eliminado, Substituído, Obsoleto, "
        "Arquivado, Pronto",
        "Aceite, Aceito, Aceita, Adiado, Diferido, Tolerado, Assumido, Monitorado, Monitorizado, Vigiado, "
        "Em observação, Em espera, Em pausa, Pausado, Suspenso, Não será corrigido, Não corrigir, Descartado, "
        "Rejeitado, Cancelado, Risco aceite, Risco aceito",
    ),
    "it": (
        "Aperto, Aperta, Da fare, Nuovo, Pianificato, Programmato, Previsto, Identificato, Individuato, Rilevato, "
        "Attivo, In attesa, Proposto, Non iniziato, Da iniziare, Non avviato, Irrisolto, Non risolto, Da risolvere, "
        "Riaperto, Bloccato, Registrato, Pendente",
        "In corso, In lavorazione, In sviluppo, In revisione, In esecuzione, In analisi, Iniziato, Avviato, "
        "Cominciato, In test, Parzialmente risolto, Parziale",
        "Risolto, Chiuso, Fatto, Completato, Terminato, Concluso, Corretto, Sistemato, Finito, Mitigato, "
        "Implementato, Sanato, Saldato, Estinto, Eliminato, Rimosso, Sostituito, Obsoleto, Archiviato",
        "Accettato, Rinviato, Rimandato, Posticipato, Differito, Tollerato, Monitorato, Sotto osservazione, "
        "In osservazione, In pausa, Sospeso, Non verrà corretto, Non sarà corretto, Non correggere, Scartato, "
        "Rifiutato, Respinto, Annullato, Abbandonato, Rischio accettato",
    ),
    "nl": (
        "Open, Openstaand, Nieuw, Te doen, Gepland, Geïdentificeerd, Gesignaleerd, Actief, Voorgesteld, "
        "Niet gestart, Nog niet gestart, Niet begonnen, In afwachting, Onopgelost, Niet opgelost, Heropend, "
        "Geblokkeerd, Geregistreerd",
        "In uitvoering, Bezig, Mee bezig, Lopend, Loopt, Gestart, Begonnen, In behandeling, In bewerking, "
        "Onderhanden, In ontwikkeling, In onderzoek, In review, In test, Deels opgelost, Gedeeltelijk opgelost, "
        "Gedeeltelijk",
        "Opgelost, Gesloten, Klaar, Afgerond, Gereed, Afgehandeld, Afgesloten, Gedaan, Verholpen, Hersteld, "
        "Voltooid, Gemitigeerd, Afgelost, Verwijderd, Vervangen, Vervallen, Verouderd, Gearchiveerd",
        "Geaccepteerd, Aanvaard, Uitgesteld, Getolereerd, Gedoogd, Gemonitord, Bewaakt, Wordt niet opgelost, "
        "Niet oplossen, Afgewezen, Verworpen, Geannuleerd, Gepauzeerd, Opgeschort, Geparkeerd, Risico geaccepteerd, "
        "In de wacht",
    ),
    "sv": (
        "Öppen, Öppet, Öppna, Ny, Nytt, Nya, Att göra, Planerad, Planerat, Identifierad, Upptäckt, Aktiv, Aktivt, "
        "Föreslagen, Väntar, Väntande, Ej påbörjad, Inte påbörjad, Ej startad, Olöst, Ej åtgärdad, Ej löst, "
        "Återöppnad, Blockerad, Registrerad",
        "Pågående, Pågår, Påbörjad, Påbörjat, Startad, Under arbete, Under utveckling, Under utredning, "
        "I granskning, Under granskning, I test, Delvis löst, Delvis åtgärdad, Delvis",
        "Löst, Klar, Klart, Stängd, Stängt, Åtgärdad, Åtgärdat, Färdig, Färdigt, Avslutad, Avslutat, Slutförd, "
        "Fixad, Genomförd, Mitigerad, Avbetald, Borttagen, Ersatt, Föråldrad, Arkiverad",
        "Accepterad, Accepterat, Uppskjuten, Uppskjutet, Framskjuten, Tolererad, Bevakas, Övervakas, Åtgärdas ej, "
        "Åtgärdas inte, Avvisad, Avslagen, Avbruten, Vilande, Pausad, Pausat, Parkerad, Risk accepterad",
    ),
    "no": (
        "Åpen, Åpent, Åpne, Ny, Nytt, Nye, Å gjøre, Gjøres, Planlagt, Identifisert, Oppdaget, Aktiv, Aktivt, "
        "Foreslått, Venter, Ikke startet, Ikke påbegynt, Uløst, Ikke løst, Gjenåpnet, Blokkert, Registrert",
        "Pågår, Pågående, Påbegynt, Startet, Under arbeid, Under utvikling, Til gjennomgang, Under vurdering, "
        "I test, Delvis løst, Delvis utbedret, I gang, Delvis",
        "Løst, Lukket, Ferdig, Utbedret, Rettet, Fikset, Fullført, Avsluttet, Gjennomført, Nedbetalt, Fjernet, "
        "Erstattet, Utdatert, Arkivert",
        "Akseptert, Utsatt, Tolerert, Overvåkes, Overvåket, Rettes ikke, Fikses ikke, Avvist, Avlyst, Satt på vent, "
        "På vent, Parkert, Risiko akseptert",
    ),
    "da": (
        "Åben, Åbent, Åbne, Ny, Nyt, Nye, At gøre, Skal laves, Planlagt, Identificeret, Opdaget, Aktiv, Aktivt, "
        "Foreslået, Afventer, Ikke startet, Ikke påbegyndt, Uløst, Ikke løst, Genåbnet, Blokeret, Registreret",
        "I gang, Igangværende, Undervejs, Påbegyndt, Startet, Under arbejde, Under udvikling, Til gennemsyn, "
        "Under vurdering, I test, Delvist løst, Delvis løst, Delvist udbedret, Delvist",
        "Løst, Lukket, Færdig, Udbedret, Rettet, Afsluttet, Fuldført, Gennemført, Klaret, Fjernet, Erstattet, "
        "Forældet, Arkiveret",
        "Accepteret, Udskudt, Udsat, Tolereret, Overvåges, Overvåget, Rettes ikke, Afvist, Aflyst, På hold, "
        "Sat på pause, På pause, Parkeret, Risiko accepteret",
    ),
    "fi": (
        "Avoin, Avoinna, Uusi, Tehtävä, Tekemättä, Suunniteltu, Tunnistettu, Havaittu, Aktiivinen, Ehdotettu, "
        "Odottaa, Ei aloitettu, Aloittamatta, Ratkaisematta, Korjaamatta, Avattu uudelleen, Estetty, Kirjattu",
        "Kesken, Käynnissä, Työn alla, Tekeillä, Aloitettu, Meneillään, Kehityksessä, Katselmoinnissa, Testauksessa, "
        "Selvityksessä, Osittain korjattu, Osittain ratkaistu, Osittain",
        "Ratkaistu, Valmis, Suljettu, Korjattu, Tehty, Hoidettu, Päättynyt, Toteutettu, Maksettu, Poistettu, "
        "Korvattu, Vanhentunut, Arkistoitu",
        "Hyväksytty, Lykätty, Siirretty, Siedetty, Seurannassa, Ei korjata, Hylätty, Peruttu, Jäissä, Tauolla, "
        "Odotustilassa, Riski hyväksytty",
    ),
}
"""The words for Open, In Progress, Mitigated and Accepted; the first of each is the one to write."""

SEVERITY_EMOJI = (
    "\U0001f534 \U0001f7e5 \U0001f6a8 \U0001f525 \u203c",
    "\U0001f7e0 \U0001f7e7 \u2757",
    "\U0001f7e1 \U0001f7e8",
    "\U0001f7e2 \U0001f7e9 \U0001f535 \U0001f7e6 \u26aa \u2b1c",
)
"""The emoji for Critical, High, Medium and Low where four lights are used; without orange, red is High."""
STATUS_EMOJI = (
    "\U0001f534 \U0001f7e5 \u26aa \u2b1c \U0001f195",
    "\U0001f7e1 \U0001f7e8 \U0001f6a7 \U0001f504 \u23f3 \U0001f3d7",
    "\u2705 \u2714 \u2611 \U0001f7e2 \U0001f7e9",
    "\u23f8",
)
"""The emoji for Open, In Progress, Mitigated and Accepted."""
SHORTCODES = {
    "red_circle": "\U0001f534",
    "orange_circle": "\U0001f7e0",
    "large_orange_circle": "\U0001f7e0",
    "yellow_circle": "\U0001f7e1",
    "large_yellow_circle": "\U0001f7e1",
    "green_circle": "\U0001f7e2",
    "large_green_circle": "\U0001f7e2",
    "blue_circle": "\U0001f535",
    "large_blue_circle": "\U0001f535",
    "white_circle": "\u26aa",
    "red_square": "\U0001f7e5",
    "orange_square": "\U0001f7e7",
    "yellow_square": "\U0001f7e8",
    "green_square": "\U0001f7e9",
    "fire": "\U0001f525",
    "rotating_light": "\U0001f6a8",
    "exclamation": "\u2757",
    "bangbang": "\u203c",
    "white_check_mark": "\u2705",
    "heavy_check_mark": "\u2714",
    "ballot_box_with_check": "\u2611",
    "construction": "\U0001f6a7",
    "arrows_counterclockwise": "\U0001f504",
    "hourglass_flowing_sand": "\u23f3",
    "new": "\U0001f195",
}
"""The emoji that documents write as `:name:`."""

WORST = (
    "worst, highest, most severe, most urgent, most important, top, max, maximum, biggest, very severe, schlimmste, "
    "schlimmster, schlimmsten, höchste, höchsten, dringendste, dringendsten, schwerste, peor, más alta, más grave, "
    "más urgente, pire, plus grave, plus haute, plus élevé, pior, mais grave, mais alta, peggiore, più grave, "
    "più alta, ergste, ergst, hoogste, värst, allvarligast, högst, verst, mest alvorlig, høyest, værst, højest, "
    "pahin, vakavin, korkein"
)
BEST = (
    "best, lowest, least, least severe, min, minimum, smallest, mildest, beste, besten, niedrigste, niedrigsten, "
    "geringste, geringsten, unwichtigste, mejor, más baja, más leve, moins grave, plus basse, plus faible, melhor, "
    "mais baixa, menos grave, migliore, più bassa, meno grave, laagste, lägst, lindrigast, lavest, mildest, lievin, "
    "matalin, pienin"
)
"""The words by which a header such as `Severity (1 = worst)` says what a number means."""
