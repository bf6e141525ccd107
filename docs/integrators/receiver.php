<?php
// A receiver of Moderato's callbacks that verifies their signature: `SECRET=whsec_… php -S 127.0.0.1:PORT receiver.php`.

$secret = base64_decode(preg_replace('/^whsec_/', '', (string) getenv('SECRET')));
if (!$secret) {
    http_response_code(500);
    exit('SECRET is empty');
}
$body = file_get_contents('php://input');
$sent_at = $_SERVER['HTTP_WEBHOOK_TIMESTAMP'] ?? '';
$signed = ($_SERVER['HTTP_WEBHOOK_ID'] ?? '') . ".$sent_at.$body";
$expected = 'v1,' . base64_encode(hash_hmac('sha256', $signed, $secret, true));
$genuine = false;
foreach (explode(' ', $_SERVER['HTTP_WEBHOOK_SIGNATURE'] ?? '') as $given) {
    $genuine = hash_equals($expected, $given) || $genuine;
}
$recent = preg_match('/^[0-9]{1,12}$/D', $sent_at) && abs(time() - (int) $sent_at) < 300;
http_response_code($genuine && $recent ? 204 : 401);
if ($genuine && $recent) {
    $event = json_decode($body);
    $comment = $event->data->comment_id ?? '';
    file_put_contents('php://stdout', ($event->type ?? '') . " $comment\n");
}
