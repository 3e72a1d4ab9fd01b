import ChanceryAPI
import ChanceryLedger
import ChanceryNode
import ChancerySuite
import ChanceryWire
import Foundation
import Testing

/// Errors over HTTP.
struct ProblemTests {
    /// Codes of the page, with the place for each.
    private static func listed() throws -> [String] {
        let root = URL(fileURLWithPath: #filePath).pathComponents.dropLast(4).joined(separator: "/")
        let page = try String(contentsOfFile: String(root.dropFirst()) + "/docs/error-codes.md", encoding: .utf8)
        return page.split(separator: "\n").compactMap { line in
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count >= 3, cells[0].hasPrefix("`"), Int(cells[1]) != nil else { return nil }
            return cells[0].trimmingCharacters(in: ["`"])
        }
    }

    @Test func `only what is this machine's fault has a status of 500 or more`() throws {
        let ours = [
            "store.", "suite.self_test_failed", "suite.operation_failed", "node.key_missing", "passphrase_required",
            "gate.journal_broken", "gate.policy_altered", "gate.event_malformed", "vault.journal_broken", "vault.rolled_back",
            "vault.custody_failed", "vault.custody_unavailable", "vault.locked", "api.internal_error",
            "api.plain_http_refused", "api.nonce_store_full", "api.no_room", "command.", "inference.busy",
            "inference.memory_full", "vault.custody_locked_out", "vault.pcr_mismatch", "api.usage_unkept", "api.usage_broken",
            "gateway.custodians_missing", "gateway.full", "custodian.unavailable", "custodian.busy", "custodian.log_broken",
            "custodian.log_unwritable", "transport.unreachable", "api.coordinator_refuses",
            "compute.catching_up", "threshold.silent_party", "threshold.too_few_parties",
        ]
        let codes = try Self.listed()
        #expect(codes.count > 130)
        for code in codes {
            let status = ProblemStatus.of(code)
            let isOurs = ours.contains { code.hasPrefix($0) || code.hasSuffix($0) } && code != "store.conflict"
            #expect((status >= 500) == (isOurs && code != "command.usage"), "\(code): \(status)")
            #expect(ProblemStatus.title(status) != "Error", "\(code): \(status)")
        }
    }

    @Test func `a failure of the server's own tells nothing but its code`() {
        let corrupt = Problem(NodeError(.storeCorrupt, "column `x` of /home/operator"), request: "1")
        #expect(corrupt.status == 500 && corrupt.code == "store.corrupt" && !corrupt.detail.contains("operator"))
        let unreadable = Problem(NodeError(.storeUnavailable, "cannot read `/home/operator/vault`"), request: "1")
        #expect(unreadable.status == 503 && unreadable.code == "store.unavailable" && !unreadable.detail.contains("operator"))
        let unknown = Problem(CocoaError(.fileNoSuchFile), request: "1")
        #expect(unknown.status == 500 && unknown.code == "api.internal_error")
        let refused = Problem(LedgerError(.linkBroken, "event 3"), request: "1")
        #expect(refused.status == 422 && refused.detail.hasPrefix("event 3"))
    }
}
