"""A container engine in small: commands run in another place, started by a server that knows nothing of who asks.

  engine.py serve SOCKET COPY|BIND FROM AT HIDE   the project FROM is at AT there; with BIND, HIDE is not there at all
  engine.py exec SOCKET WORD...                   runs a command there; its input, outputs and exit code come through

As with real engines, a client that dies leaves its command running, with its standard input closed.
"""

import json
import os
import select
import shutil
import socket
import struct
import subprocess
import sys
import threading


def serve(path, how, source, at, hide):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()
    if how == "BIND":
        # This process is in a mount namespace of its own.
        held = os.open(source, os.O_RDONLY)
        subprocess.check_call(["mount", "-t", "tmpfs", "none", os.path.dirname(at)])
        os.mkdir(at)
        subprocess.check_call(["mount", "--bind", "/proc/self/fd/%d" % held, at], pass_fds=[held])
        subprocess.check_call(["mount", "-t", "tmpfs", "none", hide])
    else:
        shutil.copytree(source, at)
    print("ready", flush=True)
    while True:
        threading.Thread(target=attend, args=(listener.accept()[0], os.path.dirname(at))).start()


def attend(client, folder):
    words = json.loads(client.makefile("rb", buffering=0).readline().decode())
    env = {"PATH": os.environ["PATH"], "HOME": "/", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "111"}
    child = subprocess.Popen(
        words, cwd=folder, env=env, start_new_session=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )

    def feed():
        while True:
            try:
                part = client.recv(65536)
            except OSError:
                part = b""
            if not part:
                break
            try:
                child.stdin.write(part)
                child.stdin.flush()
            except OSError:
                pass
        try:
            child.stdin.close()
        except OSError:
            pass

    threading.Thread(target=feed, daemon=True).start()
    pipes = {child.stdout: b"o", child.stderr: b"e"}
    while pipes:
        for pipe in select.select(list(pipes), [], [])[0]:
            part = os.read(pipe.fileno(), 65536)
            if part:
                send(client, pipes[pipe], part)
            else:
                del pipes[pipe]
    send(client, b"x", str(child.wait()).encode())
    client.close()


def send(client, kind, part):
    try:
        client.sendall(kind + struct.pack("!I", len(part)) + part)
    except OSError:
        pass


def execute(path, words):
    server = socket.socket(socket.AF_UNIX)
    server.connect(path)
    server.sendall(json.dumps(words).encode() + b"\n")

    def feed():
        while True:
            part = os.read(0, 65536)
            if not part:
                server.shutdown(socket.SHUT_WR)
                return
            server.sendall(part)

    threading.Thread(target=feed, daemon=True).start()
    answers = server.makefile("rb")
    # Clients have something to say of their own.
    os.write(1, b"engine: connected\n")
    while True:
        kind, length = struct.unpack("!cI", answers.read(5))
        part = answers.read(length)
        if kind == b"x":
            code = int(part)
            os._exit(code if code >= 0 else 128 - code)
        out = 1 if kind == b"o" else 2
        while part:
            part = part[os.write(out, part):]


if sys.argv[1] == "serve":
    serve(*sys.argv[2:])
else:
    execute(sys.argv[2], sys.argv[3:])
