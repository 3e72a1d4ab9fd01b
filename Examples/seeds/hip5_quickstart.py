"""HIP-5: SecureClient."""

import os

from chancery import SecureClient

client = SecureClient(
    api_key=os.environ["API_KEY"],
    pqc_enabled=True,  # Default
    # Differs: 1 in place of 2. From tier 2 on a client wants evidence of a trusted execution environment, and none can be checked here.
    privacy_tier=1,
    # Differs: whom to ask, and the identity that its key statements must be signed by. The key is the file of `chancery api-key create`.
    service=os.environ["SERVICE"],
    identity=os.environ["SERVICE_IDENTITY"],
)

# Automatic PQC encryption/signing
response = client.complete(
    model=os.environ["MODEL"],
    messages=[{"role": "user", "content": "What is the capital of France?"}],
)
print(response["choices"][0]["message"]["content"])
client.close()

try:
    SecureClient(api_key="…", privacy_tier=2, sidecar="http://127.0.0.1:1")
except Exception as error:
    print(error)
