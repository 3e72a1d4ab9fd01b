"""all-MiniLM-L6-v2 with NumPy alone: WordPiece, six layers of BERT, the mean of the last one."""

import json
import math
import unicodedata

import numpy as np

erf = np.vectorize(math.erf, otypes=[np.float32])


class MiniLM:
    def __init__(self, folder):
        raw, config = (folder / "model.safetensors").read_bytes(), json.loads((folder / "config.json").read_text())
        start = 8 + int.from_bytes(raw[:8], "little")
        tensors = {name: tensor for name, tensor in json.loads(raw[8:start]).items() if tensor.get("dtype") == "F32"}
        self.weights = {
            name: np.frombuffer(raw, "<f4", math.prod(tensor["shape"]), start + tensor["data_offsets"][0])
            .reshape(tensor["shape"]) for name, tensor in tensors.items()}
        self.vocabulary = {word: number for number, word in enumerate((folder / "vocab.txt").read_text().splitlines())}
        self.layers, self.heads = config["num_hidden_layers"], config["num_attention_heads"]

    def tokens(self, text):
        text = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if unicodedata.category(c) != "Mn")
        spaced = "".join(f" {c} " if unicodedata.category(c)[0] in "PS" else c for c in text)
        found = []
        for word in spaced.split():
            pieces = []
            while word:
                prefix = "##" if pieces else ""
                end = next((n for n in range(len(word), 0, -1) if prefix + word[:n] in self.vocabulary), 0)
                if not end:
                    pieces = ["[UNK]"]
                    break
                pieces.append(prefix + word[:end])
                word = word[end:]
            found += pieces
        return [self.vocabulary[piece] for piece in ["[CLS]", *found[:254], "[SEP]"]]

    def linear(self, x, name):
        return x @ self.weights[name + ".weight"].T + self.weights[name + ".bias"]

    def norm(self, x, name):
        x = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-12)
        return x * self.weights[name + ".weight"] + self.weights[name + ".bias"]

    def embed(self, text):
        ids, table = self.tokens(text), "embeddings.{}_embeddings.weight"
        x = (self.weights[table.format("word")][ids] + self.weights[table.format("position")][: len(ids)]
             + self.weights[table.format("token_type")][0])
        x = self.norm(x, "embeddings.LayerNorm")
        for number in range(self.layers):
            layer = f"encoder.layer.{number}."
            query, key, value = (
                self.linear(x, layer + "attention.self." + part).reshape(len(ids), self.heads, -1).transpose(1, 0, 2)
                for part in ["query", "key", "value"])
            scores = query @ key.transpose(0, 2, 1) / math.sqrt(query.shape[-1])
            scores = np.exp(scores - scores.max(-1, keepdims=True))
            mixed = (scores / scores.sum(-1, keepdims=True) @ value).transpose(1, 0, 2).reshape(len(ids), -1)
            x = self.norm(x + self.linear(mixed, layer + "attention.output.dense"), layer + "attention.output.LayerNorm")
            wide = self.linear(x, layer + "intermediate.dense")
            wide = wide * 0.5 * (1 + erf(wide / math.sqrt(2)))
            x = self.norm(x + self.linear(wide, layer + "output.dense"), layer + "output.LayerNorm")
        mean = x.mean(0)
        return len(ids), (mean / np.linalg.norm(mean)).tolist()
