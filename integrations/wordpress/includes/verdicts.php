<?php
/**
 * Moderato's verdicts: kept if they are newer than what is known, then applied to the comment.
 *
 * @package Moderato
 */

namespace Moderato;

defined( 'ABSPATH' ) || exit;

/**
 * Return the verdict in a comment as `GET /v1/comments/{comment_id}` has it.
 *
 * @param array $body The comment.
 */
function verdict_of( $body ) {
	$last = $body['decisions'] ? end( $body['decisions'] ) : array();
	return array(
		'version' => (int) $body['version'],
		'status'  => (string) $body['status'],
		'reasons' => $last ? $last['reasons'] : $body['reasons'],
		'by'      => isset( $last['actor'] ) ? (string) $last['actor'] : '',
	);
}

/**
 * Return the verdict in the data of a callback.
 *
 * @param array $data The data.
 */
function verdict_of_callback( $data ) {
	return array(
		'version' => (int) $data['sequence'],
		'status'  => (string) $data['status'],
		'reasons' => isset( $data['reasons'] ) && is_array( $data['reasons'] ) ? $data['reasons'] : array(),
		'by'      => isset( $data['decided_by']['name'] ) ? (string) $data['decided_by']['name'] : '',
	);
}

/**
 * Keep a verdict; false where a newer one, or this one, is known.
 *
 * @param int   $comment_id The comment.
 * @param array $verdict    The verdict.
 */
function take( $comment_id, $verdict ) {
	for ( $tries = 0; $tries < 5; $tries++ ) {
		$known = (string) about( $comment_id, VERDICT );
		if ( $verdict['version'] <= verdict_on( $comment_id )['version'] ) {
			return false;
		}
		if ( swap( $comment_id, VERDICT, $known, wp_json_encode( sanitized_verdict( $verdict ) ) ) ) {
			return true;
		}
	}
	return false;
}

/**
 * Return a verdict without anything that does not belong there.
 *
 * @param array $verdict The verdict.
 */
function sanitized_verdict( $verdict ) {
	$reasons = array();
	foreach ( array_slice( $verdict['reasons'], 0, 20 ) as $reason ) {
		$reasons[] = array(
			'code' => sanitize_text_field( isset( $reason['code'] ) ? $reason['code'] : '' ),
			'text' => sanitize_text_field( isset( $reason['text'] ) ? $reason['text'] : '' ),
		);
	}
	$verdict['reasons'] = $reasons;
	$verdict['status']  = sanitize_key( $verdict['status'] );
	$verdict['by']      = sanitize_text_field( $verdict['by'] );
	return $verdict;
}

/**
 * Give the comment the status of its newest verdict.
 *
 * Not if its text has changed since, which is judged on its own; nor if a moderator decided here meanwhile, whose
 * decision goes to Moderato instead.
 *
 * @param int $comment_id The comment.
 */
function apply_verdict( $comment_id ) {
	clean_comment_cache( $comment_id ); // Another request may have changed the text since this one read it.
	$comment = get_comment( $comment_id );
	$verdict = verdict_on( $comment_id );
	if ( ! $comment || 'pending' === $verdict['status'] || ! is_text_known( $comment ) ) {
		return;
	}
	keep( $comment_id, STATE, 'judged' );
	if ( '' !== about( $comment_id, DECISION ) ) {
		send_decision( $comment_id );
		return;
	}
	$statuses = array(
		'approved' => 'approve',
		'held'     => 'hold',
		'rejected' => settings()['rejected'],
	);
	if ( isset( $statuses[ $verdict['status'] ] ) ) {
		set_status( $comment_id, $statuses[ $verdict['status'] ] );
		if ( 'held' === $verdict['status'] ) {
			wp_new_comment_notify_moderator( $comment_id );
		}
	}
	if ( verdict_on( $comment_id )['version'] > $verdict['version'] ) {
		apply_verdict( $comment_id ); // A newer one came while this one was applied, perhaps on top of it.
	}
}

add_action( 'untrashed_post_comments', __NAMESPACE__ . '\\apply_verdicts_of_post' );

/**
 * Give the comments of a post that came back from the trash the verdicts that arrived meanwhile.
 *
 * @param int $post_id The post.
 */
function apply_verdicts_of_post( $post_id ) {
	$known = array(
		'post_id'  => $post_id,
		'status'   => 'all',
		'meta_key' => VERDICT, // phpcs:ignore WordPress.DB.SlowDBQuery -- of one post.
		'fields'   => 'ids',
	);
	array_map( __NAMESPACE__ . '\\apply_verdict', get_comments( $known ) );
}

/**
 * Give a comment a status here, which is then not a moderator's decision.
 *
 * @param int    $comment_id The comment.
 * @param string $status     `approve`, `hold`, `trash` or `spam`.
 */
function set_status( $comment_id, $status ) {
	if ( 'trash' === $status && ! EMPTY_TRASH_DAYS ) {
		$status = 'hold'; // Without a trash, WordPress would delete the comment for ever.
	}
	$now     = wp_get_comment_status( $comment_id );
	$reached = array(
		'approve' => 'approved',
		'hold'    => 'unapproved',
		'trash'   => 'trash',
		'spam'    => 'spam',
	);
	if ( ! $now || $now === $reached[ $status ] ) {
		return;
	}
	if ( in_array( $now, array( 'spam', 'trash' ), true ) && about( $comment_id, SET ) !== $now ) {
		return; // A filter or an operator removed it: no verdict brings it back.
	}
	keep( $comment_id, SET, $reached[ $status ] );
	is_applying( true );
	if ( 'trash' === $now ) {
		wp_untrash_comment( $comment_id );
	} elseif ( 'spam' === $now ) {
		wp_unspam_comment( $comment_id );
	}
	if ( 'trash' === $status ) {
		wp_trash_comment( $comment_id );
	} elseif ( 'spam' === $status ) {
		wp_spam_comment( $comment_id );
	} elseif ( wp_get_comment_status( $comment_id ) !== $reached[ $status ] ) {
		wp_set_comment_status( $comment_id, $status );
	}
	is_applying( false );
}

/**
 * Whether a change of status is Moderato's verdict rather than a moderator's decision.
 *
 * @param bool|null $change Begin or end it.
 */
function is_applying( $change = null ) {
	static $applying = false;

	$applying = null === $change ? $applying : $change;
	return $applying;
}
