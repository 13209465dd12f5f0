"""A FastCGI client, for tests that speak to a program without a web server."""
import socket
import struct

BEGIN, ABORT, END, PARAMS, STDIN, STDOUT = 1, 2, 3, 4, 5, 6


def record(kind, data=b"", rid=1):
    return struct.pack(">BBHHBB", 1, kind, rid, len(data), 0, 0) + data


def pairs(d):
    def size(n):
        return bytes([n]) if n < 128 else struct.pack(">I", n | 0x80000000)

    return b"".join(
        size(len(k)) + size(len(v)) + k + v for k, v in ((k.encode(), v.encode()) for k, v in d)
    )


def stream(kind, data):
    return b"".join(record(kind, data[i : i + 65000]) for i in range(0, len(data), 65000)) + record(
        kind
    )


def connect(where, seconds=20):
    c = socket.socket(
        socket.AF_UNIX
        if where.startswith("/")
        else socket.AF_INET6
        if where.startswith("[")
        else socket.AF_INET
    )
    c.settimeout(seconds)
    c.connect(
        where
        if where.startswith("/")
        else (where.rsplit(":", 1)[0].strip("[]"), int(where.rsplit(":", 1)[1]))
    )
    return c


def reply(c):
    """(what was written to STDOUT, END_REQUEST seen, clean end of file)."""
    data = b""
    try:
        while True:
            piece = c.recv(262144)
            if not piece:
                eof = True
                break
            data += piece
    except OSError:
        eof = False
    out, ended = b"", False
    while len(data) >= 8:
        _, kind, _, n, pad, _ = struct.unpack(">BBHHBB", data[:8])
        if kind == STDOUT:
            out += data[8 : 8 + n]
        ended = ended or kind == END
        data = data[8 + n + pad :]
    return out, ended, eof


def request(method, path, headers=(), body=b""):
    """A whole request, as a web server sends it."""
    query = path.partition("?")[2]
    variables = [
        ("REQUEST_METHOD", method),
        ("REQUEST_URI", path),
        ("QUERY_STRING", query),
        ("REMOTE_ADDR", "127.0.0.1"),
        ("CONTENT_LENGTH", str(len(body))),
        *(("HTTP_" + k.upper().replace("-", "_"), v) for k, v in headers),
    ]
    if body:
        variables.append(("CONTENT_TYPE", "application/json"))
    return (
        record(BEGIN, struct.pack(">HB5x", 1, 0))
        + stream(PARAMS, pairs(variables))
        + stream(STDIN, body)
    )
