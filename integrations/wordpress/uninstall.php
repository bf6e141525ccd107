<?php
/**
 * Removes everything that the plugin stored, on each site of a network, and its callback address at Moderato.
 *
 * Erasures that Moderato has not received are sent before. What cannot be sent is written to the administrator, because
 * nobody will send it later.
 *
 * @package Moderato
 */

namespace Moderato;

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

if ( ! defined( 'Moderato\\VERSION' ) ) {
	$moderato_header = get_file_data( __DIR__ . '/moderato.php', array( 'version' => 'Version' ) );
	define( 'Moderato\\VERSION', $moderato_header['version'] );
}
foreach ( array( 'settings', 'api', 'texts', 'record', 'scopes', 'sending', 'deletions', 'outage' ) as $moderato_part ) {
	require_once __DIR__ . "/includes/$moderato_part.php";
}

$moderato_all = array(
	'fields' => 'ids',
	'number' => 0,
);
foreach ( is_multisite() ? get_sites( $moderato_all ) : array( 0 ) as $moderato_site ) {
	if ( $moderato_site ) {
		switch_to_blog( $moderato_site );
	}
	send_last_erasures();
	remove_endpoint();
	remove_everything();
	if ( $moderato_site ) {
		restore_current_blog();
	}
}

/**
 * Send the erasures that are still noted, for some seconds; write to the administrator about the others.
 */
function send_last_erasures() {
	if ( is_copy() ) {
		return; // The comments are the original's.
	}
	$until = time() + 10;
	$left  = count( noted_deletions( PHP_INT_MAX ) );
	delete_option( OUTAGE ); // The last try.
	while ( $left && is_set_up() && ! is_paused() && time() < $until ) {
		send_deletions();
		$before = $left;
		$left   = count( noted_deletions( PHP_INT_MAX ) );
		if ( $left === $before ) {
			break;
		}
	}
	if ( ! $left ) {
		return;
	}
	$ids = array();
	foreach ( noted_deletions( PHP_INT_MAX ) as $name ) {
		$ids[] = public_id( substr( $name, strlen( DELETION ) ) );
	}
	/* translators: 1: the site's name, 2: ids of comments, one a line. */
	$text = __( "The Moderato plugin has been deleted on %1\$s. These comments were deleted in WordPress, but Moderato could not be reached to erase them there. Erase them at Moderato, by its API or its console:\n\n%2\$s", 'moderato' );
	wp_mail( get_option( 'admin_email' ), __( 'Moderato: comments that were not erased', 'moderato' ), sprintf( $text, get_bloginfo( 'name' ), implode( "\n", $ids ) ) );
}

/**
 * Remove the callback address at Moderato, if it answers.
 */
function remove_endpoint() {
	$known = connection();
	if ( is_set_up() && ! empty( $known['endpoint'] ) && ! is_paused() ) {
		request( 'DELETE', '/v1/endpoints/' . rawurlencode( $known['endpoint'] ) );
	}
}

/**
 * Remove options, metadata of comments, and the scheduled runs.
 */
function remove_everything() {
	global $wpdb;
	wp_clear_scheduled_hook( 'moderato_catch_up' );
	$tables = array(
		array( $wpdb->options, 'option_name', array( 'moderato_', '_transient_moderato_', '_transient_timeout_moderato_' ) ),
		array( $wpdb->commentmeta, 'meta_key', array( '_moderato_' ) ),
	);
	foreach ( $tables as list( $table, $column, $beginnings ) ) {
		foreach ( $beginnings as $beginning ) {
			$pattern = $wpdb->esc_like( $beginning ) . '%';
			$wpdb->query( $wpdb->prepare( "DELETE FROM $table WHERE $column LIKE %s", $pattern ) ); // phpcs:ignore WordPress.DB -- names of our own.
		}
	}
	wp_cache_flush();
}
