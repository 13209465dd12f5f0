#!/usr/bin/env python3
"""Venues by the hundred thousand, believable and always the same: tests/bench/venues.py [N] [SEED]
writes the CSV that `ticketgate venue import` reads."""
import csv
import math
import random
import sys

HEAD = [
    "external_id",
    "name",
    "address",
    "city",
    "region",
    "country",
    "postal_code",
    "latitude",
    "longitude",
    "capacity",
    "timezone",
]
# country, zone, latitude and longitude from and to, share, regions, city beginnings and endings,
# streets, words of the language
COUNTRIES = [
    (
        "PH",
        "Asia/Manila",
        (5.5, 18.5),
        (119.0, 126.0),
        30,
        [
            "Metro Manila",
            "Central Luzon",
            "Calabarzon",
            "Central Visayas",
            "Western Visayas",
            "Davao Region",
            "Bicol Region",
            "Ilocos Region",
            "Cordillera",
            "Northern Mindanao",
        ],
        "San Santa Santo Nueva Bagong Mala Cala Tala Para Bala Cama Dagu Lapu Ilo Ba Ta".split(),
        "bon| Rosa| Fernando| José| "
        "Isabel|cañao|lawan|ñaque|lagan|mba|rines|pan|gao|guio|yog|cay|tangas|lanan".split("|"),
        [
            "Rizal Avenue",
            "Bonifacio Street",
            "Mabini Street",
            "Quezon Boulevard",
            "Osmeña Highway",
            "Roxas Boulevard",
            "Luna Street",
            "Aguinaldo Avenue",
            "Ayala Avenue",
            "Peñafrancia Avenue",
        ],
        "Bayani Kalayaan Mabuhay Sampaguita Narra Dalisay Magsaysay Araneta Ilustrado Habagat "
        "Amihan Tala Maharlika Bituin Silangan Luntian Bahaghari Perlas Alon Kundiman".split(),
    ),
    (
        "DE",
        "Europe/Berlin",
        (47.5, 54.5),
        (6.5, 14.5),
        14,
        [
            "Bayern",
            "Hessen",
            "Sachsen",
            "Baden-Württemberg",
            "Thüringen",
            "Niedersachsen",
            "Berlin",
            "Hamburg",
        ],
        "Mün Köln Düssel Nürn Würz Göttin Karls Schön Alten Neu Lübe Bad Heil Frei Ober "
        "Unter".split(),
        "chen|dorf|berg|burg|gen|ruhe|stadt|hausen|ck| Tölz|bronn|feld|kirchen|heim|bach|tal".split(
            "|"
        ),
        [
            "Hauptstraße",
            "Bahnhofstraße",
            "Schillerstraße",
            "Goetheplatz",
            "Am Markt",
            "Königsallee",
            "Lindenweg",
            "Größenstraße",
        ],
        "Stadthalle Kulturhaus Festspielhaus Jahrhundert Residenz Waldbühne Schloss Volkshaus "
        "Philharmonie Tempodrom Markthalle Zeltfestival Kaiser Linden Rosen Brücken".split(),
    ),
    (
        "FR",
        "Europe/Paris",
        (43.0, 50.0),
        (-1.0, 7.0),
        12,
        [
            "Île-de-France",
            "Bretagne",
            "Occitanie",
            "Provence-Alpes-Côte d'Azur",
            "Normandie",
            "Grand Est",
        ],
        "Saint- Mont Beau Ville Châ Long Clair Rou Per Bel Fon Mar Vil".split(),
        "Étienne|pellier|vais|franche|teaux|jumeau|mont|en|pignan|fort|tainebleau|seille|leurbanne|"
        "Émilion|court|ville".split("|"),
        [
            "rue de la République",
            "avenue Jean Jaurès",
            "boulevard Voltaire",
            "place du Théâtre",
            "quai des Célestins",
            "rue Molière",
            "allée de l'Opéra",
        ],
        "Zénith Théâtre Olympia Bataclan Grenier Étoile Lumière Soleil Cigale Trianon Opéra Palais "
        "Rocher Moulin Colombier Liberté".split(),
    ),
    (
        "US",
        "America/New_York",
        (27.0, 45.0),
        (-88.0, -71.0),
        20,
        [
            "New York",
            "Ohio",
            "Georgia",
            "Florida",
            "Michigan",
            "Pennsylvania",
            "North Carolina",
            "Virginia",
        ],
        "Spring Green Fair Oak Clay Ash Brook Mill River Lake Cedar Maple Madi Frank George "
        "Black".split(),
        "field|ville|view|land|ton|wood|haven|burg|side|son|town| Falls| Springs|ford|port| "
        "Heights".split("|"),
        [
            "Main Street",
            "Broadway",
            "Martin Luther King Boulevard",
            "Washington Avenue",
            "Second Street",
            "Lakeshore Drive",
            "Park Avenue",
            "O'Neill Street",
        ],
        "Liberty Empire Majestic Paramount Orpheum Riverside Grand Union Heritage Lincoln Madison "
        "Capitol Palace Bijou Rialto Fillmore O'Hara".split(),
    ),
    (
        "JP",
        "Asia/Tokyo",
        (32.0, 43.0),
        (130.5, 143.0),
        8,
        ["Tōkyō", "Ōsaka", "Hokkaidō", "Kyōto", "Fukuoka", "Aichi"],
        "Yoko Naga Kawa Shin Taka Matsu Oka Hiro Kita Minami Saka Waka".split(),
        "hama|saki|goe|juku|matsu|moto|yama|shima|zawa|kyūshū|shi|do".split("|"),
        ["Chūō-dōri", "Meiji-dōri", "Ginza", "Sakura-dōri", "Ekimae", "Nakamachi"],
        "Sakura Fuji Budōkan Bunka Shimin Kōkaidō Hikari Asahi Tenjin Momiji Kaguya".split(),
    ),
    (
        "VN",
        "Asia/Ho_Chi_Minh",
        (9.0, 21.5),
        (105.0, 109.0),
        6,
        ["Hà Nội", "Đà Nẵng", "Hồ Chí Minh", "Khánh Hòa", "Thừa Thiên Huế"],
        "Hải Bắc Nam Đông Tây Long Vĩnh Quảng Thái Bình".split(),
        " Phòng| Ninh| Định| Hà| Xuyên| Trị| Ngãi| Nguyên| Dương| Yên".split("|"),
        [
            "Đường Lê Lợi",
            "Đường Nguyễn Huệ",
            "Phố Tràng Tiền",
            "Đường Trần Phú",
            "Đường Hùng Vương",
        ],
        "Hoa Sen Lạc Việt Thống Nhất Hòa Bình Sao Mai Ánh Dương Bến Thành".split(),
    ),
    (
        "BR",
        "America/Sao_Paulo",
        (-30.0, -8.0),
        (-50.0, -36.0),
        10,
        ["São Paulo", "Rio de Janeiro", "Bahia", "Minas Gerais", "Paraná", "Ceará"],
        "São Santa Bela Porto Campo Rio Vila Nova Monte Ribeirão".split(),
        " João| Maria| Vista| Alegre| Grande| Claro| Velha| Esperança| Preto| Azul| Bonito".split(
            "|"
        ),
        [
            "Avenida Paulista",
            "Rua das Flores",
            "Avenida Brasil",
            "Praça da Sé",
            "Rua Augusta",
            "Avenida Getúlio Vargas",
        ],
        "Carioca Samba Ipê Jequitibá Girassol Vivo Citibank Maracanã Canoa Sertão Açaí "
        "Coração".split(),
    ),
]
KINDS = [
    "Arena",
    "Theater",
    "Hall",
    "Auditorium",
    "Convention Center",
    "Stadium",
    "Coliseum",
    "Club",
    "Gymnasium",
    "Concert Grounds",
    "Amphitheater",
    "Ballroom",
    "Museum",
    "Library",
    "Park",
    "Cinema",
    "Cultural Center",
    "Pavilion",
    "Sports Complex",
    "Opera House",
    "Music Room",
    "Bar",
    "Café",
    "Plaza",
    "Church",
    "Studio",
]
WEIGHTS = [6, 9, 14, 7, 4, 3, 2, 9, 5, 1, 2, 4, 3, 2, 5, 3, 5, 3, 3, 1, 3, 8, 7, 6, 6, 5]
SIZES = {
    "Arena": 12000,
    "Stadium": 30000,
    "Coliseum": 9000,
    "Convention Center": 5000,
    "Concert Grounds": 15000,
    "Sports Complex": 6000,
    "Bar": 120,
    "Café": 60,
    "Club": 350,
    "Studio": 90,
}
ONSET = "b c d f g h j k l m n p r s t v w z br ch dr gr kl pr st tr sh th".split()
VOWEL = "a e i o u a e i o ai ou ea".split()
CODA = ["", "", "n", "r", "l", "s", "m", "nd", "ck", "rt"]


def cities(rnd, country, n):
    """Cities: name, region, place, weight; the first of a country are the largest."""
    _, _, lat, lng, _, regions, begin, end, _, _ = country
    names = sorted({b + e for b in begin for e in end})
    rnd.shuffle(names)
    return [
        (name, rnd.choice(regions), rnd.uniform(*lat), rnd.uniform(*lng), 1.0 / (i + 1))
        for i, name in enumerate(names[:n])
    ]


def surname(rnd):
    return "".join(
        rnd.choice(ONSET) + rnd.choice(VOWEL) + (rnd.choice(CODA) if i else "")
        for i in range(rnd.choice((2, 2, 3)))
    ).capitalize()


def name(rnd, country, city, surnames):
    kind = rnd.choices(KINDS, WEIGHTS)[0]
    words, style = country[9], rnd.random()
    if style < 0.30:
        first = rnd.choice(words)
    elif style < 0.60:
        first = surnames[min(int(rnd.expovariate(1) * len(surnames) / 8), len(surnames) - 1)]
    elif style < 0.75:
        first = "%s %s" % (city, rnd.choice(("City", "Municipal", "Central", "Old", "Grand")))
    elif style < 0.9:
        first = "%s %s" % (rnd.choice(words), rnd.choice(surnames))
    else:
        first = "The %s" % rnd.choice(words)
    return "%s %s" % (first, kind), kind


def venues(n, seed=1):
    rnd = random.Random(seed)
    towns = [cities(rnd, country, 160) for country in COUNTRIES]
    surnames = sorted({surname(rnd) for _ in range(24000)})
    rnd.shuffle(surnames)
    shares = [country[4] for country in COUNTRIES]
    for i in range(n):
        at = rnd.choices(range(len(COUNTRIES)), shares)[0]
        country, town = COUNTRIES[at], rnd.choices(towns[at], [t[4] for t in towns[at]])[0]
        called, kind = name(rnd, country, town[0], surnames)
        size = int(SIZES.get(kind, 900) * math.exp(rnd.gauss(0, 0.8)))
        street = (
            country[8][int(rnd.random() ** 2 * len(country[8]))]
            if rnd.random() < 0.7
            else surnames[int(rnd.random() ** 2 * len(surnames))] + " Street"
        )
        yield [
            "%s-%06d" % (country[0].lower(), i),
            called,
            "%d %s" % (rnd.randint(1, 999), street),
            town[0],
            town[1],
            country[0],
            "%05d" % rnd.randint(1000, 99999),
            "%.6f" % (town[2] + rnd.gauss(0, 0.08)),
            "%.6f" % (town[3] + rnd.gauss(0, 0.08)),
            str(size) if rnd.random() < 0.9 else "",
            country[1],
        ]


if __name__ == "__main__":
    out = csv.writer(sys.stdout)
    out.writerow(HEAD)
    out.writerows(
        venues(
            int(sys.argv[1]) if len(sys.argv) > 1 else 100000,
            int(sys.argv[2]) if len(sys.argv) > 2 else 1,
        )
    )
