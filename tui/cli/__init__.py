"""The command line: `ai-debt` opens the dashboard, its subcommands print."""
