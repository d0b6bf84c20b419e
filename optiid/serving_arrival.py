"""What has arrived of a request: collected without a thread, until it is whole or its time is over (rule R16).

Here it is only found out where a request ends. Whether it is lawful is for gunicorn's parser, which is given exactly
the bytes that were collected; where the two disagree the parser sees the end of its input, and the connection ends.
"""

from __future__ import annotations

import re
from tempfile import SpooledTemporaryFile

# gunicorn refuses a longer head: one line of 8190 bytes and 64 fields of as many.
LARGEST_HEAD = 65 * 8192
LONGEST_CHUNK_LINE = 4096
# A body in chunks may be so many times longer than what is in them.
CHUNK_OVERHEAD = 2
IN_MEMORY = 256 * 1024
END_OF_HEAD = b"\r\n\r\n"
_LENGTH = re.compile(rb"(?i)\r\ncontent-length:[ \t]*(\d{1,15})[ \t]*(?=\r\n)")
_CODING = re.compile(rb"(?i)\r\ntransfer-encoding:[ \t]*([^\r\n]*?)[ \t]*(?=\r\n)")
_EXPECTATION = re.compile(rb"(?i)\r\nexpect:[ \t]*100-continue[ \t]*(?=\r\n)")
_CREDENTIAL = re.compile(rb"(?i)\r\nauthorization:[ \t]*([^\r\n]*?)[ \t]*(?=\r\n)")
_SIZE = re.compile(rb"[0-9A-Fa-f]{1,8}")


class Spool:
    """Bytes on their way, first in first out: in memory while they are few, else in a temporary file."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - closed by `close`
        self._written = self._read = 0

    def __len__(self) -> int:
        """Return how many bytes are to be read yet."""
        return self._written - self._read

    def write(self, data: bytes | memoryview) -> None:
        """Add bytes at the end."""
        self._file.seek(self._written)
        self._written += self._file.write(data)

    def peek(self, size: int) -> bytes:
        """Return at most so many of the first bytes; they stay."""
        self._file.seek(self._read)
        return self._file.read(size)

    def drop(self, size: int) -> None:
        """Forget the first bytes."""
        self._read += size
        if self._read == self._written:
            self._file.seek(0)
            self._file.truncate()
            self._written = self._read = 0

    def close(self) -> None:
        """Give the memory or the file back."""
        self._file.close()


class Counted:
    """A body whose length was announced."""

    def __init__(self, length: int) -> None:
        self._left = length

    @property
    def ended(self) -> bool:
        """Return whether all of it has arrived."""
        return self._left == 0

    def take(self, data: bytes) -> int:
        """Return how many of these bytes belong to the body."""
        taken = min(self._left, len(data))
        self._left -= taken
        return taken


class Chunked:
    """A body in chunks (RFC 9112, section 7.1); what is no chunk ends it, and the parser says why."""

    def __init__(self, largest: int) -> None:
        self.ended = False
        self._left = 0  # of the chunk at hand, with the line end behind it
        self._room = CHUNK_OVERHEAD * largest
        self._line = bytearray()
        self._in_trailers = False

    def take(self, data: bytes) -> int:
        """Return how many of these bytes belong to the body."""
        at = 0
        while at < len(data) and not self.ended:
            if self._left:
                step = min(self._left, len(data) - at)
                self._left -= step
                at += step
            else:
                end = data.find(b"\n", at)
                stop = end + 1 or len(data)
                self._line += data[at:stop]
                at = stop
                self._read_line(whole=end >= 0)
        self._room -= at
        self.ended = self.ended or self._room < 0
        return at

    def _read_line(self, *, whole: bool) -> None:
        if not whole:
            self.ended = len(self._line) > LONGEST_CHUNK_LINE
            return
        line = bytes(self._line).strip()
        self._line.clear()
        size = line.split(b";")[0].strip()
        if self._in_trailers:
            self.ended = not line
        elif _SIZE.fullmatch(size) is None:
            self.ended = True
        else:
            length = int(size, 16)
            self._in_trailers = length == 0
            self._left = length + 2 if length else 0


class Arrival:
    """One request on its way in; `largest` is the longest body that any resource takes."""

    def __init__(self, largest: int) -> None:
        self.complete = False
        self.expects = False  # the client waits for "100 Continue" before it sends the body
        self.target = b""  # method and path, as they were sent
        self.credential = b""  # likewise; nothing says that it is one
        self._largest = largest
        self._head = bytearray()
        self._body: Counted | Chunked | None = None
        self._kept: Spool | None = None

    @property
    def began(self) -> bool:
        """Return whether anything of a request has arrived."""
        return bool(self._head)

    def take(self, data: bytes) -> bytes:
        """Keep what arrived. Returns what belongs to the next request already."""
        if self._body is None:
            data = self._take_head(data)
        if self._body is not None:
            taken = self._body.take(data)
            if taken:
                self._spool(data[:taken])
            self.complete = self._body.ended
            return data[taken:]
        return b""

    def end(self) -> None:
        """Note that the client sends no more: a half body is for the application to refuse."""
        self.complete = self._body is not None

    def read(self, size: int) -> bytes:
        """Return the next bytes of what arrived, b"" after the last."""
        if self._head:
            first = bytes(self._head)
            self._head.clear()
            return first
        if self._kept is None:
            return b""
        found = self._kept.peek(size)
        self._kept.drop(len(found))
        return found

    def close(self) -> None:
        """Give back what was kept."""
        if self._kept is not None:
            self._kept.close()

    def _take_head(self, data: bytes) -> bytes:
        searched = max(0, len(self._head) - len(END_OF_HEAD))
        self._head += data
        if searched == 0:  # empty lines before a request are passed over (RFC 9112, section 2.2)
            del self._head[: len(self._head) - len(self._head.lstrip(b"\r\n"))]
        end = self._head.find(END_OF_HEAD, searched)
        if end < 0:
            self.complete = len(self._head) > LARGEST_HEAD
            return b""
        end += len(END_OF_HEAD)
        head, rest = bytes(self._head[:end]), bytes(self._head[end:])
        self.target = head.split(b"\r\n", 1)[0].rpartition(b" ")[0]
        credential = _CREDENTIAL.search(head)
        self.credential = credential[1] if credential else b""
        self._body = self._announced(head)
        self.expects = not self._body.ended and _EXPECTATION.search(head) is not None
        self._head = bytearray(_EXPECTATION.sub(b"", head) if self.expects else head)
        return rest

    def _announced(self, head: bytes) -> Counted | Chunked:
        lengths = _LENGTH.findall(head)
        codings = _CODING.findall(head)
        if codings:  # other codings, and both at once, are refused by the parser
            is_lawful = not lengths and [coding.lower() for coding in codings] == [b"chunked"]
            return Chunked(self._largest) if is_lawful else Counted(0)
        length = int(lengths[0]) if len(lengths) == 1 else 0
        # A body that no resource takes is not waited for: the application refuses it by its head.
        return Counted(length if length <= self._largest else 0)

    def _spool(self, data: bytes) -> None:
        if self._kept is None:
            self._kept = Spool()
        self._kept.write(data)
