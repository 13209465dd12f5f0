"""What must hold after a run of tests/kill, whatever was killed in it."""
from box_office_client import raw_id, recount


def orders_of(db, event):
    """{order id: (email, status)}"""
    return {
        row[0]: (row[1], row[2])
        for row in db.sql(
            "SELECT LOWER(HEX(id)), buyer_email, status FROM orders WHERE event_id = %s"
            % raw_id(event)
        )
    }


def judge_orders(there, bought, refunded):
    """Every order that was acknowledged is there, once, and none that nobody knows; so is every
    refund. A list of what is wrong."""
    known = {i.replace("-", ""): name + "@example.com" for i, name in bought}
    wrong = ["lost: order %s" % i for i, email in known.items() if there.get(i, ("",))[0] != email]
    wrong += ["unknown: order %s of %s" % (i, there[i][0]) for i in there if i not in known]
    emails = [email for email, _ in there.values()]
    wrong += ["twice: %s" % e for e in set(emails) if emails.count(e) > 1]
    back = {i.replace("-", "") for i in refunded}
    wrong += ["lost: refund of %s" % i for i in back if there.get(i, ("", ""))[1] != "REFUNDED"]
    wrong += [
        "unknown: refund of %s" % i for i in there if there[i][1] == "REFUNDED" and i not in back
    ]
    return wrong


def judge_mail(db, event):
    """Each order has one message for its buyer, written with it."""
    return [
        "mail: order %s has %s messages" % (order, n)
        for order, n in db.sql(
            "SELECT o.reference, COUNT(m.id) AS n FROM orders o"
            " LEFT JOIN mail_messages m ON m.order_id = o.id AND m.kind = 'ORDER'"
            " AND m.recipient = o.buyer_email"
            " WHERE o.event_id = %s GROUP BY o.id HAVING n <> 1" % raw_id(event)
        )
    ]


def judge(db, shoppers):
    """A list of what is wrong; empty when all is well."""
    wrong = ["told 500: %d times" % n for s, n in shoppers.answers.items() if s == 500]
    wrong += ["no answer: %s" % s for s in shoppers.stuck]
    wrong += judge_orders(orders_of(db, shoppers.event), shoppers.bought, shoppers.refunded)
    return wrong + judge_mail(db, shoppers.event) + recount(db)


def faults_not_seen(db, shoppers):
    """The faults that the judge does not tell when they are planted: each is done and undone."""
    order = raw_id(shoppers.bought[0][0])
    refund = raw_id(shoppers.refunded[0])
    planted = {
        "a lost order": ["DELETE FROM orders WHERE id = %s" % order],
        "an order twice": [
            "UPDATE orders o JOIN (SELECT buyer_email FROM orders WHERE id = %s) x"
            " SET o.buyer_email = x.buyer_email WHERE o.id = %s"
            % (order, raw_id(shoppers.bought[1][0]))
        ],
        "an oversell": [
            "SET check_constraint_checks = 0",
            "UPDATE ticket_types SET quantity = sold + held - 1 WHERE event_id = %s AND sold > 0"
            % raw_id(shoppers.event),
        ],
        "a lost refund": ["UPDATE orders SET status = 'COMPLETED' WHERE id = %s" % refund],
        "a sale that was not counted": [
            "UPDATE ticket_types SET sold = sold - 1 WHERE event_id = %s AND sold > 0"
            % raw_id(shoppers.event)
        ],
        "a webhook that was not written": ["DELETE FROM outbox WHERE subject_id = %s" % order],
        "mail that was not written": ["DELETE FROM mail_messages WHERE order_id = %s" % order],
    }
    out = []
    for name, statements in planted.items():
        db.sql("BEGIN")
        for statement in statements:
            db.sql(statement)
        if not judge(db, shoppers):
            out.append(name)
        db.sql("ROLLBACK")
    db.sql("SET check_constraint_checks = 1")
    return out
