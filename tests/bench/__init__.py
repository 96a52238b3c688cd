"""What the module costs, beside what httpd and SQLite cost alone in the same run."""
