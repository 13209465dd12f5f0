<?php
// pay: who buys, and how they pay. pay.php?r=TOKEN shows a reservation; pay.php?hold=ID begins one
// with a hold of the public event page, whose checkout URL is pay.php.
declare(strict_types=1);

require dirname(__DIR__) . '/lib/shop.php';
begin();

const METHODS = ['bank_transfer' => 'Bank transfer', 'cash' => 'Cash at the counter'];

function method_choices(string $chosen): string
{
    $choices = '';
    foreach (array_intersect_key(METHODS, settings()['payment']) as $method => $label) {
        $checked = $method === $chosen ? ' checked' : '';
        $choices .= '<label><input type="radio" name="method" value="' . $method . '"' . $checked .
            ' required> ' . h($label) . '</label>';
    }
    return '<fieldset><legend>Payment</legend>' . $choices . '</fieldset>';
}

// What is wrong with the form, or "".
function problem(bool $free): string
{
    if (field('name') === '' || strlen(field('name')) > 200) {
        return 'Enter your name.';
    }
    if (filter_var(field('email'), FILTER_VALIDATE_EMAIL) === false) {
        return 'Enter a valid email address.';
    }
    if (!$free && !isset(settings()['payment'][field('method')])) {
        return 'Choose how to pay.';
    }
    return '';
}

if (preg_match('/^[0-9a-f-]{36}\z/', field('hold'))) {
    $hold = api()->getHold(field('hold'));
    if ($hold['status'] !== 'ACTIVE') {
        stop(410, 'Your reservation has expired', 'Select your tickets again.');
    }
    redirect('pay.php?r=' . add_reservation($hold->toArray()));
}
$r = reservation(field('r'));
if ($r['status'] !== 'SELECTED') {
    redirect('order.php?r=' . $r['token']);
}
$free = (float) $r['total'] === 0.0;
$error = '';
if (is_post() && field('action') === 'cancel') {
    cancel($r);
    redirect('order.php?r=' . $r['token']);
}
if (is_post()) {
    $error = problem($free);
    if ($error === '') {
        $method = $free ? 'free' : field('method');
        $error = choose_payment($r, field('name'), field('email'), $method);
    }
    if ($error === '') {
        redirect('order.php?r=' . $r['token']);
    }
}
$until = held_until($r);
if ($until === null) {
    http_response_code(410);
    $again = 'event.php?e=' . rawurlencode($r['event_id']);
    page('Your reservation has expired', '<p>The tickets are on sale again.</p>' .
        '<p><a class="button" href="' . h($again) . '">Select tickets again</a></p>');
    exit;
}
page('Your tickets are reserved', '<p>Reserved until <strong>' . h(at($until, $r['timezone'])) .
    '</strong> (' . h($r['timezone']) . ').</p>' . item_table($r) . alert($error) .
    '<form method="post">' . csrf_field() .
    '<input type="hidden" name="r" value="' . h($r['token']) . '">' .
    '<label>Name <input name="name" autocomplete="name" maxlength="200" required value="' .
    h(is_post() ? field('name') : '') . '"></label>' .
    '<label>Email <input type="email" name="email" autocomplete="email" required value="' .
    h(is_post() ? field('email') : '') . '"></label>' .
    ($free ? '' : method_choices(is_post() ? field('method') : '')) .
    '<button>' . ($free ? 'Get tickets' : 'Order') . '</button> ' .
    '<button class="plain" name="action" value="cancel" formnovalidate>Cancel</button></form>');
