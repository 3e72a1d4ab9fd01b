"""Agents of other people's frameworks, stamped and gated.

    from chancery.bridges.langchain import ChanceryCallbackHandler, AuditedAgentExecutor
    from chancery.bridges.crewai import AuditedAgent, AuditedCrew
    from chancery.bridges.autogen import AuditedAssistant, AuditedGroupChat
    from chancery.bridges.mcp import AuditedMCPClient
    from chancery.bridges.generic import audited

Each module imports its framework when it is imported itself, and none of the others. Common to all:

- The gate decides before a tool runs, with the arguments in clear, because a policy and a person read them. Whatever is not a
  permission that was
  understood and used (a refusal, no answer, a late one, nonsense) is an exception, and the tool does not run.
- The outcome is noted after, also when the tool raises, with the kind of the exception alone.
- Events go onto the agent's chain in order, linked by the daemon: names in clear, contents as SHA-256.
- `wait` seconds are given to a person where the policy asks one; without it `ApprovalRequired` is raised, with the commands
  that answer.
"""
