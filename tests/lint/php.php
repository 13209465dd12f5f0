<?php
/**
 * php: the rules for PHP, by the tokens of each file: functions of at most 80 lines and 5
 * parameters. Usage: php.php FILE…
 */
declare(strict_types=1);

const MAX_LINES = 80;
const MAX_PARAMETERS = 5;

// The index of the token that closes the bracket at $i.
function closing(array $tokens, int $i): int
{
    $depth = 0;
    for (; isset($tokens[$i]); $i++) {
        $text = $tokens[$i][1];
        $depth += in_array($text, ['(', '{', '[', '${', '{$'], true) ? 1 : 0;
        $depth -= in_array($text, [')', '}', ']'], true) ? 1 : 0;
        if ($depth === 0) {
            return $i;
        }
    }
    return $i - 1;
}

// Every token as [id or 0, text, line].
function all_tokens(string $path): array
{
    $line = 1;
    $tokens = [];
    foreach (token_get_all(file_get_contents($path)) as $token) {
        $text = is_array($token) ? $token[1] : $token;
        $tokens[] = [is_array($token) ? $token[0] : 0, $text, $line];
        $line += substr_count($text, "\n");
    }
    return $tokens;
}

function check_function(string $path, array $tokens, int $at): void
{
    $open = $at;
    while (isset($tokens[$open + 1]) && $tokens[$open][1] !== '(') {
        $open++;
    }
    $end = closing($tokens, $open);
    $parameters = 0;
    for ($i = $open; $i < $end; $i++) {
        $parameters += $tokens[$i][0] === T_VARIABLE ? 1 : 0;
    }
    while (isset($tokens[$end + 1]) && !in_array($tokens[$end][1], ['{', ';'], true)) {
        $end++;
    }
    $lines = $tokens[closing($tokens, $end)][2] - $tokens[$at][2] + 1;
    if ($lines > MAX_LINES) {
        echo "$path:{$tokens[$at][2]}: function of $lines lines, at most ", MAX_LINES, "\n";
    }
    if ($parameters > MAX_PARAMETERS) {
        echo "$path:{$tokens[$at][2]}: $parameters parameters, at most ", MAX_PARAMETERS, "\n";
    }
}

foreach (array_slice($argv, 1) as $path) {
    $tokens = all_tokens($path);
    foreach ($tokens as $i => $token) {
        if ($token[0] === T_FUNCTION) {
            check_function($path, $tokens, $i);
        }
    }
}
