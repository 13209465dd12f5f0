<?php
/**
 * wp-install: installs the WordPress of the environment, activates the plugin, and publishes a page
 * for each argument, whose text it is. Prints the ids of the pages.
 */

define('WP_INSTALLING', true);
require getenv('WP_FOLDER') . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
require_once ABSPATH . 'wp-admin/includes/plugin.php';

wp_install('Test', 'admin', 'admin@example.com', false, '', getenv('WP_PASSWORD'));
update_option('show_avatars', 0);
$failed = activate_plugin('ticketgate/ticketgate.php');
if (is_wp_error($failed)) {
    fwrite(STDERR, $failed->get_error_message());
    exit(1);
}
foreach (array_slice($argv, 1) as $text) {
    $page = ['post_type' => 'page', 'post_status' => 'publish', 'post_title' => 'Page'];
    echo wp_insert_post($page + ['post_content' => $text]), "\n";
}
