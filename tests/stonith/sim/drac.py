#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""DRAC III cards over HTTPS, one behaviour an address: drac.py CERTIFICATE KIND..., on 127.0.0.1, .2, ... port 443.

Each request is one line of output: the kind, and the words of the recorded dialogue."""

import http.server
import ssl
import sys
import threading
import time
from socketserver import ThreadingMixIn

CHALLENGE = "AAECAwQFBgcICQoLDA0ODw=="
HASH = "kW4CkA/n8Zx2SaYbuL3B3qxF"  # of "calvin"
COOKIE = "sid=abc123"


def rc(code, name="RMCXML", more=""):
    return f'<?xml version="1.0"?><{name}>{more}<RC>{code}</RC></{name}>\n'


class Card(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    kind = "good"

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.answer(None)

    def do_POST(self):
        self.answer(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())

    def note(self, body):
        kind = "none" if body is None else "@C" if "powercycle" in body else "@G" if "getsysinfo -A" in body else "other"
        print(f"{self.kind}: P {self.command} {self.path} cookie={self.headers.get('Cookie', 'none')} body={kind}", flush=True)

    def answer(self, body):
        self.note(body)
        say = getattr(self, f"be_{self.kind}", None)
        if not say or not say(body):
            self.reply(*self.good(body))

    def reply(self, text, cookie=None, code=200, **headers):
        self.send_response(code)
        self.send_header("Content-Length", str(len(text)))
        if cookie:
            self.send_header("Set-Cookie", cookie)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text.encode("latin-1"))

    def good(self, body):
        inside = self.server.inside
        if self.path == "/cgi/challenge":
            return rc("0x0", "RMCLOGIN", f"<CHALLENGE>{CHALLENGE}</CHALLENGE>"), COOKIE
        if self.path.startswith("/cgi/login?"):
            inside[0] = self.path == f"/cgi/login?user=root&hash={HASH}" and self.headers.get("Cookie") == COOKIE
            return rc("0x0" if inside[0] else "0x140004", "RMCLOGIN"),
        if self.path == "/cgi/logout":
            inside[0] = False
            return rc("0x0", "RMCLOGOUT"),
        return rc("0x0" if inside[0] and body else "0x43"),

    # Others.  True: it has answered.

    def be_silent(self, _):
        time.sleep(300)

    def be_garbage(self, _):
        self.reply("<RC>0x0" + "\1\2\3<CHALLENGE><" * 1000)
        return True

    def be_huge(self, _):
        self.reply("<RC>0x43</RC>" + "x" * (4 << 20))
        return True

    def be_cut(self, _):
        self.send_response(200)
        self.send_header("Content-Length", "4000")
        self.end_headers()
        self.wfile.write(b"<RC>0x0</RC>")
        self.close_connection = True
        return True

    def be_refusing(self, body):
        if body and "powercycle" in body:
            self.reply(rc("0x5"))
            return True
        return False

    def be_broken(self, _):
        self.reply(rc("0x0"), code=500)
        return True

    def be_redirecting(self, _):
        self.reply("", code=302, Location="https://127.0.0.1/cgi/bin")
        return True

    def be_unchallenging(self, _):
        if self.path == "/cgi/challenge":
            self.reply(rc("0x0", "RMCLOGIN", "<CHALLENGE>not base64!</CHALLENGE>"))
            return True
        return False


class Server(ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass  # clients may go away


def main():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1])
    for number, kind in enumerate(sys.argv[2:], 1):
        server = Server((f"127.0.0.{number}", 443), type(kind, (Card,), {"kind": kind}))
        server.inside = [False]
        if kind != "plain":
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever, daemon=True).start()
    print("ready", flush=True)
    threading.Event().wait()


main()
