<?php
// Settings of the shop. Copy this file to config.php, which only the web server may read (mode
// 0640). It lies outside the document root, public/.
return [
    // The ticketgate installation, and an API key with the scopes events:read, orders:read and
    // boxoffice:sell. The key stays on this server.
    'base_url' => 'https://tickets.example.com',
    'api_key' => 'tn_live_…',

    // The signing secret of the webhook that notifies webhook.php; during a rotation two of them.
    'webhook_secrets' => ['whsec_…'],

    // Where the shop keeps its reservations: SQLite, or MySQL and MariaDB
    // ('mysql:host=localhost;dbname=shop;charset=utf8mb4').
    'database' => 'sqlite:' . __DIR__ . '/data/shop.sqlite',
    'database_user' => null,
    'database_password' => null,

    // php -r 'echo password_hash(readline("Password: "), PASSWORD_DEFAULT), "\n";'
    'admin_password_hash' => '',

    'name' => 'My Shows',
    'language' => 'en',
    // Seconds that tickets stay reserved, 60 to 3600: once from the selection, and once more from
    // the choice of a payment method. This is the time that a buyer has to pay.
    'hold_seconds' => 1800,
    // How buyers can pay. Leave out what you do not offer.
    'payment' => [
        'bank_transfer' => "Bank: Example Bank\nAccount name: My Shows\nAccount number: 0000 0000",
        'cash' => "Ticket counter, Main Street 1\nDaily from 10:00 to 18:00",
    ],
];
