"""Debian's exim4 as a private mail server: its own configuration, spool and port, TLS and a login;
it delivers everything to one folder."""
import email
import email.policy
import os
import pwd
import signal
import subprocess

from harness import free_port, wait_for

PROGRAM = "/usr/sbin/exim4"
CONFIG = """
primary_hostname = mail.test
spool_directory = {folder}/spool
log_file_path = {folder}/log/%slog
pid_file_path = {folder}/exim.pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
tls_advertise_hosts = *
tls_certificate = {cert}
tls_privatekey = {cert}
smtputf8_advertise_hosts = *
auth_advertise_hosts = ${{if eq{{$tls_in_cipher}}{{}}{{}}{{*}}}}
acl_smtp_rcpt = check_recipient
host_lookup =
rfc1413_query_timeout = 0s
begin acl
check_recipient:
  deny local_parts = nobody
    message = no such user here
  defer local_parts = later
    message = greylisted, come back later
  accept authenticated = *
  deny message = relay not permitted
begin routers
all:
  driver = accept
  transport = folder
begin transports
folder:
  driver = appendfile
  maildir_format
  directory = {folder}/mail
  delivery_date_add
  envelope_to_add
  return_path_add
{user}
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and{{{{eq{{$auth2}}{{shop}}}}{{eq{{$auth3}}{{s@cret}}}}}}}}
  server_set_id = $auth2
"""


class Exim:
    def __init__(self, folder, cert):
        self.folder, self.port, user = folder, free_port(), ""
        for name in ("spool", "log", "mail"):
            os.makedirs(os.path.join(folder, name))
        if os.geteuid() == 0:  # it never delivers as root
            own = pwd.getpwnam("Debian-exim")
            user = "  user = Debian-exim\n"
            for name in ("", "spool", "log", "mail"):
                os.chown(os.path.join(folder, name), own.pw_uid, own.pw_gid)
            os.chown(cert, own.pw_uid, own.pw_gid)
        self.conf = os.path.join(folder, "exim.conf")
        with open(self.conf, "w") as f:
            f.write(CONFIG.format(folder=folder, port=self.port, cert=cert, user=user))
        os.chmod(self.conf, 0o644)
        self.daemon = subprocess.Popen(
            [PROGRAM, "-C", self.conf, "-bdf", "-oX", "127.0.0.1.%d" % self.port],
            stderr=subprocess.PIPE,
            text=True,
        )

    def sendmail(self):
        """A program that stands for it on this machine."""
        path = os.path.join(self.folder, "sendmail")
        with open(path, "w") as f:
            f.write('#!/bin/sh\nexec %s -C %s "$@"\n' % (PROGRAM, self.conf))
        os.chmod(path, 0o755)
        return path

    def messages(self, n=1):
        """All that were delivered, when there are n; by their Message-ID, as (raw, parsed)."""
        new = os.path.join(self.folder, "mail", "new")
        there = lambda: os.path.isdir(new) and len(os.listdir(new)) >= n
        if not wait_for(there, 30):
            return {}
        out = {}
        for name in os.listdir(new):
            with open(os.path.join(new, name), "rb") as f:
                raw = f.read()
            parsed = email.message_from_bytes(raw, policy=email.policy.default)
            out[str(parsed["message-id"])] = (raw, parsed)
        return out

    def log(self):
        out = ""
        for name in os.listdir(os.path.join(self.folder, "log")):
            with open(os.path.join(self.folder, "log", name), errors="replace") as f:
                out += f.read()
        return out[-3000:]

    def stop(self):
        self.daemon.send_signal(signal.SIGTERM)
        try:
            self.daemon.wait(15)
        except subprocess.TimeoutExpired:
            self.daemon.kill()
            self.daemon.wait()
        self.daemon.stderr.close()
