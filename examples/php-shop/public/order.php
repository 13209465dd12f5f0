<?php
// order: what became of a reservation: how to pay, the order, a refund, the end.
declare(strict_types=1);

require dirname(__DIR__) . '/lib/shop.php';
begin();

const STATES = [
    'COMPLETED' => 'Your tickets are paid.',
    'PARTIALLY_REFUNDED' => 'A part of your order was refunded.',
    'REFUNDED' => 'Your order was refunded.',
];

function payment_page(array $r): void
{
    $until = held_until($r);
    if ($until === null) {
        page('Your reservation has expired', '<p>No payment has been confirmed in time. ' .
            'If you have already paid, you get your tickets if there are any left, or your money ' .
            'back. The code of your reservation is <strong>' . h($r['code']) . '</strong>.</p>' .
            '<p><a href="index.php">All events</a></p>');
        return;
    }
    page('Pay for your tickets', item_table($r) .
        '<dl><dt>Amount</dt><dd>' . h(money($r['currency'], $r['total'])) .
        '</dd><dt>Code, to be given with the payment</dt><dd><strong>' . h($r['code']) .
        '</strong></dd><dt>Pay until</dt><dd>' . h(at($until, $r['timezone'])) . ' (' .
        h($r['timezone']) . ')</dd></dl>' .
        '<p class="text">' . h(settings()['payment'][$r['method']] ?? '') . '</p>' .
        '<p>This page shows your order once we have received the payment. Keep its address.</p>');
}

$r = reservation(field('r'));
$order = order_of($r);
if ($order !== null) {
    $refund = '<p>Refunded: ' . h(money($order['currency'], $order['refunded_total'])) . '</p>';
    page('Order ' . $order['reference'], '<p>' . h(STATES[$order['status']] ?? '') . '</p>' .
        item_table($r) . ($order['status'] === 'COMPLETED' ? '' : $refund));
} elseif ($r['status'] === 'SELECTED') {
    redirect('pay.php?r=' . $r['token']);
} elseif ($r['status'] === 'CANCELLED') {
    page('Reservation cancelled', '<p><a href="index.php">All events</a></p>');
} elseif ($r['status'] === 'RETURN') {
    page('Your payment came late', '<p>Your tickets are no longer available. We return your ' .
        'money. The code of your reservation is <strong>' . h($r['code']) . '</strong>.</p>');
} else {
    payment_page($r);
}
