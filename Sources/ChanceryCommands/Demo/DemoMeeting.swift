internal import ChanceryLedger
internal import ChanceryNode
internal import ChancerySuite
internal import ChanceryWire

/// Two organisations' agents shake hands by exchanging three files, then three agents of one home run a session.
struct DemoMeeting {
    private let folder: String
    private let printer: DemoPrinter

    init(folder: String, printer: DemoPrinter) {
        self.folder = folder
        self.printer = printer
    }

    func run(_ agents: [String: OpenIdentity], _ home: Home) throws {
        guard let buyer = agents["buyer"] else { return }
        let supplier = try Home(path: folder + "/supplier", state: folder + "/supplier-state")
        let proposal = try shakeHands(buyer, home, supplier)
        try session(DemoTrace.agents.compactMap { name, role in agents[name].map { .init($0, role: role) } }, home)
        try printer.attack("the supplier gets the same proposal a second time", rule: "replay: one answer per proposal") {
            let clerk = try supplier.keeper.open(IdentityName("sales"), .unencrypted)
            return DemoAttacks.refusal {
                _ = try supplier.handshakes.accept(
                    proposal.record.bytes, as: clerk, capabilities: CapabilitySet(["order.receive"]))
            }
        }
    }

    /// The buyer of one home and the sales agent of another sign one transcript; only files pass between them.
    private func shakeHands(_ buyer: OpenIdentity, _ home: Home, _ supplier: Home) throws -> HandshakeProposal {
        try printer.step("the buyer shakes hands with the supplier's agent, who has a home of his own") {
            let name = try IdentityName("sales")
            let document = try supplier.keeper.create(name, protection: .unencrypted)
            let sales = try supplier.keeper.open(name, .unencrypted)
            try home.registry.register([document])
            try supplier.registry.register([buyer.document])
            let proposal = try home.handshakes.propose(
                as: buyer, to: document.did, capabilities: CapabilitySet(["order.place", "order.receive"]),
                payload: ["subject": "one pump P4-220B"])
            let response = try supplier.handshakes.accept(
                proposal.record.bytes, as: sales, capabilities: CapabilitySet(["order.receive"]))
            let handshake = try home.handshakes.confirm(response.record.bytes, as: buyer)
            let verdict = try DocumentVerifier(keys: pinned([buyer.document, document])).verify(handshake.record.bytes)
            guard verdict.isValid else { throw DemoFailure(detail: verdict.findings.joined(separator: "; ")) }
            return (proposal, verdict.checked.joined(separator: "; "))
        }
    }

    private func session(_ seats: [SessionDesk.Seat], _ home: Home) throws {
        let export = try printer.step("planner, researcher and buyer close the order in a session; both sides sign each step") {
            let desk = SessionDesk(ledger: home.ledger)
            let session = try desk.start(seats).start.session
            let people = seats.map(\.identity)
            _ = try desk.stamp(
                session, from: people[0], to: people[2], eventType: "approval",
                payload: ["order_id": "A-1187", "limit_eur": 900], clear: ["limit_eur"])
            _ = try desk.stamp(
                session, from: people[2], to: people[0], eventType: "receipt",
                payload: ["order_id": "A-1187", "iban": "DE00 1234"])
            let state = try desk.end(session, by: people[0], members: people)
            return (
                try desk.export(session),
                "\(state.handshakes.count) handshakes, \(state.steps.count) steps, sealed by all; the bank account is only a hash"
            )
        }
        try printer.step("a stranger verifies the session from one file and three public documents") {
            let verdict = try DocumentVerifier(keys: pinned(seats.map(\.identity.document))).verify(export)
            guard verdict.isValid else { throw DemoFailure(detail: verdict.findings.joined(separator: "; ")) }
            return ((), verdict.checked.joined(separator: "; "))
        }
    }

    private func pinned(_ documents: [IdentityDocument]) throws -> PinnedKeys {
        var keys = PinnedKeys()
        for document in documents { try keys.add(PublicForm.document.bytes([document])) }
        return keys
    }
}
