<?php
// webhook: receives order.completed and order.refunded. Neither session nor form: the signature
// authenticates the request.
declare(strict_types=1);

use Ticketgate\Webhook;
use Ticketgate\WebhookException;

require dirname(__DIR__) . '/lib/shop.php';

header('Cache-Control: no-store');
if (!is_post()) {
    http_response_code(405);
    header('Allow: POST');
    exit;
}
try {
    $body = (string) file_get_contents('php://input');
    $event = Webhook::verify($body, $_SERVER, settings()['webhook_secrets']);
} catch (WebhookException $e) {
    error_log('webhook: ' . $e->getMessage());
    http_response_code(401);
    exit;
}
receive($event);
http_response_code(204);
