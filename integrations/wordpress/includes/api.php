<?php
/**
 * Requests to Moderato, and one sentence for each way in which they fail.
 *
 * @package Moderato
 */

namespace Moderato;

defined( 'ABSPATH' ) || exit;

const SECONDS = 3; // What a reader waits at most when Moderato does not answer.

/**
 * Send one request; return `status` (0 where nobody answered), `body` (an array) and `error` (a sentence or '').
 *
 * @param string     $method  The method.
 * @param string     $path    The path, its ids encoded.
 * @param array|null $body    What to send as JSON.
 * @param int        $seconds How long to wait.
 */
function request( $method, $path, $body = null, $seconds = SECONDS ) {
	$settings = settings();

	/**
	 * Filters how many seconds a request to Moderato may take.
	 *
	 * @param int    $seconds 3 while a reader waits, 5 in a test of the connection, 10 by cron.
	 * @param string $path    What is requested.
	 */
	$seconds = (int) apply_filters( 'moderato_seconds', $seconds, $path );
	$sent    = array(
		'method'      => $method,
		'timeout'     => $seconds,
		'redirection' => 0,
		'user-agent'  => 'Moderato for WordPress/' . VERSION,
		'headers'     => array(
			'Authorization' => 'Bearer ' . $settings['key'],
			'Accept'        => 'application/json',
		),
	);
	if ( null !== $body ) {
		$sent['headers']['Content-Type'] = 'application/json';
		$sent['body']                    = wp_json_encode( (object) $body );
	}
	$response = wp_remote_request( untrailingslashit( $settings['address'] ) . $path, $sent );
	$failed   = is_wp_error( $response );
	$parsed   = $failed ? null : json_decode( wp_remote_retrieve_body( $response ), true );
	$answer   = array(
		'status'  => $failed ? 0 : (int) wp_remote_retrieve_response_code( $response ),
		'body'    => is_array( $parsed ) ? $parsed : array(),
		'is_json' => is_array( $parsed ),
		'reason'  => $failed ? $response->get_error_message() : '',
	);

	$answer['error'] = error_of( $answer );
	return $answer;
}

/**
 * Whether Moderato is away: nobody answers, somebody else does, or it does not know us.
 *
 * @param array $answer An answer of `request`.
 */
function is_away( $answer ) {
	return ! is_busy( $answer ) && ( 401 === $answer['status'] || $answer['status'] >= 500 || ( 204 !== $answer['status'] && ! $answer['is_json'] ) );
}

/**
 * Whether Moderato answers that it takes nothing now. That is no reason to publish what it has not judged, because
 * anybody can make it busy with many comments.
 *
 * @param array $answer An answer of `request`.
 */
function is_busy( $answer ) {
	return in_array( $answer['status'], array( 429, 503 ), true ) && $answer['is_json'];
}

/**
 * Return in one sentence what is wrong and what to do, or ''.
 *
 * @param array $answer An answer of `request`.
 */
function error_of( $answer ) {
	$status = $answer['status'];
	$detail = isset( $answer['body']['detail'] ) ? (string) $answer['body']['detail'] : '';
	if ( 0 === $status ) {
		/* translators: %s: a technical reason. */
		return sprintf( __( 'Nobody answers at this address (%s). Check the address, that Moderato is running, and that this server may connect to it.', 'moderato' ), $answer['reason'] );
	}
	if ( 204 !== $status && ! $answer['is_json'] ) {
		/* translators: %d: an HTTP status. */
		return sprintf( __( 'What answers at this address is not Moderato (status %d). Enter the address without a path, for example https://moderato.example.', 'moderato' ), $status );
	}
	if ( $status < 300 ) {
		return '';
	}
	if ( 401 === $status ) {
		/* translators: %s: Moderato's own words. */
		return sprintf( __( 'Moderato does not accept the API key (%s). Create a new key and paste all of it.', 'moderato' ), $detail );
	}
	if ( 403 === $status ) {
		$scope = isset( $answer['body']['scope'] ) ? (string) $answer['body']['scope'] : '';
		/* translators: %s: the name of a scope. */
		return sprintf( __( 'The API key lacks the scope %s. Create a key with the scopes submit, read, moderate and erase.', 'moderato' ), $scope );
	}
	if ( 429 === $status || $status >= 500 ) {
		/* translators: 1: an HTTP status, 2: Moderato's own words. */
		return sprintf( __( 'Moderato is busy or not complete (status %1$d: %2$s). Try again in a minute; if it stays like this, run “moderato doctor” there.', 'moderato' ), $status, $detail );
	}
	return $detail;
}
