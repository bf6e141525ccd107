<?php
/**
 * What the API key may not do: decisions, edits and erasures wait for a key that may, and administrators see why.
 *
 * @package Moderato
 */

namespace Moderato;

defined( 'ABSPATH' ) || exit;

const LACKED = 'moderato_lacked'; // Scopes that the key lacked when something was to be sent.

add_action( 'admin_notices', __NAMESPACE__ . '\\show_lacked' );

/**
 * Return the scopes that the key is known to lack.
 */
function lacked() {
	$scopes = get_option( LACKED, array() );
	return is_array( $scopes ) ? $scopes : array();
}

/**
 * Note the scope that an answer names.
 *
 * @param array $answer An answer of `request` with the status 403.
 */
function lack( $answer ) {
	$scope = isset( $answer['body']['scope'] ) ? sanitize_key( $answer['body']['scope'] ) : '';
	if ( '' !== $scope && ! in_array( $scope, lacked(), true ) ) {
		update_option( LACKED, array_merge( lacked(), array( $scope ) ), false );
	}
}

/**
 * Ask whether the key has the scopes now, by requests about a comment that does not exist.
 */
function ask_for_lacked() {
	$methods = array(
		'moderate' => 'PUT',
		'erase'    => 'DELETE',
		'submit'   => 'POST',
	);
	$scopes  = lacked();
	foreach ( $scopes as $place => $scope ) {
		$method = isset( $methods[ $scope ] ) ? $methods[ $scope ] : 'GET';
		$path   = 'POST' === $method ? '/v1/comments' : '/v1/comments/' . rawurlencode( public_id( 'nobody' ) );
		$answer = request( $method, $path, in_array( $method, array( 'PUT', 'POST' ), true ) ? array() : null, CRON_SECONDS );
		if ( in_array( $answer['status'], array( 404, 422 ), true ) ) {
			unset( $scopes[ $place ] );
		}
	}
	if ( lacked() !== $scopes ) {
		update_option( LACKED, array_values( $scopes ), false );
	}
}

/**
 * Show administrators what waits, and for which scope.
 */
function show_lacked() {
	if ( ! lacked() || ! current_user_can( 'manage_options' ) ) {
		return;
	}
	/* translators: %s: names of scopes. */
	$text = sprintf( __( 'The API key of Moderato lacks %s. Edits and decisions of your moderators need moderate, erasures need erase; they are kept here. Enter a key with these scopes, and they are sent within five minutes.', 'moderato' ), implode( ', ', lacked() ) );
	printf(
		'<div class="notice notice-warning" id="moderato-lacked"><p>%1$s</p><p><a href="%2$s">%3$s</a></p></div>',
		esc_html( $text ),
		esc_url( admin_url( 'options-general.php?page=moderato' ) ),
		esc_html__( 'Settings', 'moderato' )
	);
}
