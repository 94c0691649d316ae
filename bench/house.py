"""A whole house in a folder, made for one measure: people, an approved edition of a given size, keys."""

from datetime import UTC, datetime
from pathlib import Path

from rtesmail.delivery.approvals import approve
from rtesmail.model.edition import Edition
from rtesmail.model.publication import Configuration, Identity, Sender, SigningKey, Theme, Workspace
from rtesmail.store.opening import open_store

ISSUE = "2025-04-mensuelle"
LIST = "abonnes"
HTML_BYTES = 46_000
_MOMENT = "2025-01-01T00:00:00.000+00:00"
_SENTENCE = "Les collectivités et l'économie sociale et solidaire avancent ensemble, territoire par territoire. "


def workspace_in(root: Path) -> Workspace:
    """Give the house's workspace, without files of content."""
    identity = Identity(
        "RTES", "Réseau", "contact@rtes.example", "stop@rtes.example", public_url="https://lettre.rtes.example"
    )
    return Workspace(root, Configuration(identity, Theme({}, {}, "", ""), {}, {}))


def edition() -> Edition:
    """Give an edition of 46 KB of HTML with eight slots, as many as the shipped templates use."""
    paragraphs = [f"<p style='margin:0 0 12px;color:#1d2b2a'>{_SENTENCE}</p>\n"] * (HTML_BYTES // 150)
    slots = ("@@name@@", "@@organisation@@", "@@email@@", "@@unsubscribe_url@@", "@@preferences_url@@")
    for number, slot in enumerate((*slots, *slots[:3])):
        paragraphs.insert(number * len(paragraphs) // 8, f"<p>{slot}</p>\n")
    html = "".join(paragraphs)
    html = html[:HTML_BYTES] + "</p>"
    sender = Sender("RTES", "lettre@rtes.example")
    return Edition(ISSUE, "mensuelle", "fr", sender, "La newsletter d'avril", "", html, "Bonjour @@name@@,\n")


def build_house(root: Path, people: int) -> None:
    """Fill a database: the approved edition, and so many people on one list."""
    store = open_store(root / "lists" / "rtesmail.db")
    approve(store, edition(), by="Banc d'essai", now=datetime.now(UTC))
    store.conn.execute("BEGIN")
    store.conn.execute("INSERT INTO lists VALUES (1, ?, ?)", (LIST, _MOMENT))
    store.conn.executemany(
        "INSERT INTO subscribers (id, email, email_key, name, organisation, created_at, updated_at) "
        "VALUES (?1, ?2, ?2, ?3, 'Commune', ?4, ?4)",
        ((n, f"p{n:07d}@example.org", f"Personne {n}", _MOMENT) for n in range(1, people + 1)),
    )
    store.conn.execute("INSERT INTO memberships SELECT 1, id, created_at FROM subscribers")
    store.conn.execute("COMMIT")
    store.conn.close()


def make_keys(folder: Path) -> dict[str, SigningKey]:
    """Make one DKIM key of each kind."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

    made = {"rsa": rsa.generate_private_key(65537, 2048), "ed25519": ed25519.Ed25519PrivateKey.generate()}
    keys = {}
    for name, key in made.items():
        path = folder / f"{name}.pem"
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        path.chmod(0o600)
        keys[name] = SigningKey("rtes.example", name, path)
    return keys
