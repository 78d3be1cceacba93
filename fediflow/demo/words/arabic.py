"""Arabic and French."""

from fediflow.demo.words.vocabulary import Aspect, Department, Faculty, Vocabulary, names, pairs

_SCIENCE = Faculty(
    "FS",
    ("كلية العلوم", "Faculté des sciences"),
    (
        Department(
            "MATH",
            ("قسم الرياضيات", "Département de mathématiques"),
            "0541",
            pairs(
                """
                الجبر الخطي | Algèbre linéaire
                التحليل الرياضي | Analyse mathématique
                نظرية الاحتمالات | Théorie des probabilités
                الإحصاء | Statistique
                الهندسة التفاضلية | Géométrie différentielle
                نظرية الأعداد | Théorie des nombres
                المعادلات التفاضلية | Équations différentielles
                التحليل العددي | Analyse numérique
                المنطق الرياضي | Logique mathématique
                """
            ),
        ),
        Department(
            "CHIM",
            ("قسم الكيمياء", "Département de chimie"),
            "0531",
            pairs(
                """
                الكيمياء العضوية | Chimie organique
                الكيمياء غير العضوية | Chimie inorganique
                الكيمياء التحليلية | Chimie analytique
                الكيمياء الفيزيائية | Chimie physique
                كيمياء المياه | Chimie de l'eau
                كيمياء الزيوت | Chimie des huiles
                الكيمياء الحيوية | Biochimie
                كيمياء المواد | Chimie des matériaux
                الكيمياء الصناعية | Chimie industrielle
                """
            ),
        ),
        Department(
            "GEOL",
            ("قسم علوم الأرض", "Département des sciences de la Terre"),
            "0532",
            pairs(
                """
                علم المعادن | Minéralogie
                علم الرسوبيات | Sédimentologie
                المياه الجوفية | Eaux souterraines
                علم الزلازل | Sismologie
                الجيوفيزياء | Géophysique
                علم المناخ | Climatologie
                علم التربة | Pédologie
                رسم الخرائط | Cartographie
                جيولوجيا الصحراء | Géologie du désert
                """
            ),
        ),
    ),
)
_ENGINEERING = Faculty(
    "FI",
    ("كلية الهندسة", "Faculté d'ingénierie"),
    (
        Department(
            "INFO",
            ("قسم الإعلامية", "Département d'informatique"),
            "0613",
            pairs(
                """
                الخوارزميات | Algorithmique
                قواعد البيانات | Bases de données
                نظم التشغيل | Systèmes d'exploitation
                شبكات الحاسوب | Réseaux informatiques
                هندسة البرمجيات | Génie logiciel
                الذكاء الاصطناعي | Intelligence artificielle
                أمن المعلومات | Sécurité de l'information
                معالجة اللغة العربية | Traitement de la langue arabe
                تطوير الويب | Développement web
                """
            ),
        ),
        Department(
            "ELEC",
            ("قسم الهندسة الكهربائية", "Département de génie électrique"),
            "0713",
            pairs(
                """
                الدارات الكهربائية | Circuits électriques
                الإلكترونيات | Électronique
                معالجة الإشارة | Traitement du signal
                الطاقة الشمسية | Énergie solaire
                الآلات الكهربائية | Machines électriques
                نظم التحكم | Systèmes de commande
                الاتصالات | Télécommunications
                القياس الكهربائي | Mesures électriques
                النظم المضمنة | Systèmes embarqués
                """
            ),
        ),
        Department(
            "CIVL",
            ("قسم الهندسة المدنية", "Département de génie civil"),
            "0732",
            pairs(
                """
                مقاومة المواد | Résistance des matériaux
                ميكانيكا التربة | Mécanique des sols
                الخرسانة المسلحة | Béton armé
                هندسة الطرقات | Génie routier
                هندسة السدود | Génie des barrages
                التهيئة العمرانية | Aménagement urbain
                الطبوغرافيا | Topographie
                البناء بالحجر | Construction en pierre
                فيزياء البناء | Physique du bâtiment
                """
            ),
        ),
    ),
)
_LETTERS = Faculty(
    "FL",
    ("كلية الآداب والعلوم الإنسانية", "Faculté des lettres et sciences humaines"),
    (
        Department(
            "ARAB",
            ("قسم اللغة العربية", "Département d'arabe"),
            "0232",
            pairs(
                """
                الشعر العربي القديم | Poésie arabe ancienne
                الرواية الحديثة | Roman moderne
                علم النحو | Grammaire
                علم البلاغة | Rhétorique
                اللسانيات | Linguistique
                أدب الرحلة | Littérature de voyage
                تحقيق المخطوطات | Édition de manuscrits
                النقد الأدبي | Critique littéraire
                الترجمة | Traduction
                """
            ),
        ),
        Department(
            "HIST",
            ("قسم التاريخ", "Département d'histoire"),
            "0222",
            pairs(
                """
                تاريخ قرطاج | Histoire de Carthage
                تاريخ المتوسط | Histoire de la Méditerranée
                التاريخ الوسيط | Histoire médiévale
                علم الآثار | Archéologie
                التاريخ الاقتصادي | Histoire économique
                تاريخ المدن | Histoire urbaine
                تاريخ العلوم | Histoire des sciences
                التراث الشفوي | Patrimoine oral
                التاريخ المعاصر | Histoire contemporaine
                """
            ),
        ),
        Department(
            "PHIL",
            ("قسم الفلسفة", "Département de philosophie"),
            "0223",
            pairs(
                """
                الأخلاق | Éthique
                الفلسفة السياسية | Philosophie politique
                نظرية المعرفة | Théorie de la connaissance
                الفلسفة الإسلامية | Philosophie islamique
                فلسفة العلوم | Philosophie des sciences
                الجماليات | Esthétique
                فلسفة اللغة | Philosophie du langage
                المنطق | Logique
                فلسفة التاريخ | Philosophie de l'histoire
                """
            ),
        ),
    ),
)
_AGRONOMY = Faculty(
    "FA",
    ("كلية الفلاحة والاقتصاد", "Faculté d'agronomie et d'économie"),
    (
        Department(
            "AGRO",
            ("قسم العلوم الفلاحية", "Département d'agronomie"),
            "0811",
            pairs(
                """
                زراعة الزيتون | Oléiculture
                زراعة النخيل | Phoeniciculture
                تربية النحل | Apiculture
                الري | Irrigation
                وقاية النبات | Protection des plantes
                تربية الماشية | Élevage
                زراعة الحبوب | Céréaliculture
                الزراعة البيولوجية | Agriculture biologique
                علم الغابات | Sylviculture
                """
            ),
        ),
        Department(
            "ECON",
            ("قسم الاقتصاد", "Département d'économie"),
            "0311",
            pairs(
                """
                الاقتصاد الجزئي | Microéconomie
                الاقتصاد الكلي | Macroéconomie
                الاقتصاد القياسي | Économétrie
                اقتصاد التنمية | Économie du développement
                التجارة الدولية | Commerce international
                المالية العمومية | Finances publiques
                اقتصاد السياحة | Économie du tourisme
                الاقتصاد الريفي | Économie rurale
                السياسة النقدية | Politique monétaire
                """
            ),
        ),
        Department(
            "GEST",
            ("قسم التصرف", "Département de gestion"),
            "0413",
            pairs(
                """
                المحاسبة | Comptabilité
                التسويق | Marketing
                إدارة الموارد البشرية | Gestion des ressources humaines
                إدارة المشاريع | Gestion de projet
                اللوجستيك | Logistique
                التدقيق | Audit
                ريادة الأعمال | Entrepreneuriat
                نظم المعلومات | Systèmes d'information
                إدارة الجودة | Gestion de la qualité
                """
            ),
        ),
    ),
)

ARABIC = Vocabulary(
    given_names=names(
        """أحمد/ahmed, مريم/mariem, يوسف/youssef, سلمى/selma, كريم/karim, نور/nour, أمين/amine, هدى/houda, سامي/sami,
        ليلى/leila, أنيس/anis, رانية/rania, بلال/bilel, إيناس/ines, حمزة/hamza, آمنة/emna, وليد/walid, سارة/sarra,
        زياد/zied, منى/mouna, طارق/tarek, ياسمين/yasmine, حاتم/hatem, عائشة/aicha, رضا/ridha, سنية/sonia, مهدي/mehdi,
        دنيا/donia, عماد/imed, فاطمة/fatma, نبيل/nabil, شيماء/chaima, فارس/fares, أسماء/asma, خليل/khalil, نادية/nadia,
        إلياس/ilyes, غادة/ghada, منير/mounir, رحمة/rahma, صابر/saber, زينب/zeineb, لطفي/lotfi, سهى/souha, جمال/jamel,
        هاجر/hajer, معز/moez, لمياء/lamia, ماهر/maher, بسمة/besma"""
    ),
    family_names=names(
        """بن سالم/bensalem, الطرابلسي/trabelsi, القاسمي/kacemi, المرزوقي/marzouki, الحداد/haddad, الزيتوني/zitouni,
        بوعزيز/bouaziz, الشابي/chebbi, العياري/ayari, الغربي/gharbi, الجلاصي/jelassi, الهمامي/hammami, بن عمر/benamor,
        المناعي/mannai, الورتاني/ouertani, السعيدي/saidi, الرياحي/riahi, الماجري/mejri, البوزيدي/bouzidi, النفزي/nefzi,
        الدريدي/dridi, الخميري/khemiri, التليلي/tlili, الفرجاني/ferjani, بن يوسف/benyoussef, العبيدي/abidi,
        الجبالي/jebali, الصغير/sghaier, المهيري/mhiri, القرقوري/gargouri, الشريف/cherif, الزواري/zouari, بن منصور/benmansour,
        الحمروني/hamrouni, العرفاوي/arfaoui, السويسي/souissi, الوسلاتي/oueslati, النصري/nasri, الكافي/kefi, البجاوي/bejaoui,
        المسعودي/messaoudi, العامري/amri, الفقيه/fekih, الدالي/dali, بن حسين/benhassine, الرحماني/rahmani, الكعبي/kaabi,
        المولهي/moulhi, الطيب/taieb, العروي/aroui, البلطي/balti, القروي/karoui, الحناشي/hannachi, التونسي/tounsi,
        الصفاقسي/sfaxi, الجزيري/jaziri, الساحلي/sahli, الأندلسي/andoulsi, الوهابي/ouhebi, بن خليفة/benkhelifa,
        الزرلي/zarli, المدني/madani, العكرمي/akremi, الهاني/heni"""
    ),
    display="{given} {family}",
    biography="يدرّس ويبحث في مجال {topic}.",
    university=("جامعة مرسى الزيتون", "Université de Marsa Zitoun"),
    faculties=(_SCIENCE, _ENGINEERING, _LETTERS, _AGRONOMY),
    foundations=Aspect(
        "1",
        ("{topic}: مدخل", "{topic} : introduction"),
        (
            "يقدّم هذا الدرس أسس مجال «{topic}». لا يتطلب معرفة مسبقة، وترافقه حصة تمارين كل أسبوع.",
            "Ce cours pose les bases du domaine « {topic} ». Il ne demande aucune connaissance préalable ; une séance"
            " d'exercices l'accompagne chaque semaine.",
        ),
        "bachelor",
        500,
        (30, 52),
    ),
    advanced=Aspect(
        "2",
        ("{topic}: مستوى متقدم", "{topic} : niveau avancé"),
        (
            "يتعمق هذا الدرس في مجال «{topic}» من خلال أعمال حديثة. يشترط النجاح في المدخل.",
            "Ce cours approfondit le domaine « {topic} » à partir de travaux récents. La réussite de l'introduction est"
            " exigée.",
        ),
        "master",
        600,
        (18, 28),
    ),
    applied=(
        Aspect(
            "S",
            ("ندوة: {topic}", "Séminaire : {topic}"),
            (
                "يلقي كل مشارك في الندوة عرضا حول موضوع «{topic}» ويكتب بحثا قصيرا.",
                "Chaque participant du séminaire fait un exposé sur le thème « {topic} » et rédige un court mémoire.",
            ),
            "bachelor",
            300,
            (12, 18),
        ),
        Aspect(
            "P",
            ("أعمال تطبيقية: {topic}", "Travaux pratiques : {topic}"),
            (
                "تنجز مجموعات صغيرة تجارب وتطبيقات حول موضوع «{topic}».",
                "De petits groupes réalisent des expériences et des applications sur le thème « {topic} ».",
            ),
            "bachelor",
            400,
            (12, 20),
        ),
        Aspect(
            "X",
            ("مشروع: {topic}", "Projet : {topic}"),
            (
                "ينجز المشاركون خلال سداسي مشروعا في مجال «{topic}» مع شريك من الجهة.",
                "Pendant un semestre, les participants mènent un projet dans le domaine « {topic} » avec un partenaire de"
                " la région.",
            ),
            "master",
            800,
            (8, 14),
        ),
    ),
    block=("{title} (دورة مكثفة)", "{title} (cours intensif)"),
    section=("المجموعة {number}", "Groupe {number}"),
    reasons={
        "withdraw": "تعارض في التوقيت",
        "deny": "شرط التسجيل غير متوفر",
        "suspend": "تأجيل الدراسة",
        "offer": "من قائمة الانتظار",
    },
    labels={
        "programme": ("المسار", "Parcours"),
        "entryYear": ("سنة الالتحاق", "Année d'entrée"),
        "building": ("المبنى", "Bâtiment"),
        "workloadHours": ("حجم العمل بالساعات", "Charge de travail en heures"),
        "examForm": ("شكل الامتحان", "Forme de l'examen"),
        "recorded": ("مسجل", "Enregistré"),
    },
)
