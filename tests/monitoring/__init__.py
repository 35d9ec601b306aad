"""The metrics, alert rules, dashboard and timers, tested with the real programs that read them."""
