"""Runs every check, or those whose name contains one of the given words."""

import sys
import tempfile
import traceback
from pathlib import Path

import api_checks
import bridges_checks
import custody_checks
import gateway_checks
import governance_checks
import inference_checks
import log_checks
import mcp_checks
import piqrypt_checks
import pyca_checks
import python_checks
import seeds_checks
import tls_checks
import vault_checks
from harness import CHECKS, Workshop


def main(words):
    passed = failed = 0
    with tempfile.TemporaryDirectory(prefix="chancery-interop-") as folder:
        for number, (name, check) in enumerate(CHECKS):
            if words and not any(word in name for word in words):
                continue
            try:
                check(Workshop(Path(folder) / str(number)))
            except Exception as error:  # a check fails by whatever the other implementation raises
                failed += 1
                print(f"FAIL  {name}: {type(error).__name__}: {error}")
                traceback.print_exc(limit=-2)
            else:
                passed += 1
                print(f"ok    {name}", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
