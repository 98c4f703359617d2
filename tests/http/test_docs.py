#!/usr/bin/env python3
"""README and docs do what they say: every curl line is run against the starter models, with the files of the clone, and what is printed below one is
compared with the answer: text for text between the places where it says "…" or "...", scores to the last digit, networks' numbers to a thousandth. Every file that is named is there.

usage: test_docs.py OCELLI SLOW_SERVER [--show] [--fix]      --show: prints the whole answer of each line that differs; --fix: puts it into the page, shortened
"""
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import support

TOP = pathlib.Path(__file__).resolve().parents[2]
PAGES = [TOP / "README.md", *sorted((TOP / "docs").glob("*.md"))]
HOSTS = re.compile(r"(https?://)?(127\.0\.0\.1|localhost|HOST):\d+")
# Lines that need what a clone has not: a name of the reader's own network, or weights from elsewhere.
ELSEWHERE = re.compile(r"example\.org|ViT-B-32__openai|buffalo_l|yunet_n_640|deeplab|\$KEY|\$S|…|scoring=matching|annotations\.json|photo\.jpg|@a\.jpg")


def commands(page):
    """(line number, command, lines below it) of every curl line in the page's blocks."""
    lines, at = page.read_text().split("\n"), 0
    while at < len(lines):
        found = re.match(r"^(\s*)(?:\$ )?(curl .*)$", lines[at])
        if not found or not found.group(1) and not any(line.startswith("```") for line in lines[:at]):
            at += 1
            continue
        start, command, indent = at, found.group(2), len(found.group(1))
        while command.count("'") % 2 or command.endswith("\\"):
            at += 1
            command = command.rstrip("\\") + ("\n" if command.count("'") % 2 else "") + lines[at].strip()
        at += 1
        printed = []
        while at < len(lines) and lines[at].strip() and not re.match(r"^\s*(\$ |curl |```|#)", lines[at]) and (lines[at].startswith(" " * max(indent, 1)) or lines[start].lstrip().startswith("$")):
            printed.append(lines[at].strip())
            at += 1
        yield start + 1, at - len(printed) - start, re.sub(r"\s{2,}#.*$", "", command), printed


# What is another number each time: times, identifiers, counters.
VOLATILE = re.compile(r'"(timing_ms)":\{[^}]*\}|"(request_id|requestId|id|image_id|face_id)":"[0-9a-f-]{16,36}"|"(state)":"[a-z]+"|"(time|duration|inferenceMs|processMs|analysisRoundTripMs|created|memory_bytes|in_use|uses)":[0-9.]+')


def bare(text):
    return VOLATILE.sub(lambda m: f'"{next(filter(None, m.groups()))}":#', re.sub(r"\s+", "", text))


NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")


def near(printed, found, exact):
    """Scores are as printed. Networks round differently on another processor: a thousandth is allowed, to integers from 1,000 on too."""
    a, b = float(printed), float(found)
    return printed == found or (not exact and ("." in printed + found or abs(a) >= 1000) and abs(a - b) <= 2e-3 * max(1, abs(a)))


def agrees(printed, answer, exact):
    """None where each piece between the omissions stands in the answer, in order, the first at its start; otherwise the piece that does not."""
    whole, at = bare(answer), 0
    for i, piece in enumerate(re.split(r"(?:,?…,?|,?\.\.\.,?)", bare("".join(printed)))):
        pattern = re.compile(r"(-?\d[\d.e-]*)".join(re.escape(text) for text in NUMBER.split(piece)))
        found = pattern.match(whole, at) if i == 0 else pattern.search(whole, at)
        if not found or not all(near(a, b, exact) for a, b in zip(NUMBER.findall(piece), found.groups())):
            return piece
        at = found.end()
    return None


def short(value):
    """JSON for a page: the beginning of what is long."""
    if isinstance(value, dict):
        return "{" + ",".join(f'"{k}":' + ("{…}" if k == "timing_ms" else short(v)) for k, v in value.items()) + "}"
    if isinstance(value, list):
        numbers = all(isinstance(v, (int, float)) for v in value)
        most = (4 if len(value) <= 4 else 3) if numbers else 3 if all(isinstance(v, str) for v in value) else 2
        return "[" + ",".join(map(short, value[:most])) + (",…]" if len(value) > most else "]")
    text = repr(value) if isinstance(value, Literal) else json.dumps(value, ensure_ascii=False)
    return text[:61] + '…"' if isinstance(value, str) and len(text) > 90 else text


class Literal(float):
    """A number as it was written."""

    def __new__(cls, text):
        self = super().__new__(cls, text)
        self.text = text
        return self

    def __repr__(self):
        return self.text


def fixed(answer, indent):
    """Lines for the page, broken after commas."""
    value = json.loads(answer, parse_float=Literal)
    text, lines = short(value), []
    while len(text) > 150:
        at = text.rfind(",", 0, 150) + 1 or 150
        lines.append(text[:at])
        text = " " + text[at:]
    return [indent + line for line in [*lines, text]]


def rewrite(page, number, count, printed, answer):
    lines = page.read_text().split("\n")
    start = number - 1 + count
    indent = re.match(r"\s*", lines[number - 1]).group()
    lines[start:start + len(printed)] = fixed(answer, indent)
    page.write_text("\n".join(lines))


def run(command, port, folder):
    words = shlex.split(command)
    for i, word in enumerate(words):
        words[i] = HOSTS.sub(f"http://127.0.0.1:{port}", word)
        file = re.search(r"@([\w./-]+)", word) if not word.startswith("http") else None
        if file and not (TOP / file.group(1)).exists():
            return None, f"the clone has no file {file.group(1)}"
        if words[i - 1] == "-o":
            words[i] = str(folder / os.path.basename(word))
    done = subprocess.run([words[0], "-sS", *words[1:]], cwd=TOP, capture_output=True, text=True, timeout=60)
    return done.stdout, done.stderr.strip() or None


def check_links(page, failures):
    for target in re.findall(r"\]\(([^)#\s]+)", page.read_text()):
        if "://" not in target and not (page.parent / target).exists():
            failures.append(f"{page.relative_to(TOP)}: {target} is linked and not there")


def main():
    failures, ran, left = [], 0, []
    show = "--show" in sys.argv
    for page in PAGES:
        check_links(page, failures)
        with tempfile.TemporaryDirectory() as made, support.Server("--models", str(TOP / "models" / "starter"), "--gallery", made + "/g.sqlite", binary=support.OCELLI) as server:
            for each in range(len(list(commands(page)))):
                number, count, command, printed = list(commands(page))[each]
                where = f"{page.relative_to(TOP)}:{number}"
                if ELSEWHERE.search(command):
                    left.append(where)
                    continue
                answer, error = run(command, server.port, pathlib.Path(made))
                ran += 1
                if error:
                    failures.append(f"{where}: {error}")
                    continue
                wrong = agrees(printed, answer, "/v1/metrics/" in command) if printed else None
                if wrong is not None and "--fix" in sys.argv and answer.startswith(("{", "[")):
                    rewrite(page, number, count, printed, answer)
                elif wrong is not None:
                    failures.append(f"{where}: the answer does not have {wrong[:160]}")
                    if show:
                        print(f"--- {where}: {command}\n{answer[:2500]}\n")
                if not printed and answer.startswith("{") and '"status":4' in answer:
                    failures.append(f"{where}: {answer[:200]}")
    print("\n".join(failures))
    print(f"{ran} lines run, {len(left)} need what a clone has not, {len(failures)} wrong")
    if failures or ran < 25:
        sys.exit(1)


if __name__ == "__main__":
    if "build-" in support.OCELLI:
        print("skipped: a sanitizer's program answers the same, in minutes")
        sys.exit(77)
    main()
