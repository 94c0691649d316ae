"""`certificate` and `verify`: what is kept of a mailing, and whether it still holds."""

import json
from pathlib import Path

BOX = ("--transport", "boite")


def test_a_certificate_is_shown_kept_and_verified(run, approved: str, workspace: Path) -> None:
    run("send", approved, "--list", "demo", *BOX)
    files = ("--output", "c.json", "--output", "c.html", "--people", "p.csv")
    told = run("certificate", approved, "--list", "demo", "--by", "Claire Directrice", *files).stdout
    lines = [line.split() for line in told.splitlines()]
    assert ["accepted", "30", "taken", "by", "the", "mail", "server"] in lines
    assert "Signed by Claire Directrice" in told
    kept = json.loads((workspace / "c.json").read_text(encoding="utf-8"))
    page = (workspace / "c.html").read_text(encoding="utf-8")
    assert kept["fingerprint"] in told
    assert "".join(f"<span>{kept['fingerprint'][at : at + 8]}</span>" for at in range(0, 64, 8)) in page
    assert "Ada Exemple" in page
    assert "<script" not in page
    assert len((workspace / "p.csv").read_text(encoding="utf-8-sig").splitlines()) == 31
    assert "Claire Directrice" in run("verify", "c.json").stdout
    assert run("verify", "c.json", "--json")["verified"]
    assert "no certificate" in run("verify", "c.html", code=4).stderr
    again = run("certificate", approved, "--list", "demo", "--by", "Claire Directrice", *files, code=4)
    assert "exists already" in again.stderr


def test_what_is_redirected_from_json_can_be_verified_too(run, approved: str, workspace: Path) -> None:
    run("send", approved, "--list", "demo", *BOX)
    done = run("certificate", approved, "--list", "demo", "--by", "Claire Directrice", "--json")
    (workspace / "c.json").write_text(json.dumps(done), encoding="utf-8")
    run("verify", "c.json")
    (workspace / "c.json").write_text(json.dumps({**done, "signed_by": "Another"}), encoding="utf-8")
    assert "altered" in run("verify", "c.json", code=3).stderr


def test_nothing_unsigned_is_kept_and_nothing_unfinished_is_signed(run, approved: str, workspace: Path) -> None:
    run("send", approved, "--list", "demo", *BOX, "--limit", "7")
    signing = ("certificate", approved, "--list", "demo", "--by", "Claire Directrice", "--output", "c.json")
    assert "23 people of 30 still wait" in run(*signing, code=3).stderr
    run("send", approved, "--list", "demo", *BOX)
    assert "--by" in run("certificate", approved, "--list", "demo", "--output", "c.json", code=2).stderr
    told = run("certificate", approved, "--list", "demo", "--by", "Claire", "--output", "c.pdf", code=2).stderr
    assert ".json" in told
    assert "Signed by" not in run("certificate", approved, "--list", "demo").stdout
    assert not (workspace / "c.json").exists()


def test_a_french_certificate_reads_french(run, approved: str, workspace: Path) -> None:
    run("send", approved, "--list", "demo", *BOX)
    signing = ("--by", "Claire Directrice", "--output", "c.html")
    told = run("certificate", approved, "--list", "demo", *signing, LANGUAGE="fr").stdout
    page = (workspace / "c.html").read_text(encoding="utf-8")
    assert "Signé par Claire Directrice" in told
    assert '<html lang="fr"' in page
    assert "Signé par Claire Directrice" in page
