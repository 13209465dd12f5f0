<?php
// shop: what every page needs: settings, database, session, CSRF tokens, security headers, text.
declare(strict_types=1);

use Ticketgate\ApiException;
use Ticketgate\Client;

require __DIR__ . '/Ticketgate.php';
require __DIR__ . '/reservations.php';

ini_set('display_errors', '0'); // they go to the server's log

const SCHEMA = [
    'CREATE TABLE IF NOT EXISTS reservations (
        token             VARCHAR(32)   NOT NULL PRIMARY KEY,
        code              VARCHAR(12)   NOT NULL UNIQUE,
        hold_id           CHAR(36)      NOT NULL UNIQUE,
        event_id          CHAR(36)      NOT NULL,
        event_name        VARCHAR(200)  NOT NULL,
        timezone          VARCHAR(64)   NOT NULL,
        items             TEXT          NOT NULL,
        fees              VARCHAR(24)   NOT NULL,
        currency          CHAR(3)       NOT NULL,
        total             VARCHAR(24)   NOT NULL,
        status            VARCHAR(12)   NOT NULL,
        method            VARCHAR(16)   NULL,
        name              VARCHAR(200)  NULL,
        email             VARCHAR(254)  NULL,
        payment_reference VARCHAR(100)  NULL,
        order_id          CHAR(36)      NULL,
        created_at        BIGINT        NOT NULL
    )',
    'CREATE TABLE IF NOT EXISTS orders (
        id                CHAR(36)      NOT NULL PRIMARY KEY,
        reference         VARCHAR(20)   NOT NULL,
        status            VARCHAR(20)   NOT NULL,
        currency          CHAR(3)       NOT NULL,
        total             VARCHAR(24)   NOT NULL,
        refunded_total    VARCHAR(24)   NOT NULL,
        as_of             VARCHAR(24)   NOT NULL
    )',
    'CREATE TABLE IF NOT EXISTS webhook_events (
        id                VARCHAR(64)   NOT NULL PRIMARY KEY,
        received_at       BIGINT        NOT NULL
    )',
    'CREATE TABLE IF NOT EXISTS sign_ins (
        address           VARCHAR(45)   NOT NULL,
        failed_at         BIGINT        NOT NULL
    )',
];

function settings(): array
{
    static $settings = null;
    if ($settings === null) {
        $settings = require dirname(__DIR__) . '/config.php';
    }
    return $settings;
}

function api(): Client
{
    static $api = null;
    if ($api === null) {
        // a page must not keep its visitor waiting for long
        $limits = ['timeout' => 10, 'totalTimeout' => 20, 'maxAttempts' => 3];
        $api = new Client(settings()['base_url'], settings()['api_key'], $limits);
    }
    return $api;
}

function database(): PDO
{
    static $database = null;
    if ($database === null) {
        $s = settings();
        $database = new PDO($s['database'], $s['database_user'], $s['database_password'], [
            PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
            PDO::ATTR_DEFAULT_FETCH_MODE => PDO::FETCH_ASSOC,
            PDO::ATTR_EMULATE_PREPARES => false,
            PDO::ATTR_TIMEOUT => 10,
        ]);
        foreach (SCHEMA as $statement) {
            $database->exec($statement);
        }
    }
    return $database;
}

// Runs a statement; its rows, or the number of changed rows when it is none that reads.
function sql(string $text, array $values = [])
{
    $statement = database()->prepare($text);
    $statement->execute($values);
    return $statement->columnCount() > 0 ? $statement->fetchAll() : $statement->rowCount();
}

// Whether an exception says that a unique key is taken: SQLSTATE class 23.
function is_duplicate(PDOException $e): bool
{
    return strncmp((string) $e->getCode(), '23', 2) === 0;
}

// ---- session and forms ----

function is_https(): bool
{
    return ($_SERVER['HTTPS'] ?? 'off') !== 'off' && ($_SERVER['HTTPS'] ?? '') !== '';
}

// Begins a page: headers, session, and the check of a form's CSRF token.
function begin(): void
{
    header("Content-Security-Policy: default-src 'none'; style-src 'self'; img-src 'self'; " .
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'");
    header('X-Content-Type-Options: nosniff');
    header('Referrer-Policy: no-referrer'); // the addresses of reservations are secrets
    header('Cache-Control: no-store');
    if (is_https()) {
        header('Strict-Transport-Security: max-age=31536000');
    }
    ini_set('session.use_strict_mode', '1');
    session_start([
        'name' => 'shop',
        'cookie_httponly' => true,
        'cookie_samesite' => 'Lax',
        'cookie_secure' => is_https(),
        'use_only_cookies' => true,
        'cache_limiter' => '',
    ]);
    $_SESSION['csrf'] = $_SESSION['csrf'] ?? bin2hex(random_bytes(16));
    if (is_post() && !hash_equals($_SESSION['csrf'], field('csrf'))) {
        stop(403, 'This form has expired', 'Go back, reload the page and try again.');
    }
}

function is_post(): bool
{
    return $_SERVER['REQUEST_METHOD'] === 'POST';
}

// A field of the form or, without one, of the query: text, without surrounding blanks.
function field(string $name): string
{
    $value = is_post() ? ($_POST[$name] ?? '') : ($_GET[$name] ?? '');
    return is_string($value) ? trim($value) : '';
}

function csrf_field(): string
{
    return '<input type="hidden" name="csrf" value="' . h($_SESSION['csrf']) . '">';
}

function redirect(string $to): void
{
    header('Location: ' . $to, true, 303);
    exit;
}

// ---- text ----

function h($text): string
{
    return htmlspecialchars((string) $text, ENT_QUOTES | ENT_SUBSTITUTE, 'UTF-8');
}

// "PHP 1,500.50" of the amount "1500.50".
function money(string $currency, string $amount): string
{
    $parts = explode('.', $amount, 2);
    $whole = preg_replace('/\B(?=(?:[0-9]{3})+\z)/', ',', $parts[0]);
    return $currency . ' ' . $whole . (isset($parts[1]) ? '.' . $parts[1] : '');
}

function at(string $time, string $zone): string
{
    $when = new DateTimeImmutable($time);
    return $when->setTimezone(new DateTimeZone($zone))->format('D, j M Y, H:i');
}

// The tickets of a reservation with fees and total, as a table.
function item_table(array $r): string
{
    $row = static function (string $what, string $amount) use ($r): string {
        return '<tr><th scope="row">' . h($what) . '</th><td>' .
            h(money($r['currency'], $amount)) . '</td></tr>';
    };
    $rows = '';
    foreach (json_decode($r['items'], true) as $item) {
        $rows .= $row($item['quantity'] . ' × ' . $item['name'], $item['subtotal']);
    }
    if ((float) $r['fees'] > 0) {
        $rows .= $row('Fees', $r['fees']);
    }
    return '<h2>' . h($r['event_name']) . '</h2><table class="bill">' . $rows .
        $row('Total', $r['total']) . '</table>';
}

// ---- pages ----

function page(string $title, string $main): void
{
    $shop = h(settings()['name']);
    echo '<!DOCTYPE html><html lang="', h(settings()['language']), '"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<title>', h($title), ' · ', $shop, '</title><link rel="icon" href="icon.svg">',
        '<link rel="stylesheet" href="style.css"></head><body>',
        '<header><a href="index.php">', $shop, '</a></header>',
        '<main><h1>', h($title), '</h1>', $main, '</main></body></html>';
}

function stop(int $status, string $title, string $text): void
{
    http_response_code($status);
    page($title, '<p>' . h($text) . '</p><p><a href="index.php">All events</a></p>');
    exit;
}

function alert(string $text): string
{
    return $text === '' ? '' : '<p class="alert" role="alert">' . h($text) . '</p>';
}

set_exception_handler(static function (Throwable $e): void {
    $detail = $e instanceof ApiException ? ' ' . $e->errorCode . ' ' . $e->requestId : '';
    error_log(get_class($e) . $detail . ': ' . $e->getMessage() . ' at ' . $e->getFile() . ':' .
        $e->getLine());
    if (headers_sent()) {
        return;
    }
    if ($e instanceof ApiException && $e->status === 404) {
        stop(404, 'Not found', 'There is no such event.');
    }
    stop(503, 'Please try again', 'The ticket office cannot be reached at the moment.');
});
