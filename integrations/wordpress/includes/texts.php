<?php
/**
 * Comments and posts as Moderato gets them: plain text, ids, and the length as Moderato counts it.
 *
 * @package Moderato
 */

namespace Moderato;

defined( 'ABSPATH' ) || exit;

// Elements within a line; every other element ends a word.
const INLINE = array( 'a', 'abbr', 'acronym', 'b', 'bdi', 'bdo', 'cite', 'code', 'del', 'em', 'font', 'i', 'ins', 'kbd', 'mark', 'q', 's', 'samp', 'small', 'span', 'strike', 'strong', 'sub', 'sup', 'time', 'u', 'var' );
// Code points that show nothing (Default_Ignorable_Code_Point of Unicode).
const HIDDEN = '\x{AD}\x{34F}\x{61C}\x{115F}\x{1160}\x{17B4}\x{17B5}\x{180B}-\x{180F}\x{200B}-\x{200F}\x{202A}-\x{202E}\x{2060}-\x{206F}\x{3164}\x{FE00}-\x{FE0F}\x{FEFF}\x{FFA0}\x{FFF0}-\x{FFF8}\x{1BCA0}-\x{1BCA3}\x{1D173}-\x{1D17A}\x{E0000}-\x{E0FFF}';

/**
 * Return a comment as it is in the database now, null where it is gone: another request may have edited it since this
 * one read it.
 *
 * @param int|string $comment_id Its id.
 */
function fresh_comment( $comment_id ) {
	clean_comment_cache( $comment_id );
	return get_comment( $comment_id );
}

/**
 * Return what Moderato judges: the comment's text, and the website that its author's name leads to.
 *
 * @param \WP_Comment $comment The comment.
 */
function judged_text( $comment ) {
	$website = trim( html_entity_decode( $comment->comment_author_url, ENT_QUOTES, 'UTF-8' ) );
	return plain_text( $comment->comment_content ) . ( preg_match( '#^https?://[^/]#i', $website ) ? "\n($website)" : '' );
}

/**
 * Return a comment as `POST /v1/comments` takes it.
 *
 * @param \WP_Comment $comment    The comment.
 * @param float       $changed_at When it was read, before the reading.
 */
function as_submission( $comment, $changed_at ) {
	$author = array( 'name' => mb_substr( html_entity_decode( $comment->comment_author, ENT_QUOTES, 'UTF-8' ), 0, 200 ) );
	if ( '' !== author_id( $comment->user_id, $comment->comment_author_email ) ) {
		$author['id'] = author_id( $comment->user_id, $comment->comment_author_email );
	}
	$sent = array(
		'id'      => public_id( $comment->comment_ID ),
		'text'    => judged_text( $comment ),
		'author'  => $author,
		'article' => as_article( get_post( $comment->comment_post_ID ) ),
	);
	if ( $comment->comment_parent ) {
		$sent['parent_id'] = public_id( $comment->comment_parent );
	}
	$created = strtotime( $comment->comment_date_gmt . ' UTC' );
	if ( $created > 0 ) {
		$sent['created_at'] = gmdate( 'Y-m-d\TH:i:s\Z', $created );
	}
	$sent['changed_at'] = gmdate( 'Y-m-d\TH:i:s', (int) $changed_at ) . sprintf( '.%06dZ', fmod( $changed_at, 1 ) * 1000000 );
	return array_filter( $sent );
}

/**
 * Return a post as the article of a comment; null where it has neither title nor text.
 *
 * @param \WP_Post|null $post The post.
 */
function as_article( $post ) {
	if ( ! $post ) {
		return null;
	}
	$excerpt = trim( plain_text( $post->post_excerpt ) );
	$article = array(
		'id'         => 'wp-' . install()['id'] . '-post-' . $post->ID,
		'title'      => mb_substr( plain_text( $post->post_title ), 0, 1000 ),
		'key_points' => '' === $excerpt ? array() : array( mb_substr( $excerpt, 0, 2000 ) ),
		'body'       => mb_substr( trim( plain_text( strip_shortcodes( $post->post_content ) ) ), 0, 100000 ),
	);
	$address = get_permalink( $post );
	if ( $address && strlen( $address ) <= 2000 && preg_match( '#^https?://[!-~]+$#', $address ) ) {
		$article['url'] = $address;
	}
	$sections = get_the_category( $post->ID );
	if ( $sections ) {
		$article['section'] = mb_substr( plain_text( $sections[0]->name ), 0, 200 );
	}
	return '' === $article['title'] . $article['body'] . $excerpt ? null : $article;
}

/**
 * Return the id under which Moderato knows a comment.
 *
 * @param int|string $comment_id The id here.
 */
function public_id( $comment_id ) {
	return 'wp-' . install()['id'] . '-' . $comment_id;
}

/**
 * Return the id of an author at Moderato, '' for a guest without an e-mail address. The address itself never leaves.
 *
 * @param int|string $user_id The user, 0 for a guest.
 * @param string     $email   The guest's address.
 */
function author_id( $user_id, $email ) {
	$install = install();
	if ( $user_id ) {
		return "wp-{$install['id']}-user-$user_id";
	}
	$email = strtolower( trim( $email ) );
	return '' === $email ? '' : "wp-{$install['id']}-guest-" . hash_hmac( 'sha256', $email, $install['key'] );
}

/**
 * Return what readers see of some HTML, with the addresses of links and the texts in attributes, where spam hides.
 *
 * @param string $html The HTML.
 */
function plain_text( $html ) {
	$html = preg_replace( '#<!--.*?-->#s', '', $html );
	$hidden = ''; // What attributes say, for the end: inside a word it would take the word apart.
	$text   = preg_replace_callback(
		'#<(/?)([a-z][a-z0-9]*)\b([^>]*)>#i',
		function ( $tag ) use ( &$hidden ) {
			$gap = in_array( strtolower( $tag[2] ), INLINE, true ) ? '' : "\n";
			foreach ( '' === $tag[1] ? wp_kses_hair( rtrim( $tag[3], ' /' ), wp_allowed_protocols() ) : array() as $name => $attribute ) {
				if ( in_array( strtolower( $name ), array( 'title', 'alt' ), true ) ) {
					$hidden .= "\n" . $attribute['value'];
				} elseif ( in_array( strtolower( $name ), array( 'href', 'src', 'cite' ), true ) ) {
					$hidden .= "\n(" . $attribute['value'] . ')';
				}
			}
			return $gap;
		},
		$html
	);
	$text = html_entity_decode( (string) $text . $hidden, ENT_QUOTES | ENT_HTML5, 'UTF-8' );
	return trim( preg_replace( "/\n{3,}/", "\n\n", $text ) );
}

/**
 * Return the number of characters that a reader sees, as Moderato counts them.
 *
 * @param string $text Plain text.
 */
function reader_length( $text ) {
	$text = preg_replace( '/[\s\x{85}\x{FEFF}\x{115F}\x{1160}\x{2800}\x{3164}\x{FFA0}]+/u', ' ', $text );
	$text = preg_replace( '/[\x{1F1E6}-\x{1F1FF}]{2}/u', 'A', trim( (string) $text ) );
	preg_match_all( '/\X/u', (string) $text, $clusters );
	return count( preg_grep( '/^[\p{Cc}\p{Cf}' . HIDDEN . ']+$/u', $clusters[0], PREG_GREP_INVERT ) );
}

/**
 * Return the length without filler: of whatever repeats itself, three copies count.
 *
 * @param string $text Plain text.
 */
function length_of_words( $text ) {
	$shorter = preg_replace( '/(.{1,16}?)\1{3,}/us', '$1$1$1', $text );
	return reader_length( null === $shorter ? $text : $shorter );
}
