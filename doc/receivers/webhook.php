<?php
// A receiver of ticketgate's webhooks, in PHP (7.4 or later, nothing else needed). Put it behind
// your web server, with WEBHOOK_SECRET in the environment, or try it:
//
//     WEBHOOK_SECRET=whsec_… php -S 127.0.0.1:8080 webhook.php
//
// Copy webhook_verify() into your application. See doc/webhooks.md.

const TOLERANCE = 300; // seconds

// Returns the event as an array if the signature is valid, else null. $body: the raw body.
function webhook_verify(string $secret, array $server, string $body, ?int $now = null): ?array
{
    $id = $server['HTTP_WEBHOOK_ID'] ?? '';
    $stamp = $server['HTTP_WEBHOOK_TIMESTAMP'] ?? '';
    $now = $now ?? time();
    if (!preg_match('/^[0-9]{1,15}\z/', $stamp) || abs($now - (int) $stamp) > TOLERANCE) {
        return null; // timestamp out of tolerance
    }
    $key = base64_decode(substr($secret, strlen('whsec_')), true);
    $want = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$stamp.$body", $key, true));
    // during a rotation there are several signatures
    foreach (explode(' ', $server['HTTP_WEBHOOK_SIGNATURE'] ?? '') as $got) {
        if (hash_equals($want, $got)) {
            return json_decode($body, true);
        }
    }
    return null; // no matching signature
}

if (PHP_SAPI === 'cli') {
    return; // included for the function only
}
$body = (string) file_get_contents('php://input');
$event = webhook_verify((string) getenv('WEBHOOK_SECRET'), $_SERVER, $body);
if ($event === null) {
    http_response_code(401);
    exit;
}
// Deliveries can repeat: store $event['id'] under a unique key. Respond within ten seconds and
// process the event afterwards.
error_log($event['id'] . ' ' . $event['event'] . ' ' . ($event['isTest'] ? 'test' : 'real'));
http_response_code(204);
