"""A byte-level BPE tokenizer in plain Python: learns its merges, writes Hugging Face's tokenizer.json, encodes.

Text is put into NFKC and lower case and split into runs of letters and marks, single digits and runs of other
characters; white space is dropped. The UTF-8 bytes of each run are merged by rank. An end token closes every text.
"""

import collections
import heapq
import json
import unicodedata

PAD, END = "<pad>", "</s>"
SPLIT = r"[\p{L}\p{M}]+|\p{N}|[^\s\p{L}\p{M}\p{N}]+"
SPACES = set("\t\n\x0b\x0c\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000") | {chr(code) for code in range(0x2000, 0x200B)}


def _byte_characters():
    """GPT-2's printable stand-ins for the 256 bytes."""
    printable = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
    others = [byte for byte in range(256) if byte not in printable]
    table = {byte: chr(byte) for byte in printable}
    table.update({byte: chr(256 + at) for at, byte in enumerate(others)})
    return [table[byte] for byte in range(256)]


BYTES = _byte_characters()


def normalise(text):
    return "".join(letter.lower() for letter in unicodedata.normalize("NFKC", text))


def _kind(letter):
    if letter in SPACES:
        return "space"
    category = unicodedata.category(letter)[0]
    return category if category in "N" else "L" if category in "LM" else "other"


def split(text):
    """The runs of normalised text that SPLIT finds."""
    runs, before = [], "space"
    for letter in text:
        kind = _kind(letter)
        if kind == "space":
            pass
        elif kind == before and kind != "N":
            runs[-1] += letter
        else:
            runs.append(letter)
        before = kind
    return runs


def symbols(run):
    return [BYTES[byte] for byte in run.encode()]


def _merged(parts, pair):
    result, at = [], 0
    while at < len(parts):
        if at + 1 < len(parts) and parts[at] == pair[0] and parts[at + 1] == pair[1]:
            result.append(parts[at] + parts[at + 1])
            at += 2
        else:
            result.append(parts[at])
            at += 1
    return result


def learn(counts, size):
    """Merges for a vocabulary of `size` from {run: count}. Ties go to the pair that sorts first: always the same."""
    words = [(symbols(run), count) for run, count in sorted(counts.items())]
    pairs, where = collections.Counter(), collections.defaultdict(set)
    for index, (parts, count) in enumerate(words):
        for pair in zip(parts, parts[1:]):
            pairs[pair] += count
            where[pair].add(index)
    heap = [(-count, pair) for pair, count in pairs.items()]
    heapq.heapify(heap)
    merges = []
    while len(merges) < size - 258 and heap:
        count, pair = heapq.heappop(heap)
        if pairs[pair] != -count:
            continue
        merges.append(pair)
        changed = set()
        for index in where.pop(pair):
            parts, times = words[index]
            for old in zip(parts, parts[1:]):
                pairs[old] -= times
                changed.add(old)
            parts = _merged(parts, pair)
            words[index] = (parts, times)
            for new in zip(parts, parts[1:]):
                pairs[new] += times
                where[new].add(index)
                changed.add(new)
        pairs[pair] = 0
        for other in changed:
            if pairs[other] > 0:
                heapq.heappush(heap, (-pairs[other], other))
    return merges


class Tokenizer:
    """Encodes text to a fixed count of ids."""

    def __init__(self, merges, context):
        self.merges, self.context = merges, context
        tokens = [PAD, END] + BYTES + [left + right for left, right in merges]
        self.vocabulary = {token: at for at, token in enumerate(tokens)}
        self.ranks = {pair: rank for rank, pair in enumerate(merges)}
        self.pad, self.end = 0, 1
        self.known = {}

    @staticmethod
    def load(path):
        with open(path, encoding="utf-8") as file:
            made = json.load(file)
        merges = [tuple(merge.split(" ")) for merge in made["model"]["merges"]]
        return Tokenizer(merges, made["truncation"]["max_length"])

    def _run(self, run):
        if run not in self.known:
            if len(self.known) > 400_000:  # slips of the pen make new runs for ever
                self.known.clear()
            parts = symbols(run)
            while len(parts) > 1:
                pair = min(zip(parts, parts[1:]), key=lambda pair: self.ranks.get(pair, len(self.ranks)))
                if pair not in self.ranks:
                    break
                parts = _merged(parts, pair)
            self.known[run] = [self.vocabulary[part] for part in parts]
        return self.known[run]

    def pieces(self, text):
        """All ids of a text, without the end token."""
        return [token for run in split(normalise(text)) for token in self._run(run)]

    def loose_pieces(self, text, dropped, chance):
        """As pieces(), but each merge is passed over at times: the same text cut otherwise (BPE dropout)."""
        found = []
        for run in split(normalise(text)):
            parts = symbols(run)
            while len(parts) > 1:
                open_now = [pair for pair in zip(parts, parts[1:]) if pair in self.ranks and chance.random() >= dropped]
                if not open_now:
                    break
                parts = _merged(parts, min(open_now, key=self.ranks.get))
            found += [self.vocabulary[part] for part in parts]
        return found

    def ids_of(self, text):
        """Cut where too long, always with an end token: at most `context` ids."""
        return self.pieces(text)[: self.context - 1] + [self.end]

    def encode(self, text):
        """Exactly `context` ids, padded."""
        ids = self.ids_of(text)
        return ids + [self.pad] * (self.context - len(ids))

    def save(self, path):
        special = dict(single_word=False, lstrip=False, rstrip=False, normalized=False, special=True)
        made = {
            "version": "1.0",
            "truncation": dict(direction="Right", max_length=self.context, strategy="LongestFirst", stride=0),
            "padding": dict(strategy={"Fixed": self.context}, direction="Right", pad_to_multiple_of=None, pad_id=self.pad, pad_type_id=0, pad_token=PAD),
            "added_tokens": [dict(id=self.pad, content=PAD, **special), dict(id=self.end, content=END, **special)],
            "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFKC"}, {"type": "Lowercase"}]},
            "pre_tokenizer": {
                "type": "Sequence",
                "pretokenizers": [
                    {"type": "Split", "pattern": {"Regex": SPLIT}, "behavior": "Removed", "invert": True},
                    {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False},
                ],
            },
            "post_processor": {
                "type": "TemplateProcessing",
                "single": [{"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": END, "type_id": 0}}],
                "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}, {"SpecialToken": {"id": END, "type_id": 0}}],
                "special_tokens": {END: {"id": END, "ids": [self.end], "tokens": [END]}},
            },
            "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
            "model": {
                "type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None, "end_of_word_suffix": None,
                "fuse_unk": False, "byte_fallback": False, "vocab": self.vocabulary, "merges": [" ".join(pair) for pair in self.merges],
            },
        }
        with open(path, "w", encoding="utf-8") as file:
            json.dump(made, file, ensure_ascii=False, separators=(",", ":"))
