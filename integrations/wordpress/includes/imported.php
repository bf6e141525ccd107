<?php
/**
 * Comments that we did not send but Moderato may have, because it imported them from an export of this site: the export
 * names our ids, so that edits and decisions on both sides are about the same comment.
 *
 * @package Moderato
 */

namespace Moderato;

defined( 'ABSPATH' ) || exit;

add_action( 'rss2_head', __NAMESPACE__ . '\\name_ids' );

/**
 * Write the beginning of our ids into a file of Tools → Export; feeds have the same hook.
 */
function name_ids() {
	if ( did_action( 'export_wp' ) ) {
		echo '<moderato:ids xmlns:moderato="urn:moderato:wordpress">' . esc_html( public_id( '' ) ) . "</moderato:ids>\n";
	}
}

/**
 * Whether Moderato has the comment, or may have it while it cannot be asked.
 *
 * @param \WP_Comment $comment The comment.
 */
function is_ours( $comment ) {
	return '' !== about( $comment->comment_ID, STATE ) || ( is_of_people( $comment->comment_type ) && false !== adopt( $comment ) );
}

/**
 * Begin to keep record of a comment that Moderato has; return false where it has none, and null where it cannot be
 * asked: cron asks again.
 *
 * @param \WP_Comment $comment The comment.
 */
function adopt( $comment ) {
	$comment_id = $comment->comment_ID;
	$answer     = is_paused() ? null : request( 'GET', '/v1/comments/' . rawurlencode( public_id( $comment_id ) ) );
	$is_away    = ! $answer || is_away( $answer ) || is_busy( $answer );
	if ( $answer && is_away( $answer ) ) {
		begin_outage( $answer['error'] );
	}
	if ( ! $is_away && ( 200 !== $answer['status'] || $answer['body']['erased_at'] ) ) {
		return false;
	}
	add_comment_meta( $comment_id, VERDICT, wp_slash( wp_json_encode( pending( 0 ) ) ), true );
	keep( $comment_id, TEXT, ! $is_away && has_same_words( $answer['body']['text'], judged_text( $comment ) ) ? text_hash( $comment ) : UNKNOWN_TEXT );
	keep( $comment_id, SINCE, 0 );
	keep( $comment_id, STATE, $is_away || 'pending' === $answer['body']['status'] ? 'waiting' : 'judged' );
	if ( $is_away ) {
		return null;
	}
	take( $comment_id, verdict_of( $answer['body'] ) );
	return true;
}

/**
 * Whether two texts have the same words: an import writes the address of a link elsewhere than we do.
 *
 * @param string $one     A text.
 * @param string $another Another one.
 */
function has_same_words( $one, $another ) {
	$words = function ( $text ) {
		$found = preg_split( '/[^\p{L}\p{N}]+/u', $text, -1, PREG_SPLIT_NO_EMPTY );
		sort( $found, SORT_STRING );
		return $found;
	};
	return $words( $one ) === $words( $another );
}
