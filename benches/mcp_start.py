#!/usr/bin/env python3
"""How long the first model request takes to leave, without a server and beside an MCP server that takes ten seconds to start.

usage: mcp_start.py BIN [RUNS]
Medians and the smallest of RUNS (default 9) runs each, milliseconds from the start of `codex exec` to the request. The slow server
is met for the first time in the first run; what holds from then on is told apart.
"""
import http.server, json, os, statistics, subprocess, sys, tempfile, threading, time

BIN, RUNS = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 9
SLOW = "import sys, time\ntime.sleep(10)\n"
came = threading.Event()


class Model(http.server.BaseHTTPRequestHandler):
    def log_message(self, *a):
        pass

    def do_POST(self):
        self.server.at = time.perf_counter()
        self.rfile.read(int(self.headers.get("content-length", 0)))
        item = {"type": "message", "role": "assistant", "id": "m", "content": [{"type": "output_text", "text": "hi"}]}
        events = [{"type": "response.created", "response": {"id": "r"}}, {"type": "response.output_item.done", "item": item},
                  {"type": "response.completed", "response": {"id": "r", "usage": None}}]
        body = "".join(f"event: {e['type']}\ndata: {json.dumps(e)}\n\n" for e in events).encode()
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def home(port, table):
    folder = tempfile.mkdtemp()
    with open(os.path.join(folder, "config.toml"), "w") as f:
        f.write(f'model = "gpt-5.1-codex"\nmodel_provider = "m"\n[model_providers.m]\nname = "m"\nbase_url = "http://127.0.0.1:{port}/v1"\n'
                f'wire_api = "responses"\nenv_key = "K"\nsupports_websockets = false\n{table}')
    return folder


def run(server, folder, workspace):
    env = {"PATH": os.environ["PATH"], "HOME": folder, "CODEX_HOME": folder, "K": "k", "NO_PROXY": "127.0.0.1"}
    began = time.perf_counter()
    subprocess.run([BIN, "exec", "--skip-git-repo-check", "hi"], cwd=workspace, env=env, check=True, stdin=subprocess.DEVNULL, capture_output=True)
    return (server.at - began) * 1000


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Model)
threading.Thread(target=server.serve_forever, daemon=True).start()
workspace = tempfile.mkdtemp()
slow = f'[mcp_servers.slow]\ncommand = {json.dumps(sys.executable)}\nargs = ["-c", {json.dumps(SLOW)}]\nstartup_timeout_sec = 30\n'
without, beside = home(server.server_port, ""), home(server.server_port, slow)
run(server, without, workspace)
first = run(server, beside, workspace)
pairs = [(run(server, without, workspace), run(server, beside, workspace)) for _ in range(RUNS)]
for name, times in (("without", [a for a, _ in pairs]), ("beside a server of 10 s", [b for _, b in pairs])):
    print(f"{name}: median {statistics.median(times):.0f} ms, smallest {min(times):.0f} ms")
print(f"beside one that was never met before: {first:.0f} ms")
