"""COCO's and PASCAL VOC's average precision written apart from the program's, straight from their definitions and without a thought for speed;
and random data to compare with. Only the standard library."""
import random

IOUS = [0.5 + i * ((0.95 - 0.5) / 9) for i in range(9)] + [0.95]
RECALLS = [i * 0.01 for i in range(100)] + [1.0]
AREAS = {"all": (0, 1e10), "small": (0, 32**2), "medium": (32**2, 96**2), "large": (96**2, 1e10)}


def iou(d, g, crowd):
    w = min(d[0] + d[2], g[0] + g[2]) - max(d[0], g[0])
    h = min(d[1] + d[3], g[1] + g[3]) - max(d[1], g[1])
    if w <= 0 or h <= 0:
        return 0
    return w * h / (d[2] * d[3] if crowd else d[2] * d[3] + g[2] * g[3] - w * h)


def match(truths, found, threshold, area, most):
    """[(score, right, ignored)] of one picture and class, and the number of truths that count."""
    low, high = area
    rows = [(g, bool(g.get("iscrowd")) or not low <= g["area"] <= high) for g in truths]
    rows.sort(key=lambda r: r[1])  # those that count first; stable
    taken, out = set(), []
    for d in sorted(found, key=lambda d: -d["score"])[:most]:
        best, limit = None, min(threshold, 1 - 1e-10)
        for i, (g, ignored) in enumerate(rows):
            if i in taken and not g.get("iscrowd"):
                continue
            if best is not None and not rows[best][1] and ignored:
                break
            overlap = iou(d["bbox"], g["bbox"], bool(g.get("iscrowd")))
            if overlap >= limit:
                limit, best = overlap, i
        if best is not None:
            taken.add(best)
            out.append((d["score"], True, rows[best][1]))
        else:
            out.append((d["score"], False, not low <= d["bbox"][2] * d["bbox"][3] <= high))
    return out, sum(not ignored for _, ignored in rows)


def curve(images, truths, found, threshold, area, most):
    """(average precision, highest recall) of one class, or None."""
    entries, positives = [], 0
    for image in images:
        rows, n = match([g for g in truths if g["image_id"] == image], [d for d in found if d["image_id"] == image], threshold, area, most)
        entries += rows
        positives += n
    if not positives:
        return None
    entries.sort(key=lambda e: -e[0])
    right = wrong = 0
    points = []
    for _, hit, ignored in entries:
        if ignored:
            continue
        right, wrong = right + hit, wrong + (not hit)
        points.append((right / positives, right / (right + wrong)))
    total = 0
    for wanted in RECALLS:
        reached = [p for r, p in points if r >= wanted]
        total += max(reached) if reached else 0
    return total / len(RECALLS), points[-1][0] if points else 0


def mean(values):
    values = [v for v in values if v is not None]
    return sum(values) / len(values) if values else None


def coco(truth, results):
    """The twelve numbers, and each class's ap."""
    images = sorted(i["id"] for i in truth["images"])
    classes = sorted(c["id"] for c in truth["categories"])
    most = {1: 1, 10: 10, 100: 100}

    def cell(k, threshold, area, n):
        return curve(images, [g for g in truth["annotations"] if g["category_id"] == k], [d for d in results if d["category_id"] == k],
                     threshold, AREAS[area], n)

    table = {(k, t, a): cell(k, t, a, 100) for k in classes for t in IOUS for a in AREAS}
    few = {(k, t, n): cell(k, t, "all", n) for k in classes for t in IOUS for n in (1, 10)}

    def ap(area="all", ious=IOUS, only=None):
        return mean(table[k, t, area] and table[k, t, area][0] for k in (only or classes) for t in ious)

    def ar(area):
        return mean(table[k, t, area] and table[k, t, area][1] for k in classes for t in IOUS)

    def ar_few(n):
        return mean(few[k, t, n] and few[k, t, n][1] for k in classes for t in IOUS)

    scores = {"ap": ap(), "ap50": ap(ious=IOUS[:1]), "ap75": ap(ious=IOUS[5:6]), "ap_small": ap("small"), "ap_medium": ap("medium"),
              "ap_large": ap("large"), "ar_1": ar_few(most[1]), "ar_10": ar_few(most[10]), "ar_100": ar("all"), "ar_small": ar("small"),
              "ar_medium": ar("medium"), "ar_large": ar("large")}
    return scores, {k: ap(only=[k]) for k in classes}


def voc(truth, results, threshold=0.5):
    """{class: (ap, ap_11_point)}; boxes of COCO's form, truths may be "difficult"."""
    out = {}
    for k in sorted(c["id"] for c in truth["categories"]):
        truths = [dict(g, used=False) for g in truth["annotations"] if g["category_id"] == k]
        positives = sum(not g.get("difficult") for g in truths)
        right = wrong = 0
        points = []
        order = {i: n for n, i in enumerate(sorted(i["id"] for i in truth["images"]))}
        rows = [d for d in results if d["category_id"] == k]
        rows.sort(key=lambda d: order[d["image_id"]])
        rows.sort(key=lambda d: -d["score"])
        for d in rows:
            best, most = None, 0
            for g in truths:
                overlap = iou(d["bbox"], g["bbox"], False) if g["image_id"] == d["image_id"] else 0
                if overlap > most:
                    best, most = g, overlap
            if best is not None and most >= threshold:
                if best.get("difficult"):
                    continue
                hit = not best["used"]
                best["used"] = True
            else:
                hit = False
            right, wrong = right + hit, wrong + (not hit)
            points.append((right, right / (right + wrong)))
        if not positives:
            out[k] = None
            continue
        area = sum(max(p for r, p in points if r >= n) for n in range(1, right + 1)) / positives
        eleven = 0
        for i in range(11):
            reached = [p for r, p in points if 10 * r >= i * positives]
            eleven += max(reached) / 11 if reached else 0
        out[k] = (area, eleven)
    return out


def random_case(seed, classes=4, images=6, objects=5, found=9):
    """A data set and results with crowds, ties, empty classes and pictures, boxes of all sizes, ones that fit exactly and ones that do not."""
    rng = random.Random(seed)
    grid = rng.choice([1, 1, 8])  # coarse numbers make ties

    def number(low, high):
        return round(rng.uniform(low, high) / grid) * grid if rng.random() < 0.6 else rng.uniform(low, high)

    def box():
        side = rng.choice([12, 30, 60, 150, 400])
        return [number(0, 300), number(0, 300), max(1, number(side * 0.5, side)), max(1, number(side * 0.5, side))]

    ids = rng.sample(range(1, 1000), images)
    class_ids = rng.sample(range(1, 91), classes)
    annotations, results = [], []
    for image in ids[: rng.randint(1, images)]:
        for _ in range(rng.randint(0, objects)):
            b = box()
            area = b[2] * b[3] * rng.choice([1, 1, 0.6])
            annotations.append({"id": len(annotations) + 1, "image_id": image, "category_id": rng.choice(class_ids[:-1]), "bbox": b, "area": area,
                                "iscrowd": int(rng.random() < 0.15), "difficult": int(rng.random() < 0.2)})
    for _ in range(rng.randint(0, found * images)):
        near = rng.choice(annotations) if annotations and rng.random() < 0.7 else None
        b = [v + rng.choice([0, 0, number(-8, 8)]) for v in near["bbox"]] if near else box()
        b[2], b[3] = max(1, b[2]), max(1, b[3])
        results.append({"image_id": near["image_id"] if near else rng.choice(ids), "category_id": near["category_id"] if near and rng.random() < 0.9 else rng.choice(class_ids),
                        "bbox": b, "score": rng.choice([round(rng.random(), 1), rng.random()])})
    rng.shuffle(ids)
    truth = {"images": [{"id": i} for i in ids], "annotations": annotations, "categories": [{"id": k, "name": f"class {k}"} for k in class_ids]}
    return truth, results
