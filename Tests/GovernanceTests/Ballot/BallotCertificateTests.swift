import ChanceryGovernance
import ChanceryLedger
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

struct BallotCertificateTests {
    private let federation: SampleFederation
    private let proposal: Proposal
    private let certificate: JSONValue

    init() throws {
        federation = try SampleFederation(weights: [1, 1, 1, 1, 1])
        proposal = try federation.proposal(.updatePolicy([UInt8](repeating: 9, count: 32)), basis: .policy(nil))
        var ballots = Ballots(on: proposal.id, proposal.kind, of: federation.committee)
        for member in 0..<4 { _ = try ballots.add(federation.ballot(.approve, on: proposal.id, by: member)) }
        _ = try ballots.add(federation.ballot(.reject, on: proposal.id, by: 4))
        certificate = try BallotCertificate(proposal, ballots).json
    }

    private func verify(_ value: JSONValue, in committee: Committee? = nil) throws -> BallotCertificate {
        try BallotCertificate(verifying: value, in: committee ?? federation.committee)
    }

    private func reason(_ value: JSONValue, in committee: Committee? = nil) -> GovernanceError.Reason? {
        do {
            _ = try verify(value, in: committee)
            return nil
        } catch { return (error as? GovernanceError)?.reason }
    }

    private func changed(_ change: (inout JSONObject) throws -> Void) throws -> JSONValue {
        var object = try #require(certificate.object)
        try change(&object)
        return .object(object)
    }

    @Test func `a stranger recomputes an approval`() throws {
        let found = try verify(certificate)
        #expect(found.weights == .init(approve: 4, reject: 1) && found.proposal.id == proposal.id)
    }

    @Test func `without enough approvals nothing is certified`() throws {
        for kept in 0..<4 {
            let few = try changed {
                let approvals = $0["ballots"]?.array?.filter { $0["body"]?["choice"]?.string == "approve" } ?? []
                $0["ballots"] = .array(Array(approvals.prefix(kept)))
            }
            #expect(reason(few) == .notPassed, "\(kept)")
        }
        var ballots = Ballots(on: proposal.id, proposal.kind, of: federation.committee)
        _ = try ballots.add(federation.ballot(.approve, on: proposal.id, by: 0))
        #expect(throws: GovernanceError.self) { _ = try BallotCertificate(proposal, ballots) }
    }

    @Test func `a ballot that does not belong is named with its index`() throws {
        let other = try federation.proposal(.updatePolicy([UInt8](repeating: 8, count: 32)), basis: .policy(nil))
        let elements = try #require(certificate["ballots"]?.array)
        let stolen = try JSONParser.parse(federation.ballot(.approve, on: other.id, by: 0).record.bytes)
        let doubled = elements + [elements[4]]
        let swapped = [elements[1], elements[0]] + elements[2...]
        for (list, index) in [([stolen] + elements[1...], 0), (doubled, 5), (swapped, 1)] as [([JSONValue], Int)] {
            let error = #expect(throws: GovernanceError.self) {
                _ = try verify(changed { $0["ballots"] = .array(list) })
            }
            #expect(error?.reason == .certificateBallot && error?.index == index, "\(String(describing: error))")
        }
    }

    @Test func `excluded members do not stand in a certificate`() throws {
        let error = #expect(throws: GovernanceError.self) {
            _ = try BallotCertificate(verifying: certificate, in: federation.committee, excluding: [federation.dids[2]])
        }
        #expect(error?.reason == .certificateBallot)
    }

    @Test func `roster, threshold and type are those of the committee`() throws {
        #expect(reason(try changed { $0["threshold"] = Threshold.simpleMajority.json }) == .certificateMalformed)
        #expect(reason(try changed { $0["roster"] = .string(String(repeating: "0", count: 64)) }) == .foreignRecord)
        #expect(reason(try changed { $0["type"] = "chancery/ballot/v1" }) == .certificateMalformed)
        #expect(throws: WireError.self) { _ = try verify(changed { $0["note"] = "x" }) }
        let lax = try SampleFederation(weights: [1, 1, 1, 1, 1], thresholds: Thresholds(standard: .simpleMajority))
        #expect(reason(certificate, in: lax.committee) == .foreignRecord)
    }

    @Test func `no change of a byte of a certificate passes`() throws {
        let bytes = try CanonicalForm.jcs.encode(certificate)
        var survivors: [Int] = []
        for place in stride(from: 0, to: bytes.count, by: 97) {
            var damaged = bytes
            damaged[place] ^= 1
            guard let value = try? JSONParser.parse(damaged), value != certificate else { continue }
            if let found = try? verify(value), found.proposal.id == proposal.id { survivors.append(place) }
        }
        #expect(survivors == [])
    }
}
