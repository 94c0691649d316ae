"""The preview's forms for tests: read from its pages, and sent as a browser sends them."""

import re
from collections.abc import Mapping, Sequence
from html import unescape

import requests

from rtesmail.content.workspace import load_workspace
from rtesmail.delivery.approvals import latest_approval
from rtesmail.model.edition import Approval
from rtesmail.store.opening import open_store

from .conftest import APRIL, Preview

PAGE = f"/issue/{APRIL}"


def form_of(page: str, deed: str) -> str:
    """The markup of one of a page's forms."""
    return page.split(f'action="/issue/{APRIL}/{deed}"')[1].split("</form>")[0]


def fields_of(preview: Preview, path: str = PAGE, deed: str = "proof") -> dict[str, str]:
    """The hidden fields of a page's proof, which its approval has too."""
    form = form_of(preview.page(path), deed)
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form))


def send(preview: Preview, deed: str, fields: Mapping[str, str | Sequence[str]], **headers: str) -> requests.Response:
    """Send a form as a browser sends it from the preview's own page, but for `headers`."""
    own = {"Origin": preview.url, "Sec-Fetch-Site": "same-origin"}
    return requests.post(f"{preview.url}{PAGE}/{deed}", data=fields, headers={**own, **headers}, timeout=60)


def told(answer: requests.Response) -> str:
    """The words of the notice on the page that follows a form."""
    assert answer.status_code == 200, answer.text
    notice = answer.text.split('id="notice"')[1].split("</div>")[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", notice.split(">", 1)[1])).split())


def approved(preview: Preview) -> Approval | None:
    """The last yes to the issue."""
    database = load_workspace(preview.root).database
    if not database.exists():
        return None
    store = open_store(database)
    try:
        return latest_approval(store, APRIL)
    finally:
        store.conn.close()


def approver(preview: Preview) -> str | None:
    approval = approved(preview)
    return approval.approved_by if approval else None
