"""pqc-enclave-sdk: quick start."""

import dataclasses
import os

from chancery.compat.enclave import (
    ArtifactKind,
    DeviceAttester,
    EnclaveVault,
    FileEnclaveBackend,
    InMemoryEnclaveBackend,
)
from chancery.compat.identity import AgentIdentity

weights_bytes = os.urandom(256 * 1024)

backend = InMemoryEnclaveBackend(device_id="iphone-alice", device_model="iphone-15-pro")
vault = EnclaveVault(backend=backend)

vault.unlock()
vault.put_artifact(
    name="llama-3.2-1b-int4",
    kind=ArtifactKind.MODEL_WEIGHTS,
    content=weights_bytes,
    version="1.0.0",
    app_bundle_id="com.example.localllm",
)
vault.save()
vault.lock()

# Later, in the same process or another app launch:
vault.unlock()
weights = vault.get_artifact("llama-3.2-1b-int4").content
print(weights == weights_bytes)

# Differs: for another app launch the store has to be somewhere. There are no backends for iOS, Android and QSEE, whose methods only raise in the package.
for launch in ("first", "second"):
    vault = EnclaveVault(FileEnclaveBackend("enclave", passphrase="my-strong-passphrase", device_id="laptop"))
    vault.unlock()
    if launch == "first":
        vault.put_artifact(name="token", kind=ArtifactKind.CREDENTIAL, content=b"sk-test", app_bundle_id="com.example.localllm")
        vault.save()
    print(launch, vault.get_artifact("token").content)
    vault.lock()

# examples/device_attestation.py: sign and verify a DeviceAttestation, and show the tamper case.
attester = DeviceAttester(AgentIdentity.create("device"), "iphone-alice", "iphone-15-pro", backend.enclave_vendor)
att = attester.attest("urn:pqc-enclave-art:1", "00" * 32)
print(DeviceAttester.verify(att), DeviceAttester.verify(dataclasses.replace(att, artifact_content_hash="11" * 32)))
