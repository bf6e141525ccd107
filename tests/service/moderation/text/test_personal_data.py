"""Personal data is found by its shape and check digits; ordinary numbers are none."""

import pytest

from service.moderation.text.personal_data import MOST, Kind, find_personal_data


@pytest.mark.parametrize(
    ("text", "written", "kind", "language"),
    [
        ("write to jane.doe+x@mail.example.co.uk today", "jane.doe+x@mail.example.co.uk", Kind.EMAIL, None),
        ("jane.doe (at) example [dot] org is hers", "jane.doe (at) example [dot] org", Kind.EMAIL, None),
        ("call +44 7911 123456 at night", "+44 7911 123456", Kind.PHONE, None),
        ("0044 7911 123456", "0044 7911 123456", Kind.PHONE, "en"),
        ("ring him on 07911 123456 then", "07911 123456", Kind.PHONE, "en"),
        ("his cell is (415) 555-2671!", "(415) 555-2671", Kind.PHONE, "en"),
        ("ruf an: 0171/1234567", "0171/1234567", Kind.PHONE, "de"),
        ("appelle le 06 12 34 56 78", "06 12 34 56 78", Kind.PHONE, "fr-CA"),
        ("call +49\u00a0176\u00a012345678 now", "+49\u00a0176\u00a012345678", Kind.PHONE, None),
        ("020\u20117734\u20112800 it is", "020\u20117734\u20112800", Kind.PHONE, "en"),
        ("４１１１-１１１１-１１１１-１１１１", "４１１１-１１１１-１１１１-１１１１", Kind.CARD, None),
        ("card 4111_1111\u200b_1111 \n 1111 here", "4111_1111\u200b_1111 \n 1111", Kind.CARD, None),
        ("john.x＠mail.example writes", "john.x＠mail.example", Kind.EMAIL, None),
        ("her card 4111 1111 1111 1111 works", "4111 1111 1111 1111", Kind.CARD, None),
        ("3782-822463-10005", "3782-822463-10005", Kind.CARD, None),
        ("pay DE89 3704 0044 0532 0130 00 now", "DE89 3704 0044 0532 0130 00", Kind.ACCOUNT, None),
        ("gb82west12345698765432", "gb82west12345698765432", Kind.ACCOUNT, None),
        ("his SSN is 536-90-4399", "536-90-4399", Kind.IDENTITY, None),
        ("DNI 54362315K", "54362315K", Kind.IDENTITY, None),
        ("X-5253868-R", "X-5253868-R", Kind.IDENTITY, None),
        ("RCCMNL83S18D969H", "RCCMNL83S18D969H", Kind.IDENTITY, None),
        ("2 95 10 99 126 111 93", "2 95 10 99 126 111 93", Kind.IDENTITY, None),
        ("390.533.447-05", "390.533.447-05", Kind.IDENTITY, None),
        ("2341 2341 2346", "2341 2341 2346", Kind.IDENTITY, None),
        ("PAN ACUPA7085R", "ACUPA7085R", Kind.IDENTITY, None),
        ("PESEL 44051401359", "44051401359", Kind.IDENTITY, None),
        ("360426199101010071", "360426199101010071", Kind.IDENTITY, None),
        ("NI number AB 12 34 56 C", "AB 12 34 56 C", Kind.IDENTITY, None),
        ("he is at 14 Baker Hill Road, Leeds LS1 4AP", "14 Baker Hill Road", Kind.ADDRESS, "en"),
        ("she lives at 221 Elm Street, go there", "221 Elm Street", Kind.ADDRESS, "en"),
        ("Er wohnt in der Gartenstraße 12a, los", "Gartenstraße 12a", Kind.ADDRESS, "de"),
        ("12 rue de la Paix 75002 Paris", "12 rue de la Paix", Kind.ADDRESS, "fr"),
        ("vive en la calle de Alcalá 45", "calle de Alcalá 45", Kind.ADDRESS, "es"),
    ],
)
def test_personal_data_is_found_as_it_is_written(text: str, written: str, kind: Kind, language: str | None) -> None:
    found = find_personal_data(text, language=language)
    assert [(text[one.start : one.end], one.kind) for one in found] == [(written, kind)]


@pytest.mark.parametrize(
    "text",
    [
        "They spent 12,500,000 euros in 2024-2026 and 1.234.567,89 more.",
        "On 01.02.2024 and on 3/4/2025 the council voted 19-12, 0-0 at half-time.",
        "Call 999 or 112; the helpline is 0800 1111 or 1-800-273-8255.",
        "Write to info@example.org, press@council.example or @janedoe.",
        "The order number is 4111 1111 1111 1112, ISBN 978-3-16-148410-0, flight 0123456.",
        "DE89 3704 0044 0532 0130 01 is no account, 12345678A no DNI.",
        "10 Downing Street and Baker Street 221 are famous; 15 High Road shops closed.",
        "Version 10.0.19045.3693, 192.168.100.200, 0.123456789, 00:12:34, 0123 4567.",
        "In 2023 2024 2025 nothing was done; 4000 4500 5000 per quarter, elections of 2020 2024 2028.",
        "The cost of living crisis was made at 10 Downing Street; 12 High Street, in 2024 UK politics.",
        "ISBN 0-306-40615-2 is a book; see https://x.example/status/4111111111111111 too.",
        "Tabellenplatz 3, und 50000 Fans; in der Hauptstraße 5 wurden 20000 Euro verbaut.",
        "The Hauptstraße 12 was closed, rue de la Paix 12 too.",
    ],
)
@pytest.mark.parametrize("language", [None, "en", "de", "fr"])
def test_ordinary_numbers_and_places_are_no_personal_data(text: str, language: str | None) -> None:
    assert find_personal_data(text, language=language) == ()


def test_what_is_looked_for_is_bounded() -> None:
    assert len(find_personal_data("jane@example.org " * 500)) == MOST
