<?php
/**
 * Testing the connection, and registering the callback address at Moderato.
 *
 * @package Moderato
 */

namespace Moderato;

defined( 'ABSPATH' ) || exit;

const TEST_SECONDS = 5;
const EVENTS       = array( 'comment.approved', 'comment.rejected', 'comment.held', 'comment.overturned' );

/**
 * Test everything that the plugin needs; return `is_good` and `text`, one sentence with what to do.
 */
function test_connection() {
	if ( ! is_set_up() ) {
		return result( false, __( 'Enter the address of your Moderato and an API key.', 'moderato' ) );
	}
	$nobody = '/v1/comments/' . rawurlencode( public_id( 'nobody' ) );
	// None of these changes anything: the bodies are empty, and there is no such comment.
	foreach (
		array(
			array( 'GET', '/v1/policy', null, array( 200 ) ),
			array( 'POST', '/v1/comments', array(), array( 422 ) ),
			array( 'PUT', $nobody, array(), array( 404, 422 ) ),
			array( 'DELETE', $nobody, null, array( 404 ) ),
		) as list( $method, $path, $body, $expected )
	) {
		$answer = request( $method, $path, $body, TEST_SECONDS );
		if ( ! in_array( $answer['status'], $expected, true ) || ! $answer['is_json'] ) {
			return result( false, $answer['error'] );
		}
		learn_minimum( 'GET' === $method ? $answer : array() );
	}
	end_outage();
	return test_callbacks();
}

/**
 * Register the callback address, then have Moderato call it.
 */
function test_callbacks() {
	$fault    = register_callbacks();
	$endpoint = isset( connection()['endpoint'] ) ? connection()['endpoint'] : '';
	if ( '' !== $fault ) {
		/* translators: %s: why. */
		return result( false, sprintf( __( 'Comments can be sent, but verdicts arrive only every five minutes: %s', 'moderato' ), $fault ) );
	}
	$before = isset( connection()['tested_at'] ) ? connection()['tested_at'] : 0;
	$answer = '' === $endpoint ? array( 'status' => 0 ) : request( 'POST', '/v1/endpoints/' . rawurlencode( $endpoint ) . '/test', null, TEST_SECONDS );
	if ( 202 !== $answer['status'] ) {
		return result( true, __( 'Moderato takes comments. This key may not request a test callback: send one from Moderato to see it arrive.', 'moderato' ) );
	}
	for ( $tries = 0; $tries < 50; $tries++ ) {
		usleep( 100000 );
		wp_cache_delete( CONNECTION, 'options' );
		if ( isset( connection()['tested_at'] ) && connection()['tested_at'] > $before ) {
			return result( true, __( 'Everything works: Moderato takes comments, and its callback arrived here.', 'moderato' ) );
		}
	}
	return result( false, __( 'Moderato takes comments, but its test callback has not arrived within five seconds. Check that Moderato can connect to the callback address below.', 'moderato' ) );
}

/**
 * Register the callback address, or correct what is registered, and keep its secrets; return what is wrong, or ''.
 */
function register_callbacks() {
	$known    = isset( connection()['endpoint'] ) ? connection()['endpoint'] : '';
	$settings = settings();
	if ( '' === $known && '' !== $settings['secret'] ) {
		return ''; // Somebody registered it at Moderato and entered the secret.
	}
	$body = array(
		'url'         => callback_address(),
		'events'      => EVENTS,
		'description' => mb_substr( 'WordPress: ' . get_bloginfo( 'name' ), 0, 200 ),
	);

	$answer = '' === $known ? array( 'status' => 404 ) : request( 'GET', '/v1/endpoints/' . rawurlencode( $known ), null, TEST_SECONDS );
	if ( 404 === $answer['status'] ) {
		$answer = request( 'POST', '/v1/endpoints', $body, TEST_SECONDS );
	}
	if ( 409 === $answer['status'] ) {
		$answer = find_endpoint();
	}
	if ( 403 === $answer['status'] ) {
		return '' === $settings['secret'] ? __( 'this key lacks the scope configure. Use a key that has it once, or register the callback address below at Moderato and enter its secret.', 'moderato' ) : '';
	}
	if ( empty( $answer['body']['secrets'] ) ) {
		return $answer['error'] ? $answer['error'] : __( 'Moderato gave no secret; run “moderato doctor” there.', 'moderato' );
	}
	$endpoint = $answer['body'];
	if ( 'active' !== $endpoint['state'] || callback_address() !== $endpoint['url'] ) {
		$change = array(
			'url'   => callback_address(),
			'state' => 'active',
		);
		request( 'PATCH', '/v1/endpoints/' . rawurlencode( $endpoint['id'] ), $change, TEST_SECONDS );
	}
	learn( array( 'endpoint' => (string) $endpoint['id'] ) );
	$settings['secret'] = implode( ' ', $endpoint['secrets'] );
	update_option( SETTINGS, $settings );
	return '';
}

/**
 * Return the answer about the endpoint that has our address already, for example from before a new installation.
 */
function find_endpoint() {
	$answer = request( 'GET', '/v1/endpoints', null, TEST_SECONDS );
	foreach ( isset( $answer['body']['endpoints'] ) ? $answer['body']['endpoints'] : array() as $endpoint ) {
		if ( callback_address() === $endpoint['url'] ) {
			return request( 'GET', '/v1/endpoints/' . rawurlencode( $endpoint['id'] ), null, TEST_SECONDS );
		}
	}
	return $answer;
}

/**
 * Keep the minimum length of the policy in force.
 *
 * @param array $answer The answer of `GET /v1/policy`.
 */
function learn_minimum( $answer ) {
	if ( isset( $answer['body']['rules']['minimum_length'] ) ) {
		$minimum = (int) $answer['body']['rules']['minimum_length'];
		if ( ! isset( connection()['minimum'] ) || connection()['minimum'] !== $minimum ) {
			learn( array( 'minimum' => $minimum ) );
		}
	}
}

/**
 * Return a result of a test.
 *
 * @param bool   $is_good Whether all is well.
 * @param string $text    A sentence.
 */
function result( $is_good, $text ) {
	return array(
		'is_good' => $is_good,
		'text'    => $text,
	);
}
