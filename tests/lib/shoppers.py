"""Buyers who never give up, for tests that break things in the middle of a rush."""
import http.client
import random
import threading
import time

from box_office_client import Buyer, hold_body


class Shoppers:
    """Whatever breaks, each sends the same request under the same Idempotency-Key until there is an
    answer. bought: (order id, name) of each order that was acknowledged; refunded: order ids; acks:
    when, by the monotonic clock; answers: {status: how often}; stuck: who got no answer."""

    def __init__(self, site, key, event, tickets, prefix, n=16, visitors=False):
        self.prefix, self.site, self.event, self.tickets = prefix, site, event, tickets
        self.visitors, self.over, self.lock = visitors, threading.Event(), threading.Lock()
        self.bought, self.refunded, self.acks = [], [], []
        self.answers, self.stuck = {}, []
        self.threads = [
            threading.Thread(target=self.run, args=(Buyer(site, key), i)) for i in range(n)
        ]
        for t in self.threads:
            t.start()

    def insist(self, send):
        """Success, or a refusal that stays one."""
        end = time.monotonic() + 40
        while time.monotonic() < end:
            try:
                r = send()
                status = r.status
            except (OSError, http.client.HTTPException):
                r, status = None, "broken"
            with self.lock:
                self.answers[status] = self.answers.get(status, 0) + 1
                if status in (200, 201):
                    self.acks.append(time.monotonic())
            if status in (200, 201) or (status == 409 and not r.headers.get("retry-after")):
                return r
            time.sleep(0.03)
        self.stuck.append(repr(r))
        return None

    def buy(self, c, dice, name):
        """The answer to an order: at once, or from a hold of the shop or of a visitor."""
        wanted = [(t, 1) for t in dice.sample(self.tickets, dice.randint(1, 2))]
        buyer, header = {"name": "K", "email": name + "@example.com"}, {"Idempotency-Key": name}
        if dice.random() < 0.66:
            return self.insist(lambda: c.order(self.event, wanted, headers=header, buyer=buyer))
        first = {"Idempotency-Key": "h" + name}
        if self.visitors and dice.random() < 0.5:
            h = self.insist(
                lambda: c.site.post(
                    "/holds",
                    None,
                    hold_body(self.event, wanted),
                    headers=first,
                    mount="/public/v1",
                )
            )
        else:
            h = self.insist(lambda: c.hold(self.event, wanted, headers=first))
        if not h or h.status != 201:
            return None
        return self.insist(lambda: c.use(h.data["id"], headers=header, buyer=buyer))

    def run(self, c, i):
        dice, n = random.Random("%s %d" % (self.prefix, i)), 0
        while not self.over.is_set():
            n += 1
            name = "%s-%d-%d" % (self.prefix, i, n)
            r = self.buy(c, dice, name)
            if not r or r.status != 201:
                continue
            with self.lock:
                self.bought.append((r.data["id"], name))
            if n % 5 == 0:
                back = self.insist(
                    lambda: c.refund(r.data["id"], headers={"Idempotency-Key": "r" + name})
                )
                if back and back.status == 200:
                    self.refunded.append(r.data["id"])
        c.close()

    def end(self):
        self.over.set()
        for t in self.threads:
            t.join()
