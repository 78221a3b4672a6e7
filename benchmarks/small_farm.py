"""A farm of feeds on this machine, for the benchmark of polling: a server in a process of its own.

    python benchmarks/small_farm.py FEEDS     prints its port, and serves until it is ended

``/feed/N`` is a feed (RSS, Atom or RDF, in one of four languages) of 20 to 50 entries, some two
thousand characters each, with ETag and Last-Modified and compressed where that is accepted.
``/bump`` puts one new entry into each, in place of its oldest. The same number of feeds is the same
farm every time, but for its dates, which end now.
"""

from __future__ import annotations

import asyncio
import gzip
import random
import sys
import time
from collections import deque
from email.utils import formatdate
from html import escape

_WORDS = {
    "en": "minister court river council market storm police school bridge harbour budget talks "
    "witness Monday spokesman district rain harvest ferry strike hospital vote treaty border",
    "it": "ministro tribunale fiume consiglio mercato tempesta polizia scuola ponte porto bilancio "
    "colloqui testimone lunedì portavoce quartiere pioggia raccolto traghetto sciopero perché",
    "fr": "ministre tribunal fleuve conseil marché tempête police école pont port budget été "
    "négociations témoin lundi porte-parole quartier pluie récolte grève hôpital traité frontière",
    "ru": "министр суд река совет рынок буря полиция школа мост порт бюджет переговоры свидетель "
    "понедельник представитель район дождь урожай паром забастовка больница договор граница",
}
_SMALL = {
    "en": "the of and in to that was for with on",
    "it": "il di e in che la era per con non",
    "fr": "le de et en que la était pour avec dans",
    "ru": "и в на что с по не был для из",
}
_KINDS = ("rss", "rss", "rss", "atom", "atom", "rdf")
_HEADS = {
    "rss": '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Feed {n}</title>'
    "<link>https://farm.example/</link><description>Benchmark</description>"
    "<language>{language}</language><lastBuildDate>{date}</lastBuildDate>\n",
    "atom": '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" '
    'xml:lang="{language}"><id>urn:farm:{n}</id><title>Feed {n}</title><updated>{iso}</updated>'
    '<link href="https://farm.example/"/>\n',
    "rdf": '<?xml version="1.0"?>\n<rdf:RDF xmlns="http://purl.org/rss/1.0/" '
    'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://farm.example/">'
    "<title>Feed {n}</title><link>https://farm.example/</link><description>Benchmark</description>"
    "<dc:language>{language}</dc:language></channel>\n",
}
_TAILS = {"rss": "</channel></rss>", "atom": "</feed>", "rdf": "</rdf:RDF>"}
_ENTRIES = {
    "rss": "<item><title>{title}</title><link>{link}</link>"
    '<guid isPermaLink="false">{id}</guid><pubDate>{date}</pubDate>'
    "<dc:creator>{author}</dc:creator><category>World</category><description>{summary}</description>"
    "<content:encoded><![CDATA[{html}]]></content:encoded></item>\n",
    "atom": '<entry><id>{id}</id><title>{title}</title><link href="{link}"/>'
    "<published>{iso}</published><updated>{iso}</updated><author><name>{author}</name></author>"
    '<summary>{summary}</summary><content type="html">{escaped}</content></entry>\n',
    "rdf": '<item rdf:about="{link}"><title>{title}</title><link>{link}</link>'
    "<dc:date>{iso}</dc:date><dc:creator>{author}</dc:creator><description>{escaped}</description></item>\n",
}


class Feed:
    """One feed: its entries, and its answer as it stands."""

    def __init__(self, number: int, now: float) -> None:
        self.number = number
        self._random = random.Random(number)
        self._kind = self._random.choice(_KINDS)
        self._language = self._random.choice(list(_WORDS))
        self._entries: deque[str] = deque(maxlen=self._random.randint(20, 50))
        self._made = 0
        for age in range(self._entries.maxlen or 0, 0, -1):
            self._add(now - 600 * age)
        self._render(now)

    def bump(self) -> None:
        """One new entry, in place of the oldest."""
        now = time.time()
        self._add(now)
        self._render(now)

    def _add(self, moment: float) -> None:
        self._made += 1
        link = f"https://farm.example/{self.number}/{self._made}"
        html = self._html(link)
        self._entries.appendleft(
            _ENTRIES[self._kind].format(
                title=f"{self._sentence(7)[:-1]} {self.number}.{self._made}",
                link=link,
                id=f"urn:farm:{self.number}:{self._made}",
                author="Farm Desk",
                summary=self._sentence(25),
                html=html,
                escaped=escape(html),
                **_dates(moment),
            )
        )

    def _html(self, link: str) -> str:
        paragraphs = [
            " ".join(self._sentence(self._random.randint(8, 20)) for _ in range(4))
            for _ in range(4)
        ]
        more = (
            f'<p><a href="{link}" rel="nofollow">…</a><img src="{link}.png" width="1" alt=""/></p>'
        )
        return "".join(f"<p>{text} <b>{self._sentence(3)}</b></p>\n" for text in paragraphs) + more

    def _sentence(self, words: int) -> str:
        draw = self._random
        long, small = _WORDS[self._language].split(), _SMALL[self._language].split()
        said = " ".join(
            draw.choice(long) if turn % 2 else draw.choice(small) for turn in range(words)
        )
        return f"{said[0].upper()}{said[1:]}."

    def _render(self, moment: float) -> None:
        head = _HEADS[self._kind].format(n=self.number, language=self._language, **_dates(moment))
        self.body = (head + "".join(self._entries) + _TAILS[self._kind]).encode()
        self.packed = gzip.compress(self.body, 3)
        self.etag = f'"{self.number}-{self._made}"'
        self.modified = formatdate(moment, usegmt=True)

    def answer(self, request: str) -> bytes:
        """The bytes to send."""
        fields = f"ETag: {self.etag}\r\nLast-Modified: {self.modified}\r\n"
        if f"if-none-match: {self.etag}" in request.lower():
            return f"HTTP/1.1 304 Not Modified\r\n{fields}\r\n".encode()
        body = self.body
        if "gzip" in request.lower():
            body, fields = self.packed, f"{fields}Content-Encoding: gzip\r\n"
        fields += f"Content-Type: application/xml\r\nContent-Length: {len(body)}\r\n"
        return f"HTTP/1.1 200 OK\r\n{fields}\r\n".encode() + body


def _dates(moment: float) -> dict[str, str]:
    iso = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))
    return {"date": formatdate(moment, usegmt=True), "iso": iso}


class Farm(asyncio.Protocol):
    """One connection to the farm."""

    def __init__(self, feeds: list[Feed]) -> None:
        self._feeds = feeds
        self._held = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        *requests, self._held = (self._held + data).split(b"\r\n\r\n")
        for request in requests:
            self._transport.write(self._answer(request.decode("latin-1")))  # type: ignore[attr-defined]

    def _answer(self, request: str) -> bytes:
        path = request.split()[1]
        if path.startswith("/feed/"):
            return self._feeds[int(path.removeprefix("/feed/"))].answer(request)
        if path == "/bump":
            for feed in self._feeds:
                feed.bump()
        return b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


async def main(count: int) -> None:
    """Serve until ended; standard output gets the port, and bytes and entries of the farm."""
    now = time.time()
    feeds = [Feed(number, now) for number in range(count)]
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Farm(feeds), "127.0.0.1", 0)
    entries = sum(len(feed._entries) for feed in feeds)
    size = sum(len(feed.body) for feed in feeds)
    print(server.sockets[0].getsockname()[1], size, entries, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
