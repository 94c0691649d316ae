"""Where links lead, and whether their words say it."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from rtesmail.checks.addresses import without_counters
from rtesmail.checks.registry import run_checks
from rtesmail.content.hosts import is_private_host
from rtesmail.model.checking import CheckSettings
from rtesmail.model.content import Issue
from rtesmail.model.edition import Edition, EditionImage
from rtesmail.model.findings import Finding
from rtesmail.model.publication import Workspace

Findings = tuple[Finding, ...]


def told(findings: Findings) -> list[tuple[str, str]]:
    return [(finding.check, finding.severity.value) for finding in findings]


@pytest.mark.parametrize(
    ("address", "clean"),
    [
        ("https://www.example.org/a?utm_source=x&amp;page=2&amp;utm_medium=y", "https://www.example.org/a?page=2"),
        ("https://www.example.org/?mc_cid=1&amp;mc_eid=2", "https://www.example.org/"),
        ("https://www.example.org/a?fbclid=z#part", "https://www.example.org/a#part"),
        ("https://www.example.org/a#xtor=RSS-1", "https://www.example.org/a"),
    ],
)
def test_a_link_that_tells_where_the_reader_comes_from_is_shown_clean(
    check_html: Callable[[str], Findings], address: str, clean: str
) -> None:
    (found,) = check_html(f'<a href="{address}">Le site</a>')
    assert (found.check, found.severity.value) == ("tracked-link", "warning")
    assert found.hint.endswith(f": {clean}")


@pytest.mark.parametrize(
    "host",
    [
        "eur01.safelinks.protection.outlook.com",
        "rtes.us1.list-manage.com",
        "u1.ct.sendgrid.net",
        "x.mjt.lu",
        "r.bh.d.sendibt3.com",
        "bit.ly",
    ],
)
def test_a_detour_that_counts_who_clicks_is_a_warning(check_html: Callable[[str], Findings], host: str) -> None:
    assert told(check_html(f'<a href="https://{host}/x">Le site</a>')) == [("tracked-link", "warning")]


@pytest.mark.parametrize(
    "address",
    [
        "https://www.example.org/utm_source",
        "https://www.example.org/a?source=utm_source",
        "https://habit.ly/",
        "https://www.example.org/a?b&amp;c=&amp;c=",
    ],
)
def test_a_link_straight_to_a_page_passes(check_html: Callable[[str], Findings], address: str) -> None:
    assert check_html(f'<a href="{address}">Le site</a>') == ()


@given(
    st.lists(st.sampled_from(["a=1", "utm_source=x", "b", "", "fbclid=", "c=%C3%A9"]), max_size=5),
    st.sampled_from(["", "#p", "#xtor=1", "#a=b"]),
)
def test_what_is_no_counter_stays_in_the_address_and_twice_changes_nothing(pieces: list[str], end: str) -> None:
    clean = without_counters(f"https://www.example.org/p?{'&'.join(pieces)}{end}")
    assert without_counters(clean) == clean
    assert "utm_source" not in clean
    assert all(piece in clean for piece in ("a=1", "c=%C3%A9") if piece in pieces)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "[::1]",
        "[fe80::1]",
        "[fd00::1]",
        "[::ffff:10.0.0.1]",
        "[64:ff9b::a00:1]",
        "[::a00:1]",
        "[::ffff:0:7f00:1]",
        "[64:ff9b:1::a00:1]",
        "[fec0::1]",
        "192.0.0.8",
        "[2002:7f00:1::]",
        "localhost",
        "intranet",
        "serveur.local",
        "docs.intranet",
        "nas.home.arpa",
        "ged.ville.lan.",
    ],
)
def test_a_link_into_ones_own_network_is_an_error(check_html: Callable[[str], Findings], host: str) -> None:
    assert told(check_html(f'<a href="https://{host}/x">La note</a>')) == [("private-link", "error")]


@pytest.mark.parametrize(
    "host", ["www.example.org", "93.184.216.34", "local.example.org", "[2606:4700::1]", "a.locale"]
)
def test_a_public_site_is_none(host: str) -> None:
    assert not is_private_host(host)


@pytest.mark.parametrize("login", ["anne:secret", "anne", ":secret"])
def test_a_password_in_a_link_is_an_error_and_is_not_repeated(
    check_html: Callable[[str], Findings], login: str
) -> None:
    (found,) = check_html(f'<a href="https://{login}@nuage.example.org/dossier">Le dossier</a>')
    assert (found.check, found.severity.value) == ("private-link", "error")
    assert "nuage.example.org" in found.message
    assert login not in found.message + found.hint


def test_a_name_after_the_site_is_no_login(check_html: Callable[[str], Findings]) -> None:
    assert check_html('<a href="https://social.example.org/@rtes">Le RTES</a>') == ()


def test_the_house_may_name_a_site_of_its_own(workspace: Workspace, issue: Issue, edition: Edition) -> None:
    allowed = CheckSettings(private_hosts=("docs.intranet",))
    own = replace(workspace, configuration=replace(workspace.configuration, checks=allowed))
    html = edition.html.replace("</body>", '<a href="https://docs.intranet/x">La note</a></body>')
    assert run_checks(own, issue, replace(edition, html=html)) == ()
    assert run_checks(workspace, issue, replace(edition, html=html)) != ()


@pytest.mark.parametrize(
    "words",
    [
        *("ici", "Cliquez ici", "cliquez <b>ici</b>&nbsp;!", "Click here", "→ this link", "Lien", "« ici »", "(ici)"),
        *("En savoir plus", "Pour en savoir plus, cliquez-ici", "Lire la suite", "en cliquant sur ce lien"),
        *("Read more", "plus d’infos", "par là"),
    ],
)
def test_words_that_do_not_say_where_a_link_leads(check_html: Callable[[str], Findings], words: str) -> None:
    assert told(check_html(f'<a href="https://www.example.org/x">{words}</a>')) == [("link-words", "warning")]


@pytest.mark.parametrize(
    "link",
    [
        '<a href="https://www.example.org/x">Le programme</a>',
        '<a href="https://www.example.org/x" aria-label="Le programme">Ici</a>',
        '<a href="https://www.example.org/x"><img src="https://www.example.org/a.png" alt="Une place"></a>',
        '<a name="ici">Ici</a>',
        '<a href="https://www.example.org/x">La Suite</a>',
        '<a href="https://www.example.org/x">Lire le guide</a>',
    ],
)
def test_words_that_do_pass(check_html: Callable[[str], Findings], link: str) -> None:
    assert check_html(link) == ()


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        ('src="https://a.example/o.gif" width="1" height="1"', "Nobody can see"),
        ('src="http://a.example/o.gif" width="0"', "Nobody can see"),
        ('src="//a.example/o.gif" style="width:1px!important;max-height:0px"', "Nobody can see"),
        ('src="https://a.example/o.gif" width="40" height="40" style="display:none !important"', "Nobody can see"),
        ('src="https://a.example/o.gif" class="unknown" style="visibility:hidden"', "Nobody can see"),
        ('src="https://a.example/p.png?to=@@email@@"', "another for each reader"),
        ('src="https://a.example/@@unsubscribe_url@@/p.png"', "another for each reader"),
        ('src="https://a.example/p.png?mc_eid=1a2b"', "counts who opens"),
        ('src="https://x.list-manage.com/p.png"', "counts who opens"),
        ('src="https://stats.a.example/matomo.php?idsite=1&rec=1"', "counts who opens"),
        ('src="https://www.google-analytics.com/collect?v=1"', "counts who opens"),
        ('src="https://u1.ct.example/wf/open?upn=abc"', "counts who opens"),
    ],
)
def test_a_picture_that_tells_who_opens_the_letter_is_an_error(
    check_html: Callable[[str], Findings], picture: str, words: str
) -> None:
    found = [one for one in check_html(f'<img {picture} alt="Une place">') if one.check == "tracking-picture"]
    assert [(one.severity.value, words in one.message) for one in found] == [("error", True)]
    (hidden,) = [
        one
        for one in check_html('<div style="display:none"><img src="https://a.example/o.gif" alt=""></div>')
        if one.check == "tracking-picture"
    ]
    assert "Nobody can see" in hidden.message


@pytest.mark.parametrize(
    "picture",
    [
        'src="https://a.example/p.png" width="600" height="1"',
        'src="https://a.example/p.png" width="600" style="height:auto;max-width:100%"',
        'src="https://a.example/p@2x.png" style="width:100%;opacity:0.5"',
        'src="https://a.example/tr/open-day.png?v=12"',
        'src="https://a.example/facebook.com/tr"',
        'src="cid:abc@rtesmail" width="1" height="1"',
        'src="data:image/gif;base64,R0lGOD" width="1" height="1"',
    ],
)
def test_a_picture_to_look_at_and_a_spacer_of_ones_own_are_left_alone(
    check_html: Callable[[str], Findings], picture: str
) -> None:
    assert [one for one in check_html(f'<img {picture} alt="Une place">') if one.check == "tracking-picture"] == []


def test_a_spacer_on_the_houses_own_server_and_a_picture_for_the_dark_theme_are_left_alone(
    workspace: Workspace, issue: Issue, edition: Edition
) -> None:
    spacer = EditionImage("a@rtesmail", "image/gif", b"GIF", url="https://images.example/a.gif")
    pieces = (
        "<style>@media (prefers-color-scheme:dark){.night{display:block!important}}</style>"
        '<img src="https://images.example/a.gif" width="1" height="1" alt="">'
        '<img class="night" style="display:none" src="https://a.example/nuit.png" alt="Une place">'
    )
    html = edition.html.replace("</body>", f"{pieces}</body>")
    assert run_checks(workspace, issue, replace(edition, html=html, hosted=(spacer,))) == ()


@pytest.mark.parametrize(
    ("piece", "said"),
    [
        (
            '<table role="none"><tr><td background="https://a.example/@@email@@.png">a</td></tr></table>',
            "another for each",
        ),
        ('<p style="background-image:url(https://a.example/?m=@@email@@)">a</p>', "another for each"),
        ("<style>p{background:url('https://a.example/@@name@@')}</style>", "another for each"),
        (
            '<img src="https://a.example/a.png" srcset="https://a.example/@@email@@ 2x" alt="Une place">',
            "another for each",
        ),
        ('<p style="background:url(https://www.google-analytics.com/collect?x)">a</p>', "counts who opens it"),
        ('<style>@import "https://a.example/a.css?utm_source=lettre";</style>', "counts who opens it"),
    ],
)
def test_what_else_a_letter_loads_tells_nobody_who_opens_it(
    check_html: Callable[[str], Findings], piece: str, said: str
) -> None:
    (found,) = [finding for finding in check_html(piece) if finding.check != "client-support"]
    assert (found.check, found.severity.value) == ("tracking-picture", "error")
    assert said in found.message


def test_a_ground_that_is_the_same_for_everybody_is_left_alone(check_html: Callable[[str], Findings]) -> None:
    found = check_html('<p style="background-image:url(https://www.example.org/fond.png)">a</p>')
    assert {finding.check for finding in found} <= {"client-support"}


@pytest.mark.parametrize("address", ["https://www.example.org/?m=@@email@@", "https://www.example.org/@@name@@"])
def test_a_link_that_tells_its_site_who_clicks_is_an_error(check_html: Callable[[str], Findings], address: str) -> None:
    (found,) = check_html(f'<a href="{address}">Le site</a>')
    assert (found.check, found.severity.value) == ("tracked-link", "error")
    assert "another for each reader" in found.message


def test_a_picture_that_only_the_houses_own_network_shows_is_an_error(check_html: Callable[[str], Findings]) -> None:
    found = check_html('<img src="https://serveur.local/place.png" alt="Une place">')
    assert [(one.check, one.severity.value) for one in found] == [("private-link", "error")]
