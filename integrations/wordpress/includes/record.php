<?php
/**
 * What is kept about a comment in its metadata.
 *
 * State: `unsent` (Moderato does not have this text yet), `waiting` (for its verdict), `judged`, `refused` (Moderato
 * does not take it). A comment without a state is none of ours.
 *
 * @package Moderato
 */

namespace Moderato;

defined( 'ABSPATH' ) || exit;

const STATE    = '_moderato_state';
const TEXT     = '_moderato_text'; // SHA-256 of the text that Moderato has; UNKNOWN_TEXT where it may have another one.
const VERDICT  = '_moderato_verdict'; // The newest verdict as JSON; "pending" before the first.
const DECISION = '_moderato_decision'; // A moderator's verdict here that Moderato does not have yet.
const NOTE     = '_moderato_note'; // Why it was refused.
const SINCE    = '_moderato_since'; // When it began to wait.

const SET      = '_moderato_set'; // The status that a verdict gave it here.

const UNKNOWN_TEXT = 'unknown'; // Of a comment that we did not send: an import may have brought it to Moderato.

const KEPT = array( STATE, TEXT, VERDICT, DECISION, NOTE, SINCE, SET );

/**
 * Return a value about a comment, '' where there is none, as another request may have written it just now.
 *
 * @param int|string $comment_id The comment.
 * @param string     $name       One of KEPT.
 */
function about( $comment_id, $name ) {
	wp_cache_delete( $comment_id, 'comment_meta' );
	return get_comment_meta( $comment_id, $name, true );
}

/**
 * Keep a value about a comment.
 *
 * @param int|string $comment_id The comment.
 * @param string     $name       One of KEPT.
 * @param mixed      $value      The value.
 */
function keep( $comment_id, $name, $value ) {
	update_comment_meta( $comment_id, $name, wp_slash( $value ) );
}

/**
 * Change a value from one to another; false where another request was faster.
 *
 * @param int|string $comment_id The comment.
 * @param string     $name       One of KEPT.
 * @param string     $from       What it was; not empty, because WordPress would then not compare.
 * @param string     $to         What it becomes.
 */
function swap( $comment_id, $name, $from, $to ) {
	wp_cache_delete( $comment_id, 'comment_meta' );
	return (bool) update_comment_meta( $comment_id, $name, wp_slash( $to ), $from );
}

/**
 * Begin to keep record of a comment, or begin again with a new text.
 *
 * @param int|string $comment_id The comment.
 */
function begin( $comment_id ) {
	keep( $comment_id, STATE, 'unsent' );
	keep( $comment_id, SINCE, time() );
	add_comment_meta( $comment_id, VERDICT, wp_slash( wp_json_encode( pending( 0 ) ) ), true );
}

/**
 * Return the newest verdict that is known: `version` (the comment's, at Moderato), `status`, `reasons`, `by`.
 *
 * @param int|string $comment_id The comment.
 * @param bool       $is_fresh   False for a page that only shows it and may use what WordPress read before.
 */
function verdict_on( $comment_id, $is_fresh = true ) {
	$verdict = json_decode( (string) ( $is_fresh ? about( $comment_id, VERDICT ) : get_comment_meta( $comment_id, VERDICT, true ) ), true );
	return is_array( $verdict ) ? $verdict : pending( 0 );
}

/**
 * Return what stands for a verdict before there is one.
 *
 * @param int $version The comment's version at Moderato.
 */
function pending( $version ) {
	return array(
		'version' => (int) $version,
		'status'  => 'pending',
		'reasons' => array(),
		'by'      => '',
	);
}

/**
 * Return the hash by which texts are compared.
 *
 * @param \WP_Comment $comment The comment.
 */
function text_hash( $comment ) {
	return hash( 'sha256', judged_text( $comment ) );
}

/**
 * Whether Moderato has the comment's present text.
 *
 * @param \WP_Comment $comment The comment.
 */
function is_text_known( $comment ) {
	return about( $comment->comment_ID, TEXT ) === text_hash( $comment );
}

/**
 * Forget everything about a comment.
 *
 * @param int|string $comment_id The comment.
 */
function forget( $comment_id ) {
	foreach ( KEPT as $name ) {
		delete_comment_meta( $comment_id, $name );
	}
}
