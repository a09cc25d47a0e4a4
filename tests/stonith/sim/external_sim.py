# SPDX-License-Identifier: GPL-2.0-or-later
"""Devices for the external scripts, on the loopback of the machine that this is started on (it is given to python3 -c,
so it stands alone):

    play PORT [CHUNK]     plays the conversations of stdin's first line (JSON, one for each connection): [["D", text],
                          ["P", text], ["reset"], ["silence"], ["flood"], ["late"]]; CHUNK: bytes that a packet has
    ilo CERT [SETTINGS]   RIBCL over TLS;  hmc CERT [SETTINGS]  ASMI over HTTPS;  ippower [SETTINGS]  HTTP
    SETTINGS: JSON, see each.

Says "ready", and what it sees as JSON, a line each; ends with its stdin, after the conversation that goes on then."""

import hashlib
import http.server
import json
import os
import re
import select
import socket
import ssl
import struct
import sys
import threading
import time
import urllib.parse

PATIENCE = 60  # seconds for the next word of a script
over = threading.Event()  # nobody will come any more


def note(*what):
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def listen(port):
    door = socket.socket()
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    door.bind(("127.0.0.1", port))
    door.listen(16)
    return door


def ready():
    sys.stdout.write("ready\n")
    sys.stdout.flush()


def without_options(data):
    return re.sub(rb"\xff[\xfb-\xfe].", b"", data, flags=re.S)


def play(port, chunk="0"):
    conversations = json.loads(sys.stdin.readline())
    door = listen(int(port))
    ready()

    def send(line, text):
        data = text.encode("latin-1")
        step = int(chunk) or len(data)
        for at in range(0, len(data), max(step, 1)):
            line.sendall(data[at:at + step])
            time.sleep(0.002 if int(chunk) else 0)

    def talk(line, steps):
        line.settimeout(PATIENCE)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for kind, *text in steps:
            if kind == "D":
                send(line, text[0])
            elif kind == "P":
                got = b""
                while len(without_options(got)) < len(text[0]):
                    data = line.recv(1000)
                    if not data:
                        break
                    got += data
                note("P", without_options(got).decode("latin-1"))
                if re.search(rb"\xff[\xfb-\xfe]", got):
                    note("options", re.findall(rb"\xff[\xfb-\xfe].", got, re.S).__len__())
            elif kind == "reset":
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return
            elif kind == "flood":
                while True:
                    line.sendall(b"noise " * 1000)
            elif kind == "late":
                time.sleep(0.3)
            elif kind == "silence":
                line.recv(1)

    def comes():
        """Whether somebody does, or is already there at the end."""
        while not select.select([door], [], [], 0.05)[0]:
            if over.is_set():
                return bool(select.select([door], [], [], 0)[0])
        return True

    def serve():
        for steps in conversations:
            if not comes():
                return
            line, _ = door.accept()
            note("open")
            try:
                talk(line, steps)
            except OSError as reason:
                note("broken", str(reason))
            line.close()

    return started(serve)


def started(serve):
    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    return thread


def tls(cert):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert)
    return context


OK = ("<?xml version=\"1.0\"?>\r\n<RIBCL VERSION=\"2.22\">\r\n<RESPONSE\r\n STATUS=\"{status}\"\r\n MESSAGE='{message}'\r\n/>\r\n{more}</RIBCL>\r\n")


def ilo(cert, settings="{}"):
    """"power", "stubborn": it stays on, "late": status requests that still say on, "answer": said to everything, "times" times,
    "password"."""
    device = {"power": "ON", "late": 0, "password": "pw", **json.loads(settings)}
    door, context = listen(443), tls(cert)
    ready()

    def answer(text):
        command = re.search(r"MODE=\"write\">\s*(<.*?/>)", text)
        note(re.search(r"RIBCL VERSION=\"(.*?)\"", text)[1], command and command[1], text.endswith("</RIBCL>\r\n"))
        if "answer" in device:
            return device["answer"] * device.get("times", 1)
        good = OK.format(status="0x0000", message="No error", more="")
        if f'PASSWORD="{device["password"]}"' not in text:
            return good + OK.format(status="0x005F", message="Login credentials rejected", more="")
        more, command = "", command[1]
        if command.startswith("<GET_HOST_POWER"):
            shown = device["power"]
            if shown == "OFF" and device["late"] > 0:
                device["late"] -= 1
                shown = "ON"
            more = f'<GET_HOST_POWER HOST_POWER="{shown}"/>\r\n'
        elif command.startswith(("<SET_HOST_POWER", "<HOLD_PWR")) and not device.get("stubborn"):
            device["power"] = "ON" if 'HOST_POWER="Y"' in command else "OFF"
        return good + OK.format(status="0x0000", message="No error", more=more)

    def serve():
        while True:
            plain, _ = door.accept()
            plain.settimeout(PATIENCE)
            try:
                with context.wrap_socket(plain, server_side=True) as line:
                    got = b""
                    while not got.endswith(b"</RIBCL>\r\n"):
                        got += line.recv(100) or b"</RIBCL>\r\n"
                    data = answer(got.decode()).encode()
                    for at in range(0, len(data), 700):  # a document goes over packets
                        line.sendall(data[at:at + 700])
            except OSError as reason:
                note("broken", str(reason)[:60])

    started(serve)


def http_server(port, context, handle):
    """HANDLE(method, path, fields, cookies) -> (page, headers)."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def do_POST(self):
            text = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            self.answer(dict(urllib.parse.parse_qsl(text, keep_blank_values=True)))

        def do_GET(self):
            self.answer({})

        def answer(self, fields):
            page, headers = handle(self.command, self.path, fields, self.headers.get("Cookie", ""))
            self.send_response(200)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(page.encode())

    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    ready()
    started(server.serve_forever)


def hmc(cert, settings="{}"):
    """"busy": logins that are too many, "late": state requests that still say on, "refuse": no state is told."""
    device = {"power": "On", "busy": 0, "late": 0, **json.loads(settings)}

    def handle(_method, path, fields, cookies):
        note(path, fields, "session=1" in cookies)
        if "user" in fields:
            return "<html>menu", {"Set-Cookie": "session=1"}
        if fields.get("form") == "2":
            device["busy"] -= 1
            return ("Too many users are logged in" if device["busy"] >= 0 else "welcome"), {}
        if "session=1" not in cookies or device.get("refuse"):
            return "please log in", {}
        if fields.get("form") == "30":
            device["power"] = "Off"
        elif fields.get("form") == "60" and "on" in fields:
            device["power"] = "On"
            return "<p>Operation completed successfully.", {}
        elif fields.get("form") == "60":
            shown = device["power"]
            if shown == "Off" and device["late"] > 0:
                device["late"] -= 1
                shown = "On"
            return f"<td>Current system power state:</td> <b>{shown}</b>", {}
        return "", {}

    http_server(443, tls(cert), handle)


def ippower(settings="{}"):
    """"names", "stuck": outlets do not move, "password"."""
    device = {"names": ["nodea", "Node B", "nodeb", "Power4"], "password": "pw", **json.loads(settings)}
    state, sessions = {number: 1 for number in range(8)}, set()

    def handle(method, path, fields, cookies):
        note(method, path, fields)
        if path == "/tgi/login.tgi":
            want = hashlib.md5(f"admin{device['password']}c4a11".encode()).hexdigest()
            if fields.get("Response") == want and fields.get("Username") == "admin":
                sessions.add("1")
            return "ok", {}
        if path == "/":
            return '<form><input name=Username><input type="hidden" name="Challenge" value="c4a11"></form>', {"Set-Cookie": "id=1"}
        if not sessions or "id=1" not in cookies:
            return "<html>no", {}
        if path == "/iocontrol.htm":
            rows = "".join(f"<tr><td>{name}</td><td>ON<input type=radio name=P6{n} value=1>OFF<input type=radio name=\"P6{n}\" value=0></td>"
                           for n, name in enumerate(device["names"]))
            return f"<table><tr><td>Name</td><td>State</td></tr>{rows}</table>", {}
        found = re.fullmatch(r"/Set\.cmd\?CMD=SetPower\+P6([0-7])=([01])", path)
        if found:
            if not device.get("stuck"):
                state[int(found[1])] = int(found[2])
            return f"<html>P6{found[1]}={state[int(found[1])]}</html>", {}
        if path == "/Set.cmd?CMD=GetPower":
            return "<html>" + ",".join(f"P6{n}={on}" for n, on in state.items()) + "</html>", {}
        return "", {}

    http_server(80, None, handle)


playing = {"play": play, "ilo": ilo, "hmc": hmc, "ippower": ippower}[sys.argv[1]](*sys.argv[2:])
sys.stdin.read()
over.set()
if playing:
    playing.join(PATIENCE)
os._exit(0)  # whatever the other threads wait for
