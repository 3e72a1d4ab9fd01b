import ChanceryCustodian
import ChanceryLedger
import ChanceryOracle
import ChancerySuite
import ChanceryThreshold
import ChanceryWire
import Synchronization

/// Asks custodians of a mesh what its coordinator may ask, one at a time and in any order. What it asks is answered when `ask` returns.
struct Errand: Sendable {
    struct Answer: Sendable {
        let body: JSONObject
        let attachment: [UInt8]

        /// Of a refusal.
        var code: String? { body["error"]?["code"]?.string }
    }

    private final class Desk: Sendable {
        private struct Content: Sendable {
            // The coordinator of the mesh counts from 0.
            var next: UInt64 = 1 << 48
            var answers: [UInt64: Answer] = [:]
        }

        private let content = Mutex(Content())

        func number() -> UInt64 {
            content.withLock { content in
                content.next += 1
                return content.next
            }
        }
        func take(_ number: UInt64) -> Answer? { content.withLock { $0.answers.removeValue(forKey: number) } }

        /// Whether a message answers what was asked here.
        func hear(_ message: Mesh.Message) -> Bool {
            guard case .answer(let number, let body, let attachment) = try? CustodianMessage(message.bytes), number > 1 << 48
            else { return false }
            content.withLock { $0.answers[number] = Answer(body: body, attachment: attachment) }
            return true
        }
    }

    struct Asked: Sendable {
        let ticket: Ticket
        let claim: Claim
        let first: UInt64
    }

    private let desk = Desk()
    private let mesh: Mesh
    private let program: [UInt8]
    private let terms: ActivationTerms

    /// Takes the mesh's tap.
    init(_ mesh: Mesh, _ program: [UInt8]) async throws {
        guard let bundle = try await mesh.service.program(program).bundle else {
            throw CustodianError(.notActivated, "the program is not active")
        }
        self.mesh = mesh
        self.program = program
        terms = try bundle.terms(of: program, by: mesh.roster.set)
        let (own, coordinator) = (desk, mesh.roster.coordinator)
        mesh.tap { message in message.to == coordinator && own.hear(message) ? [] : [message] }
    }

    func ask(_ party: Int, _ body: JSONObject, _ attachment: [UInt8] = []) async throws -> Answer {
        var body = body
        body["program"] = .string(Hex.encode(program))
        let number = desk.number()
        guard let node = mesh.node(party) else { throw CustodianError(.unavailable, "custodian \(party) is down") }
        await node.receive(
            try CustodianMessage.request(number, body, attachment: attachment).bytes, from: mesh.roster.coordinator)
        guard let answer = desk.take(number) else { throw CustodianError(.unavailable, "custodian \(party) did not answer") }
        return answer
    }

    /// The indices that everybody made and has free, ascending.
    func free() async throws -> [UInt64] {
        let everybody = Array(mesh.roster.committee.members)
        var common: Set<UInt64>?
        for party in everybody {
            let answer = try await ask(party, ["op": "pool", "secrets": false])
            var free: Set<UInt64> = []
            for block in answer.body["blocks"]?.array ?? [] {
                let parties = (block["parties"]?.array ?? []).compactMap { $0.integer.map { Int($0) } }
                guard parties == everybody, let first = block["first"]?.integer, let end = block["end"]?.integer else {
                    continue
                }
                for index in first..<end { free.insert(UInt64(index)) }
            }
            common = common.map { $0.intersection(free) } ?? free
        }
        return (common ?? []).sorted()
    }

    /// A claim that is to have the material with indices from `first` on.
    func claim(
        _ first: UInt64, evaluations: Int64 = 1, seconds: Int64 = 120, ticketSeconds: Int64? = nil,
        by key: SigningKey<Purpose.Ticket>
    ) throws -> Asked {
        let time = Mesh.clock()
        let ticket = try Ticket.sign(
            for: terms, evaluations: evaluations, from: time, until: time.advanced(bySeconds: ticketSeconds ?? seconds),
            by: key,
            nonce: SystemRandom.bytes(16))
        let claim = try Claim.sign(
            for: terms, ticket: ticket, evaluations: evaluations, sealing: DecapsulationKey.generate(.xWing).publicKey,
            until: time.advanced(bySeconds: seconds), by: key, nonce: SystemRandom.bytes(16))
        return Asked(ticket: ticket, claim: claim, first: first)
    }

    func sign(_ asked: Asked, at party: Int) async throws -> Answer {
        try await ask(
            party,
            [
                "claim": JSONParser.parse(asked.claim.record.bytes), "first": .integer(Int64(asked.first)), "op": "sign",
                "secrets": false, "ticket": JSONParser.parse(asked.ticket.record.bytes),
            ])
    }

    /// Has a claim signed by some, and makes its certificate.
    func certificate(_ asked: Asked, by parties: [Int]) async throws -> [UInt8] {
        var signatures: [ClaimSignature] = []
        for party in parties {
            let answer = try await sign(asked, at: party)
            if let code = answer.code { throw CustodianError(stated: code, "custodian \(party) does not sign") }
            signatures.append(
                try ClaimSignature.verify(UnverifiedRecord(decoding: answer.attachment), by: mesh.roster.set))
        }
        return try ClaimCertificate(asked.claim, ticket: asked.ticket, signatures: signatures, by: mesh.roster.set).bytes
    }

    func begin(_ certificate: [UInt8], at party: Int, with parties: [Int]? = nil) async throws -> Answer {
        let parties = parties ?? Array(mesh.roster.committee.members)
        return try await ask(
            party,
            [
                "op": "begin", "parties": .array(parties.map { .integer(Int64($0)) }), "rows": .null, "secrets": false,
            ], certificate)
    }
}
