"""aiosmtplib with bytes encoded beforehand: `send_aiosmtplib.py FILE PORT CONNECTIONS NUMBER`; prints seconds."""

import asyncio
import sys
import time
from pathlib import Path

import aiosmtplib

message = Path(sys.argv[1]).read_bytes()
port, connections, number = (int(text) for text in sys.argv[2:])


async def lane(share: int) -> None:
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port) as client:
        for index in range(share):
            await client.sendmail("lettre@rtes.example", [f"p{index}@example.org"], message)


async def main() -> None:
    await asyncio.gather(*(lane(number // connections) for _lane in range(connections)))


begun = time.perf_counter()
asyncio.run(main())
print(time.perf_counter() - begun)
