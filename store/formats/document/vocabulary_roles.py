"""The headers and field labels that documents use, by the field of an item that they mean."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from store.fields import ITEM_FIELDS
from store.formats.document.folding import LINKED, LONGEST, fold, spellings, split
from store.formats.document.vocabulary_words import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterable


ROLES: dict[str, dict[str, str]] = {
    "key": {
        "en": "ID, Key, Debt ID, Item, #, Ref, Reference, Nr, No, Num, Number, Item ID, Issue ID, Risk ID, TD ID, "
        "TD, Debt Ref, Debt No, Debt Number, Debt Key, Item No, Item Number, Issue No, Issue Number, Risk No, "
        "Risk Number, Risk Ref, Identifier, Reference ID, Reference Number, Ref No, Ref ID, Finding ID, Record ID, "
        "Entry ID, Unique ID, UID, Code?, Entry?, Record?",
        "de": "ID, Nr, Nummer, Kennung, Schlüssel, Lfd Nr, Laufende Nummer, Bezeichner?, Kürzel, Referenz, "
        "Risiko-ID, Risiko-Nr, Schuld-ID, Kennzeichen, Eintrag?",
        "es": "ID, N, Núm, Número, Clave, Referencia, Identificador, ID de deuda, ID del riesgo, Código?",
        "fr": "ID, N, Num, Numéro, Réf, Référence, Clé, Identifiant, ID dette, ID du risque, Code?",
        "pt": "ID, N, Núm, Número, Chave, Referência, Ref, Identificador, ID da dívida, ID do risco, Código?",
        "it": "ID, N, Num, Numero, Chiave, Rif, Riferimento, Identificativo, ID debito, ID rischio, Codice?",
        "nl": "ID, Nr, Nummer, Sleutel, Kenmerk, Referentie, Schuld-ID, Risico-ID, Volgnummer, Code?",
        "sv": "ID, Nr, Nummer, Nyckel, Referens, Beteckning, Skuld-ID, Risk-ID, Löpnummer",
        "no": "ID, Nr, Nummer, Nøkkel, Referanse, Gjeld-ID, Risiko-ID, Løpenummer",
        "da": "ID, Nr, Nummer, Nøgle, Reference, Gæld-ID, Risiko-ID, Løbenummer",
        "fi": "ID, Nro, Numero, Tunnus, Tunniste, Viite, Avain, Velan tunnus, Riskin tunnus",
    },
    "category": {
        "en": "Category, Type, Kind, Debt Type, Debt Category, Type of Debt, Kind of Debt, Risk Category, Risk Type, "
        "Issue Type, Item Type, Class, Classification, Group, Theme, Section, Taxonomy, Quadrant, Domain?, Area?, "
        "Bucket, Dimension, Topic?",
        "de": "Kategorie, Typ, Art, Art der Schuld, Schuldart, Klasse, Gruppe, Thema?, Bereich?, Rubrik, Risikoart",
        "es": "Categoría, Tipo, Tipo de deuda, Clase, Grupo, Área?, Ámbito?, Dominio?",
        "fr": "Catégorie, Type, Type de dette, Nature, Classe, Groupe, Famille, Thème, Domaine?",
        "pt": "Categoria, Tipo, Tipo de dívida, Classe, Grupo, Área?, Âmbito?, Domínio?",
        "it": "Categoria, Tipo, Tipologia, Tipo di debito, Classe, Gruppo, Area?, Ambito?, Dominio?",
        "nl": "Categorie, Type, Soort, Soort schuld, Klasse, Groep, Thema, Domein?, Gebied?",
        "sv": "Kategori, Typ, Slag, Typ av skuld, Klass, Grupp, Tema, Område?",
        "no": "Kategori, Type, Slag, Type gjeld, Klasse, Gruppe, Tema, Område?",
        "da": "Kategori, Type, Slags, Type gæld, Klasse, Gruppe, Tema, Område?",
        "fi": "Kategoria, Luokka, Tyyppi, Laji, Ryhmä, Teema, Velan tyyppi, Alue?",
    },
    "title": {
        "en": "Title, Name, Debt Title, Debt Name, Item Name, Issue Title, Risk Title, Short Name, Headline, "
        "Summary, Finding, Problem, Risk, Subject, Heading, Topic, What, Task, Technical Debt, Tech Debt, Smell, "
        "Concern, Weakness, Gap, Limitation, Debt Summary, Issue Summary, Short Description, Brief Description, "
        "Story, Debt?, Debt Item?, Issue?, Item??, Entry, Record, Problem Area?, Work Item, Backlog Item",
        "de": "Titel, Name, Bezeichnung, Kurzbeschreibung, Kurzname, Risiko, Problem, Thema, Schuld, "
        "Technische Schuld, Technische Schulden, Befund, Feststellung, Mangel, Schwachstelle, Gegenstand, Punkt, "
        "Was, Überschrift, Eintrag, Aufgabe, Bezeichner",
        "es": "Título, Nombre, Resumen, Riesgo, Problema, Hallazgo, Deuda, Deuda técnica, Asunto, Tema, Elemento, "
        "Incidencia, Qué, Debilidad, Tarea, Pendiente, Punto",
        "fr": "Titre, Nom, Intitulé, Libellé, Résumé, Risque, Problème, Constat, Dette, Dette technique, Sujet, "
        "Objet, Élément, Quoi, Faiblesse, Tâche",
        "pt": "Título, Nome, Resumo, Risco, Problema, Achado, Constatação, Dívida, Dívida técnica, Débito técnico, "
        "Assunto, Tema, Elemento, Questão, O quê, Tarefa, Pendência, Ponto",
        "it": "Titolo, Nome, Sintesi, Riepilogo, Rischio, Problema, Rilievo, Debito, Debito tecnico, Oggetto, "
        "Argomento, Elemento, Voce, Cosa, Attività",
        "nl": "Titel, Naam, Samenvatting, Risico, Probleem, Bevinding, Schuld, Technische schuld, Onderwerp, Punt, "
        "Wat, Zwakte, Taak",
        "sv": "Titel, Rubrik, Namn, Sammanfattning, Risk, Problem, Iakttagelse, Skuld, Teknisk skuld, Ämne, Punkt, "
        "Vad, Brist, Uppgift",
        "no": "Tittel, Navn, Overskrift, Sammendrag, Risiko, Problem, Funn, Gjeld, Teknisk gjeld, Emne, Punkt, Hva, "
        "Svakhet, Oppgave, Sak",
        "da": "Titel, Navn, Overskrift, Resumé, Risiko, Problem, Fund, Gæld, Teknisk gæld, Emne, Punkt, Hvad, "
        "Svaghed, Opgave, Sag",
        "fi": "Otsikko, Nimi, Tiivistelmä, Yhteenveto, Riski, Ongelma, Havainto, Velka, Tekninen velka, Aihe, Kohta, "
        "Mikä, Puute, Tehtävä",
    },
    "description": {
        "en": "Description, Debt, Debt Item, Issue, Item?, Details, Detail, Debt Description, Issue Description, "
        "Item Description, Risk Description, Problem Description, Description of Debt, Desc, Long Description, "
        "Full Description, Explanation, Problem Statement, Technical Debt Description, Observation, Summary?, "
        "Finding?, Problem?, Risk?, Name?, What?, Technical Debt?, Tech Debt?, Concern?, Weakness?, Gap?, "
        "Limitation?, Smell?, Task?, Short Description?, Brief Description?, Context?, Background?, Why it's debt?, "
        "Why it is debt?, Why this is debt?, What it is?, Rationale?, Root Cause?, Cause?, Reason?, Why?, "
        "Current behavior??, Current behaviour??, Current state??, Current situation??",
        "de": "Beschreibung, Problembeschreibung, Risikobeschreibung, Details, Erläuterung, Erklärung, Beobachtung, "
        "Risiko?, Problem?, Schuld?, Technische Schuld?, Technische Schulden?, Befund?, Feststellung?, Mangel?, "
        "Was?, Kurzbeschreibung?, Schwachstelle?, Eintrag?",
        "es": "Descripción, Detalle, Detalles, Explicación, Descripción del problema, Descripción del riesgo, "
        "Riesgo?, Problema?, Hallazgo?, Deuda?, Deuda técnica?, Resumen?, Qué?",
        "fr": "Description, Détail, Détails, Explication, Description du problème, Description du risque, "
        "Observation, Risque?, Problème?, Constat?, Dette?, Dette technique?, Résumé?, Intitulé?, Libellé?, Quoi?",
        "pt": "Descrição, Detalhe, Detalhes, Explicação, Descrição do problema, Descrição do risco, Observação, "
        "Risco?, Problema?, Achado?, Constatação?, Dívida?, Dívida técnica?, Débito técnico?, Resumo?",
        "it": "Descrizione, Dettaglio, Dettagli, Spiegazione, Descrizione del problema, Descrizione del rischio, "
        "Osservazione, Rischio?, Problema?, Rilievo?, Debito?, Debito tecnico?, Sintesi?",
        "nl": "Beschrijving, Omschrijving, Details, Toelichting, Uitleg, Risico?, Probleem?, Bevinding?, Schuld?, "
        "Technische schuld?, Samenvatting?, Wat?",
        "sv": "Beskrivning, Detaljer, Förklaring, Problembeskrivning, Risk?, Problem?, Iakttagelse?, Skuld?, "
        "Teknisk skuld?, Sammanfattning?, Vad?",
        "no": "Beskrivelse, Detaljer, Forklaring, Problembeskrivelse, Risiko?, Problem?, Funn?, Gjeld?, "
        "Teknisk gjeld?, Sammendrag?, Hva?",
        "da": "Beskrivelse, Detaljer, Forklaring, Problembeskrivelse, Risiko?, Problem?, Fund?, Gæld?, "
        "Teknisk gæld?, Resumé?, Hvad?",
        "fi": "Kuvaus, Tarkempi kuvaus, Yksityiskohdat, Selitys, Selite, Ongelman kuvaus, Riski?, Ongelma?, "
        "Havainto?, Velka?, Tekninen velka?, Yhteenveto?",
    },
    "severity": {
        "en": "Severity, Sev, Priority, Prio, Pri, Criticality, Risk Level, Risk Rating, Severity Level, "
        "Priority Level, Debt Severity, Debt Priority, Severity Rating, Risk Severity, Urgency, Importance, Rating, "
        "Level, Severeness, Risk Class, Risk?!, Risk Score!, Impact?!, Impact Level?!, Priority Score!, Rank!",
        "de": "Schwere, Schweregrad, Priorität, Prio, Kritikalität, Dringlichkeit, Wichtigkeit, Einstufung, Stufe, "
        "Bewertung, Risikostufe, Gewichtung, Risiko?!, Auswirkung?!",
        "es": "Severidad, Gravedad, Prioridad, Criticidad, Urgencia, Importancia, Nivel, Nivel de riesgo, "
        "Clasificación!, Riesgo?!, Impacto?!",
        "fr": "Sévérité, Gravité, Priorité, Criticité, Urgence, Importance, Niveau, Niveau de risque, Risque?!, "
        "Impact?!",
        "pt": "Severidade, Gravidade, Prioridade, Criticidade, Urgência, Importância, Nível, Nível de risco, "
        "Risco?!, Impacto?!",
        "it": "Severità, Gravità, Priorità, Criticità, Urgenza, Importanza, Livello, Livello di rischio, Rischio?!, "
        "Impatto?!",
        "nl": "Ernst, Prioriteit, Prio, Kritikaliteit, Urgentie, Belang, Zwaarte, Niveau, Risiconiveau, Risico?!, "
        "Impact?!",
        "sv": "Allvarlighetsgrad, Allvar, Prioritet, Prio, Kritikalitet, Angelägenhet, Svårighetsgrad, Nivå, "
        "Risknivå, Risk?!, Påverkan?!",
        "no": "Alvorlighetsgrad, Alvorlighet, Prioritet, Prio, Kritikalitet, Viktighet, Nivå, Risikonivå, Risiko?!, "
        "Påvirkning?!",
        "da": "Alvorlighed, Alvorlighedsgrad, Prioritet, Prio, Kritikalitet, Vigtighed, Niveau, Risikoniveau, "
        "Risiko?!, Påvirkning?!",
        "fi": "Vakavuus, Prioriteetti, Prio, Kriittisyys, Kiireellisyys, Tärkeys, Taso, Riskitaso, Riski?!, Vaikutus?!",
    },
    "status": {
        "en": "Status, State, Current Status, Debt Status, Item Status, Issue Status, Risk Status, Status Today, "
        "Stage, Workflow State, Progress?!, Disposition!, Resolution?!, Treatment?!, Stat",
        "de": "Status, Zustand, Stand, Bearbeitungsstand, Bearbeitungsstatus, Aktueller Status, Fortschritt?!",
        "es": "Estado, Estatus, Situación, Estado actual, Progreso?!",
        "fr": "Statut, État, Situation, Avancement, Statut actuel, État actuel?!, Progression?!",
        "pt": "Estado, Status, Situação, Estado atual, Andamento, Progresso?!",
        "it": "Stato, Status, Situazione, Stato attuale, Avanzamento, Progresso?!",
        "nl": "Status, Toestand, Stand, Huidige status, Voortgang?!",
        "sv": "Status, Tillstånd, Läge, Aktuell status, Framsteg?!",
        "no": "Status, Tilstand, Nåværende status, Fremdrift?!",
        "da": "Status, Tilstand, Aktuel status, Fremdrift?!",
        "fi": "Tila, Status, Tilanne, Nykytila?!, Edistyminen?!",
    },
    "status_note": {
        "en": "Status Note, Status Notes, Status Comment, Status Comments, Status Remark, Status Detail, "
        "Status Details",
        "de": "Statusnotiz, Statusbemerkung, Anmerkung zum Status",
        "es": "Nota de estado, Notas de estado",
        "fr": "Note de statut, Remarque sur le statut",
        "pt": "Nota de estado, Nota de status",
        "it": "Nota di stato",
        "nl": "Statusnotitie, Statustoelichting",
        "sv": "Statusanteckning",
        "no": "Statusnotat",
        "da": "Statusnote",
        "fi": "Tilan lisätieto",
    },
    "components": {
        "en": "Affected Components, Components, Component, Affected Component, System Component, System Components, "
        "Directory, Directories, Folder, Area, Areas, Location, Locations, "
        "Where, Module, Modules, Affected Modules, Affected Module, Affected Areas, Affected Area, Affected Files, "
        "Affected Services, Affected Systems, Affected System, Affected Models, Affected Model, Affected Pipelines, "
        "Affected Parts, Affected Code, Impacted Components, Impacted Areas, Impacted Systems, Impacted Services, "
        "Impacted Modules, Component(s), File, Files, File Path, Path, Service, Services, System, Systems, "
        "Subsystem, Subsystems, Package, Packages, Repo, Repos, Repository, Repositories, Codebase, Code Location, "
        "Location in Code, Layer, Touches, Scope, Model, Models, Pipeline, Pipelines, App, Application, "
        "Applications, Part, Parts, Domain, Affects, Affected?, Source Files, Systems Affected, Components Affected, "
        "Modules Affected, Services Affected, Files Affected, Areas Affected, Project?",
        "de": "Betroffene Komponenten, Komponenten, Komponente, Betroffene Komponente, Betroffene Module, "
        "Betroffene Systeme, Betroffene Bausteine, Baustein, Bausteine, Modul, Module, Bereich, Ort, Fundort, "
        "Stelle, Wo, Datei, Dateien, Dienst, Dienste, Service, System, Systeme, Paket, Betrifft, Betroffen, Schicht",
        "es": "Componentes afectados, Componentes, Componente, Componente afectado, Módulo, Módulos, "
        "Módulos afectados, Sistemas afectados, Área, Ámbito, Ubicación, Dónde, Archivo, Archivos, Fichero, "
        "Ficheros, Servicio, Servicios, Sistema, Sistemas, Paquete, Repositorio, Dominio, Afecta a",
        "fr": "Composants affectés, Composants concernés, Composants impactés, Composants, Composant, "
        "Composant concerné, Module, Modules, Modules concernés, Modules affectés, Zone, Emplacement, Localisation, "
        "Lieu, Où, Fichier, Fichiers, Service, Services, Système, Systèmes, Paquet, Dépôt, Périmètre, Domaine, "
        "Concerne",
        "pt": "Componentes afetados, Componentes afectados, Componentes, Componente, Componente afetado, Módulo, "
        "Módulos, Módulos afetados, Sistemas afetados, Área, Âmbito, Local, Localização, Onde, Arquivo, Arquivos, "
        "Ficheiro, Ficheiros, Serviço, Serviços, Sistema, Sistemas, Pacote, Repositório, Domínio, Afeta",
        "it": "Componenti interessati, Componenti coinvolti, Componenti, Componente, Componente interessato, Modulo, "
        "Moduli, Moduli interessati, Sistemi interessati, Area, Ambito, Posizione, Dove, File, Servizio, Servizi, "
        "Sistema, Sistemi, Pacchetto, Repository, Dominio, Riguarda",
        "nl": "Getroffen componenten, Betrokken componenten, Componenten, Component, Betrokken component, Module, "
        "Modules, Onderdeel, Onderdelen, Gebied, Locatie, Plaats, Waar, Bestand, Bestanden, Dienst, Diensten, "
        "Service, Systeem, Systemen, Pakket, Domein, Raakt",
        "sv": "Berörda komponenter, Påverkade komponenter, Komponenter, Komponent, Berörd komponent, Modul, Moduler, "
        "Berörda moduler, Berörda system, Område, Plats, Var, Fil, Filer, Tjänst, Tjänster, System, Paket, Berör",
        "no": "Berørte komponenter, Komponenter, Komponent, Berørt komponent, Modul, Moduler, Berørte moduler, "
        "Berørte systemer, Område, Sted, Plassering, Hvor, Fil, Filer, Tjeneste, Tjenester, System, Systemer, Pakke, "
        "Berører",
        "da": "Berørte komponenter, Komponenter, Komponent, Berørt komponent, Modul, Moduler, Berørte moduler, "
        "Berørte systemer, Område, Sted, Placering, Hvor, Fil, Filer, Tjeneste, Tjenester, System, Systemer, Pakke, "
        "Berører",
        "fi": "Komponentit, Komponentti, Moduuli, Moduulit, Alue, Sijainti, Paikka, Missä, Tiedosto, Tiedostot, "
        "Palvelu, Palvelut, Järjestelmä, Järjestelmät, Paketti, Vaikuttaa kohteisiin, Osa, Osat",
    },
    "mitigation_plan": {
        "en": "Mitigation Plan, Mitigation, Plan, Remediation, Mitigations, Mitigation Strategy, Mitigation Action, "
        "Mitigation Actions, Mitigation Steps, Mitigation Approach, Remediation Plan, Remediation Strategy, "
        "Remediation Steps, Repayment Plan, Repayment Strategy, Repayment, Payoff Plan, Payback Plan, Pay Down Plan, "
        "Paydown Plan, Resolution Plan, Action Plan, Plan of Action, Fix, Proposed Fix, Suggested Fix, Planned Fix, "
        "Fix Plan, Fix Strategy, How to Fix, Plan to Fix, Remedy, Proposed Remedy, Solution, Proposed Solution, "
        "Suggested Solution, Possible Solution, Target Solution, Recommendation, Recommendations, "
        "Recommended Action, Recommended Actions, Recommended Fix, Action, Actions, Action Required, "
        "Required Action, Next Action, Proposed Action, Proposed Actions, Planned Action, Planned Actions, "
        "Corrective Action, Corrective Actions, Action Items, Exit Condition, Exit Criteria, Exit Criterion, "
        "Exit Plan, Exit Strategy, Way Out, Next Step, Next Steps, Measure, Measures, Countermeasure, "
        "Countermeasures, Treatment, Treatment Plan, Risk Treatment, Risk Response, Response, Response Plan, "
        "Strategy, Proposal, Suggestion, Approach, Resolution, Improvement, Proposed Improvement, Refactoring Plan, "
        "Refactor Plan, Cleanup Plan, Migration Plan, Migration Path, Paying it Off, Fix Idea, What to Do, To Do, "
        "Prevention, Preventive Action, Target State, Desired State, Closed when, "
        "Resolves when, Resolved when, Done when, Fixed when, Resolution criteria, Desired direction?, Replacement?, "
        "Target state?, Way out?",
        "de": "Maßnahme, Maßnahmen, Maßnahmenplan, Gegenmaßnahme, Gegenmaßnahmen, Plan, Lösung, Lösungsvorschlag, "
        "Lösungsansatz, Abhilfe, Behebung, Behebungsplan, Abbauplan, Tilgungsplan, Empfehlung, Empfehlungen, Aktion, "
        "Aktionen, Nächster Schritt, Nächste Schritte, Vorgehen, Vorschlag, Strategie, Korrekturmaßnahme, "
        "Risikominderung, Minderung, Ausstiegsbedingung, Todo, Umgang",
        "es": "Plan de mitigación, Mitigación, Plan, Remediación, Plan de remediación, Plan de acción, Plan de pago, "
        "Solución, Solución propuesta, Corrección, Recomendación, Recomendaciones, Acción, Acciones, "
        "Acción propuesta, Próximo paso, Próximos pasos, Siguiente paso, Siguientes pasos, Medida, Medidas, "
        "Contramedida, Estrategia, Propuesta, Tratamiento, Condición de salida, Arreglo, Remedio",
        "fr": "Plan d'atténuation, Plan de remédiation, Plan de mitigation, Atténuation, Remédiation, Plan, "
        "Plan d'action, Plan d'actions, Plan de remboursement, Solution, Solution proposée, Correction, Correctif, "
        "Correction proposée, Recommandation, Recommandations, Action, Actions, Action proposée, Prochaine étape, "
        "Prochaines étapes, Mesure, Mesures, Contre-mesure, Contremesure, Stratégie, Proposition, Traitement, "
        "Condition de sortie, Remède, Parade",
        "pt": "Plano de mitigação, Mitigação, Plano, Remediação, Plano de remediação, Plano de ação, "
        "Plano de pagamento, Solução, Solução proposta, Correção, Correção proposta, Recomendação, Recomendações, "
        "Ação, Ações, Ação proposta, Próximo passo, Próximos passos, Medida, Medidas, Contramedida, Estratégia, "
        "Proposta, Tratamento, Saída, Condição de saída, Remédio",
        "it": "Piano di mitigazione, Mitigazione, Piano, Rimedio, Piano di rimedio, Piano d'azione, "
        "Piano di rientro, Soluzione, Soluzione proposta, Correzione, Correzione proposta, Raccomandazione, "
        "Raccomandazioni, Azione, Azioni, Azione proposta, Prossimo passo, Prossimi passi, Misura, Misure, "
        "Contromisura, Contromisure, Strategia, Proposta, Trattamento, Condizione di uscita",
        "nl": "Maatregel, Maatregelen, Mitigatieplan, Mitigatie, Plan, Plan van aanpak, Aanpak, Oplossing, "
        "Voorgestelde oplossing, Herstel, Herstelplan, Aflosplan, Aanbeveling, Aanbevelingen, Actie, Acties, "
        "Volgende stap, Volgende stappen, Tegenmaatregel, Strategie, Voorstel, Remedie, Exitvoorwaarde",
        "sv": "Åtgärd, Åtgärder, Åtgärdsplan, Åtgärdsförslag, Motåtgärd, Motåtgärder, Plan, Lösning, "
        "Föreslagen lösning, Föreslagen åtgärd, Rekommendation, Rekommendationer, Nästa steg, Strategi, Förslag, "
        "Avbetalningsplan, Hantering",
        "no": "Tiltak, Tiltaksplan, Mottiltak, Plan, Løsning, Foreslått løsning, Foreslått tiltak, Utbedring, "
        "Utbedringsplan, Anbefaling, Anbefalinger, Neste steg, Neste skritt, Strategi, Forslag, Nedbetalingsplan, "
        "Håndtering",
        "da": "Afhjælpning, Tiltag, Handlingsplan, Modtiltag, Foranstaltning, Plan, Løsning, Foreslået løsning, "
        "Udbedring, Anbefaling, Anbefalinger, Handling, Handlinger, Næste skridt, Næste trin, Strategi, Forslag, "
        "Afdragsplan, Håndtering",
        "fi": "Toimenpide, Toimenpiteet, Toimenpidesuunnitelma, Toimet, Suunnitelma, Korjaussuunnitelma, Korjaus, "
        "Korjausehdotus, Ratkaisu, Ratkaisuehdotus, Suositus, Suositukset, Seuraava askel, Seuraavat askeleet, "
        "Strategia, Ehdotus, Vastatoimi, Vastatoimet",
    },
    "owner": {
        "en": "Owner, Owners, Assignee, Assignees, Assigned To, Assigned, Assigned Team, Responsible, "
        "Responsible Team, Responsible Person, Responsible Party, Responsibility, Owned By, Owning Team, Owner Team, "
        "Team Owner, Debt Owner, Risk Owner, Item Owner, Action Owner, Issue Owner, Code Owner, Tech Owner, "
        "Technical Owner, Team, Teams, DRI, Accountable, Accountable Team, Maintainer, Maintainers, Steward, "
        "Champion, Lead, Tech Lead, Squad, Point Person, Point of Contact, POC, Contact, Contact Person, Who, "
        "Person, PIC",
        "de": "Verantwortlich, Verantwortliche, Verantwortlicher, Zuständig, Zuständige, Zuständigkeit, "
        "Verantwortlichkeit, Verantwortung, Zuständiges Team, Verantwortliches Team, Eigentümer, Besitzer, Inhaber, "
        "Bearbeiter, Bearbeiterin, Bearbeitet von, Zugewiesen an, Zugewiesen, Team, Ansprechpartner, Ansprechperson, "
        "Wer, Risikoeigner",
        "es": "Responsable, Responsables, Propietario, Propietaria, Dueño, Encargado, Asignado a, Asignado, Equipo, "
        "Equipo responsable, Persona responsable, Contacto, Quién, A cargo de",
        "fr": "Responsable, Responsables, Propriétaire, Porteur, Pilote, Assigné à, Attribué à, Affecté à, Équipe, "
        "Équipe responsable, Personne responsable, Contact, Qui, En charge, Référent",
        "pt": "Responsável, Responsáveis, Proprietário, Dono, Encarregado, Atribuído a, Atribuído, Equipa, Equipe, "
        "Time, Equipa responsável, Equipe responsável, Pessoa responsável, Contato, Contacto, Quem",
        "it": "Responsabile, Responsabili, Proprietario, Titolare, Referente, Incaricato, Assegnato a, Assegnatario, "
        "Assegnato, Team, Squadra, Team responsabile, Contatto, Chi, A carico di",
        "nl": "Eigenaar, Eigenaren, Verantwoordelijke, Verantwoordelijk, Verantwoordelijk team, Toegewezen aan, "
        "Toegewezen, Team, Contactpersoon, Behandelaar, Actiehouder, Wie",
        "sv": "Ansvarig, Ansvariga, Ägare, Ansvarigt team, Tilldelad, Tilldelad till, Team, Kontaktperson, Kontakt, "
        "Vem, Handläggare",
        "no": "Ansvarlig, Ansvarlige, Eier, Ansvarlig team, Tildelt, Tildelt til, Team, Kontaktperson, Kontakt, "
        "Hvem, Saksbehandler",
        "da": "Ansvarlig, Ansvarlige, Ejer, Ansvarligt team, Tildelt, Tildelt til, Team, Kontaktperson, Kontakt, "
        "Hvem, Sagsbehandler",
        "fi": "Vastuuhenkilö, Vastuussa, Vastuutiimi, Vastuutaho, Omistaja, Tekijä, Tiimi, Yhteyshenkilö, Kuka, "
        "Osoitettu",
    },
    "effort": {
        "en": "Effort, Estimated Effort, Effort Estimate, Est Effort, Size, T-Shirt Size, Tshirt Size, Estimate, "
        "Estimation, Estimated Time, Time Estimate, Estimated Size, Level of Effort, LOE, Fix Effort, Effort to Fix, "
        "Remediation Effort, Repayment Effort, Effort Required, Work, Workload, Story Points, Points, SP, "
        "Cost to Fix, Fix Cost, Remediation Cost, Repayment Cost, Cost?, Estimated Cost?, Principal?",
        "de": "Aufwand, Geschätzter Aufwand, Aufwandsschätzung, Schätzung, Größe, Umfang, Behebungsaufwand, "
        "Arbeitsaufwand, Kosten?",
        "es": "Esfuerzo, Esfuerzo estimado, Estimación, Tamaño, Coste?, Costo?, Talla",
        "fr": "Effort, Effort estimé, Charge, Estimation, Taille, Coût?, Charge estimée",
        "pt": "Esforço, Esforço estimado, Estimativa, Tamanho, Custo?",
        "it": "Sforzo, Impegno, Impegno stimato, Stima, Dimensione, Effort, Costo?",
        "nl": "Inspanning, Geschatte inspanning, Inschatting, Schatting, Omvang, Grootte, Werk, Kosten?",
        "sv": "Insats, Uppskattad insats, Arbetsinsats, Uppskattning, Storlek, Omfattning, Kostnad?",
        "no": "Innsats, Arbeidsmengde, Estimat, Estimert innsats, Størrelse, Omfang, Kostnad?",
        "da": "Indsats, Arbejdsindsats, Estimat, Estimeret indsats, Størrelse, Omfang, Omkostning?",
        "fi": "Työmäärä, Vaiva, Arvioitu työmäärä, Arvio, Työmääräarvio, Koko, Laajuus, Kustannus?",
    },
    "affected": {
        "en": "Affected Projects, Projects Affected, Affected, # Projects, # of Projects, % of Projects, "
        "Number of Projects, Share of Projects, Projects, Impacted Projects, Projects Impacted",
        "de": "Betroffene Projekte, Anzahl Projekte, Projekte",
        "es": "Proyectos afectados, Número de proyectos, Proyectos",
        "fr": "Projets affectés, Projets concernés, Projets touchés, Nombre de projets, Projets",
        "pt": "Projetos afetados, Projectos afectados, Número de projetos, Projetos",
        "it": "Progetti interessati, Progetti coinvolti, Numero di progetti, Progetti",
        "nl": "Getroffen projecten, Betrokken projecten, Aantal projecten, Projecten",
        "sv": "Berörda projekt, Påverkade projekt, Antal projekt, Projekt",
        "no": "Berørte prosjekter, Antall prosjekter, Prosjekter",
        "da": "Berørte projekter, Antal projekter, Projekter",
        "fi": "Projektit, Projektien määrä, Vaikutetut projektit",
    },
    "due_on": {
        "en": "Due, Due On, Due Date, Date Due, Due By, Target, Target Date, Deadline, Target Release, "
        "Target Version, Target Milestone, Target Quarter, Target Sprint, Target Resolution, Target Resolution Date, "
        "Target Completion, Target Completion Date, Target Fix Date, Milestone, Release Target, ETA, By When, "
        "Fix By, Fix Date, Resolve By, Complete By, Planned For, Estimated Date, Planned Date, Planned Completion, "
        "Planned Release, Planned Fix Date, Expected Date, Expected Completion, Expected Resolution, "
        "Estimated Completion, Completion Date?, Scheduled For, Schedule, Timeline, Timeframe, Time Frame, When, "
        "Payoff Date, Mitigate By, Remediate By, Resolution Target, Required By",
        "de": "Fällig, Fällig am, Fällig bis, Fälligkeit, Fälligkeitsdatum, Frist, Termin, Zieltermin, Zieldatum, "
        "Ziel, Stichtag, Bis, Bis wann, Geplant für, Geplant bis, Deadline, Wann, Zielversion",
        "es": "Fecha límite, Vencimiento, Fecha de vencimiento, Plazo, Vence, Fecha objetivo, Objetivo, "
        "Fecha prevista, Fecha tope, Para cuándo, Cuándo",
        "fr": "Échéance, Date d'échéance, Date limite, Délai, Date cible, Cible, Date prévue, Prévu pour, "
        "Pour quand, Quand, Date butoir",
        "pt": "Prazo, Data limite, Data-limite, Vencimento, Data de vencimento, Data prevista, Data alvo, Meta, "
        "Previsto para, Até quando, Quando",
        "it": "Scadenza, Data di scadenza, Termine, Data obiettivo, Data prevista, Data limite, Obiettivo, Entro, "
        "Entro quando, Quando, Previsto per",
        "nl": "Deadline, Vervaldatum, Einddatum, Streefdatum, Uiterste datum, Gepland voor, Doel, Doeldatum, "
        "Termijn, Wanneer, Uiterlijk",
        "sv": "Förfallodatum, Deadline, Måldatum, Slutdatum, Senast, Tidsfrist, Mål, Planerat till, Klart senast, "
        "När, Förfaller",
        "no": "Frist, Forfallsdato, Forfall, Måldato, Sluttdato, Tidsfrist, Mål, Planlagt til, Senest, Når",
        "da": "Frist, Forfaldsdato, Forfald, Måldato, Slutdato, Deadline, Mål, Planlagt til, Senest, Hvornår",
        "fi": "Määräaika, Eräpäivä, Takaraja, Tavoitepäivä, Tavoite, Tavoiteaika, Milloin, Mennessä",
    },
    "opened_on": {
        "en": "Opened, Opened On, Date Opened, Opened Date, Opening Date, Open Since, Since, Added, Added On, "
        "Date Added, Logged, Logged On, Date Logged, Created, Created On, Created At, Date Created, Creation Date, "
        "Created Date, Raised, Raised On, Date Raised, Reported, Reported On, Date Reported, Identified, "
        "Identified On, Date Identified, Identified Date, Discovered, Discovered On, Date Discovered, Detected, "
        "Detected On, Found, Found On, Date Found, First Seen, First Noticed, Recorded, Recorded On, Date Recorded, "
        "Registered, Registered On, Introduced, Introduced On, Date Introduced, Incurred, Date Incurred, Noted, "
        "Noted On, Entered, Entered On, Date Entered, Accepted On, Date Accepted, Start Date, Started On, Date?, Age!",
        "de": "Eröffnet, Eröffnet am, Erfasst, Erfasst am, Erstellt, Erstellt am, Angelegt, Angelegt am, Gemeldet, "
        "Gemeldet am, Erkannt, Erkannt am, Entdeckt, Entdeckt am, Gefunden, Gefunden am, Aufgenommen, "
        "Aufgenommen am, Eingetragen, Eingetragen am, Identifiziert am, Festgestellt, Festgestellt am, Offen seit, "
        "Seit, Erfassungsdatum, Eröffnungsdatum, Datum?",
        "es": "Abierto, Abierto el, Fecha de apertura, Apertura, Creado, Creado el, Fecha de creación, Registrado, "
        "Registrado el, Fecha de registro, Añadido, Añadido el, Detectado, Detectado el, Fecha de detección, "
        "Identificado, Identificado el, Descubierto el, Abierto desde, Desde, Fecha?, Alta?!",
        "fr": "Ouvert, Ouvert le, Date d'ouverture, Ouverture, Créé, Créé le, Date de création, Enregistré, "
        "Enregistré le, Ajouté, Ajouté le, Date d'ajout, Détecté, Détecté le, Identifié, Identifié le, Signalé le, "
        "Constaté le, Relevé le, Découvert le, Depuis, Ouvert depuis, Date?",
        "pt": "Aberto, Aberto em, Data de abertura, Abertura, Criado, Criado em, Data de criação, Registado, "
        "Registado em, Registrado, Registrado em, Data de registo, Data de registro, Adicionado, Adicionado em, "
        "Identificado, Identificado em, Detectado em, Detetado em, Descoberto em, Encontrado em, Desde, "
        "Aberto desde, Data?",
        "it": "Aperto, Aperto il, Data di apertura, Apertura, Creato, Creato il, Data di creazione, Registrato, "
        "Registrato il, Data di registrazione, Aggiunto, Aggiunto il, Rilevato, Rilevato il, Identificato, "
        "Identificato il, Segnalato il, Scoperto il, Inserito il, Dal, Da, Aperto dal, Data?",
        "nl": "Geopend, Geopend op, Openingsdatum, Aangemaakt, Aangemaakt op, Geregistreerd, Geregistreerd op, "
        "Toegevoegd, Toegevoegd op, Gemeld, Gemeld op, Gevonden, Gevonden op, Ontdekt, Ontdekt op, Vastgesteld, "
        "Vastgesteld op, Geïdentificeerd op, Sinds, Open sinds, Datum?",
        "sv": "Öppnad, Öppnat, Öppningsdatum, Skapad, Skapad datum, Registrerad, Registrerat, Tillagd, Upptäckt, "
        "Identifierad, Inlagd, Rapporterad, Sedan, Öppen sedan, Datum?",
        "no": "Åpnet, Åpningsdato, Opprettet, Registrert, Lagt til, Oppdaget, Identifisert, Meldt, Funnet, Siden, "
        "Åpen siden, Dato?",
        "da": "Åbnet, Åbningsdato, Oprettet, Registreret, Tilføjet, Opdaget, Identificeret, Meldt, Fundet, Siden, "
        "Åben siden, Dato?",
        "fi": "Avattu, Avauspäivä, Luotu, Luontipäivä, Kirjattu, Kirjauspäivä, Lisätty, Havaittu, Tunnistettu, "
        "Löydetty, Ilmoitettu, Alkaen, Päivämäärä?, Pvm?",
    },
    "accepted_by": {
        "en": "Accepted By, Risk Accepted By, Debt Accepted By, Acceptor, Risk Acceptor, Acceptance By, "
        "Signed Off By, Waived By",
        "de": "Akzeptiert von, Akzeptiert durch, Risiko akzeptiert von, Freigegeben von, Abgenommen von",
        "es": "Aceptado por, Aceptada por, Riesgo aceptado por",
        "fr": "Accepté par, Acceptée par, Risque accepté par",
        "pt": "Aceite por, Aceito por, Aceita por, Risco aceite por, Risco aceito por",
        "it": "Accettato da, Accettata da, Rischio accettato da",
        "nl": "Geaccepteerd door, Aanvaard door, Risico geaccepteerd door",
        "sv": "Accepterad av, Accepterat av, Godtagen av",
        "no": "Akseptert av, Risiko akseptert av",
        "da": "Accepteret af, Risiko accepteret af",
        "fi": "Hyväksynyt, Hyväksyjä",
    },
    "accepted_until": {
        "en": "Accepted Until, Accepted Till, Acceptance Until, Acceptance Ends, Acceptance End, Acceptance Expires, "
        "Acceptance Expiry, Accepted To, Risk Accepted Until, Deferred Until, Deferred To, Waived Until, "
        "Tolerated Until, Expires, Expires On, Expiry, Expiry Date, Expiration, Expiration Date, Valid Until",
        "de": "Akzeptiert bis, Zurückgestellt bis, Toleriert bis, Gültig bis, Läuft ab am",
        "es": "Aceptado hasta, Aceptada hasta, Aplazado hasta, Válido hasta, Caduca",
        "fr": "Accepté jusqu'au, Accepté jusqu'à, Accepté jusque, Reporté jusqu'au, Reporté au, Valable jusqu'au, "
        "Expire",
        "pt": "Aceite até, Aceito até, Aceita até, Adiado até, Válido até, Expira",
        "it": "Accettato fino al, Accettato fino a, Rinviato al, Valido fino al, Scade",
        "nl": "Geaccepteerd tot, Aanvaard tot, Uitgesteld tot, Geldig tot, Verloopt",
        "sv": "Accepterad till, Accepterat till, Uppskjuten till, Giltig till",
        "no": "Akseptert til, Utsatt til, Gyldig til",
        "da": "Accepteret til, Udskudt til, Gyldig til",
        "fi": "Hyväksytty asti, Hyväksytty saakka, Lykätty asti, Voimassa asti",
    },
    "links": {
        "en": "Links",
        "de": "Verweise",
        "es": "Enlaces",
        "fr": "Liens",
        "pt": "Ligações",
        "it": "Collegamenti",
        "nl": "Koppelingen",
        "sv": "Länkar",
        "no": "Lenker",
        "da": "Henvisninger",
        "fi": "Linkit",
    },
}
"""The headers of each field by language, the best first; the first one is what a new column is called.

`?` after a word: other fields come first for it, `??` more of them. `!` after it: the header alone does not prove
the field, its cells must be words of that field as well.
"""

QUALIFIERS_BEHIND = (
    "tecnico, tecnica, tecnicos, tecnicas, technique, techniques, planificada, planificado, prevista, previsto, "
    "propuesta, propuesto, proposta, proposto, proposee, proposees, recomendada, recomendado, recommandee, sugerida, "
    "sugerido, planejada, planejado, pianificata, pianificato, consigliata, prevue, prevues, actual, estimado, estimada"
)
"""Words after a header's own word that do not change what it means: `Riesgo técnico`."""
QUALIFIERS = (
    "technische, technisches, technischer, geplante, geplantes, vorgeschlagene, empfohlene, aktueller, aktuelle, "
    "voorgestelde, geplande, aanbevolen, foreslagen, foreslatt, foreslaet, planlagt, planerad, teknisk, tekninen, "
    "debt, tech debt, technical debt, ml debt, ai debt, td, risk, issue, item, finding, problem, current, estimated, "
    "est, expected, proposed, suggested, recommended, planned, initial, overall, main, primary, business, our, the"
)
"""Words before a header's own word that do not change what it means: `Overall priority`."""
NOT_ROLES = (
    "current solution, current approach, "
    "estimated interest, business impact, business value, business owner?, risk if not addressed, "
    "risk of not fixing, main reason, issue link, item count, estimated savings, risk appetite, the why"
)
"""Headers of more than one word that are not what their last word says."""


class Role(NamedTuple):
    """A field that a header may mean; the lower its rank, the better. Without `proves`, its cells have to agree."""

    field: str
    rank: int
    proves: bool

    @property
    def is_weak(self) -> bool:
        """Whether other fields come first for it."""
        return self.rank >= _CLASS


_ORDER = {field.name: index for index, field in enumerate(ITEM_FIELDS)}
_REMARK = re.compile(r"\([^()]*\)?")
_AND = re.compile(r"\s*(?:[/&+|,;]|\b(?:and|or|und|oder|et|ou|y|e|en|och|og|ja)\b)\s*")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_CLASS = 1_000  # ranks of one class of words


@cache
def _roles() -> dict[str, tuple[Role, ...]]:
    """The fields of each folded header, the best first."""
    found: dict[str, dict[str, Role]] = {}
    for field, languages in ROLES.items():
        for words in languages.values():
            for rank, word in enumerate(split(words)):
                bare = word.rstrip("?!")
                role = Role(field, word.count("?") * _CLASS + rank, "!" not in word)
                for spelled in spellings(bare):
                    known = found.setdefault(spelled, {}).get(field)
                    if known is None or role.rank < known.rank:
                        found[spelled][field] = role
    return {
        spelled: tuple(sorted(roles.values(), key=lambda role: (role.rank // _CLASS, _ORDER[role.field])))
        for spelled, roles in found.items()
    }


@cache
def _before() -> tuple[str, ...]:
    return tuple(sorted((f"{fold(word)} " for word in split(QUALIFIERS)), key=len, reverse=True))


def _roles_of(words: str) -> tuple[Role, ...]:
    """The roles of a folded header, also in the plural and after a word that only qualifies it."""
    table = _roles()
    if found := table.get(words):
        return found
    if words in split(NOT_ROLES):
        return ()
    if words.endswith("s") and (found := table.get(words[:-1])):
        return found
    for qualifier in _before():
        if words.startswith(qualifier) and (found := _roles_of(words.removeprefix(qualifier))):
            return found
    head, _, last = words.rpartition(" ")
    return _roles_of(head) if head and last in split(QUALIFIERS_BEHIND) else ()


@lru_cache(4_096)
def roles_of(header: str) -> tuple[Role, ...]:
    """The fields that a column's header or a field's label may mean, the best first, with how well it means them.

    Remarks in parentheses are ignored; of `Owner / Team` both parts count.
    """
    header = header[:LONGEST]
    bare = _REMARK.sub("", LINKED.sub(r"\1", header))
    for text in (bare, header, _CAMEL.sub(" ", bare)):
        if found := _roles_of(fold(text)):
            return found
    parts = [_roles_of(fold(part)) for part in _AND.split(bare)]
    if len(parts) < 2 or not parts[0]:
        return ()
    united: dict[str, Role] = {}
    for part in parts:
        for role in part:
            united.setdefault(role.field, role)
    return tuple(united.values())


def roles(header: str) -> tuple[str, ...]:
    """The fields that a column's header or a field's label may mean, the best first; none of an unknown word."""
    return tuple(role.field for role in roles_of(header))


@cache
def _languages() -> dict[str, frozenset[str]]:
    """The languages of each folded header."""
    found: dict[str, set[str]] = {}
    for languages in ROLES.values():
        for language, words in languages.items():
            for word in split(words):
                for spelled in spellings(word.rstrip("?!")):
                    found.setdefault(spelled, set()).add(language)
    return {spelled: frozenset(languages) for spelled, languages in found.items()}


def language_of(headers: Iterable[str]) -> str:
    """The language that most headers are from, English where that is not clear."""
    counts = dict.fromkeys(LANGUAGES, 0)
    for header in headers:
        for language in _languages().get(fold(_REMARK.sub("", header)), ()):
            counts[language] += 1
    return max(counts, key=lambda language: counts[language])


def header_for(field: str, language: str) -> str:
    """What a new column of a field is called in a language."""
    words = ROLES[field]
    return split(words.get(language, words["en"]))[0].rstrip("?!")
