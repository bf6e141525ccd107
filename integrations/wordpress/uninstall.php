<?php
/**
 * Removes everything that the plugin stored, on each site of a network, and its callback address at Moderato.
 *
 * @package Moderato
 */

namespace Moderato;

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

require_once __DIR__ . '/includes/settings.php';

$moderato_all = array(
	'fields' => 'ids',
	'number' => 0,
);
foreach ( is_multisite() ? get_sites( $moderato_all ) : array( 0 ) as $moderato_site ) {
	if ( $moderato_site ) {
		switch_to_blog( $moderato_site );
	}
	remove_endpoint();
	remove_everything();
	if ( $moderato_site ) {
		restore_current_blog();
	}
}

/**
 * Remove the callback address at Moderato, if it answers.
 */
function remove_endpoint() {
	$known = connection();
	if ( ! is_set_up() || empty( $known['endpoint'] ) ) {
		return;
	}
	$sent = array(
		'method'      => 'DELETE',
		'timeout'     => 3,
		'redirection' => 0,
		'headers'     => array( 'Authorization' => 'Bearer ' . settings()['key'] ),
	);
	wp_remote_request( settings()['address'] . '/v1/endpoints/' . rawurlencode( $known['endpoint'] ), $sent );
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
