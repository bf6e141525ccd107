// Counts the characters of a comment as Moderato does: grapheme clusters, without filler, white space collapsed.
( function () {
	'use strict';

	var WHITE = /[\s\u0085\u115f\u1160\u2800\u3164\uffa0]+/g;
	var SHOWS_NOTHING = /^[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]+$/u;
	var FILLER = /(.{1,16}?)\1{3,}/gsu;

	function count( text ) {
		var shown = text.replace( FILLER, '$1$1$1' ).replace( WHITE, ' ' ).trim();
		return Array.from( new Intl.Segmenter().segment( shown ) ).filter( function ( cluster ) {
			return ! SHOWS_NOTHING.test( cluster.segment );
		} ).length;
	}

	var settings = window.moderatoCounter;
	var field = document.querySelector( '#commentform textarea[name="comment"]' );
	if ( ! settings || ! field || ! window.Intl || ! Intl.Segmenter ) {
		return; // WordPress counts again when the comment is sent.
	}
	settings.count = count;

	var note = document.createElement( 'p' );
	note.id = 'moderato-counter';
	field.insertAdjacentElement( 'afterend', note );
	// A screen reader reads the note with the field, and hears of a change only when it matters, not at every key.
	var spoken = document.createElement( 'p' );
	spoken.className = 'screen-reader-text';
	spoken.setAttribute( 'role', 'status' );
	note.insertAdjacentElement( 'afterend', spoken );
	field.setAttribute( 'aria-describedby', ( ( field.getAttribute( 'aria-describedby' ) || '' ) + ' moderato-counter' ).trim() );

	var isEnough = false;
	function show() {
		var length = count( field.value );
		var missing = settings.minimum - length;
		note.textContent = missing > 0 ? settings.more.replace( '%1$d', missing ) : settings.enough.replace( '%1$d', length );
		if ( isEnough !== missing <= 0 ) {
			isEnough = missing <= 0;
			spoken.textContent = note.textContent;
		}
	}

	field.addEventListener( 'input', show );
	show();
}() );
