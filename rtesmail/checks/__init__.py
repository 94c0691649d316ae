"""An Edition gives Findings: small functions, one per remark."""
