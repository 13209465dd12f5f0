<?php
/**
 * wp-config: the configuration of the WordPress that test_wordpress.py runs, from its environment.
 */

$table_prefix = 'wp_';
define('DB_NAME', getenv('WP_DATABASE'));
define('DB_USER', getenv('WP_USER'));
define('DB_PASSWORD', '');
define('DB_HOST', getenv('WP_HOST'));
define('DB_CHARSET', 'utf8mb4');
define('DB_COLLATE', '');
define('WP_HOME', getenv('WP_URL'));
define('WP_SITEURL', getenv('WP_URL'));
define('WP_CONTENT_DIR', getenv('WP_CONTENT'));
define('WP_CONTENT_URL', WP_HOME . '/wp-content');
define('WP_DEFAULT_THEME', 'twentytwentythree');
define('WP_HTTP_BLOCK_EXTERNAL', true);
define('WP_ACCESSIBLE_HOSTS', '127.0.0.1');
define('DISABLE_WP_CRON', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
define('WP_DEBUG', true);
define('WP_DEBUG_DISPLAY', false);
define('WP_DEBUG_LOG', getenv('WP_LOG'));
foreach (['AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE'] as $name) {
    define($name . '_KEY', $name . ' key of a test');
    define($name . '_SALT', $name . ' salt of a test');
}
// The folder of this file is not that of WordPress, which has a link to it.
defined('ABSPATH') || define('ABSPATH', getenv('WP_FOLDER') . '/');
require_once ABSPATH . 'wp-settings.php';
