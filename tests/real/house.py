"""A house with an approved edition and thirty people, and one way to send it to them."""

from datetime import UTC, datetime
from pathlib import Path

from sqlite_utils import Database

from rtesmail.delivery.approvals import approve
from rtesmail.delivery.clock import Clock, utc_now
from rtesmail.delivery.sending import SendReport, send_mailing
from rtesmail.model.edition import Edition, EditionImage
from rtesmail.model.publication import Configuration, Identity, Sender, Theme, TransportSettings, Workspace
from rtesmail.store.opening import open_store

PEOPLE = 30
EVERYBODY = [f"p{number:02d}@lecteurs.example" for number in range(1, PEOPLE + 1)]


def make_house(root: Path) -> tuple[Workspace, Edition]:
    """A workspace with an approved edition and thirty people."""
    identity = Identity("RTES", "Réseau", "c@rtes.example", "stop@rtes.example", public_url="https://l.rtes.example")
    workspace = Workspace(root, Configuration(identity, Theme({}, {}, "", ""), {}, {}))
    edition = Edition(
        issue="2025-04-mensuelle",
        publication="mensuelle",
        language="fr",
        sender=Sender("RTES", "lettre@rtes.example", "contact@rtes.example"),
        subject="Avril 2025 : les rendez-vous de l’économie solidaire",
        preheader="",
        html="<p>Bonjour @@name@@</p>\n.\n<p>" + "é" * 3000 + '</p><img src="cid:logo" alt="">',
        text="Bonjour @@name@@,\n.\n..\nÀ bientôt !\n",
        images=(EditionImage("logo", "image/png", bytes(range(256)) * 50),),
    )
    store = open_store(workspace.database)
    moment = "2025-01-01T00:00:00.000+00:00"
    approve(store, edition, by="Une Relectrice", now=datetime.now(UTC))
    store.conn.execute("INSERT INTO lists VALUES (1, 'abonnes', ?)", (moment,))
    for number in range(1, PEOPLE + 1):
        address = EVERYBODY[number - 1]
        store.conn.execute(
            "INSERT INTO subscribers (id, email, email_key, name, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)",
            (number, address, address, f"Zoé <n° {number}>", moment, moment),
        )
        store.conn.execute("INSERT INTO memberships VALUES (1, ?, ?)", (number, moment))
    store.conn.close()
    return workspace, edition


def send_to_all(
    store: Database,
    workspace: Workspace,
    edition: Edition,
    transport: TransportSettings,
    now: Clock = utc_now,
) -> SendReport:
    return send_mailing(
        store,
        workspace,
        issue_id=edition.issue,
        edition=edition,
        list_name="abonnes",
        transport=transport,
        now=now,
    )
