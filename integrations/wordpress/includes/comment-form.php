<?php
/**
 * Counts characters below the comment form.
 *
 * @package Moderato
 */

namespace Moderato;

defined( 'ABSPATH' ) || exit;

add_action( 'wp_enqueue_scripts', __NAMESPACE__ . '\\add_counter' );

/**
 * Load the counter where there is a form and a minimum.
 */
function add_counter() {
	if ( ! is_singular() || ! comments_open() || ! is_set_up() || minimum_length() < 1 || current_user_can( 'moderate_comments' ) ) {
		return;
	}
	wp_enqueue_script( 'moderato-counter', plugins_url( 'assets/counter.js', FILE ), array(), VERSION, true );
	$settings = array(
		'minimum' => minimum_length(),
		/* translators: 1: characters that are still needed. */
		'more'    => __( '%1$d more characters needed', 'moderato' ),
		/* translators: 1: characters of the comment. */
		'enough'  => __( '%1$d characters', 'moderato' ),
	);
	wp_add_inline_script( 'moderato-counter', 'window.moderatoCounter = ' . wp_json_encode( $settings ) . ';', 'before' );
}
