<?php
/**
 * Ticketgate: a client of the Ticketnation Open API, the box office and the public pages' API, and
 * the verification of webhooks. One file for PHP 7.4 to 8.4 with ext-curl; nothing else is needed.
 *
 *     require 'Ticketgate.php';
 *     $api = new Ticketgate\Client('https://tickets.example.com', 'tn_live_…');
 *     foreach ($api->listEvents(['status' => 'PUBLISHED'])->all() as $event) {
 *         echo $event['name'], "\n";
 *     }
 *
 * Every operation of htdocs/openapi.json below /open-api/v1, /box-office/v1 and /public/v1 is a
 * method of the same name. Its arguments: the parameters of the path, the body, and the rest (the
 * query of a list, or the options of CallOptions). Amounts are strings of whole currency units,
 * "1500.50", in both directions, so that no amount passes through floating point arithmetic.
 *
 * Requests that fail in passing are repeated; Client::MAX_ATTEMPTS and the following constants
 * have the limits. Every POST has an Idempotency-Key, the same in all attempts: its own, or the one
 * of the option idempotencyKey, which also makes a later run of the program safe.
 */
declare(strict_types=1);

namespace Ticketgate;

/** A request that failed: refused by the server, or without a usable response. */
class ApiException extends \RuntimeException
{
    /** No response: no connection, no valid certificate, or no end in time. */
    public const NETWORK_ERROR = 'NETWORK_ERROR';
    /** A response that is not the API's: a proxy's, or that of another program at this URL. */
    public const UNEXPECTED_RESPONSE = 'UNEXPECTED_RESPONSE';

    /** @var string Error code of the API, such as CONFLICT, or one of the two above. */
    public $errorCode;
    /** @var int HTTP status; 0 without a response. */
    public $status;
    /** @var string What to do next. */
    public $hint;
    /** @var array<int, array{field: string, message: string}> All invalid fields; may be empty. */
    public $details;
    /** @var string Request id, which the server's log has, too; empty without a response. */
    public $requestId;
    /** @var int|null Seconds to wait before another attempt, when the server said so. */
    public $retryAfter;
    /** @var int Number of attempts that were made. */
    public $attempts = 1;
    /**
     * @var bool Whether an attempt may have changed something although no success was received:
     * its response was lost. Repeat a POST with the same idempotencyKey; otherwise read the
     * resource first.
     */
    public $uncertain = false;

    /** @param array<string, mixed> $error the member "error" of the API's response */
    public function __construct(int $status, array $error, string $requestId, ?int $retryAfter)
    {
        parent::__construct((string) ($error['message'] ?? ''), $status);
        $this->errorCode = (string) ($error['code'] ?? self::UNEXPECTED_RESPONSE);
        $this->status = $status;
        $this->hint = (string) ($error['hint'] ?? '');
        $this->details = (array) ($error['details'] ?? []);
        $this->requestId = $requestId;
        $this->retryAfter = $retryAfter;
    }
}

/** A webhook request that must not be trusted; respond with status 401. */
class WebhookException extends \RuntimeException
{
}

/**
 * A resource: an array of the API's fields, with what the response's headers say about it.
 *
 * @extends \ArrayObject<string, mixed>
 */
final class Result extends \ArrayObject
{
    /** @var string|null Version of the resource, for the options ifMatch and ifNoneMatch. */
    public $etag;
    /** @var string Request id. */
    public $requestId = '';
    /** @var bool Whether this is the stored response to an earlier request with the same key. */
    public $replayed = false;
    /** @var bool Whether the resource still has the version of ifNoneMatch; it is then empty. */
    public $notModified = false;

    /** @return array<string, mixed> */
    public function toArray(): array
    {
        return $this->getArrayCopy();
    }
}

/**
 * A page of a list. Iterating yields its rows; all() yields the rows of all pages from this one on.
 *
 * @implements \IteratorAggregate<int, array<string, mixed>>
 */
final class Page implements \IteratorAggregate, \Countable
{
    /** @var array<int, array<string, mixed>> The rows. */
    public $data;
    /** @var array<string, mixed> page, take, total, totalPages and nextCursor. */
    public $meta;
    /** @var callable(string): Page Requests the page of a cursor. */
    private $follow;

    /**
     * @param array<int, array<string, mixed>> $data
     * @param array<string, mixed> $meta
     */
    public function __construct(array $data, array $meta, callable $follow)
    {
        $this->data = $data;
        $this->meta = $meta;
        $this->follow = $follow;
    }

    public function getIterator(): \Iterator
    {
        return new \ArrayIterator($this->data);
    }

    public function count(): int
    {
        return count($this->data);
    }

    /** The next page; null after the last one. */
    public function next(): ?Page
    {
        $cursor = $this->meta['nextCursor'] ?? null;
        return $cursor === null ? null : ($this->follow)($cursor);
    }

    /**
     * Requests page after page by cursor. Every row that exists throughout the walk comes once.
     *
     * @return \Generator<int, array<string, mixed>>
     */
    public function all(): \Generator
    {
        $number = 0;
        for ($page = $this; $page !== null; $page = $page->next()) {
            foreach ($page->data as $row) {
                yield $number++ => $row;
            }
        }
    }
}

/** Verification of webhooks by Standard Webhooks 1.0.0; see doc/webhooks.md. */
final class Webhook
{
    /** Greatest difference between the timestamp of a request and this machine's clock, seconds. */
    public const TOLERANCE = 300;

    /**
     * Returns the event of a request whose signature is valid: id, event, isTest, timestamp, data.
     * Deliveries can repeat: store the id under a unique key together with its effects.
     *
     * @param string $body the raw body, as in file_get_contents('php://input')
     * @param array<string, mixed> $headers $_SERVER, or names and values of headers
     * @param string|string[] $secrets whsec_…; several while a secret is being replaced
     * @param int|null $now seconds since 1970, for tests
     * @return array<string, mixed>
     * @throws WebhookException when the request is not authentic, or older than the tolerance
     */
    public static function verify(
        string $body,
        array $headers,
        $secrets,
        int $tolerance = self::TOLERANCE,
        ?int $now = null
    ): array {
        $id = self::header($headers, 'webhook-id');
        $stamp = self::header($headers, 'webhook-timestamp');
        if ($id === '' || !preg_match('/^[0-9]{1,15}\z/', $stamp)) {
            throw new WebhookException('webhook-id or webhook-timestamp is missing or invalid');
        }
        if (abs(($now ?? time()) - (int) $stamp) > $tolerance) {
            throw new WebhookException('webhook-timestamp is out of tolerance');
        }
        $given = explode(' ', self::header($headers, 'webhook-signature'));
        if (!self::matches("$id.$stamp.$body", $given, (array) $secrets)) {
            throw new WebhookException('no signature matches');
        }
        $event = Json::decode($body);
        if (!is_array($event)) {
            throw new WebhookException('the body is not JSON');
        }
        return $event;
    }

    /**
     * Compares each signature with that of each secret, in constant time.
     *
     * @param string[] $given
     * @param string[] $secrets
     */
    private static function matches(string $content, array $given, array $secrets): bool
    {
        $matches = false;
        foreach ($secrets as $secret) {
            $encoded = strpos($secret, 'whsec_') === 0 ? substr($secret, 6) : '';
            $key = base64_decode($encoded, true);
            if ($key === false || strlen($key) < 16) { // also "": anyone could sign with it
                throw new \InvalidArgumentException('a webhook secret is whsec_ and base64');
            }
            $want = 'v1,' . base64_encode(hash_hmac('sha256', $content, $key, true));
            foreach ($given as $signature) {
                $matches = hash_equals($want, $signature) || $matches;
            }
        }
        return $matches;
    }

    /** @param array<string, mixed> $headers */
    private static function header(array $headers, string $name): string
    {
        $cgi = 'HTTP_' . strtoupper(strtr($name, '-', '_'));
        if (isset($headers[$cgi]) && is_string($headers[$cgi])) {
            return $headers[$cgi];
        }
        foreach ($headers as $key => $value) {
            if (strcasecmp((string) $key, $name) === 0 && is_string($value)) {
                return $value;
            }
        }
        return '';
    }
}

/** JSON with amounts as strings: numbers on the wire, never floating point numbers in PHP. */
final class Json
{
    /** The fields that are amounts. */
    public const AMOUNTS = [
        'amount',
        'fee',
        'fees',
        'price',
        'refundedTotal',
        'subtotal',
        'total',
        'unitPrice',
    ];
    private const NUMBER = '-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?';

    /**
     * A quote after { or , begins a member name, because quotes within JSON strings are escaped.
     *
     * @return mixed null for what is not JSON
     */
    public static function decode(string $text)
    {
        $name = '([{,]\s*"(?:' . implode('|', self::AMOUNTS) . ')"\s*:\s*)';
        $quoted = preg_replace('/' . $name . '(' . self::NUMBER . ')(?=\s*[,}])/', '$1"$2"', $text);
        return json_decode((string) $quoted, true, 64);
    }

    /** @param array<mixed> $value */
    public static function encode(array $value): string
    {
        $flags = JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE;
        $text = json_encode($value === [] ? new \stdClass() : self::plain($value), $flags);
        return (string) preg_replace(
            '/([{,]"(?:' . implode('|', self::AMOUNTS) . ')":)"(' . self::NUMBER . ')"(?=[,}])/',
            '$1$2',
            $text
        );
    }

    /**
     * Times as text, and floating point amounts as the decimal number that they stand for.
     *
     * @param array<mixed> $value
     * @return array<mixed>
     */
    private static function plain(array $value): array
    {
        foreach ($value as $name => $member) {
            if ($member instanceof \DateTimeInterface) {
                $value[$name] = $member->format('Y-m-d\TH:i:s.vP');
            } elseif (is_float($member) && in_array($name, self::AMOUNTS, true)) {
                $value[$name] = rtrim(rtrim(sprintf('%.4F', $member), '0'), '.');
            } elseif (is_array($member)) {
                $value[$name] = self::plain($member);
            }
        }
        return $value;
    }
}

/**
 * @phpstan-type CallOptions array{
 *     idempotencyKey?: string|false, ifMatch?: string|Result, ifNoneMatch?: string|Result,
 *     strict?: bool}
 *
 * idempotencyKey: 1 to 255 visible characters; false sends none, and the request is never repeated.
 * ifMatch: the version that may be changed, else 412. strict: unknown fields are an error.
 */
final class Client
{
    public const VERSION = '1.0.0';
    /** Attempts per request, the first included. */
    public const MAX_ATTEMPTS = 5;
    /** Seconds for a connection, for an attempt, and for all attempts and waits of a request. */
    public const CONNECT_TIMEOUT = 10.0;
    public const TIMEOUT = 30.0;
    public const TOTAL_TIMEOUT = 90.0;
    /** Greatest size of a response, in bytes. */
    public const MAX_RESPONSE = 33554432;
    /** Seconds before the second attempt and at most; they double from attempt to attempt. */
    private const BACKOFF = 0.5;
    private const MAX_BACKOFF = 8.0;
    /** What a proxy or a busy server answers in passing. */
    private const TEMPORARY = [429, 500, 502, 503, 504];
    /** Errors of curl after which the server has received nothing. */
    private const NOTHING_SENT = [
        CURLE_COULDNT_RESOLVE_PROXY,
        CURLE_COULDNT_RESOLVE_HOST,
        CURLE_COULDNT_CONNECT,
        CURLE_SSL_CONNECT_ERROR,
        CURLE_SSL_CACERT,
        CURLE_SSL_CACERT_BADFILE,
    ];
    /** Errors of curl that another attempt will meet again: certificates, too large a response. */
    private const PERMANENT = [
        CURLE_SSL_CACERT,
        CURLE_SSL_CACERT_BADFILE,
        CURLE_WRITE_ERROR,
        CURLE_UNSUPPORTED_PROTOCOL,
        CURLE_URL_MALFORMAT,
    ];

    /** @var string */
    private $baseUrl;
    /** @var string|null */
    private $key;
    /** @var array<string, mixed> */
    private $settings;
    /** @var resource|\CurlHandle|null kept, and with it the connection */
    private $curl;
    /** @var bool PATCH and DELETE are sent as POST, because something on the way refuses them. */
    private $override = false;

    /**
     * @param string $baseUrl the installation, without a slash at the end
     * @param string|null $key the API key; null for the public methods alone
     * @param array<string, mixed> $settings timeout, connectTimeout, totalTimeout (seconds),
     *     maxAttempts, caFile (path of a PEM file), userAgent, sleep (callable(float $seconds))
     */
    public function __construct(string $baseUrl, ?string $key = null, array $settings = [])
    {
        if (!preg_match('~^https?://[^?#\s]+\z~i', $baseUrl)) {
            throw new \InvalidArgumentException('the base URL must be http(s)://HOST[/PATH]');
        }
        $this->baseUrl = rtrim($baseUrl, '/');
        $this->key = $key;
        $this->settings = $settings + [
            'timeout' => self::TIMEOUT,
            'connectTimeout' => self::CONNECT_TIMEOUT,
            'totalTimeout' => self::TOTAL_TIMEOUT,
            'maxAttempts' => self::MAX_ATTEMPTS,
            'caFile' => null,
            'userAgent' => 'ticketgate-php/' . self::VERSION . ' PHP/' . PHP_VERSION,
            'sleep' => static function (float $seconds): void {
                usleep((int) round($seconds * 1e6));
            },
        ];
    }

    // ---- events ----

    /** List events. Query: page, take, cursor, sort, status, q, from, to, venueId, visibility. */
    public function listEvents(array $query = []): Page
    {
        return $this->call('GET', '/open-api/v1/events', $query);
    }

    /** Create a draft event. */
    public function createEvent(array $body, array $options = []): Result
    {
        return $this->call('POST', '/open-api/v1/events', [], $body, $options);
    }

    /** Get an event. */
    public function getEvent(string $idOrSlug, array $options = []): Result
    {
        $path = self::path('/open-api/v1/events/%s', $idOrSlug);
        return $this->call('GET', $path, [], null, $options);
    }

    /** Update an event. */
    public function updateEvent(string $idOrSlug, array $body, array $options = []): Result
    {
        $path = self::path('/open-api/v1/events/%s', $idOrSlug);
        return $this->call('PATCH', $path, [], $body, $options);
    }

    /** Delete a draft event. */
    public function deleteEvent(string $idOrSlug, array $options = []): Result
    {
        $path = self::path('/open-api/v1/events/%s', $idOrSlug);
        return $this->call('DELETE', $path, [], null, $options);
    }

    /** Publish a draft event. */
    public function publishEvent(string $idOrSlug, array $options = []): Result
    {
        $path = self::path('/open-api/v1/events/%s/publish', $idOrSlug);
        return $this->call('POST', $path, [], null, $options);
    }

    /** Unpublish an event. */
    public function unpublishEvent(string $idOrSlug, array $options = []): Result
    {
        $path = self::path('/open-api/v1/events/%s/unpublish', $idOrSlug);
        return $this->call('POST', $path, [], null, $options);
    }

    /** Archive an event. */
    public function archiveEvent(string $idOrSlug, array $options = []): Result
    {
        $path = self::path('/open-api/v1/events/%s/archive', $idOrSlug);
        return $this->call('POST', $path, [], null, $options);
    }

    /** Restore an archived event as a draft. */
    public function restoreEvent(string $idOrSlug, array $options = []): Result
    {
        $path = self::path('/open-api/v1/events/%s/restore', $idOrSlug);
        return $this->call('POST', $path, [], null, $options);
    }

    // ---- performers ----

    /** List the performers of an event. Query: page, take, cursor, sort. */
    public function listPerformers(string $idOrSlug, array $query = []): Page
    {
        $path = self::path('/open-api/v1/events/%s/performers', $idOrSlug);
        return $this->call('GET', $path, $query);
    }

    /** Create a performer. */
    public function createPerformer(string $idOrSlug, array $body, array $options = []): Result
    {
        $path = self::path('/open-api/v1/events/%s/performers', $idOrSlug);
        return $this->call('POST', $path, [], $body, $options);
    }

    /** Get a performer. */
    public function getPerformer(string $idOrSlug, string $id, array $options = []): Result
    {
        $path = self::path('/open-api/v1/events/%s/performers/%s', $idOrSlug, $id);
        return $this->call('GET', $path, [], null, $options);
    }

    /** Update a performer. */
    public function updatePerformer(
        string $idOrSlug,
        string $id,
        array $body,
        array $options = []
    ): Result {
        $path = self::path('/open-api/v1/events/%s/performers/%s', $idOrSlug, $id);
        return $this->call('PATCH', $path, [], $body, $options);
    }

    /** Delete a performer. */
    public function deletePerformer(string $idOrSlug, string $id, array $options = []): Result
    {
        $path = self::path('/open-api/v1/events/%s/performers/%s', $idOrSlug, $id);
        return $this->call('DELETE', $path, [], null, $options);
    }

    // ---- schedules ----

    /** List the schedules of an event. Query: page, take, cursor, sort. */
    public function listSchedules(string $idOrSlug, array $query = []): Page
    {
        $path = self::path('/open-api/v1/events/%s/schedules', $idOrSlug);
        return $this->call('GET', $path, $query);
    }

    /** Create a schedule entry. */
    public function createSchedule(string $idOrSlug, array $body, array $options = []): Result
    {
        $path = self::path('/open-api/v1/events/%s/schedules', $idOrSlug);
        return $this->call('POST', $path, [], $body, $options);
    }

    /** Get a schedule entry. */
    public function getSchedule(string $idOrSlug, string $id, array $options = []): Result
    {
        $path = self::path('/open-api/v1/events/%s/schedules/%s', $idOrSlug, $id);
        return $this->call('GET', $path, [], null, $options);
    }

    /** Update a schedule entry. */
    public function updateSchedule(
        string $idOrSlug,
        string $id,
        array $body,
        array $options = []
    ): Result {
        $path = self::path('/open-api/v1/events/%s/schedules/%s', $idOrSlug, $id);
        return $this->call('PATCH', $path, [], $body, $options);
    }

    /** Delete a schedule entry. */
    public function deleteSchedule(string $idOrSlug, string $id, array $options = []): Result
    {
        $path = self::path('/open-api/v1/events/%s/schedules/%s', $idOrSlug, $id);
        return $this->call('DELETE', $path, [], null, $options);
    }

    // ---- brands ----

    /** List the brands of an event. Query: page, take, cursor, sort. */
    public function listBrands(string $idOrSlug, array $query = []): Page
    {
        return $this->call('GET', self::path('/open-api/v1/events/%s/brands', $idOrSlug), $query);
    }

    /** Create a brand. */
    public function createBrand(string $idOrSlug, array $body, array $options = []): Result
    {
        $path = self::path('/open-api/v1/events/%s/brands', $idOrSlug);
        return $this->call('POST', $path, [], $body, $options);
    }

    /** Get a brand. */
    public function getBrand(string $idOrSlug, string $id, array $options = []): Result
    {
        $path = self::path('/open-api/v1/events/%s/brands/%s', $idOrSlug, $id);
        return $this->call('GET', $path, [], null, $options);
    }

    /** Update a brand. */
    public function updateBrand(
        string $idOrSlug,
        string $id,
        array $body,
        array $options = []
    ): Result {
        $path = self::path('/open-api/v1/events/%s/brands/%s', $idOrSlug, $id);
        return $this->call('PATCH', $path, [], $body, $options);
    }

    /** Delete a brand. */
    public function deleteBrand(string $idOrSlug, string $id, array $options = []): Result
    {
        $path = self::path('/open-api/v1/events/%s/brands/%s', $idOrSlug, $id);
        return $this->call('DELETE', $path, [], null, $options);
    }

    // ---- account ----

    /** Get the calling API key. */
    public function getAccount(array $options = []): Result
    {
        return $this->call('GET', '/open-api/v1/me', [], null, $options);
    }

    // ---- orders ----

    /**
     * List orders. Query: page, take, cursor, sort, eventId, status, from, to, email, reference,
     * q, bom.
     */
    public function listOrders(array $query = []): Page
    {
        return $this->call('GET', '/open-api/v1/orders', $query);
    }

    /** Get an order. */
    public function getOrder(string $idOrReference, array $options = []): Result
    {
        $path = self::path('/open-api/v1/orders/%s', $idOrReference);
        return $this->call('GET', $path, [], null, $options);
    }

    /**
     * List the orders of an event. Query: page, take, cursor, sort, status, from, to, email,
     * reference, q, bom.
     */
    public function listEventOrders(string $idOrSlug, array $query = []): Page
    {
        return $this->call('GET', self::path('/open-api/v1/events/%s/orders', $idOrSlug), $query);
    }

    /** List the mail of an order. Query: page, take, cursor, sort. */
    public function listOrderMessages(string $idOrReference, array $query = []): Page
    {
        $path = self::path('/open-api/v1/orders/%s/mail', $idOrReference);
        return $this->call('GET', $path, $query);
    }

    /** List the refunds of an order. Query: page, take, cursor, sort. */
    public function listOrderRefunds(string $idOrReference, array $query = []): Page
    {
        $path = self::path('/open-api/v1/orders/%s/refunds', $idOrReference);
        return $this->call('GET', $path, $query);
    }

    // ---- issued tickets ----

    /**
     * List the issued tickets of an event. Query: page, take, cursor, sort, status, ticketId, q,
     * bom.
     */
    public function listEventIssuedTickets(string $idOrSlug, array $query = []): Page
    {
        $path = self::path('/open-api/v1/events/%s/issued-tickets', $idOrSlug);
        return $this->call('GET', $path, $query);
    }

    /**
     * List the issued tickets of an order. Query: page, take, cursor, sort, status, ticketId, q,
     * bom.
     */
    public function listOrderIssuedTickets(string $idOrReference, array $query = []): Page
    {
        $path = self::path('/open-api/v1/orders/%s/issued-tickets', $idOrReference);
        return $this->call('GET', $path, $query);
    }

    /** List the attendees of an event. Query: page, take, cursor, sort, status, ticketId, q. */
    public function listEventAttendees(string $idOrSlug, array $query = []): Page
    {
        $path = self::path('/open-api/v1/events/%s/attendees', $idOrSlug);
        return $this->call('GET', $path, $query);
    }

    /** Get an issued ticket. */
    public function getIssuedTicket(string $code, array $options = []): Result
    {
        $path = self::path('/open-api/v1/issued-tickets/%s', $code);
        return $this->call('GET', $path, [], null, $options);
    }

    // ---- tickets ----

    /** List the ticket types of an event. Query: page, take, cursor, sort. */
    public function listTickets(string $idOrSlug, array $query = []): Page
    {
        return $this->call('GET', self::path('/open-api/v1/events/%s/tickets', $idOrSlug), $query);
    }

    /** Create a ticket type. */
    public function createTicket(string $idOrSlug, array $body, array $options = []): Result
    {
        $path = self::path('/open-api/v1/events/%s/tickets', $idOrSlug);
        return $this->call('POST', $path, [], $body, $options);
    }

    /** Get a ticket type. */
    public function getEventTicket(string $idOrSlug, string $id, array $options = []): Result
    {
        $path = self::path('/open-api/v1/events/%s/tickets/%s', $idOrSlug, $id);
        return $this->call('GET', $path, [], null, $options);
    }

    /** Update a ticket type. */
    public function updateEventTicket(
        string $idOrSlug,
        string $id,
        array $body,
        array $options = []
    ): Result {
        $path = self::path('/open-api/v1/events/%s/tickets/%s', $idOrSlug, $id);
        return $this->call('PATCH', $path, [], $body, $options);
    }

    /** Delete a ticket type. */
    public function deleteEventTicket(string $idOrSlug, string $id, array $options = []): Result
    {
        $path = self::path('/open-api/v1/events/%s/tickets/%s', $idOrSlug, $id);
        return $this->call('DELETE', $path, [], null, $options);
    }

    /** Publish a ticket type. */
    public function publishEventTicket(string $idOrSlug, string $id, array $options = []): Result
    {
        $path = self::path('/open-api/v1/events/%s/tickets/%s/publish', $idOrSlug, $id);
        return $this->call('POST', $path, [], null, $options);
    }

    /** Unpublish a ticket type. */
    public function unpublishEventTicket(string $idOrSlug, string $id, array $options = []): Result
    {
        $path = self::path('/open-api/v1/events/%s/tickets/%s/unpublish', $idOrSlug, $id);
        return $this->call('POST', $path, [], null, $options);
    }

    /** Mark a ticket type as sold out. */
    public function markSoldOutEventTicket(
        string $idOrSlug,
        string $id,
        array $options = []
    ): Result {
        $path = self::path('/open-api/v1/events/%s/tickets/%s/sold-out', $idOrSlug, $id);
        return $this->call('POST', $path, [], null, $options);
    }

    /** Put a ticket type back on sale. */
    public function putOnSaleEventTicket(string $idOrSlug, string $id, array $options = []): Result
    {
        $path = self::path('/open-api/v1/events/%s/tickets/%s/on-sale', $idOrSlug, $id);
        return $this->call('POST', $path, [], null, $options);
    }

    /** Get a ticket type. */
    public function getTicket(string $id, array $options = []): Result
    {
        return $this->call('GET', self::path('/open-api/v1/tickets/%s', $id), [], null, $options);
    }

    /** Update a ticket type. */
    public function updateTicket(string $id, array $body, array $options = []): Result
    {
        $path = self::path('/open-api/v1/tickets/%s', $id);
        return $this->call('PATCH', $path, [], $body, $options);
    }

    /** Delete a ticket type. */
    public function deleteTicket(string $id, array $options = []): Result
    {
        $path = self::path('/open-api/v1/tickets/%s', $id);
        return $this->call('DELETE', $path, [], null, $options);
    }

    /** Publish a ticket type. */
    public function publishTicket(string $id, array $options = []): Result
    {
        $path = self::path('/open-api/v1/tickets/%s/publish', $id);
        return $this->call('POST', $path, [], null, $options);
    }

    /** Unpublish a ticket type. */
    public function unpublishTicket(string $id, array $options = []): Result
    {
        $path = self::path('/open-api/v1/tickets/%s/unpublish', $id);
        return $this->call('POST', $path, [], null, $options);
    }

    /** Mark a ticket type as sold out. */
    public function markSoldOutTicket(string $id, array $options = []): Result
    {
        $path = self::path('/open-api/v1/tickets/%s/sold-out', $id);
        return $this->call('POST', $path, [], null, $options);
    }

    /** Put a ticket type back on sale. */
    public function putOnSaleTicket(string $id, array $options = []): Result
    {
        $path = self::path('/open-api/v1/tickets/%s/on-sale', $id);
        return $this->call('POST', $path, [], null, $options);
    }

    // ---- venues ----

    /** Search venues. Query: page, take, cursor, sort, search, q, city, country, near, radiusKm. */
    public function searchVenues(array $query = []): Page
    {
        return $this->call('GET', '/open-api/v1/venues', $query);
    }

    /** Get a venue. */
    public function getVenue(string $id, array $options = []): Result
    {
        return $this->call('GET', self::path('/open-api/v1/venues/%s', $id), [], null, $options);
    }

    // ---- webhooks ----

    /** List webhooks. Query: page, take, cursor, sort, source. */
    public function listWebhooks(array $query = []): Page
    {
        return $this->call('GET', '/open-api/v1/webhooks', $query);
    }

    /** Create a webhook. */
    public function createWebhook(array $body, array $options = []): Result
    {
        return $this->call('POST', '/open-api/v1/webhooks', [], $body, $options);
    }

    /** Get a webhook. */
    public function getWebhook(string $id, array $options = []): Result
    {
        return $this->call('GET', self::path('/open-api/v1/webhooks/%s', $id), [], null, $options);
    }

    /** Update a webhook. */
    public function updateWebhook(string $id, array $body, array $options = []): Result
    {
        $path = self::path('/open-api/v1/webhooks/%s', $id);
        return $this->call('PATCH', $path, [], $body, $options);
    }

    /** Delete a webhook. */
    public function deleteWebhook(string $id, array $options = []): Result
    {
        $path = self::path('/open-api/v1/webhooks/%s', $id);
        return $this->call('DELETE', $path, [], null, $options);
    }

    /** Rotate the secret of a webhook. */
    public function rotateWebhookSecret(string $id, array $body = [], array $options = []): Result
    {
        $path = self::path('/open-api/v1/webhooks/%s/rotate-secret', $id);
        return $this->call('POST', $path, [], $body, $options);
    }

    /**
     * List the deliveries of a webhook. Query: page, take, cursor, sort, status, event, from, to.
     */
    public function listWebhookDeliveries(string $id, array $query = []): Page
    {
        return $this->call('GET', self::path('/open-api/v1/webhooks/%s/deliveries', $id), $query);
    }

    /** Get a delivery. */
    public function getWebhookDelivery(string $id, string $deliveryId, array $options = []): Result
    {
        $path = self::path('/open-api/v1/webhooks/%s/deliveries/%s', $id, $deliveryId);
        return $this->call('GET', $path, [], null, $options);
    }

    /** Redeliver a completed delivery. */
    public function redeliverWebhookDelivery(
        string $id,
        string $deliveryId,
        array $options = []
    ): Result {
        $path = self::path('/open-api/v1/webhooks/%s/deliveries/%s/redeliver', $id, $deliveryId);
        return $this->call('POST', $path, [], null, $options);
    }

    /** Recover missed events of a webhook. */
    public function recoverWebhook(string $id, array $body, array $options = []): Result
    {
        $path = self::path('/open-api/v1/webhooks/%s/recover', $id);
        return $this->call('POST', $path, [], $body, $options);
    }

    /** Test a webhook. */
    public function testWebhook(string $id, array $body = [], array $options = []): Result
    {
        $path = self::path('/open-api/v1/webhooks/%s/test', $id);
        return $this->call('POST', $path, [], $body, $options);
    }

    // ---- box office ----

    /** Create a hold. */
    public function createHold(array $body, array $options = []): Result
    {
        return $this->call('POST', '/box-office/v1/holds', [], $body, $options);
    }

    /** Get a hold. */
    public function getHold(string $id, array $options = []): Result
    {
        return $this->call('GET', self::path('/box-office/v1/holds/%s', $id), [], null, $options);
    }

    /** Release a hold. */
    public function releaseHold(string $id, array $options = []): Result
    {
        $path = self::path('/box-office/v1/holds/%s', $id);
        return $this->call('DELETE', $path, [], null, $options);
    }

    /** Extend a hold. */
    public function extendHold(string $id, array $options = []): Result
    {
        $path = self::path('/box-office/v1/holds/%s/extend', $id);
        return $this->call('POST', $path, [], null, $options);
    }

    /** Create an order. */
    public function createSale(array $body, array $options = []): Result
    {
        return $this->call('POST', '/box-office/v1/orders', [], $body, $options);
    }

    /** Refund an order. */
    public function refundSale(string $id, array $body, array $options = []): Result
    {
        $path = self::path('/box-office/v1/orders/%s/refund', $id);
        return $this->call('POST', $path, [], $body, $options);
    }

    /** Mail an order's tickets to the buyer again. */
    public function resendSale(string $id, array $options = []): Result
    {
        $path = self::path('/box-office/v1/orders/%s/resend', $id);
        return $this->call('POST', $path, [], null, $options);
    }

    /** Issue a ticket again under a new code. */
    public function reissueTicket(string $idOrReference, string $unit, array $options = []): Result
    {
        $path = '/box-office/v1/orders/%s/issued-tickets/%s/reissue';
        $path = self::path($path, $idOrReference, $unit);
        return $this->call('POST', $path, [], null, $options);
    }

    /** Check in a ticket. */
    public function createCheckIn(array $body, array $options = []): Result
    {
        return $this->call('POST', '/box-office/v1/check-ins', [], $body, $options);
    }

    /** Check in tickets. */
    public function batchCheckIn(array $body, array $options = []): Result
    {
        return $this->call('POST', '/box-office/v1/check-ins/batch', [], $body, $options);
    }

    /** Undo a check-in within an hour. */
    public function undoCheckIn(string $id, array $options = []): Result
    {
        $path = self::path('/box-office/v1/check-ins/%s', $id);
        return $this->call('DELETE', $path, [], null, $options);
    }

    /** List the events that the key's door may check in for. */
    public function getDoor(array $options = []): Result
    {
        return $this->call('GET', '/box-office/v1/door', [], null, $options);
    }

    /** Get the tickets of an event for a device. */
    public function getAdmissionList(string $idOrSlug, array $options = []): Result
    {
        $path = self::path('/box-office/v1/events/%s/admission-list', $idOrSlug);
        return $this->call('GET', $path, [], null, $options);
    }

    /** Get how many tickets of an event are checked in. */
    public function getAdmission(string $idOrSlug, array $options = []): Result
    {
        $path = self::path('/box-office/v1/events/%s/admission', $idOrSlug);
        return $this->call('GET', $path, [], null, $options);
    }

    // ---- public page ----

    /** Get a published event. */
    public function getPublicEvent(string $orgSlug, string $eventSlug, array $options = []): Result
    {
        $path = self::path('/public/v1/events/%s/%s', $orgSlug, $eventSlug);
        return $this->call('GET', $path, [], null, $options);
    }

    /** Create a hold. */
    public function createPublicHold(array $body, array $options = []): Result
    {
        return $this->call('POST', '/public/v1/holds', [], $body, $options);
    }

    /** Get a hold of the public page. */
    public function getPublicHold(string $id, array $options = []): Result
    {
        return $this->call('GET', self::path('/public/v1/holds/%s', $id), [], null, $options);
    }

    /** Release a hold. */
    public function releasePublicHold(string $id, array $options = []): Result
    {
        return $this->call('DELETE', self::path('/public/v1/holds/%s', $id), [], null, $options);
    }

    /** Create an order. */
    public function createPublicOrder(array $body, array $options = []): Result
    {
        return $this->call('POST', '/public/v1/orders', [], $body, $options);
    }

    /** Name the person of a ticket. */
    public function renamePublicTicket(array $body, array $options = []): Result
    {
        return $this->call('POST', '/public/v1/ticket-names', [], $body, $options);
    }

    /** Mail the links of a buyer's orders for an event to the buyer's address. */
    public function findPublicTickets(array $body, array $options = []): Result
    {
        return $this->call('POST', '/public/v1/lost-tickets', [], $body, $options);
    }

    // ---- requests ----

    /**
     * Calls an operation that has no method here; the path begins with a mount point.
     *
     * @param array<string, mixed> $query
     * @param array<string, mixed>|null $body
     * @param CallOptions $options
     * @return Result|Page
     * @throws ApiException
     */
    public function call(
        string $method,
        string $path,
        array $query = [],
        ?array $body = null,
        array $options = []
    ) {
        $query += $options['query'] ?? [];
        $reply = $this->repeat([
            'method' => $method,
            'url' => $this->baseUrl . $path . self::queryText($query),
            'headers' => $this->headers($method, $path, $body, $options),
            'body' => $body === null ? null : Json::encode($body),
        ]);
        if (isset($reply['json']['meta'])) {
            return $this->page($reply['json'], $method, $path, $query, $options);
        }
        $result = new Result($reply['json']['data'] ?? []);
        $result->etag = $reply['headers']['etag'] ?? null;
        $result->requestId = $reply['headers']['x-request-id'] ?? '';
        $result->replayed = ($reply['headers']['idempotency-replayed'] ?? '') === 'true';
        $result->notModified = $reply['status'] === 304;
        return $result;
    }

    /**
     * @param array<string, mixed> $json
     * @param array<string, mixed> $query
     * @param array<string, mixed> $options
     */
    private function page(
        array $json,
        string $method,
        string $path,
        array $query,
        array $options
    ): Page {
        if (isset($json['meta']['total'])) { // a number of rows, not an amount
            $json['meta']['total'] = (int) $json['meta']['total'];
        }
        $follow = function (string $cursor) use ($method, $path, $query, $options): Page {
            unset($query['page']);
            return $this->call($method, $path, ['cursor' => $cursor] + $query, null, $options);
        };
        return new Page($json['data'], $json['meta'], $follow);
    }

    /** @param string|int ...$arguments the values of a path's %s */
    private static function path(string $template, ...$arguments): string
    {
        $encoded = [];
        foreach ($arguments as $argument) {
            if (in_array((string) $argument, ['', '.', '..'], true)) { // would be another path
                throw new \InvalidArgumentException('an id, slug or reference is missing');
            }
            $encoded[] = rawurlencode((string) $argument);
        }
        return vsprintf($template, $encoded);
    }

    /** @param array<string, mixed> $query */
    private static function queryText(array $query): string
    {
        $pairs = [];
        foreach ($query as $name => $value) {
            if ($value instanceof \DateTimeInterface) {
                $value = $value->format('Y-m-d\TH:i:s.vP');
            } elseif (is_bool($value)) {
                $value = $value ? 'true' : 'false';
            }
            if ($value !== null) {
                $pairs[$name] = $value;
            }
        }
        return $pairs ? '?' . http_build_query($pairs, '', '&', PHP_QUERY_RFC3986) : '';
    }

    /**
     * The headers of a request, by their names in lower case.
     *
     * @param array<string, mixed>|null $body
     * @param array<string, mixed> $options
     * @return array<string, string>
     */
    private function headers(string $method, string $path, ?array $body, array $options): array
    {
        $headers = ['accept' => 'application/json'];
        if ($this->key !== null && strpos($path, '/public/') !== 0) {
            $headers['api-key'] = $this->key;
        }
        if ($body !== null) {
            $headers['content-type'] = 'application/json';
        }
        $key = $options['idempotencyKey'] ?? null;
        if ($method === 'POST' && $key !== false) {
            $headers['idempotency-key'] = $key ?? self::uuid();
        }
        foreach (['ifMatch' => 'if-match', 'ifNoneMatch' => 'if-none-match'] as $name => $header) {
            $version = $options[$name] ?? null;
            if ($version instanceof Result) {
                $version = $version->etag;
            }
            if ($version !== null) {
                $headers[$header] = $version;
            }
        }
        if ($options['strict'] ?? false) {
            $headers['prefer'] = 'handling=strict';
        }
        return $headers;
    }

    private static function uuid(): string
    {
        $bytes = random_bytes(16);
        $bytes[6] = chr(ord($bytes[6]) & 0x0f | 0x40);
        $bytes[8] = chr(ord($bytes[8]) & 0x3f | 0x80);
        return vsprintf('%s%s-%s-%s-%s-%s%s%s', str_split(bin2hex($bytes), 4));
    }

    // ---- attempts ----

    /**
     * Repeats the request until it succeeds, cannot succeed, or the time is over.
     *
     * @param array<string, mixed> $request method, url, headers and body (text or null)
     * @return array<string, mixed> status, headers, json
     */
    private function repeat(array $request): array
    {
        $spent = 0.0; // seconds in attempts and waits
        $uncertain = false;
        for ($attempt = 1;; $attempt++) {
            $start = microtime(true);
            $left = $this->settings['totalTimeout'] - $spent;
            $reply = $this->attempt($request, $left);
            $spent += max(0.0, microtime(true) - $start);
            if ($reply['ours'] && ($reply['status'] < 300 || $reply['status'] === 304)) {
                return $reply;
            }
            $changes = $request['method'] !== 'GET';
            $uncertain = $uncertain || ($changes && self::mayHaveChanged($reply));
            $wait = $this->waitBefore($attempt + 1, $reply['retryAfter']);
            if (
                !self::repeatable($request, $reply) ||
                $attempt >= $this->settings['maxAttempts'] ||
                $spent + $wait >= $this->settings['totalTimeout']
            ) {
                throw self::exception($reply, $attempt, $uncertain);
            }
            ($this->settings['sleep'])($wait);
            $spent += $wait;
        }
    }

    /**
     * Whether the same request may be sent again and may then succeed. A POST without an
     * Idempotency-Key is never repeated. A PATCH or DELETE with If-Match is not when the first one
     * may have been executed: the second one would be told 412.
     *
     * @param array<string, mixed> $request
     * @param array<string, mixed> $reply
     */
    private static function repeatable(array $request, array $reply): bool
    {
        $keyed = isset($request['headers']['idempotency-key']);
        if ($request['method'] === 'POST' && !$keyed) {
            return false;
        }
        if ($reply['status'] === 0 && in_array($reply['curl'], self::PERMANENT, true)) {
            return false;
        }
        if ($reply['status'] === 409) { // the first request with this key is still running
            return $keyed && $reply['retryAfter'] !== null;
        }
        if ($reply['status'] !== 0 && !in_array($reply['status'], self::TEMPORARY, true)) {
            return false;
        }
        $versioned = isset($request['headers']['if-match']);
        return !$versioned || $keyed || !self::mayHaveChanged($reply);
    }

    /** @param array<string, mixed> $reply */
    private static function mayHaveChanged(array $reply): bool
    {
        if ($reply['status'] === 0) {
            return !in_array($reply['curl'], self::NOTHING_SENT, true);
        }
        return in_array($reply['status'], [502, 503, 504], true) ||
            ($reply['status'] < 300 && !$reply['ours']);
    }

    /** Seconds before an attempt: those that the server asked for, or longer from time to time. */
    private function waitBefore(int $attempt, ?int $retryAfter): float
    {
        $backoff = min(self::MAX_BACKOFF, self::BACKOFF * 2 ** ($attempt - 2));
        $jitter = random_int(500, 1000) / 1000; // so that many clients do not come back at once
        return ($retryAfter ?? 0) + $backoff * $jitter;
    }

    /** @param array<string, mixed> $reply */
    private static function exception(array $reply, int $attempts, bool $uncertain): ApiException
    {
        $error = $reply['json']['error'] ?? null;
        if ($reply['status'] === 0) {
            $error = [
                'code' => ApiException::NETWORK_ERROR,
                'message' => $reply['problem'],
                'hint' => 'Check the base URL, the network and the certificate, then try again.',
            ];
        } elseif (!is_array($error)) {
            $error = [
                'code' => ApiException::UNEXPECTED_RESPONSE,
                'message' => 'Status ' . $reply['status'] . ' without a response of the API.',
                'hint' => 'Check the base URL, and the proxies and firewalls on the way.',
            ];
        }
        $requestId = $reply['json']['requestId'] ?? $reply['headers']['x-request-id'] ?? '';
        $e = new ApiException($reply['status'], $error, (string) $requestId, $reply['retryAfter']);
        $e->attempts = $attempts;
        $e->uncertain = $uncertain;
        return $e;
    }

    // ---- HTTP ----

    /**
     * One attempt. A PATCH or DELETE that something before the server refuses, such as a firewall
     * of the host, is sent again as POST with X-HTTP-Method-Override, and so are all later ones.
     *
     * @param array<string, mixed> $request
     * @return array<string, mixed> status (0: no response), headers, json, ours (whether the
     *     response is the API's), retryAfter (seconds or null), problem and curl (curl's error)
     */
    private function attempt(array $request, float $left): array
    {
        $overridable = in_array($request['method'], ['PATCH', 'PUT', 'DELETE'], true);
        if (!$overridable || !$this->override) {
            $reply = $this->send($request, $left);
            $refused = !$reply['ours'] && in_array($reply['status'], [403, 405, 501], true);
            if (!$overridable || !$refused) {
                return $reply;
            }
        }
        $request['headers']['x-http-method-override'] = $request['method'];
        $request['method'] = 'POST';
        $reply = $this->send($request, $left);
        $this->override = $reply['ours'];
        return $reply;
    }

    /**
     * @param array<string, mixed> $request
     * @return array<string, mixed> as attempt()
     */
    private function send(array $request, float $left): array
    {
        $got = ['headers' => [], 'body' => ''];
        $this->prepare($request, $left, $got);
        $done = curl_exec($this->curl);
        $status = $done ? (int) curl_getinfo($this->curl, CURLINFO_RESPONSE_CODE) : 0;
        $json = Json::decode($got['body']);
        $ours = $status !== 0 && self::isOurs($status, $json);
        return [
            'status' => $status,
            'headers' => $got['headers'],
            'json' => $ours ? $json : null,
            'ours' => $ours,
            'retryAfter' => self::retryAfter($got['headers']['retry-after'] ?? ''),
            'problem' => curl_error($this->curl),
            'curl' => curl_errno($this->curl),
        ];
    }

    /**
     * Whether a response is the API's: an error, or data.
     *
     * @param mixed $json
     */
    private static function isOurs(int $status, $json): bool
    {
        if ($status === 304) {
            return true;
        }
        if (!is_array($json)) {
            return false;
        }
        return isset($json['error']['code'], $json['requestId']) ||
            ($status < 300 && is_array($json['data'] ?? null));
    }

    /**
     * Sets up the handle; headers and body of the response go to $got.
     *
     * @param array<string, mixed> $request
     * @param array<string, mixed> $got
     */
    private function prepare(array $request, float $left, array &$got): void
    {
        if ($this->curl === null) {
            $this->curl = curl_init() ?: null;
        }
        curl_reset($this->curl);
        $timeout = max(0.001, min($this->settings['timeout'], $left));
        $lines = ['Expect:', 'Content-Type:']; // none of curl's own
        foreach ($request['headers'] as $name => $value) {
            if (preg_match('/[^\x20-\x7e]/', $value)) {
                throw new \InvalidArgumentException("the header $name has an invalid character");
            }
            $lines[] = "$name: $value";
        }
        $options = [
            CURLOPT_URL => $request['url'],
            CURLOPT_CUSTOMREQUEST => $request['method'],
            CURLOPT_HTTPHEADER => $lines,
            CURLOPT_PROTOCOLS => CURLPROTO_HTTP | CURLPROTO_HTTPS,
            CURLOPT_FOLLOWLOCATION => false, // the key goes to this host only
            CURLOPT_SSL_VERIFYPEER => true,
            CURLOPT_SSL_VERIFYHOST => 2,
            CURLOPT_CONNECTTIMEOUT_MS =>
                (int) ceil(1000 * min($this->settings['connectTimeout'], $timeout)),
            CURLOPT_TIMEOUT_MS => (int) ceil(1000 * $timeout),
            CURLOPT_NOSIGNAL => true,
            CURLOPT_USERAGENT => $this->settings['userAgent'],
            CURLOPT_ENCODING => '',
        ];
        if ($request['method'] === 'POST' || $request['body'] !== null) {
            $options[CURLOPT_POSTFIELDS] = (string) $request['body'];
        }
        if ($this->settings['caFile'] !== null) {
            $options[CURLOPT_CAINFO] = $this->settings['caFile'];
        }
        curl_setopt_array($this->curl, $options + self::receivers($got));
    }

    /**
     * @param array<string, mixed> $got
     * @return array<int, callable>
     */
    private static function receivers(array &$got): array
    {
        return [
            CURLOPT_HEADERFUNCTION => static function ($curl, string $line) use (&$got): int {
                if (strncmp($line, 'HTTP/', 5) === 0) {
                    $got['headers'] = []; // those before were of an interim response
                }
                $parts = explode(':', $line, 2);
                if (count($parts) === 2) {
                    $got['headers'][strtolower($parts[0])] = trim($parts[1]);
                }
                return strlen($line);
            },
            CURLOPT_WRITEFUNCTION => static function ($curl, string $data) use (&$got): int {
                if (strlen($got['body']) + strlen($data) > self::MAX_RESPONSE) {
                    return -1;
                }
                $got['body'] .= $data;
                return strlen($data);
            },
        ];
    }

    /** Seconds of a Retry-After, a number or a date (RFC 9110, section 10.2.3). */
    private static function retryAfter(string $value): ?int
    {
        if (preg_match('/^[0-9]{1,9}\z/', $value)) {
            return (int) $value;
        }
        $time = $value === '' ? false : strtotime($value);
        return $time === false ? null : max(0, $time - time());
    }
}
