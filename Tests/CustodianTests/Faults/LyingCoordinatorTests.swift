import ChanceryArithmetic
import ChanceryCustodian
import ChanceryLedger
import ChanceryNode
import ChanceryOracle
import ChancerySuite
import ChanceryThreshold
import ChanceryWire
import Synchronization
import Testing

/// A coordinator may end every evaluation. It may not make one wrong, nor have material used twice.
@Suite(.serialized, .timeLimit(.minutes(4)))
struct LyingCoordinatorTests {
    /// Tells clients something else than it was told.
    private struct Liar: ComputeService {
        let service: Coordinator
        var statement: @Sendable (ProgramStatement) -> ProgramStatement = { $0 }
        var grant: @Sendable (ClaimGrant) -> ClaimGrant = { $0 }
        var frames: @Sendable ([Int: [UInt8]]) -> [Int: [UInt8]] = { $0 }
        var answer: @Sendable (SubmissionAnswer) -> SubmissionAnswer = { $0 }

        func program(_ id: [UInt8]) async throws -> ProgramStatement { statement(try await service.program(id)) }
        func orderSecretsMaterial(_ program: [UInt8]) async throws { try await service.orderSecretsMaterial(program) }

        func claim(
            _ program: [UInt8], secrets: Bool, ticket: Ticket, claim: Claim, rows: PlainRows?
        ) async throws -> ClaimGrant {
            grant(try await service.claim(program, secrets: secrets, ticket: ticket, claim: claim, rows: rows))
        }

        func submit(
            _ program: [UInt8], claim: [UInt8], submission: Submission, frames sent: [Int: [UInt8]]
        ) async throws -> SubmissionAnswer {
            answer(try await service.submit(program, claim: claim, submission: submission, frames: frames(sent)))
        }
    }

    /// What a liar tells clients, by name.
    private static func liars(_ mesh: Mesh) throws -> [(name: String, service: Liar)] {
        let service = mesh.service
        let past = Mutex<(grant: ClaimGrant?, answer: SubmissionAnswer?)>((nil, nil))
        @Sendable func swapped(_ shares: [Int: [UInt8]]) -> [Int: [UInt8]] {
            var shares = shares
            (shares[1], shares[2]) = (shares[2], shares[1])
            return shares
        }
        @Sendable func flipped(_ shares: [Int: [UInt8]], at place: Int) -> [Int: [UInt8]] {
            shares.mapValues { bytes in
                var bytes = bytes
                bytes[min(place, bytes.count - 1)] ^= 1
                return bytes
            }
        }
        var all: [(name: String, service: Liar)] = []
        func add(_ name: String, _ liar: Liar) { all.append((name, liar)) }
        add(
            "masks of two custodians exchanged",
            Liar(
                service: service,
                grant: { ClaimGrant(certificate: $0.certificate, parties: $0.parties, masks: swapped($0.masks)) }))
        add(
            "masks with a bit changed",
            Liar(
                service: service,
                grant: {
                    ClaimGrant(certificate: $0.certificate, parties: $0.parties, masks: flipped($0.masks, at: 1500))
                }))
        add(
            "another claim's certificate and masks",
            Liar(
                service: service,
                grant: { grant in
                    past.withLock { past in
                        defer { past.grant = grant }
                        return past.grant ?? grant
                    }
                }))
        add(
            "other custodians than take part",
            Liar(
                service: service,
                grant: { ClaimGrant(certificate: $0.certificate, parties: Array($0.parties.dropLast()), masks: $0.masks) }))
        add(
            "masked values that the client did not send",
            Liar(service: service, frames: { flipped($0, at: ChanceryThreshold.Frame.headerBytes) }))
        add(
            "masked values changed for one custodian",
            Liar(
                service: service,
                frames: { frames in
                    var frames = frames
                    frames[1]?[ChanceryThreshold.Frame.headerBytes] ^= 1
                    return frames
                }))
        add(
            "results of two custodians exchanged",
            Liar(
                service: service,
                answer: { SubmissionAnswer(results: swapped($0.results), refusals: $0.refusals, named: $0.named) }))
        add(
            "results with a bit changed",
            Liar(
                service: service,
                answer: { SubmissionAnswer(results: flipped($0.results, at: 40), refusals: $0.refusals, named: $0.named) }))
        add(
            "results of another evaluation",
            Liar(
                service: service,
                answer: { answer in
                    past.withLock { past in
                        defer { past.answer = answer }
                        return past.answer ?? answer
                    }
                }))
        add(
            "other masked secrets",
            Liar(
                service: service,
                statement: { told in
                    guard var secrets = told.secrets?.json.object else { return told }
                    secrets["index"] = 7
                    return ProgramStatement(
                        package: told.package, bundle: told.bundle, secrets: try? StatedSecrets(.object(secrets)))
                }))
        add(
            "another package",
            Liar(
                service: service,
                statement: { told in
                    ProgramStatement(
                        package: (try? Programs.package("cube")) ?? [], bundle: told.bundle, secrets: told.secrets)
                }))
        add(
            "an activation that too few approved",
            Liar(
                service: service,
                statement: { told in
                    var bundle = told.bundle
                    bundle?.approvals.removeLast()
                    return ProgramStatement(package: told.package, bundle: bundle, secrets: told.secrets)
                }))
        return all
    }

    @Test(arguments: [(3, 2), (4, 2)])
    func `whatever a coordinator tells clients, no answer is wrong`(size: Int, quorum: Int) async throws {
        let mesh = try Mesh(size, quorum)
        defer { mesh.stop() }
        let id = try await mesh.activate(
            Programs.package("score"), secrets: [FieldElement(7), FieldElement(11)], policy: .wide)
        for (name, service) in try Self.liars(mesh) {
            let client = ComputeClient(
                mesh.roster, key: mesh.clientKey, service: service, read: Programs.read, now: Mesh.clock)
            var refusals = 0
            for x: UInt64 in [3, 5] {
                do {
                    let result = try await client.evaluate(id, [[FieldElement(x), FieldElement(2)]])
                    #expect(result.outputs == [[FieldElement((7 * x + 22) * x)]], "\(name)")
                    // What did not come whole was not taken for a custodian's lie that others saw.
                    #expect(result.named.count <= 2, "\(name)")
                } catch {
                    refusals += 1
                }
            }
            #expect(refusals > 0 || size > 3, "\(name) went unnoticed")
        }
        #expect(
            try await mesh.client.evaluate(id, [[FieldElement(4), FieldElement(2)]]).outputs == [[FieldElement(50 * 4)]])
        for seat in mesh.seats { try LogRule.requireOnce(seat.store.entries()) }
    }

    /// Changes the body of the coordinator's requests to custodians.
    private static func bend(
        _ mesh: Mesh, _ change: @escaping @Sendable (_ party: Int, inout JSONObject) -> Void
    ) -> @Sendable (Mesh.Message) -> [Mesh.Message] {
        let coordinator = mesh.roster.coordinator
        return { message in
            guard message.from == coordinator, let party = mesh.number(message.to),
                case .request(let id, var body, let attachment) = try? CustodianMessage(message.bytes)
            else { return [message] }
            change(party, &body)
            guard let bytes = try? CustodianMessage.request(id, body, attachment: attachment).bytes else { return [] }
            return [Mesh.Message(from: message.from, to: message.to, bytes: bytes)]
        }
    }

    @Test func `a coordinator that asks for used or different indices gets no second signature for one`() async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: .wide)
        _ = try await mesh.client.evaluate(id, [[FieldElement(2)]])
        let bends: [@Sendable (Int, inout JSONObject) -> Void] = [
            // Another index at each custodian.
            { party, body in
                if body["op"]?.string == "sign" { body["first"] = .integer((body["first"]?.integer ?? 0) + Int64(party)) }
            },
            // Other custodians at each custodian.
            { party, body in
                if body["op"]?.string == "begin" {
                    body["parties"] = party < 3 ? JSONValue.array([1, 2, 3]) : JSONValue.array([2, 3, 4])
                }
            },
            // Fewer custodians than would notice a lie.
            { party, body in if body["op"]?.string == "begin" { body["parties"] = [1, 2] } },
            // The index of the first evaluation again.
            { _, body in if body["op"]?.string == "sign" { body["first"] = 0 } },
        ]
        for (number, change) in bends.enumerated() {
            mesh.tap(Self.bend(mesh, change))
            if let result = try? await mesh.client.evaluate(id, [[FieldElement(9)]]) {
                #expect(result.outputs == [[FieldElement(729)]], "bend \(number)")
            }
            mesh.tap { [$0] }
            // After the last one the coordinator has offered all indices that it knows of.
            guard number < bends.count - 1 else { break }
            #expect(try await mesh.client.evaluate(id, [[FieldElement(5)]]).outputs == [[FieldElement(125)]])
        }
        for seat in mesh.seats { try LogRule.requireOnce(seat.store.entries()) }
        try LogRule.requireOnce(committee: mesh.seats.map { $0.store.entries() }, signatures: 3)
    }

    @Test func `requests that come again change nothing`() async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: .wide)
        let past = Mutex<[Mesh.Message]>([])
        let coordinator = mesh.roster.coordinator
        mesh.tap { message in
            guard message.from == coordinator else { return [message] }
            // Everything again, and everything of the evaluations before once more.
            let again = past.withLock { past in
                past.append(message)
                return past.filter { $0.to == message.to }.suffix(8)
            }
            return [message] + again
        }
        for x: UInt64 in 2...6 {
            #expect(try await mesh.client.evaluate(id, [[FieldElement(x)]]).outputs == [[FieldElement(x * x * x)]])
        }
        mesh.tap { [$0] }
        #expect(try await mesh.remaining(of: mesh.clientKey.publicKey.id, id) == [495])
        for seat in mesh.seats { try LogRule.requireOnce(seat.store.entries()) }
    }
}
