"""What is said to somebody whose terminal is French."""

import re
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (("status", "nope"), "Le numéro « nope » n’existe pas."),
        (("status",), "Il manque « NUMÉRO »."),
        (("sned",), "La commande « sned » n’existe pas. Vouliez-vous dire « send »"),
        (("preview", "--port", "many"), "« --port » ne convient pas : c’est un nombre"),
        (("who", "x", "--state", "foo"), "L’état « foo » n’existe pas."),
        (("export", "x.csv", "--list", "inconnue"), "Il n’y a pas de liste « inconnue »."),
        (("assemble", "annuelle", "1", "--list"), "L’option --list n’existe pas."),
    ],
)
def test_what_was_typed_stands_between_french_quotation_marks(
    rtesmail, demo_workspace: Path, typed: tuple[str, ...], words: str
) -> None:
    said = rtesmail(*typed, cwd=demo_workspace, LANGUAGE="fr").stderr
    assert words in said.replace("\N{NO-BREAK SPACE}", " ")


def test_a_mistake_names_its_field_in_french_and_as_the_file_has_it(rtesmail, demo_workspace: Path) -> None:
    issue = demo_workspace / "issues/2025-04-mensuelle"
    (issue / "essai.md").write_text("---\nkind: event\ntitle: Essai\nstart: bientôt\nplace: [a, b]\n---\n", "utf-8")
    toml = re.sub(r"(?m)^subject = .*", "subject = 3", (issue / "issue.toml").read_text("utf-8"))
    (issue / "issue.toml").write_text(toml, "utf-8")
    said = rtesmail("check", "2025-04-mensuelle", cwd=demo_workspace, LANGUAGE="fr").stdout
    said = said.replace("\N{NO-BREAK SPACE}", " ")
    assert "essai.md:4  Début (start) : « bientôt » n’est pas une date." in said
    assert "essai.md:5  Lieu (place) : un texte est attendu." in said
    assert "Objet (subject) : un texte est attendu." in said
    in_english = rtesmail("check", "2025-04-mensuelle", cwd=demo_workspace, LANGUAGE="en").stdout
    assert "start is not a date: 'bientôt'." in in_english


def test_clauses_are_joined_as_printers_do(rtesmail, demo_workspace: Path) -> None:
    shown = rtesmail("calendar", cwd=demo_workspace, LANGUAGE="fr").stdout
    assert "\N{NO-BREAK SPACE}; " in shown
    assert not re.search(r"\w; ", shown)


def test_the_heads_of_the_help_have_the_space_before_their_colon(rtesmail) -> None:
    shown = rtesmail("--help", LANGUAGE="fr").stdout + rtesmail("status", "--help", LANGUAGE="fr").stdout
    for head in ("Options", "Commandes", "Arguments"):
        assert f"\n{head}\N{NO-BREAK SPACE}:\n" in shown
    assert "COMMAND [" not in shown


def test_a_sentence_goes_on_small_after_a_colon(rtesmail, demo_workspace: Path) -> None:
    typed = ("proof", "2025-04-mensuelle", "--to", "a@rtes.example", "--transport", "boite", "--as-if", "level=régoin")
    said = rtesmail(*typed, cwd=demo_workspace, LANGUAGE="fr").stderr.replace("\N{NO-BREAK SPACE}", " ")
    assert "--as-if ne convient pas : le niveau « régoin » n’existe pas." in said


def test_dates_are_told_in_words_and_stand_below_each_other(rtesmail, demo_workspace: Path) -> None:
    shown = rtesmail("issues", cwd=demo_workspace, LANGUAGE="fr").stdout
    assert [line[-20:] for line in shown.splitlines()[1:]] == [
        "  15 avr. 2025  9h00",
        "   3 avr. 2025  9h00",
        "   5 nov. 2024  9h00",
        " 26 sept. 2023  9h00",
    ]
    typed = ("assemble", "mensuelle", "2025-04", "--as-of", "2025-04-03T09:00", "--explain", "--dry-run")
    reasons = rtesmail(*typed, cwd=demo_workspace, LANGUAGE="fr").stdout
    assert "assemblee-generale-2025         le 1er juillet 2025\n" in reasons
    assert "pas avant le 15 avril 2025\n" in reasons
    snippet = demo_workspace / "issues/snippets/agenda/2025-04-24-travailler-avec-l-ess.md"
    snippet.write_text(snippet.read_text("utf-8").replace("2025-04-24", "2025-04-01"), "utf-8")
    found = rtesmail("check", "2025-04-mensuelle", cwd=demo_workspace, LANGUAGE="fr").stdout
    assert "se termine le 1er avril 2025, avant l’envoi de ce numéro (3 avril 2025 à 9h)." in found


def test_a_plan_is_told_by_the_local_clock_in_words(rtesmail, demo_workspace: Path) -> None:
    typed = ("2025-04-mensuelle", "--list", "demo", "--at", "2090-08-01 09:30", "--not-after", "2090-08-01 12:00")
    rtesmail("import", "lists/sample.csv", "--list", "demo", cwd=demo_workspace)
    planned = rtesmail("schedule", *typed, cwd=demo_workspace, LANGUAGE="fr").stdout
    assert "le 1er août 2090 à 9h30, au plus tard le 1er août 2090 à 12h (Europe/Paris)." in planned
    standing = rtesmail("status", "2025-04-mensuelle", cwd=demo_workspace, LANGUAGE="fr").stdout
    assert "prévu le 1er août 2090 à 9h30, pas après le 1er août 2090 à 12h" in standing
    rtesmail("approve", "2025-04-mensuelle", "--by", "Anne", cwd=demo_workspace)
    standing = rtesmail("status", "2025-04-mensuelle", cwd=demo_workspace, LANGUAGE="fr").stdout
    assert standing.endswith("Ce qui est programmé partira à l’heure dite, si cron lance `rtesmail run`.\n")
    rtesmail("cancel", "2025-04-mensuelle", "--list", "demo", cwd=demo_workspace)
    standing = rtesmail("status", "2025-04-mensuelle", cwd=demo_workspace, LANGUAGE="fr").stdout
    assert "annulé, prévu le 1er août 2090 à 9h30\n" in standing
    assert "si cron lance" not in standing


def test_findings_have_french_figures(rtesmail, demo_workspace: Path) -> None:
    article = demo_workspace / "issues/snippets/articles/bloc-communal.md"
    article.write_text(article.read_text("utf-8") + "\n\nUne ligne de plus.\n" * 4000, "utf-8")
    found = rtesmail("check", "2025-04-mensuelle", cwd=demo_workspace, LANGUAGE="fr").stdout
    assert re.search(r"Le HTML pèse \d+,\d Ko \(\d{3}\N{NARROW NO-BREAK SPACE}\d{3} octets\)", found), found


def test_a_yes_that_is_void_has_one_date_wherever_it_is_told(rtesmail, demo_workspace: Path) -> None:
    rtesmail("import", "lists/sample.csv", "--list", "demo", cwd=demo_workspace)
    rtesmail("approve", "2025-04-mensuelle", "--by", "Anne", cwd=demo_workspace)
    issue = demo_workspace / "issues" / "2025-04-mensuelle" / "issue.toml"
    issue.write_text(issue.read_text("utf-8").replace('subject = "', 'subject = "Bonjour, '), "utf-8")
    sent = ("send", "2025-04-mensuelle", "--list", "demo", "--transport", "boite")
    refused = rtesmail(*sent, cwd=demo_workspace, LANGUAGE="fr").stderr
    shown = rtesmail("status", "2025-04-mensuelle", cwd=demo_workspace, LANGUAGE="fr").stdout
    date = r"par Anne le (\d+(?:er)? \S+ \d{4} à \d+h(?:\d\d)?)(?=[\s.;])"
    told = re.findall(date, shown)
    assert len(told) == 1, shown
    assert re.findall(date, refused) == told


def test_what_cron_keeps_has_french_colons_behind_sortable_times(rtesmail, demo_workspace: Path) -> None:
    rtesmail("import", "lists/sample.csv", "--list", "demo", cwd=demo_workspace)
    when = ("--at", "2025-01-01 09:00", "--not-after", "2099-01-01 09:00")
    rtesmail("schedule", "2025-04-mensuelle", "--list", "demo", *when, cwd=demo_workspace)
    said = rtesmail("run", cwd=demo_workspace, LANGUAGE="fr").stdout
    expected = r"\d{4}-\d\d-\d\d \d\d:\d\d  2025-04-mensuelle → demo\N{NO-BREAK SPACE}: 2025-04-mensuelle n’est pas app"
    assert re.match(expected, said), said


def test_the_figures_of_a_finding_are_written_as_in_french(rtesmail, demo_workspace: Path) -> None:
    configuration = demo_workspace / "rtesmail.toml"
    configuration.write_text(configuration.read_text(encoding="utf-8").replace("#aab5b2", "#5a6462"), encoding="utf-8")
    said = rtesmail("check", "2025-04-mensuelle", cwd=demo_workspace, LANGUAGE="fr").stdout
    found = next(line for line in said.splitlines() if "contrast" in line).replace("\N{NO-BREAK SPACE}", " ")
    assert re.search(r"Dans le thème sombre, meta sur paper a un contraste de \d,\d\d:1 ; il en faut .*4,5:1", found)


def test_days_that_do_not_follow_each_other_are_told_with_their_articles(rtesmail, demo_workspace: Path) -> None:
    days = ("--start", "2026-12-03", "--set", "end=2026-12-02", "--set", "place=Brumeval")
    told = rtesmail("new", "event", "--title", "Réunion", *days, cwd=demo_workspace, LANGUAGE="fr")
    assert "Le 2 décembre 2026 ne vient pas après le 3 décembre 2026." in told.stderr
