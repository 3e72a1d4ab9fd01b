internal import ChanceryWire

/// The one table from error codes to exit codes.
enum ExitStatus {
    static let ok: Int32 = 0
    static let failure: Int32 = 1
    static let usage: Int32 = 2
    static let refused: Int32 = 3
    static let verificationFailed: Int32 = 4
    static let unavailable: Int32 = 5

    static func of(_ code: String) -> Int32 {
        switch code {
        case "store.busy", "store.unavailable", "node.passphrase_required", "ledger.wrong_passphrase", "node.key_missing",
            "ledger.passphrase_required", "api.nonce_store_full", "transport.unreachable", "vault.locked",
            "vault.wrong_secret", "vault.custody_unavailable", "vault.custody_locked_out", "vault.pcr_mismatch",
            "vault.presence_busy", "vault.unlock_delayed", "gate.wrong_passphrase", "gate.passphrase_delayed":
            unavailable
        case "node.invalid_name", "ledger.blank_passphrase", "ledger.invalid_passphrase", "command.usage",
            "governance.threshold_invalid", "api.invalid_parameter", "vault.invalid_name":
            usage
        case "node.not_found", "store.full", "store.corrupt", "store.unsafe", "store.conflict", "suite.self_test_failed",
            "suite.operation_failed", "api.internal_error", "vault.key_unknown", "vault.unknown_artifact",
            "vault.no_file", "vault.custody_failed", "vault.body_order", "vault.resume_invalid":
            failure
        // What was offered is genuine, but the rules say no to it now.
        case "ledger.handshake_not_accepted", "ledger.handshake_replayed", "ledger.handshake_not_fresh",
            "ledger.handshake_expired", "ledger.handshake_wrong_audience", "ledger.handshake_with_self",
            "ledger.session_phase", "ledger.session_time", "ledger.session_full", "ledger.session_foreign_member",
            "ledger.payload_collision", "ledger.payload_not_portable", "ledger.log_rollback", "ledger.log_inconsistent",
            "governance.not_a_member", "governance.foreign_record", "governance.not_passed", "governance.pool_full",
            "transport.certificate_refused", "transport.tls_required", "api.unauthorized", "api.plain_http_refused",
            "governance.proposal_superseded", "governance.proposal_terminal", "governance.proposal_early",
            "governance.proposal_expired", "governance.basis_stale", "governance.frozen", "governance.precondition_failed",
            "governance.delegation_refused", "governance.delegation_cycle", "governance.roster_closed",
            "governance.contradiction", "governance.not_fresh", "governance.peer_budget", "transport.answer_too_long",
            "transport.no_usable_key":
            refused
        case "vault.no_rule", "vault.bundle_not_allowed", "vault.right_not_allowed", "vault.writ_required", "vault.frozen",
            "vault.attestation_required", "vault.presence_required", "vault.rate_exceeded", "vault.lease_ended",
            "vault.grant_changed", "vault.committee_decides", "vault.parameter_set_too_weak", "vault.recipient_unsuitable",
            "vault.no_recipient", "vault.key_purpose", "vault.key_expired", "vault.key_state", "vault.key_compromised",
            "vault.key_in_use", "vault.key_exists", "vault.attestation_untrusted", "vault.attestation_stale",
            "vault.attestation_root", "vault.not_an_agent", "vault.owner_only":
            refused
        case "compute.catching_up", "compute.meter_full": unavailable
        case "gateway.pool_empty", "gateway.custodians_missing", "gateway.full": unavailable
        case "gateway.input_invalid": usage
        case _ where code.hasPrefix("gateway."): refused
        case "compute.not_active", "compute.ticket_expired", "compute.ticket_early", "compute.ticket_too_long",
            "compute.ticket_replayed", "compute.claim_expired", "compute.budget_exhausted",
            "compute.program_budget_exhausted", "compute.rate_limited", "compute.bits_exhausted",
            "compute.program_bits_exhausted", "compute.rank_exhausted", "compute.program_rank_exhausted",
            "compute.rows_required", "compute.not_claimed", "compute.submitted_already", "compute.extractable",
            "compute.extraction_missing":
            refused
        case _ where code.hasPrefix("compute."): verificationFailed
        case "custodian.unavailable", "custodian.busy", "custodian.material_missing", "custodian.keys_missing",
            "custodian.log_unwritable":
            unavailable
        case "custodian.answer_forged", "custodian.log_broken", "custodian.message_malformed", "custodian.roster_malformed",
            "custodian.history_forked":
            verificationFailed
        case _ where code.hasPrefix("custodian."): refused
        case "threshold.too_few_parties", "threshold.silent_party", "threshold.material_spent": unavailable
        case "threshold.invalid_committee", "threshold.invalid_program", "threshold.wrong_inputs": usage
        case "threshold.session_over": failure
        case "threshold.input_out_of_range", "threshold.wrong_session", "threshold.replayed_frame",
            "threshold.unexpected_frame", "threshold.wrong_material":
            refused
        case _ where code.hasPrefix("threshold."): verificationFailed
        case "inference.busy", "inference.memory_full": unavailable
        case "inference.classical_refused", "inference.evidence_required", "inference.other_model", "inference.tier_mismatch",
            "inference.key_unknown", "inference.replayed", "inference.other_caller", "inference.refused":
            refused
        case _ where code.hasPrefix("inference."): verificationFailed
        case "gate.journal_broken", "gate.policy_altered", "gate.event_malformed": verificationFailed
        case _ where code.hasPrefix("gate."): refused
        case _ where code.hasPrefix("mcp."): refused
        case _ where code.hasPrefix("policy."): verificationFailed
        case _ where code.hasPrefix("pattern."): verificationFailed
        case "api.usage_broken": verificationFailed
        case _ where code.hasPrefix("vigil."): verificationFailed
        case "evidence.nothing_to_show": failure
        case "evidence.too_large": refused
        case _ where code.hasPrefix("evidence."): verificationFailed
        case _ where code.hasPrefix("vault."): verificationFailed
        case _ where code.hasPrefix("node."): refused
        case _ where code.hasPrefix("api."): refused
        case _ where code.hasPrefix("governance."): verificationFailed
        case _ where code.hasPrefix("wire."): verificationFailed
        case _ where code.hasPrefix("suite."): verificationFailed
        case _ where code.hasPrefix("ledger."): verificationFailed
        case _ where code.hasPrefix("transport."): verificationFailed
        default: failure
        }
    }
}

/// Ends a command with an exit code after its result was printed.
struct Stop: Error {
    let code: Int32
}

/// The system refused something that has no code of its own.
struct SystemFailure: CodedError {
    let detail: String
    var code: String { "command.failed" }
}
