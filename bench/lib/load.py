"""Requests in a closed loop over keep-alive connections, and starting a server to send them to. Standard library only."""
import selectors
import socket
import time


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Connection:
    """One keep-alive connection with one request under way."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = bytearray(1 << 20)

    def send(self, request):
        self.sent, self.have, self.need = time.perf_counter(), 0, None
        self.socket.sendall(request)

    def receive(self):
        """True when the answer is whole."""
        n = self.socket.recv_into(memoryview(self.buffer)[self.have :])
        if not n:
            raise SystemExit("the server closed a connection")
        self.have += n
        if self.need is None:
            end = self.buffer.find(b"\r\n\r\n", 0, self.have)
            if end < 0:
                return False
            head = bytes(self.buffer[:end]).lower()
            if not head.startswith(b"http/1.1 200"):
                raise SystemExit(bytes(self.buffer[: self.have]).decode(errors="replace"))
            at = head.index(b"content-length:") + 15
            self.need = end + 4 + int(head[at : head.index(b"\r\n", at)] if b"\r\n" in head[at:] else head[at:])
        return self.have >= self.need


def closed_loop(port, n, requests, seconds):
    """n connections, each with one request under way, for so long: the latencies of all requests in seconds, and how long it took."""
    latencies, selector = [], selectors.DefaultSelector()
    connections = [Connection(port) for _ in range(n)]  # new ones: the server closes those that are idle
    for c in connections:
        selector.register(c.socket, selectors.EVENT_READ, c)
        c.send(next(requests))
    start, open_requests = time.perf_counter(), n
    while open_requests:
        for key, _ in selector.select():
            c = key.data
            if not c.receive():
                continue
            now = time.perf_counter()
            latencies.append(now - c.sent)
            if now - start < seconds:
                c.send(next(requests))
            else:
                open_requests -= 1
                selector.unregister(c.socket)
                c.socket.close()
    return latencies, time.perf_counter() - start


def wait_ready(port, process):
    end = time.monotonic() + 120
    while time.monotonic() < end and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), 2) as s:
                s.sendall(b"GET /health/ready HTTP/1.0\r\n\r\n")
                if b" 200 " in s.recv(100):
                    return
        except OSError:
            pass
        time.sleep(0.05)
    raise SystemExit("the server did not become ready")
