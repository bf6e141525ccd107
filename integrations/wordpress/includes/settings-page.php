<?php
/**
 * Settings → Moderato.
 *
 * @package Moderato
 */

namespace Moderato;

defined( 'ABSPATH' ) || exit;

add_action( 'admin_menu', __NAMESPACE__ . '\\add_page' );
add_action( 'admin_post_moderato_save', __NAMESPACE__ . '\\save' );
add_action( 'admin_notices', __NAMESPACE__ . '\\show_copy' );
add_filter( 'plugin_action_links_' . plugin_basename( FILE ), __NAMESPACE__ . '\\add_link' );

/**
 * Add the page to the menu.
 */
function add_page() {
	add_options_page( 'Moderato', 'Moderato', 'manage_options', 'moderato', __NAMESPACE__ . '\\show_page' );
}

/**
 * Tell administrators of a copied or moved site that it sends nothing.
 */
function show_copy() {
	if ( ! is_copy() || ! current_user_can( 'manage_options' ) ) {
		return;
	}
	/* translators: %s: an address. */
	$text = sprintf( __( 'Moderato sends nothing from here: this site\'s database comes from %s. Save the settings under Settings → Moderato to make this a site of its own.', 'moderato' ), install()['at'] );
	echo '<div class="notice notice-warning"><p>' . esc_html( $text ) . '</p></div>';
}

/**
 * Add a link to the list of plugins.
 *
 * @param string[] $links The links.
 */
function add_link( $links ) {
	$address = admin_url( 'options-general.php?page=moderato' );
	array_unshift( $links, '<a href="' . esc_url( $address ) . '">' . esc_html__( 'Settings', 'moderato' ) . '</a>' );
	return $links;
}

/**
 * End the request unless an administrator sent it from our own page.
 *
 * @param string $action The nonce's action.
 */
function require_administrator( $action ) {
	if ( ! current_user_can( 'manage_options' ) ) {
		wp_die( esc_html__( 'You may not change these settings.', 'moderato' ), '', array( 'response' => 403 ) );
	}
	check_admin_referer( $action );
}

/**
 * Save the form; test the connection where that was asked for.
 */
function save() {
	require_administrator( 'moderato_save' );
	if ( is_copy() ) {
		begin_anew();
	}
	$before = settings();
	$after  = sanitized( wp_unslash( $_POST ), $before ); // phpcs:ignore WordPress.Security -- `require_administrator` checks the nonce.
	update_option( SETTINGS, $after );
	if ( $before['address'] !== $after['address'] ) {
		delete_option( CONNECTION ); // What was learnt is another service's.
	}
	if ( $before !== $after ) {
		delete_option( OUTAGE );
		delete_option( LACKED );
	}
	if ( isset( $_POST['test'] ) ) { // phpcs:ignore WordPress.Security -- as above.
		set_transient( 'moderato_result_' . get_current_user_id(), test_connection(), MINUTE_IN_SECONDS );
	}
	wp_safe_redirect( admin_url( 'options-general.php?page=moderato&saved=1' ) );
	exit;
}

/**
 * Return the settings from a form. An empty key or secret keeps the stored one.
 *
 * @param array $form   The form.
 * @param array $before The settings until now.
 */
function sanitized( $form, $before ) {
	$read    = function ( $name ) use ( $form ) {
		return isset( $form[ $name ] ) && is_string( $form[ $name ] ) ? trim( sanitize_text_field( $form[ $name ] ) ) : '';
	};
	$address = untrailingslashit( esc_url_raw( $read( 'address' ), array( 'http', 'https' ) ) );
	$key     = '' === $read( 'key' ) ? $before['key'] : $read( 'key' );
	$secret  = '' === $read( 'secret' ) ? $before['secret'] : $read( 'secret' );
	if ( $address !== $before['address'] && '' === $read( 'key' ) ) {
		$key = ''; // A key is for one service; another one must not receive it.
	}
	if ( $address !== $before['address'] && '' === $read( 'secret' ) ) {
		$secret = '';
	}
	return array(
		'address'  => $address,
		'key'      => $key,
		'secret'   => $secret,
		'rejected' => in_array( $read( 'rejected' ), array( 'trash', 'spam', 'hold' ), true ) ? $read( 'rejected' ) : 'trash',
		'minimum'  => min( 10000, absint( $read( 'minimum' ) ) ),
	);
}

/**
 * Show the page.
 */
function show_page() {
	if ( ! current_user_can( 'manage_options' ) ) {
		return;
	}
	$settings = settings();
	$choices  = array(
		'trash' => __( 'Move it to the trash', 'moderato' ),
		'spam'  => __( 'Mark it as spam', 'moderato' ),
		'hold'  => __( 'Keep it pending', 'moderato' ),
	);
	echo '<div class="wrap"><h1>Moderato</h1>';
	show_result();
	echo '<form method="post" action="' . esc_url( admin_url( 'admin-post.php' ) ) . '"><input type="hidden" name="action" value="moderato_save">';
	wp_nonce_field( 'moderato_save' );
	echo '<table class="form-table" role="presentation">';
	show_field( 'address', 'url', __( 'Address', 'moderato' ), $settings['address'], __( 'Where your Moderato runs, for example https://moderato.example', 'moderato' ) );
	show_field( 'key', 'password', __( 'API key', 'moderato' ), '', kept( $settings['key'], __( 'A key with the scopes submit, read, moderate, erase and configure.', 'moderato' ) ) );
	show_field( 'secret', 'password', __( 'Callback secret', 'moderato' ), '', kept( $settings['secret'], __( 'Leave it empty: “Save and test” registers the callback address and fetches its secret.', 'moderato' ) ) );
	echo '<tr><th scope="row"><label for="moderato-callback">' . esc_html__( 'Callback address', 'moderato' ) . '</label></th><td><input type="text" class="large-text code" id="moderato-callback" readonly value="' . esc_attr( callback_address() ) . '"></td></tr>';
	echo '<tr><th scope="row"><label for="moderato-rejected">' . esc_html__( 'When Moderato rejects a comment', 'moderato' ) . '</label></th><td><select name="rejected" id="moderato-rejected">';
	foreach ( $choices as $value => $label ) {
		echo '<option value="' . esc_attr( $value ) . '"' . selected( $settings['rejected'], $value, false ) . '>' . esc_html( $label ) . '</option>';
	}
	echo '</select></td></tr>';
	show_field( 'minimum', 'number', __( 'Characters that a comment needs', 'moderato' ), (string) $settings['minimum'], minimum_hint() );
	echo '</table><p class="submit">';
	submit_button( __( 'Save and test', 'moderato' ), 'primary', 'test', false );
	echo ' ';
	submit_button( __( 'Save', 'moderato' ), 'secondary', 'only', false );
	echo '</p></form></div>';
}

/**
 * Show one row of the form.
 *
 * @param string $name  The field.
 * @param string $type  Its type.
 * @param string $label Its label.
 * @param string $value Its value.
 * @param string $hint  What to enter.
 */
function show_field( $name, $type, $label, $value, $hint ) {
	printf(
		'<tr><th scope="row"><label for="moderato-%1$s">%2$s</label></th><td><input class="regular-text" id="moderato-%1$s" name="%1$s" type="%3$s" value="%4$s" autocomplete="off" aria-describedby="moderato-%1$s-hint"><p class="description" id="moderato-%1$s-hint">%5$s</p></td></tr>',
		esc_attr( $name ),
		esc_html( $label ),
		esc_attr( $type ),
		esc_attr( $value ),
		esc_html( $hint )
	);
}

/**
 * Return a hint: whether something is stored, which the page does not show, and else what to enter.
 *
 * @param string $stored What is stored.
 * @param string $hint   What to enter.
 */
function kept( $stored, $hint ) {
	/* translators: %s: the last four characters of a key. */
	return '' === $stored ? $hint : sprintf( __( 'Stored, ends with %s. Leave the field empty to keep it.', 'moderato' ), substr( $stored, -4 ) );
}

/**
 * Say where the minimum length comes from.
 */
function minimum_hint() {
	$known = connection();
	return isset( $known['minimum'] )
		/* translators: %d: a number of characters. */
		? sprintf( __( 'Your policy at Moderato says %d, which counts. This number is for when it cannot be read.', 'moderato' ), $known['minimum'] )
		: __( 'Counts until the policy at Moderato can be read.', 'moderato' );
}

/**
 * Show the result of the last test, once.
 */
function show_result() {
	$name   = 'moderato_result_' . get_current_user_id();
	$result = get_transient( $name );
	if ( is_array( $result ) ) {
		delete_transient( $name );
		printf( '<div class="notice %1$s" id="moderato-result" role="status"><p>%2$s</p></div>', esc_attr( $result['is_good'] ? 'notice-success' : 'notice-error' ), esc_html( $result['text'] ) );
	} elseif ( isset( $_GET['saved'] ) ) { // phpcs:ignore WordPress.Security -- shows a fixed sentence.
		echo '<div class="notice notice-success" role="status"><p>' . esc_html__( 'Saved.', 'moderato' ) . '</p></div>';
	}
}
