"""The dashboard in Debian's Chromium: every page by address and by keyboard, proofs in the browser, an approval, what lands
live, a long timeline. No page logs an error, asks another host, or breaks its own policy.

CHANCERY_SCREENSHOTS=1 writes the pictures of docs/screenshots anew."""

import bisect
import json
import os
import secrets
import statistics
import subprocess
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from dashboard_browser import Browser
from dashboard_house import committee, decide, house, looking, propose, require_clean, serving
from harness import PASSPHRASE, ROOT, check, require

PICTURES = ROOT / "docs/screenshots"
PICTURE_BYTES = 300_000
POLICY = "; ".join([
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "connect-src 'self'",
    "font-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
])
PAGES = {
    "overview": "Overview", "agents": "Agents", "agents/sensor": "sensor", "agents/clerk?tab=risk": "clerk",
    "agents/clerk?tab=decisions": "clerk", "agents/clerk?tab=chain": "clerk", "governance": "Governance",
    "governance?tab=decisions": "Governance", "governance?tab=members": "Governance", "governance?tab=audit": "Governance",
    "approvals": "Approvals", "approvals?view=recent": "Approvals", "policy": "Policy", "policy?tab=try": "Policy",
    "policy?tab=history": "Policy", "log": "Log", "log/20": "Record 20", "vault": "Vault", "vault?tab=keys": "Vault",
    "vault?tab=access": "Vault", "vault/assistant": "assistant", "compute": "Compute",
}


def show(page, address, heading):
    """Goes to an address and waits for what is there: the page before may have the same heading."""
    moved = page.evaluate(f"""(() => {{ window.left = document.querySelector('main')?.firstElementChild;
        const moved = location.hash !== '#/{address}'; location.hash = '#/{address}'; return moved; }})()""")
    if moved:
        page.wait("document.querySelector('main')?.firstElementChild !== window.left", f"#/{address} is drawn")
    page.wait(f"document.querySelector('main h1')?.innerText === {json.dumps(heading)}", f"#/{address} has the heading {heading}")
    page.wait("!document.querySelector('main [aria-busy=true], main .skeleton')", f"#/{address} is loaded")
    require(not page.evaluate("document.querySelector('main .trouble')?.innerText ?? ''"), f"#/{address}: {page.text('main .trouble')}")


NAMELESS = """[...document.querySelectorAll('main a, main button, main input:not([type=hidden]), main select, main textarea, .top button, nav a')]
    .filter((node) => !(node.innerText || node.getAttribute('aria-label') || node.title || node.closest('label')?.innerText || '').trim())
    .map((node) => node.outerHTML.slice(0, 120))"""


def signed_in(url, token):
    """Tries to sign in; gives the status."""
    body = json.dumps({"token": token}).encode()
    asked = urllib.request.Request(url + "/v1/dashboard/session", body, {"Content-Type": "application/json", "Origin": url})
    try:
        with urllib.request.urlopen(asked, timeout=20) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        return refused.code


@check("dashboard: a link signs in once, and what is served keeps to a strict policy")
def _(workshop):
    workshop.run("agent", "register", "clerk", "--role", "bookkeeper")
    workshop.run("vault", "init")
    with serving(workshop) as (url, link, _), Browser() as page:
        for path in ("/", "/web/app.js", "/web/base.css"):
            with urllib.request.urlopen(url + path, timeout=10) as answer:
                require(answer.headers["Content-Security-Policy"] == POLICY, f"{path}: {answer.headers['Content-Security-Policy']}")
                require(answer.headers["X-Content-Type-Options"] == "nosniff", f"{path} may be sniffed")
        page.open(url)
        page.wait("document.querySelector('.signin')", "without a session there is a way in")
        page.open(link)
        page.wait("document.querySelector('.nav')", "the link signs in")
        require("signin" not in page.evaluate("location.href"), "the token stays in the address bar")
        require(page.evaluate("document.cookie") == "", "a script can read the session")
        page.click("button[aria-label='Sign out']")
        page.wait("document.querySelector('.signin')", "signing out leads to the way in")
        page.wait("fetch('/v1/dashboard/session').then((answer) => answer.status === 401)", "the session is over")
        require(signed_in(url, link.split("signin=")[1]) == 401, "a link signs in twice")
        page.open(link)
        page.wait("document.querySelector('.signin .note-box')", "a link that was used says so")
        require(page.evaluate("window.violations.length") == 0, "policy violated")
        fresh = workshop.run("dashboard").split()[-1]
        page.open(fresh)
        page.wait("document.querySelector('.nav')", "`chancery dashboard` prints a link that signs in")
        right = workshop.run("dashboard").split("signin=")[-1].strip()
        with ThreadPoolExecutor(12) as guessers:
            guesses = [guessers.submit(signed_in, url, "ci_" + secrets.token_urlsafe(32)) for _ in range(12)]
            time.sleep(0.1)
            began = time.monotonic()
            require(signed_in(url, right) == 201, "who guesses keeps others out")
            require(time.monotonic() - began < 0.9, f"a right link waited {time.monotonic() - began:.1f} s behind wrong ones")
            require({guess.result() for guess in guesses} == {401, 429}, "who guesses does not wait")


@check("dashboard: every page by address, on a phone, and by keyboard")
def _(_):
    workshop = house()
    with committee(workshop) as (coordinator, folder), serving(workshop, compute=coordinator) as (_, link, _), looking(link) as page:
        for address, heading in PAGES.items():
            show(page, address, heading)
            require(page.evaluate("document.querySelectorAll('h1').length") == 1, f"#/{address} has not one heading")
            require(not page.evaluate(NAMELESS), f"#/{address} has controls without a name: {page.evaluate(NAMELESS)}")
        page.resize(360, 740)
        for address, heading in PAGES.items():
            show(page, address, heading)
            width = page.evaluate("document.documentElement.scrollWidth")
            require(width <= 360, f"#/{address} is {width} pixels wide on a phone of 360")
        page.resize(1440, 900)
        keyboard(page)
        filters(page)
        policies(page)
        extraction(page)
        custodians(page, workshop, folder)


def leap(page, key, heading):
    page.press("g", key)
    page.wait(f"document.querySelector('main h1')?.innerText === '{heading}'", f"g {key} leads to {heading}")


def keyboard(page):
    show(page, "overview", "Overview")
    for key, heading in zip("agqplvco", ["Agents", "Governance", "Approvals", "Policy", "Log", "Vault", "Compute", "Overview"]):
        leap(page, key, heading)
    page.press("?")
    page.wait("document.querySelector('dialog[open]')", "? shows the help")
    page.press("Escape")
    page.wait("!document.querySelector('dialog')", "Escape closes it")
    page.press("?")
    page.click("dialog button")
    page.wait("!document.querySelector('dialog')", "its button closes it")
    theme = "getComputedStyle(document.body).backgroundColor"
    before = page.evaluate(theme)
    page.press("t")
    require(page.evaluate(theme) != before, "t changes the theme")
    page.press("t")
    leap(page, "a", "Agents")
    page.wait("document.querySelector('main tbody a')", "agents are listed")
    page.press("ArrowDown")
    first = page.evaluate("document.activeElement.innerText")
    page.press("ArrowDown")
    require(page.evaluate("document.activeElement.innerText") != first, "arrows move through the list")
    name = page.evaluate("document.activeElement.innerText")
    page.press("Enter")
    page.wait(f"document.querySelector('main h1')?.innerText === {json.dumps(name)}", "Enter opens the agent")
    page.wait("document.querySelector('[data-previous]')", "it has a neighbour")
    page.press("[")
    page.wait(f"document.querySelector('main h1')?.innerText === {json.dumps(first)}", "[ leads to the one before")
    # The agent's page has such a field too: what is written must not go there.
    leap(page, "l", "Log")
    page.press("/")
    require(page.evaluate("document.activeElement.name") == "type", "/ goes to the filter")


def filters(page):
    """What is typed is in the address, survives leaving and the back button, and holds for next and previous."""
    page.write("calibration")
    page.wait("location.hash.includes('type=calibration')", "the filter is in the address")
    page.wait("[...document.querySelectorAll('main tbody tr')].every((row) => row.innerText.includes('calibration'))", "the list follows it")
    page.press("Escape")
    leap(page, "v", "Vault")
    page.click(".nav a[href*='#/log']")
    page.wait("document.querySelector('main input[name=type]')?.value === 'calibration'", "the filter is there again")
    show(page, "agents?find=er", "Agents")
    names = page.evaluate("[...document.querySelectorAll('main tbody strong')].map((node) => node.innerText)")
    require(set(names) == {"planner", "clerk", "reader"}, f"the filter leaves {names}")
    page.click("main tbody a")
    page.wait(f"document.querySelector('main h1').innerText === {json.dumps(names[0])}")
    for name in names[1:]:
        page.click("a[data-next]")
        page.wait(f"document.querySelector('main h1').innerText === {json.dumps(name)}", "next keeps to the filter")
    page.wait("document.querySelector('.actions') && !document.querySelector('a[data-next]')", "after the last there is none")


def policies(page):
    show(page, "policy?tab=try", "Policy")
    page.wait("document.querySelector('main .note-box.good')?.innerText.includes('It loads')", "the active policy lints")
    page.evaluate("""(() => { const area = document.querySelector('textarea[name=policy]');
        area.value = area.value.replace('effect: allow', 'effect: alow'); area.dispatchEvent(new Event('input')); })()""")
    page.wait("document.querySelector('main .note-box.bad')?.innerText.includes('does not load')", "a mistake is found")
    page.wait("document.querySelector('main .numbered .added')", "the change is shown")
    page.evaluate("sessionStorage.clear()")
    show(page, "policy", "Policy")
    show(page, "policy?tab=try", "Policy")
    page.wait("document.querySelector('select[name=agent] option')", "agents are offered")
    page.evaluate("""(() => { const form = document.querySelector('select[name=agent]').form; form.elements.agent.value = 'clerk';
        form.elements.payload.value = '{"query": "rm -rf /"}'; form.requestSubmit(); })()""")
    page.wait("document.querySelector('main .badge.bad')?.innerText === 'denied'", "a dry run is answered")
    require("destroying" in page.text(), "the rule is named")


def extraction(page):
    report = {"client": 1000, "program": 5000, "finding": None, "curves": [{"attack": "exact", "possible": True, "points": [
        {"agreement": str(share), "queries": queries, "weight_error": "0"} for queries, share in [(1, 0.5), (100, 0.7), (10000, 0.9)]]}]}
    show(page, "compute", "Compute")
    page.evaluate(f"""(() => {{ const files = new DataTransfer(); files.items.add(new File([{json.dumps(json.dumps(report))}], "curve.json"));
        const input = document.querySelector('input[type=file]'); input.files = files.files; input.dispatchEvent(new Event('change')); }})()""")
    page.wait("document.querySelector('main .chart .curve')", "the extraction curve is drawn")


def custodians(page, workshop, folder):
    show(page, "compute", "Compute")
    page.wait("document.querySelector('main').innerText.includes('4 of 4 reached')", "every custodian is reached")
    for words in ("income 0…1000, debts 0…1000", "1 of 100 evaluations", "5 evaluations, 10 a minute"):
        require(words in page.text(), f"`{words}` is not shown")
    workshop.run("compute", "cluster", "kill", "--dir", folder, "4")
    page.wait("document.querySelector('main').innerText.includes('3 of 4 reached')", "a custodian that is gone is noticed", seconds=30)


@check("dashboard: hashes, paths, consistency and both signatures are checked in the browser, and false ones are found")
def _(_):
    workshop = house()
    with serving(workshop) as (_, link, _), looking(link) as page:
        vectors(page)
        show(page, "log/20", "Record 20")
        page.wait("document.querySelectorAll('.checks .good').length === 5", "bytes, leaf, path and two signatures are good")
        show(page, "log", "Log")
        page.wait("document.querySelector('main').innerText.includes('both signatures are valid')")
        workshop.stamp("planner", "aiss-2.1", [{"event_type": "plan", "step": 5}])
        workshop.run("log", "checkpoint")
        again(page, "log", "Log", "Continues what this browser saw last")
        again(page, "log", "Log", "The same tree as this browser saw last")
        # Another root of the past: the log cannot lead from there to what it shows now.
        page.evaluate("""(() => { const name = Object.keys(localStorage).find((key) => key.startsWith('log-head'));
            const head = JSON.parse(localStorage[name]); head.size -= 3; localStorage[name] = JSON.stringify(head); })()""")
        again(page, "log", "Log", "The log does not continue what this browser saw")
        require("not trusted" in page.text(), "a log with two stories is trusted")
        forgeries(page)


def again(page, address, heading, words):
    show(page, "compute", "Compute")
    show(page, address, heading)
    page.wait(f"document.querySelector('main').innerText.includes({json.dumps(words)})", words)


def vectors(page):
    """The published cases, where they are."""
    places = [os.environ.get("CHANCERY_VECTORS", "")] + [str(folder / "shared/vectors") for folder in Path(ROOT).resolve().parents]
    folder = next((Path(place) / "standards" for place in places if place and (Path(place) / "standards").is_dir()), None)
    if folder is None:
        return
    cases = [case["vector"] for name in ("inclusion", "consistency") for case in json.loads((folder / f"rfc6962/{name}.json").read_bytes())["vectors"]]
    wrong = page.evaluate(f"""(async () => {{
        const [merkle, bytes] = await Promise.all([import('/web/merkle.js'), import('/web/bytes.js')]);
        const read = bytes.fromBase64; const wrong = [];
        for (const one of {json.dumps(cases)}) {{
            const path = (one.proof ?? []).map(read);
            const isGood = one.leafHash !== undefined
                ? await merkle.includes(one.leafIdx, one.treeSize, read(one.leafHash), path, read(one.root))
                : await merkle.continues(one.size1, read(one.root1), one.size2, read(one.root2), path);
            if (isGood === one.wantErr) wrong.push(one.desc);
        }}
        return wrong; }})()""")
    require(len(cases) == 196 and not wrong, f"of {len(cases)} cases of RFC 6962 these are judged wrongly: {wrong}")
    groups = json.loads((folder / "wycheproof/mldsa_44_verify_test.json").read_bytes())["testGroups"]
    signed = [[group["publicKey"], case["msg"], case.get("ctx", ""), case["sig"], case["result"] == "valid", case["tcId"]] for group in groups for case in group["tests"] if "msg" in case]
    wrong = page.evaluate(f"""(async () => {{
        const [mldsa, {{ fromHex }}] = await Promise.all([import('/web/mldsa.js'), import('/web/bytes.js')]);
        return {json.dumps(signed)}.filter(([key, message, context, signature, isValid]) =>
            mldsa.verify(fromHex(key), fromHex(message), fromHex(signature), fromHex(context)) !== isValid).map((one) => one[5]); }})()""")
    require(len(signed) > 90 and not wrong, f"of {len(signed)} signatures of Wycheproof these are judged wrongly: {wrong}")


def forgeries(page):
    """Every changed byte of a checkpoint's text or signatures is noticed."""
    found = page.evaluate("""(async () => {
        const note = await import('/web/note.js'); const trust = await import('/web/trust.js');
        const keys = await trust.logKeys(); const good = await (await fetch('/v1/log/checkpoint')).text();
        const states = async (text) => (await note.checkLines(note.readCheckpoint(text), keys)).map((line) => line.state).join();
        const accepted = []; let tried = 0;
        for (let at = 0; at < good.length; at += at < 200 ? 1 : 97) {
            const other = good[at] === 'A' ? 'B' : good[at] === '1' ? '2' : 'A';
            tried++;
            try { if ((await states(good.slice(0, at) + other + good.slice(at + 1))) === 'valid,valid') accepted.push(at); } catch {}
        }
        return { good: await states(good), tried, accepted }; })()""")
    require(found["good"] == "valid,valid", f"the true checkpoint is {found['good']}")
    require(found["tried"] > 200 and not found["accepted"], f"changed at {found['accepted']}, and still accepted")


FOREIGN = """[...document.querySelectorAll('main *')].filter((node) =>
    ['href', 'src'].some((name) => node.hasAttribute(name) && new URL(node.getAttribute(name), location.href).origin !== location.origin)
    || [...node.style].some((name) => !name.startsWith('--')) || node.matches('.banner, #chosen, [onclick]')).map((node) => node.outerHTML.slice(0, 160))"""
CHOSEN = {"href": "https://evil.example/", "src": "//evil.example/x", "id": "chosen", "class": "banner", "onclick": {"handleEvent": "x"},
          "style": {"position": "fixed", "inset": "0", "z-index": "99"}, "toString": 1, "toJSON": 1}


@check("dashboard: what an agent says is text, and chooses neither where a link leads nor how a page looks")
def _(_):
    workshop = house()
    payloads = [{"event_type": "remark", name: value} for name in ("decision", "proposal") for value in [
        [CHOSEN, "a text"], CHOSEN, {"length": 99}, 7, "..", "../../ledger/stats", "https://evil.example/", "A" * 128, "a" * 127, [["b" * 128]]]]
    payloads += [{"event_type": "remark", "decision": "ab" * 64, "proposal": "cd" * 32}]
    receipts = workshop.stamp("clerk", "aiss-2.1", payloads)
    # A page says of what no checkpoint covers that it found no proof, and the browser logs that.
    workshop.run("log", "checkpoint")
    with serving(workshop) as (_, link, _), looking(link) as page:
        for receipt, payload in zip(receipts, payloads):
            show(page, f"log/{receipt['position']}", f"Record {receipt['position']:,}")
            require(not page.evaluate(FOREIGN), f"{payload} makes {page.evaluate(FOREIGN)}")
            leads = page.evaluate("[...document.querySelectorAll('main .facts a')].map((node) => node.hash).filter((hash) => !hash.startsWith('#/agents/'))")
            wanted = [f"#/approvals/{'ab' * 64}", f"#/governance/{'cd' * 32}"] if payload is payloads[-1] else []
            require(leads == wanted, f"{payload} leads to {leads}")
        require("evil.example" not in page.text("main .facts"), "what is no decision is shown as one")
        whatever(page)
        whole(page, receipts[0]["position"])
        for address in ("..%2F..%2Fledger%2Fstats", "..%2Fpolicy", "%2E%2E", "ab" * 63, "AB" * 64):
            before = len(page.requests)
            show(page, f"approvals/{address}", "Approvals")
            require("names no decision" in page.text(), f"`{address}` is taken for a decision")
            asked = [one for one in page.requests[before:] if one.rsplit("/", 1)[-1] in ("stats", "policy") or "/v1/gate/decisions/" in one]
            require(not asked, f"`{address}` asks for {asked}")
        require(not [one for one in page.requests if "evil.example" in one], "another host was asked")


def whatever(page):
    """Elements made from a stranger's values: only what stands first is attributes, and even that leads nowhere else."""
    found = page.evaluate(f"""(async () => {{
        const {{ badge, copyable, el, facts, table }} = await import('/web/dom.js'); const {{ short }} = await import('/web/format.js');
        const chosen = {json.dumps(CHOSEN)}; const main = document.querySelector('main');
        const made = [el('a', {{ href: '#/log' }}, chosen), el('a', {{ href: '#/log' }}, [[chosen]]), el('a', [chosen]), el('a', chosen), badge(chosen),
            facts([[chosen, chosen]]), table('x', [{{ name: 'x', cell: (row) => row }}], [chosen, [chosen]]), copyable(chosen, short(chosen)),
            el('a', {{ href: 'javascript:1' }}), el('a', {{ href: '/\\\\evil.example' }}), el('a', {{ href: '/\\t/evil.example' }})];
        main.append(...made.slice(0, 3), ...made.slice(4));
        made[3].removeAttribute('id'); made[3].removeAttribute('class'); main.append(made[3]);
        const foreign = {FOREIGN}; const links = made.filter((node) => node.matches('a')).map((node) => node.getAttribute('href'));
        made.forEach((node) => node.remove());
        return {{ foreign, links }}; }})()""")
    require(not found["foreign"], f"elements are {found['foreign']}")
    require(found["links"] == ["#/log", "#/log", None, None, None, None, None], f"links lead to {found['links']}")


def whole(page, position):
    """An event is shown with all that its agent signed, also when a member is called as that of other records."""
    shown = page.evaluate(f"""(async () => {{
        const real = window.fetch;
        const event = {{ version: 'AISS-2.1', body: {{ note: 'harmless' }}, payload: {{ note: 'pay everything' }}, signatures: {{ suite: 'x' }} }};
        window.fetch = async (...asked) => {{
            const answer = await real(...asked);
            if (!String(asked[0]).startsWith('/v1/ledger/records/')) return answer;
            const bytes = btoa(JSON.stringify(event)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
            return new Response(JSON.stringify({{ ...(await answer.json()), bytes }}), {{ headers: {{ 'Content-Type': 'application/json' }} }});
        }};
        location.hash = '#/overview'; await new Promise((done) => setTimeout(done, 300)); location.hash = '#/log/{position}';
        const end = Date.now() + 10000; let text;
        do {{ await new Promise((done) => setTimeout(done, 50)); text = document.querySelector('main pre.code')?.textContent; }}
        while (!text?.includes('harmless') && Date.now() < end);
        window.fetch = real;
        return text; }})()""")
    require(shown and "harmless" in shown and "pay everything" in shown, f"of what was signed is shown {shown!r}")


@check("dashboard: at 200 events a second what lands is shown within half a second, and a lost server is noticed")
def _(_):
    workshop = house()
    with serving(workshop) as (_, link, process), Browser() as page:
        page.open(link)
        page.wait("document.querySelector('.pulse.live') && document.querySelector('.feed li')", "the feed is there")
        page.evaluate("""(() => { window.seen = []; const list = document.querySelector('.feed.live');
            new MutationObserver(() => seen.push([Number(list.firstElementChild.dataset.position), Date.now()])).observe(list, { childList: true }); })()""")
        sent, receipts = stamping(workshop, "sensor", rate=200, seconds=10)
        time.sleep(1)
        seen = page.evaluate("seen")
        require(seen[-1][0] >= receipts[-1][0], "the last event was not shown")
        # An event is shown when the feed has come as far; of a burst only the newest rows are drawn.
        shown = [seen[bisect.bisect_left(seen, [position, 0])][1] for position, _ in receipts]
        # From the receipt, which is just after the commit, and from when the line was written, which is before it.
        after = [moment - acknowledged * 1000 for moment, (_, acknowledged) in zip(shown, receipts)]
        whole = [moment - written * 1000 for moment, written in zip(shown, sent)]
        quantile = [round(statistics.quantiles(values, n=20)[18]) for values in (after, whole)]
        print(f"      shown after the commit: p50 {statistics.median(after):.0f} ms, p95 {quantile[0]} ms; after sending: p95 {quantile[1]} ms; {len(after)} events")
        require(quantile[0] < 500 and quantile[1] < 500, f"p95 is {quantile} ms")
        require_clean(page, link.split("/")[2])
        process.terminate()
        page.wait("!document.querySelector('.banner.offline').hidden", "a server that is gone is noticed")
        process.wait(timeout=10)
        with serving(workshop, port=link.split("/")[2].split(":")[1]):
            page.wait("document.querySelector('.signin')", "a server that comes back without the session says so", seconds=40)


def stamping(workshop, agent, rate, seconds):
    """Stamps events at a steady rate; when each was sent, and where and when each was acknowledged."""
    command = [str(ROOT / ".build/release/chancery"), "stamp", "--agent", agent, "--profile", "batch", "--json", "--quiet"]
    process = subprocess.Popen(command, env=workshop.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    sent, receipts = [], []
    reader = threading.Thread(target=lambda: receipts.extend((json.loads(line)["position"], time.time()) for line in process.stdout))
    reader.start()
    begin = time.monotonic()
    for number in range(rate * seconds):
        time.sleep(max(0, begin + number / rate - time.monotonic()))
        sent.append(time.time())
        process.stdin.write(b'{"event_type":"tick","n":%d}\n' % number)
        process.stdin.flush()
    process.stdin.close()
    reader.join()
    require(process.wait(timeout=60) == 0 and len(receipts) == len(sent), "not every event was acknowledged")
    return sent, receipts


@check("dashboard: a timeline of 20,000 events scrolls")
def _(_):
    workshop = house()
    with serving(workshop) as (_, link, _), looking(link) as page:
        show(page, "agents/sensor", "sensor")
        page.wait("document.querySelectorAll('.timeline .item').length > 10", "the first events are there")
        frames = page.evaluate("""(async () => { const list = document.querySelector('.timeline'); const times = [];
            let last = await new Promise(requestAnimationFrame);
            for (let step = 0; step < 240; step++) {
                list.scrollTop += step % 60 < 50 ? 180 : -240;
                const now = await new Promise(requestAnimationFrame); times.push(now - last); last = now; }
            return times.sort((left, right) => left - right); })()""")
        rows = page.evaluate("document.querySelectorAll('.timeline .item').length")
        begin = time.monotonic()
        page.evaluate("document.querySelector('.timeline').focus()")
        page.press("End")
        page.wait("[...document.querySelectorAll('.timeline .item .sequence')].some((node) => node.innerText === '#0')", "the oldest event is reached", seconds=30)
        reached = time.monotonic() - begin
        page.press("Home")
        page.wait("document.querySelector('.timeline').scrollTop === 0", "Home leads back")
        print(f"      frames: p50 {frames[120]:.0f} ms, p95 {frames[228]:.0f} ms, {rows} rows drawn; the oldest of 20,000 in {reached:.1f} s")
        require(rows < 120, f"{rows} rows are drawn")
        require(frames[228] < 50, f"frames take {frames[228]} ms")
        page.evaluate("""(() => { const input = document.querySelector('main input[name=type]'); input.value = 'calibration';
            input.dispatchEvent(new Event('input')); })()""")
        page.wait("[...document.querySelectorAll('.timeline .item strong')].length > 5 && [...document.querySelectorAll('.timeline .item strong')].every((node) => node.innerText === 'calibration')", "the filter leaves one type")


@check("dashboard: pictures")
def _(_):
    workshop = house()
    folder = PICTURES if os.environ.get("CHANCERY_SCREENSHOTS") else workshop.path("pictures")
    folder.mkdir(parents=True, exist_ok=True)
    identity, words = propose(workshop, "authorize-model", "--manifest", "07" * 32, "--scope", "prod", "--title", "Let the assistant run in production")
    with serving(workshop) as (_, link, _), looking(link) as page:
        decide(workshop, "clerk", "pay", {"to": "DE02120300000000202051", "cents": 125000, "currency": "EUR", "reference": "invoice 2026-114"})
        question = decide(workshop, "planner", "pay", {"to": "DE75512108001245126199", "cents": 4900, "currency": "EUR", "reference": "hosting"})
        stamping(workshop, "sensor", rate=50, seconds=2)
        # The page is left for a moment, so that what the stream tells has been drawn.
        for name, address, heading, theme, size in [
            ("overview", "overview", "Overview", "light", (1440, 900)), ("overview-dark", "overview", "Overview", "dark", (1440, 900)),
            ("approvals", f"approvals/{question['decision']}", "Approvals", "light", (1440, 1000)),
            ("governance-dark", f"governance/{identity}", "Let the assistant run in production", "dark", (1440, 900)),
            ("record", "log/20", "Record 20", "light", (1440, 900)), ("timeline-dark", "agents/sensor", "sensor", "dark", (1440, 900)),
            ("policy", "policy?tab=try", "Policy", "light", (1440, 900)), ("phone", "overview", "Overview", "light", (360, 740)),
        ]:
            page.theme(theme)
            page.resize(*size, scale=2 if size[0] < 500 else 1)
            show(page, "compute", "Compute")
            show(page, address, heading)
            time.sleep(1.2)
            page.screenshot(folder / f"{name}.png")
            length = (folder / f"{name}.png").stat().st_size
            require(length < PICTURE_BYTES, f"{name}.png has {length} bytes")


@check("dashboard: a person answers with a passphrase, votes and a freeze appear by themselves")
def _(_):
    workshop = house()
    with serving(workshop) as (url, link, _), Browser() as page:
        page.open(link)
        page.wait("document.querySelector('.pulse.live')", "the stream is open")
        show(page, "approvals", "Approvals")
        asked = decide(workshop, "clerk", "pay", {"to": "DE02120300000000202051", "cents": 125000, "why": "invoice \u202e411"})
        # Other questions wait too.
        question = f".inbox a[data-key='{asked['decision']}']"
        page.wait(f"document.querySelector({json.dumps(question)})", "the question appears by itself", seconds=3)
        swapped(page, asked["decision"])
        page.wait(f"document.querySelector({json.dumps(question)})", "the questions are listed")
        page.click(question)
        page.wait("document.querySelector('input[name=passphrase]')", "it can be answered")
        page.wait("document.querySelector('main').innerText.includes('These arguments have the hash that is approved')")
        # What lands meanwhile has it drawn again.
        page.wait("document.querySelector('.signed')?.innerText.includes('DE02120300000000202051')", "the arguments are shown")
        page.wait(
            "document.querySelector('.signed')?.innerText.includes(String.raw`invoice \\u202e411`)",
            "a character that turns the text around is written out")
        answer(page, "not this one")
        page.wait("document.querySelector('form .note-box.bad')", "a wrong passphrase is refused")
        require(page.evaluate("document.querySelector('input[name=passphrase]').value") == "", "the passphrase stays in the field")
        # After a wrong passphrase the next one has to wait.
        time.sleep(3)
        answer(page, PASSPHRASE)
        page.wait("document.querySelector('main').innerText.includes('by ada')", "it is approved")
        shown = json.loads(workshop.run("gate", "show", asked["decision"], "--json"))
        require(shown["standing"]["state"] == "approved" and shown["standing"]["by"] == "ada", f"the gate has {shown['standing']}")

        identity, words = propose(workshop, "authorize-model", "--manifest", "07" * 32, "--scope", "prod", "--title", "Let it run")
        show(page, f"governance/{identity}", "Let it run")
        page.wait("document.querySelector('.checks .good')?.innerText.includes('Worked out in this browser')", "the six words are worked out")
        require(page.text(".words").split() == words.split(), f"the six words are {page.text('.words')!r}")
        workshop.run("governance", "vote", identity, "approve", "--fingerprint", words)
        page.wait("document.querySelector('main').innerText.includes('decided in slot')", "the decision appears by itself")
        identity, words = propose(workshop, "emergency-freeze", "--scope", "prod", "--title", "Stop it")
        workshop.run("governance", "vote", identity, "approve", "--fingerprint", words)
        page.wait("!document.querySelector('.banner.frozen').hidden", "the freeze is shown on every page")
        require("prod" in page.text(".banner.frozen"), "the scope of the freeze is not named")
        require_clean(page, url.split("//")[1], allowing=["/v1/dashboard/approvals"])


def swapped(page, asked):
    """The server answers with another question than was asked: the page says so, shows none of it, and lets nobody answer."""
    found = page.evaluate(f"""(async () => {{
        const recent = (await (await fetch('/v1/gate/decisions?limit=100')).json()).decisions;
        const other = recent.map((one) => one.decision).find((one) => one !== '{asked}');
        const [real, log] = [window.fetch, console.error]; const path = '/v1/gate/decisions/'; let times = 0;
        window.fetch = (target, ...more) => {{
            const isAsked = String(target).startsWith(path + '{asked}');
            times += isAsked;
            return real(isAsked ? path + other : target, ...more);
        }};
        console.error = () => {{}};
        location.hash = '#/overview'; await new Promise((done) => setTimeout(done, 300)); location.hash = '#/approvals/{asked}';
        const end = Date.now() + 10000; const trouble = () => document.querySelector('main .trouble')?.innerText ?? '';
        do {{ await new Promise((done) => setTimeout(done, 50)); }} while (!trouble() && !document.querySelector('main form') && Date.now() < end);
        const said = trouble(); const main = document.querySelector('main');
        const offered = [...main.querySelectorAll('form, input[name=passphrase], button[value], pre.code')].map((one) => one.outerHTML.slice(0, 120));
        const named = main.innerText.includes('gate approve');
        location.hash = '#/approvals'; await new Promise((done) => setTimeout(done, 300));
        [window.fetch, console.error] = [real, log];
        return {{ other, times, said, offered, named }}; }})()""")
    require(found["other"] and found["times"], f"no question was swapped: {found}")
    require("another decision" in found["said"], f"of another decision the page says {found['said']!r}")
    require(not found["offered"] and not found["named"], f"another decision can be answered: {found}")


def answer(page, passphrase):
    page.evaluate(f"""(() => {{ const form = document.querySelector('input[name=passphrase]').form;
        form.elements.passphrase.value = {json.dumps(passphrase)}; form.elements.reason.value = 'as agreed';
        form.querySelector('button[value=approve]').click(); }})()""")
