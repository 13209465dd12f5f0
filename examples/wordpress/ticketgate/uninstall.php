<?php
/**
 * Deletes the settings when the plugin is deleted; transients expire by themselves.
 */

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

delete_option( 'ticketgate' );
