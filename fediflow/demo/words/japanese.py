"""Japanese and English."""

from fediflow.demo.words.vocabulary import Aspect, Department, Faculty, Vocabulary, names, pairs

_MARINE = Faculty(
    "MS",
    ("海洋科学部", "Faculty of Marine Science"),
    (
        Department(
            "MBIO",
            ("海洋生物学科", "Department of Marine Biology"),
            "0511",
            pairs(
                """
                プランクトン学 | Plankton Studies
                魚類学 | Ichthyology
                海藻学 | Seaweed Studies
                サンゴ礁生態学 | Coral Reef Ecology
                深海生物学 | Deep-Sea Biology
                海洋微生物学 | Marine Microbiology
                海鳥学 | Seabird Studies
                海洋遺伝学 | Marine Genetics
                沿岸生態学 | Coastal Ecology
                """
            ),
        ),
        Department(
            "FISH",
            ("水産学科", "Department of Fisheries"),
            "0831",
            pairs(
                """
                養殖学 | Aquaculture
                水産資源学 | Fishery Resources
                漁業技術 | Fishing Technology
                水産食品学 | Seafood Science
                魚病学 | Fish Pathology
                水産経済学 | Fisheries Economics
                水質管理 | Water Quality Management
                水産法 | Fisheries Law
                漁村社会学 | Sociology of Fishing Villages
                """
            ),
        ),
        Department(
            "OCEA",
            ("海洋地球学科", "Department of Ocean and Earth Science"),
            "0532",
            pairs(
                """
                海流学 | Ocean Currents
                気象学 | Meteorology
                海底地質学 | Submarine Geology
                津波学 | Tsunami Science
                地震学 | Seismology
                気候変動論 | Climate Change
                海洋化学 | Marine Chemistry
                衛星観測 | Satellite Observation
                水文学 | Hydrology
                """
            ),
        ),
    ),
)
_ENGINEERING = Faculty(
    "EN",
    ("工学部", "Faculty of Engineering"),
    (
        Department(
            "INFO",
            ("情報工学科", "Department of Information Engineering"),
            "0613",
            pairs(
                """
                プログラミング | Programming
                アルゴリズム論 | Algorithms
                データベース論 | Databases
                情報ネットワーク | Information Networks
                人工知能 | Artificial Intelligence
                画像処理 | Image Processing
                自然言語処理 | Natural Language Processing
                情報セキュリティ | Information Security
                ソフトウェア工学 | Software Engineering
                """
            ),
        ),
        Department(
            "MECH",
            ("機械工学科", "Department of Mechanical Engineering"),
            "0715",
            pairs(
                """
                材料力学 | Mechanics of Materials
                流体力学 | Fluid Mechanics
                熱力学 | Thermodynamics
                機械設計 | Machine Design
                ロボット工学 | Robotics
                制御工学 | Control Engineering
                精密加工 | Precision Machining
                振動工学 | Vibration Engineering
                船舶工学 | Naval Engineering
                """
            ),
        ),
        Department(
            "ARCH",
            ("建築学科", "Department of Architecture"),
            "0731",
            pairs(
                """
                建築計画 | Architectural Planning
                木造建築 | Wooden Architecture
                耐震構造 | Earthquake-Resistant Structures
                都市計画 | Urban Planning
                建築史 | History of Architecture
                環境設計 | Environmental Design
                建築材料 | Building Materials
                景観論 | Landscape Studies
                住居学 | Housing Studies
                """
            ),
        ),
    ),
)
_LETTERS = Faculty(
    "LT",
    ("文学部", "Faculty of Letters"),
    (
        Department(
            "JLIT",
            ("日本文学科", "Department of Japanese Literature"),
            "0232",
            pairs(
                """
                古典文学 | Classical Literature
                近代文学 | Modern Literature
                和歌 | Waka Poetry
                俳句 | Haiku
                物語文学 | Narrative Literature
                日本語学 | Japanese Linguistics
                書誌学 | Bibliography
                演劇論 | Theatre Studies
                児童文学 | Children's Literature
                """
            ),
        ),
        Department(
            "HIST",
            ("歴史学科", "Department of History"),
            "0222",
            pairs(
                """
                日本古代史 | Ancient Japanese History
                中世史 | Medieval History
                海上交易史 | History of Maritime Trade
                考古学 | Archaeology
                古文書学 | Palaeography
                東アジア史 | East Asian History
                都市史 | Urban History
                文化財学 | Cultural Heritage Studies
                民俗学 | Folklore Studies
                """
            ),
        ),
        Department(
            "PSYC",
            ("心理学科", "Department of Psychology"),
            "0313",
            pairs(
                """
                認知心理学 | Cognitive Psychology
                発達心理学 | Developmental Psychology
                社会心理学 | Social Psychology
                臨床心理学 | Clinical Psychology
                学習心理学 | Psychology of Learning
                心理統計 | Psychological Statistics
                知覚心理学 | Psychology of Perception
                教育心理学 | Educational Psychology
                産業心理学 | Industrial Psychology
                """
            ),
        ),
    ),
)
_ECONOMICS = Faculty(
    "EC",
    ("経済学部", "Faculty of Economics"),
    (
        Department(
            "ECON",
            ("経済学科", "Department of Economics"),
            "0311",
            pairs(
                """
                ミクロ経済学 | Microeconomics
                マクロ経済学 | Macroeconomics
                計量経済学 | Econometrics
                財政学 | Public Finance
                国際経済学 | International Economics
                労働経済学 | Labour Economics
                地域経済論 | Regional Economics
                行動経済学 | Behavioural Economics
                経済史 | Economic History
                """
            ),
        ),
        Department(
            "MGMT",
            ("経営学科", "Department of Management"),
            "0413",
            pairs(
                """
                会計学 | Accounting
                経営戦略論 | Business Strategy
                組織論 | Organisation Theory
                マーケティング論 | Marketing
                生産管理 | Production Management
                企業金融 | Corporate Finance
                物流論 | Logistics
                起業論 | Entrepreneurship
                中小企業論 | Small Business Studies
                """
            ),
        ),
        Department(
            "POLI",
            ("政策学科", "Department of Public Policy"),
            "0312",
            pairs(
                """
                行政学 | Public Administration
                政治学 | Political Science
                憲法学 | Constitutional Law
                国際関係論 | International Relations
                環境政策 | Environmental Policy
                防災政策 | Disaster Prevention Policy
                社会保障論 | Social Security
                地方自治論 | Local Government
                公共哲学 | Public Philosophy
                """
            ),
        ),
    ),
)

JAPANESE = Vocabulary(
    given_names=names(
        """葵/aoi, 蓮/ren, 陽菜/hina, 悠真/yuma, 結衣/yui, 大翔/hiroto, 美咲/misaki, 健太/kenta, 彩花/ayaka, 拓海/takumi,
        真由美/mayumi, 直樹/naoki, 智子/tomoko, 翔太/shota, 恵/megumi, 和也/kazuya, 桜/sakura, 修/osamu, 千尋/chihiro,
        隆/takashi, 由紀/yuki, 誠/makoto, 香織/kaori, 亮/ryo, 奈々/nana, 徹/toru, 明日香/asuka, 剛/tsuyoshi, 里奈/rina,
        浩二/koji, 琴音/kotone, 優斗/yuto, 凛/rin, 颯太/sota, 詩織/shiori, 洋平/yohei, 若菜/wakana, 茂/shigeru,
        紗季/saki, 一郎/ichiro, 美月/mizuki, 海斗/kaito, 春香/haruka, 圭介/keisuke, 文/fumi, 遼太/ryota, 朋美/tomomi,
        光/hikaru, 静/shizuka, 潤/jun"""
    ),
    family_names=names(
        """佐々木/sasaki, 青木/aoki, 浜口/hamaguchi, 石原/ishihara, 井上/inoue, 上田/ueda, 江藤/eto, 大野/ono,
        岡田/okada, 小川/ogawa, 加納/kano, 川端/kawabata, 菊池/kikuchi, 北村/kitamura, 木下/kinoshita, 久保/kubo,
        黒木/kuroki, 小泉/koizumi, 西条/saijo, 坂井/sakai, 桜井/sakurai, 沢田/sawada, 柴田/shibata, 島崎/shimazaki,
        清水/shimizu, 白石/shiraishi, 菅原/sugawara, 杉山/sugiyama, 関口/sekiguchi, 高瀬/takase, 滝川/takigawa,
        竹内/takeuchi, 田島/tajima, 立花/tachibana, 谷口/taniguchi, 千葉/chiba, 津田/tsuda, 堤/tsutsumi, 寺田/terada,
        戸田/toda, 中川/nakagawa, 永井/nagai, 成瀬/naruse, 西村/nishimura, 野口/noguchi, 橋本/hashimoto, 長谷川/hasegawa,
        早川/hayakawa, 原田/harada, 平野/hirano, 福島/fukushima, 藤原/fujiwara, 細川/hosokawa, 堀/hori, 前川/maekawa,
        松永/matsunaga, 三浦/miura, 水野/mizuno, 宮本/miyamoto, 村瀬/murase, 森下/morishita, 柳/yanagi, 吉川/yoshikawa,
        若林/wakabayashi"""
    ),
    display="{family} {given}",
    biography="{topic}の教育と研究を行う。",
    university=("葵浜大学", "Aoihama University"),
    faculties=(_MARINE, _ENGINEERING, _LETTERS, _ECONOMICS),
    foundations=Aspect(
        "1",
        ("{topic}入門", "Introduction to {topic}"),
        (
            "「{topic}」の基礎を講義で学ぶ。予備知識は必要ない。毎週、小テストを行う。",
            "The lectures cover the basics of “{topic}”. No prior knowledge is needed. There is a short test every week.",
        ),
        "bachelor",
        200,
        (30, 52),
    ),
    advanced=Aspect(
        "2",
        ("{topic}特論", "{topic}: Advanced Lectures"),
        (
            "「{topic}」の最近の研究を取り上げて論じる。入門の単位を取得していること。",
            "Recent research on “{topic}” is presented and discussed. Credit for the introduction is required.",
        ),
        "master",
        200,
        (18, 28),
    ),
    applied=(
        Aspect(
            "S",
            ("{topic}演習", "{topic}: Seminar"),
            (
                "「{topic}」に関する文献を読み、順番に発表し、レポートを書く。",
                "Participants read texts on “{topic}”, present in turn and write a report.",
            ),
            "bachelor",
            200,
            (12, 18),
        ),
        Aspect(
            "P",
            ("{topic}実習", "{topic}: Practical Course"),
            (
                "「{topic}」に関する実習を少人数の班で行う。",
                "Practical work on “{topic}” is done in small groups.",
            ),
            "bachelor",
            100,
            (12, 20),
        ),
        Aspect(
            "X",
            ("{topic}プロジェクト", "{topic}: Project"),
            (
                "地域の協力者とともに「{topic}」に関する課題に一学期かけて取り組む。",
                "Over one semester a task on “{topic}” is tackled together with local partners.",
            ),
            "master",
            400,
            (8, 14),
        ),
    ),
    block=("{title}(集中講義)", "{title} (Intensive Course)"),
    section=("{number}組", "Group {number}"),
    reasons={
        "withdraw": "時間割の重複",
        "deny": "履修条件を満たしていない",
        "suspend": "休学",
        "offer": "繰り上げ",
    },
    labels={
        "programme": ("課程", "Programme"),
        "entryYear": ("入学年度", "Year of entry"),
        "building": ("建物", "Building"),
        "workloadHours": ("学修時間", "Workload in hours"),
        "examForm": ("試験形式", "Form of examination"),
        "recorded": ("録画あり", "Is recorded"),
    },
)
