"""Runs ONNX files through `ocelli tensor` and reads what a model's card promises."""

import os
import re
import subprocess
import tempfile

import numpy as np

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
STARTER = os.path.join(ROOT, "models", "starter")


def program():
    """The built program; OCELLI names another."""
    return os.environ.get("OCELLI", os.path.join(ROOT, "build", "ocelli"))


def tensor(model, inputs, precision="f32"):
    """The outputs {name: array} of a model for inputs {name: array}."""
    with tempfile.TemporaryDirectory() as folder:
        given = []
        for name, value in inputs.items():
            path = os.path.join(folder, f"in_{name}.npy")
            np.save(path, np.ascontiguousarray(value))
            given.append(f"{name}={path}")
        command = [program(), "tensor", model, "--out", folder, "--precision", precision, *given]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")
        names = [name for name in os.listdir(folder) if name.startswith("out_")]
        return {name[4:-4]: np.load(os.path.join(folder, name)) for name in names}


def promised(card):
    """What a card promises: rows of its tables of the form `| name | number |`, the number first in its cell."""
    figures = {}
    with open(card, encoding="utf-8") as file:
        for line in file:
            row = re.match(r"\|\s*([^|]+?)\s*\|\s*(\d*\.?\d+)\b[^|]*\|", line)
            if row:
                figures[row.group(1)] = float(row.group(2))
    return figures


def judge(measured, card):
    """Prints measured figures beside the promised ones; true when none is worse: above for an error, below for all others. Figures the card
    does not name pass."""
    figures, good = promised(card), True
    for name, value in measured.items():
        word = ""
        if name in figures:
            over = round(value, 3) - figures[name]
            fine = -over >= -1e-9 if "error" in name else over >= -1e-9
            word = f"  card {figures[name]:.3f}  {'as promised' if fine else 'WORSE THAN THE CARD'}"
            good = good and fine
        print(f"{name:40s} {value:.3f}{word}")
    return good
