import ChanceryGate
import ChanceryPolicy
import ChanceryWire
import TestKit
import Testing

/// The stages of a question follow from the time alone.
struct QuestionTests {
    private func time(_ seconds: Int64) -> UTCTime { SampleKeys.time(seconds) }

    @Test(
        arguments: [
            ("0", Clearance.l1), ("0.75", .l1), ("0.7500001", .l2), ("0.9", .l2), ("0.90000000000000000000000001", .l3),
            ("1", .l3),
            ("1.5", .l3), (nil, .l3),
        ] as [(String?, Clearance)])
    func `the risk says which clearance is asked first, and no known risk asks for the highest`(
        risk: String?, expected: Clearance
    ) throws {
        #expect(try Sample.question(risk: risk).clearance == expected)
    }

    @Test(arguments: [("0.1", [Clearance.l1, .l2, .l3]), ("0.8", [.l2, .l3]), ("0.95", [.l3, .l3])])
    func `escalation walks up the clearances and then ends`(risk: String, expected: [Clearance]) throws {
        let question = try Sample.question(.escalate, timeout: 10, risk: risk)
        #expect(question.stages == Int64(expected.count) && question.span == 10 * Int64(expected.count))
        for (stage, clearance) in expected.enumerated() {
            let start = Int64(stage) * 10
            #expect(question.stage(at: time(start), asked: time(0)) == Int64(stage))
            #expect(
                question.stage(at: UTCTime(milliseconds: time(start + 10).milliseconds - 1), asked: time(0)) == Int64(stage))
            #expect(question.clearance(at: Int64(stage)) == clearance)
        }
        #expect(question.stage(at: time(question.span), asked: time(0)) == nil)
    }

    @Test func `what the rule that asks wants besides is part of the question`() throws {
        let terms = try Sample.terms()
        #expect(!terms.requireJustification)
        let plain = Question(terms, risk: nil, obligations: [Obligation(.log), Obligation(.logPayload)])
        #expect(!plain.requiresJustification && plain.channels == terms.channels)
        let asked = Question(
            terms, risk: nil,
            obligations: [
                Obligation(.notify, "pager"), Obligation(.justify), Obligation(.notify, "pager"), Obligation(.notify, "desk"),
            ])
        #expect(asked.requiresJustification && asked.channels == terms.channels + ["pager", "desk"])
        #expect(try Question(asked.json) == asked)
    }

    @Test(arguments: [ApprovalTerms.OnTimeout.reject, .block])
    func `without escalation one stage is all`(onTimeout: ApprovalTerms.OnTimeout) throws {
        let question = try Sample.question(onTimeout, timeout: 10)
        #expect(question.stage(at: time(9), asked: time(0)) == 0 && question.stage(at: time(10), asked: time(0)) == nil)
    }

    @Test func `a clock that went back asks the first stage, and no time traps`() throws {
        let question = try Sample.question(.escalate, timeout: 10)
        #expect(question.stage(at: time(-1_000_000), asked: time(0)) == 0)
        let (first, last) = (UTCTime(milliseconds: .min), UTCTime(milliseconds: .max))
        #expect(question.stage(at: first, asked: last) == 0 && question.stage(at: last, asked: first) == nil)
        #expect(question.clearance(at: .min) == question.clearance && question.clearance(at: .max) == .l3)
    }

    @Test func `a stored question reads back, and one with a member wrong does not`() throws {
        let question = try Sample.question(.block, timeout: 7, justification: true, principals: ["ann", "bob"])
        #expect(try Question(question.json) == question)
        Damaged.each(of: question.json) { damaged, what in
            #expect(throws: (any Error).self, "\(what)") { try Question(damaged) }
        }
        // A name that is none must not turn a question for some people into one for everybody.
        for member in ["principals", "channels"] {
            var object = try #require(question.json.object)
            object[member] = [5]
            #expect(throws: (any Error).self, "\(member)") { try Question(.object(object)) }
        }
        for timeout in [0, -1, Question.longestStage + 1] {
            var object = try #require(question.json.object)
            object["timeout"] = .integer(timeout)
            #expect(throws: (any Error).self) { try Question(.object(object)) }
        }
    }
}
