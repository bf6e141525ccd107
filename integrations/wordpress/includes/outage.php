<?php
/**
 * Moderato is away: no reader waits for it twice in a minute, and administrators see one notice.
 *
 * @package Moderato
 */

namespace Moderato;

defined( 'ABSPATH' ) || exit;

const OUTAGE = 'moderato_outage';
const PAUSE  = 60; // Seconds without a new try.

add_action( 'admin_notices', __NAMESPACE__ . '\\show_outage' );
add_action( 'admin_post_moderato_dismiss', __NAMESPACE__ . '\\dismiss_outage' );

/**
 * Return the outage: `since`, `until` (0 while it lasts), `retry_at`, `why`, `dismissed`; empty where there is none.
 */
function outage() {
	$outage = get_option( OUTAGE, array() );
	return is_array( $outage ) ? $outage : array();
}

/**
 * Whether Moderato was away less than a minute ago, so that asking again would only cost time.
 */
function is_paused() {
	$outage = outage();
	return $outage && ! $outage['until'] && $outage['retry_at'] > time();
}

/**
 * Note that Moderato is away.
 *
 * @param string $why A sentence.
 */
function begin_outage( $why ) {
	$outage = outage();
	if ( ! $outage || $outage['until'] ) {
		$outage = array(
			'since'     => time(),
			'dismissed' => false,
		);
	}
	$now = array(
		'until'    => 0,
		'retry_at' => time() + PAUSE,
		'why'      => $why,
	);
	update_option( OUTAGE, array_merge( $outage, $now ), false );
}

/**
 * Note that Moderato answers again.
 */
function end_outage() {
	$outage = outage();
	if ( ! $outage || $outage['until'] ) {
		return;
	}
	if ( $outage['dismissed'] ) {
		delete_option( OUTAGE );
		return;
	}
	$outage['until'] = time();
	update_option( OUTAGE, $outage, false );
}

/**
 * Show the outage to administrators until they dismiss it.
 */
function show_outage() {
	$outage = outage();
	if ( ! $outage || $outage['dismissed'] || ! current_user_can( 'manage_options' ) ) {
		return;
	}
	$since = wp_date( get_option( 'date_format' ) . ' ' . get_option( 'time_format' ), $outage['since'] );
	if ( $outage['until'] ) {
		/* translators: %s: a date and time. */
		$text = sprintf( __( 'Moderato was away from %s and answers again. Comments that WordPress moderated meanwhile are being sent.', 'moderato' ), $since );
	} else {
		/* translators: 1: a date and time, 2: why. */
		$text = sprintf( __( 'Moderato has been away since %1$s. WordPress moderates comments by its own settings, and they are sent when Moderato answers again. %2$s', 'moderato' ), $since, $outage['why'] );
	}
	$dismiss = wp_nonce_url( admin_url( 'admin-post.php?action=moderato_dismiss' ), 'moderato_dismiss' );
	printf(
		'<div class="notice notice-warning" id="moderato-outage"><p>%1$s</p><p><a href="%2$s">%3$s</a> | <a href="%4$s">%5$s</a></p></div>',
		esc_html( $text ),
		esc_url( admin_url( 'options-general.php?page=moderato' ) ),
		esc_html__( 'Settings', 'moderato' ),
		esc_url( $dismiss ),
		esc_html__( 'Dismiss', 'moderato' )
	);
}

/**
 * Dismiss the notice about this outage.
 */
function dismiss_outage() {
	require_administrator( 'moderato_dismiss' );
	$outage = outage();
	if ( $outage && $outage['until'] ) {
		delete_option( OUTAGE );
	} elseif ( $outage ) {
		$outage['dismissed'] = true;
		update_option( OUTAGE, $outage, false );
	}
	wp_safe_redirect( wp_get_referer() ? wp_get_referer() : admin_url() );
	exit;
}
