"""One rtesmail run: `send_rtesmail.py ROOT PORT CONNECTIONS [KEY]`; prints seconds, messages and the peak in KB."""

import resource
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from house import ISSUE, LIST, edition, workspace_in

from rtesmail.delivery.sending import send_mailing
from rtesmail.model.publication import SigningKey, TransportKind, TransportSettings
from rtesmail.store.opening import open_store

root, port, connections = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
keys = tuple(SigningKey("rtes.example", name, root / f"{name}.pem") for name in sys.argv[4:])
transport = TransportSettings(
    "bench", TransportKind.SMTP, host="127.0.0.1", port=port, connections=connections, dkim=keys
)
store = open_store(root / "lists" / "rtesmail.db")
begun = time.perf_counter()
report = send_mailing(
    store,
    workspace_in(root),
    issue_id=ISSUE,
    edition=edition(),
    list_name=LIST,
    transport=transport,
    now=lambda: datetime.now(UTC),
)
seconds = time.perf_counter() - begun
print(seconds, report.sent_now, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
