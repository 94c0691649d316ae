"""The demo workspace says what is known, all of it right, and nothing else."""

import csv
import shutil
from datetime import date, datetime, time
from pathlib import Path

import pytest

from rtesmail.content.assembly import assemble
from rtesmail.content.issues import list_issues, load_issue
from rtesmail.content.kinds import KINDS
from rtesmail.content.snippets import Pool, read_pool, read_snippet
from rtesmail.content.workspace import load_workspace
from rtesmail.model.content import Registration, Snippet, SnippetStatus, When
from rtesmail.model.publication import Workspace

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "templates" / "snippets"

ISSUES = ("2023-10-invitation-edenn", "2024-11-invitation-gard", "2025-04-mensuelle", "2025-t2-trimestrielle")

ASSEMBLED = [
    ("mensuelle", "2025-04", "", datetime(2025, 4, 3, 9)),
    ("trimestrielle", "2025-t2", "", datetime(2025, 4, 15, 9)),
    ("invitation", "2024-11", "gard", datetime(2024, 11, 5, 9)),
    ("invitation", "2023-10", "edenn", datetime(2023, 9, 26, 9)),
]

TOULOUSE = "https://www.rtes.fr/toulouse-metropole-impact-organise-la-tournee-des-lieux-totems-de-l-ess"


def at(day: str, clock: str = "") -> When:
    return When(date.fromisoformat(day), time.fromisoformat(clock) if clock else None)


# id: title, start, end, place (None: online), organisers
EVENTS = {
    "webinaire-commande-publique": (
        "Mesurer la place de l'ESS dans la commande publique",
        *(at("2025-04-10", "11:00"), at("2025-04-10", "12:30"), None, ("RTES",)),
    ),
    "webinaire-acteurs-publics": (
        "Acteurs publics, comment travailler avec l'ESS ?",
        *(at("2025-04-24", "09:00"), at("2025-04-24", "17:00"), None, ("CNFPT", "CRESS", "Chair'ESS", "RTES")),
    ),
    "cloture-tressons": (
        "Séminaire de clôture TRESSONS",
        *(at("2025-05-20", "09:00"), at("2025-05-20", "17:00"), "Ferme des possibles - Stains", None),
    ),
    "ouvrage-politiques-locales": (
        "Présentation de l'ouvrage \"les politiques locales de l'ESS\"",
        *(at("2025-05-21", "16:00"), at("2025-05-21", "18:00"), "Siège de la Métropole Européenne de Lille", None),
    ),
    "assemblee-generale-2025": ("Assemblée générale du RTES", at("2025-07-01"), None, "Orléans", None),
    "gard-ess-en-communs": (
        "Gard : l'ESS en commun(s)",
        *(at("2024-11-26", "13:00"), at("2024-11-26", "18:00"), "Remoulins", ("Conseil départemental",)),
    ),
    "ville-durable-et-solidaire": (
        "Imaginez la ville durable et solidaire",
        *(at("2023-10-13", "09:30"), at("2023-10-14", "14:00"), "EDENN, Trois Cocus", ("association EDENN",)),
    ),
}

AGENDA_OF_3_APRIL = [
    "webinaire-commande-publique",
    "webinaire-acteurs-publics",
    "cloture-tressons",
    "ouvrage-politiques-locales",
    "assemblee-generale-2025",
]

# title: series, number
PUBLICATIONS = {
    "Economie informelle & ESS - Enjeux et leviers d'action des collectivités locales": ("RepèreESS", None),
    "Le rôle des collectivités dans la structuration de filières locales avec et pour l'ESS": ("RepèreESS", None),
    "Sociétés Coopératives d'Intérêt Collectif (Scic) & collectivités": ("Points de RepèreESS", "3"),
    "Pôles Territoriaux de Coopération Economique (PTCE) & collectivités": ("Points de RepèreESS", "10"),
    "Communes, intercommunalités & ESS": ("Kit", None),
    "Départements & ESS": ("Kit", None),
    "Régions & ESS": ("Kit", None),
}

# title: the page it may link to
ARTICLES = {
    "Première édition des Moments ESS de La Porte du Hainaut": (
        "https://www.rtes.fr/retour-sur-la-premiere-edition-des-moments-ess-de-la-porte-du-hainaut"
    ),
    "Mois de l'ESS 2024 : tous les événements à ne pas manquer": (
        "https://www.rtes.fr/mois-de-l-ess-2024-tous-les-evenements-a-ne-pas-manquer"
    ),
    "La tournée des lieux totems de l'ESS #2023 (Toulouse Métropole Impact)": TOULOUSE,
    "Schéma départemental de l'ESS (Gard)": None,
    "Trophées de l'ESS, communauté d'agglomération Roissy Pays-de-France": None,
    "L'importance d'avoir un ou une élue référente à l'ESS": None,
    "Deux caractéristiques des politiques d'ESS": None,
    "Organiser des événements de sensibilisation": None,
    "Faire connaître l'ESS au sein de la collectivité": None,
    "Organiser des évènements de sensibilisation et soutenir les évènements organisés par les acteurs": None,
    "L'ESS, au cœur des compétences du bloc communal": None,
}

QUOTE = (
    "faire découvrir l'économie sociale et solidaire, souvent méconnue ou mal perçue. Nous avons ici des élus, "
    "des universitaires, des porteurs de projets, mais aussi le grand public. C'est une manière d'acculturer"
)

GARD_LINES = [
    (time(13), "Accueil café"),
    (
        time(14),
        "Prise de parole d'Hélène Meunier, Vice-présidente du Conseil départemental déléguée à l'ESS et à la "
        "Lecture publique",
    ),
    (time(14, 15), "Point sur les avancées des premiers chantiers du Schéma de l'ESS"),
    (
        time(14, 30),
        'Conférence sur la thématique "Les communs : activateurs de dynamiques territoriales", suivie d\'échanges',
    ),
    (time(16), "Partage d'outils entre structures de l'ESS"),
]


@pytest.fixture(scope="module")
def workspace() -> Workspace:
    return load_workspace(ROOT)


@pytest.fixture(scope="module")
def pool(workspace: Workspace) -> Pool:
    return read_pool(workspace)


def of_kind(pool: Pool, kind: str) -> dict[str, Snippet]:
    return {snippet.title: snippet for snippet in pool.snippets.values() if snippet.kind == kind}


def copy_workspace(folder: Path, *, without: str = "") -> Workspace:
    shutil.copy(ROOT / "rtesmail.toml", folder)
    shutil.copytree(ROOT / "issues", folder / "issues", ignore=shutil.ignore_patterns(without) if without else None)
    shutil.copytree(ROOT / "templates", folder / "templates")
    return load_workspace(folder)


def section_ids(workspace: Workspace, issue_id: str) -> dict[str, list[str]]:
    issue = load_issue(workspace, issue_id).issue
    return {section.id: [snippet.id for snippet in section.snippets] for section in issue.sections}


def test_the_demo_loads_without_a_remark(workspace: Workspace, pool: Pool) -> None:
    assert pool.findings == ()
    assert sorted(list_issues(workspace)) == sorted(ISSUES)
    for issue_id in ISSUES:
        assert load_issue(workspace, issue_id).findings == ()


def test_every_event_is_as_known(pool: Pool) -> None:
    found = {
        s.id: (s.title, s.details["start"], s.details["end"], s.details["place"], s.details["organisers"] or None)
        for s in of_kind(pool, "event").values()
    }
    assert found == EVENTS
    for snippet in of_kind(pool, "event").values():
        assert bool(snippet.details["online"]) is (snippet.details["place"] is None)


def test_every_publication_has_its_exact_title_series_and_number(pool: Pool) -> None:
    found = {s.title: (s.details["series"], s.details["number"]) for s in of_kind(pool, "publication").values()}
    assert found == PUBLICATIONS


def test_articles_keep_their_titles_and_link_only_where_a_page_is_known(pool: Pool) -> None:
    articles = of_kind(pool, "article")
    assert ARTICLES.items() <= {s.title: s.url for s in articles.values()}.items()
    assert {s.url for s in articles.values()} - {None} == set(ARTICLES.values()) - {None}


def test_the_quote_is_word_for_word_and_gives_no_author(pool: Pool) -> None:
    (quote,) = of_kind(pool, "quote").values()
    assert QUOTE in " ".join(quote.body.split())
    assert quote.details["author"] is None
    assert quote.details["role"] is None


def test_nothing_absent_from_the_sources_is_made_up(pool: Pool, workspace: Workspace) -> None:
    issued = [s for issue_id in ISSUES for s in load_issue(workspace, issue_id).issue.snippets]
    for snippet in [*pool.snippets.values(), *issued]:
        assert snippet.kind not in {"editorial", "job", "call", "member"}
        assert snippet.image is None
        assert snippet.details.get("cover") is None
        registration = snippet.details.get("registration")
        assert registration is None or registration == Registration(is_coming=True)
    assert workspace.configuration.identity.address == ""


def test_the_gard_programme_keeps_its_hours_and_its_words(workspace: Workspace) -> None:
    issue = load_issue(workspace, "2024-11-invitation-gard").issue
    (programme,) = [s for s in issue.snippets if s.kind == "programme"]
    (day,) = programme.programme_days
    assert (programme.title, programme.details["place"]) == ("Gard : l'ESS en commun(s)", "Remoulins")
    assert (day.day, day.start, day.end) == (date(2024, 11, 26), time(13), time(18))
    assert [(line.time, line.title) for line in day.lines] == GARD_LINES


def test_the_edenn_programme_has_two_days_three_workshops_and_all_partners(workspace: Workspace) -> None:
    issue = load_issue(workspace, "2023-10-invitation-edenn").issue
    (programme,) = [s for s in issue.snippets if s.kind == "programme"]
    first, second = programme.programme_days
    assert programme.title == "Imaginez la ville durable et solidaire"
    assert programme.url == TOULOUSE
    partners = "Synethic|Réseau Compost Citoyen|Terreaciel|Envirobat|l'INRAE|Playtime|Toulouse Métropole"
    assert programme.details["partners"] == tuple(partners.split("|"))
    assert (first.day, first.title) == (
        date(2023, 10, 13),
        "Matinée professionnelle avec 3 ateliers tables rondes",
    )
    assert (second.day, second.title) == (date(2023, 10, 14), "Matinée portes ouvertes au grand public")
    assert {(day.start, day.end) for day in (first, second)} == {(time(9, 30), time(14))}
    assert [workshop for line in first.lines for workshop in line.workshops] == [
        "Agriculture urbaine : quels bénéfices pour la ville ?",
        "Objectif 2024 : quelle gestion des biodéchets en milieu urbain ?",
        "Expérimentation de la Sécurité Sociale de l'Alimentation (SSA) à Toulouse : quels facteurs de succès ?",
    ]
    assert [(line.time, line.title) for line in second.lines if line.time] == [
        (time(11), "Concert déambulation de Danger Zoo : chansons animalières, paysages loufoques et comptines rock"),
        (time(12), "Buffet"),
    ]


@pytest.mark.parametrize(
    ("as_of", "agenda"),
    [(datetime(2025, 4, 3, 9), AGENDA_OF_3_APRIL), (datetime(2025, 4, 15, 9), AGENDA_OF_3_APRIL[1:])],
)
def test_the_agenda_shows_what_is_still_to_come(tmp_path: Path, as_of: datetime, agenda: list[str]) -> None:
    workspace = copy_workspace(tmp_path, without="2025-04-mensuelle")
    assembled = assemble(workspace, "mensuelle", "2025-04", as_of=as_of)
    assert section_ids(workspace, assembled.issue_id)["agenda"] == agenda


@pytest.mark.parametrize(("publication", "number", "name", "as_of"), ASSEMBLED)
def test_the_shipped_issue_is_what_assembling_chooses(
    tmp_path: Path, publication: str, number: str, name: str, as_of: datetime
) -> None:
    workspace = copy_workspace(tmp_path)
    file = workspace.issues / "-".join(filter(None, (number, publication, name))) / "issue.toml"
    file.unlink()
    assembled = assemble(workspace, publication, number, as_of=as_of, name=name)
    assert assembled.path == file
    assert section_ids(workspace, assembled.issue_id) == section_ids(load_workspace(ROOT), assembled.issue_id)


@pytest.mark.parametrize(("publication", "number", "name", "as_of"), ASSEMBLED)
def test_assembling_the_shipped_issue_again_changes_nothing(
    tmp_path: Path, publication: str, number: str, name: str, as_of: datetime
) -> None:
    workspace = copy_workspace(tmp_path)
    assembled = assemble(workspace, publication, number, as_of=as_of, name=name)
    assert not assembled.changed
    shipped = ROOT / assembled.path.relative_to(tmp_path)
    assert assembled.path.read_bytes() == shipped.read_bytes()


def test_explain_has_a_draft_an_expired_a_past_and_a_later_snippet_to_tell_about(tmp_path: Path, pool: Pool) -> None:
    workspace = copy_workspace(tmp_path, without="2025-04-mensuelle")
    assembled = assemble(workspace, "mensuelle", "2025-04", as_of=datetime(2025, 4, 3, 9), write=False)
    left = {decision.snippet_id: decision.reason for decision in assembled.decisions if not decision.taken}
    drafts = [s.id for s in pool.snippets.values() if s.status is SnippetStatus.DRAFT]
    assert len(drafts) == 2
    told = [*drafts, "mois-de-l-ess-2024", "gard-ess-en-communs", "moments-ess-porte-du-hainaut"]
    assert all(left[snippet_id] for snippet_id in told)


def test_subjects_fit_an_inbox_row_and_preheaders_add_to_them(workspace: Workspace) -> None:
    for issue_id in ISSUES:
        issue = load_issue(workspace, issue_id).issue
        assert 20 <= len(issue.subject) <= 60
        assert 40 <= len(issue.preheader) <= 140
        assert issue.subject not in issue.preheader
        assert issue.send_at is not None


def test_there_is_a_sample_for_every_kind_and_it_shows_every_field() -> None:
    samples = sorted(path.name.removesuffix(".sample.md") for path in SAMPLES.glob("*.sample.md"))
    assert samples == sorted(KINDS)
    for kind in KINDS:
        read = read_snippet(SAMPLES / f"{kind}.sample.md", ROOT)
        assert read.findings == ()
        snippet = read.snippet
        assert snippet is not None
        assert snippet.kind == kind
        assert [name for name, value in snippet.details.items() if value is None] == []
        common = (snippet.title, snippet.lead, snippet.body, snippet.url, snippet.image, snippet.levels)
        assert all(common)
        assert all((snippet.regions, snippet.publish_from, snippet.expire_at))
        assert snippet.status is SnippetStatus.REVIEWED


def test_the_sample_list_has_thirty_invented_people_at_reserved_addresses(workspace: Workspace) -> None:
    with (ROOT / "lists" / "sample.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    addresses = {row["email"].casefold() for row in rows}
    assert len(rows) == len(addresses) == 30
    for address in addresses:
        domain = address.rpartition("@")[2]
        assert domain.endswith(".example") or domain in {"example.org", "example.com"}
    assert {row["niveau"] for row in rows} == {"commune", "intercommunalité", "département", "région", ""}
    assert {row["région"] for row in rows} <= set(workspace.configuration.regions)
    assert sum(not row["nom"] for row in rows) == 1
