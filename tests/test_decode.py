"""Encodings: texts of ours in old encodings must come back exactly; what is no text is refused."""

from __future__ import annotations

import pytest

from corpus.decode import decode, decode_markup
from corpus.errors import LoadError
from corpus.html import parse_html

CZECH = "Rada města ve středu schválila rozpočet na příští rok, uvedla starostka po šesti hodinách jednání. Peníze půjdou na školy, žádná se nezavře."
POLISH = "Rada miasta przyjęła w środę budżet na przyszły rok, powiedziała burmistrz. Pieniądze pójdą na szkoły i mosty, także na wyspę."
FRENCH = "Le maire a été réélu à l'hôtel de ville, a déclaré la préfète. Les écoles fermées depuis l'été seront rénovées dès février."
TURKISH = "Belediye meclisi gelecek yılın bütçesini çarşamba günü kabul etti. Şehrin köprüleri için ayrılan para iki katına çıkacak, dedi başkan."
RUSSIAN = "Совет города в среду утвердил бюджет на следующий год, сообщила мэр после заседания. Деньги пойдут на школы и дороги."
GREEK = "Το δημοτικό συμβούλιο ενέκρινε την Τετάρτη τον προϋπολογισμό του επόμενου έτους, είπε η δήμαρχος μετά τη συνεδρίαση."
JAPANESE = (
    "市議会は水曜日に来年度の予算を承認した。市長は会議の後、資金は学校と道路に使われると述べた。橋の工事も始まる。"
)
CHINESE = "市议会周三批准了明年的预算，市长会后表示，资金将用于学校和道路。大桥的工程也将在春天开始。"
KOREAN = "시의회는 수요일에 내년 예산을 승인했다고 시장이 회의 후 말했다. 자금은 학교와 도로에 쓰인다."


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (CZECH, "cp1250"), (CZECH, "iso8859_2"), (POLISH, "cp1250"), (POLISH, "iso8859_2"), (FRENCH, "cp1252"),
        (FRENCH, "latin_1"), (TURKISH, "cp1254"), (RUSSIAN, "cp1251"), (RUSSIAN, "koi8_r"), (RUSSIAN, "cp866"),
        (RUSSIAN, "iso8859_5"), (GREEK, "cp1253"), (JAPANESE, "cp932"), (JAPANESE, "euc_jp"), (JAPANESE, "iso2022_jp"),
        (CHINESE, "gb18030"), (KOREAN, "cp949"), (KOREAN, "iso2022_kr"), ("A café is open.", "cp1252"),
        ("Привет, мир", "cp1251"), ("It costs £825, not €900.", "cp1252"), (CZECH, "utf-8"), (CZECH, "utf-8-sig"),
        *((text, name) for text in (CZECH, RUSSIAN) for name in ("utf-16", "utf-32", "utf-32-be", "utf-32-le")),
        *((CZECH, name) for name in ("utf-16-be", "utf-16-le")),
    ],
)  # fmt: skip
def test_round_trip(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize("label", ["windows-1251", "shift_jis", "gb2312", "euc-kr", "iso-8859-2", "x-sjis"])
@pytest.mark.parametrize("where", ["meta", "http-equiv", "xml", "server"])
def test_a_declaration_is_believed(label: str, where: str) -> None:
    text = {"windows-1251": RUSSIAN, "gb2312": CHINESE, "euc-kr": KOREAN, "iso-8859-2": CZECH}.get(label, JAPANESE)
    head = {"meta": f"<meta charset={label}>", "xml": f'<?xml version="1.0" encoding="{label}"?>',
            "http-equiv": f'<meta http-equiv="Content-Type" content="text/html; charset={label}">'}.get(where, "")  # fmt: skip
    data = f"{head}<p>{text}</p>".encode(label.removeprefix("x-s") if label != "x-sjis" else "cp932")
    assert text in decode_markup(data, declared=label if where == "server" else None)


def test_a_page_in_an_old_encoding() -> None:
    page = f'<html><head><meta charset="koi8-r"><title>Бюджет</title></head><body><article><h1>Бюджет принят</h1><p>{RUSSIAN}</p></article></body></html>'
    article = parse_html(page.encode("koi8_r"))
    assert (article.title, article.blocks[0].text) == ("Бюджет принят", RUSSIAN)


def test_a_wrong_declaration_does_not_spoil_utf_8() -> None:
    assert CZECH in decode_markup(f'<meta charset="iso-8859-1"><p>{CZECH}</p>'.encode())
    assert CZECH in decode_markup(f'<meta charset="utf-8"><p>{CZECH}</p>'.encode("cp1250"))
    assert FRENCH in decode_markup(f'<meta charset="no-such-thing"><p>{FRENCH}</p>'.encode("cp1252"))
    assert FRENCH in decode_markup(f'<meta charset="hex"><p>{FRENCH}</p>'.encode("cp1252"))


def test_a_declaration_in_a_plain_text_is_text() -> None:
    text = f"{FRENCH} <meta charset=koi8-r>"
    assert decode(text.encode("cp1252")) == text


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (bytes(range(256)) * 50, "not text"),
        (b"\x00" * 500, "binary data"),
        (bytes(i * i * 7 % 251 ^ i * 13 % 256 for i in range(5000)), "not text"),
        (b"\x1b$B" + b"\xff" * 40, "not text"),
        (b"word " * 500_000, "one article may have"),
    ],
)
def test_what_is_no_text_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(LoadError, match=reason):
        decode(data)


def test_an_empty_file_is_an_empty_text() -> None:
    assert decode(b"") == ""
