"""PiQrypt: the LangChain bridge."""

import chancery
from chancery.bridges.langchain import AuditedAgentExecutor, PiQryptCallbackHandler
from langchain_classic.agents import create_tool_calling_agent
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.tools import tool


# Differs: a model that says what it is told to, in place of one that takes a network and a key.
class Scripted(GenericFakeChatModel):
    def bind_tools(self, tools, **_):
        return self


@tool
def read_prices(symbol: str) -> str:
    """Reads the prices of a symbol."""
    return "150.25"


call = AIMessage("", tool_calls=[{"name": "read_prices", "args": {"symbol": "AAPL"}, "id": "1"}])
llm = Scripted(messages=iter([AIMessage("hello"), AIMessage("hello again"), call, AIMessage("sound")]))
prompt = ChatPromptTemplate.from_messages([("human", "{input}"), ("placeholder", "{agent_scratchpad}")])
tools = [read_prices]
my_chain = prompt | llm
agent = create_tool_calling_agent(llm, tools, prompt)

POLICY = """
language: chancery/policy/v2
name: portfolio
version: "1"
rules:
  - {id: reading, effect: allow, when: {action: "read_*"}}
"""

# Differs: a client in place of `identity_file`. The daemon has the keys; this starts one for a developer, with a policy: without one nothing is allowed.
with chancery.local(agent="my_agent", role="analyst", policy=POLICY) as client:
    # Option 1: Callback handler (most powerful — attaches to any component)
    handler = PiQryptCallbackHandler(client)

    # Attach to any LangChain component
    llm_with_audit = llm.with_config(callbacks=[handler])
    chain_with_audit = my_chain.with_config(callbacks=[handler])
    print(llm_with_audit.invoke("hello").content, "/", chain_with_audit.invoke({"input": "hello"}).content)

    # Option 2: Audited executor
    executor = AuditedAgentExecutor(
        agent=agent,
        tools=tools,
        client=client,
        stream_runnable=False,
    )

    result = executor.invoke({"input": "analyse this portfolio"})
    # → every LLM call, tool call, and step signed automatically
    print(result["output"])
    types = [event.event_type for event in client.chain()]
    print([name for name in ("executor_invoke", "agent_action", "tool_start", "tool_end", "executor_complete") if name in types])
