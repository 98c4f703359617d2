#!/usr/bin/python3
"""/v1/metrics/segmentation against formulas written apart in numpy, and against recorded values of scikit-learn and pycocotools."""
import base64
import http.client
import io
import json
import math
import os
import pathlib
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import support

try:
    import numpy as np
    from PIL import Image
    import segment_reference as reference
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

HERE = pathlib.Path(__file__).resolve().parent
FIXTURES = json.loads((HERE.parent / "data" / "segmentation_metrics.json").read_text())
PATH = "/v1/metrics/segmentation"


def palette_png(ids, bits=8):
    im = Image.fromarray(ids.astype(np.uint8), "P")
    im.putpalette([c for i in range(256) for c in (255 - i, 7, 7)])  # colours say nothing
    out = io.BytesIO()
    im.save(out, "PNG", **({"bits": bits} if bits != 8 else {}))
    return out.getvalue()


def grey_png(ids):
    out = io.BytesIO()
    Image.fromarray(ids.astype(np.uint16) if ids.max() > 255 else ids.astype(np.uint8)).save(out, "PNG")
    return out.getvalue()


def text(data):
    return base64.b64encode(data).decode()


def ask(body, path=PATH, status=200, method="POST"):
    data = None if body is None else json.dumps(body)
    answer = server.request(method, path, data, {"Content-Type": "application/json"} if data else {})
    support.equal(answer.status, status, answer.text[:400])
    return answer.json


def near(found, expected, what):
    if expected is None or (isinstance(expected, float) and math.isnan(expected)):
        assert found is None, f"{what}: {found}, expected null"
    else:
        assert found is not None and abs(found - expected) < 1e-12, f"{what}: {found}, expected {expected}"


def formulas(matrix):
    """From the definitions, in numpy."""
    m = np.array(matrix, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        d, t, p, n = np.diag(m), m.sum(1), m.sum(0), m.sum()
        iou, recall, precision, dice = d / (t + p - d), d / t, d / p, 2 * d / (t + p)
        expected = (t * p).sum() / n ** 2
        kappa = (d.sum() / n - expected) / (1 - expected)
        mean = lambda v: np.nanmean(v) if (~np.isnan(v)).any() else math.nan
        return {"pixel_accuracy": d.sum() / n, "mean_pixel_accuracy": mean(recall), "mean_iou": mean(iou), "mean_dice": mean(dice),
                "mean_precision": mean(precision), "frequency_weighted_iou": np.nansum(t * np.nan_to_num(iou)) / n, "kappa": kappa,
                "classes": [dict(iou=i, accuracy=r, recall=r, precision=q, dice=f) for i, r, q, f in zip(iou, recall, precision, dice)]}


def check(answer, matrix):
    support.equal(answer["confusion_matrix"], np.asarray(matrix).tolist(), "confusion matrix")
    expected = formulas(matrix)
    for name, value in expected.items():
        if name != "classes":
            near(answer[name], float(value), name)
    for k, values in enumerate(expected["classes"]):
        support.equal(answer["classes"][k]["class_id"], k, "class id")
        for name, value in values.items():
            near(answer["classes"][k][name], float(value), f"class {k}: {name}")
        support.equal((answer["classes"][k]["truth_pixels"], answer["classes"][k]["predicted_pixels"]),
                      (int(np.sum(matrix[k])), int(np.sum(np.asarray(matrix)[:, k]))), "pixels")


def confusion(truth, prediction, classes, ignore=None):
    keep = truth != ignore
    return np.bincount(truth[keep] * classes + prediction[keep], minlength=classes * classes).reshape(classes, classes)


def random_pair(seed, classes, shape=(23, 31)):
    rng = np.random.default_rng(seed)
    return rng.integers(0, classes, shape), rng.integers(0, classes, shape)


def test_a_published_example():
    """mmeval's docstring of MeanIoU."""
    truth, prediction = np.array([[0, 1, 1], [2, 3, 2]]), np.array([[0, 2, 1], [1, 3, 2]])
    answer = ask({"truth": text(palette_png(truth)), "prediction": text(grey_png(prediction))})
    for name, value in (("pixel_accuracy", 4 / 6), ("mean_pixel_accuracy", 0.75), ("mean_iou", 4 / 6), ("kappa", 7 / 13), ("frequency_weighted_iou", 5 / 9)):
        near(answer[name], value, name)
    check(answer, confusion(truth, prediction, 4))
    support.equal((answer["pixels"], answer["ignored_pixels"], answer["pairs"]), (6, 0, 1), "counts")


def test_recorded_values_of_other_libraries():
    assert FIXTURES["made_by"].keys() == {"scikit-learn", "pycocotools"}, FIXTURES["made_by"]
    for case in FIXTURES["cases"]:
        answer = ask({"truth": case["truth"], "prediction": {"segments": case["prediction"]}, "num_classes": case["classes"]})
        support.equal(answer["confusion_matrix"], case["confusion_matrix"], "confusion matrix")
        for name in ("pixel_accuracy", "kappa", "mean_iou", "mean_dice", "mean_pixel_accuracy", "frequency_weighted_iou"):
            near(answer[name], case[name], name)
        for name in ("iou", "precision", "recall"):
            for k, value in enumerate(case[name]):
                near(answer["classes"][k][name], value, f"{name} of class {k}")


def test_random_matrices():
    for seed in range(8):
        rng = np.random.default_rng(seed)
        n = int(rng.integers(1, 12))
        matrix = rng.integers(0, 1 << int(rng.integers(1, 40)), (n, n)) * (rng.random((n, n)) < 0.6)
        if seed % 2 and n > 2:
            matrix[1, :] = matrix[:, 1] = 0
        matrix[0, 0] += 1
        check(ask({"confusion_matrix": matrix.tolist()}), matrix)


def test_nothing_counted_is_null():
    answer = ask({"confusion_matrix": [[0, 0], [0, 0]]})
    for name in ("pixel_accuracy", "mean_pixel_accuracy", "mean_iou", "frequency_weighted_iou", "mean_dice", "mean_precision", "kappa"):
        near(answer[name], None, name)
    near(ask({"confusion_matrix": [[5]]})["kappa"], None, "kappa of one class")


def test_every_form_of_a_map():
    truth, prediction = random_pair(1, 4)
    matrix = confusion(truth, prediction, 4)

    def masks(ids, compressed, all_classes=True):
        out = []
        for k in range(4):
            if not all_classes and k == 0:
                continue
            flat = (ids == k).T.ravel()
            edges = np.flatnonzero(np.diff(np.concatenate(([False], flat, [not flat[-1]]))))
            counts = np.diff(np.concatenate(([0], edges))).tolist()
            assert sum(counts) == flat.size
            out.append({"class_id": k, "size": list(ids.shape), "counts": compress(counts) if compressed else counts})
        return out

    forms = lambda ids: [text(palette_png(ids)), "data:image/png;base64," + text(palette_png(ids, 4)), text(grey_png(ids)), masks(ids, True),
                         masks(ids, False, False), {"size": list(ids.shape), "segments": masks(ids, True, False)},
                         {"encoding": "png", "size": list(ids.shape), "data": text(palette_png(ids, 2))}]
    for t, p in zip(forms(truth), reversed(forms(prediction))):
        check(ask({"truth": t, "prediction": p}), matrix)
    body, headers = multipart([("truth", palette_png(truth)), ("prediction", grey_png(prediction))] * 2)
    answer = server.request("POST", PATH + "?num_classes=4", body, headers)
    support.equal(answer.status, 200, answer.text[:300])
    check(answer.json, matrix * 2)
    support.equal(answer.json["pairs"], 2, "pairs")
    answer = ask({"truth": {"size": [23, 31], "segments": [], "fill": 3}, "prediction": text(grey_png(prediction))})
    check(answer, confusion(np.full_like(truth, 3), prediction, 4))


def compress(counts):
    out = ""
    for i, value in enumerate(counts):
        value -= counts[i - 2] if i > 2 else 0
        more = True
        while more:
            group, value = value & 31, value >> 5
            more = value != -1 if group & 16 else value != 0
            out += chr(48 + group + (32 if more else 0))
    return out


def multipart(files):
    body = b""
    for name, data in files:
        body += f'--X\r\nContent-Disposition: form-data; name="{name}"; filename="m.png"\r\n\r\n'.encode() + data + b"\r\n"
    return body + b"--X--\r\n", {"Content-Type": "multipart/form-data; boundary=X"}


def test_many_pairs_and_sixteen_bits():
    pairs, matrix = [], np.zeros((300, 300), int)
    for seed in range(4):
        truth, prediction = random_pair(seed, 300, (5 + seed, 40))
        matrix += confusion(truth, prediction, 300)
        pairs.append({"truth": text(grey_png(truth)), "prediction": text(grey_png(prediction))})
    answer = ask({"pairs": pairs, "num_classes": 300})
    support.equal((answer["pairs"], answer["confusion_matrix"]), (4, matrix.tolist()), "sum of the pairs")


def test_ignore_and_labels():
    truth, prediction = random_pair(5, 3)
    truth[2:5], prediction[3, 3] = 255, 77  # what is predicted where the truth is void does not matter
    both = {"truth": text(palette_png(truth)), "prediction": text(palette_png(prediction)), "labels": ["sky", "road", "car"]}
    answer = ask(both)
    check(answer, confusion(truth, prediction, 3, 255))
    support.equal((answer["ignored_pixels"], [c["label"] for c in answer["classes"]]), (3 * 31, ["sky", "road", "car"]), "void, names")
    truth[truth == 255] = 1
    prediction[3, 3] = 0
    both = {"truth": text(palette_png(truth)), "prediction": text(palette_png(prediction)), "num_classes": 3}
    check(ask({**both, "ignore_index": 1}), confusion(truth, prediction, 3, 1))
    check(ask({**both, "ignore_index": -1}), confusion(truth, prediction, 3))


def test_masks_of_black_and_white():
    """0 and 255 are two classes, whatever form the masks have; nothing found is not perfect."""
    rng = np.random.default_rng(5)
    white = np.uint16(rng.random((23, 31)) < 0.4) * 255
    found, nothing = np.where(rng.random(white.shape) < 0.9, white, 255 - white), np.zeros_like(white)

    def colour(ids):
        out = io.BytesIO()
        Image.fromarray(np.uint8(np.stack([ids] * 3, 2))).save(out, "PNG")
        return out.getvalue()

    def runs(ids):
        return {"size": list(ids.shape), "segments": [{"class_id": 255, "counts": counts_of(ids == 255)}]}

    def counts_of(mask):
        flat = mask.T.ravel()
        edges = np.flatnonzero(np.diff(np.concatenate(([False], flat, [not flat[-1]]))))
        return np.diff(np.concatenate(([0], edges))).tolist()

    for form in (lambda m: text(grey_png(m)), lambda m: text(palette_png(m)), lambda m: text(colour(m)), runs):
        for prediction in (found, nothing, white):
            expected = confusion(white // 255, prediction // 255, 2)
            check(ask({"truth": form(white), "prediction": form(prediction)}), expected)
            check(ask({"truth": form(white), "prediction": form(prediction), "num_classes": 2}), expected)
            one = make_session(num_classes=2)
            ask({"truth": form(white), "prediction": form(prediction)}, f"{SESSIONS}/{one}/pairs")
            answer = ask(None, f"{SESSIONS}/{one}", method="GET")
            check(answer, expected)
            assert "warnings" not in answer, answer
            end_session(one)
    body, headers = multipart([("truth", grey_png(white)), ("prediction", grey_png(nothing))])
    answer = server.request("POST", PATH, body, headers).json
    near(answer["mean_iou"], (white == 0).mean() / 2, "nothing found")
    answer = ask({"truth": text(grey_png(white)), "prediction": text(grey_png(nothing)), "ignore_index": 255})
    near(answer["mean_iou"], 1, "left out when that is asked for")
    assert "were left out (ignore_index 255)" in answer["warnings"][0], answer


def test_a_border_of_255():
    """Beside other classes 255 is left out of the truth; a prediction of it is a mistake."""
    truth = np.uint16([[0, 1, 2, 255], [0, 1, 2, 1]] * 6)
    prediction = truth.copy()
    prediction[truth == 255] = 2
    answer = ask({"truth": text(grey_png(truth)), "prediction": text(grey_png(prediction))})
    near(answer["mean_iou"], 1, "the border does not count")
    support.equal(answer["ignored_pixels"], 6, "border")
    assert "12.5 % of the truth" in answer["warnings"][0], answer
    prediction[0, 0] = 255
    answer = ask({"truth": text(grey_png(truth)), "prediction": text(grey_png(prediction))})
    assert answer["pixel_accuracy"] < 1 and answer["classes"][0]["iou"] < 1, answer
    black = np.uint16([[0, 255, 0, 255], [0, 0, 255, 0]] * 6)
    pairs = [{"truth": text(grey_png(m)), "prediction": text(grey_png(m))} for m in (black, truth)]
    for order in (pairs, pairs[::-1]):
        answer = server.request("POST", PATH, json.dumps({"pairs": order}), {"Content-Type": "application/json"})
        assert "say with ignore_index" in support.check_problem(answer, 400, "bad_request")["detail"], answer.text
    near(ask({"pairs": pairs, "ignore_index": 255})["mean_iou"], 1, "said")
    check(ask({"truth": text(grey_png(black)), "prediction": text(grey_png(black)), "num_classes": 21}), confusion(black, black, 21, 255))


def test_boundary_iou():
    truth, prediction = np.zeros((40, 60), int), np.zeros((40, 60), int)
    truth[10:30, 10:40], prediction[12:30, 10:42] = 1, 1
    answer = ask({"truth": text(palette_png(truth)), "prediction": text(palette_png(prediction)), "boundary_iou": True})
    d = max(1, round(0.02 * math.hypot(40, 60)))
    for k in (0, 1):
        bands = []
        for ids in (truth == k, prediction == k):
            padded, inner = np.pad(ids, d), ids.copy()
            for y in range(2 * d + 1):
                for x in range(2 * d + 1):
                    inner &= padded[y:y + 40, x:x + 60]
            bands.append(ids & ~inner)
        near(answer["classes"][k]["boundary_iou"], (bands[0] & bands[1]).sum() / (bands[0] | bands[1]).sum(), f"class {k}")
    near(answer["mean_boundary_iou"], sum(c["boundary_iou"] for c in answer["classes"]) / 2, "mean")
    assert "boundary_iou" not in ask({"confusion_matrix": [[1]]})["classes"][0]


def test_mistakes():
    truth, prediction = random_pair(1, 3)
    good, other = text(palette_png(truth)), text(palette_png(prediction[:-1]))
    rgb = io.BytesIO()
    Image.new("RGB", (31, 23), (200, 0, 0)).save(rgb, "PNG")
    masks = [{"class_id": 1, "size": [2, 2], "counts": "04"}]
    for body, status, code, words in [
            ({}, 400, "bad_request", "pairs of maps are expected"),
            ({"truth": good}, 400, "bad_request", "/prediction: a map is expected"),
            ({"pairs": []}, 400, "bad_request", "/pairs: must be a list of 1..1000 pairs"),
            ({"pairs": [7]}, 400, "bad_request", "/pairs/0: must be an object"),
            ({"pairs": [{"truth": good, "prediction": good}, {"truth": good, "prediction": other}]}, 400, "bad_request",
             "/pairs/1: the truth is 31 x 23, the prediction 31 x 22"),
            ({"pairs": [{"truth": good, "prediction": good}], "truth": good}, 400, "bad_request", "not several"),
            ({"truth": good, "prediction": text(rgb.getvalue())}, 400, "invalid_image", "/prediction: a mask is a PNG of palette indices or of grey"),
            ({"truth": good, "prediction": text(b"\xff\xd8\xff\xe0")}, 415, "unsupported_media_type", "/prediction: a mask is a PNG"),
            ({"truth": good, "prediction": text(palette_png(truth)[:99])}, 400, "invalid_image", "/prediction"),
            ({"truth": good, "prediction": "?"}, 400, "bad_request", "/prediction"),
            ({"truth": good, "prediction": good, "num_classes": 2}, 400, "bad_request", "truth: class 2 at row"),
            ({"truth": good, "prediction": good, "num_classes": 0}, 400, "bad_request", "num_classes: must be a whole number of 1..4096, is 0"),
            ({"truth": good, "prediction": good, "num_classes": 3, "labels": ["a"]}, 400, "bad_request", "labels: 1 names for 3 classes"),
            ({"truth": good, "prediction": good, "ignore_index": 70000}, 400, "bad_request", "ignore_index"),
            ({"truth": good, "prediction": good, "boundary_iou": True, "boundary_ratio": 0}, 400, "bad_request", "boundary_ratio: must be above 0"),
            ({"truth": good, "prediction": good, "boundary_ratio": 2}, 400, "bad_request", "boundary_ratio"),
            ({"truth": masks, "prediction": [{"size": [2, 2], "counts": "05"}]}, 400, "bad_request", "/prediction/0/counts: the runs add up to at least 5"),
            ({"truth": masks, "prediction": [{"size": [2, 2], "counts": "0 4"}]}, 400, "bad_request", "/prediction/0/counts: character 1"),
            ({"truth": masks, "prediction": [{"size": [2, 2], "counts": [0, 3]}]}, 400, "bad_request", "the runs add up to 3 pixels"),
            ({"truth": masks, "prediction": [{"size": [2, 2], "counts": [0, -3]}]}, 400, "bad_request", "/prediction/0/counts/1: must be a whole number of 0.."),
            ({"truth": masks, "prediction": [{"size": [2, 2], "counts": 4}]}, 400, "bad_request", "must be text or a list of numbers"),
            ({"truth": masks, "prediction": [{"size": [0, 2], "counts": "4"}]}, 400, "bad_request", "/prediction/0/size/0: must be a whole number of 1.."),
            ({"truth": masks, "prediction": [{"counts": "4"}]}, 400, "bad_request", "/prediction/0/size: must be [height, width]"),
            ({"truth": masks, "prediction": [{"size": [32768, 32768], "counts": "4"}]}, 413, "image_too_large", "1073741824 pixels"),
            ({"truth": masks, "prediction": masks + [{"size": [2, 3], "counts": "6"}]}, 400, "bad_request", "/prediction/1/size: is [2, 3], the map's is [2, 2]"),
            ({"truth": masks, "prediction": masks + [{"class_id": 2, "size": [2, 2], "counts": "04"}]}, 400, "bad_request", "is of two classes, 1 and 2"),
            ({"truth": masks, "prediction": [{"class_id": 65535, "size": [2, 2], "counts": "04"}]}, 400, "bad_request", "/prediction/0/class_id"),
            ({"truth": masks, "prediction": []}, 400, "bad_request", "/prediction: is empty"),
            ({"truth": [{"class_id": 5000, "size": [2, 2], "counts": "04"}], "prediction": masks}, 400, "bad_request", "class 5000; at most 4096"),
            ({"confusion_matrix": []}, 400, "bad_request", "/confusion_matrix"),
            ({"confusion_matrix": [[1, 2], [3]]}, 400, "bad_request", "/confusion_matrix/1: must be a list of 2"),
            ({"confusion_matrix": [[1, 2], [3, 4.5]]}, 400, "bad_request", "/confusion_matrix/1/1"),
            ({"confusion_matrix": [[-1]]}, 400, "bad_request", "/confusion_matrix/0/0: must be a whole number of 0.."),
            ({"confusion_matrix": [[2 ** 62, 2 ** 62], [0, 0]]}, 400, "bad_request", "/confusion_matrix/0/1: more than 9223372036854775807 pixels"),
            ({"confusion_matrix": [[1]], "num_classes": 2}, 400, "bad_request", "1 rows for 2 classes"),
            ({"confusion_matrix": [[1]], "boundary_iou": True}, 400, "bad_request", "a confusion matrix has no borders")]:
        answer = server.request("POST", PATH, json.dumps(body), {"Content-Type": "application/json"})
        problem = support.check_problem(answer, status, code)
        assert words in problem["detail"], (words, problem["detail"])
    body, headers = multipart([("truth", palette_png(truth)), ("truth", palette_png(truth)), ("prediction", palette_png(truth))])
    problem = support.check_problem(server.request("POST", PATH, body, headers), 400, "bad_request")
    assert "pair 1: the file 'prediction' is missing" in problem["detail"], problem
    support.check_problem(server.request("POST", PATH, b"{", {"Content-Type": "application/json"}), 400, "invalid_json")


SESSIONS = PATH + "/sessions"


def make_session(**terms):
    answer = server.request("POST", SESSIONS, json.dumps(terms), {"Content-Type": "application/json"})
    support.equal(answer.status, 201, answer.text)
    support.equal(answer.headers["location"], f"{SESSIONS}/{answer.json['id']}", "location")
    assert len(answer.json["id"]) == 32, answer.json
    return answer.json["id"]


def end_session(*ids):
    for one in ids:
        support.equal(ask(None, f"{SESSIONS}/{one}", method="DELETE"), {"id": one, "deleted": True}, "deleted")


def without(answer, *names):
    return {k: v for k, v in answer.items() if k not in names}


def test_a_session_is_one_long_request():
    pairs = []
    for seed in range(6):
        truth, prediction = random_pair(seed, 5, (12 + seed, 20))
        truth[0] = 255
        pairs.append({"truth": text(palette_png(truth)), "prediction": text(grey_png(prediction))})
    terms = {"labels": list("abcde"), "boundary_iou": True}
    at_once = ask({"pairs": pairs, **terms})
    a, b = make_session(**terms), make_session(**terms)
    for i, pair in enumerate(pairs):
        state = ask(pair if i % 2 else {"pairs": [pair]}, f"{SESSIONS}/{b if i > 3 else a}/pairs")
    support.equal((state["id"], state["pairs"], state["num_classes"]), (b, 2, 5), "state")
    merged = ask({"from": b}, f"{SESSIONS}/{a}/merge")
    support.equal((merged["pairs"], merged["pixels"]), (6, at_once["pixels"]), "both")
    found = ask(None, f"{SESSIONS}/{a}", method="GET")
    support.equal(without(found, "id"), at_once, "the same in every digit")
    support.equal(ask(None, f"{SESSIONS}/{b}", method="GET")["pairs"], 2, "the other stays")
    end_session(a, b)


def test_a_wrong_pair_adds_nothing():
    one = make_session(num_classes=3)
    good, wrong = random_pair(1, 3), random_pair(1, 4)
    pair = lambda maps: {"truth": text(palette_png(maps[0])), "prediction": text(palette_png(maps[1]))}
    problem = ask({"pairs": [pair(good), pair(wrong)]}, f"{SESSIONS}/{one}/pairs", 400)
    assert "/pairs/1: truth: class 3 at row" in problem["detail"], problem
    support.equal(ask(None, f"{SESSIONS}/{one}", method="GET")["pairs"], 0, "nothing")
    end_session(one)


def test_mistakes_with_sessions():
    one, other = make_session(num_classes=2), make_session(num_classes=3)
    for path, body, status, code, words in [
            (SESSIONS, {}, 400, "bad_request", "num_classes or labels"),
            (SESSIONS, {"num_classes": 5000}, 400, "bad_request", "num_classes: must be a whole number of 1..4096"),
            (f"{SESSIONS}/nope/pairs", {"confusion_matrix": [[1]]}, 404, "not_found", "no session 'nope'"),
            (f"{SESSIONS}/nope/merge", {"from": one}, 404, "not_found", "no session 'nope'"),
            (f"{SESSIONS}/{one}/merge", {"from": "nope"}, 404, "not_found", "no session 'nope'"),
            (f"{SESSIONS}/{one}/merge", {}, 400, "bad_request", "from"),
            (f"{SESSIONS}/{one}/merge", {"from": one}, 400, "bad_request", "is the session itself"),
            (f"{SESSIONS}/{one}/merge", {"from": other}, 400, "bad_request", "2 classes here, 3 there"),
            (f"{SESSIONS}/{one}/pairs", {"confusion_matrix": [[1]]}, 400, "bad_request", "1 rows for 2 classes"),
            (f"{SESSIONS}/{one}/pairs", {"confusion_matrix": [[1, 0], [0, 1]], "num_classes": 2}, 400, "bad_request", "was fixed when"),
            (f"{SESSIONS}/{one}/pairs", {}, 400, "bad_request", "pairs of maps are expected")]:
        problem = support.check_problem(server.request("POST", path, json.dumps(body), {"Content-Type": "application/json"}), status, code)
        assert words in problem["detail"], (words, problem["detail"])
    end_session(one, other)
    for method in ("GET", "DELETE"):
        support.check_problem(server.request(method, f"{SESSIONS}/{one}"), 404, "not_found")


def test_sessions_are_bounded_counted_and_end():
    options = ("--metric-sessions", "2", "--metric-session-seconds", "1", "--metric-session-bytes", "100K")
    with support.Server(*options, binary=support.OCELLI) as small:
        make = lambda n: small.request("POST", SESSIONS, json.dumps({"num_classes": n}), {"Content-Type": "application/json"})
        problem = support.check_problem(make(200), 503, "queue_full")
        assert "102400 bytes" in problem["detail"], problem
        first = make(2).json["id"]
        support.equal(make(2).status, 201, "second")
        problem = support.check_problem(make(2), 503, "queue_full")
        assert "at most 2 sessions" in problem["detail"], problem
        support.equal(small.metric("ocelli_metric_sessions"), 2, "kept")
        support.until(lambda: small.metric("ocelli_metric_sessions") == 0, "sessions to expire")
        support.equal((small.metric("ocelli_metric_sessions_expired_total"), small.metric("ocelli_metric_session_bytes")), (2, 0), "gone")
        for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/pairs"), ("POST", "/merge?from=" + "0" * 32)):
            body = b'{"confusion_matrix":[[1,0],[0,1]]}' if path == "/pairs" else None
            problem = support.check_problem(small.request(method, f"{SESSIONS}/{first}{path}", body, {"Content-Type": "application/json"} if body else {}),
                                            *((404, "not_found") if "merge" in path else (410, "gone")))
            assert "merge" in path or f"session '{first}' has expired: it was not used for 1 s" in problem["detail"], problem
        support.check_problem(small.request("GET", f"{SESSIONS}/{'0' * 32}"), 404, "not_found")
        support.equal(make(2).status, 201, "room again")
    with support.Server("--metric-sessions", "0", binary=support.OCELLI) as none:
        support.check_problem(none.request("POST", SESSIONS, b'{"num_classes":2}', {"Content-Type": "application/json"}), 404, "not_found")


def test_what_is_out_of_range_may_be_left_out():
    truth, prediction = random_pair(5, 6)
    pair = {"truth": text(palette_png(truth)), "prediction": text(grey_png(prediction)), "num_classes": 4}
    problem = ask(pair, status=400)
    assert re.search(r"truth: class [45] at row \d+, column \d+; 0..3 are expected", problem["detail"]), problem
    keep = (truth < 4) & (prediction < 4)
    answer = ask({**pair, "out_of_range": "ignore"})
    check(answer, confusion(truth[keep], prediction[keep], 4))
    support.equal((answer["pixels"], answer["ignored_pixels"]), (int(keep.sum()), int((~keep).sum())), "counts")
    ask({**pair, "out_of_range": "ignore", "boundary_iou": True})
    one = make_session(num_classes=4, out_of_range="ignore")
    ask({k: pair[k] for k in ("truth", "prediction")}, f"{SESSIONS}/{one}/pairs")
    support.equal(ask(None, f"{SESSIONS}/{one}", method="GET")["confusion_matrix"], answer["confusion_matrix"], "sessions too")
    end_session(one)
    assert "needs num_classes" in ask({k: pair[k] for k in ("truth", "prediction")} | {"out_of_range": "ignore"}, status=400)["detail"]


def test_scikit_learn_where_it_is():
    """A thousand random matrices. Accuracy, IoU, precision, recall and F1 of each class are single divisions: equal to the last bit."""
    try:
        from sklearn import metrics
    except ImportError:
        print("no scikit-learn: recorded values only")
        return
    rng = np.random.default_rng(77)
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    for i in range(50 if re.search("build-[at]san", support.OCELLI) else 1000):
        n = int(rng.integers(2, 9))
        matrix = rng.integers(0, 1 << int(rng.integers(1, 20)), (n, n)) * (rng.random((n, n)) < 0.7)
        matrix[0, 0] += 1
        matrix[1, 1] += 1
        connection.request("POST", PATH, json.dumps({"confusion_matrix": matrix.tolist()}), {"Content-Type": "application/json"})
        answer = json.loads(connection.getresponse().read())
        t, p = np.divmod(np.arange(n * n), n)
        weights, labels = matrix.ravel(), list(range(n))
        precision, recall, f1, _ = metrics.precision_recall_fscore_support(t, p, labels=labels, sample_weight=weights, zero_division=0)
        iou = metrics.jaccard_score(t, p, labels=labels, average=None, sample_weight=weights, zero_division=0)
        for k, c in enumerate(answer["classes"]):
            for name, value in (("precision", precision[k]), ("recall", recall[k]), ("dice", f1[k]), ("iou", iou[k])):
                found = 0 if c[name] is None else c[name]
                assert abs(found - value) <= (0 if name != "dice" else 2.3e-16), (i, k, name, found, value)
        assert answer["pixel_accuracy"] == metrics.accuracy_score(t, p, sample_weight=weights), i
        assert abs(answer["kappa"] - metrics.cohen_kappa_score(t, p, sample_weight=weights)) < 1e-13, i
    connection.close()


def test_a_client_that_breaks_off_adds_nothing():
    one = make_session(num_classes=5)
    truth, prediction = random_pair(9, 5, (200, 300))
    body, headers = multipart([("truth", palette_png(truth)), ("prediction", palette_png(prediction))])
    head = (f"POST {SESSIONS}/{one}/pairs HTTP/1.1\r\nHost: x\r\nContent-Type: {headers['Content-Type']}\r\nContent-Length: {len(body)}\r\n\r\n").encode()
    expected = confusion(truth, prediction, 5)
    for share in (0.2, 0.6, 0.999):
        with server.connect() as s:
            s.sendall(head + body[: int(len(body) * share)])
    support.equal(ask(None, f"{SESSIONS}/{one}", method="GET")["pairs"], 0, "half requests")
    rounds = 6
    for i in range(rounds):  # whole ones whose client does not wait: each counts wholly or not at all
        with server.connect() as s:
            s.sendall(head + body)
            if i % 2:
                support.read_answer(s)
    support.until(lambda: ask(None, f"{SESSIONS}/{one}", method="GET")["pairs"] >= rounds // 2, "those that waited")
    state = ask(None, f"{SESSIONS}/{one}", method="GET")
    support.equal(state["confusion_matrix"], (expected * state["pairs"]).tolist(), "whole pairs")
    end_session(one)


def test_many_clients_of_one_session():
    one = make_session(num_classes=2)
    work = [support.in_background(lambda: [ask({"confusion_matrix": [[1, 2], [3, 4]]}, f"{SESSIONS}/{one}/pairs") for _ in range(20)]) for _ in range(6)]
    for w in work:
        w.result()
    support.equal(ask(None, f"{SESSIONS}/{one}", method="GET")["confusion_matrix"], [[120, 240], [360, 480]], "no count is lost")
    end_session(one)


def test_what_segment_answers_can_be_scored():
    im = Image.new("RGB", (90, 60))
    im.paste((255, 0, 0), (20, 10, 60, 50))
    out = io.BytesIO()
    im.save(out, "PNG")
    for encoding in ("coco_rle", "png"):
        found = server.request("POST", f"/v1/segment?encoding={encoding}", out.getvalue(), {"Content-Type": "image/png"}).json
        pixels = {c["class_id"]: c["pixels"] for c in found["classes"]}
        answer = ask({"truth": found["mask"], "prediction": found["mask"], "num_classes": 3})
        near(answer["mean_iou"], 1.0, "against itself")
        support.equal({k: answer["confusion_matrix"][k][k] for k in pixels}, pixels, "pixels")


if __name__ == "__main__":
    with support.Server("--models", str(HERE.parent / "data" / "models"), binary=support.OCELLI) as server:
        failed = support.run_tests(globals())
    sys.exit(1 if failed else 0)
