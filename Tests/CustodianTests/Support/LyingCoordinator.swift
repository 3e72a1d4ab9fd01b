import ChanceryArithmetic
import ChanceryCustodian
import ChanceryOracle
import ChanceryThreshold
import ChanceryWire
import Synchronization
import Testing

/// A coordinator that tells clients something else than it was told.
struct LyingCoordinator: ComputeService {
    let service: any ComputeService
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

    /// What a liar tells clients, by name.
    static func all(before service: any ComputeService) -> [(name: String, liar: LyingCoordinator)] {
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
        var all: [(name: String, liar: LyingCoordinator)] = []
        func add(_ name: String, _ liar: LyingCoordinator) { all.append((name, liar)) }
        add(
            "masks of two custodians exchanged",
            LyingCoordinator(
                service: service,
                grant: { ClaimGrant(certificate: $0.certificate, parties: $0.parties, masks: swapped($0.masks)) }))
        add(
            "masks with a bit changed",
            LyingCoordinator(
                service: service,
                grant: {
                    ClaimGrant(certificate: $0.certificate, parties: $0.parties, masks: flipped($0.masks, at: 1500))
                }))
        add(
            "another claim's certificate and masks",
            LyingCoordinator(
                service: service,
                grant: { grant in
                    past.withLock { past in
                        defer { past.grant = grant }
                        return past.grant ?? grant
                    }
                }))
        add(
            "other custodians than take part",
            LyingCoordinator(
                service: service,
                grant: { ClaimGrant(certificate: $0.certificate, parties: Array($0.parties.dropLast()), masks: $0.masks) }))
        add(
            "masked values that the client did not send",
            LyingCoordinator(service: service, frames: { flipped($0, at: ChanceryThreshold.Frame.headerBytes) }))
        add(
            "masked values changed for one custodian",
            LyingCoordinator(
                service: service,
                frames: { frames in
                    var frames = frames
                    frames[1]?[ChanceryThreshold.Frame.headerBytes] ^= 1
                    return frames
                }))
        add(
            "results of two custodians exchanged",
            LyingCoordinator(
                service: service,
                answer: { SubmissionAnswer(results: swapped($0.results), refusals: $0.refusals, named: $0.named) }))
        add(
            "results with a bit changed",
            LyingCoordinator(
                service: service,
                answer: { SubmissionAnswer(results: flipped($0.results, at: 40), refusals: $0.refusals, named: $0.named) }))
        add(
            "results of another evaluation",
            LyingCoordinator(
                service: service,
                answer: { answer in
                    past.withLock { past in
                        defer { past.answer = answer }
                        return past.answer ?? answer
                    }
                }))
        add(
            "other masked secrets",
            LyingCoordinator(
                service: service,
                statement: { told in
                    guard var secrets = told.secrets?.json.object else { return told }
                    secrets["index"] = 7
                    return ProgramStatement(
                        package: told.package, bundle: told.bundle, secrets: try? StatedSecrets(.object(secrets)))
                }))
        add(
            "another package",
            LyingCoordinator(
                service: service,
                statement: { told in
                    ProgramStatement(
                        package: (try? Programs.package("cube")) ?? [], bundle: told.bundle, secrets: told.secrets)
                }))
        add(
            "an activation that too few approved",
            LyingCoordinator(
                service: service,
                statement: { told in
                    var bundle = told.bundle
                    bundle?.approvals.removeLast()
                    return ProgramStatement(package: told.package, bundle: bundle, secrets: told.secrets)
                }))
        return all
    }

    // MARK: what clients make of it

    /// (7 x0 + 11 x1) x0, of which the tests have programs.
    static let secrets = [FieldElement(7), FieldElement(11)]

    /// Has a program evaluated twice: what comes out is right.
    ///
    /// - Returns: how often it was refused.
    static func refusals(of client: ComputeClient, _ id: [UInt8], called name: String) async -> Int {
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
        return refusals
    }
}
