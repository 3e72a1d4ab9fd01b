internal import ChanceryAPI
internal import ChanceryCircuit
internal import ChanceryCustodian
internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryOracle
internal import ChancerySuite
internal import ChanceryTransport
internal import ChanceryWire
internal import Foundation

/// Somebody who approves for a custodian.
struct CompliancePerson {
    let did: DID
    let number: Int
    let key: SigningKey<Purpose.Approval>

    init(_ did: DID, _ key: SigningKey<Purpose.Approval>, in roster: CustodianRoster) throws {
        guard let number = roster.number(of: did), roster.set[did]?.approval == key.publicKey else {
            throw UsageError("`\(did.text)` is no custodian of the roster")
        }
        self.did = did
        self.number = number
        self.key = key
    }
}

/// QuorumVM's checks by their names, in the sections of its whitepaper. Each run uses programs of its own.
struct ComplianceRun {
    struct Result {
        let section: String
        let name: String
        var failure: String?
        /// Why the check was not made.
        var skipped: String?
    }

    private struct Failure: Error {
        let text: String
    }

    private struct Skipped: Error {
        let text: String
    }

    private let address: PeerAddress
    private let exchange: HTTPExchange
    private let people: [CompliancePerson]
    private let roster: CustodianRoster
    private let epoch: Int64
    private let cluster: ComputeCluster?
    private let main: SeedPackage
    private let hasty: SeedPackage
    private let whole: SeedPackage

    init(
        _ address: PeerAddress, _ people: [CompliancePerson], roster: CustodianRoster, epoch: Int64, cluster: ComputeCluster?
    ) throws {
        self.address = address
        exchange = try HTTPExchange(address, tls: address.isSecure ? .web : nil)
        self.people = people
        self.roster = roster
        self.epoch = epoch
        self.cluster = cluster
        // No two runs ask for the same program.
        let mark = SystemRandom.bytes(6).reduce(Int64(0)) { $0 << 8 | Int64($1) }
        func square(_ policy: SeedPackage.Policy, _ number: Int64) throws -> SeedPackage {
            let source = """
                input x
                const seven = 7
                const mark = \(mark + number)
                add t = x seven
                mul s = t t
                add marked = s mark
                sub y = marked mark
                output y
                """
            return try SeedPackage(
                program: SeedParser.parse(source, profile: .seed, isStrict: true), policy: policy, secretName: "S_v")
        }
        main = try square(.init(cost: 1, budget: 3, evaluationsPerMinute: 100), 0)
        hasty = try square(.init(cost: 1, budget: 100, evaluationsPerMinute: 2), 1)
        whole = try square(.init(cost: 1, budget: 2, evaluationsPerMinute: 100), 2)
    }

    func results() async throws -> [Result] {
        var results: [Result] = []
        func check(_ section: String, _ name: String, _ body: () async throws -> Void) async {
            var result = Result(section: section, name: name)
            do {
                try await body()
            } catch let error as Failure {
                result.failure = error.text
            } catch let error as Skipped {
                result.skipped = error.text
            } catch {
                result.failure = (error as? any CodedError).map { "\($0.code): \($0.detail)" } ?? "\(error)"
            }
            results.append(result)
        }
        await check("4.1", "fewer_than_k_approvals_stays_pending") {
            try await install(main)
            for person in people.dropLast() { try await approve(main, by: person, expecting: 200) }
            try await require(status(main) == "PENDING", "the program became active with K − 1 approvals")
        }
        await check("4.1", "invalid_signature_rejected") {
            guard let person = people.last else { return }
            try await approve(main, by: person, expecting: 403, isForged: true)
        }
        await check("4.1", "eval_rejected_when_pending") { try await expect(400, of: main, "alice", 3) }
        await check("4.4", "exactly_k_approvals_activates") {
            guard let person = people.last else { return }
            try await approve(main, by: person, expecting: 200)
            try await require(status(main) == "ACTIVE", "the program is not active with K approvals")
        }
        await check("4.2", "k_shares_reconstruct_secret") { try await expect(100, by: main, "alice", 3) }
        await check("4.2", "fewer_than_k_shares_fail") { try await requireNoLonelyShares() }
        await check("4.5", "eval_succeeds_with_one_custodian_slow") { try await evaluateSlowly() }
        await check("8", "budget_allows_then_denies") {
            try await expect(81, by: main, "alice", 2)
            try await expect(64, by: main, "alice", 1)
            try await expect(429, of: main, "alice", 1)
        }
        await check("8", "budget_per_identity_isolation") {
            try await expect(429, of: main, "alice", 1)
            try await expect(49, by: main, "carol", 0)
        }
        await check("8", "rate_limit_denies_burst") {
            try await activate(hasty)
            try await expect(289, by: hasty, "dave", 10)
            try await expect(289, by: hasty, "dave", 10)
            try await expect(429, of: hasty, "dave", 10)
        }
        await check("8", "audit_chain_integrity") {
            let log = try await get("/audit")
            try require(log["chain_valid"]?.bool == true, "the gateway says that its log is broken")
            try require(SeedAudit.read(log["entries"]?.array ?? []).isChained, "the hashes of the log do not chain")
        }
        await check("8", "audit_records_eval_ok_and_denied") {
            let entries = try await get("/audit")["entries"]?.array ?? []
            for event in ["eval_ok", "eval_denied"] {
                let found = entries.contains {
                    $0["event"]?.string == event && $0["data"]?["program_id"]?.string == main.programID
                }
                try require(found, "the log has no `\(event)`")
            }
        }
        await check("11", "full_e2e_compile_activate_eval_budget_audit") {
            try await activate(whole)
            try await expect(289, by: whole, "erin", 10)
            try await expect(49, by: whole, "erin", 0)
            try await expect(429, of: whole, "erin", 0)
            // Others may ask meanwhile: only what the log has of this label counts.
            let last = try await get("/audit")["entries"]?.array?.last { entry in
                entry["data"]?["identity_id"]?.string == "erin" && entry["data"]?["program_id"]?.string == whole.programID
            }
            try require(last?["event"]?.string == "eval_denied", "the log of this label does not end with the refusal")
        }
        return results
    }

    // MARK: what the checks do

    private func require(_ holds: Bool, _ text: String) throws {
        guard holds else { throw Failure(text: text) }
    }

    private func install(_ package: SeedPackage) async throws {
        let answer = try await post("/install", ["beaver_pool_size": 16, "program_package": package.json])
        try require(answer.status == 200, "/install answers \(answer.status)")
    }

    private func activate(_ package: SeedPackage) async throws {
        try await install(package)
        for person in people { try await approve(package, by: person, expecting: 200) }
    }

    private func approve(
        _ package: SeedPackage, by person: CompliancePerson, expecting status: Int, isForged: Bool = false
    ) async throws {
        let content = try ProgramContent(package: CanonicalForm.aiss1.encode(package.json))
        var policy = ComputePolicy()
        (policy.clientBudget, policy.programBudget) = (100_000, 100_000)
        (policy.evaluationsPerMinute, policy.outputBits, policy.checksRanges) = (100_000, 127, false)
        (policy.cost, policy.refillsMaterial) = (package.policy.cost, false)
        var bundle = ActivationBundle(version: content.version, epoch: epoch, policy: policy, approvals: [])
        let terms = try bundle.terms(of: content.id, by: roster.set)
        let key = isForged ? try SigningKey<Purpose.Approval>.generate(.mlDSA65) : person.key
        let approval = try Approval.sign(terms, as: person.did, at: Home.now(), by: key, salt: SystemRandom.bytes(16))
        bundle.approvals = [try UnverifiedRecord(decoding: approval.record.bytes)]
        let answer = try await post(
            "/approve",
            [
                "custodian_index": .integer(Int64(person.number - 1)), "program_id": .string(package.programID),
                "signature": .string(Base64.url.encode(CanonicalForm.jcs.encode(bundle.json))),
            ])
        try require(answer.status == status, "/approve answers \(answer.status), not \(status)")
    }

    private func status(_ package: SeedPackage) async throws -> String? {
        try await get("/status/\(package.programID)")["status"]?.string
    }

    private func evaluate(_ package: SeedPackage, _ label: String, _ x: Int64) async throws -> (status: Int, body: JSONValue) {
        try await post(
            "/eval",
            ["identity_id": .string(label), "inputs": ["x": .integer(x)], "program_id": .string(package.programID)])
    }

    private func expect(_ result: Int64, by package: SeedPackage, _ label: String, _ x: Int64) async throws {
        let answer = try await evaluate(package, label, x)
        try require(
            answer.status == 200 && answer.body["result"]?.integer == result,
            "/eval at \(x) answers \(answer.status) with \(answer.body["result_text"]?.string ?? "nothing"), not \(result)")
    }

    private func expect(_ status: Int, of package: SeedPackage, _ label: String, _ x: Int64) async throws {
        let answer = try await evaluate(package, label, x)
        try require(answer.status == status, "/eval answers \(answer.status), not \(status)")
    }

    /// No party gives out what it holds alone, and with the processes of all but K − 1 custodians stopped nothing is answered.
    private func requireNoLonelyShares() async throws {
        for path in ["/eval_share", "/eval_beaver", "/beaver_round2", "/install_beaver"] {
            let answer = try await post(path, ["program_id": .string(main.programID)])
            try require(answer.status == 403, "\(path) answers \(answer.status), not 403")
        }
        let (cluster, threshold) = (try requireCluster(), roster.set.threshold)
        let stopped = Array(threshold...cluster.size)
        defer { for number in stopped { cluster.signal(number, SIGCONT) } }
        for number in stopped {
            try require(cluster.signal(number, SIGSTOP), "custodian \(number) does not run")
        }
        let answer = try await evaluate(main, "frank", 1)
        try require(answer.status != 200, "/eval answers with \(threshold - 1) custodians")
        for number in stopped { cluster.signal(number, SIGCONT) }
        try cluster.waitForKeys()
    }

    private func requireCluster() throws -> ComputeCluster {
        guard let cluster else { throw Skipped(text: "custodians are stopped for it, which takes --dir") }
        return cluster
    }

    private func evaluateSlowly() async throws {
        let cluster = try requireCluster()
        let slow = cluster.size
        try require(cluster.signal(slow, SIGSTOP), "custodian \(slow) does not run")
        defer { cluster.signal(slow, SIGCONT) }
        try await expect(64, by: main, "bob", 1)
    }

    // MARK: HTTP

    private func get(_ path: String) async throws -> JSONValue { try await call("GET", path, nil).body }

    private func post(_ path: String, _ body: JSONObject) async throws -> (status: Int, body: JSONValue) {
        try await call("POST", path, CanonicalForm.aiss1.encode(.object(body)))
    }

    private func call(_ method: String, _ path: String, _ body: [UInt8]?) async throws -> (status: Int, body: JSONValue) {
        let facts = try RequestFacts(
            method: method, scheme: address.isSecure ? .https : .http, authority: address.authority, target: path, headers: [],
            body: body ?? [])
        let answer = try await exchange.send(facts, [], mediaType: body == nil ? nil : "application/json", limit: 64 << 20)
        return (answer.status, try JSONParser.parse(answer.body, limits: .init(bytes: 64 << 20, depth: 32)))
    }
}
