<?php
// reservations: a buyer's tickets from the hold to the order.
//
// SELECTED  tickets are on hold while the buyer fills in the form
// AWAITING  the buyer has chosen how to pay; the organizer confirms the money
// PAID      the order exists; the table orders has its state, kept current by webhooks
// RETURN    the money came when the tickets were gone: it has to be returned
// CANCELLED by the buyer or the organizer
//
// A reservation whose hold has expired keeps its status: a transfer may still arrive.
declare(strict_types=1);

use Ticketgate\ApiException;

// Reserves tickets; the reservation's token. A form that is sent twice reserves once.
function reserve(string $eventId, array $items, string $cart): string
{
    $key = 'cart-' . hash('sha256', json_encode([$cart, $eventId, $items]));
    $hold = api()->createHold(
        ['eventId' => $eventId, 'items' => $items, 'ttlSeconds' => settings()['hold_seconds']],
        ['idempotencyKey' => $key]
    );
    return add_reservation($hold->toArray());
}

// Stores a hold as a reservation, once; its token.
function add_reservation(array $hold): string
{
    $alphabet = '23456789ABCDEFGHJKMNPQRSTVWXYZ';
    $code = '';
    for ($i = 0; $i < 8; $i++) {
        $code .= $alphabet[random_int(0, strlen($alphabet) - 1)];
    }
    $event = api()->getEvent($hold['eventId']);
    try {
        sql(
            'INSERT INTO reservations (token, code, hold_id, event_id, event_name, timezone, items,
                currency, fees, total, status, created_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
            [bin2hex(random_bytes(16)), $code, $hold['id'], $hold['eventId'], $event['name'],
                $event['timezone'], json_encode($hold['items']), $hold['currency'], $hold['fees'],
                $hold['total'], 'SELECTED', time()]
        );
    } catch (PDOException $e) {
        if (!is_duplicate($e)) {
            throw $e;
        }
    }
    return sql('SELECT token FROM reservations WHERE hold_id = ?', [$hold['id']])[0]['token'];
}

// The reservation of a token, or the page "not found".
function reservation(string $token): array
{
    $rows = sql('SELECT * FROM reservations WHERE token = ?', [$token]);
    if (!$rows) {
        stop(404, 'Not found', 'There is no such reservation.');
    }
    return $rows[0];
}

// The order of a reservation as the webhooks have it; null before.
function order_of(array $reservation): ?array
{
    return sql('SELECT * FROM orders WHERE id = ?', [(string) $reservation['order_id']])[0] ?? null;
}

// When the hold expires; null when it is over.
function held_until(array $reservation): ?string
{
    try {
        $hold = api()->getHold($reservation['hold_id']);
    } catch (ApiException $e) {
        if ($e->status === 404) {
            return null;
        }
        throw $e;
    }
    return $hold['status'] === 'ACTIVE' ? $hold['expiresAt'] : null;
}

// The buyer has chosen how to pay: the hold is extended, so that there is time to. An error
// message, or "".
function choose_payment(array $r, string $name, string $email, string $method): string
{
    try {
        api()->extendHold($r['hold_id'], ['idempotencyKey' => 'extend-' . $r['hold_id']]);
    } catch (ApiException $e) {
        if ($e->status !== 409) {
            throw $e;
        }
        if (held_until($r) === null) { // else it was extended before
            return 'Your reservation has expired. Select your tickets again.';
        }
    }
    sql(
        "UPDATE reservations SET name = ?, email = ?, method = ?, status = 'AWAITING'
            WHERE token = ? AND status = 'SELECTED'",
        [$name, $email, $method, $r['token']]
    );
    return (float) $r['total'] > 0 ? '' : complete(reservation($r['token']), '');
}

function cancel(array $r): void
{
    sql(
        "UPDATE reservations SET status = 'CANCELLED'
            WHERE token = ? AND status IN ('SELECTED', 'AWAITING')",
        [$r['token']]
    );
    try {
        api()->releaseHold($r['hold_id']);
    } catch (ApiException $e) {
        if (!in_array($e->status, [404, 409], true)) { // expired already
            throw $e;
        }
    }
}

// The money has arrived (or there is none to pay): creates the order. Repeating it after a crash or
// by two people at once is harmless, because the Idempotency-Key is made of the hold. An error
// message, or "".
function complete(array $r, string $paymentReference): string
{
    sql( // the first reference stays: the request must be the same when it is repeated
        "UPDATE reservations SET payment_reference = ?
            WHERE token = ? AND status = 'AWAITING' AND payment_reference IS NULL",
        [$paymentReference, $r['token']]
    );
    $r = reservation($r['token']);
    if ($r['status'] !== 'AWAITING') {
        return 'This reservation is no longer awaiting a payment.';
    }
    if (held_until($r) === null && !is_ordered($r)) {
        $r = hold_again($r);
    }
    if ($r['status'] !== 'AWAITING') {
        return 'The tickets are no longer available at this price. Return the money to the buyer.';
    }
    return create_order($r);
}

// Whether the hold became an order whose response was lost.
function is_ordered(array $r): bool
{
    try {
        return api()->getHold($r['hold_id'])['status'] === 'USED';
    } catch (ApiException $e) {
        if ($e->status === 404) {
            return false;
        }
        throw $e;
    }
}

function create_order(array $r): string
{
    $body = ['holdId' => $r['hold_id'], 'buyer' => ['name' => $r['name'], 'email' => $r['email']]];
    if ((float) $r['total'] > 0) {
        $reference = trim($r['code'] . ' ' . $r['payment_reference']);
        $body['payment'] = ['provider' => $r['method'], 'reference' => $reference];
    }
    try {
        $order = api()->createSale($body, ['idempotencyKey' => 'order-' . $r['hold_id']]);
    } catch (ApiException $e) {
        if ($e->status !== 409) {
            throw $e;
        }
        return $e->getMessage() . ' ' . $e->hint;
    }
    store_order($order->toArray(), $order['completedAt']);
    sql(
        "UPDATE reservations SET status = 'PAID', order_id = ? WHERE token = ?",
        [$order['id'], $r['token']]
    );
    return '';
}

// The money came late: holds the same tickets again if there still are any at the price that was
// paid; otherwise the reservation becomes RETURN. The reservation as it then is.
function hold_again(array $r): array
{
    $items = [];
    foreach (json_decode($r['items'], true) as $item) {
        $items[] = ['ticketId' => $item['ticketId'], 'quantity' => $item['quantity']];
    }
    try {
        $hold = api()->createHold(
            ['eventId' => $r['event_id'], 'items' => $items],
            ['idempotencyKey' => 'again-' . $r['hold_id']]
        );
    } catch (ApiException $e) {
        if (!in_array($e->status, [400, 404, 409], true)) {
            throw $e;
        }
        $hold = null; // sold out, closed or deleted
    }
    $same = $hold !== null && $hold['total'] === $r['total'];
    if ($hold !== null && !$same) {
        api()->releaseHold($hold['id']);
    }
    sql(
        "UPDATE reservations SET hold_id = ?, status = ? WHERE token = ? AND status = 'AWAITING'",
        [$same ? $hold['id'] : $r['hold_id'], $same ? 'AWAITING' : 'RETURN', $r['token']]
    );
    return reservation($r['token']);
}

// ---- the local table of orders ----

// Stores an order as it was at $asOf. Webhooks come in any order and more than once: an older state
// never replaces a newer one.
function store_order(array $order, string $asOf): void
{
    $values = [$order['reference'], $order['status'], $order['currency'], $order['total'],
        $order['refundedTotal'], $asOf, $order['id']];
    $changed = sql(
        'UPDATE orders SET reference = ?, status = ?, currency = ?, total = ?, refunded_total = ?,
            as_of = ? WHERE id = ? AND as_of <= ?',
        array_merge($values, [$asOf])
    );
    if ($changed > 0) {
        return;
    }
    try {
        sql(
            'INSERT INTO orders (reference, status, currency, total, refunded_total, as_of, id)
                VALUES (?, ?, ?, ?, ?, ?, ?)',
            $values
        );
    } catch (PDOException $e) {
        if (!is_duplicate($e)) { // a newer state is there
            throw $e;
        }
    }
}

// Processes an event once; its id and its effect are committed together.
function receive(array $event): void
{
    database()->beginTransaction();
    try {
        sql('INSERT INTO webhook_events (id, received_at) VALUES (?, ?)', [$event['id'], time()]);
        if (!$event['isTest'] && strncmp($event['event'], 'order.', 6) === 0) {
            store_order($event['data'], $event['timestamp']);
        }
        database()->commit();
    } catch (PDOException $e) {
        database()->rollBack();
        if (!is_duplicate($e)) { // received before
            throw $e;
        }
    }
}
