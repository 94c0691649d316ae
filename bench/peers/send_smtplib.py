"""smtplib with an EmailMessage per person: `send_smtplib.py HTML PORT NUMBER`; prints seconds."""

import smtplib
import sys
import time
from email.message import EmailMessage
from pathlib import Path

html = Path(sys.argv[1]).read_text(encoding="utf-8")
port, number = int(sys.argv[2]), int(sys.argv[3])
begun = time.perf_counter()
with smtplib.SMTP("127.0.0.1", port) as server:
    for index in range(number):
        message = EmailMessage()
        message["From"], message["To"] = "lettre@rtes.example", f"p{index}@example.org"
        message["Subject"] = "La newsletter d'avril"
        message.set_content(f"Bonjour Personne {index},\n")
        message.add_alternative(html.replace("@@name@@", f"Personne {index}"), subtype="html")
        server.send_message(message)
print(time.perf_counter() - begun)
