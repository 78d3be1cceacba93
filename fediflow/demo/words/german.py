"""German and English."""

from fediflow.demo.words.vocabulary import Aspect, Department, Faculty, Vocabulary, names, pairs

_SCIENCE = Faculty(
    "MN",
    ("Fakultät für Mathematik und Naturwissenschaften", "Faculty of Mathematics and Natural Sciences"),
    (
        Department(
            "MATH",
            ("Institut für Mathematik", "Department of Mathematics"),
            "0541",
            pairs(
                """
                Lineare Algebra | Linear Algebra
                Analysis | Calculus
                Wahrscheinlichkeitstheorie | Probability Theory
                Numerische Mathematik | Numerical Mathematics
                Diskrete Mathematik | Discrete Mathematics
                Funktionentheorie | Complex Analysis
                Topologie | Topology
                Mathematische Statistik | Mathematical Statistics
                Zahlentheorie | Number Theory
                """
            ),
        ),
        Department(
            "PHYS",
            ("Institut für Physik", "Department of Physics"),
            "0533",
            pairs(
                """
                Mechanik | Mechanics
                Elektrodynamik | Electrodynamics
                Thermodynamik | Thermodynamics
                Quantenphysik | Quantum Physics
                Optik | Optics
                Festkörperphysik | Solid State Physics
                Astrophysik | Astrophysics
                Teilchenphysik | Particle Physics
                Physik der Atmosphäre | Physics of the Atmosphere
                """
            ),
        ),
        Department(
            "BIO",
            ("Institut für Biologie", "Department of Biology"),
            "0511",
            pairs(
                """
                Zellbiologie | Cell Biology
                Genetik | Genetics
                Ökologie der Wälder | Forest Ecology
                Mikrobiologie | Microbiology
                Botanik | Botany
                Verhaltensbiologie | Behavioural Biology
                Evolutionsbiologie | Evolutionary Biology
                Neurobiologie | Neurobiology
                Naturschutz | Nature Conservation
                """
            ),
        ),
    ),
)
_ENGINEERING = Faculty(
    "TI",
    ("Fakultät für Technik und Informatik", "Faculty of Engineering and Computing"),
    (
        Department(
            "INF",
            ("Institut für Informatik", "Department of Computer Science"),
            "0613",
            pairs(
                """
                Algorithmen und Datenstrukturen | Algorithms and Data Structures
                Datenbanksysteme | Database Systems
                Betriebssysteme | Operating Systems
                Rechnernetze | Computer Networks
                Softwaretechnik | Software Engineering
                Maschinelles Lernen | Machine Learning
                IT-Sicherheit | IT Security
                Verteilte Systeme | Distributed Systems
                Mensch-Computer-Interaktion | Human-Computer Interaction
                """
            ),
        ),
        Department(
            "ETEC",
            ("Institut für Elektrotechnik", "Department of Electrical Engineering"),
            "0713",
            pairs(
                """
                Schaltungstechnik | Circuit Design
                Regelungstechnik | Control Engineering
                Signalverarbeitung | Signal Processing
                Elektrische Maschinen | Electrical Machines
                Nachrichtentechnik | Communications Engineering
                Halbleiterbauelemente | Semiconductor Devices
                Energieversorgung | Power Supply Systems
                Messtechnik | Measurement Technology
                Eingebettete Systeme | Embedded Systems
                """
            ),
        ),
        Department(
            "BAU",
            ("Institut für Bauwesen", "Department of Civil Engineering"),
            "0732",
            pairs(
                """
                Baustatik | Structural Analysis
                Baustoffkunde | Building Materials
                Stahlbau | Steel Construction
                Holzbau | Timber Construction
                Wasserbau | Hydraulic Engineering
                Verkehrsplanung | Transport Planning
                Bodenmechanik | Soil Mechanics
                Bauphysik | Building Physics
                Brückenbau | Bridge Construction
                """
            ),
        ),
    ),
)
_HUMANITIES = Faculty(
    "GS",
    ("Fakultät für Geistes- und Sozialwissenschaften", "Faculty of Humanities and Social Sciences"),
    (
        Department(
            "HIST",
            ("Historisches Seminar", "Department of History"),
            "0222",
            pairs(
                """
                Geschichte der Antike | Ancient History
                Geschichte des Mittelalters | Medieval History
                Stadtgeschichte | Urban History
                Wirtschaftsgeschichte | Economic History
                Geschichte der Migration | History of Migration
                Zeitgeschichte | Contemporary History
                Quellenkunde | Historical Sources
                Umweltgeschichte | Environmental History
                Technikgeschichte | History of Technology
                """
            ),
        ),
        Department(
            "PHIL",
            ("Philosophisches Seminar", "Department of Philosophy"),
            "0223",
            pairs(
                """
                Logik | Logic
                Ethik | Ethics
                Erkenntnistheorie | Epistemology
                Sprachphilosophie | Philosophy of Language
                Politische Philosophie | Political Philosophy
                Ästhetik | Aesthetics
                Wissenschaftstheorie | Philosophy of Science
                Philosophie des Geistes | Philosophy of Mind
                Metaphysik | Metaphysics
                """
            ),
        ),
        Department(
            "SOZ",
            ("Institut für Soziologie", "Department of Sociology"),
            "0314",
            pairs(
                """
                Methoden der Sozialforschung | Methods of Social Research
                Soziologische Theorie | Sociological Theory
                Soziale Ungleichheit | Social Inequality
                Arbeitssoziologie | Sociology of Work
                Mediensoziologie | Sociology of Media
                Bildungssoziologie | Sociology of Education
                Netzwerkanalyse | Network Analysis
                Stadtsoziologie | Urban Sociology
                Familiensoziologie | Sociology of the Family
                """
            ),
        ),
    ),
)
_BUSINESS = Faculty(
    "WR",
    ("Fakultät für Wirtschaft und Recht", "Faculty of Business and Law"),
    (
        Department(
            "BWL",
            ("Institut für Betriebswirtschaft", "Department of Business Administration"),
            "0413",
            pairs(
                """
                Rechnungswesen | Accounting
                Marketing | Marketing
                Unternehmensführung | Corporate Management
                Personalwesen | Human Resources
                Logistik | Logistics
                Unternehmensfinanzierung | Corporate Finance
                Controlling | Management Control
                Innovationsmanagement | Innovation Management
                Wirtschaftsprüfung | Auditing
                """
            ),
        ),
        Department(
            "VWL",
            ("Institut für Volkswirtschaft", "Department of Economics"),
            "0311",
            pairs(
                """
                Mikroökonomik | Microeconomics
                Makroökonomik | Macroeconomics
                Ökonometrie | Econometrics
                Spieltheorie | Game Theory
                Öffentliche Finanzen | Public Finance
                Außenhandel | International Trade
                Umweltökonomik | Environmental Economics
                Geldpolitik | Monetary Policy
                Verhaltensökonomik | Behavioural Economics
                """
            ),
        ),
        Department(
            "JUR",
            ("Juristisches Institut", "Department of Law"),
            "0421",
            pairs(
                """
                Bürgerliches Recht | Civil Law
                Strafrecht | Criminal Law
                Verfassungsrecht | Constitutional Law
                Verwaltungsrecht | Administrative Law
                Europarecht | European Law
                Arbeitsrecht | Labour Law
                Datenschutzrecht | Data Protection Law
                Völkerrecht | Public International Law
                Steuerrecht | Tax Law
                """
            ),
        ),
    ),
)

GERMAN = Vocabulary(
    given_names=names(
        """Anna, Jonas, Lena, Felix, Marie, Lukas, Sophie, Paul, Katharina, Moritz, Johanna, Tobias, Clara, Simon,
        Hannah, David, Franziska, Jan, Theresa, Niklas, Charlotte, Florian, Miriam, Sebastian, Ida, Matthias, Greta,
        Björn/bjoern, Antonia, Jörg/joerg, Luise, Hendrik, Amelie, Konstantin, Ronja, Käthe/kaethe, Till, Ömer/oemer,
        Aylin, Piotr, Zofia, Emil, Frieda, Malte, Svenja, Leonie, Oskar, Mathilda, Kilian, Nora"""
    ),
    family_names=names(
        """Ahlers, Bachmann, Bäumer/baeumer, Birkner, Brandauer, Brückner/brueckner, Conradi, Dahlke, Dörfler/doerfler,
        Ebersbach, Eichholz, Falkner, Feldhaus, Förster/foerster, Gärtner/gaertner, Grabowski, Großmann/grossmann,
        Hagedorn, Hartwig, Heidkamp, Hölscher/hoelscher, Immel, Jansen, Jürgens/juergens, Kaltenbach, Kessler,
        Köhnke/koehnke, Kranich, Kühnert/kuehnert, Landgraf, Lichtenau, Löwe/loewe, Lüdtke/luedtke, Marquardt, Meerbach,
        Möhring/moehring, Nachtigall, Neuhaus, Oelschläger/oelschlaeger, Ostermann, Pfeifer, Pohlmann, Quast, Rademacher,
        Rietschel, Rößler/roessler, Sandmann, Schäfer/schaefer, Schönborn/schoenborn, Seidel, Steinhoff, Strauß/strauss,
        Tannhauser, Thieme, Übelacker/uebelacker, Uhlig, Vogelsang, Wackernagel, Weidner, Wiesinger, Wolters,
        Yıldırım/yildirim, Zander, Zöllner/zoellner"""
    ),
    display="{given} {family}",
    biography="Lehrt und forscht im Gebiet {topic}.",
    university=("Universität Auenfels", "University of Auenfels"),
    faculties=(_SCIENCE, _ENGINEERING, _HUMANITIES, _BUSINESS),
    foundations=Aspect(
        "1",
        ("{topic} I: Grundlagen", "{topic} I: Foundations"),
        (
            "Die Vorlesung legt die Grundlagen des Gebiets „{topic}“. Vorkenntnisse werden nicht erwartet; eine"
            " wöchentliche Übung begleitet sie.",
            "The lecture lays the foundations of the field “{topic}”. No prior knowledge is expected; a weekly"
            " exercise class accompanies it.",
        ),
        "bachelor",
        600,
        (30, 52),
    ),
    advanced=Aspect(
        "2",
        ("{topic} II: Vertiefung", "{topic} II: Advanced Topics"),
        (
            "Die Vorlesung vertieft das Gebiet „{topic}“ an neueren Arbeiten. Der erste Teil wird vorausgesetzt.",
            "The lecture goes deeper into the field “{topic}” with recent work. The first part is required.",
        ),
        "master",
        600,
        (18, 28),
    ),
    applied=(
        Aspect(
            "S",
            ("Seminar: {topic}", "Seminar: {topic}"),
            (
                "Im Seminar hält jede Person einen Vortrag zum Thema „{topic}“ und schreibt eine Hausarbeit.",
                "In the seminar each person gives a talk on the subject “{topic}” and writes a term paper.",
            ),
            "bachelor",
            400,
            (12, 18),
        ),
        Aspect(
            "P",
            ("Praktikum: {topic}", "Lab Course: {topic}"),
            (
                "Im Praktikum werden Versuche und Aufgaben zum Thema „{topic}“ in kleinen Gruppen bearbeitet.",
                "In the lab course small groups work on experiments and tasks on the subject “{topic}”.",
            ),
            "bachelor",
            500,
            (12, 20),
        ),
        Aspect(
            "X",
            ("Projekt: {topic}", "Project: {topic}"),
            (
                "Das Projekt löst über ein Semester eine Aufgabe aus dem Gebiet „{topic}“ für eine Praxispartnerin.",
                "Over one semester the project solves a task from the field “{topic}” for a partner in practice.",
            ),
            "master",
            900,
            (8, 14),
        ),
    ),
    block=("{title} (Blockkurs)", "{title} (Block Course)"),
    section=("Übungsgruppe {number}", "Exercise group {number}"),
    reasons={
        "withdraw": "Terminkonflikt",
        "deny": "Voraussetzung nicht erfüllt",
        "suspend": "Beurlaubung",
        "offer": "Nachrückverfahren",
    },
    labels={
        "programme": ("Studiengang", "Programme"),
        "entryYear": ("Studienbeginn", "Year of entry"),
        "building": ("Gebäude", "Building"),
        "workloadHours": ("Arbeitsaufwand in Stunden", "Workload in hours"),
        "examForm": ("Prüfungsform", "Form of examination"),
        "recorded": ("Wird aufgezeichnet", "Is recorded"),
    },
)
