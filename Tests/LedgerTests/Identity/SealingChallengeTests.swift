import ChanceryLedger
import ChancerySuite
import TestKit
import Testing

struct SealingChallengeTests {
    private let secret = [UInt8](repeating: 9, count: 32)

    @Test func `only the holder of the document's key answers`() throws {
        let document = try SampleKeys.document(1)
        let challenge = try SealingChallenge(to: document, secret: secret)
        let answer = try SealingChallenge.answer(challenge.message, for: document, with: SampleKeys.keys(1).sealing)
        #expect(challenge.isAnswered(by: answer))
        #expect(throws: SuiteError.self) {
            try SealingChallenge.answer(challenge.message, for: document, with: SampleKeys.keys(2).sealing)
        }
        #expect(throws: SuiteError.self) {
            try SealingChallenge.answer(challenge.message, for: SampleKeys.document(2), with: SampleKeys.keys(1).sealing)
        }
    }

    @Test func `an answer fits its own challenge alone`() throws {
        let document = try SampleKeys.document(1)
        let one = try SealingChallenge(to: document, secret: secret)
        let two = try SealingChallenge(to: document, secret: secret.map { $0 ^ 1 })
        let answer = try SealingChallenge.answer(one.message, for: document, with: SampleKeys.keys(1).sealing)
        #expect(!two.isAnswered(by: answer))
        #expect(!one.isAnswered(by: []) && !one.isAnswered(by: Array(answer.dropLast())))
        #expect(throws: SuiteError.self) { try SealingChallenge(to: document, secret: []) }
    }
}
