"""What goes out when, and what the next issues still miss."""

import json
from datetime import date
from pathlib import Path


def add_draft(house: Path, title: str) -> None:
    (house / "issues" / "snippets" / "articles" / "essai.md").write_text(
        f"---\nkind: article\ntitle: {title}\nstatus: draft\n---\n\nUn texte.\n", "utf-8"
    )


def told(rtesmail, house: Path, *more: str) -> dict:
    done = rtesmail("calendar", "--json", *more, cwd=house)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_rhythm_makes_the_months_and_quarters_to_come_expected(rtesmail, demo_workspace: Path) -> None:
    today = date.today()
    year = told(rtesmail, demo_workspace)
    assert year["year"] == today.year
    monthly = [one["number"] for one in year["issues"] if one["publication"] == "mensuelle"]
    assert monthly == [f"{today.year}-{month:02}" for month in range(today.month, 13)]
    assert {one["state"] for one in year["issues"]} == {"expected"}
    following = told(rtesmail, demo_workspace, "--year", str(today.year + 1))
    quarterly = [one["number"] for one in following["issues"] if one["publication"] == "trimestrielle"]
    assert quarterly == [f"{today.year + 1}-t{quarter}" for quarter in (1, 2, 3, 4)]


def test_an_issue_that_is_there_takes_the_place_of_the_expected_one(rtesmail, demo_workspace: Path) -> None:
    number = f"{date.today().year + 1}-02"
    moment = f"{number}-10T09:00"
    assert rtesmail("assemble", "mensuelle", number, "--as-of", moment, cwd=demo_workspace).returncode == 0
    year = told(rtesmail, demo_workspace, "--year", number[:4])
    (issue,) = [one for one in year["issues"] if one["number"] == number]
    assert (issue["issue"], issue["state"], issue["when"]) == (f"{number}-mensuelle", "begun", moment.replace("T", " "))
    assert sum(one["publication"] == "mensuelle" for one in year["issues"]) == 12


def test_the_year_that_is_over_shows_what_there_was_and_expects_nothing(rtesmail, demo_workspace: Path) -> None:
    year = told(rtesmail, demo_workspace, "--year", "2025")
    assert [one["issue"] for one in year["issues"]] == ["2025-04-mensuelle", "2025-t2-trimestrielle"]
    assert year["missing"] == []


def test_the_next_issue_says_what_it_misses_until_it_is_planned(rtesmail, demo_workspace: Path) -> None:
    number = f"{date.today().year + 1}-01"
    issue, year = f"{number}-mensuelle", number[:4]

    def missing() -> list[str]:
        found = told(rtesmail, demo_workspace, "--year", year)["missing"]
        return next((one["missing"] for one in found if one["number"] == number), [])

    add_draft(demo_workspace, "Une cuisine commune")
    # What is expected this year comes first: it is made, so that January is the next.
    toml = demo_workspace / "rtesmail.toml"
    toml.write_text(toml.read_text("utf-8").replace('frequency = "monthly"', ""), "utf-8")
    assert missing() == []
    rtesmail("assemble", "mensuelle", number, "--as-of", f"{number}-12T09:00", cwd=demo_workspace)
    words = missing()
    assert any(one.startswith("empty: ") for one in words)
    assert any("Une cuisine commune" in one for one in words)
    assert words[-1] == "not approved"
    assert rtesmail("approve", issue, "--by", "Anne", cwd=demo_workspace).returncode == 0
    assert missing()[-1] == "approved, and neither planned nor sent"
    shown = rtesmail("calendar", "--year", year, cwd=demo_workspace).stdout
    assert f'→ rtesmail schedule {issue} --list NAME --at "{number}-12 09:00"' in shown
    path = demo_workspace / "issues" / issue / "issue.toml"
    text = path.read_text("utf-8")
    path.write_text(text.replace('subject = "', 'subject = "Bonjour : '), "utf-8")
    assert missing()[-1] == "changed since Anne approved it"
    path.write_text(text, "utf-8")
    rtesmail("import", "lists/sample.csv", "--list", "demo", cwd=demo_workspace)
    shown = rtesmail("calendar", "--year", year, cwd=demo_workspace).stdout
    assert f'→ rtesmail schedule {issue} --list demo --at "{number}-12 09:00"' in shown
    planned = rtesmail("schedule", issue, "--list", "demo", "--at", f"{number}-12T09:00", cwd=demo_workspace)
    assert planned.returncode == 0, planned.stderr
    assert missing() == []
    (one,) = [n for n in told(rtesmail, demo_workspace, "--year", year)["issues"] if n["issue"] == issue]
    assert (one["state"], one["when"]) == ("scheduled", f"{number}-12 09:00")


def test_what_is_planned_and_would_not_leave_is_told_until_somebody_says_yes(rtesmail, demo_workspace: Path) -> None:
    def stands(house: Path, number: str) -> tuple[str, list[str]]:
        found = told(rtesmail, house, "--year", number[:4])
        missing = next((one["missing"] for one in found["missing"] if one["number"] == number), [])
        return next(one["state"] for one in found["issues"] if one["number"] == number), missing

    toml = demo_workspace / "rtesmail.toml"
    toml.write_text(toml.read_text("utf-8").replace('frequency = "monthly"', ""), "utf-8")
    number = f"{date.today().year + 1}-01"
    issue = f"{number}-mensuelle"
    rtesmail("assemble", "mensuelle", number, "--as-of", f"{number}-12T09:00", cwd=demo_workspace)
    rtesmail("import", "lists/sample.csv", "--list", "demo", cwd=demo_workspace)
    rtesmail("schedule", issue, "--list", "demo", "--at", f"{number}-12T09:00", cwd=demo_workspace)
    assert stands(demo_workspace, number) == ("held", [f"{issue} is not approved."])
    shown = rtesmail("calendar", "--year", number[:4], cwd=demo_workspace).stdout
    assert "planned, does not leave like this" in shown
    assert f"→ rtesmail status {issue}" in shown
    assert rtesmail("approve", issue, "--by", "Anne", cwd=demo_workspace).returncode == 0
    assert stands(demo_workspace, number) == ("scheduled", [])
    path = demo_workspace / "issues" / issue / "issue.toml"
    path.write_text(path.read_text("utf-8").replace('subject = "', 'subject = "Bonjour : '), "utf-8")
    state, (words,) = stands(demo_workspace, number)
    assert state == "held"
    assert words.startswith(f"{issue} has changed since Anne approved it on ")
    path.write_text("publication = 3", "utf-8")
    assert told(rtesmail, demo_workspace)["year"] == date.today().year


def test_an_issue_that_cannot_be_read_is_shown_as_such(rtesmail, demo_workspace: Path) -> None:
    (demo_workspace / "issues" / "2025-04-mensuelle" / "issue.toml").write_text("publication = ", "utf-8")
    broken = [one for one in told(rtesmail, demo_workspace)["issues"] if one["state"] == "broken"]
    assert [one["issue"] for one in broken] == ["2025-04-mensuelle"]


def test_an_issue_that_cannot_be_built_does_not_hide_the_year(rtesmail, demo_workspace: Path) -> None:
    number = f"{date.today().year + 1}-01"
    issue = f"{number}-mensuelle"
    toml = demo_workspace / "rtesmail.toml"
    toml.write_text(toml.read_text("utf-8").replace('frequency = "monthly"', ""), "utf-8")
    rtesmail("assemble", "mensuelle", number, "--as-of", f"{number}-12T09:00", cwd=demo_workspace)
    rtesmail("approve", issue, "--by", "Anne", cwd=demo_workspace)
    (demo_workspace / "templates" / "monthly.mjml.j2").write_text("<mjml><mj-body><p></mj-body></mjml>", "utf-8")
    (found,) = [one for one in told(rtesmail, demo_workspace, "--year", number[:4])["issues"] if one["issue"] == issue]
    assert (found["state"], found["when"]) == ("broken", "–")


def test_a_number_that_does_not_fit_is_told_in_the_terminals_language(rtesmail, demo_workspace: Path) -> None:
    said = rtesmail("calendar", "--year", "99", cwd=demo_workspace, LANGUAGE="fr").stderr
    assert "le minimum est 1900." in said
    said = rtesmail("calendar", "--year", "mars", cwd=demo_workspace, LANGUAGE="fr").stderr
    assert "c’est un nombre entier, par exemple 12." in said
    assert "Input" not in said


def test_an_error_let_pass_is_not_one_to_mend_and_one_that_came_since_is(rtesmail, demo_workspace: Path) -> None:
    year = date.today().year + 1
    number, issue = f"{year}-01", f"{year}-01-mensuelle"
    toml = demo_workspace / "rtesmail.toml"
    toml.write_text(
        toml.read_text("utf-8").replace('frequency = "monthly"', "") + '\n[checks]\nlink-words = "note"\n', "utf-8"
    )
    body = f"Le lundi 30 février {year}, [cliquez ici](https://ville.example/un-jour)."
    (demo_workspace / "issues" / "snippets" / "articles" / "jour.md").write_text(
        f"---\nkind: article\ntitle: Un jour\ndate: {year}-01-02\nstatus: reviewed\n---\n{body}\n", "utf-8"
    )
    rtesmail("assemble", "mensuelle", number, "--as-of", f"{number}-12T09:00", cwd=demo_workspace)

    def calendar() -> str:
        return str(rtesmail("calendar", "--year", str(year), cwd=demo_workspace).stdout)

    assert "1 error to mend" in calendar()
    yes = rtesmail("approve", issue, "--by", "Anne", "--waive", "weekday=Exprès", cwd=demo_workspace)
    assert yes.returncode == 0, yes.stderr
    said = calendar()
    assert "to mend" not in said
    assert f"→ rtesmail schedule {issue}" in said
    # The letter is the same, to the byte; the house has become stricter.
    toml.write_text(toml.read_text("utf-8").replace('link-words = "note"', 'link-words = "error"'), "utf-8")
    said = calendar()
    assert "1 error to mend" in said
    assert "approved, and neither planned nor sent" in said
    assert f"→ rtesmail check {issue}" in said
