"""A server that answers late: `slow_sink.py PORT MILLISECONDS`; each reply comes that long after what it answers."""

import asyncio
import sys

_END = b"\r\n.\r\n"


class SlowSink(asyncio.Protocol):
    """Takes everything; knows PIPELINING and SIZE."""

    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._received = bytearray()
        self._is_content = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._say(b"220 slow.example ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        begin = max(0, len(self._received) - len(_END))
        self._received += data
        while True:
            mark = _END if self._is_content else b"\r\n"
            end = self._received.find(mark, begin)
            if end < 0:
                return
            line = b"" if self._is_content else bytes(self._received[:end]).upper()
            del self._received[: end + len(mark)]
            begin = 0
            self._answer(line)

    def _answer(self, line: bytes) -> None:
        if self._is_content:
            self._is_content = False
            self._say(b"250 2.0.0 Ok\r\n")
        elif line.startswith(b"EHLO"):
            self._say(b"250-slow.example\r\n250-PIPELINING\r\n250 SIZE 10240000\r\n")
        elif line == b"DATA":
            self._is_content = True
            self._say(b"354 Go on\r\n")
        else:
            self._say(b"250 2.0.0 Ok\r\n")

    def _say(self, reply: bytes) -> None:
        asyncio.get_running_loop().call_later(self._delay, self._transport.write, reply)


async def serve(port: int, delay: float) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: SlowSink(delay), "127.0.0.1", port)
    await server.serve_forever()


asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2]) / 1000))
