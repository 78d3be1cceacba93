"""Hand-written documents in many languages."""

from collections.abc import Mapping

# Language: a title, a word of it in another form, and a title that has nothing to do with it.
STEMS: Mapping[str, tuple[str, str, str]] = {
    "en": ("Medieval manuscripts", "manuscript", "Economy of trade"),
    "de": ("Mündliche Prüfungen", "Prüfung", "Wirtschaft und Handel"),
    "fr": ("Histoire des révolutions", "révolution", "Commerce et droit"),
    "es": ("Las universidades antiguas", "universidad", "Comercio y derecho"),
    "it": ("Romanzi dell'Ottocento", "romanzo", "Diritto e commercio"),
    "pt": ("Livros da Idade Moderna", "livro", "Direito e comércio"),
    "nl": ("Oude boeken", "boek", "Recht en handel"),
    "sv": ("Svenska romaner", "roman", "Ekonomi och handel"),
    "da": ("Danske sprogene", "sprog", "Handel og vandel"),
    "no": ("Norske romaner", "roman", "Handel og økonomi"),
    "fi": ("Suomalaiset kirjat", "kirja", "Talous ja kauppa"),
    "hu": ("Régi könyvek", "könyv", "Gazdaság"),
    "ro": ("Romane istorice", "roman", "Economie"),
    "ru": ("Русские романы", "роман", "Экономика и право"),
    "tr": ("Türk kitapları", "kitap", "Ekonomi ve hukuk"),
    "el": ("Ελληνική ιστορία", "ιστορίας", "Οικονομία"),
    "ar": ("الجامعات العربية", "جامعة", "تاريخ الفن"),
    "hi": ("भारतीय भाषाएं", "भाषा", "अर्थशास्त्र"),
}

# Language: a title without spaces, a word in it, and a title that has nothing to do with it.
UNSPACED: Mapping[str, tuple[str, str, str]] = {
    "zh": ("機器學習導論", "學習", "古典詩歌"),
    "ja": ("機械学習入門", "学習", "日本文化史"),
    "ko": ("기계학습개론", "학습", "한국문화사"),
    "th": ("การเรียนรู้ของเครื่อง", "เรียนรู้", "ประวัติศาสตร์ไทย"),
}
