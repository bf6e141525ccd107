"""A receiver of Moderato's callbacks that verifies their signature: `SECRET=whsec_… python3 receiver.py PORT`."""

import hmac
import json
import os
import sys
import time
from base64 import b64decode, b64encode
from http.server import BaseHTTPRequestHandler, HTTPServer

SECRET = b64decode(os.environ["SECRET"].removeprefix("whsec_")) or sys.exit("SECRET is empty")


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        sent_at, signatures = self.headers["webhook-timestamp"], self.headers["webhook-signature"].split(" ")
        signed = f"{self.headers['webhook-id']}.{sent_at}.".encode() + body
        expected = "v1," + b64encode(hmac.digest(SECRET, signed, "sha256")).decode()
        genuine = any(hmac.compare_digest(expected, given) for given in signatures)
        recent = abs(time.time() - int(sent_at)) < 300
        self.send_response(204 if genuine and recent else 401)
        self.end_headers()
        if genuine and recent:
            event = json.loads(body)
            print(event["type"], event["data"]["comment_id"], flush=True)


HTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver).serve_forever()
