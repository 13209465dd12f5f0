"""Ports for servers that a test starts a moment later."""
import secrets
import socket

# Below those that the system gives to outgoing connections (ip_local_port_range begins at 32768):
# no client of another test can take the port before the server has it.
LOWEST, HIGHEST = 12000, 32000


def free_port():
    while True:
        port = LOWEST + secrets.randbelow(HIGHEST - LOWEST)
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
                return port
            except OSError:
                pass
