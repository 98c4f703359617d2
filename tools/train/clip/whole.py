"""The whole training of starter-clip, from nothing to the package: both towers, then both together, then the files.

    cd tools/train
    python3 -m clip.whole --minutes 100                                   the towers side by side, two processes
    python3 -m clip.whole --size large --device cuda --steps 60000        on a GPU

The same command goes on where it was stopped. Options that are not listed here go to every training (--brain16, --work DIR).
"""

import argparse
import subprocess
import sys

from clip import corpus, net

TOGETHER = 0.1  # share of the time in which both towers learn together


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, help="by the clock; else by --steps")
    parser.add_argument("--steps", type=int, default=20000, help="of each tower")
    parser.add_argument("--size", choices=net.SIZES, default="small")
    parser.add_argument("--work", default=corpus.WORK)
    parser.add_argument("--out", help="folder of the package")
    return parser.parse_known_args()


def module(name, *words):
    return subprocess.Popen([sys.executable, "-m", f"clip.{name}", *words])


def finished(*processes):
    for process in processes:
        if process.wait():
            raise SystemExit(process.returncode)


def main():
    chosen, others = options()
    common = ["--size", chosen.size, "--work", chosen.work]

    def length(share):
        return ["--minutes", f"{chosen.minutes * share:g}"] if chosen.minutes else ["--steps", str(max(1, round(chosen.steps * share)))]

    alone = 1 - TOGETHER if chosen.minutes else 1
    corpus.tokens(chosen.work, net.VOCABULARY, net.CONTEXT)  # before two processes want it
    finished(*[module("train", part, *common, *length(alone), *others) for part in ("pictures", "texts")])
    finished(module("pairs", *common, *length(TOGETHER), *others))
    place = ["--out", chosen.out] if chosen.out else []
    finished(module("export", *common, *place))
    finished(module("picture", *(["--package", chosen.out] if chosen.out else [])))


if __name__ == "__main__":
    sys.exit(main())
