#!/usr/bin/env python3
"""Checks a published log with the independent reader tlog-scales 0.0.3 (PyPI).

    tlog_check.py DIR VKEYS [--proof FILE ENTRY]... [--old CHECKPOINT]...

DIR       folder with `checkpoint` and `tile/…` (c2sp.org/tlog-tiles)
VKEYS     text file with one verifier key a line; `#` starts a remark. Types 0x01 and 0x06 must both be there and both
          must have signed every checkpoint that is read.
--proof   a `.tlog-proof` file and the file with the exact bytes of its entry: signatures and inclusion are checked.
--old     an earlier signed checkpoint of the same log: signatures and consistency with DIR's checkpoint are checked.

Always checked: both signatures of the checkpoint, the root from the hash tiles, every entry of every bundle against its
leaf hash, every full tile against the level above, and an inclusion proof of the first, middle and last entry.
Exit code 0 when everything holds, 1 when something does not, 2 for wrong usage.
"""

import argparse
import sys
from pathlib import Path

from tlog_scales import tiles, tlog
from tlog_scales.backend import LocalBackend
from tlog_scales.reader import TilesReader
from tlog_scales.signing import Vkey
from tlog_scales.utils import b64dec, sha256

HEADER = "c2sp.org/tlog-proof@v1"


class Refused(Exception):
    """Something in the log does not hold."""


def require(condition, message):
    if not condition:
        raise Refused(message)


def read_vkeys(path):
    lines = [line.split("#")[0].strip() for line in path.read_text().splitlines()]
    keys = [Vkey.from_string(line) for line in lines if line]
    for key in keys:
        require(Vkey(key.name, None, key.sig_type, key.pubkey).key_id == key.key_id, f"id of the key of {key.name}")
    for kind in (1, 6):
        require(any(key.sig_type == kind for key in keys), f"no verifier key of type 0x{kind:02x}")
    return keys


def check_signatures(text, keys, what):
    checkpoint = tlog.Checkpoint.from_text(text)
    require(checkpoint.serialize() == text, f"{what}: the text is not written as the standard says")
    for key in keys:
        # Raises when the key's line is missing or false.
        checkpoint.verify(key)
        require(key.name == checkpoint.origin, f"{what}: a key of another name than the origin")
    return checkpoint


def check_tiles(reader, size):
    for level in range(8):
        full, partial = tiles.level_tiles(size, level)
        for index in range(full + (1 if partial else 0)):
            tile = reader._get_tile(level, index, partial if index == full else 0)
            require(tile is not None, f"tile {level}/{index} is missing")
            require(tile.length == (partial if index == full else 256), f"tile {level}/{index} has another width")
            if level > 0:
                for place in range(tile.length):
                    below = reader._get_tile(level - 1, index * 256 + place)
                    require(below is not None, f"tile {level - 1}/{index * 256 + place} is missing")
                    hashes = below.entries
                    while len(hashes) > 1:
                        hashes = [sha256(b"\x01" + a + b) for a, b in zip(hashes[::2], hashes[1::2])]
                    require(hashes[0] == tile[place], f"tile {level}/{index} does not hash the tiles below it")
    full, partial = tiles.level_tiles(size, 0)
    for index in range(full + (1 if partial else 0)):
        width = partial if index == full else 0
        bundle, leaves = reader._get_tile(-1, index, width), reader._get_tile(0, index, width)
        require(bundle is not None and bundle.length == leaves.length, f"bundle {index} has another width than its tile")
        for place, entry in enumerate(bundle.entries):
            require(tiles.leaf_hash(entry) == leaves[place], f"entry {index * 256 + place} does not match its leaf hash")


def check_proof(path, entry, keys):
    head, _, note = path.read_text().partition("\n\n")
    lines = head.split("\n")
    require(lines[0] == HEADER and lines[1].startswith("index "), f"{path}: not a {HEADER} file")
    checkpoint = check_signatures(note, keys, str(path))
    index = int(lines[1].removeprefix("index "))
    proof = tlog.InclusionProof(index, checkpoint.size, [b64dec(line) for line in lines[2:]])
    proof.check(tiles.leaf_hash(entry.read_bytes()), checkpoint.root_hash)
    print(f"ok  proof {path.name}: entry {index} of {checkpoint.size}")


def check_old(path, reader, checkpoint, keys):
    old = check_signatures(path.read_text(), keys, str(path))
    require(old.origin == checkpoint.origin, f"{path}: a checkpoint of another log")
    require(old.size <= checkpoint.size, f"{path}: larger than the log's checkpoint")
    reader.get_consistency_proof(old.size, checkpoint.size).check(old.root_hash, checkpoint.root_hash)
    print(f"ok  consistency {old.size} to {checkpoint.size}")


def check(arguments):
    keys = read_vkeys(arguments.vkeys)
    reader = TilesReader(LocalBackend(arguments.dir))
    reader.get_checkpoint()
    checkpoint = check_signatures((arguments.dir / "checkpoint").read_text(), keys, "checkpoint")
    print(f"ok  checkpoint of {checkpoint.origin}: {checkpoint.size} entries, types 0x01 and 0x06")
    check_tiles(reader, checkpoint.size)
    require(reader.calculate_root_hash() == checkpoint.root_hash, "the tiles give another root than the checkpoint")
    print("ok  tiles, bundles and root")
    for index in sorted({0, checkpoint.size // 2, checkpoint.size - 1}) if checkpoint.size else []:
        proof = reader.get_inclusion_proof(index, checkpoint.size)
        proof.check(tiles.leaf_hash(reader.get_entry(index)), checkpoint.root_hash)
        print(f"ok  inclusion {index}")
    for path in arguments.old:
        check_old(path, reader, checkpoint, keys)
    for path, entry in arguments.proof:
        check_proof(path, entry, keys)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dir", type=Path)
    parser.add_argument("vkeys", type=Path)
    parser.add_argument("--proof", nargs=2, type=Path, metavar=("FILE", "ENTRY"), action="append", default=[])
    parser.add_argument("--old", type=Path, metavar="CHECKPOINT", action="append", default=[])
    arguments = parser.parse_args()
    try:
        check(arguments)
    except Exception as error:  # whatever the reader raises means that the log does not hold
        print(f"refused: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
