"""Holds the commands that deploy/ starts against the help of the binary: subcommands and flags that are there."""
import pathlib
import re
import shlex
import subprocess
import sys

import yaml

DEPLOY = pathlib.Path(__file__).resolve().parent.parent / "deploy"
BINARY = "/usr/local/bin/chancery"


def of_units():
    for path in sorted((DEPLOY / "systemd").glob("*.service")):
        for line in path.read_text().splitlines():
            if line.startswith("ExecStart="):
                yield path.name, shlex.split(line.removeprefix("ExecStart="))[1:]


def of_compose():
    for name, service in yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"].items():
        if "command" in service:
            yield f"compose.yaml {name}", service["command"]
        test = service.get("healthcheck", {}).get("test")
        if test:
            yield f"compose.yaml {name} healthcheck", test[2:]


def of_manifests():
    for path in sorted((DEPLOY / "kubernetes").glob("*.yaml")):
        for document in yaml.safe_load_all(path.read_text()):
            pod = document.get("spec", {}).get("template", {}).get("spec", {})
            for container in pod.get("containers", []):
                where = f"{path.name} {document['metadata']['name']}"
                if "command" not in container:
                    yield where, container["args"]
                probe = container.get("readinessProbe", {}).get("exec")
                if probe and probe["command"][0] == BINARY:
                    yield f"{where} probe", probe["command"][1:]


def main():
    findings = []
    commands = [*of_units(), *of_compose(), *of_manifests()]
    for where, words in commands:
        names = []
        for word in words:
            if word.startswith("-"):
                break
            names.append(word)
        text = subprocess.run([sys.argv[1], "help", *names], capture_output=True, text=True, check=False).stdout
        usage = text.split("USAGE:", 1)[-1].split("\n", 1)[0]
        if " ".join(["chancery", *names]) not in usage:
            findings.append(f"{where}: there is no command `{' '.join(names)}`")
            continue
        known = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text))
        findings += [f"{where}: `{' '.join(names)}` has no {word}" for word in words if word.startswith("--") and word not in known]
    for finding in findings:
        print(f"check-deploy: {finding}", file=sys.stderr)
    print(f"check-deploy: {len(commands)} commands")
    return 1 if findings or not commands else 0


sys.exit(main())
