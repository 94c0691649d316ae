"""Edition and Audience become Outcomes: approval, ledger, composition, sending."""
