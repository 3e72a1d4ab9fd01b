import ChanceryInference
import ChanceryLedger
import ChanceryNode
import ChancerySuite
import ChanceryVault
import ChanceryWire
import Synchronization
import TestKit
import Testing

/// A model of the vault answers sealed requests, each once, as long as the vault lets it.
struct InferenceDeskTests {
    @Test func `an answer is what the model said, and the chain names its receipt`() async throws {
        let scene = try await InferenceScene()
        let (body, proof) = try await scene.ask([1, 2, 3])
        #expect(body == [1, 2, 3, 1, 2, 3])
        let event = try #require(try scene.home.payloads("vault_inference").first)
        #expect(event["receipt"]?.string == Hex.encode(proof.receipt.id))
        #expect(event["request"]?.string == Hex.encode(proof.receipt.terms.request))
        #expect(event["manifest"]?.string == scene.entry.manifest.text)
        #expect(event["caller"]?.string == InferenceScene.caller)
        #expect(event["outcome"]?.string == "completed")
        #expect(event["response_bytes"]?.integer == 6)
        #expect(try scene.home.home.audit().isClean)
        // Whoever folds the chain anew takes the event.
        #expect(try scene.home.process().catalogue { $0.live.count } == 1)
    }

    @Test func `a request is answered once, and the second try is on record`() async throws {
        let scene = try await InferenceScene()
        let request = try await scene.seal([1]).bytes
        let opened = try await scene.desk.open(request, from: InferenceScene.caller)
        #expect(await refusal { _ = try await scene.desk.open(request, from: InferenceScene.caller) } == "inference.replayed")
        try await scene.desk.answer(opened) { _ in }
        #expect(await refusal { try await scene.desk.answer(opened) { _ in } } == "inference.replayed")
        #expect(await refusal { _ = try await scene.desk.open(request, from: InferenceScene.caller) } == "inference.replayed")
        #expect(try scene.home.refusals() == ["inference.replayed", "inference.replayed"])
    }

    @Test func `after a revocation nothing is opened, and after a new grant it is again`() async throws {
        let scene = try await InferenceScene()
        _ = try await scene.ask([1])
        try scene.home.vault.revoke(scene.entry, from: SampleVaultHome.planner, by: "test")
        let request = try await scene.seal([2]).bytes
        #expect(await refusal { _ = try await scene.desk.open(request, from: InferenceScene.caller) } == "vault.grant_changed")
        #expect(await refusal { _ = try await scene.desk.open(request, from: InferenceScene.caller) } == "vault.writ_required")
        #expect(try scene.home.payloads("vault_inference").count == 1)
        // The vault was asked once: it writes down each of its refusals.
        for _ in 0..<3 { _ = await refusal { _ = try await scene.desk.open(request, from: InferenceScene.caller) } }
        let refusals = try scene.home.payloads("vault_refused")
        #expect(refusals.count { $0["operation"]?.string == "get" } == 1)
        #expect(refusals.count { $0["principal"]?.string == InferenceScene.caller } == 5)
        try scene.home.grant(scene.entry)
        scene.home.home.clock.turn(by: 5)
        let opened = try await scene.desk.open(request, from: InferenceScene.caller)
        #expect(try await scene.desk.answer(opened) { _ in }.terms.outcome == .completed)
    }

    @Test func `under a freeze nothing is opened`() async throws {
        let (home, committee) = (try SampleVaultHome(), FreezingCommittee())
        let vault = try Vault(
            identity: home.identity, store: home.home.store, registry: home.home.registry, files: home.files,
            authority: committee, now: home.home.clock.now, monotonic: { home.home.clock.now().milliseconds })
        try vault.unlock(home.backend, by: "test")
        let entry = try home.put()
        let keys = try vault.temporaryServiceKeys(for: entry)
        let desk = try await InferenceDesk(
            vault, serving: entry, as: home.caller(), keys: keys, backend: ScriptedModel.echo, now: home.home.clock.now)
        var sealer = try RequestSealer(to: try await desk.statement(), caller: "ak", operation: "embeddings")
        let request = sealer.opening + (try sealer.seal([1], isLast: true))
        committee.freeze(true)
        #expect(await refusal { _ = try await desk.open(request, from: "ak") } == "vault.frozen")
        committee.freeze(false)
        _ = try await desk.open(request, from: "ak")
        // The permit that ended, and who had asked.
        #expect(try home.refusals() == ["vault.frozen", "vault.frozen"])
    }

    @Test func `a locked vault opens nothing`() async throws {
        let scene = try await InferenceScene()
        let request = try await scene.seal([1]).bytes
        try scene.home.vault.lock(by: "test")
        #expect(await refusal { _ = try await scene.desk.open(request, from: InferenceScene.caller) } == "vault.locked")
    }

    @Test func `a revocation ends an answer under way, and its receipt says so`() async throws {
        let held = Mutex<InferenceScene?>(nil)
        let scene = try await InferenceScene(
            ScriptedModel { _, answer in
                try await answer(.head(status: 200, mediaType: "text/event-stream"))
                try await answer(.body([1]))
                guard let scene = held.withLock({ $0 }) else { throw ScriptedModel.Failure() }
                try scene.home.vault.revoke(scene.entry, from: SampleVaultHome.planner, by: "test")
                scene.home.home.clock.turn(by: 1)
                try await answer(.body([2]))
            })
        held.withLock { $0 = scene }
        #expect(await refusal { _ = try await scene.ask([1]) } == "inference.answer_incomplete")
        let event = try #require(try scene.home.payloads("vault_inference").first)
        #expect(event["outcome"]?.string == "permit_ended" && event["response_bytes"]?.integer == 1)
        #expect(try scene.home.refusals() == ["vault.grant_changed"])
    }

    @Test(arguments: [false, true])
    func `a model that fails is an incomplete answer, on record`(hasBegun: Bool) async throws {
        let scene = try await InferenceScene(
            ScriptedModel { _, answer in
                if hasBegun { try await answer(.head(status: 200, mediaType: "text/plain")) }
                throw ScriptedModel.Failure()
            })
        #expect(await refusal { _ = try await scene.ask([1]) } == "inference.answer_incomplete")
        let event = try #require(try scene.home.payloads("vault_inference").first)
        #expect(event["outcome"]?.string == "backend_failed")
        #expect(event["status"]?.integer == (hasBegun ? 200 : 502))
    }

    @Test func `a client that goes away is on record`() async throws {
        let scene = try await InferenceScene()
        let opened = try await scene.desk.open(try await scene.seal([1]).bytes, from: InferenceScene.caller)
        await #expect(throws: ScriptedModel.Failure.self) {
            try await scene.desk.answer(opened) { _ in throw ScriptedModel.Failure() }
        }
        let event = try #require(try scene.home.payloads("vault_inference").first)
        #expect(event["outcome"]?.string == "client_left")
    }

    @Test func `a request of another caller, key or form is refused on record`() async throws {
        let scene = try await InferenceScene(keyLifetime: 100)
        let request = try await scene.seal([1]).bytes
        #expect(await refusal { _ = try await scene.desk.open(request, from: "ak_other") } == "inference.other_caller")
        #expect(await refusal { _ = try await scene.desk.open([1, 2], from: InferenceScene.caller) } == "inference.malformed")
        scene.home.home.clock.turn(by: 100)
        #expect(
            await refusal { _ = try await scene.desk.open(request, from: InferenceScene.caller) } == "inference.key_unknown")
        #expect(
            try scene.home.refusals() == ["inference.other_caller", "inference.malformed", "inference.key_unknown"])
    }

    @Test func `of a flood of false requests some are records, and the others are counted`() async throws {
        let scene = try await InferenceScene()
        for _ in 0..<104 {
            #expect(
                await refusal { _ = try await scene.desk.open([1], from: InferenceScene.caller) } == "inference.malformed")
        }
        let refusals = try scene.home.payloads("vault_refused").compactMap { $0["detail"]?.string }
        #expect(refusals.count == 103)
        #expect(refusals.last?.hasPrefix("4 refusals of this caller") == true, "\(refusals.last ?? "")")
    }

    @Test func `what is counted of a flood is on record when its hour is over, and when the service ends`() async throws {
        let scene = try await InferenceScene()
        func flood() async {
            for _ in 0..<107 { _ = await refusal { _ = try await scene.desk.open([1], from: InferenceScene.caller) } }
        }
        func counted() throws -> [String] {
            try scene.home.payloads("vault_refused").compactMap { $0["detail"]?.string }.filter { $0.hasPrefix("7 refusals") }
        }
        await flood()
        try scene.desk.keepWatch()
        #expect(try counted().isEmpty)
        scene.home.home.clock.turn(by: 3600)
        try scene.desk.keepWatch()
        #expect(try counted().count == 1)
        await flood()
        try scene.desk.close()
        try scene.desk.close()
        #expect(try counted().count == 2)
    }

    @Test func `a count that a full store does not take is written when it does`() async throws {
        let home = try SampleVaultHome()
        let store = HookedStore(home.home.store)
        let vault = try Vault(
            identity: home.identity, store: store, registry: home.home.registry, files: home.files, authority: nil,
            now: home.home.clock.now, monotonic: { home.home.clock.now().milliseconds })
        try vault.unlock(home.backend, by: "test")
        let entry = try home.put()
        try home.grant(entry)
        let desk = try await InferenceDesk(
            vault, serving: entry, as: home.caller(), keys: vault.temporaryServiceKeys(for: entry),
            backend: ScriptedModel.echo, now: home.home.clock.now)
        for _ in 0..<107 { _ = await refusal { _ = try await desk.open([1], from: "ak") } }
        home.home.clock.turn(by: 3600)
        store.onAppend { throw NodeError(.storeFull, "full") }
        #expect(code { try desk.keepWatch() } == "store.full")
        store.onAppend(nil)
        try desk.keepWatch()
        let last = try home.payloads("vault_refused").last?["detail"]?.string ?? ""
        #expect(last.hasPrefix("7 refusals of this caller"), "\(last)")
    }

    @Test func `for an agent that was retired the vault is asked once, and who asks is counted`() async throws {
        let home = try SampleVaultHome()
        let agent = try home.home.identity("planner")
        _ = try home.home.ledger.register(agent, role: "worker")
        let entry = try home.put()
        let did = agent.document.did.text
        _ = try home.vault.grant(entry, to: did, lifetime: 3600, by: "test")
        let desk = try await InferenceDesk(
            home.vault, serving: entry, as: AuthenticatedCaller(principal: did, bundle: "planner"),
            keys: home.vault.temporaryServiceKeys(for: entry), backend: ScriptedModel.echo, now: home.home.clock.now)
        var sealer = try RequestSealer(to: try await desk.statement(), caller: "ak", operation: "embeddings")
        let request = sealer.opening + (try sealer.seal([1], isLast: true))
        _ = try home.home.ledger.retire(agent)
        for _ in 0..<106 { _ = await refusal { _ = try await desk.open(request, from: "ak") } }
        let refusals = try home.payloads("vault_refused")
        #expect(refusals.count { $0["operation"]?.string == "get" } == 1)
        let own = refusals.filter { $0["operation"]?.string == "infer" }
        #expect(own.count == 103 && own.last?["codes"] == ["node.retired"], "\(own.count)")
    }

    @Test func `service keys are keys of the vault: made, replaced and ended by events`() async throws {
        let scene = try await InferenceScene(keyLifetime: 100)
        let first = try await scene.desk.statement().terms.keyID
        scene.home.home.clock.turn(by: 50)
        let second = try await scene.desk.statement().terms.keyID
        #expect(try scene.home.vault.key(first).state == .decryptOnly && scene.home.vault.key(first).successor == second)
        #expect(try scene.home.vault.key(second).state == .active)
        #expect(throws: VaultError.self) { try scene.home.vault.rotate(second, scene.home.backend, by: "test") }
        #expect(try scene.home.vault.dueKeys() == [])
        let request = try await scene.seal([1]).bytes
        try scene.home.vault.destroy(second, by: "test")
        #expect(
            await refusal { _ = try await scene.desk.open(request, from: InferenceScene.caller) } == "inference.key_unknown")
        let third = try await scene.desk.statement().terms.keyID
        #expect(third != second)
        // The process is gone and said nothing; what is past its end goes with what is due.
        scene.home.home.clock.turn(by: 200)
        let due = try scene.home.vault.rotateDue(scene.home.backend, by: "test")
        #expect(due.service == [] && due.retired == 2)
        for id in [first, second, third] { #expect(try scene.home.vault.key(id).state == .destroyed) }
    }

    @Test func `32 questions at once get 32 answers of their own`() async throws {
        let scene = try await InferenceScene()
        let answers = try await withThrowingTaskGroup(of: (Int, [UInt8]).self) { group in
            for number in 0..<32 {
                group.addTask { (number, try await scene.ask([UInt8](repeating: UInt8(number), count: 100 + number)).body) }
            }
            return try await group.reduce(into: [Int: [UInt8]]()) { $0[$1.0] = $1.1 }
        }
        for (number, body) in answers { #expect(body == [UInt8](repeating: UInt8(number), count: 2 * (100 + number))) }
        #expect(answers.count == 32)
        let events = try scene.home.payloads("vault_inference")
        #expect(Set(events.compactMap { $0["request"]?.string }).count == 32)
    }

    @Test func `of 32 copies at once one is opened`() async throws {
        let scene = try await InferenceScene()
        let request = try await scene.seal([1]).bytes
        let opened = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<32 {
                group.addTask { (try? await scene.desk.open(request, from: InferenceScene.caller)) != nil }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(opened == 1)
    }

    @Test func `more questions than places are told to come again`() async throws {
        let scene = try await InferenceScene(concurrency: 1)
        let (first, second) = (try await scene.seal([1]).bytes, try await scene.seal([2]).bytes)
        var held: OpenedInference? = try await scene.desk.open(first, from: InferenceScene.caller)
        #expect(await refusal { _ = try await scene.desk.open(second, from: InferenceScene.caller) } == "inference.busy")
        withExtendedLifetime(held) {}
        held = nil
        _ = try await scene.desk.open(second, from: InferenceScene.caller)
    }
}
