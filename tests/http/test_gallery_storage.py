#!/usr/bin/env python3
"""
The gallery's file when things go wrong: the server killed in the middle of enrolments, a disk that is full, a file that is damaged, newer,
locked or read-only. OCELLI_GALLERY_KILLS=50 kills it as often as that.
"""
import ctypes
import json
import os
import random
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import support
from gallery_support import Box, enrol, identify, line, vector

SLOW = "build-" in support.OCELLI  # a sanitizer's
KILLS = int(os.environ.get("OCELLI_GALLERY_KILLS", "1" if SLOW else "5"))
CLIENTS = 6


class Client:
    """Enrols, and deletes some of it again, until the server is gone; knows what was acknowledged."""

    def __init__(self, server, round, number):
        self.server, self.round, self.number = server, round, number
        self.enrolled, self.deleted, self.unsure = {}, set(), set()
        self.thread = threading.Thread(target=self.work, daemon=True)
        self.thread.start()

    def work(self):
        count = 0
        try:
            while True:
                count += 1
                seed = self.round * 1000000 + self.number * 10000 + count
                name = f"r{self.round}c{self.number}n{count % 3}"
                answer = enrol(self.server, name, v=vector(seed))
                support.equal(answer.status, 201, answer.text)
                face = answer.json["id"]
                self.enrolled[face] = (name, seed)
                if count % 4 == 0:
                    self.unsure.add(face)  # deleted or not, when the answer does not come
                    support.equal(self.server.request("DELETE", f"/v1/subjects/{name}/faces/{face}").status, 200, "deleted")
                    self.unsure.discard(face)
                    self.deleted.add(face)
        except (OSError, ValueError):  # the server is dead; http.client's errors are neither
            pass
        except Exception as error:
            if "HTTPException" not in [c.__name__ for c in type(error).__mro__]:
                raise


def stored_faces(box):
    rows = box.sql("SELECT lower(hex(f.uuid)), s.name, length(v.data) FROM face f JOIN subject s ON s.id = f.subject JOIN vector v ON v.face = f.id")
    return {f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}": (name, size) for h, name, size in rows}


def test_killed_while_enrolling():
    chance = random.Random(5)
    kept, total, deletions = {}, 0, 0  # of all rounds: acknowledged and not deleted
    with Box(on_disk=True) as box:
        box.command("import", text=line("first", vector(0)) + "\n")
        for round in range(1, KILLS + 1):
            with box.server("--workers", "8", "--connections-per-address", "0", expect_exit=-9) as server:
                for face, (name, seed) in list(kept.items())[-3:]:
                    found = identify(server, v=vector(seed), query="threshold=0.9&top_k=1").json["faces"][0]
                    support.equal((found["subject"], found["candidates"][0]["face_id"]), (name, face), "found after the kill")
                clients = [Client(server, round, number) for number in range(CLIENTS)]
                time.sleep(chance.uniform(0.15, 0.5) * (3 if SLOW else 1))
                server.process.kill()
                server.process.wait()
                for client in clients:
                    client.thread.join(support.PATIENCE)
            box.check_whole()
            stored = stored_faces(box)
            for client in clients:
                total += len(client.enrolled)
                deletions += len(client.deleted)
                for face, (name, seed) in client.enrolled.items():
                    if face in client.deleted:
                        assert face not in stored, f"round {round}: deleted face {face} is there"
                    elif face not in client.unsure or face in stored:
                        support.equal(stored.get(face), (name, 256), f"round {round}: acknowledged face {face}")
                        kept[face] = (name, seed)
            for face in kept:
                assert face in stored, f"round {round}: face {face} of a round before is lost"
        assert total > KILLS * CLIENTS and deletions, (total, deletions)
        print(f"      {KILLS} kills, {total} faces acknowledged, {deletions} of them deleted", flush=True)


def fill_up(server, start=0):
    """Enrols until it is refused; how many, and the refusal."""
    for i in range(start, start + 5000):
        answer = enrol(server, f"p{i % 7}", v=vector(i))
        if answer.status != 201:
            return i - start, answer
    raise AssertionError("it never gets full")


def check_full(box, server, n, answer):
    problem = support.check_problem(answer, 507, "storage_full")
    assert "full" in problem["detail"], problem
    support.equal(identify(server, v=vector(3), query="threshold=0.9").json["faces"][0]["subject"], "p3", "searching goes on")
    support.equal(server.request("GET", "/health").status, 200, "health")
    support.equal(server.metric("ocelli_gallery_faces"), n + 1, "what was refused is not there")
    box.check_whole()
    support.equal(box.sql("SELECT count(*) FROM face"), [(n + 1,)], "nor in the file")


def test_full_database():
    with Box() as box:
        box.command("import", text=line("first", vector(0)) + "\n")
        with box.server("--gallery-max-bytes", "300K") as server:
            n, answer = fill_up(server)
            assert n > 50, n
            check_full(box, server, n, answer)
            for i in range(7):
                support.equal(server.request("DELETE", f"/v1/subjects/p{i}").status, 200, "room is made")
            support.equal(enrol(server, "new", v=vector(1)).status, 201, "and used")
        with box.server("--gallery-max-faces", "2") as server:
            problem = support.check_problem(enrol(server, "new", v=vector(2)), 507, "storage_full")
            assert "gallery-max-faces" in problem["detail"], problem


def test_full_disk():
    libc = ctypes.CDLL(None, use_errno=True)
    with tempfile.TemporaryDirectory() as folder:
        if libc.mount(b"tmpfs", folder.encode(), b"tmpfs", 0, b"size=2m") != 0:
            print("      skipped: no right to mount a small disk", flush=True)
            return
        try:
            box = Box()
            box.path = os.path.join(folder, "g.sqlite")
            box.command("import", text=line("first", vector(0)) + "\n")
            ballast = os.path.join(folder, "ballast")
            with open(ballast, "wb") as f:
                f.write(b"x" * 200000)
            with box.server() as server:
                n, answer = fill_up(server)
                check_full(box, server, n, answer)
                for _ in range(3):
                    support.check_problem(enrol(server, "again", v=vector(9)), 507, "storage_full")
            box.check_whole()
            with open(ballast, "ab", buffering=0) as f:  # not a byte left
                try:
                    while f.write(b"x" * 4096):
                        pass
                except OSError:
                    pass
            with box.server() as server:
                answer = enrol(server, "again", v=vector(9))
                assert answer.status in (503, 507), answer.text
                assert answer.json["code"] in ("storage_full", "storage_unavailable"), answer.text
                os.unlink(ballast)
                time.sleep(1.1)  # a file that could not be opened is tried again after a second
                found = identify(server, v=vector(3), query="threshold=0.9")
                support.equal((found.status, found.json["faces"][0]["subject"]), (200, "p3"), "once there is room")
            box.check_whole()
        finally:
            libc.umount(folder.encode())


def test_files_that_cannot_be_used():
    with Box() as box:
        box.command("import", text=line("first", vector(0)) + "\n")
        with box.server() as first, box.server() as second:
            problem = support.check_problem(enrol(second, "x", v=vector(1)), 503, "storage_unavailable")
            assert "another process" in problem["detail"], problem
            support.equal(second.request("GET", "/health").status, 200, "the rest of the server works")
            support.equal(enrol(first, "x", v=vector(1)).status, 201, "the first has it")
        box.sql("PRAGMA user_version = 7")
        with box.server() as server:
            assert "newer" in support.check_problem(server.request("GET", "/v1/subjects"), 503, "storage_unavailable")["detail"]
            box.sql("PRAGMA user_version = 1")
            time.sleep(1.1)
            support.equal(server.request("GET", "/v1/subjects").json["total"], 2, "mended while it runs")
        whole = open(box.path, "rb").read()
        with open(box.path, "wb") as f:
            f.write(whole[:4096] + b"\x5a" * (len(whole) - 4096))
        with box.server() as server:
            for method, path, body in (("GET", "/v1/subjects", None), ("POST", "/v1/faces/identify", json.dumps({"embedding": vector(1)})),
                                       ("DELETE", "/v1/subjects/x", None)):
                support.check_problem(server.request(method, path, body, {"Content-Type": "application/json"}), 503, "storage_unavailable")
            support.equal(server.request("GET", "/health").status, 200, "the rest of the server works")
        assert open(box.path, "rb").read()[4096:] == b"\x5a" * (len(whole) - 4096), "what is left was touched"
        assert "damaged" in box.command("check", expect=1).stderr


def test_read_only():
    libc = ctypes.CDLL(None, use_errno=True)
    with tempfile.TemporaryDirectory() as folder:
        if libc.mount(b"tmpfs", folder.encode(), b"tmpfs", 0, b"size=4m") != 0:
            print("      skipped: no right to mount a disk", flush=True)
            return
        try:
            box = Box()
            box.path = os.path.join(folder, "g.sqlite")
            box.command("import", text=line("first", vector(0)) + "\n")
            support.equal(libc.mount(b"none", folder.encode(), None, 1 | 32, None), 0, "remount, read-only")
            with box.server() as server:
                support.equal(identify(server, v=vector(0), query="threshold=0.9").json["faces"][0]["subject"], "first", "it can be searched")
                support.equal(server.request("GET", "/v1/subjects/first/faces").json["faces"][0]["searchable"], True, "and listed")
                for answer in (enrol(server, "x", v=vector(1)), server.request("DELETE", "/v1/subjects/first")):
                    assert "written" in support.check_problem(answer, 503, "storage_unavailable")["detail"]
        finally:
            libc.umount(folder.encode())


if __name__ == "__main__":
    sys.exit(1 if support.run_tests(globals()) else 0)
