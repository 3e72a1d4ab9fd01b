import ChanceryAPI
import ChanceryGate
import ChanceryLedger
import ChanceryNode
import ChanceryServer
import ChanceryWire
import TestKit
import Testing

/// A person answers at a browser, with the key that lies in the home and a passphrase for this answer.
struct BrowserApprovalTests {
    private func body(_ id: DecisionID, _ passphrase: String = DashboardHouse.passphrase, answer: String = "approve") -> String
    {
        #"{"answer":"\#(answer)","approver":"Dr Dupont","decision":"\#(id.text)","passphrase":"\#(passphrase)","reason":"checked"}"#
    }

    private func asked(_ house: DashboardHouse) async throws -> DecisionID {
        let action = try GatedAction("pay", payload: ["amount": 5])
        return try await house.house.gate.decide(action, for: "alice", by: "alice").id
    }

    private static let target = "/v1/dashboard/approvals"

    @Test func `a wrong passphrase is counted and delayed, and the right one signs`() async throws {
        try await DashboardHouse.serving { house, server in
            try house.leaveKey(DashboardHouse.quickProtection)
            let (browser, id) = (try await Browser(house, server, [.approver]), try await asked(house))
            let wrong = try await browser.post(Self.target, body(id, "guess"))
            #expect(wrong.status == 403 && wrong.code == "gate.wrong_passphrase", "\(wrong)")
            // Even the right one waits now.
            let early = try await browser.post(Self.target, body(id))
            #expect(early.status == 429 && early.code == "gate.passphrase_delayed", "\(early)")
            house.uptime.turn(by: .seconds(1))
            #expect(try await browser.post(Self.target, body(id, "guess")).code == "gate.wrong_passphrase")
            house.uptime.turn(by: .seconds(1))
            #expect(try await browser.post(Self.target, body(id)).code == "gate.passphrase_delayed")
            #expect(try house.house.refusals("gate.wrong_passphrase") == 2)
            #expect(try house.records(with: "gate.passphrase_delayed") == 2)
            house.uptime.turn(by: .seconds(1))
            let right = try await browser.post(Self.target, body(id))
            #expect(right.status == 200 && right.json["standing"]?["state"] == "approved", "\(right)")
            let history = try house.house.gate.history(of: id)
            #expect(
                history.following.contains { if case .answer(let answer) = $0 { answer.name == "Dr Dupont" } else { false } })
            #expect(try house.records(with: DashboardHouse.passphrase) == 0)
        }
    }

    @Test func `a no is signed like a yes`() async throws {
        try await DashboardHouse.serving { house, server in
            try house.leaveKey(DashboardHouse.quickProtection)
            let (browser, id) = (try await Browser(house, server), try await asked(house))
            let answer = try await browser.post(Self.target, body(id, answer: "reject"))
            #expect(answer.json["standing"]?["state"] == "rejected", "\(answer)")
        }
    }

    @Test func `nobody answers without a browser, the role, or a key under a passphrase`() async throws {
        try await DashboardHouse.serving { house, server in
            let id = try await asked(house)
            let browser = try await Browser(house, server)
            #expect(try await browser.post(Self.target, body(id)).code == "gate.key_absent")
            try house.leaveKey(.unencrypted)
            #expect(try await browser.post(Self.target, body(id)).code == "gate.key_unprotected")
            try house.leaveKey(DashboardHouse.quickProtection)
            #expect(try await server.post(Self.target, body(id)).code == "api.browser_required")
            let operators = try await Browser(house, server, [.operator, .auditor])
            #expect(try await operators.post(Self.target, body(id)).code == "api.role_missing")
            #expect(try await browser.post(Self.target, body(id, answer: "maybe")).code == "api.invalid_parameter")
            guard case .waiting = try house.house.gate.standing(of: id) else {
                Issue.record("somebody answered")
                return
            }
        }
    }
}
