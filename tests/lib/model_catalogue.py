"""The catalogue's part of the contract: changes of events and of what stands below them."""
import re
import unicodedata

from model_calls import Answer, Refusal, recent
from model_fields import in_order, is_uuid, ms, too_fine
from model_resources import EVENT, KINDS, STATES, TICKET_STATES, Event, Resource, Ticket


def ticket_rules(values, free, currency, prefix, problems):
    if free and values.get("price") or too_fine(values.get("price"), currency):
        problems.append(prefix + "price")
    if (
        values.get("maxPerOrder") is not None
        and values.get("minPerOrder") is not None
        and values["maxPerOrder"] < values["minPerOrder"]
    ):
        problems.append(prefix + "maxPerOrder")
    in_order(values, "salesStartAt", "salesEndAt", prefix, problems)


def slug_of(name):
    """Letters without their accents, runs of anything else as one hyphen; 'event' when nothing is
    left."""
    plain = "".join(
        c for c in unicodedata.normalize("NFKD", name.lower()) if not unicodedata.combining(c)
    )
    s = re.sub("[^a-z0-9]+", "-", plain).lstrip("-")[:110].rstrip("-")
    return "event" if not s or is_uuid(s) else s


def secret_told(event, data, before, after):
    """The secret of a callbackUrl is told by the call that sets one where there was none, and never
    again."""
    if before is None and after is not None:
        told = data.get("webhookSecret")
        event["webhookSecret"] = (
            told
            if isinstance(told, str) and re.fullmatch("whsec_[A-Za-z0-9+/]{43}=", told)
            else "a secret"
        )
    return event


class Catalogue:
    # ---- events ----

    def create_event(self, ask):
        self.body(ask, EVENT, creating=True)
        values, problems = ask.values, ask.problems
        in_order(values, "dateTime", "endDateTime", "", problems)
        for i, ticket in enumerate(values.get("tickets", [])):
            ticket_rules(
                ticket,
                values.get("type") == "FREE",
                values.get("currency"),
                "tickets.%d." % i,
                problems,
            )
        self.venue_known(values, problems)
        ask.settle()
        chosen, tried, random = values["slug"], slug_of(values["name"]), False
        hidden = chosen is None and values["visibility"] == "PRIVATE"
        if hidden:
            random = True
        elif chosen is None:
            names = [tried] + ["%s-%d" % (tried, n) for n in (2, 3, 4, 5)]
            values["slug"] = next((s for s in names if not self.slug_taken(s)), None)
            random = values["slug"] is None
        elif self.slug_taken(chosen):
            raise Refusal(409, "'%s'" % chosen)

        def take(data):
            if random and self.random_slug(tried, data["slug"], 16 if hidden else 6):
                values["slug"] = data["slug"]
            e = Event(values, data)
            order = sorted(
                range(len(values["tickets"])),
                key=lambda i: i
                if values["tickets"][i]["position"] is None
                else values["tickets"][i]["position"],
            )
            e.below["tickets"] = [
                Ticket(values["tickets"][i], one) for i, one in zip(order, data["tickets"])
            ]
            for ticket in e.below["tickets"]:
                ticket.event = e
            self.events.append(e)
            answer.of = e
            return secret_told(self.show(e), data, None, values["callbackUrl"])

        answer = Answer(201, take, ignored=ask.ignored)
        return answer

    def slug_taken(self, s, but=None):
        return any(e.values["slug"] == s for e in self.events if e is not but)

    def random_slug(self, tried, slug, length):
        """Whether a slug is the one tried, with so many random characters behind it, and free."""
        stem = tried[: 119 - length].rstrip("-")
        fits = re.fullmatch("%s-[a-z0-9]{%d}" % (re.escape(stem), length), slug)
        return fits and not self.slug_taken(slug)

    def venue_known(self, values, problems):
        if values.get("venueId") is not None and values["venueId"] not in self.venues:
            problems.append("venueId")

    def patch_event(self, ask):
        self.body(ask, EVENT)
        e, _ = self.reach(ask, None)
        after, tickets = dict(e.values, **ask.values), e.below["tickets"]
        in_order(after, "dateTime", "endDateTime", "", ask.problems)
        self.venue_known(after, ask.problems)
        ask.settle()
        changed = {name for name in after if after[name] != e.values[name]}
        priced = [t.values["name"] for t in tickets if t.values["price"]]
        if "type" in changed and after["type"] == "FREE" and priced:
            raise Refusal(409, priced)
        if "currency" in changed and any(t.gone or t.kept for t in tickets):
            raise Refusal(409, "currency")
        if (
            "eventCapacity" in changed
            and after["eventCapacity"] is not None
            and after["eventCapacity"] < e.gone
        ):
            raise Refusal(409, str(e.gone))
        if "currency" in changed and any(
            too_fine(t.values["price"], after["currency"]) for t in tickets
        ):
            ask.problems.append("currency")
            ask.settle()
        if self.slug_taken(after["slug"], but=e):
            raise Refusal(409, "'%s'" % after["slug"])
        answer = self.changing(ask, e, e, after)
        own = slug_of(e.values["name"])
        if (
            after["visibility"] == "PRIVATE" != e.values["visibility"]
            and e.status == "DRAFT"
            and "slug" not in changed
            and re.fullmatch("%s(-([a-z0-9]|[a-z0-9]{6}))?" % re.escape(own), e.values["slug"])
        ):
            take = answer.take

            def hidden(data):
                if self.random_slug(own, data["slug"], 16):
                    after["slug"] = data["slug"]
                return take(data)

            answer.take = hidden
        return answer

    def changing(self, ask, thing, e, after):
        before = thing.values

        def change(data):
            if ask.values or self.flip == "stale validators pass":
                thing.changed(data)
            thing.values = after

        answer = self.shown(ask, thing, e, change=change)
        if thing is e:
            shown = answer.take
            answer.take = lambda data: secret_told(
                shown(data), data, before["callbackUrl"], after["callbackUrl"]
            )
        return answer

    def act_event(self, ask, verb):
        self.body(ask, None)
        ask.settle()
        e, _ = self.reach(ask, None)
        before, after = STATES[verb]
        if e.status not in before and not (self.flip == "archive twice" and verb == "archive"):
            raise Refusal(409, e.status)

        def change(data):
            if after == "PUBLISHED":
                e.published_at = data["publishedAt"] if recent(data["publishedAt"]) else "now"
            elif after == "DRAFT":
                e.published_at = None
            e.status = after
            e.changed(data)

        return self.shown(ask, e, e, change=change)

    def deleting(self, thing, things):
        def take(_):
            things.remove(thing)
            return {"id": thing.id, "deleted": True}

        return Answer(200, take)

    def delete_event(self, ask):
        e, _ = self.reach(ask, None)
        if e.status != "DRAFT":
            raise Refusal(409, e.status)
        if e.gone or any(t.kept for t in e.below["tickets"]):
            raise Refusal(409, str(sum(t.sold for t in e.below["tickets"])))
        return self.deleting(e, self.events)

    # ---- what stands below an event ----

    def rules(self, ask, kind, e, thing, after):
        """The rules that look at several fields or at other rows; a 409 comes only when the body is
        without problems."""
        if kind == "tickets":
            free = e.values["type"] == "FREE" and not (thing and self.flip == "free price on patch")
            ticket_rules(after, free, e.values["currency"], "", ask.problems)
            ask.settle()
            taken = thing and (
                thing.sold if self.flip == "held may be cut" else thing.sold + thing.held
            )
            if thing and after["quantity"] < taken:
                raise Refusal(409, [str(thing.sold), str(thing.held)])
            if thing and after["quantity"] < taken + thing.lapsed:
                raise Refusal(409, "being released")
        elif kind != "brands":
            in_order(after, "startsAt", "endsAt", "", ask.problems)
        strangers = [
            p
            for p in after.get("performerIds", [])
            if p not in [x.id for x in e.below["performers"]]
        ]
        if strangers and self.flip != "performer stays in the programme":
            ask.problems.append("performerIds")
        ask.settle()
        if kind == "schedules":
            self.no_clash(ask, e, thing, after)

    def no_clash(self, ask, e, thing, after):
        moved = not thing or any(
            after[name] != thing.values[name]
            for name in ("startsAt", "endsAt", "stage", "performerIds")
        )
        if ask.lenient or not moved:
            return

        def span(v):
            until = ms(v["endsAt"]) if v["endsAt"] else ms(v["startsAt"]) + 1
            return ms(v["startsAt"]), until + (self.flip == "touching entries clash")

        start, end = span(after)
        for other in sorted(e.below["schedules"], key=lambda s: (s.values["startsAt"], s.id)):
            s, until = span(other.values)
            same_stage = (
                after["stage"] is not None
                and other.values["stage"] is not None
                and after["stage"].lower() == other.values["stage"].lower()
            )
            if (
                other is not thing
                and s < end
                and start < until
                and (same_stage or set(after["performerIds"]) & set(other.values["performerIds"]))
            ):
                raise Refusal(409, [other.id, other.values["title"]])

    def create_below(self, ask, kind):
        self.body(ask, KINDS[kind][1], creating=True)
        try:
            e = self.event_named(ask.args[0])
        except Refusal:
            ask.settle()
            raise
        self.rules(ask, kind, e, None, ask.values)
        if len(e.below[kind]) >= (100 if kind == "tickets" else 200):
            raise Refusal(409)
        place = ask.values["position"]

        def take(data):
            thing = (Ticket if kind == "tickets" else Resource)(ask.values, data)
            thing.event = e
            e.below[kind].insert(
                len(e.below[kind]) if place is None else place + (self.flip == "insert behind"),
                thing,
            )
            answer.of = thing
            return self.show(thing, e)

        answer = Answer(201, take, ignored=ask.ignored)
        return answer

    def patch_below(self, ask, kind):
        self.body(ask, KINDS[kind][1])
        e, thing = self.reach(ask, kind)
        after = dict(thing.values, **{k: v for k, v in ask.values.items() if k != "position"})
        self.rules(ask, kind, e, thing, after)
        place = ask.values.get("position")
        answer = self.changing(ask, thing, e, after)
        if place is not None:
            changed = answer.take

            def take(data):
                e.below[kind].remove(thing)
                e.below[kind].insert(place, thing)
                return changed(data)

            answer.take = take
        return answer

    def delete_below(self, ask, kind):
        e, thing = self.reach(ask, kind)
        if kind == "tickets" and (
            thing.sold + thing.held or (thing.kept and self.flip != "what came back may be deleted")
        ):
            raise Refusal(409, [str(thing.sold), str(thing.held)])
        if kind == "tickets" and thing.lapsed:
            raise Refusal(409, "being released")
        if kind == "performers" and self.flip != "performer stays in the programme":
            answer = self.deleting(thing, e.below[kind])
            removed = answer.take

            def take(data):
                for entry in e.below["schedules"]:
                    entry.values["performerIds"] = [
                        p for p in entry.values["performerIds"] if p != thing.id
                    ]
                return removed(data)

            answer.take = take
            return answer
        return self.deleting(thing, e.below[kind])

    def act_ticket(self, ask, verb):
        self.body(ask, None)
        ask.settle()
        e, t = self.reach(ask, "tickets")
        if t.status not in TICKET_STATES[verb] or (
            # only a mark can be taken away, not that the event's capacity is used up
            verb == "on-sale"
            and (not t.marked or t.left - t.lapsed < t.values["minPerOrder"])
        ):
            raise Refusal(409, t.status)

        def change(data):
            t.values["published"] = verb != "unpublish"
            if verb in ("sold-out", "on-sale") or (
                verb == "unpublish" and self.flip == "mark goes with unpublish"
            ):
                t.marked = verb == "sold-out"
            t.changed(data)

        return self.shown(ask, t, e, change=change)
