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
    "ru": {
        "trained": ["картинка: {}", "эмодзи: {}", "рисунок, {}", "значок {}", "найти: {}"],
        "held_out": ["маленькая наклейка: {}", "покажи мне фотографии: {}"],
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
# Shares of the texts in training.
SHARES = {"en": 4.0}
SHARE = 1.0  # of all others

# Words around a name, for training: any of the first list, any of the second, or both. A tower that has seen many learns
# that they say nothing of the picture, and copes with the templates held out.
AROUND = {
    "en": (
        ["please look for a", "I would like a", "there is a", "we saw the", "can you see a", "photo of the", "my", "an old", "one big", "here comes a", "everyone knows the", "two people talk about a", "the best", "does anybody have a", "give me a"],
        ["in the garden", "on a table", "for you", "at night", "again", "right now", "over there", "from yesterday", "in a book", "near the house", "if possible"],
    ),
    "de": (
        ["bitte suche", "ich möchte", "da ist", "wir sahen", "siehst du", "Foto von", "mein", "ein altes", "hier kommt", "wer hat", "das beste", "gib mir", "alle kennen"],
        ["im Garten", "auf dem Tisch", "für dich", "in der Nacht", "noch einmal", "jetzt gleich", "da drüben", "von gestern", "im Buch"],
    ),
    "fr": (
        ["cherchez", "je voudrais", "il y a", "nous avons vu", "tu vois", "photo de", "mon", "un vieux", "voici", "qui a", "le meilleur", "donne-moi", "tout le monde connaît"],
        ["dans le jardin", "sur la table", "pour toi", "la nuit", "encore", "tout de suite", "là-bas", "d'hier", "dans un livre"],
    ),
    "es": (
        ["por favor busca", "quisiera", "hay", "vimos", "ves", "foto de", "mi", "un viejo", "aquí viene", "quién tiene", "lo mejor", "dame", "todos conocen"],
        ["en el jardín", "sobre la mesa", "para ti", "de noche", "otra vez", "ahora mismo", "por allí", "de ayer", "en un libro"],
    ),
    "it": (
        ["per favore cerca", "vorrei", "c'è", "abbiamo visto", "vedi", "foto di", "il mio", "un vecchio", "ecco", "chi ha", "il migliore", "dammi", "tutti conoscono"],
        ["nel giardino", "sul tavolo", "per te", "di notte", "ancora", "adesso", "laggiù", "di ieri", "in un libro"],
    ),
    "pt": (
        ["por favor encontre", "eu queria", "há", "nós vimos", "você vê", "foto de", "meu", "um velho", "aqui vem", "quem tem", "o melhor", "me dê", "todos conhecem"],
        ["no jardim", "sobre a mesa", "para você", "à noite", "de novo", "agora mesmo", "ali", "de ontem", "em um livro"],
    ),
    "ru": (
        ["пожалуйста найди:", "я хочу:", "там есть", "мы видели:", "ты видишь:", "фото:", "мой", "старый", "вот идёт", "у кого есть", "лучший", "дай мне:", "все знают:"],
        ["в саду", "на столе", "для тебя", "ночью", "снова", "прямо сейчас", "вон там", "вчера", "в книге"],
    ),
    "el": (
        ["παρακαλώ βρες", "θα ήθελα", "υπάρχει", "είδαμε", "βλέπεις", "φωτογραφία:", "το δικό μου", "ένα παλιό", "έρχεται", "ποιος έχει", "το καλύτερο", "δώσε μου", "όλοι ξέρουν"],
        ["στον κήπο", "στο τραπέζι", "για σένα", "τη νύχτα", "πάλι", "τώρα", "εκεί πέρα", "από χθες", "σε ένα βιβλίο"],
    ),
    "ar": (
        ["من فضلك ابحث عن", "أريد", "يوجد", "رأينا", "هل ترى", "لقطة", "عندي", "قديم", "ها هو", "من لديه", "أفضل", "أعطني", "الجميع يعرف"],
        ["في الحديقة", "على الطاولة", "من أجلك", "في الليل", "مرة أخرى", "الآن", "هناك", "من أمس", "في كتاب"],
    ),
    "he": (
        ["בבקשה חפש", "אני רוצה", "יש", "ראינו", "אתה רואה", "תצלום", "שלי", "ישן", "הנה", "למי יש", "הכי טוב", "תן לי", "כולם מכירים"],
        ["בגן", "על השולחן", "בשבילך", "בלילה", "שוב", "עכשיו", "שם", "מאתמול", "בספר"],
    ),
    "hi": (
        ["कृपया ढूंढें", "मुझे चाहिए", "वहाँ है", "हमने देखा", "क्या तुम देखते हो", "तस्वीर", "मेरा", "पुराना", "यहाँ है", "किसके पास है", "सबसे अच्छा", "मुझे दो", "सब जानते हैं"],
        ["बगीचे में", "मेज़ पर", "तुम्हारे लिए", "रात में", "फिर से", "अभी", "वहाँ", "कल का", "किताब में"],
    ),
    "th": (
        ["ช่วยหา", "ฉันอยากได้", "มี", "เราเห็น", "คุณเห็น", "ภาพของ", "ของฉัน", "อันเก่า", "นี่คือ", "ใครมี", "ที่ดีที่สุด", "ขอ", "ทุกคนรู้จัก"],
        ["ในสวน", "บนโต๊ะ", "สำหรับคุณ", "ตอนกลางคืน", "อีกครั้ง", "ตอนนี้", "ตรงนั้น", "เมื่อวาน", "ในหนังสือ"],
    ),
    "ja": (
        ["ここにある", "私の", "古い", "これは", "画像:", "検索:", "一番いい", "みんなの", "昨日の", "大きな", "庭の"],
        ["が欲しい", "を見た", "があります", "をください", "はどこ", "です", "と本", "を持っている人", "が好き", "の画像"],
    ),
    "ko": (
        ["여기 있는", "나의", "오래된", "이것은", "그림:", "검색:", "가장 좋은", "모두의", "어제의", "큰", "정원의"],
        ["주세요", "봤어요", "있어요", "어디에 있나요", "입니다", "그리고 책", "좋아해요", "이미지", "지금", "테이블 위에"],
    ),
    "zh": (
        ["请查找", "我想要", "那里有", "我们看见", "你看", "图像:", "我的", "旧的", "这是", "谁有", "最好的", "昨天的"],
        ["在花园里", "在桌子上", "给你", "在晚上", "再一次", "现在", "在那边", "在哪里", "在书里", "很好"],
    ),
}
TIGHT = {"th", "ja", "zh"}  # written without spaces

# Written without spaces or in syllables: there a slip of one letter is another word.
NO_SLIPS = {"th", "ja", "ko", "zh"}
