<?php
/**
 * Plugin Name:       Moderato
 * Plugin URI:        https://wordpress.org/plugins/moderato/
 * Description:       Sends readers' comments to your own Moderato service, holds them until the verdict, and shows why.
 * Version:           0.1.0
 * Requires at least: 5.9
 * Requires PHP:      7.4
 * Author:            The Moderato contributors
 * License:           GPL-2.0-or-later
 * License URI:       https://www.gnu.org/licenses/gpl-2.0.html
 * Text Domain:       moderato
 *
 * @package Moderato
 */

namespace Moderato;

defined( 'ABSPATH' ) || exit;

const VERSION = '0.1.0';
const FILE    = __FILE__;

foreach (
	array(
		'settings',
		'api',
		'texts',
		'record',
		'scopes',
		'imported',
		'sending',
		'verdicts',
		'decisions',
		'deletions',
		'signature',
		'callback',
		'outage',
		'catch-up',
		'connection',
		'settings-page',
		'comment-list',
		'comment-form',
		'privacy',
	) as $part
) {
	require_once __DIR__ . "/includes/$part.php";
}
