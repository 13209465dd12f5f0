<?php
// index: the events on sale.
declare(strict_types=1);

require dirname(__DIR__) . '/lib/shop.php';
begin();

$now = new DateTimeImmutable();
$list = '';
$query = ['status' => 'PUBLISHED', 'visibility' => 'PUBLIC', 'sort' => 'dateTime', 'from' => $now];
foreach (api()->listEvents($query + ['take' => 50]) as $event) {
    $list .= '<li><a href="event.php?e=' . h(rawurlencode($event['slug'])) . '">' .
        h($event['name']) . '</a><span>' . h(at($event['dateTime'], $event['timezone'])) .
        ($event['soldOut'] ? ' · sold out' : '') . '</span></li>';
}
page('Events', $list === '' ? '<p>No upcoming events.</p>' : "<ul class=\"events\">$list</ul>");
