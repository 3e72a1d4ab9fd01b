"""The interfaces of pqc-ai-governance, pqc-enclave-sdk, quantumshield and PiQrypt's AgentSession, doing what they say. Needs
`chancery[compat]`.
"""
