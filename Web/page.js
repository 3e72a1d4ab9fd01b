// Signs in by the secret behind the #, and shows how the home stands and what lands in it.

const byId = (id) => document.getElementById(id);

async function ask(method, path, body) {
  const answer = await fetch(path, {
    method,
    headers: body ? { "Content-Type": "application/json" } : {},
    body: body && JSON.stringify(body),
  });
  const value = await answer.json();
  if (!answer.ok) throw new Error(value.detail);
  return value;
}

function show(overview) {
  const rows = Object.entries(overview).filter(([, value]) => typeof value !== "object");
  byId("overview").replaceChildren(
    ...rows.flatMap(([name, value]) => {
      const [term, text] = [document.createElement("dt"), document.createElement("dd")];
      term.textContent = name;
      text.textContent = value;
      return [term, text];
    }),
  );
}

function listen() {
  const source = new EventSource("/v1/live");
  source.addEventListener("record", (event) => {
    for (const record of JSON.parse(event.data)) {
      const row = document.createElement("li");
      row.textContent = `${record.position}  ${record.time}  ${record.agent ?? record.chain}  ${record.event_type ?? record.kind}`;
      byId("records").prepend(row);
    }
    while (byId("records").childElementCount > 50) byId("records").lastElementChild.remove();
  });
  source.addEventListener("state", async () => show(await ask("GET", "/v1/overview")));
}

async function start() {
  const token = new URLSearchParams(location.hash.slice(1)).get("signin");
  if (token) history.replaceState(null, "", "/");
  try {
    const session = token
      ? await ask("POST", "/v1/dashboard/session", { token })
      : await ask("GET", "/v1/dashboard/session");
    byId("session").textContent = `Signed in as ${session.roles.join(", ")}.`;
    show(await ask("GET", "/v1/overview"));
    listen();
  } catch (error) {
    byId("session").textContent = `Not signed in: ${error.message}. \`chancery dashboard\` prints a link.`;
  }
}

start();
