import ChanceryArithmetic
import ChanceryCircuit
import ChanceryWire
import Foundation
import Testing

@Suite struct ProgramPackageTests {
    private static let source = "secret w: int<16>\ninput x: int<8> in 0...100\noutput y = w * x rounded to 16"

    private func terms(
        _ code: ProgramCode = .source(source), version: String = "1.0.0", commitment: [UInt8]? = Array(repeating: 7, count: 32),
        policy: JSONObject = ["budget": 5], parties: Int = 4, threshold: Int = 2, epoch: Int64 = 1, alias: String? = nil
    ) -> ProgramPackage.Terms {
        .init(
            version: version, code: code, secretsCommitment: commitment, policy: policy, parties: parties, threshold: threshold,
            custodians: Array(repeating: 9, count: 32), epoch: epoch, alias: alias)
    }

    @Test func `a package is read back from its bytes under its id`() throws {
        let package = try ProgramPackage(terms())
        #expect(try ProgramPackage(decoding: package.bytes, id: package.id) == package)
        #expect(package.id.count == 32)
        let text = String(decoding: package.bytes, as: UTF8.self)
        #expect(text.hasPrefix(#"{"alias":null,"circuit":""#))
        #expect(text.contains(#""inputs":[{"name":"x","range":["0","100"],"type":"int<8>"}]"#))
    }

    @Test func `everything in a package changes its id, the version too`() throws {
        let all = [
            terms(), terms(version: "1.0.1"), terms(commitment: Array(repeating: 8, count: 32)), terms(policy: ["budget": 6]),
            terms(parties: 5), terms(parties: 5, threshold: 3), terms(epoch: 2),
            terms(alias: String(repeating: "ab", count: 32)),
            terms(.source(Self.source + "\n")),
        ]
        let ids = try all.map { try ProgramPackage($0).id }
        #expect(Set(ids).count == all.count)
    }

    @Test func `every single-bit change is refused`() throws {
        let package = try ProgramPackage(terms())
        for index in package.bytes.indices {
            var bytes = package.bytes
            bytes[index] ^= 1
            let error = #expect(throws: CircuitError.self) { try ProgramPackage(decoding: bytes, id: package.id) }
            #expect(error?.reason == .programIDMismatch)
        }
        #expect(throws: CircuitError.self) { try ProgramPackage(decoding: package.bytes, id: []) }
    }

    @Test(arguments: [
        (#""circuit":""#, #""circuit":"00"#), (#""range":["0","100"]"#, #""range":["0","101"]"#),
        (#""step":"16""#, #""step":"8""#),
        (#""name":"w""#, #""name":"v""#),
    ])
    func `a package that says something else of its circuit is refused under its own id`(old: String, new: String) throws {
        let text = String(decoding: try ProgramPackage(terms()).bytes, as: UTF8.self)
        let start = try #require(text.firstRange(of: old))
        var changed = text.replacingCharacters(in: start, with: new)
        if old.hasSuffix(":\"") {
            // Two digits more at the start, two fewer at the end of the digest.
            let code = try #require(changed.firstRange(of: #"","code""#))
            changed.removeSubrange(changed.index(code.lowerBound, offsetBy: -2)..<code.lowerBound)
        }
        let bytes = Array(changed.utf8)
        let error = #expect(throws: CircuitError.self) { try ProgramPackage(decoding: bytes, id: ProgramPackage.id(of: bytes)) }
        #expect(error?.code == "compute.circuit_mismatch")
    }

    @Test func `a package that is not canonical, or has more or fewer members, is refused`() throws {
        let text = String(decoding: try ProgramPackage(terms()).bytes, as: UTF8.self)
        for bad in [" " + text, "{\"aaa\":1," + text.dropFirst(), "{" + text.dropFirst(#"{"alias":null,"#.count)] {
            let bytes = Array(bad.utf8)
            #expect(throws: WireError.self) { try ProgramPackage(decoding: bytes, id: ProgramPackage.id(of: bytes)) }
        }
    }

    @Test(arguments: [(2, 2), (4, 3), (3, 1), (17, 2), (0, 0), (4, -1)])
    func `fewer than 2k − 1 custodians are refused`(parties: Int, threshold: Int) {
        let error = #expect(throws: CircuitError.self) { try ProgramPackage(terms(parties: parties, threshold: threshold)) }
        #expect(error?.code == "compute.invalid_package")
    }

    @Test func `a commitment is there exactly with secrets`() {
        #expect(throws: CircuitError.self) { try ProgramPackage(terms(commitment: nil)) }
        #expect(throws: CircuitError.self) { try ProgramPackage(terms(.source("input x: bit\noutput x"))) }
        #expect(throws: Never.self) { try ProgramPackage(terms(.source("input x: bit\noutput x"), commitment: nil)) }
        #expect(throws: CircuitError.self) { try ProgramPackage(terms(alias: "AB")) }
    }

    @Test func `a seed's program keeps its id as alias, and its constants stay with the owner`() throws {
        let seed = try SeedParser.parse(
            "input x\nconst w = 271828182845\nmul y = w x\noutput y", profile: .seed, isStrict: true)
        let old = try SeedPackage(program: seed, policy: .init())
        let salt = [UInt8](repeating: 3, count: 32)
        let commitment = try #require(SecretsCommitment.digest(of: seed.constantValues, salt: salt))
        let package = try ProgramPackage(terms(.seed(try seed.withoutConstants), commitment: commitment, alias: old.programID))
        #expect(!String(decoding: package.bytes, as: UTF8.self).contains("271828182845"))
        #expect(package.circuit == (try seed.circuit(constants: .secret)))
        #expect(try ProgramPackage(decoding: package.bytes, id: package.id) == package)
        #expect(
            try package.circuit.evaluate(inputs: [FieldElement(2)], secrets: seed.constantValues)[0].decimal == "543656365690")
        #expect(throws: WireError.self) { try SeedPackage(program: try seed.withoutConstants, policy: .init()) }
    }

    @Test func `public constants of any size are kept`() throws {
        let seed = try SeedParser.parse(
            "input x\nconst w = -340282366920938463463374607431768211455\nmul y = w x\noutput y", profile: .seed, isStrict: true
        )
        let package = try ProgramPackage(terms(.seed(seed), commitment: nil))
        #expect(try ProgramPackage(decoding: package.bytes, id: package.id).terms.code == .seed(seed))
    }

    @Test func `a commitment depends on salt, values and their order`() {
        let (one, two) = (FieldElement(1), FieldElement(2))
        let salt = [UInt8](repeating: 1, count: 32)
        let all = [
            SecretsCommitment.digest(of: [one, two], salt: salt), SecretsCommitment.digest(of: [two, one], salt: salt),
            SecretsCommitment.digest(of: [one], salt: salt),
            SecretsCommitment.digest(of: [one, two], salt: [UInt8](repeating: 2, count: 32)),
        ]
        #expect(Set(all).count == 4)
        #expect(SecretsCommitment.digest(of: [one], salt: [1]) == nil)
    }
}
