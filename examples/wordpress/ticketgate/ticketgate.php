<?php
/**
 * Plugin Name:       Ticketgate
 * Description:       Lists your events and sells their tickets by two shortcodes.
 * Version:           1.0.0
 * Requires at least: 5.6
 * Requires PHP:      7.4
 * Text Domain:       ticketgate
 *
 * Everything is read from the public pages, so that no API key is on this site: the list from the
 * organizer's feed, an event from /public/v1. Responses are kept in transients; while ticketgate
 * cannot be reached, the last one is shown.
 */

defined( 'ABSPATH' ) || exit;

const TICKETGATE_VERSION    = '1.0.0';
const TICKETGATE_FRESH      = 60; // Seconds for which a response is not asked for again.
const TICKETGATE_KEEP       = DAY_IN_SECONDS; // For which it is shown when there is no newer one.
const TICKETGATE_TIMEOUT    = 5; // Seconds that a page waits.
const TICKETGATE_MAX_EVENTS = 100;

// ---- settings ----

function ticketgate_setting( $name ) {
	$settings = get_option( 'ticketgate', array() );
	return isset( $settings[ $name ] ) && is_string( $settings[ $name ] ) ? $settings[ $name ] : '';
}

function ticketgate_sanitize_settings( $given ) {
	$given = is_array( $given ) ? $given : array();
	$url   = isset( $given['base_url'] ) ? (string) $given['base_url'] : '';
	$slug  = isset( $given['organizer'] ) ? (string) $given['organizer'] : '';
	return array(
		'base_url'  => untrailingslashit( esc_url_raw( trim( $url ), array( 'http', 'https' ) ) ),
		'organizer' => sanitize_title( $slug ),
	);
}

function ticketgate_register_settings() {
	register_setting(
		'ticketgate',
		'ticketgate',
		array( 'sanitize_callback' => 'ticketgate_sanitize_settings' )
	);
	add_settings_section( 'ticketgate', '', '__return_null', 'ticketgate' );
	$fields = array(
		'base_url'  => __( 'Base URL of the installation', 'ticketgate' ),
		'organizer' => __( 'Slug of the organizer', 'ticketgate' ),
	);
	foreach ( $fields as $name => $label ) {
		add_settings_field(
			$name,
			$label,
			'ticketgate_settings_field',
			'ticketgate',
			'ticketgate',
			array(
				'label_for' => 'ticketgate-' . $name,
				'name'      => $name,
			)
		);
	}
}
add_action( 'admin_init', 'ticketgate_register_settings' );

function ticketgate_settings_field( $field ) {
	printf(
		'<input type="text" class="regular-text" id="%s" name="ticketgate[%s]" value="%s">',
		esc_attr( $field['label_for'] ),
		esc_attr( $field['name'] ),
		esc_attr( ticketgate_setting( $field['name'] ) )
	);
}

function ticketgate_settings_menu() {
	$title = __( 'Ticketgate', 'ticketgate' );
	add_options_page( $title, $title, 'manage_options', 'ticketgate', 'ticketgate_settings_page' );
}
add_action( 'admin_menu', 'ticketgate_settings_menu' );

function ticketgate_settings_page() {
	if ( ! current_user_can( 'manage_options' ) ) {
		return;
	}
	echo '<div class="wrap"><h1>' . esc_html__( 'Ticketgate', 'ticketgate' ) . '</h1>';
	echo '<form action="options.php" method="post">';
	settings_fields( 'ticketgate' ); // With a nonce.
	do_settings_sections( 'ticketgate' );
	submit_button();
	echo '</form><p>' . esc_html__( 'Shortcodes:', 'ticketgate' );
	echo ' <code>[ticketgate_events]</code> <code>[ticketgate_event slug="…"]</code></p></div>';
}

// ---- reading ----

/**
 * The body of a path below the base URL, or null: at most TICKETGATE_FRESH seconds old, or the last
 * one that was received while there is no newer one.
 */
function ticketgate_read( $path ) {
	$base = ticketgate_setting( 'base_url' );
	if ( '' === $base ) {
		return null;
	}
	$name = 'ticketgate_' . md5( $base . $path );
	$kept = get_transient( $name );
	if ( is_array( $kept ) && $kept['time'] > time() - TICKETGATE_FRESH ) {
		return $kept['body'];
	}
	$reply = wp_remote_get(
		$base . $path,
		array(
			'timeout'             => TICKETGATE_TIMEOUT,
			'redirection'         => 0,
			'limit_response_size' => 4 * MB_IN_BYTES,
			'user-agent'          => 'ticketgate-wordpress/' . TICKETGATE_VERSION,
		)
	);
	$body = is_array( $kept ) ? $kept['body'] : null;
	$code = (int) wp_remote_retrieve_response_code( $reply );
	if ( 200 === $code ) {
		$body = wp_remote_retrieve_body( $reply );
	} elseif ( 404 === $code || 410 === $code ) {
		$body = null;
	}
	// A failure is remembered as well: not every visitor has to wait for the next one.
	set_transient(
		$name,
		array(
			'time' => time(),
			'body' => $body,
		),
		TICKETGATE_KEEP
	);
	return $body;
}

/** The slug of an event or organizer as a part of a path. */
function ticketgate_path_part( $slug ) {
	return rawurlencode( sanitize_title( (string) $slug ) );
}

/** The organizer's events: title, slug and summary, which begins with the date. */
function ticketgate_events() {
	$organizer = ticketgate_path_part( ticketgate_setting( 'organizer' ) );
	$feed      = ticketgate_read( '/e/' . $organizer . '/feed.xml' );
	if ( null === $feed || ! function_exists( 'simplexml_load_string' ) ) {
		return null;
	}
	$errors = libxml_use_internal_errors( true );
	$xml    = simplexml_load_string( $feed, 'SimpleXMLElement', LIBXML_NONET );
	libxml_clear_errors();
	libxml_use_internal_errors( $errors );
	if ( false === $xml ) {
		return null;
	}
	$events = array();
	foreach ( $xml->entry as $entry ) {
		$path     = (string) wp_parse_url( (string) $entry->link['href'], PHP_URL_PATH );
		$events[] = array(
			'title'   => (string) $entry->title,
			'slug'    => basename( $path ),
			'summary' => (string) $entry->summary,
		);
	}
	return $events;
}

/** A published event as /public/v1 has it, or null. */
function ticketgate_event( $slug ) {
	$path = '/public/v1/events/' . ticketgate_path_part( ticketgate_setting( 'organizer' ) ) . '/' .
		ticketgate_path_part( $slug );
	// Prices as text, with their decimals: a quote after { or , begins the name of a member.
	$text = (string) ticketgate_read( $path );
	$text = (string) preg_replace( '/([{,]"price":)([0-9.]+)/', '$1"$2"', $text );
	$json = json_decode( $text, true );
	return isset( $json['data']['tickets'] ) ? $json['data'] : null;
}

/** The public page of an event. */
function ticketgate_page_url( $slug ) {
	$organizer = ticketgate_path_part( ticketgate_setting( 'organizer' ) );
	$path      = '/e/' . $organizer . '/' . ticketgate_path_part( $slug );
	return ticketgate_setting( 'base_url' ) . $path;
}

// ---- shortcodes ----

function ticketgate_unavailable() {
	$text = __( 'The events cannot be shown at the moment.', 'ticketgate' );
	return '<p class="ticketgate-note">' . esc_html( $text ) . '</p>';
}

/** [ticketgate_events limit="10"] */
function ticketgate_events_shortcode( $given ) {
	$given  = shortcode_atts( array( 'limit' => 10 ), $given, 'ticketgate_events' );
	$limit  = min( TICKETGATE_MAX_EVENTS, max( 1, (int) $given['limit'] ) );
	$events = ticketgate_events();
	if ( null === $events ) {
		return ticketgate_unavailable();
	}
	wp_enqueue_style( 'ticketgate' );
	if ( ! $events ) {
		$text = __( 'No upcoming events.', 'ticketgate' );
		return '<p class="ticketgate-note">' . esc_html( $text ) . '</p>';
	}
	$items = '';
	foreach ( array_slice( $events, 0, $limit ) as $event ) {
		$items .= sprintf(
			'<li><a href="%s">%s</a><span>%s</span></li>',
			esc_url( ticketgate_page_url( $event['slug'] ) ),
			esc_html( $event['title'] ),
			esc_html( $event['summary'] )
		);
	}
	return '<ul class="ticketgate-events">' . $items . '</ul>';
}
add_shortcode( 'ticketgate_events', 'ticketgate_events_shortcode' );

/** [ticketgate_event slug="…"]: without JavaScript, the tickets and a link to the event's page. */
function ticketgate_event_shortcode( $given ) {
	$given = shortcode_atts( array( 'slug' => '' ), $given, 'ticketgate_event' );
	$event = '' === $given['slug'] ? null : ticketgate_event( $given['slug'] );
	if ( null === $event ) {
		return ticketgate_unavailable();
	}
	wp_enqueue_style( 'ticketgate' );
	wp_enqueue_script( 'ticketgate' );
	$zone   = new DateTimeZone( $event['timezone'] );
	$format = get_option( 'date_format' ) . ', ' . get_option( 'time_format' );
	$when   = wp_date( $format, (int) strtotime( $event['startsAt'] ), $zone );
	$place  = isset( $event['venue']['name'] ) ? ' · ' . $event['venue']['name'] : '';
	$rows   = implode( '', array_map( 'ticketgate_ticket_row', $event['tickets'] ) );
	return sprintf(
		'<section class="ticketgate-event" data-base="%s" data-organizer="%s" data-slug="%s">' .
			'<h3>%s</h3><p>%s</p><div class="ticketgate-text">%s</div>' .
			'<ul class="ticketgate-tickets">%s</ul>' .
			'<p class="ticketgate-link"><a href="%s">%s</a></p></section>',
		esc_url( ticketgate_setting( 'base_url' ) ),
		esc_attr( $event['organization']['slug'] ),
		esc_attr( $event['slug'] ),
		esc_html( $event['name'] ),
		esc_html( $when . $place ),
		wpautop( esc_html( (string) $event['description'] ) ),
		str_replace( '%currency%', esc_html( $event['currency'] ), $rows ),
		esc_url( ticketgate_page_url( $event['slug'] ) ),
		esc_html__( 'Get tickets', 'ticketgate' )
	);
}
add_shortcode( 'ticketgate_event', 'ticketgate_event_shortcode' );

function ticketgate_ticket_row( $ticket ) {
	$price = $ticket['price'] > 0 ? '%currency% ' . $ticket['price'] : __( 'Free', 'ticketgate' );
	$state = 'SOLD_OUT' === $ticket['state'] ? ' · ' . __( 'Sold out', 'ticketgate' ) : '';
	return '<li>' . esc_html( $ticket['name'] ) . ' <span>' . esc_html( $price . $state ) .
		'</span></li>';
}

// ---- scripts ----

function ticketgate_register_scripts() {
	$folder = plugin_dir_url( __FILE__ );
	wp_register_style( 'ticketgate', $folder . 'widget.css', array(), TICKETGATE_VERSION );
	wp_register_script( 'ticketgate', $folder . 'widget.js', array(), TICKETGATE_VERSION, true );
}
add_action( 'wp_enqueue_scripts', 'ticketgate_register_scripts' );

/** The widget is an ES module. */
function ticketgate_module_tag( $tag, $handle ) {
	if ( 'ticketgate' !== $handle ) {
		return $tag;
	}
	return str_replace( '<script ', '<script type="module" ', $tag );
}
add_filter( 'script_loader_tag', 'ticketgate_module_tag', 10, 2 );
