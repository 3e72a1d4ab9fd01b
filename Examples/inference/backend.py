"""Serves all-MiniLM-L6-v2 on loopback in the shape of OpenAI's embeddings.

    python backend.py FOLDER PORT        FOLDER holds model.safetensors, config.json and vocab.txt
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from minilm import MiniLM


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        texts = [question["input"]] if isinstance(question["input"], str) else question["input"]
        found = [self.server.model.embed(text) for text in texts]
        data = [{"object": "embedding", "index": n, "embedding": vector} for n, (_, vector) in enumerate(found)]
        count = sum(count for count, _ in found)
        answer = json.dumps({"object": "list", "model": question.get("model"), "data": data,
                             "usage": {"prompt_tokens": count, "total_tokens": count}}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        """What is asked is nobody's business."""


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), Handler)
    server.model = MiniLM(Path(sys.argv[1]))
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
