<?php
/**
 * The signature of callbacks, as Standard Webhooks 1.0.0 has it.
 *
 * @package Moderato
 */

namespace Moderato;

defined( 'ABSPATH' ) || exit;

const TOLERANCE = 300; // Seconds that the signed time may differ from ours.

/**
 * Return why a callback is not genuine, or '' where it is.
 *
 * @param array  $headers `id`, `timestamp` and `signature`, as they were sent.
 * @param string $body    The body, byte for byte.
 * @param string $secrets The secrets, separated by blanks: two while one replaces the other.
 * @param int    $now     The time.
 */
function fault_of( $headers, $body, $secrets, $now ) {
	if ( ! preg_match( '/^\d{1,12}$/D', $headers['timestamp'] ) || abs( $now - (int) $headers['timestamp'] ) > TOLERANCE ) {
		return 'The time of the callback is missing, or more than five minutes from ours.';
	}
	$signed = $headers['id'] . '.' . $headers['timestamp'] . '.' . $body;
	$right  = false;
	foreach ( preg_split( '/\s+/', $secrets, -1, PREG_SPLIT_NO_EMPTY ) as $secret ) {
		$key = base64_decode( preg_replace( '/^whsec_/', '', $secret ), true ); // phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions -- the format of the secret.
		if ( false === $key || strlen( $key ) < 16 ) {
			continue;
		}
		$expected = 'v1,' . base64_encode( hash_hmac( 'sha256', $signed, $key, true ) ); // phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions -- the format of the signature.
		foreach ( explode( ' ', $headers['signature'] ) as $given ) {
			$right = hash_equals( $expected, $given ) || $right;
		}
	}
	return $right ? '' : 'The signature does not match the callback secret.';
}
