"""A receiver of Moderato's callbacks that verifies their signature: `SECRET=whsec_… python3 receiver.py PORT`."""

import hmac
import json
import os
import re
import sys
import time
from base64 import b64decode, b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = b64decode(os.environ["SECRET"].removeprefix("whsec_")) or sys.exit("SECRET is empty")


class Receiver(BaseHTTPRequestHandler):
    timeout = 10  # seconds that a sender may pause

    def do_POST(self) -> None:
        names = ("content-length", "webhook-id", "webhook-timestamp", "webhook-signature")
        size, webhook_id, sent_at, signatures = (self.headers.get(name, "") for name in names)
        body = self.rfile.read(int(size)) if re.fullmatch("[0-9]{1,7}", size) else b""
        signed = f"{webhook_id}.{sent_at}.".encode() + body
        expected = b"v1," + b64encode(hmac.digest(SECRET, signed, "sha256"))
        genuine = any(hmac.compare_digest(expected, given.encode()) for given in signatures.split(" "))
        recent = re.fullmatch("[0-9]{1,12}", sent_at) and abs(time.time() - int(sent_at)) < 300
        self.send_response(204 if genuine and recent else 401)
        self.end_headers()
        if genuine and recent:
            event = json.loads(body)
            print(event["type"], event["data"].get("comment_id", ""), flush=True)


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver).serve_forever()
