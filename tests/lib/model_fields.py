"""The contract's fields in plain Python: what each kind of value accepts, and how a body is read by
a table of them."""
import datetime
import re
import unicodedata
import zoneinfo

ZONES = zoneinfo.available_timezones()


class Bad(Exception):
    """A value that its kind refuses; args are the places in it, '' for itself."""


def refuse(condition):
    if condition:
        raise Bad("")


def unique(members):
    refuse(len(dict(members)) < len(members))
    return dict(members)


def is_number(v):
    return isinstance(v, (int, float)) and not isinstance(v, bool)


def text(low, high):
    def read(v):
        refuse(
            not isinstance(v, str)
            or "\0" in v
            or not low <= len(v) <= high
            or (low and not v.strip(" \t\r\n"))
        )
        return v

    return read


def integer(low, high):
    def read(v):
        refuse(not is_number(v) or v != int(v) or not low <= v <= high)
        return int(v)

    return read


def email(v):
    refuse(
        not isinstance(v, str)
        or not re.fullmatch(r'[^\s<>()\[\]\\,;:"@\x7f]{1,64}@[^\s<>()\[\]\\,;:"@\x7f]+', v)
        or len(v) > 254
    )
    domain = v.split("@")[1]
    refuse("." not in domain or domain[0] == "." or domain[-1] == ".")
    return v


def money(v):
    refuse(not is_number(v) or not 0 <= v <= 10**10 or round(v, 3) != v)
    return v


DECIMALS = {"JPY": 0, "PHP": 2, "USD": 2}  # the currencies of the walk


def too_fine(price, currency):
    """Whether a price has more decimals than its currency."""
    return currency is not None and is_number(price) and round(price, DECIMALS[currency]) != price


def boolean(v):
    refuse(not isinstance(v, bool))
    return v


def choice(*names):
    def read(v):
        refuse(v not in names)
        return v

    return read


def moment(v):
    """ISO 8601 with Z or an offset; UTC with milliseconds."""
    refuse(
        not isinstance(v, str)
        or not re.fullmatch(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:?\d\d)", v)
    )
    try:
        fraction = re.search(r"\.(\d+)", v)
        t = datetime.datetime.fromisoformat(
            re.sub(r"\.\d+", "", v.upper()).replace("Z", "+00:00")
        ).astimezone(datetime.timezone.utc)
    except (ValueError, OverflowError):
        raise Bad("") from None
    return t.strftime("%Y-%m-%dT%H:%M:%S") + ".%sZ" % (
        fraction.group(1)[:3].ljust(3, "0") if fraction else "000"
    )


def uuid(v):
    refuse(not isinstance(v, str) or not is_uuid(v))
    return v.lower()


def url(v):
    refuse(
        not isinstance(v, str)
        or len(v) > 2048
        or not re.fullmatch(
            r"https?://[A-Za-z0-9][A-Za-z0-9._-]*(:\d{1,5})?([/?#][!-~]*)?", v, re.I
        )
    )
    return v


def webhook(v):
    refuse("#" in url(v))
    return v


def zone(v):
    refuse(v not in ZONES)
    return v


def currency(v):
    refuse(v not in ("PHP", "USD", "EUR", "JPY", "SGD"))
    return v


def slug(v):
    refuse(
        not isinstance(v, str)
        or not re.fullmatch("[a-z0-9-]{1,120}", v)
        or not v.strip("-")
        or is_uuid(v)
    )
    return v


def many(most, read_item):
    def read(v):
        refuse(not isinstance(v, list) or len(v) > most)
        out, bad = [], []
        for i, item in enumerate(v):
            try:
                out.append(read_item(item))
            except Bad:
                bad.append(".%d" % i)
        if bad:
            raise Bad(*bad)
        return out

    return read


def once(read):
    """An id that came before is left out."""
    return lambda v: list(dict.fromkeys(read(v)))


def is_uuid(s):
    return bool(re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", s, re.I))


def ms(t):
    return int(datetime.datetime.fromisoformat(t.replace("Z", "+00:00")).timestamp() * 1000 + 0.5)


def iso(n):
    """The other way round."""
    return (datetime.datetime(1970, 1, 1) + datetime.timedelta(milliseconds=n)).strftime(
        "%Y-%m-%dT%H:%M:%S.%f"
    )[:23] + "Z"


def minor(amount):
    """Whole currency units, as they travel, in their hundredths."""
    return round(amount * 100)


def whole(n):
    return n // 100 if n % 100 == 0 else n / 100


def fold(s):
    """As the database compares: case and accents do not matter, nor do spaces at the end."""
    return "".join(
        c for c in unicodedata.normalize("NFKD", s.casefold()) if not unicodedata.combining(c)
    ).rstrip(" ")


def address_key(s):
    """What makes two email addresses one: the case of ASCII letters does not matter."""
    return re.sub("[A-Z]+", lambda c: c[0].lower(), s)


def words(s):
    return [fold(w)[:40] for w in re.findall("[0-9A-Za-z\x80-\U0010ffff]+", s)]


class Field:
    def __init__(self, read, required=False, nullable=False, default=None, create_only=False):
        self.read, self.required, self.nullable, self.default, self.create_only = (
            read,
            required,
            nullable,
            default,
            create_only,
        )


class Rows:
    """A list of objects with these fields, so many at most."""

    def __init__(self, table, most):
        self.table, self.most = table, most


class Object:
    def __init__(self, table):
        self.table = table


def required(read):
    return Field(read, required=True)


def nullable(read):
    return Field(read, nullable=True)


def default(value, read):
    return Field(read, default=value)


def read_fields(table, body, creating, prefix, problems, ignored):
    """What a body says, by its table: defaults on create, only what was sent otherwise."""
    values = {}
    for name, f in table.items():
        place = prefix + name
        if f.create_only and not creating:
            continue
        if name not in body:
            if creating and f.required:
                problems.append(place)
            elif creating:
                values[name] = f.default
        elif body[name] is None:
            if f.nullable or (creating and not f.required):
                values[name] = f.default
            else:
                problems.append(place)
        elif isinstance(f.read, Rows):
            values[name] = read_rows(f.read, body[name], place, problems, ignored)
        elif isinstance(f.read, Object) and isinstance(body[name], dict):
            values[name] = read_fields(
                f.read.table, body[name], creating, place + ".", problems, ignored
            )
        elif isinstance(f.read, Object):
            problems.append(place)
        else:
            try:
                values[name] = f.read(body[name])
            except Bad as bad:
                problems += [place + inner for inner in bad.args]
    ignored += [
        prefix + name
        for name in body
        if name not in table or (table[name].create_only and not creating)
    ]
    return values


def read_rows(kind, rows, place, problems, ignored):
    if not isinstance(rows, list) or len(rows) > kind.most:
        problems.append(place)
        return []
    out = []
    for i, row in enumerate(rows):
        if isinstance(row, dict):
            out.append(read_fields(kind.table, row, True, "%s.%d." % (place, i), problems, ignored))
        else:
            problems.append("%s.%d" % (place, i))
            out.append({})
    return out


def in_order(values, first, second, prefix, problems):
    if values.get(first) and values.get(second) and values[second] <= values[first]:
        problems.append(prefix + second)
