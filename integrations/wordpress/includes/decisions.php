<?php
/**
 * Moderators' decisions in WordPress on their way to Moderato.
 *
 * @package Moderato
 */

namespace Moderato;

defined( 'ABSPATH' ) || exit;

add_action( 'transition_comment_status', __NAMESPACE__ . '\\note_decision', 10, 3 );

/**
 * Keep what a moderator decided and send it. Back to *pending* is no decision: Moderato knows no verdict that undoes one.
 *
 * @param string      $status  The new status.
 * @param string      $before  The status before.
 * @param \WP_Comment $comment The comment.
 */
function note_decision( $status, $before, $comment ) {
	$decisions = array(
		'approved' => array( 'verdict' => 'approve' ),
		'spam'     => array(
			'verdict' => 'reject',
			'reason'  => 'spam',
		),
		'trash'    => array( 'verdict' => 'reject' ),
	);
	if ( is_applying() || ! is_set_up() ) {
		return;
	}
	if ( ! current_user_can( 'edit_comment', $comment->comment_ID ) ) {
		return; // Another plugin or WordPress itself, which is no moderator.
	}
	if ( ! is_ours( $comment ) ) {
		return;
	}
	if ( ! isset( $decisions[ $status ] ) || 'refused' === about( $comment->comment_ID, STATE ) ) {
		delete_comment_meta( $comment->comment_ID, DECISION );
		return;
	}
	keep( $comment->comment_ID, DECISION, $decisions[ $status ] );
	if ( 'approved' === $status ) {
		clean_comment_cache( $comment->comment_ID ); // A verdict on an edit in the same save may have been faster.
		set_status( $comment->comment_ID, 'approve' );
	}
	send_decision( $comment->comment_ID );
}

/**
 * Send the decision that is kept about a comment, once Moderato has a verdict that it can change.
 *
 * @param int  $comment_id The comment.
 * @param int  $seconds    How long to wait for an answer.
 * @param bool $again      Whether this is the second try, after the comment's newer version was read.
 */
function send_decision( $comment_id, $seconds = SECONDS, $again = false ) {
	$decision = about( $comment_id, DECISION );
	if ( ! is_array( $decision ) || 'judged' !== about( $comment_id, STATE ) || is_paused() ) {
		return;
	}
	$decision['expected_version'] = verdict_on( $comment_id )['version'];

	$address = '/v1/comments/' . rawurlencode( public_id( $comment_id ) );
	$answer  = request( 'POST', $address . '/decisions', $decision, $seconds );
	if ( is_away( $answer ) ) {
		begin_outage( $answer['error'] );
	} elseif ( is_busy( $answer ) ) {
		return; // Cron tries again.
	} elseif ( 403 === $answer['status'] ) {
		lack( $answer );
	} elseif ( $answer['status'] < 300 ) {
		take( $comment_id, verdict_of( $answer['body'] ) );
		delete_comment_meta( $comment_id, DECISION );
	} elseif ( 409 === $answer['status'] ) {
		if ( ! isset( $answer['body']['holder'] ) && ! $again ) {
			settle_conflict( $comment_id, $address, $seconds );
		} // Else a moderator has it open at Moderato; cron tries again.
	} else {
		delete_comment_meta( $comment_id, DECISION );
	}
}

/**
 * Read what changed at Moderato: a person's newer decision counts, a newer verdict of the policy is decided again.
 *
 * @param int    $comment_id The comment.
 * @param string $address    Its address at Moderato.
 * @param int    $seconds    How long to wait for an answer.
 */
function settle_conflict( $comment_id, $address, $seconds ) {
	$answer = request( 'GET', $address, null, $seconds );
	if ( 200 !== $answer['status'] || 'pending' === $answer['body']['status'] ) {
		return;
	}
	$last = end( $answer['body']['decisions'] );
	take( $comment_id, verdict_of( $answer['body'] ) );
	if ( $answer['body']['erased_at'] ) {
		delete_comment_meta( $comment_id, DECISION ); // Nothing is left there to decide on.
		return;
	}
	if ( $last && 'moderator' === $last['source'] ) {
		delete_comment_meta( $comment_id, DECISION );
		apply_verdict( $comment_id );
		return;
	}
	send_decision( $comment_id, $seconds, true );
}
