"""What people of two of the demo's universities say on the social web, each in a language of their university.

People are numbered: 0 is the sample instructor, 1 the sample student, 2 the registrar, 3 to 5 teach, 6 to 9 study.
"""

from collections.abc import Mapping
from dataclasses import dataclass

INSTRUCTOR, STUDENT, REGISTRAR = 0, 1, 2
OTHER_TEACHERS, OTHER_STUDENTS = 3, 4


@dataclass(frozen=True, slots=True)
class Said:
    """A post: whose, in which language; `answers` is the place in the list of the post that it answers.

    `in_course`: said by a course, to all who follow it; in its name speaks who teaches it.
    """

    who: int
    language: str
    text: str
    visibility: str = "public"
    answers: int | None = None
    in_course: bool = False
    warning: str | None = None


POSTS: Mapping[str, tuple[Said, ...]] = {
    "auenfels": (
        Said(
            REGISTRAR,
            "de",
            "Die Einschreibung für das nächste Semester ist offen. Wer auf einer Warteliste steht, hört von uns,"
            " sobald ein Platz frei wird. #Einschreibung",
        ),
        Said(
            INSTRUCTOR,
            "de",
            "Ab heute schreibe ich **hier** über unser Labor:\n\n- Brücken, die schwingen\n- Beton, der heilt\n"
            "- Fragen aus der Vorlesung\n\n#Bauwesen #Forschung",
        ),
        Said(INSTRUCTOR, "de", "Die Übung am Freitag findet im Technikum statt.", in_course=True),
        Said(INSTRUCTOR, "de", "Die Folien der dritten Woche sind da. Fragen gern hier.", in_course=True),
        Said(
            STUDENT,
            "de",
            "Gibt es zur Übung wieder eine Lösung zum Nachrechnen?",
            answers=1,
        ),
        Said(INSTRUCTOR, "de", "Ja, am Montag nach der Abgabe.", answers=4),
        Said(STUDENT, "de", "Lerngruppe für die Klausur gesucht, gern auch online. #Lerngruppe"),
        Said(
            3,
            "en",
            "Our seminar on open data in cities starts next week; guests from other universities are welcome."
            " #OpenData",
        ),
        Said(
            4, "de", "Ein Semester lang haben wir Regenwasser gemessen. Der Fluss ist sauberer als gedacht."
        ),
        Said(6, "de", "Mensa heute: Linsen. Schon wieder.", warning="Essen"),
        Said(
            7,
            "en",
            "Has anybody here spent a semester in Aoihama? I would love to hear how it was. #Exchange",
        ),
        Said(8, "de", "Nur für uns hier: Der Beamer in Raum 12 geht wieder.", visibility="tenant"),
    ),
    "aoihama": (
        Said(
            REGISTRAR,
            "ja",
            "来学期の履修登録が始まりました。定員に達した科目は順番待ちができます。 #履修登録",
        ),
        Said(
            INSTRUCTOR,
            "ja",
            "研究室の日々をここに書きます。\n\n- 波の観測\n- 海岸の調査\n- 授業の質問\n\n#海洋 #研究",
        ),
        Said(INSTRUCTOR, "ja", "金曜日の演習は海洋実験棟で行います。", in_course=True),
        Said(INSTRUCTOR, "ja", "第3週の資料を公開しました。質問はここへどうぞ。", in_course=True),
        Said(STUDENT, "ja", "演習の解答例は公開されますか。", answers=1),
        Said(INSTRUCTOR, "ja", "はい、月曜日に公開します。", answers=4),
        Said(STUDENT, "ja", "一緒に試験勉強をする人を探しています。 #勉強会"),
        Said(3, "en", "Tide tables of our bay are open data now, one file a year since 1961. #OpenData"),
        Said(4, "ja", "学生と一緒に海岸のごみを数えました。去年より三割少なくなっています。"),
        Said(6, "ja", "今日の学食はカレーでした。", warning="食べ物"),
        Said(7, "en", "I am going to Auenfels in autumn. What should I bring? #Exchange"),
        Said(8, "ja", "学内のお知らせ：12番教室の映写機が直りました。", visibility="tenant"),
    ),
}

# Which posts of the other university the sample student likes and the sample instructor announces, by their places.
LIKED_ABROAD = (1, 7, 10)
ANNOUNCED_ABROAD = (7,)
