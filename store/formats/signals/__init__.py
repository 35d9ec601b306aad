"""The output of monitoring tools as observations of signals: one reader per tool, and Alertmanager's matchers."""
