import ChanceryOracle
import ChanceryWire
import TestKit
import Testing

struct ComputePolicyTests {
    private static func full() throws -> ComputePolicy {
        var policy = ComputePolicy()
        policy.bits = try BitsTerms(
            secrets: 31, bitsPerSecret: 16, client: Share(millionths: 100_000), program: Share(millionths: 250_000))
        policy.rank = try RankTerms(features: 30, client: Share(millionths: 200_000), program: Share(millionths: 500_000))
        return policy
    }

    @Test func `the written form of a policy is fixed`() throws {
        let text = """
            {"allow_unchecked":false,"bits":{"bits_per_secret":16,"client":100000,"program":250000,"secrets":31},\
            "client_budget":5,"cost":1,"evaluations_per_minute":10,"extraction":{"agreement":900000,"weight_error":50000},\
            "output_bits":8,"program_budget":100,"ranges":true,"rank":{"client":200000,"features":30,"program":500000},\
            "refill":true,"ticket_seconds":3600,"type":"chancery/compute-policy/v1"}
            """
        let policy = try Self.full()
        #expect(String(decoding: try policy.bytes, as: UTF8.self) == text)
        #expect(try ComputePolicy(decoding: Array(text.utf8)) == policy)
        #expect(try Hex.encode(policy.digest) == "355bf1055609d7bf2ab50bf55d40cb8232a81dc7f814ff124ac43866417d73d0")
    }

    @Test func `every changed bit gives another policy or none`() throws {
        let golden = try Self.full().bytes
        let digest = try Self.full().digest
        for (byte, bit) in bitFlips(of: golden) {
            let altered = try? ComputePolicy(decoding: golden.flipping(byte, bit))
            #expect(try altered.map { try $0.digest != digest } ?? true, "byte \(byte) bit \(bit)")
        }
    }

    @Test func `damaged policies are refused with a code`() throws {
        var mutator = try Mutator("compute policies", corpus: [Self.full().bytes, ComputePolicy().bytes])
        for _ in 0..<3000 {
            let input = mutator.input()
            let outcome = code { _ = try ComputePolicy(decoding: input) }
            #expect(outcome?.hasPrefix("untyped") != true, "\(String(decoding: input, as: UTF8.self))")
        }
    }

    @Test(arguments: [
        ("\"cost\":1", "\"cost\":-1"), ("\"client_budget\":5", "\"client_budget\":101"),
        ("\"evaluations_per_minute\":10", "\"evaluations_per_minute\":0"), ("\"output_bits\":8", "\"output_bits\":0"),
        ("\"ticket_seconds\":3600", "\"ticket_seconds\":2678401"), ("\"agreement\":900000", "\"agreement\":1000001"),
        ("\"client\":100000", "\"client\":250001"), ("\"features\":30", "\"features\":4097"),
        ("\"cost\":1", "\"cost\":1,\"cost\":1"), ("\"ranges\":true", "\"ranges\":1"), ("\"refill\":true,", ""),
        ("\"refill\":true", "\"refill\":true,\"refund\":true"), ("{\"allow", "{ \"allow"),
    ])
    func `numbers out of range and foreign members are refused`(old: String, new: String) throws {
        let golden = try Self.full().bytes
        let altered = golden.replacing(old, by: new)
        #expect(altered != golden)
        #expect(code { _ = try ComputePolicy(decoding: altered) } != nil)
    }

    @Test func `an answer takes its bits, one for the range check and one for the rank`() throws {
        var policy = ComputePolicy()
        #expect(policy.bitsPerEvaluation == 9)
        policy.checksRanges = false
        #expect(policy.bitsPerEvaluation == 8)
        #expect(try Self.full().bitsPerEvaluation == 10)
    }

    @Test func `shares round down and never overflow`() throws {
        #expect(try Share(millionths: 250_000).floor(of: 480) == 120)
        #expect(try Share(millionths: 333_333).floor(of: 3) == 0)
        #expect(Share.whole.floor(of: .max) == .max)
        #expect(try Share(millionths: 999_999).floor(of: .max) == 9_223_362_813_482_738_952)
        #expect(try Share(millionths: 0).floor(of: .max) == 0)
        #expect(Share.whole.floor(of: -5) == 0)
    }

    @Test func `a program that gives away more than its policy counts is refused`() throws {
        let policy = try Self.full()
        func outcome(_ output: Int64 = 8, _ secrets: Int64 = 496, _ features: Int64 = 30, _ ranges: Bool = true) -> String? {
            code {
                try policy.requireCovers(
                    outputBits: output, secretBits: secrets, features: features, checksRanges: ranges)
            }
        }
        #expect(outcome() == nil)
        #expect(outcome(7, 500) == nil)
        for wrong in [outcome(9), outcome(8, 495), outcome(8, 496, 31), outcome(8, 496, 30, false)] {
            #expect(wrong == "compute.policy_understated")
        }
    }
}
