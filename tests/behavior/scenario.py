"""A few days of work on the sample register, and every read after it."""

from __future__ import annotations

STEPS = r"""
ana: import - --dry-run --json < sample
ana: import - --yes --json < sample
ana: set EN-001 --status mitigated --note "pinned versions" --json
ana: set EN-002 PD-002 --owner "Search team" --due-on 2w --effort M --json
bo: set EN-003 --title "Shared features" --severity low --components "MDL-SEARCH; MDL-REC (web)" --json
bo: set PD-001 --affected "12 %" --extra Ticket=ML-42 --extra "Cost=3 k€ | month" --json
bo: set PD-001 --was status=mitigated --status accepted --note cheaper --json
bo: set DD-001 --affected "3,000+ projects" --opened-on 2025-11-30 --was status=open --json
advance 1
ana: add --category EN --severity high --description "Ranking and ads share\none embedding" --json
ana: add --key XX-7 --category MS --severity low --description "Naïve — “quoted” 漢字 | `code`" --json
ana: set xx-7 --status in-progress --note "two; weeks" --json
ana: set xx-7 --owner bo --extra Ticket= --json
cy: set CD-001 --status accepted --note "cheaper than the cure" --accepted-by Board --accepted-until 2026-03-06 --json
cy: set CD-002 --status accepted --note "for now" --accepted-by Board --accepted-until none --json
ana: set FL-003 --due-on 2026-03-04 --json
ana: set FL-003 --due-on 2026-03-05 --mitigation-plan "" --json
comment: EN-002 FL-003 "ask the vendor; then decide"
ana: link PD-001 CD-002 "dead jobs clutter" --json
ana: link EN-002 PD-001 "drift hides" --json
ana: link EN-002 PD-001 "again" --json
ana: relabel PD-001 CD-002 "dead jobs hide" --json
bo: relabel EN-002 PD-001 "drift masks" --old again --json
bo: unlink EN-002 PD-001 "drift masks" --json
bo: undo --json
bo: undo --json
bo: redo --json
ana: register set project-total 3000 --json
ana: register set mitigate-within "high 1, medium 90" --json
ana: register set accept-for "high 60" --json
ana: register set cadence "Review: every quarter" "Reporting: monthly" --json
ana: register set note "" --json
ana: category add SD "Serving Debt" --definition "Debt of the serving layer." --json
ana: category edit SD --code SV --name Serving --json
ana: category move SV first --json
ana: category move SV down --json
ana: category add ZZ Last --json
ana: category remove ZZ --yes --json
ana: rule save "Old and High" severity:high status:open,in-progress "age:>30d" --json
ana: rule save Amber "component:Amber age:>14d" --json
ana: rule rename Amber "Amber, two weeks" --json
ana: rule save Gone key:EN-* --json
ana: rule remove Gone --json
ana: view save Mine "owner:ana status:open" --json
ana: view save Mine "owner:bo sort:-age" --yes --json
ana: view rename Mine "Bo's debt" --json
ana: view save Other is:open --json
ana: view remove Other --json
bo: check --record --json
advance 2
ana: review start --title "Spring review" --with bo --with cy --skip-days 0 --json
decide: 1 PD-001 95
ana: set EN-002 --status in-progress --json
decide: 1 EN-002 30
bo: followups add EN-002 "ask the vendor" --owner bo --due-on 2026-03-07 --json
bo: followups add FL-003 "measure it" --json
bo: followups add PD-001 "retire ten jobs" --owner cy --due-on 2026-04-01 --json
cy: followups done 2 --json
cy: followups edit 1 --text "ask the vendor again" --due-on 2026-03-06 --json
cy: followups drop 3 --json
cy: followups reopen 3 --json
cy: followups drop 3 --json
ana: review set 1 --participants "ana; bo" --title "Spring" --json
ana: review finish 1 --json
ana: review reopen 1 --json
ana: review finish 1 --json
advance 3
ana: accepted --reopen CD-002 --json
ana: accepted --reopen --json
bo: set EN-001 --status open --note "" --json
bo: remove FL-002 MS-001 --yes --json
bo: check --record --json
ana: review start --query "severity:high" --json
decide: 2 EN-001 12
ana: review finish 2 --json
cy: set DD-002 --title "Metadata without an SLA" --key DD-9 --category SV --json
ana: signals add-rule 'alertname="FeatureDrift", model=~"mdl-rec.*"' FL-001 --json
ana: signals add-rule 'alertname="LateTable"' --component-label table --json
ana: signals move-rule 2 --before 1 --json
ana: signals ingest --from json --json < alerts
ana: signals attach 2 EN-001 EN-003 --json
ana: signals detach 2 EN-003 --json
ana: signals mute 2 --until 2026-03-30 --json
ana: signals unmute 2 --json
ana: signals new 2 --category EN --severity high --json
ana: signals remove-rule 2 --json
advance 1
ana: signals ingest --from json --complete --reopen --json < alert
"""
"""USER: ARGUMENTS, or `comment: KEY... TEXT`, `decide: REVIEW KEY SECONDS` and `advance DAYS`."""

READS = """
list
list severity:high status:open,in-progress -component:Amber
list --status accepted --status mitigated --sort=-key
list --view "Bo's debt"
list is:overdue sort:due --as-of 2026-03-05
list "share:>10%"
show EN-002
show en-001 --as-of 2026-03-03
show XX-7
dashboard
dashboard --as-of 2026-03-03T09:05
history EN-002
history --since 2026-03-08 --by bo
history --limit 4
keys
map
map EN-002 --hops 2
map --if PD-001 --as-of 2026-03-05
first
first --if PD-001 --limit 2
first --as-of 3d --limit 1
trend --since 2026-03-08
trend --by category --since 2d --as-of 2026-03-04
report --since 2026-03-08
check
check --as-of 2026-03-04
accepted
accepted --as-of 2026-03-07
owners
owners --as-of 2026-03-03
verify
register
rule
rule list
category
review
review list
review show
review show 1
review minutes
review minutes 1
review diff
review diff 1 2
signals --all
signals list --firing
signals list FL-001
signals show 2
signals timeline FL-001
signals rules
followups --all
followups list
followups list --overdue --as-of 2026-03-07
followups list EN-002
followups list --done --dropped
followups list --owner none --all
view
"""
"""Commands that run with --json after these steps."""

FILES = """
path
init --title Other --system Search --db other.db
path --db other.db
register set title "AI Debt" --json
export register.md
import register.md --dry-run
sync register.md --dry-run
import changed.md --dry-run --prune
import changed.md --yes --prefer file --prune
import broken.md --dry-run
lint register.md changed.md broken.md
diff register.md changed.md
import map.mmd --yes
register
backup
backup copies/one.db
backup --dir copies --keep 1
verify
restore copies/one.db --yes
history --limit 2
doctor
"""
"""Commands whose output or digests depend on paths: the trail records the path of the document."""
