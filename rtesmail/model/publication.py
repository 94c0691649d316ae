"""What `rtesmail.toml` describes: who speaks, what is published, with which look and by which way out."""

from collections.abc import Mapping
from datetime import date, time
from enum import StrEnum
from pathlib import Path

from msgspec import Struct, field

from rtesmail.model.checking import CheckSettings
from rtesmail.model.consent import ListPurpose, PrivacySettings
from rtesmail.model.feedback import FeedbackPolicy
from rtesmail.model.feeds import FeedSettings
from rtesmail.model.mailboxes import MailboxSettings
from rtesmail.model.pictures import PictureSettings
from rtesmail.model.publishing import PublishingSettings
from rtesmail.model.security import Security
from rtesmail.model.serving import ServerSettings
from rtesmail.model.wishes import Frequency


class Identity(Struct, frozen=True):
    """The house that publishes. `public_url` (no trailing slash) is where web pages answer, empty when nowhere."""

    name: str
    full_name: str
    contact: str
    unsubscribe: str
    site: str = ""
    address: str = ""
    legal: str = ""
    public_url: str = ""
    language: str = "fr"
    time_zone: str = "Europe/Paris"


class Sender(Struct, frozen=True):
    """What stands in From and Reply-To."""

    name: str
    address: str
    reply_to: str = ""


class SectionOrder(StrEnum):
    """How the snippets of a section are sorted before a person moves them."""

    START = "start"
    NEWEST = "newest"
    TITLE = "title"
    PATH = "path"


class SectionRule(Struct, frozen=True):
    """What a section takes from the pool.

    `repeats` allows what an earlier issue of the publication already carried; `maximum` 0 means no limit;
    empty `levels` or `regions` take all. `featured` takes those alone that are marked so. Counted from the day on which
    the issue leaves, 0 meaning no limit: `days_ahead` is how far away the beginning may be, `days_old` how long ago the
    news, `days_left` how many days must remain to answer. `draws_on` names a publication whose last issues alone are
    drawn on, beside what lies beside the issue. `regional` shows what is about some regions to their readers only.
    """

    id: str
    title: str
    kinds: tuple[str, ...]
    order: SectionOrder = SectionOrder.PATH
    maximum: int = 0
    repeats: bool = False
    levels: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    featured: bool = False
    days_ahead: int = 0
    days_old: int = 0
    days_left: int = 0
    draws_on: str = ""
    regional: bool = False


class Publication(Struct, frozen=True):
    """A recurring product: the monthly newsletter, the quarterly letter, an invitation.

    `frequency` is its rhythm, None when it is occasional. `count_links` tells that its letters' links are counted.
    """

    id: str
    title: str
    template: str
    sender: Sender
    transport: str
    sections: tuple[SectionRule, ...]
    description: str = ""
    language: str = "fr"
    frequency: Frequency | None = None
    count_links: bool = False


class TransportKind(StrEnum):
    """The ways out that exist."""

    SMTP = "smtp"
    OUTBOX = "outbox"
    MAILDIR = "maildir"
    SENDMAIL = "sendmail"
    BREVO = "brevo"
    MAILJET = "mailjet"
    POSTMARK = "postmark"
    MAILGUN = "mailgun"
    SCALEWAY = "scaleway"
    SES = "ses"


LOOPBACK = ("localhost", "127.0.0.1", "::1")
"""Hosts that a message reaches without leaving this machine."""


SENDMAIL = ("/usr/sbin/sendmail",)
"""Where mail servers of every make put the program that takes a message on this machine."""


class Limits(Struct, frozen=True):
    """How fast messages may leave; 0 means no limit. Each window is exact to the message and slides."""

    connections: int = 0
    per_second: int = 0
    per_minute: int = 0
    per_hour: int = 0
    per_day: int = 0


class WarmUp(Struct, frozen=True):
    """A new sender's first days: `first_day` messages on the day `starts`, then `growth` times more each day."""

    starts: date
    first_day: int
    growth: float = 2.0


class DomainPace(Struct, frozen=True):
    """The pace of a group of recipient domains that one operator serves."""

    group: str
    domains: tuple[str, ...]
    limits: Limits


class PaceSettings(Struct, frozen=True):
    """A transport's pace: its own limits, those of each group of domains, a warm-up, and hours when nothing leaves.

    `quiet_hours` are local times of the house (begin, end), possibly over midnight.
    """

    limits: Limits = Limits()
    groups: tuple[DomainPace, ...] = ()
    warm_up: WarmUp | None = None
    quiet_hours: tuple[time, time] | None = None


class SigningKey(Struct, frozen=True):
    """One DKIM signature that a transport adds: the key's file, its selector and domain."""

    domain: str
    selector: str
    key_file: Path


class TransportSettings(Struct, frozen=True):
    """One `[transports.NAME]` table. Secrets are named, never held: `password_env` or `password_file`.

    `envelope_sender` is the MAIL FROM address, the From address when empty; with `verp` each delivery has its own
    variant of it, `NAME+DELIVERY-TAG@DOMAIN`. `ca_file` adds a private authority.
    `connections` is how many messages are under way at once; `messages_per_connection` 0 means as many as the server
    takes; `rest_seconds` is how long a connection first rests when the server sends it away. `fallback` names the
    transport that takes over for those still pending when this one cannot be used. A provider's key is its password,
    beside which `username` is Mailjet's public key, Scaleway's project or the access key of Amazon SES; `api_url`
    replaces the public address of its API, `stream` names the way inside it (Postmark's message stream, Mailgun's
    domain where it is not the sender's, a configuration set of Amazon SES), `region` where it runs.
    `command` is a sendmail-compatible program with its own options.
    """

    name: str
    kind: TransportKind
    host: str = "localhost"
    port: int = 25
    security: Security = Security.NONE
    username: str = ""
    password_env: str = ""
    password_file: Path | None = None
    ca_file: Path | None = None
    envelope_sender: str = ""
    verp: bool = False
    connections: int = 4
    messages_per_connection: int = 0
    rest_seconds: int = 5
    folder: Path | None = None
    command: tuple[str, ...] = SENDMAIL
    api_url: str = ""
    stream: str = ""
    region: str = ""
    fallback: str = ""
    pace: PaceSettings = PaceSettings()
    dkim: tuple[SigningKey, ...] = ()


class Theme(Struct, frozen=True):
    """Colours as `#rrggbb` by token name, for light and dark, and the two type families."""

    light: Mapping[str, str]
    dark: Mapping[str, str]
    title_font: str
    text_font: str


class Configuration(Struct, frozen=True):
    """All of `rtesmail.toml`, checked."""

    identity: Identity
    theme: Theme
    publications: Mapping[str, Publication]
    transports: Mapping[str, TransportSettings]
    regions: tuple[str, ...] = ()
    line_of: Mapping[str, int] = field(default_factory=dict)
    list_transports: Mapping[str, str] = field(default_factory=dict)
    list_purposes: Mapping[str, ListPurpose] = field(default_factory=dict)
    privacy: PrivacySettings = field(default_factory=PrivacySettings)
    server: ServerSettings = field(default_factory=ServerSettings)
    feedback: FeedbackPolicy = field(default_factory=FeedbackPolicy)
    mailboxes: Mapping[str, MailboxSettings] = field(default_factory=dict)
    senders: Mapping[str, Sender] = field(default_factory=dict)
    publishing: PublishingSettings = field(default_factory=PublishingSettings)
    checks: CheckSettings = field(default_factory=CheckSettings)
    feeds: Mapping[str, FeedSettings] = field(default_factory=dict)
    pictures: PictureSettings = field(default_factory=PictureSettings)

    @property
    def lists(self) -> frozenset[str]:
        """The lists that it names, whether anybody is on them yet or not."""
        return frozenset(
            (*self.list_transports, *self.list_purposes, *(open_list.name for open_list in self.server.lists))
        )

    def frequency_of(self, publication: str) -> str:
        """Give the rhythm of a publication, empty when it is occasional or no longer there."""
        known = self.publications.get(publication)
        return known.frequency or "" if known else ""


class Workspace(Struct, frozen=True):
    """The folder of `rtesmail.toml` and what it says."""

    root: Path
    configuration: Configuration

    @property
    def templates(self) -> Path:
        return self.root / "templates"

    @property
    def issues(self) -> Path:
        return self.root / "issues"

    @property
    def database(self) -> Path:
        return self.root / "lists" / "rtesmail.db"

    @property
    def secret_key(self) -> Path:
        return self.root / "lists" / "secret.key"

    @property
    def out(self) -> Path:
        return self.root / "out"
