"""Makes the shared modules importable from wherever a script is started, and says where things lie."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # OpenBLAS's idle threads would wait by yielding: work for nothing on shared cores

from common import backgrounds, degrade, emoji, ocelli  # noqa: E402, F401

PACKAGE = os.path.join(ocelli.STARTER, "starter-face")
WORK = os.path.join(ocelli.ROOT, "build", "train", "face")
