<?php
/**
 * The address that Moderato calls: a REST route that takes signed callbacks and nothing else.
 *
 * @package Moderato
 */

namespace Moderato;

defined( 'ABSPATH' ) || exit;

add_action( 'rest_api_init', __NAMESPACE__ . '\\add_route' );

/**
 * Add the route.
 */
function add_route() {
	register_rest_route(
		'moderato/v1',
		'/callback',
		array(
			'methods'             => 'POST',
			'callback'            => __NAMESPACE__ . '\\receive',
			'permission_callback' => __NAMESPACE__ . '\\is_genuine',
		)
	);
}

/**
 * Return the route's address.
 */
function callback_address() {
	return rest_url( 'moderato/v1/callback' );
}

/**
 * Whether the callback is signed with our secret: true or an error.
 *
 * @param \WP_REST_Request $request The callback.
 */
function is_genuine( $request ) {
	$headers = array(
		'id'        => (string) $request->get_header( 'webhook-id' ),
		'timestamp' => (string) $request->get_header( 'webhook-timestamp' ),
		'signature' => (string) $request->get_header( 'webhook-signature' ),
	);
	$fault   = fault_of( $headers, $request->get_body(), settings()['secret'], time() );
	return '' === $fault ? true : new \WP_Error( 'moderato_not_genuine', $fault, array( 'status' => 401 ) );
}

/**
 * Take a callback. One that is older than what is known, or comes again, changes nothing.
 *
 * @param \WP_REST_Request $request The genuine callback.
 */
function receive( $request ) {
	$event = json_decode( $request->get_body(), true );
	$data  = isset( $event['data'] ) && is_array( $event['data'] ) ? $event['data'] : array();
	if ( isset( $event['type'] ) && 'endpoint.test' === $event['type'] ) {
		learn( array( 'tested_at' => microtime( true ) ) );
	}
	$comment_id = isset( $data['comment_id'] ) ? comment_of( (string) $data['comment_id'] ) : 0;
	$is_applied = false;
	if ( $comment_id && isset( $data['sequence'], $data['status'] ) ) {
		$is_adopted = '' === about( $comment_id, STATE ) && true === adopt( get_comment( $comment_id ) );
		$is_applied = '' !== about( $comment_id, STATE ) && ( take( $comment_id, verdict_of_callback( $data ) ) || $is_adopted );
		if ( $is_applied ) {
			apply_verdict( $comment_id );
		}
	}
	return rest_ensure_response( array( 'applied' => $is_applied ) );
}

/**
 * Return the id here of a comment under one of our ids, 0 for any other: a site at Moderato may have several sources.
 *
 * @param string $public_id The id at Moderato.
 */
function comment_of( $public_id ) {
	$pattern = '/^wp-' . preg_quote( install()['id'], '/' ) . '-(\d{1,19})$/D';
	$comment = preg_match( $pattern, $public_id, $found ) ? get_comment( (int) $found[1] ) : null;
	return $comment && is_of_people( $comment->comment_type ) ? (int) $found[1] : 0;
}
