"""openai-codex as it is published."""

import base64
import json
import os

from openai_codex import Codex, CodexConfig, LocalImageInput, Sandbox, TextInput
from openai_codex.client import CodexClient

WORKSPACE = os.environ["WORKSPACE"]
DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def client():
    return Codex(CodexConfig(codex_bin=os.environ["CODEX_BIN"], cwd=WORKSPACE))


# Questions reach the handler of the client below; the one above it says yes to all.
asked = []


def decide(method, params):
    asked.append((method, params["command"]))
    return {"decision": "accept" if len(asked) == 1 else "decline"}


with CodexClient(CodexConfig(codex_bin=os.environ["CODEX_BIN"], cwd=WORKSPACE), approval_handler=decide) as below:
    below.initialize()
    started = below.thread_start({"cwd": WORKSPACE, "approvalPolicy": "untrusted", "sandbox": "danger-full-access"})
    for text in ("allow", "refuse"):
        turn = below.turn_start(started.thread.id, text)
        below.wait_for_turn_completed(turn.turn.id)
assert [method for method, _ in asked] == ["item/commandExecution/requestApproval"] * 2, asked
assert "touch allowed" in asked[0][1], asked

with client() as codex:
    thread = codex.thread_start(cwd=WORKSPACE, sandbox=Sandbox.full_access)
    assert thread.run("first").final_response == "one"
    kinds = [event.method for event in thread.turn("second").stream()]
    assert "item/agentMessage/delta" in kinds and kinds[-1] == "turn/completed", kinds
    thread_id = thread.id

with client() as codex:
    assert codex.thread_resume(thread_id, sandbox=Sandbox.full_access).run("third").final_response == "three"
    schema = {"type": "object", "properties": {"answer": {"type": "string"}}, "required": ["answer"], "additionalProperties": False}
    thread = codex.thread_start(cwd=WORKSPACE, sandbox=Sandbox.full_access)
    assert json.loads(thread.run("structured", output_schema=schema).final_response) == {"answer": "42"}
    path = os.path.join(WORKSPACE, "dot.png")
    with open(path, "wb") as file:
        file.write(base64.b64decode(DOT))
    assert thread.run([TextInput("look"), LocalImageInput(path)]).final_response == "seen"
    turn = thread.turn("wait")
    for event in turn.stream():
        if event.method == "item/started" and event.payload.item.root.type == "commandExecution":
            turn.interrupt()
        if event.method == "turn/completed":
            assert event.payload.turn.status.value == "interrupted", event
    assert any(found.id == thread_id for found in codex.thread_list().data)
print("all done")
