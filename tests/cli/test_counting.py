"""Links counted as totals: kept before a proof leaves, shown when there are enough, told to everybody."""

import sqlite3
from pathlib import Path

QUARTERLY = "2025-t2-trimestrielle"


def switch_on(workspace: Path) -> None:
    path = workspace / "rtesmail.toml"
    text = path.read_text(encoding="utf-8")
    name = "[publications.trimestrielle]"
    path.write_text(text.replace(name, f"{name}\ncount_links = true"), encoding="utf-8")


def test_a_proofs_links_lead_somewhere_and_few_clicks_are_not_shown(run, workspace: Path) -> None:
    assert "No link" in run("links", QUARTERLY).stdout
    switch_on(workspace)
    run("proof", QUARTERLY, "--to", "colleague@example.org", "--transport", "boite")
    store = next(workspace.rglob("rtesmail.db"))
    with sqlite3.connect(store) as connection:
        addresses = [row[0] for row in connection.execute("SELECT address FROM counted_links ORDER BY address")]
        assert len(addresses) == 3
        connection.execute("UPDATE counted_links SET clicks = 4 WHERE address = ?", (addresses[0],))
        connection.execute("UPDATE counted_links SET clicks = 5 WHERE address = ?", (addresses[1],))
    connection.close()
    said = run("links", QUARTERLY, "--json")
    assert {link["address"]: link["clicks"] for link in said["links"]} == dict(
        zip(addresses, (None, 5, None), strict=True)
    )
    shown = run("links", QUARTERLY).stdout
    assert shown.count("fewer than 5") == 2
    assert "estimate" in shown


def test_the_record_of_processing_tells_that_links_are_counted(run, workspace: Path) -> None:
    assert run("privacy", "register", "--json")["counting_links"] == []
    switch_on(workspace)
    assert run("privacy", "register", "--json")["counting_links"]
    assert "a total, never" in " ".join(run("privacy", "register").stdout.split())
