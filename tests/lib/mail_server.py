"""A mail server that does what it is told, and keeps what it was given.

    with MailServer() as server:
        server.url()                    # smtp://127.0.0.1:port
        server.answer("RCPT", "550 5.1.1 no such user", times=1)
        server.messages                 # what was accepted, in order: Message
    MailServer(bodies=False)            # keeps envelopes and headers, for tests that send thousands

answer(verb, *steps, times=None, when="") replaces the reply to a command ("CONNECT" and "BODY" are
the greeting and the end of the data) for the next `times` of them, or all; `when`: to those with
this text. A step is a text, sent with CR LF; bytes, sent as they are; a number, a pause in seconds;
CLOSE, RESET, or HANG until the client leaves; ACCEPT: the usual reply. `cert`: a file with
certificate and key, to offer STARTTLS; tls=True: TLS from the start."""
import base64
import email
import email.policy
import re
import socket
import ssl
import struct
import threading
import time

CLOSE, RESET, HANG, ACCEPT = object(), object(), object(), object()
LINE_MAX, DATA_MAX = 65536, 16 << 20


class Message:
    """sender, recipients: the envelope; raw: the bytes; login: the user; tls: its version."""

    def __init__(self, sender, recipients, raw, login, tls):
        self.sender, self.recipients, self.raw = sender, recipients, raw
        self.login, self.tls, self.at = login, tls, time.monotonic()

    @property
    def id(self):
        """Of the row in mail_messages, hexadecimal; it begins the Message-ID."""
        return re.search(rb"(?mi)^message-id: <([0-9a-f-]+)", self.raw)[1].decode().replace("-", "")

    @property
    def parsed(self):
        return email.message_from_bytes(self.raw, policy=email.policy.default)


class Gone(Exception):
    """The conversation is over."""


class Conversation:
    def __init__(self, server, connection):
        self.server, self.socket, self.buffer = server, connection, b""
        self.sender, self.recipients, self.login, self.tls = None, [], None, None
        self.said = ""  # the command

    # ---- bytes ----

    def line(self):
        while b"\n" not in self.buffer:
            if len(self.buffer) > LINE_MAX:
                raise Gone
            got = self.socket.recv(65536)
            if not got:
                raise Gone
            self.buffer += got
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line.rstrip(b"\r")

    def send(self, *lines):
        self.socket.sendall(b"".join(line.encode() + b"\r\n" for line in lines))

    def secure(self):
        self.socket = self.server.context.wrap_socket(self.socket, server_side=True)
        self.tls, self.buffer = self.socket.version(), b""

    def until_gone(self):
        while self.socket.recv(65536):
            pass
        raise Gone

    # ---- what was told ----

    def follow(self, steps):
        """Whether the usual reply comes, too."""
        for step in steps:
            if step is ACCEPT:
                return True
            if step is HANG:
                self.until_gone()
            if step is RESET:
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                raise Gone
            if step is CLOSE:
                raise Gone
            if isinstance(step, (int, float)):
                time.sleep(step)
            elif isinstance(step, bytes):
                self.socket.sendall(step)
            else:
                self.send(step)
        return False

    def reply(self, verb, *usual, when_accepted=None):
        """when_accepted is called before the client can know."""
        steps = self.server.next_answer(verb, self.said)
        accepted = steps is None or self.follow(steps)
        if accepted and when_accepted:
            when_accepted()
        if accepted:
            self.send(*usual)
        return accepted

    # ---- the protocol ----

    def extensions(self):
        out = ["8BITMIME", "SMTPUTF8", "SIZE %d" % DATA_MAX]
        if self.server.context and not self.tls:
            out.append("STARTTLS")
        if self.server.users:
            out.append("AUTH PLAIN")
        return ["250-test"] + ["250-" + e for e in out[:-1]] + ["250 " + out[-1]]

    def authenticate(self, words):
        given = words[2] if len(words) > 2 else None
        if given is None:
            self.send("334 ")
            given = self.line()
        _, user, password = base64.b64decode(given).decode().split("\0")
        right = self.server.users.get(user) == password
        if self.reply("AUTH", "235 2.7.0 in" if right else "535 5.7.8 wrong password") and right:
            self.login = user

    def data(self):
        if not self.reply("DATA", "354 go on"):
            return
        raw, n = [], 0
        while (line := self.line()) != b".":
            raw.append(line[1:] if line.startswith(b".") else line)
            n += len(line)
            if n > DATA_MAX:
                raise Gone
        raw = b"\r\n".join(raw if self.server.bodies else raw[: raw.index(b"")]) + b"\r\n"
        message = Message(self.sender, self.recipients, raw, self.login, self.tls)
        self.server.offered.append(message)
        take = lambda: self.server.messages.append(message)
        self.reply("BODY", "250 2.0.0 taken", when_accepted=take)
        self.sender, self.recipients = None, []

    def command(self, line):
        self.said = line.decode(errors="replace")
        words = self.said.split(" ")
        verb = words[0].upper()
        self.server.seen.append(verb)
        if verb in ("EHLO", "HELO"):
            self.reply(verb, *(self.extensions() if verb == "EHLO" else ["250 test"]))
        elif verb == "STARTTLS":
            if self.reply(verb, "220 go on"):
                self.secure()
        elif verb == "AUTH":
            self.authenticate(line.split(b" "))
        elif verb == "MAIL":
            if self.reply(verb, "250 2.1.0 ok"):
                self.sender = line.decode().split("<")[1].split(">")[0]
        elif verb == "RCPT":
            if self.reply(verb, "250 2.1.5 ok"):
                self.recipients.append(line.decode().split("<")[1].split(">")[0])
        elif verb == "DATA":
            self.data()
        elif verb == "QUIT":
            self.reply(verb, "221 bye")
            raise Gone
        else:
            self.reply(verb, "250 ok")

    def run(self):
        if self.server.tls:
            self.secure()
        if not self.reply("CONNECT", "220 test ESMTP"):
            self.until_gone()
        while True:
            self.command(self.line())


class MailServer:
    def __init__(self, cert=None, tls=False, users=None, port=0, bodies=True):
        self.tls, self.users, self.bodies = tls, users or {}, bodies
        self.context = None
        if cert:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(cert)
        self.messages, self.offered, self.seen, self.told = [], [], [], {}
        self.lock, self.connections, self.open = threading.Lock(), 0, set()
        self.listener = socket.create_server(("127.0.0.1", port))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.stop()

    def url(self, login=""):
        return "smtp%s://%s127.0.0.1:%d" % (
            "s" if self.tls else "",
            login and login + "@",
            self.port,
        )

    def answer(self, verb, *steps, times=None, when=""):
        with self.lock:
            self.told[verb] = [steps, times, when]

    def usual(self):
        with self.lock:
            self.told.clear()

    def next_answer(self, verb, said):
        with self.lock:
            steps, times, when = self.told.get(verb) or (None, None, "")
            if when not in said:
                return None
            if times is not None:
                self.told[verb][1] = times - 1
                if times <= 1:
                    del self.told[verb]
            return steps

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            self.open.add(connection)
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        conversation = Conversation(self, connection)
        try:
            conversation.run()
        except (Gone, OSError, ValueError):
            pass
        finally:
            self.open.discard(connection)
            try:
                conversation.socket.close()
            except OSError:
                pass

    def stop(self):
        self.listener.close()
        for connection in list(self.open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
