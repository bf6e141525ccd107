<?php
/**
 * Privacy: a text for the site's policy, and what Moderato has, for WordPress's tools that export and erase it.
 *
 * @package Moderato
 */

namespace Moderato;

defined( 'ABSPATH' ) || exit;

const PAGE = 50;

add_action( 'admin_init', __NAMESPACE__ . '\\add_policy_text' );
add_filter( 'wp_privacy_personal_data_exporters', __NAMESPACE__ . '\\add_exporter' );
// Before WordPress's own eraser, which removes the address that comments are found by.
add_filter( 'wp_privacy_personal_data_erasers', __NAMESPACE__ . '\\add_eraser', 1 );

/**
 * Suggest a text for the site's privacy policy.
 */
function add_policy_text() {
	$text = __( 'When you comment on this site, the text of your comment, your name and website, and the post that you comment on go to our own moderation service, Moderato, which checks it automatically against our rules. Your e-mail address, IP address and browser are not sent; a code that only this site can make from your e-mail address shows which comments have one author. Moderators see the result and can change it. When a comment is deleted here for ever, its text and author are erased there.', 'moderato' );
	wp_add_privacy_policy_content( 'Moderato', '<p>' . esc_html( $text ) . '</p>' );
}

/**
 * Add the exporter.
 *
 * @param array $exporters The exporters.
 */
function add_exporter( $exporters ) {
	$exporters['moderato'] = array(
		'exporter_friendly_name' => 'Moderato',
		'callback'               => __NAMESPACE__ . '\\export',
	);
	return $exporters;
}

/**
 * Add the eraser.
 *
 * @param array $erasers The erasers.
 */
function add_eraser( $erasers ) {
	$erasers['moderato'] = array(
		'eraser_friendly_name' => 'Moderato',
		'callback'             => __NAMESPACE__ . '\\erase',
	);
	return $erasers;
}

/**
 * Return what is kept about a person's comments.
 *
 * @param string $email The person.
 * @param int    $page  The page.
 */
function export( $email, $page = 1 ) {
	$items    = array();
	$comments = comments_of( $email, $page );
	foreach ( $comments as $comment ) {
		$verdict = verdict_on( $comment->comment_ID, false );
		$state   = get_comment_meta( $comment->comment_ID, STATE, true );
		$reasons = implode( '; ', wp_list_pluck( $verdict['reasons'], 'text' ) );
		$items[] = array(
			'group_id'    => 'moderato',
			'group_label' => __( 'Moderation of comments', 'moderato' ),
			'item_id'     => 'moderato-' . $comment->comment_ID,
			'data'        => array(
				array(
					'name'  => __( 'Id at Moderato', 'moderato' ),
					'value' => public_id( $comment->comment_ID ),
				),
				array(
					'name'  => __( 'Result', 'moderato' ),
					'value' => label_of( $state, $verdict ),
				),
				array(
					'name'  => __( 'Reasons', 'moderato' ),
					'value' => $reasons,
				),
			),
		);
	}
	return array(
		'data' => $items,
		'done' => count( $comments ) < PAGE,
	);
}

/**
 * Erase a person's comments and record at Moderato, and what is kept about them here.
 *
 * @param string $email The person.
 */
function erase( $email ) {
	$messages = array();
	$erased   = 0;
	$user     = get_user_by( 'email', $email );
	$authors  = array( author_id( 0, $email ), $user ? author_id( $user->ID, '' ) : '' );
	foreach ( is_set_up() ? array_filter( $authors ) : array() as $author_id ) {
		$answer = request( 'DELETE', '/v1/authors/' . rawurlencode( $author_id ) . '/comments', null, 10 );
		if ( 200 === $answer['status'] ) {
			$erased += (int) $answer['body']['comments'] + (int) $answer['body']['author_records'];
		} elseif ( 404 !== $answer['status'] ) {
			/* translators: %s: why. */
			$messages[] = sprintf( __( 'Moderato could not erase: %s', 'moderato' ), $answer['error'] );
		}
	}
	if ( ! $messages && is_set_up() ) {
		array_map( __NAMESPACE__ . '\\note_deletion', unsent_comments_of( $email ) );
	}
	$comments = $messages ? array() : comments_of( $email, 1 );
	foreach ( $comments as $comment ) {
		forget( $comment->comment_ID );
	}
	return array(
		'items_removed'  => $erased > 0 || (bool) $comments,
		'items_retained' => (bool) $messages,
		'messages'       => $messages,
		'done'           => count( $comments ) < PAGE,
	);
}

/**
 * Return the ids of a guest's comments that we did not send: in an import, guests have no code by which they are found.
 *
 * @param string $email The guest.
 */
function unsent_comments_of( $email ) {
	$found = array(
		'author_email' => $email,
		'user_id'      => 0,
		'status'       => array( 'hold', 'approve', 'trash' ),
		'fields'       => 'ids',
		'meta_query'   => array( // phpcs:ignore WordPress.DB.SlowDBQuery -- for one person, now and then.
			array(
				'key'     => STATE,
				'compare' => 'NOT EXISTS',
			),
		),
	);
	return get_comments( $found );
}

/**
 * Return a page of the person's comments that Moderato knows.
 *
 * @param string $email The person.
 * @param int    $page  The page.
 */
function comments_of( $email, $page ) {
	$found = array(
		'status'   => array( 'hold', 'approve', 'spam', 'trash' ),
		'number'   => PAGE,
		'paged'    => $page,
		'orderby'  => 'comment_ID',
		'order'    => 'ASC',
		'meta_key' => STATE, // phpcs:ignore WordPress.DB.SlowDBQuery -- for one person, now and then.
	);
	return get_comments( array( 'author_email' => $email ) + $found );
}
