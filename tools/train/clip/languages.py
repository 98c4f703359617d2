"""The languages, with phrases for a picture: some to train on, others held out for evaluation.

Each template has one `{}`, always in a place that asks for no inflection. What stands under "held_out" is never
seen by training (see wordings.py); evaluate.py uses nothing else.
"""

TEMPLATES = {
    "en": {
        "trained": ["a {}", "a picture of a {}", "an emoji of {}", "a drawing of {}", "{} icon", "find {}", "image: {}", "this is {}"],
        "held_out": ["a small sticker that shows {}", "show me pictures with {}", "what a nice {} this is"],
    },
    "de": {
        "trained": ["ein Bild von {}", "Emoji: {}", "Zeichnung, {}", "{} als Symbol", "suche {}"],
        "held_out": ["ein kleiner Aufkleber mit {}", "zeig mir Fotos: {}"],
    },
    "fr": {
        "trained": ["une image de {}", "émoji : {}", "dessin, {}", "icône {}", "cherche {}"],
        "held_out": ["un petit autocollant avec {}", "montre-moi des photos : {}"],
    },
    "es": {
        "trained": ["una imagen de {}", "emoji: {}", "dibujo, {}", "icono {}", "busca {}"],
        "held_out": ["una pequeña pegatina con {}", "muéstrame fotos: {}"],
    },
    "it": {
        "trained": ["un'immagine di {}", "emoji: {}", "disegno, {}", "icona {}", "cerca {}"],
        "held_out": ["un piccolo adesivo con {}", "mostrami le foto: {}"],
    },
    "pt": {
        "trained": ["uma imagem de {}", "emoji: {}", "desenho, {}", "ícone {}", "procure {}"],
        "held_out": ["um pequeno adesivo com {}", "mostre-me fotos: {}"],
    },
    "pl": {
        "trained": ["obraz: {}", "emoji: {}", "rysunek, {}", "ikona {}", "szukaj: {}"],
        "held_out": ["mała naklejka: {}", "pokaż mi zdjęcia: {}"],
    },
    "tr": {
        "trained": ["{} resmi", "emoji: {}", "çizim, {}", "{} simgesi", "ara: {}"],
        "held_out": ["küçük bir çıkartma: {}", "bana fotoğraf göster: {}"],
    },
    "vi": {
        "trained": ["hình ảnh {}", "biểu tượng cảm xúc: {}", "bức vẽ {}", "biểu tượng {}", "tìm {}"],
        "held_out": ["một nhãn dán nhỏ có {}", "cho tôi xem ảnh: {}"],
    },
    "id": {
        "trained": ["gambar {}", "emoji: {}", "lukisan {}", "ikon {}", "cari {}"],
        "held_out": ["stiker kecil dengan {}", "tunjukkan foto: {}"],
    },
    "ru": {
        "trained": ["картинка: {}", "эмодзи: {}", "рисунок, {}", "значок {}", "найти: {}"],
        "held_out": ["маленькая наклейка: {}", "покажи мне фотографии: {}"],
    },
    "uk": {
        "trained": ["зображення: {}", "емодзі: {}", "малюнок, {}", "значок {}", "знайти: {}"],
        "held_out": ["маленька наліпка: {}", "покажи мені фотографії: {}"],
    },
    "el": {
        "trained": ["εικόνα: {}", "emoji: {}", "σχέδιο, {}", "εικονίδιο {}", "βρες: {}"],
        "held_out": ["ένα μικρό αυτοκόλλητο: {}", "δείξε μου φωτογραφίες: {}"],
    },
    "ar": {
        "trained": ["صورة {}", "رمز تعبيري: {}", "رسم، {}", "أيقونة {}", "ابحث عن {}"],
        "held_out": ["ملصق صغير: {}", "أرني صورا فوتوغرافية: {}"],
    },
    "he": {
        "trained": ["תמונה של {}", "אמוג'י: {}", "ציור, {}", "סמל {}", "חפש {}"],
        "held_out": ["מדבקה קטנה: {}", "הראה לי צילומים: {}"],
    },
    "hi": {
        "trained": ["{} का चित्र", "इमोजी: {}", "आरेख, {}", "{} का चिह्न", "खोजें: {}"],
        "held_out": ["एक छोटा स्टिकर: {}", "मुझे फ़ोटो दिखाओ: {}"],
    },
    "th": {
        "trained": ["รูป{}", "อีโมจิ: {}", "ภาพวาด {}", "ไอคอน{}", "ค้นหา {}"],
        "held_out": ["สติกเกอร์เล็กๆ {}", "ขอดูภาพถ่าย: {}"],
    },
    "ja": {
        "trained": ["{}の絵", "絵文字: {}", "イラスト、{}", "{}のアイコン", "{}を探す"],
        "held_out": ["{}の小さなシール", "写真を見せて: {}"],
    },
    "ko": {
        "trained": ["{} 그림", "이모지: {}", "일러스트, {}", "{} 아이콘", "{} 찾기"],
        "held_out": ["{} 작은 스티커", "사진을 보여줘: {}"],
    },
    "zh": {
        "trained": ["{}的图片", "表情符号:{}", "插图,{}", "{}图标", "查找{}"],
        "held_out": ["{}的小贴纸", "给我看照片:{}"],
    },
}

LANGUAGES = list(TEMPLATES)

# Written without spaces or in syllables: there a slip of one letter is another word.
NO_SLIPS = {"th", "ja", "ko", "zh"}
