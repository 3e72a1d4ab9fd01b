"""PiQrypt: the CrewAI bridge."""

import os

# CrewAI reports to its makers unless it is told not to.
os.environ.update(CREWAI_DISABLE_TELEMETRY="true", CREWAI_TRACING_ENABLED="false", OTEL_SDK_DISABLED="true")

import chancery
from chancery.bridges.crewai import AuditedAgent, AuditedCrew
from crewai import BaseLLM, Task


# Differs: a model that says what it is told to, in place of one that takes a network and a key.
class Scripted(BaseLLM):
    def call(self, *_, **__):
        return "Thought: I know.\nFinal Answer: hold"


# Differs: a client in place of `identity_file`. The daemon has the keys; this starts one for a developer.
with chancery.local(agent="researcher", role="analyst") as client:
    client.register("trader", "trader")

    researcher = AuditedAgent(
        role="Researcher",
        goal="Research market trends",
        backstory="Expert analyst",
        client=client,
        llm=Scripted(model="scripted"),
    )

    trader = AuditedAgent(
        role="Trader",
        goal="Execute optimal trades",
        backstory="Algorithmic trader",
        client=client.acting_as("trader"),
        llm=Scripted(model="scripted"),
    )

    research_task = Task(description="research", expected_output="a trend", agent=researcher)
    trade_task = Task(description="trade", expected_output="a trade", agent=trader)

    crew = AuditedCrew(
        agents=[researcher, trader],
        tasks=[research_task, trade_task],
    )

    result = crew.kickoff()
    # → every task execution signed in each agent's chain
    print(result.raw)
    print([event.event_type for event in client.chain()])
    print([event.event_type for event in client.chain("trader")])
