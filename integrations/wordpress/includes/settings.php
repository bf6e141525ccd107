<?php
/**
 * What the administrator set, and what this installation knows of its connection.
 *
 * @package Moderato
 */

namespace Moderato;

defined( 'ABSPATH' ) || exit;

const SETTINGS   = 'moderato_settings';
const CONNECTION = 'moderato_connection';
const INSTALL    = 'moderato_install';

/**
 * Return the settings, each with its default where none is stored.
 */
function settings() {
	$stored = get_option( SETTINGS, array() );
	return array_merge(
		array(
			'address'  => '',
			'key'      => '',
			'secret'   => '',
			'rejected' => 'trash',
			'minimum'  => 50,
		),
		is_array( $stored ) ? $stored : array()
	);
}

/**
 * Whether there is an address and a key, so that comments can be sent.
 */
function is_set_up() {
	$settings = settings();
	return '' !== $settings['address'] && '' !== $settings['key'] && ! is_copy();
}

/**
 * Return what was learnt from Moderato: `endpoint` (its id), `minimum`, `tested_at` (when a test callback came).
 */
function connection() {
	$known = get_option( CONNECTION, array() );
	return is_array( $known ) ? $known : array();
}

/**
 * Remember more about the connection.
 *
 * @param array $more What to add or replace.
 */
function learn( $more ) {
	update_option( CONNECTION, array_merge( connection(), $more ), false );
}

/**
 * Return the number of characters that a comment needs: the policy's, or the setting where the key may not read it.
 */
function minimum_length() {
	$known = connection();
	return (int) ( isset( $known['minimum'] ) ? $known['minimum'] : settings()['minimum'] );
}

/**
 * Return where this site is: its address without the scheme, which changes when a site gets a certificate.
 */
function place() {
	return untrailingslashit( preg_replace( '#^https?://#', '', home_url() ) );
}

/**
 * Forget what another site's database said of us, so that a copy becomes a site of its own.
 */
function begin_anew() {
	delete_option( INSTALL );
	delete_option( CONNECTION );
	foreach ( KEPT as $name ) {
		delete_metadata( 'comment', 0, $name, '', true );
	}
	install();
}

/**
 * Whether this is a copy of the site at another address, for example for staging: it must not act on the original's
 * comments. *Save and test* on the settings page makes it a site of its own.
 */
function is_copy() {
	$install = get_option( INSTALL );
	return is_array( $install ) && isset( $install['at'] ) && place() !== $install['at'];
}

/**
 * Return `id`, which keeps this site's ids apart from other sites', and `key`, which hides addresses of guests.
 */
function install() {
	$install = get_option( INSTALL );
	if ( ! is_array( $install ) ) {
		$new = array(
			'id'  => bin2hex( random_bytes( 4 ) ),
			'key' => bin2hex( random_bytes( 32 ) ),
			'at'  => place(),
		);
		// The first of two requests wins: `add_option` changes nothing that exists.
		add_option( INSTALL, $new, '', false );
		wp_cache_delete( INSTALL, 'options' );
		wp_cache_delete( 'notoptions', 'options' );
		$install = get_option( INSTALL, $new );
	}
	return $install;
}
