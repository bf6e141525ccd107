<?php
/**
 * Every five minutes: what could not be sent is sent, and verdicts that never came are fetched.
 *
 * @package Moderato
 */

namespace Moderato;

defined( 'ABSPATH' ) || exit;

const CATCH_UP     = 'moderato_catch_up';
const OVERDUE      = 60; // Seconds after which a verdict counts as lost.
const RUN_SECONDS  = 20;
const CRON_SECONDS = 10; // What cron waits for one answer.

add_filter( 'cron_schedules', __NAMESPACE__ . '\\add_interval' ); // phpcs:ignore WordPress.WP.CronInterval -- five minutes.
add_action( CATCH_UP, __NAMESPACE__ . '\\catch_up' );
add_action( 'init', __NAMESPACE__ . '\\schedule' );
register_deactivation_hook( FILE, __NAMESPACE__ . '\\unschedule' );

/**
 * Add the interval.
 *
 * @param array $intervals The intervals.
 */
function add_interval( $intervals ) {
	$intervals['moderato'] = array(
		'interval' => 5 * MINUTE_IN_SECONDS,
		'display'  => __( 'Every five minutes', 'moderato' ),
	);
	return $intervals;
}

/**
 * Schedule the run.
 */
function schedule() {
	if ( ! wp_next_scheduled( CATCH_UP ) ) {
		wp_schedule_event( time(), 'moderato', CATCH_UP );
	}
}

/**
 * Stop the runs when the plugin is switched off.
 */
function unschedule() {
	wp_clear_scheduled_hook( CATCH_UP );
}

/**
 * Do everything that is due, oldest first, until Moderato is away or the time is up.
 */
function catch_up() {
	if ( ! is_set_up() ) {
		return;
	}
	$until  = time() + RUN_SECONDS;
	$policy = request( 'GET', '/v1/policy', null, CRON_SECONDS );
	if ( is_away( $policy ) ) {
		begin_outage( $policy['error'] );
		return;
	}
	if ( is_busy( $policy ) ) {
		return;
	}
	end_outage();
	learn_minimum( $policy );
	ask_for_lacked();
	foreach ( comments_to_catch_up() as $comment ) {
		if ( time() > $until || is_paused() ) {
			return;
		}
		if ( '' !== about( $comment->comment_ID, DECISION ) ) {
			send_decision( $comment->comment_ID, CRON_SECONDS );
		}
		if ( 'unsent' === about( $comment->comment_ID, STATE ) ) {
			deliver( $comment->comment_ID, CRON_SECONDS );
		} elseif ( 'waiting' === about( $comment->comment_ID, STATE ) ) {
			fetch_verdict( $comment );
		}
	}
	send_deletions( PER_RUN, CRON_SECONDS );
}

/**
 * Return the comments that were not sent, wait too long for a verdict, or have a decision that was not sent.
 */
function comments_to_catch_up() {
	$unsent  = array(
		'relation' => 'AND',
		array(
			'key'   => STATE,
			'value' => 'unsent',
		),
	);
	$decided = array(
		'key'     => DECISION,
		'compare' => 'EXISTS',
	);
	if ( in_array( 'moderate', lacked(), true ) ) { // Edits and decisions wait for a key, and would be all that is found.
		$decided  = array();
		$unsent[] = array(
			'key'     => TEXT,
			'compare' => 'NOT EXISTS',
		);
	}
	return get_comments(
		array(
			'status'     => array( 'hold', 'approve', 'spam', 'trash' ),
			'type'       => 'all',
			'number'     => PER_RUN,
			'orderby'    => 'comment_ID',
			'order'      => 'ASC',
			'meta_query' => array( // phpcs:ignore WordPress.DB.SlowDBQuery -- by cron, and few match.
				'relation' => 'OR',
				$unsent,
				$decided,
				array(
					'relation' => 'AND',
					array(
						'key'   => STATE,
						'value' => 'waiting',
					),
					array(
						'key'     => SINCE,
						'value'   => time() - OVERDUE,
						'compare' => '<',
						'type'    => 'NUMERIC',
					),
				),
			),
		)
	);
}

/**
 * Ask for the verdict of a comment whose callback did not come.
 *
 * @param \WP_Comment $comment The comment.
 */
function fetch_verdict( $comment ) {
	$comment = fresh_comment( $comment->comment_ID );
	if ( ! $comment ) {
		return;
	}
	$answer = request( 'GET', '/v1/comments/' . rawurlencode( public_id( $comment->comment_ID ) ), null, CRON_SECONDS );
	if ( is_away( $answer ) ) {
		begin_outage( $answer['error'] );
	} elseif ( 404 === $answer['status'] && UNKNOWN_TEXT === about( $comment->comment_ID, TEXT ) ) {
		forget( $comment->comment_ID ); // None of ours.
	} elseif ( 404 === $answer['status'] ) {
		delete_comment_meta( $comment->comment_ID, TEXT );
		begin( $comment->comment_ID ); // Moderato lost it, with its database or its site; the next run sends it.
		keep( $comment->comment_ID, VERDICT, wp_json_encode( pending( 0 ) ) );
	} elseif ( 200 === $answer['status'] && 'pending' !== $answer['body']['status'] ) {
		take( $comment->comment_ID, verdict_of( $answer['body'] ) );
		if ( has_same_words( $answer['body']['text'], judged_text( $comment ) ) ) {
			keep( $comment->comment_ID, TEXT, text_hash( $comment ) );
		}
		apply_verdict( $comment->comment_ID );
		if ( 'waiting' === about( $comment->comment_ID, STATE ) ) {
			settle_text( $comment->comment_ID );
		}
	}
}

/**
 * Deal with a comment whose verdict may be about another text than the present one: of one that was imported a decision
 * here counts, any other is sent again.
 *
 * @param int|string $comment_id The comment.
 */
function settle_text( $comment_id ) {
	if ( UNKNOWN_TEXT !== about( $comment_id, TEXT ) ) {
		begin( $comment_id ); // An answer came after a later edit had been sent.
		return;
	}
	keep( $comment_id, STATE, 'judged' );
	send_decision( $comment_id, CRON_SECONDS );
}
