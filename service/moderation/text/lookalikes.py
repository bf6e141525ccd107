"""Which characters look like a Latin letter, in three tables; version them with NORMALISER_VERSION.

Drawn from Unicode's confusables data (UTS #39) and NFKC, cut down to what is read as a letter in running text:
STYLED letters are Latin letters in costume and are always undone. TWINS are letters of other scripts that look the
same; RELATED ones only resemble. Undoing these everywhere would turn Russian into noise, so the rules for when they
are undone live in normalisation.py.
"""

import unicodedata

_STYLED_RANGES = (
    (0x02B0, 0x02E4),  # modifier letters
    (0x1D2C, 0x1D9B),  # phonetic superscripts
    (0x2071, 0x209C),  # superscripts and subscripts
    (0x2100, 0x2149),  # letterlike symbols
    (0x2160, 0x2188),  # Roman numerals
    (0x249C, 0x24E9),  # parenthesised and circled
    (0x2C7C, 0x2C7D),
    (0xFB00, 0xFB06),  # ligatures
    (0xFF01, 0xFF5E),  # fullwidth, with its digits and punctuation
    (0x1D400, 0x1D7FF),  # mathematical, with its digits
    (0x1F110, 0x1F149),  # parenthesised and squared
)
_NOT_LETTERS = "™℠№℡℻"  # words of their own
_NEGATIVE = (0x1F150, 0x1F170)  # negative circled and negative squared: NFKC leaves them
_SMALL_CAPITALS = dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz", strict=True))
_ODD_LATIN = dict(zip("ɑɡɩɪʋɾɐǝɘɛɔɯǀƅƙɱɳɲŋɦɓɗƒɠƥʂƭʈɕʑʐƶȥ", "agiivraeeecmlbkmnnnhbdfgpsttczzzz", strict=True))


def _styled() -> dict[str, str]:
    table: dict[str, str] = {}
    for first, last in _STYLED_RANGES:
        for code in range(first, last + 1):
            plain = unicodedata.normalize("NFKC", chr(code)).strip("()")
            wide = code >= 0xFF01 and plain.isascii()
            if plain != chr(code) and plain.isascii() and (plain.isalpha() or wide) and chr(code) not in _NOT_LETTERS:
                table[chr(code)] = plain
    for first in _NEGATIVE:
        table.update({chr(first + number): chr(ord("A") + number) for number in range(26)})
    return table | _SMALL_CAPITALS | _ODD_LATIN


STYLED = _styled()

TWINS = (
    # Cyrillic
    dict(zip("асԁеһіјӏорԛѕԝхуүґ", "acdehijlopqswxyyr", strict=True))
    | dict(zip("АВСЕНІЈКӀМОРԚЅТԜХҮ", "ABCEHIJKIMOPQSTWXY", strict=True))
    # Greek
    | dict(zip("αικνορυϲϳ", "aikvopucj", strict=True))
    | dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹ", "ABEZHIKMNOPTYXC", strict=True))
    # Armenian
    | dict(zip("օսհոցզյԼՍՕՏ", "ouhngqjLUOS", strict=True))
    # Cherokee
    | dict(zip("ᎠᎡᎢᎥᎪᎫᎬᎳᎷᎻᏀᏃᏎᏒᏔᏙᏚᏞᏟᏢᏦᏴ", "DRTiAJEWMHGZ4RWVSLCPKB", strict=True))
    # Lisu
    | dict(zip("ꓐꓑꓓꓔꓖꓗꓙꓚꓜꓝꓟꓠꓡꓢꓣꓦꓧꓪꓫꓬꓮꓰꓲꓳꓴ", "BPDTGKJCZFMNLSRVHWXYAEIOU", strict=True))
)

RELATED = (
    dict(zip("вгдёзийклмнптфцчшщъыьэюяђћўџӓӧңҝәғ", "brdeznnknmhntqu4wwbbbeorhhyuaonkef", strict=True))
    | dict(zip("ГДЁЗИЙЛПУФЦЧШЩЪЫЬЭЯЂЋЎЏҒ", "rDE3NNnnyOu4wwbbbeRhhYUF", strict=True))
    | dict(zip("βγδεζηλμπστφψως", "bydeznaunotowwc", strict=True))
    | dict(zip("ΓΔΘΛΠΣΦΨΩ", "rAOAnEOYO", strict=True))
    | dict(zip("ախշվքռղպտձ", "wluypnnwmd", strict=True))
)

# Latin letters with a stroke: no decomposition, so folding accents needs them named.
STROKED = dict(zip("øØđĐłŁħĦŧŦıƗɨɇȼƀɍƵɏ", "oOdDlLhHtTiIiecbrZy", strict=True))
