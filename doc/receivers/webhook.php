<?php
// A receiver of ticketgate's webhooks, in PHP (7.4 or later, nothing else needed). Put it behind
// your web server, with WEBHOOK_SECRET in the environment, or try it:
//
//     WEBHOOK_SECRET=whsec_… php -S 127.0.0.1:8080 webhook.php
//
// Copy webhook_verify() into what you have. What to mind is in doc/webhooks.md.

const TOLERANCE = 300; // seconds that a delivery may be old

// The event as an array, when $body (exactly as it came) was sent by who knows the secret; else
// null.
function webhook_verify(string $secret, array $server, string $body, ?int $now = null): ?array
{
    $id = $server['HTTP_WEBHOOK_ID'] ?? '';
    $stamp = $server['HTTP_WEBHOOK_TIMESTAMP'] ?? '';
    $now = $now ?? time();
    if (!preg_match('/^[0-9]{1,15}\z/', $stamp) || abs($now - (int) $stamp) > TOLERANCE) {
        return null; // too old, or from the future
    }
    $key = base64_decode(substr($secret, strlen('whsec_')), true);
    $want = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$stamp.$body", $key, true));
    // while a secret is being rotated there are several signatures
    foreach (explode(' ', $server['HTTP_WEBHOOK_SIGNATURE'] ?? '') as $got) {
        if (hash_equals($want, $got)) {
            return json_decode($body, true);
        }
    }
    return null; // no signature fits
}

if (PHP_SAPI === 'cli') {
    return; // somebody wants the function only
}
$body = (string) file_get_contents('php://input');
$event = webhook_verify((string) getenv('WEBHOOK_SECRET'), $_SERVER, $body);
if ($event === null) {
    http_response_code(401);
    exit;
}
// The same id may come again: keep it where you keep the order, under a unique key. Answer first,
// work later: there are ten seconds.
error_log($event['id'] . ' ' . $event['event'] . ' ' . ($event['isTest'] ? 'test' : 'real'));
http_response_code(204);
