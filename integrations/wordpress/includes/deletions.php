<?php
/**
 * Comments that were deleted for ever are erased at Moderato too, by cron if it is away.
 *
 * @package Moderato
 */

namespace Moderato;

defined( 'ABSPATH' ) || exit;

const DELETION = 'moderato_deletion_'; // One option for each, so that two requests cannot overwrite each other's.
const AT_ONCE  = 3; // How many a page load sends itself; deleting a post may delete thousands.
const PER_RUN  = 50;

add_action( 'delete_comment', __NAMESPACE__ . '\\note_deletion' );
add_action( 'shutdown', __NAMESPACE__ . '\\send_noted_deletions' );

/**
 * Keep that a comment is to be erased.
 *
 * @param int|string $comment_id The comment, which is about to go.
 */
function note_deletion( $comment_id ) {
	$comment = get_comment( $comment_id );
	// What we did not send may have been imported; spam is in no import, and there may be thousands of it.
	$is_imported = $comment && is_of_people( $comment->comment_type ) && 'spam' !== $comment->comment_approved;
	if ( '' === about( $comment_id, STATE ) && ! ( is_set_up() && $is_imported ) ) {
		return;
	}
	add_option( DELETION . $comment_id, time(), '', false );
	deletions_noted( true );
}

/**
 * Send the first deletions of this page load.
 */
function send_noted_deletions() {
	if ( deletions_noted() && is_set_up() && ! is_paused() ) {
		send_deletions( AT_ONCE );
	}
}

/**
 * Erase at Moderato what was deleted here, up to `$most`.
 *
 * @param int $most    How many.
 * @param int $seconds How long to wait for each answer.
 */
function send_deletions( $most = PER_RUN, $seconds = SECONDS ) {
	foreach ( noted_deletions( $most ) as $name ) {
		$comment_id = substr( $name, strlen( DELETION ) );
		$answer     = request( 'DELETE', '/v1/comments/' . rawurlencode( public_id( $comment_id ) ), null, $seconds );
		if ( is_away( $answer ) ) {
			begin_outage( $answer['error'] );
			return;
		}
		if ( 403 === $answer['status'] ) {
			lack( $answer );
		}
		if ( is_busy( $answer ) || 403 === $answer['status'] ) {
			return; // Kept.
		}
		delete_option( $name ); // 404: Moderato never had it.
	}
}

/**
 * Return the names of the options that note a deletion, up to `$most`.
 *
 * @param int $most How many.
 */
function noted_deletions( $most ) {
	global $wpdb;
	return $wpdb->get_col( // phpcs:ignore WordPress.DB.DirectDatabaseQuery -- options cannot be listed by prefix otherwise.
		$wpdb->prepare( "SELECT option_name FROM {$wpdb->options} WHERE option_name LIKE %s LIMIT %d", $wpdb->esc_like( DELETION ) . '%', $most )
	);
}

/**
 * Whether this page load deleted comments.
 *
 * @param bool $now Set it.
 */
function deletions_noted( $now = false ) {
	static $noted = false;

	$noted = $noted || $now;
	return $noted;
}
