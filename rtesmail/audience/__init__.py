"""People: subscribers, lists, imports, suppression, the audience of a mailing."""
