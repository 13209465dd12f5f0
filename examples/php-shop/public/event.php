<?php
// event: an event with its ticket types; the selection becomes a reservation.
declare(strict_types=1);

use Ticketgate\ApiException;

require dirname(__DIR__) . '/lib/shop.php';
begin();

function ticket_row(array $ticket): string
{
    $id = h($ticket['id']);
    $price = money($ticket['currency'], $ticket['price']);
    $most = max(0, min($ticket['maxPerOrder'], $ticket['remaining']));
    $row = '<li><label for="q-' . $id . '">' . h($ticket['name']) . '</label> <span>' . h($price) .
        '</span>';
    if ($ticket['soldOut'] || $most < $ticket['minPerOrder']) {
        return $row . '<strong>Sold out</strong></li>';
    }
    return $row . '<input type="number" inputmode="numeric" id="q-' . $id . '" name="quantity[' .
        $id . ']" min="0" max="' . $most . '" value="0"></li>';
}

// The quantities of the form, as the API's items.
function chosen_items(array $tickets): array
{
    $given = is_array($_POST['quantity'] ?? null) ? $_POST['quantity'] : [];
    $items = [];
    foreach ($tickets as $ticket) {
        $quantity = $given[$ticket['id']] ?? '0';
        if (is_string($quantity) && preg_match('/^[1-9][0-9]{0,3}\z/', $quantity)) {
            $items[] = ['ticketId' => $ticket['id'], 'quantity' => (int) $quantity];
        }
    }
    return $items;
}

$event = api()->getEvent(field('e') !== '' ? field('e') : '-');
if ($event['status'] !== 'PUBLISHED') {
    stop(404, 'Not found', 'There is no such event.');
}
$tickets = array_values(array_filter($event['tickets'], static function (array $ticket): bool {
    return $ticket['published'];
}));
$error = '';
if (is_post()) {
    $items = chosen_items($tickets);
    if (!$items) {
        $error = 'Select at least one ticket.';
    } else {
        try {
            redirect('pay.php?r=' . reserve($event['id'], $items, field('cart')));
        } catch (ApiException $e) {
            if (!in_array($e->status, [400, 409], true)) {
                throw $e;
            }
            $error = $e->getMessage();
        }
    }
}
$rows = implode('', array_map('ticket_row', $tickets));
$place = $event['venue'] === null ? '' : ' · ' . $event['venue']['name'];
page($event['name'], '<p>' . h(at($event['dateTime'], $event['timezone']) . $place) . '</p>' .
    '<p class="text">' . h($event['description']) . '</p>' . alert($error) .
    '<form method="post">' . csrf_field() .
    '<input type="hidden" name="e" value="' . h($event['slug']) . '">' .
    '<input type="hidden" name="cart" value="' . bin2hex(random_bytes(8)) . '">' .
    '<ul class="tickets">' . $rows . '</ul>' .
    '<button>Reserve tickets</button></form>');
