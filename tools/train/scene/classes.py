"""The thirty classes, the emoji that show them, and the emoji that may lie about as something else."""

# COCO names in COCO's order. After "|" pictures that are never trained on: they are evaluated apart.
CLASSES = {
    "person": "🚶 🏃 🧍 💃 🕺 🧎 🚶‍♀ 🏃‍♀ 🧍‍♀ 🧍‍♂ 👮 👷 💂 🧑‍🍳 🧑‍🌾 🧑‍🔧 👨‍⚕ 🙋 🤷 🤵 👰 👨 👩 🧔 👵 👴 | 👩‍🚒 🧑‍🎓 🙋‍♂",
    "bicycle": "🚲",
    "car": "🚗 🚙 🚓 🚘 🚖 🚔 🏎 | 🚕",
    "motorcycle": "🏍 🛵",
    "airplane": "✈ 🛩 🛫 🛬",
    "bus": "🚌 🚍 🚎",
    "train": "🚆 🚂 🚄 🚅 🚇 🚊 🚋 🚈 🚝 | 🚃",
    "truck": "🚚 🚛 🚒 🛻",
    "boat": "⛵ 🛥 🛳 ⛴ 🚢 🛶 | 🚤",
    "traffic light": "🚦 🚥",
    "bird": "🐦 🐤 🦜 🦅 🦉 🦩 🦚 🐓 🕊 🦢 | 🦆",
    "cat": "🐈 🐱 🐈‍⬛",
    "dog": "🐕 🐶 🐩 🐕‍🦺 | 🦮",
    "horse": "🐎 🐴",
    "sheep": "🐑 🐏",
    "cow": "🐄 🐮 🐂",
    "elephant": "🐘",
    "umbrella": "☂ ☔ ⛱ 🌂",
    "sports ball": "⚽ 🏀 ⚾ 🏐 🏈 🏉 | 🥎",
    "bottle": "🍾 🍼 🧴",
    "cup": "☕ 🍵 🥤 🧋",
    "banana": "🍌",
    "apple": "🍎 🍏",
    "pizza": "🍕",
    "cake": "🎂 🍰",
    "chair": "🪑 💺",
    "laptop": "💻",
    "cell phone": "📱 📲",
    "book": "📕 📗 📘 📖 📚 📓 | 📙",
    "clock": "⏰ 🕐 🕔 🕘 🕰 | 🕝",
}
LABELS = list(CLASSES)
SKIN_TONES = [chr(code) for code in range(0x1F3FB, 0x1F400)]

# Words in CLDR's names and keywords of emoji that look like one of the classes, or show a person or a sign.
ALIKE = set(
    """person man woman men women boy girl people family couple baby hand finger child adult face role
    flag keycap clock time watch car vehicle bus train railway truck boat ship airplane aircraft bicycle motorcycle traffic
    bird cat dog horse sheep ram goat cow bull ox buffalo elephant umbrella ball sport bottle cup glass tea drink
    banana apple fruit pizza cake chair seat laptop computer phone mobile book notebook wolf fox button arrow symbol
    zodiac chess mahjong letter sign""".split()
)
ALIKE_EMOJI = set(
    "🦽 🦼 🛋 🍶 🫖 🥛 🧃 🍅 🍑 🧁 🥮 🖥 📺 📔 📒 📙 📰 🧯 🦣 🦏 🦛 🐧 🐥 🐣 🦃 🦤 🎱 🪀 🔮 🚀 🛸 🚁 🚜 🛴 🛹 🛺 🏠"
    " 🥷 🤴 👸 🎅 🤶 🕵 🦸 🦹 🧙 🧚 🧛 🧜 🧝 🧞 🧟 🏂 👤 👥 🗣 🎎 🚻 🚾 🚷 🚯 🛌 🏌 🪖".split()
)


def pictures_of(label, held_out=False):
    """The emoji of one class: those trained on, or those held out (often none)."""
    known, _, apart = CLASSES[label].partition("|")
    return (apart if held_out else known).split()


def with_skin_tones(text):
    """A person in the five skin tones, where a tone can follow the first sign."""
    return [text[0] + tone + text[1:] for tone in SKIN_TONES]


def distractors(annotations):
    """Emoji that are none of the classes, from CLDR's annotations {text: (name, keywords)}."""
    used = {text for label in LABELS for text in pictures_of(label) + pictures_of(label, True)}
    chosen = []
    for text, (name, keywords) in annotations.items():
        words = set(" ".join([name, *keywords]).replace(":", " ").replace("-", " ").split())
        if text in used or text in ALIKE_EMOJI or words & ALIKE or len(text) > 1 or ord(text[0]) < 0x1F300:
            continue
        chosen.append(text)
    return chosen
