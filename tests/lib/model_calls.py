"""Calls, what the contract wants of their answers, and where a real answer differs from that."""
import re
import time
import urllib.parse

from model_fields import ms

OPEN_API, BOX_OFFICE = "/open-api/v1", "/box-office/v1"


class Call:
    """One request. body is text as it is sent, or None; key is the name of a key of the world,
    'bad' or None."""

    def __init__(
        self,
        method,
        path,
        key="all",
        body=None,
        query=(),
        content_type="application/json",
        if_match=None,
        if_none_match=None,
        prefer=None,
        idem=None,
        mount=OPEN_API,
    ):
        self.method, self.path, self.key, self.body, self.query, self.content_type = (
            method,
            path,
            key,
            body,
            list(query),
            content_type,
        )
        self.if_match, self.if_none_match, self.prefer, self.idem, self.mount = (
            if_match,
            if_none_match,
            prefer,
            idem,
            mount,
        )

    @property
    def headers(self):
        out = {"Content-Type": self.content_type} if self.body else {}
        for name, value in (
            ("If-Match", self.if_match),
            ("If-None-Match", self.if_none_match),
            ("Prefer", self.prefer),
            ("Idempotency-Key", self.idem),
        ):
            if value is not None:
                out[name] = value
        return out

    @property
    def target(self):
        return self.path + ("?" + urllib.parse.urlencode(self.query) if self.query else "")

    @property
    def fingerprint(self):
        return ("POST", self.mount + self.path, self.body or "")


class Refusal(Exception):
    CODES = {
        400: "VALIDATION_ERROR",
        401: "UNAUTHORIZED",
        403: "SCOPE_REQUIRED",
        404: "NOT_FOUND",
        405: "METHOD_NOT_ALLOWED",
        409: "CONFLICT",
        412: "PRECONDITION_FAILED",
        415: "UNSUPPORTED_MEDIA_TYPE",
        422: "IDEMPOTENCY_MISMATCH",
    }

    def __init__(self, status, says=(), fields=()):
        super().__init__(status)
        self.status, self.code, self.says, self.fields = (
            status,
            self.CODES[status],
            [says] if isinstance(says, str) else list(says),
            sorted(set(fields)),
        )


class Answer:
    """What is wanted. take(data) adopts what the server chose and gives what data should be; meta
    for lists; kept: a response that must come again."""

    def __init__(self, status, take=None, meta=None, ignored=(), kept=None, of=None):
        self.status, self.take, self.meta, self.ignored, self.kept, self.of = (
            status,
            take,
            meta,
            sorted(ignored),
            kept,
            of,
        )


class Ask:
    """A call on its way through the checks."""

    def __init__(self, call, args):
        self.call, self.args = call, args
        self.body, self.asked, self.problems, self.ignored = {}, {}, [], []
        self.strict = call.prefer == "handling=strict"
        self.lenient = call.prefer == "handling=lenient"

    def settle(self):
        """The body is judged before the resource."""
        if self.problems:
            raise Refusal(400, "Validation failed", self.problems)


def recent(t):
    return (
        isinstance(t, str)
        and bool(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", t))
        and abs(ms(t) / 1000 - time.time()) < 20
    )


def differences(got, wanted, place=""):
    """Where two JSON values differ, in words."""
    if isinstance(got, dict) and isinstance(wanted, dict):
        return [
            d
            for name in sorted(set(got) | set(wanted))
            for d in differences(
                got.get(name, "(missing)"), wanted.get(name, "(missing)"), place + "." + name
            )
        ]
    if isinstance(got, list) and isinstance(wanted, list) and len(got) == len(wanted):
        return [
            d for i in range(len(got)) for d in differences(got[i], wanted[i], "%s.%d" % (place, i))
        ]
    return (
        []
        if got == wanted
        and type(got == 1) is type(wanted == 1)
        and isinstance(got, bool) == isinstance(wanted, bool)
        else [
            "%s is %.300r, the contract wants %.300r" % (place.lstrip(".") or "data", got, wanted)
        ]
    )


def disagreements(world, call, answer, r):
    """What is wrong with a real response. The world moves on only when the status is right."""
    if r.status != answer.status:
        return [
            "status %d %s, the contract wants %d %s"
            % (r.status, r.raw[:300], answer.status, "; ".join(getattr(answer, "fields", [])))
        ]
    if isinstance(answer, Refusal):
        out = (
            []
            if r.error.get("code") == answer.code
            else ["code %r, the contract wants %r" % (r.error.get("code"), answer.code)]
        )
        if sorted(set(r.fields)) != answer.fields:
            out.append("details name %s, the contract wants %s" % (r.fields, answer.fields))
        out += [
            "the message %r lacks %r" % (r.error.get("message"), say)
            for say in answer.says
            if say not in r.error.get("message", "")
        ]
        out += (
            []
            if r.error.get("hint") and re.fullmatch("req_[a-z0-9]{12}", r.json.get("requestId", ""))
            else ["no hint or requestId: %s" % r.raw]
        )
    elif answer.kept is not None:
        first, again = dict(answer.kept.json), dict(r.json)
        first.pop("requestId", None), again.pop("requestId", None)
        out = differences(again, first) + (
            [] if r.headers.get("idempotency-replayed") == "true" else ["no Idempotency-Replayed"]
        )
    elif r.status == 304:
        out = [] if not r.raw else ["304 with a body"]
    else:
        out = success(answer, r)
    world.answered(call, answer, r)
    return out


def success(answer, r):
    changed = answer.of
    before = changed and (changed.version, changed.updated)
    out = differences(r.data, answer.take(r.data))
    if answer.of is not None:
        thing = answer.of
        bumped = before is None or thing.version != before[0]
        out += [] if r.headers.get("etag") else ["no ETag"]
        if bumped and not (
            recent(thing.updated) and thing.updated >= (before[1] if before else thing.created)
        ):
            out.append("updatedAt %s of a change just now" % thing.updated)
        if before is None and not (
            thing.created == thing.updated
            and re.fullmatch(
                "[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", thing.id
            )
        ):
            out.append(
                "id %s, createdAt %s, updatedAt %s of a new one"
                % (thing.id, thing.created, thing.updated)
            )
    if answer.meta:
        meta = dict(r.json["meta"])
        cursor = meta.pop("nextCursor", 0)
        meta["more"] = cursor is not None
        out += differences(meta, answer.meta, "meta")
        if (cursor is not None) != ('rel="next"' in r.headers.get("link", "")):
            out.append("nextCursor %r with Link %r" % (cursor, r.headers.get("link")))
    ignored = sorted(n for n in r.headers.get("ignored-fields", "").split(", ") if n)
    return out + (
        []
        if ignored == answer.ignored
        else ["Ignored-Fields: %s, the contract wants %s" % (ignored, answer.ignored)]
    )
