"""The policy of a register: escalation rules, acceptances with an end, and who owns what."""
