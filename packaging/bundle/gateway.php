<?php
// gateway: for hosts that run PHP and no other programs. Starts the program for each request, as a
// web server does by CGI (RFC 3875), and passes the response on as it arrives.
//
// The program is ticketgate.fcgi beside this file or in a folder "private" beside the document
// root; environment variables TG_PROGRAM and TG_CONF name others. What the program logs goes where
// PHP's standard error goes, unless its configuration has a log_file. PHP 7.4 or newer, with the
// functions in NEEDED.

declare(strict_types=1);

const HEAD_MAX = 65536; // bytes of the program's header fields
const PIECE = 65536; // bytes per read and write
const WAIT_SECONDS = 60; // without progress, until the program is ended

const NEEDED = ['proc_close', 'proc_open', 'proc_terminate', 'stream_select'];

// Variables that a web server sets for CGI programs. PATH_INFO and SCRIPT_NAME are not among them:
// the program uses REQUEST_URI alone.
const CGI_VARIABLES = [
	'CONTENT_LENGTH',
	'CONTENT_TYPE',
	'DOCUMENT_ROOT',
	'HTTPS',
	'QUERY_STRING',
	'REMOTE_ADDR',
	'REMOTE_PORT',
	'REQUEST_METHOD',
	'REQUEST_SCHEME',
	'REQUEST_URI',
	'SERVER_ADDR',
	'SERVER_NAME',
	'SERVER_PORT',
	'SERVER_PROTOCOL',
];

// Answers in the API's form of errors and ends. $details is for the error log only.
function fail(int $status, string $code, string $message, string $hint, string $details): void
{
	error_log("ticketgate gateway: $details");
	if (!headers_sent()) {
		header_remove();
		http_response_code($status);
		header('Content-Type: application/json');
		header('Cache-Control: no-store');
		header('Retry-After: 1');
		$id = 'req_' . bin2hex(random_bytes(8));
		header("X-Request-Id: $id");
		if (($_SERVER['REQUEST_METHOD'] ?? '') !== 'HEAD') {
			echo json_encode([
				'error' => [
					'code' => $code,
					'message' => $message,
					'hint' => $hint,
					'details' => [],
				],
				'requestId' => $id,
			], JSON_UNESCAPED_SLASHES);
		}
	}
	exit;
}

function unavailable(string $hint, string $details): void
{
	fail(503, 'SERVICE_UNAVAILABLE', 'Service unavailable', $hint, $details);
}

// A variable of the server's configuration; null when it is not set or empty.
function setting(string $name): ?string
{
	foreach ([$name, "REDIRECT_$name"] as $key) {
		$value = $_SERVER[$key] ?? getenv($key);
		if (is_string($value) && $value !== '') {
			return $value;
		}
	}
	return null;
}

// The file given by the setting, or the first of $names that is there; null when none is.
function find_file(string $setting, array $names): ?string
{
	$given = setting($setting);
	if ($given !== null) {
		return $given;
	}
	foreach ($names as $name) {
		if (@is_file($name)) {
			return $name;
		}
	}
	return null;
}

// Header fields as CGI has them. Apache hides Authorization from PHP unless it is passed on, and
// PHP then has it under other names. Proxy is never passed on (httpoxy).
function request_environment(): array
{
	$env = ['GATEWAY_INTERFACE' => 'CGI/1.1'];
	foreach (CGI_VARIABLES as $name) {
		if (isset($_SERVER[$name]) && is_string($_SERVER[$name])) {
			$env[$name] = $_SERVER[$name];
		}
	}
	foreach ($_SERVER as $name => $value) {
		if (is_string($value) && strncmp((string) $name, 'HTTP_', 5) === 0) {
			$env[$name] = $value;
		}
	}
	unset($env['HTTP_PROXY'], $env['HTTP_CONTENT_TYPE'], $env['HTTP_CONTENT_LENGTH']);
	if (!isset($env['HTTP_AUTHORIZATION'])) {
		$passed = setting('HTTP_AUTHORIZATION');
		if ($passed === null && isset($_SERVER['PHP_AUTH_USER'])) {
			$passed = 'Basic ' . base64_encode(
				$_SERVER['PHP_AUTH_USER'] . ':' . ($_SERVER['PHP_AUTH_PW'] ?? '')
			);
		}
		if ($passed !== null) {
			$env['HTTP_AUTHORIZATION'] = $passed;
		}
	}
	return $env;
}

// Starts the program; returns [process, its standard input, its standard output].
function start(string $program, array $env): array
{
	// standard error is inherited
	$process = @proc_open([$program], [['pipe', 'r'], ['pipe', 'w']], $pipes, null, $env);
	if (!is_resource($process)) {
		$why = error_get_last()['message'] ?? 'proc_open failed';
		unavailable('The administrator must check the error log of the web server.', $why);
	}
	stream_set_blocking($pipes[0], false);
	stream_set_blocking($pipes[1], false);
	return [$process, $pipes[0], $pipes[1]];
}

// The process and what is on its way to and from it.
final class Exchange
{
	private $process, $to, $from, $body;
	private string $rest = ''; // of the request's body, read and not yet written
	private string $head = ''; // of the response, until it is complete
	private bool $begun = false; // the response's header fields were sent

	public function __construct($process, $to, $from)
	{
		[$this->process, $this->to, $this->from] = [$process, $to, $from];
		$this->body = fopen('php://input', 'rb');
	}

	public function run(): void
	{
		while ($this->from !== null) {
			$read = [$this->from];
			$write = $this->fill() ? [$this->to] : [];
			$except = null;
			$n = @stream_select($read, $write, $except, WAIT_SECONDS);
			if ($n === 0) {
				proc_terminate($this->process, 9);
				$this->broken('no progress for ' . WAIT_SECONDS . ' s');
				return;
			}
			if (connection_aborted()) { // the program sees the end of its pipe, and ends
				return;
			}
			if ($write) {
				$this->send();
			}
			if ($read) {
				$this->receive();
			}
		}
	}

	// Reads a piece of the body when none waits; closes the program's input at the end of the body.
	private function fill(): bool
	{
		if ($this->to === null || $this->rest !== '') {
			return $this->to !== null;
		}
		$piece = fread($this->body, PIECE);
		if ($piece === false || $piece === '') {
			fclose($this->to);
			$this->to = null;
			return false;
		}
		$this->rest = $piece;
		return true;
	}

	private function send(): void
	{
		$n = @fwrite($this->to, $this->rest);
		if ($n === false) { // the program does not want the rest
			fclose($this->to);
			$this->to = null;
			return;
		}
		$this->rest = substr($this->rest, $n);
	}

	private function receive(): void
	{
		$piece = fread($this->from, PIECE);
		if ($piece === false || ($piece === '' && feof($this->from))) {
			fclose($this->from);
			$this->from = null;
			$status = proc_close($this->process);
			if (!$this->begun) {
				$this->broken("the program ended with status $status");
			}
			return;
		}
		if ($this->begun) {
			echo $piece;
			flush();
			return;
		}
		$this->head .= $piece;
		$end = strpos($this->head, "\r\n\r\n");
		if ($end !== false) {
			$this->begin(substr($this->head, 0, $end), substr($this->head, $end + 4));
		} elseif (strlen($this->head) > HEAD_MAX) {
			proc_terminate($this->process, 9);
			$this->broken('the program sent no header fields');
		}
	}

	// Sends the status and the header fields, as often as each is there, and the body's beginning.
	private function begin(string $head, string $body): void
	{
		header_remove();
		foreach (explode("\r\n", $head) as $line) {
			if (strncasecmp($line, 'Status:', 7) === 0) {
				http_response_code((int) substr($line, 7));
			} else {
				header($line, false);
			}
		}
		$this->begun = true;
		$this->head = '';
		echo $body;
		flush();
	}

	private function broken(string $details): void
	{
		if (!$this->begun) {
			unavailable('Retry later, with the same Idempotency-Key.', $details);
		}
		error_log("ticketgate gateway: $details");
	}
}

// Settings that would change the response or end it early. Hosts disable these functions, too.
function prepare(): void
{
	if (function_exists('ini_set')) {
		ini_set('default_charset', '');
		ini_set('default_mimetype', '');
		ini_set('display_errors', '0');
		ini_set('zlib.output_compression', '0');
	}
	if (function_exists('set_time_limit')) {
		set_time_limit(0); // WAIT_SECONDS is the limit
	}
	if (function_exists('ignore_user_abort')) {
		ignore_user_abort(true); // the program finishes what it has begun
	}
}

function main(): void
{
	while (ob_get_level() > 0) {
		ob_end_clean();
	}
	prepare();
	$missing = array_filter(NEEDED, static function (string $name): bool {
		return !function_exists($name);
	});
	if ($missing) {
		$names = implode(', ', $missing);
		unavailable(
			"PHP on this host disables functions that are needed: $names (disable_functions in" .
				' php.ini). Ask the hosting provider, or use the program without PHP.',
			"disabled in php.ini: $names"
		);
	}
	$above = dirname(__DIR__) . '/private';
	$program = find_file('TG_PROGRAM', ["$above/ticketgate.fcgi", __DIR__ . '/ticketgate.fcgi']);
	if ($program === null || !is_executable($program)) {
		unavailable(
			'The file ticketgate.fcgi must lie beside gateway.php or in the folder "private",' .
				' with mode 0755.',
			$program === null ? 'ticketgate.fcgi is not there' : "$program is not executable"
		);
	}
	$env = request_environment();
	$conf = find_file('TG_CONF', ["$above/ticketgate.conf"]);
	if ($conf !== null) {
		$env['TG_CONF'] = $conf;
	}
	(new Exchange(...start($program, $env)))->run();
}

main();
