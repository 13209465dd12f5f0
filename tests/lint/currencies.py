"""Currencies: common/text/currency.c and htdocs/currencies.js have the same codes, decimals and
signs, sorted by code."""
import re


def read(path):
    return open(path, encoding="utf-8").read()


def sign_of(text):
    """A C or JavaScript string without its quotes; None for NULL and null."""
    if text[0] != '"':
        return None
    return re.sub(
        rb"\\x([0-9a-f]{2})", lambda m: bytes([int(m[1], 16)]), text.strip('"').encode()
    ).decode()


def table(path, row):
    rows = [(code, int(n), sign_of(sign)) for code, n, sign in re.findall(row, read(path), re.M)]
    if len(rows) < 150:
        print(f"{path}: only {len(rows)} currencies were found")
    if rows != sorted(rows):
        print(f"{path}: not sorted by code")
    return set(rows)


c = table("common/text/currency.c", r'^\t\{"([A-Z]{3})", (\d), ("[^"]*"|NULL)\},$')
js = table("htdocs/currencies.js", r'^\t([A-Z]{3}): \[(\d), ("[^"]*"|null)\],$')
for code, decimals, sign in sorted(c ^ js):
    print(f"htdocs/currencies.js: {code} ({decimals} decimals, sign {sign}) is not in both tables")
