<?php
/**
 * A column in the list of comments: the verdict and its reasons.
 *
 * @package Moderato
 */

namespace Moderato;

defined( 'ABSPATH' ) || exit;

add_filter( 'manage_edit-comments_columns', __NAMESPACE__ . '\\add_column' );
add_action( 'manage_comments_custom_column', __NAMESPACE__ . '\\show_column', 10, 2 );

/**
 * Add the column.
 *
 * @param array $columns The columns.
 */
function add_column( $columns ) {
	return $columns + array( 'moderato' => 'Moderato' );
}

/**
 * Show a comment's verdict.
 *
 * @param string $column     The column.
 * @param int    $comment_id The comment.
 */
function show_column( $column, $comment_id ) {
	if ( 'moderato' !== $column ) {
		return;
	}
	$verdict = verdict_on( $comment_id, false );
	$state   = get_comment_meta( $comment_id, STATE, true );
	echo '<strong>' . esc_html( label_of( $state, $verdict ) ) . '</strong>';
	if ( 'refused' === $state ) {
		echo '<p>' . esc_html( get_comment_meta( $comment_id, NOTE, true ) ) . '</p>';
	}
	if ( 'judged' !== $state ) {
		return;
	}
	if ( '' !== $verdict['by'] ) {
		/* translators: %s: a person, or the name of an API key. */
		echo '<br>' . esc_html( sprintf( __( 'by %s', 'moderato' ), $verdict['by'] ) );
	}
	foreach ( $verdict['reasons'] as $reason ) {
		echo '<br><span title="' . esc_attr( $reason['code'] ) . '">' . esc_html( '' === $reason['text'] ? $reason['code'] : $reason['text'] ) . '</span>';
	}
	if ( get_comment_meta( $comment_id, DECISION, true ) ) {
		echo '<br><em>' . esc_html__( 'Your decision has not reached Moderato yet.', 'moderato' ) . '</em>';
	}
}

/**
 * Return a comment's state in words.
 *
 * @param string $state   The state.
 * @param array  $verdict The verdict.
 */
function label_of( $state, $verdict ) {
	$statuses = array(
		'approved' => __( 'Approved', 'moderato' ),
		'held'     => __( 'Held for a moderator', 'moderato' ),
		'rejected' => __( 'Rejected', 'moderato' ),
	);
	if ( 'judged' === $state && isset( $statuses[ $verdict['status'] ] ) ) {
		return $statuses[ $verdict['status'] ];
	}
	$states = array(
		'unsent'  => __( 'Not sent yet', 'moderato' ),
		'waiting' => __( 'Waiting for a verdict', 'moderato' ),
		'refused' => __( 'Not accepted by Moderato', 'moderato' ),
	);
	return isset( $states[ $state ] ) ? $states[ $state ] : '—';
}
