"""PiQrypt: the AutoGen bridge."""

import asyncio

import chancery
# Differs: `AuditedAssistant` in place of `AuditedConversableAgent`, which PiQrypt's bridge never had, of `autogen-agentchat`.
from chancery.bridges.autogen import AuditedAssistant, AuditedGroupChat
from autogen_ext.models.replay import ReplayChatCompletionClient

# Differs: a client in place of `identity_file`. The daemon has the keys; this starts one for a developer.
with chancery.local(agent="assistant", role="assistant") as client:
    client.register("reviewer", "reviewer")

    assistant = AuditedAssistant(
        name="assistant",
        client=client,
        system_message="You are a helpful AI assistant.",
        # Differs: a model that says what it is told to, in place of one that takes a network and a key.
        model_client=ReplayChatCompletionClient(["a draft"]),
    )

    reviewer = AuditedAssistant(
        name="reviewer",
        client=client.acting_as("reviewer"),
        model_client=ReplayChatCompletionClient(["a better draft"]),
    )

    chat = AuditedGroupChat([assistant, reviewer], max_turns=2)
    result = asyncio.run(chat.run(task="write"))
    # Differs: each has its replies on its own chain. Exchanges that both sign are those of a session: piqrypt_session.py.
    print(result.messages[-1].to_text())
    print([event.event_type for event in client.chain()])
    print([event.event_type for event in client.chain("reviewer")])
