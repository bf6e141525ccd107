<?php
/**
 * New and edited comments on their way to Moderato: held first, then sent, so that no verdict comes before the hold.
 *
 * Where Moderato cannot be reached, WordPress's own verdict counts until it can.
 *
 * @package Moderato
 */

namespace Moderato;

defined( 'ABSPATH' ) || exit;

add_filter( 'pre_comment_approved', __NAMESPACE__ . '\\hold_new', 99, 2 );
add_action( 'wp_insert_comment', __NAMESPACE__ . '\\send_new', 10, 2 );
add_filter( 'wp_update_comment_data', __NAMESPACE__ . '\\note_status_before', 10, 2 );
add_action( 'edit_comment', __NAMESPACE__ . '\\send_edited' );

/**
 * Hold a reader's comment that WordPress itself neither refuses, trashes nor takes for spam.
 *
 * Moderators' own comments are published as WordPress does it. A comment that is too short is refused, as long as its
 * writer can still correct it.
 *
 * @param int|string|\WP_Error $approved WordPress's own verdict.
 * @param array                $data     The comment's fields.
 */
function hold_new( $approved, $data ) {
	own_verdict( null );
	$type = isset( $data['comment_type'] ) ? $data['comment_type'] : '';
	if ( is_wp_error( $approved ) || in_array( $approved, array( 'spam', 'trash' ), true ) ) {
		return $approved;
	}
	if ( ! is_set_up() || ! is_of_people( $type ) || current_user_can( 'moderate_comments' ) ) {
		return $approved;
	}
	$length  = length_of_words( plain_text( wp_unslash( $data['comment_content'] ) ) );
	$minimum = minimum_length();
	if ( $length < $minimum ) {
		/* translators: 1: characters of the comment, 2: characters that it needs. */
		$error = sprintf( __( 'Your comment has %1$d of at least %2$d characters. Please add a little more.', 'moderato' ), $length, $minimum );
		// WordPress's form takes the data for a status, its API for an array.
		$is_api = defined( 'REST_REQUEST' ) && REST_REQUEST;
		return new \WP_Error( 'moderato_too_short', $error, $is_api ? array( 'status' => 422 ) : 422 );
	}
	own_verdict( (string) $approved );
	return 0;
}

/**
 * Send a comment that `hold_new` held. Comments that other code inserts (imports, notes of shops) are not ours.
 *
 * @param int         $comment_id Its id.
 * @param \WP_Comment $comment    The comment.
 */
function send_new( $comment_id, $comment ) {
	$own = own_verdict( null );
	if ( null === $own || ! is_of_people( $comment->comment_type ) ) {
		return;
	}
	begin( $comment_id );
	if ( ! deliver( $comment_id ) ) {
		fall_back( $comment_id, $own );
	} elseif ( 'refused' !== about( $comment_id, STATE ) ) {
		add_filter( 'notify_moderator', __NAMESPACE__ . '\\not_yet' );
	}
}

/**
 * Send a comment's new text and hold it until its verdict.
 *
 * @param int $comment_id Its id.
 */
function send_edited( $comment_id ) {
	$comment = fresh_comment( $comment_id );
	if ( ! is_set_up() || ! $comment || ! is_ours( $comment ) ) {
		return;
	}
	$state = about( $comment_id, STATE );
	if ( 'unsent' !== $state && is_text_known( $comment ) ) {
		if ( 'refused' === $state ) {
			take_up( $comment_id );
		}
		return;
	}
	$before = $comment->comment_approved;
	begin( $comment_id );
	delete_comment_meta( $comment_id, DECISION );
	// A moderator who approves a comment in the save that edits it has seen its text; `note_decision` comes after this.
	$is_approved_now = ! in_array( status_before( $comment_id ), array( null, '1' ), true ) && current_user_can( 'moderate_comments' );
	if ( '1' === $before && ! $is_approved_now ) {
		set_status( $comment_id, 'hold' );
	}
	if ( ! deliver( $comment_id ) ) {
		fall_back( $comment_id, $before );
	}
}

/**
 * Remember the status of a comment that is about to be edited.
 *
 * @param array|\WP_Error $data   The new fields, which stay as they are.
 * @param array           $before The fields until now.
 */
function note_status_before( $data, $before ) {
	status_before( $before['comment_ID'], (string) $before['comment_approved'] );
	return $data;
}

/**
 * Return the status that a comment had before this request edited it, null where none is known.
 *
 * @param int|string  $comment_id The comment.
 * @param string|null $status     Remember this one.
 */
function status_before( $comment_id, $status = null ) {
	static $known = array();

	if ( null !== $status ) {
		$known[ (int) $comment_id ] = $status;
	}
	return isset( $known[ (int) $comment_id ] ) ? $known[ (int) $comment_id ] : null;
}

/**
 * Give a comment its verdict again, because the edit that Moderato did not take has been undone.
 *
 * @param int $comment_id The comment.
 */
function take_up( $comment_id ) {
	delete_comment_meta( $comment_id, NOTE );
	keep( $comment_id, STATE, 'pending' === verdict_on( $comment_id )['status'] ? 'waiting' : 'judged' );
	apply_verdict( $comment_id );
}

/**
 * Whether people write comments of this type: not pingbacks, trackbacks and notes of other plugins.
 *
 * @param string $type The type.
 */
function is_of_people( $type ) {
	/**
	 * Filters which types of comments are sent to Moderato.
	 *
	 * @param string[] $types The types; WordPress before 5.5 stored comments with ''.
	 */
	return in_array( (string) $type, apply_filters( 'moderato_comment_types', array( 'comment', '' ) ), true );
}

/**
 * Write to nobody in the request that brought the comment: `apply_verdict` does when Moderato holds it.
 */
function not_yet() {
	return false;
}

/**
 * Give Moderato the comment's present text; false where it is away, so that WordPress's own verdict counts.
 *
 * The text is read here, after the time that goes with it: of two requests, the one with the later time has the text
 * that is at least as new, and Moderato keeps that one whichever arrives first.
 *
 * @param int|string $comment_id The comment.
 * @param int        $seconds    How long to wait for an answer.
 */
function deliver( $comment_id, $seconds = SECONDS ) {
	if ( is_paused() ) {
		return false;
	}
	$changed_at = microtime( true );
	$comment    = fresh_comment( $comment_id );
	if ( ! $comment ) {
		return true;
	}
	$address = '/v1/comments/' . rawurlencode( public_id( $comment_id ) );
	$sent    = as_submission( $comment, $changed_at );
	$edit    = array_intersect_key( $sent, array_flip( array( 'text', 'changed_at' ) ) );
	$known   = about( $comment_id, TEXT );
	$answer  = '' === $known
		? request( 'POST', '/v1/comments', $sent, $seconds )
		: request( 'PUT', $address, $edit, $seconds );
	$code = isset( $answer['body']['code'] ) ? $answer['body']['code'] : '';
	if ( 409 === $answer['status'] && '' !== $code && 'comments_closed' !== $code && '' === $known ) {
		$answer = request( 'PUT', $address, $edit, $seconds ); // An earlier answer was lost, and the text has changed since.
	} elseif ( 404 === $answer['status'] && $answer['is_json'] ) {
		if ( UNKNOWN_TEXT === $known ) {
			forget( $comment_id ); // None of ours after all.
			return true;
		}
		$answer = request( 'POST', '/v1/comments', $sent, $seconds );
	}
	if ( is_busy( $answer ) ) {
		return true; // It stays pending and unsent until cron sends it.
	}
	if ( isset( $answer['body']['scope'] ) ) {
		lack( $answer );
		return false;
	}
	if ( is_away( $answer ) || in_array( $answer['status'], array( 403, 404 ), true ) ) {
		begin_outage( $answer['error'] );
		return false;
	}
	end_outage();
	if ( isset( $answer['body']['code'] ) && 'outdated' === $answer['body']['code'] ) {
		return true; // Another request has sent a later text. Where its answer was lost, cron sends again.
	}
	if ( $answer['status'] >= 300 ) {
		keep( $comment_id, NOTE, $answer['error'] );
		keep( $comment_id, STATE, 'refused' );
		delete_comment_meta( $comment_id, DECISION ); // Moderato has nothing to decide on.
		return true;
	}
	accepted( $comment, $answer['body'] );
	return true;
}

/**
 * Keep that Moderato has the text; apply a verdict that came before its receipt.
 *
 * @param \WP_Comment $comment The comment as it was sent.
 * @param array       $body    The receipt, or the whole comment where Moderato had it already.
 */
function accepted( $comment, $body ) {
	$comment_id = $comment->comment_ID;
	// The version first: from here on, a late verdict on the text before is older than what is known.
	take( $comment_id, 'pending' === $body['status'] ? pending( $body['version'] ) : verdict_of( $body ) );
	$present = fresh_comment( $comment_id );
	if ( ! $present || text_hash( $present ) !== text_hash( $comment ) ) {
		return; // Edited meanwhile: the request that edited it sends its text, and keeps that.
	}
	keep( $comment_id, TEXT, text_hash( $comment ) );
	delete_comment_meta( $comment_id, NOTE );
	swap( $comment_id, STATE, 'unsent', 'waiting' );
	apply_verdict( $comment_id );
}

/**
 * Give the comment the status that WordPress itself chose, unless a verdict has come meanwhile.
 *
 * @param int    $comment_id The comment.
 * @param string $own        WordPress's own verdict, '0' or '1'.
 */
function fall_back( $comment_id, $own ) {
	if ( '1' === $own && 'unsent' === about( $comment_id, STATE ) ) {
		set_status( $comment_id, 'approve' );
	}
}

/**
 * Remember WordPress's own verdict from `hold_new` to `send_new`; return what was remembered.
 *
 * @param string|null $verdict The verdict.
 */
function own_verdict( $verdict ) {
	static $kept = null;

	$before = $kept;
	$kept   = $verdict;
	return $before;
}
