import ChanceryGovernance
import ChanceryLedger
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

struct GenesisTests {
    @Test func `a genesis reads back as itself, and its hash names the federation`() throws {
        let genesis = try SampleFederation(weights: [1, 1, 1, 1, 1, 2]).genesis
        let again = try Genesis(decoding: genesis.bytes)
        #expect(again.committee == genesis.committee && again.federation.bytes == Digest.sha3_256(genesis.bytes))
        #expect(try Committee(genesis.committee.json) == genesis.committee)
        #expect(genesis.committee.totalWeight == 7 && genesis.committee.epoch == 0)
    }

    @Test func `one member with a third of the weight is refused, unless no fault is tolerated`() throws {
        for weights in [[1, 1, 1], [2, 1, 1, 1, 1], [1]] as [[Int64]] {
            let error = #expect(throws: GovernanceError.self) { _ = try SampleFederation(weights: weights) }
            #expect(error?.reason == .committeeInvalid, "\(weights)")
            #expect(try SampleFederation(weights: weights, toleratesNoFault: true).committee.toleratesNoFault)
        }
    }

    @Test func `an enrolment belongs to its identity and proves each key`() throws {
        let keys = try SampleKeys.memberKeys(1)
        let value = try SampleKeys.enrolment(1, keys: keys).json
        #expect(try Enrolment(verifying: value).keys == keys.publicKeys)
        // The keys of another, with proofs that are valid for his identity.
        let other = try SampleKeys.enrolment(2, keys: SampleKeys.memberKeys(2)).json
        var record = try #require(value["enrolment"]?.object)
        record["body"] = other["enrolment"]?["body"]
        var forged = try #require(value.object)
        forged["enrolment"] = .object(record)
        #expect(throws: (any Error).self) { _ = try Enrolment(verifying: .object(forged)) }
        // Somebody else's key under one's own signature: its proof names another DID.
        let thief = try SampleKeys.keys(3)
        var body = try SampleKeys.enrolment(3, keys: SampleKeys.memberKeys(3)).record.body
        body["keys"] = other["enrolment"]?["body"]?["keys"]
        let stolen = try VerifiedRecord.sign(body, type: Enrolment.type, by: thief.record)
        let file: JSONValue = [
            "enrolment": try JSONParser.parse(stolen.bytes),
            "identity": [try JSONParser.parse(SampleKeys.document(3).record.bytes)], "type": .string(Enrolment.fileType),
        ]
        let error = #expect(throws: GovernanceError.self) { _ = try Enrolment(verifying: file) }
        #expect(error?.reason == .enrolmentInvalid)
    }

    @Test func `a committee lists nobody and no key twice`() throws {
        let committee = try SampleFederation(weights: [1, 1, 1, 1]).committee
        let member = committee.members[0]
        let twin = Member(did: committee.members[1].did, name: "twin", weight: 1, keys: member.keys)
        for members in [committee.members + [member], [twin] + committee.members.filter { $0.did != twin.did }] {
            let error = #expect(throws: GovernanceError.self) { _ = try committee.succeeded(by: members) }
            #expect(error?.reason == .committeeInvalid)
        }
    }

    @Test func `the hashes of a committee are those of the specification`() throws {
        func key(_ purpose: String, _ byte: UInt8) -> JSONValue {
            let bytes = Base64.url.encode([UInt8](repeating: byte, count: 1952))
            return ["key": .string(bytes), "purpose": .string(purpose), "suite": "ML-DSA-65"]
        }
        let member: JSONValue = [
            "did": .string(DID.prefix + String(repeating: "1", count: 64)),
            "keys": [key("ballot", 7), key("consensus", 8), key("http", 9)], "name": "n", "weight": 1,
        ]
        var object: JSONObject = [
            "epoch": 0, "federation": .string(String(repeating: "ab", count: 32)), "members": [member], "roster_epoch": 0,
            "thresholds": Thresholds().json, "tolerates_no_fault": true, "type": .string(Committee.type),
        ]
        let committee = try Committee(.object(object))
        #expect(Hex.encode(committee.rosterHash) == "5375f99f8e8105dbd30197e6eb80338654b9962a96402dfd78dc3a9bbf4f5238")
        #expect(Hex.encode(committee.operatorsHash) == "e8c0c8d3086feaed98a97adfbd6b1919b46e20d0336bcffc2989eb300b24990d")
        #expect(Hex.encode(committee.hash) == "c27c62e2df7b60d863f35073f3391987f6f73181ac207bc8e2d939f9d5fb48f0")
        object["epoch"] = 1
        let later = try Committee(.object(object))
        #expect(later.rosterHash == committee.rosterHash && later.hash != committee.hash)
        object["roster_epoch"] = 1
        #expect(try Committee(.object(object)).rosterHash != committee.rosterHash)
        object["roster_epoch"] = 2
        let error = #expect(throws: GovernanceError.self) { _ = try Committee(.object(object)) }
        #expect(error?.reason == .committeeInvalid)
    }

    @Test func `an operator's key leaves the roster as it is, a ballot key does not`() throws {
        let committee = try SampleFederation(weights: [1, 1, 1, 1]).committee
        let old = committee.members[0]
        let fresh = try SampleKeys.memberKeys(9).publicKeys
        func changed(_ keys: MemberKeys) throws -> Committee {
            try committee.succeeded(by: [Member(did: old.did, name: old.name, weight: 1, keys: keys)] + committee.members[1...])
        }
        let operators = try changed(MemberKeys(ballot: old.keys.ballot, consensus: fresh.consensus, http: old.keys.http))
        #expect(operators.rosterHash == committee.rosterHash && operators.operatorsHash != committee.operatorsHash)
        let people = try changed(MemberKeys(ballot: fresh.ballot, consensus: old.keys.consensus, http: old.keys.http))
        #expect(people.rosterHash != committee.rosterHash && people.operatorsHash == committee.operatorsHash)
        #expect(Set([committee.hash, operators.hash, people.hash]).count == 3)
    }
}
