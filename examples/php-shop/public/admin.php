<?php
// admin: the organizer confirms payments. Refunds are made in the dashboard or by the API; webhooks
// bring them here.
declare(strict_types=1);

require dirname(__DIR__) . '/lib/shop.php';
begin();

const ATTEMPTS = 10; // failed sign-ins of an address
const WITHIN = 900; // seconds
const SIGNED_IN_FOR = 1800; // seconds without a request

// Signs in by the password of the form. An error message, or "".
function sign_in(): string
{
    $address = $_SERVER['REMOTE_ADDR'];
    sql('DELETE FROM sign_ins WHERE failed_at < ?', [time() - WITHIN]);
    $failed = sql('SELECT COUNT(*) AS n FROM sign_ins WHERE address = ?', [$address])[0]['n'];
    if ((int) $failed >= ATTEMPTS) {
        http_response_code(429);
        return 'Too many attempts. Try again in 15 minutes.';
    }
    if (!password_verify(field('password'), settings()['admin_password_hash'])) {
        sql('INSERT INTO sign_ins (address, failed_at) VALUES (?, ?)', [$address, time()]);
        http_response_code(403);
        return 'Wrong password.';
    }
    session_regenerate_id(true);
    $_SESSION['admin'] = time();
    redirect('admin.php');
    return '';
}

function sign_in_page(): void
{
    $error = is_post() && field('action') === 'sign-in' ? sign_in() : '';
    page('Sign in', alert($error) . '<form method="post">' . csrf_field() .
        '<label>Password <input type="password" name="password" autocomplete="current-password" ' .
        'required></label><button name="action" value="sign-in">Sign in</button></form>');
}

function awaiting_row(array $r): string
{
    $held = held_until($r) !== null;
    return '<li><p><strong>' . h($r['code']) . '</strong> ' .
        h(money($r['currency'], $r['total'])) . ' · ' . h($r['name']) . ' · ' . h($r['email']) .
        ' · ' . h(strtr($r['method'], '_', ' ')) . ($held ? '' : ' · <em>expired</em>') . '</p>' .
        '<form method="post">' . csrf_field() .
        '<input type="hidden" name="r" value="' . h($r['token']) . '">' .
        '<label>Reference of the payment <input name="reference" maxlength="90"></label>' .
        '<button name="action" value="received">Money received</button> ' .
        '<button class="plain" name="action" value="cancel">Cancel</button></form></li>';
}

function order_row(array $r): string
{
    $status = strtolower(strtr($r['order_status'] ?? 'money to be returned', '_', ' '));
    return '<tr><td>' . h($r['reference'] ?? '') . ' ' . h($r['code']) . '</td><td>' . h($status) .
        '</td><td>' . h(money($r['currency'], $r['total'])) . '</td></tr>';
}

function overview(string $message): void
{
    $awaiting = sql("SELECT * FROM reservations WHERE status = 'AWAITING' ORDER BY created_at");
    $done = sql("SELECT r.code, r.currency, r.total, o.reference,
            o.status AS order_status
        FROM reservations r LEFT JOIN orders o ON o.id = r.order_id
        WHERE r.status IN ('PAID', 'RETURN') ORDER BY r.created_at DESC LIMIT 100");
    $rows = implode('', array_map('order_row', $done));
    page('Payments', alert($message) . '<h2>Awaiting payment</h2><ul class="awaiting">' .
        (implode('', array_map('awaiting_row', $awaiting)) ?: '<li>None.</li>') . '</ul>' .
        '<h2>Orders</h2><table><thead><tr><th>Order</th><th>Status</th>' .
        '<th>Total</th></tr></thead><tbody>' . $rows . '</tbody></table>' .
        '<form method="post">' . csrf_field() .
        '<button class="plain" name="action" value="sign-out">Sign out</button></form>');
}

if (($_SESSION['admin'] ?? 0) < time() - SIGNED_IN_FOR) {
    sign_in_page();
    exit;
}
$_SESSION['admin'] = time();
if (is_post() && field('action') === 'sign-out') {
    session_destroy();
    redirect('admin.php');
}
$message = '';
if (is_post() && field('action') === 'received') {
    $message = complete(reservation(field('r')), substr(field('reference'), 0, 90));
} elseif (is_post() && field('action') === 'cancel') {
    cancel(reservation(field('r')));
}
if (is_post() && $message === '') {
    redirect('admin.php');
}
overview($message);
