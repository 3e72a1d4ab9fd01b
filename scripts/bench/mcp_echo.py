"""An MCP server with one tool that does nothing, over standard input and output, revision 2025-11-25."""

import json
import sys

TOOL = {"name": "execute_trade", "description": "Does nothing.", "inputSchema": {"type": "object"}}
RESULTS = {
    "initialize": {
        "protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": {"name": "echo", "version": "1"}},
    "tools/list": {"tools": [TOOL]},
    "tools/call": {"content": [{"type": "text", "text": "done"}]},
    "ping": {},
}

for line in sys.stdin:
    message = json.loads(line)
    if "id" in message and "method" in message:
        answer = {"jsonrpc": "2.0", "id": message["id"], "result": RESULTS[message["method"]]}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
