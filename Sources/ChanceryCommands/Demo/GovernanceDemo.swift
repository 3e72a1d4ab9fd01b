internal import ChanceryGovernance
internal import ChanceryLedger
internal import ChanceryNode
internal import ChancerySuite
internal import ChanceryWire
internal import Foundation

/// Five organisations decide: five processes, a member that lies, one that dies, and a stranger who checks.
struct GovernanceDemo {
    private let folder: String
    private let printer: DemoPrinter
    private let model = Digest.sha3_256(Array("medical-ai-v2".utf8))

    init(folder: String, printer: DemoPrinter) {
        self.folder = folder
        self.printer = printer
    }

    func run() throws {
        printer.title("A quorum decides, and nobody is trusted to count")
        let cluster = try printer.step("five organisations found a federation; each runs a node of its own") {
            let cluster = try LocalCluster.make(in: folder + "/cluster", nodes: 5, basePort: FreePorts.first(5), usesTLS: false)
            for number in 1...5 { try cluster.start(number) }
            return (cluster, "federation \(try cluster.home(1).federation.genesis().federation.text.prefix(32))…")
        }
        defer { _ = cluster.stop() }
        let grant = try authorize(cluster)
        try freeze(cluster)
        let file = try export(grant, cluster)
        printer.title("Attacks on the decision")
        try attack(file, grant, cluster)
    }

    // MARK: deciding

    private func authorize(_ cluster: LocalCluster) throws -> Proposal {
        let proposal = try printer.step("n1 proposes that a model may run in prod; the others compare six words") {
            let proposal = try cluster.propose(
                .authorizeModel(
                    manifest: model, scope: Scope("prod"), constraints: Constraints(environment: "prod", maxRateQPS: 50)),
                "Let medical-ai-v2 run")
            return (proposal, try Fingerprint(of: proposal.id).text)
        }
        try printer.step("n5 loses power; n4 approves to one and rejects to another") {
            cluster.signal(5, SIGKILL)
            try cluster.wait("the proposal reaches n4") {
                try cluster.home(4).desk.view().proposals.contains { $0.id == proposal.id }
            }
            try equivocate(proposal, cluster)
            for member in 1...3 { try cluster.vote(.approve, on: proposal, by: member) }
            let excluded = try cluster.home(4).federation.enrolment()?.did
            try cluster.wait("the proof is ordered") {
                try (1...3).allSatisfy { number in
                    try excluded.map { try cluster.home(number).desk.view().state.isExcluded($0) } ?? false
                }
            }
            return ((), "two ballots prove it; n4's weight is gone, and three of five are not enough")
        }
        try printer.step("n5 comes back, catches up and approves: more than two thirds of all weight") {
            try cluster.start(5)
            try cluster.wait("the proposal reaches n5") {
                try cluster.home(5).desk.view().proposals.contains { $0.id == proposal.id }
            }
            try cluster.vote(.approve, on: proposal, by: 5)
            try cluster.wait("the grant is decided on every node") {
                try (1...5).allSatisfy { try authority(cluster, $0) != nil }
            }
            let view = try cluster.home(5).desk.view()
            return (
                (),
                "decided in slot \(view.head.slot), the same state on five nodes: \(Hex.encode(view.head.root.bytes).prefix(16))…"
            )
        }
        return proposal
    }

    private func freeze(_ cluster: LocalCluster) throws {
        try printer.step("an emergency: two of five stop everything, and need no consensus for it") {
            let freeze = try cluster.propose(
                .emergencyFreeze(scope: .everything, rooms: Set(Room.allCases), reason: "drill"), "Stop")
            try cluster.wait("the freeze reaches n2") {
                try cluster.home(2).desk.view().proposals.contains { $0.id == freeze.id }
            }
            try cluster.vote(.approve, on: freeze, by: 1)
            let start = ContinuousClock.now
            try cluster.vote(.approve, on: freeze, by: 2)
            try cluster.wait("n3 denies") { try denial(cluster, 3) == .frozen }
            let time = (ContinuousClock.now - start).components
            return ((), "n3 denies \(time.seconds * 1000 + time.attoseconds / 1_000_000_000_000_000) ms after the second vote")
        }
    }

    private func export(_ proposal: Proposal, _ cluster: LocalCluster) throws -> JSONValue {
        try printer.step("a stranger gets one file and the federation's id, and recomputes the decision") {
            let view = try cluster.home(2).desk.view()
            let slot = view.decisions.first { $0.orders(proposal.id) }?.slot ?? 0
            let file = try DecisionFile(genesis: view.genesis, decisions: Array(view.decisions.prefix(Int(slot)))).json
            let found = try DecisionFile(verifying: file, federation: view.genesis.federation)
            guard found.decisions.last?.orders(proposal.id) ?? false else {
                throw DemoFailure(detail: "the file does not hold the decision")
            }
            return (file, "every ballot and vote of \(found.decisions.count) decisions, from genesis on; no node was asked")
        }
    }

    // MARK: attacking

    private func attack(_ file: JSONValue, _ proposal: Proposal, _ cluster: LocalCluster) throws {
        let genesis = try cluster.home(1).federation.genesis()
        let check = { (decisions: [JSONValue]) -> String? in
            var object = file.object ?? JSONObject()
            object["decisions"] = .array(decisions)
            return DemoAttacks.refusal { _ = try DecisionFile(verifying: .object(object), federation: genesis.federation) }
        }
        let decisions = file["decisions"]?.array ?? []
        guard let last = decisions.last else { throw DemoFailure(detail: "nothing was decided") }
        try printer.attack("a forger lifts the limit from 50 to 5,000 requests a second", rule: "rule G2") {
            let text = String(decoding: try CanonicalForm.jcs.encode(last), as: UTF8.self)
            let forged = try JSONParser.parse(
                text.replacingOccurrences(of: "\"max_rate_qps\":50", with: "\"max_rate_qps\":5000"))
            return check(decisions.dropLast() + [forged])
        }
        try printer.attack("the same decision is played a second time", rule: "slot and parent") { check(decisions + [last]) }
        try printer.attack("a ballot on another proposal is counted for this one", rule: "rule G3") {
            let ballots = try cluster.home(1).desk.view().ballots
            guard let other = ballots.first(where: { $0.key != proposal.id })?.value.all.first else { return nil }
            return check(decisions.dropLast() + [try stealing(other.record, into: last)])
        }
        try printer.attack("half of the votes of the nodes are left out", rule: "rule G1") {
            var decision = last.object ?? JSONObject()
            var certificate = decision["certificate"]?.object ?? JSONObject()
            certificate["votes"] = .array(Array((certificate["votes"]?.array ?? []).prefix(2)))
            decision["certificate"] = .object(certificate)
            return check(decisions.dropLast() + [.object(decision)])
        }
    }

    private func stealing(_ ballot: VerifiedRecord, into decision: JSONValue) throws -> JSONValue {
        var object = decision.object ?? JSONObject()
        var block = object["block"]?.object ?? JSONObject()
        var items = block["items"]?.array ?? []
        guard let index = items.firstIndex(where: { $0["ballots"] != nil }), var item = items[index].object,
            var ballots = item["ballots"]?.array
        else { throw DemoFailure(detail: "the decision holds no certificate") }
        ballots[0] = try JSONParser.parse(ballot.bytes)
        item["ballots"] = .array(ballots)
        items[index] = .object(item)
        block["items"] = .array(items)
        object["block"] = .object(block)
        return .object(object)
    }

    // MARK: what members do

    /// The desk refuses a second choice; a dishonest member has a desk of its own.
    private func equivocate(_ proposal: Proposal, _ cluster: LocalCluster) throws {
        let home = try cluster.home(4)
        let key = try home.federation.openBallotKey(.unencrypted)
        guard let did = try home.federation.enrolment()?.did else { throw DemoFailure(detail: "n4 is no member") }
        for (choice, member) in [(Choice.approve, 1), (.reject, 2)] {
            let ballot = try Ballot.cast(
                choice, on: proposal.id, as: did, in: home.federation.genesis().committee, key: key)
            _ = try cluster.home(member).store.append([NewRecord(ballot.record)], moving: [])
        }
    }

    private func authority(_ cluster: LocalCluster, _ member: Int) throws -> Authority? {
        try cluster.home(member).desk.view().state.isAuthorized(.model(model), in: Scope("prod"), at: Home.now()).authority
    }

    private func denial(_ cluster: LocalCluster, _ member: Int) throws -> Denial? {
        let view = try cluster.home(member).desk.view()
        return view.state.isAuthorized(.model(model), in: try Scope("prod"), at: Home.now(), seen: view.seenFreezes).denial
    }
}
