<?php
/**
 * calls: makes the calls of a test with clients/php/Ticketgate.php. Reads a JSON object from
 * standard input: client (path of the file), url, key, settings, and calls, a list of
 * {method, args, all}.
 * {"$": n} in args means the result of call n. Waits are not waited for but written down. Prints a
 * list of {value, etag, replayed, notModified, meta, error, waits}.
 */
declare(strict_types=1);

use Ticketgate\ApiException;
use Ticketgate\Client;
use Ticketgate\Page;
use Ticketgate\Webhook;

error_reporting(E_ALL);
set_error_handler(static function (int $level, string $text, string $file, int $line): bool {
    throw new ErrorException($text, 0, $level, $file, $line);
});
$job = json_decode(stream_get_contents(STDIN), true);
require $job['client'];
$waits = [];
$settings = $job['settings'] + [
    'sleep' => static function (float $seconds) use (&$waits): void {
        $waits[] = $seconds;
    },
];

function filled(array $args, array $results): array
{
    foreach ($args as $i => $arg) {
        if (is_array($arg) && isset($arg['$'])) {
            $args[$i] = $results[$arg['$']];
        } elseif (is_array($arg)) {
            $args[$i] = filled($arg, $results);
        }
    }
    return $args;
}

function shown($result): array
{
    if ($result instanceof Page) {
        return ['value' => $result->data, 'meta' => $result->meta];
    }
    if (!$result instanceof Ticketgate\Result) {
        return ['value' => $result];
    }
    return [
        'value' => $result->notModified ? null : $result,
        'etag' => $result->etag,
        'replayed' => $result->replayed,
    ];
}

function failure(Throwable $e): array
{
    $shown = ['class' => get_class($e), 'message' => $e->getMessage()];
    if ($e instanceof ApiException) {
        $fields = ['status', 'hint', 'details', 'requestId', 'retryAfter', 'attempts', 'uncertain'];
        foreach ($fields as $field) {
            $shown[$field] = $e->$field;
        }
        $shown['code'] = $e->errorCode;
    }
    return $shown;
}

$api = new Client($job['url'], $job['key'], $settings);
$results = $out = [];
foreach ($job['calls'] as $call) {
    $waits = [];
    $result = null;
    try {
        $args = filled($call['args'], $results);
        if ($call['method'] === 'verifyWebhook') {
            [$body, $headers, $secrets, $options] = $args;
            $result = Webhook::verify($body, $headers, $secrets, 300, $options['now']);
        } else {
            $result = $api->{$call['method']}(...$args);
        }
        $line = shown($result);
        if ($call['all'] ?? false) {
            $line['value'] = iterator_to_array($result->all());
        }
    } catch (Throwable $e) {
        $line = ['error' => failure($e)];
    }
    $results[] = $result;
    $out[] = $line + ['waits' => $waits];
}
echo json_encode($out, JSON_THROW_ON_ERROR);
