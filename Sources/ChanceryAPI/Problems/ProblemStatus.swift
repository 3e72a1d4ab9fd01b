/// The one table from error codes to HTTP statuses.
///
/// A status of 500 or more says that this machine is at fault; no request causes one.
public enum ProblemStatus {
    public static func of(_ code: String) -> Int {
        switch code {
        case "api.no_such_route", "node.not_found", "node.unknown_agent", "gate.decision_unknown", "gate.agent_unknown": 404
        case "api.method_not_allowed": 405
        case "api.request_timeout": 408
        case "node.already_exists", "store.conflict", "governance.foreign_record", "governance.not_passed",
            "governance.proposal_superseded", "governance.proposal_terminal", "governance.proposal_early",
            "governance.proposal_expired", "governance.basis_stale", "governance.frozen", "governance.precondition_failed",
            "governance.delegation_refused", "governance.delegation_cycle", "governance.roster_closed",
            "governance.contradiction":
            409
        case "api.length_required": 411
        case "api.body_too_long": 413
        case "api.unsupported_media_type": 415
        case "api.range_not_satisfiable": 416
        case "api.misdirected": 421
        case "api.invalid_parameter", "api.body_unreadable", "api.digest_mismatch", "node.invalid_name", "command.usage",
            "governance.threshold_invalid":
            400
        case "api.unsigned", "api.malformed_signature", "api.unknown_key", "api.inactive_key", "api.wrong_algorithm",
            "api.other_authority", "api.not_fresh", "api.content_mismatch", "api.invalid_signature", "api.replayed",
            "api.session_unknown", "api.sign_in_invalid", "api.unauthorized":
            401
        case "api.role_missing", "api.signature_required", "api.foreign_origin", "api.csrf_mismatch", "api.browser_required",
            "node.rejected", "node.retired", "node.profile_fixed", "node.foreign_agent", "node.owner_only",
            "governance.not_a_member":
            403
        case "gate.foreign_agent", "gate.foreign_decision", "gate.self_approval", "gate.not_a_principal",
            "gate.clearance_too_low", "gate.approver_unknown", "gate.approver_inactive",
            "gate.approval_unsigned":
            403
        case "gate.action_malformed", "gate.action_too_long", "gate.target_mismatch", "gate.approval_mismatch",
            "gate.approver_malformed", "gate.justification_missing", "gate.comment_too_long":
            422
        case "gate.wrong_passphrase", "gate.key_unprotected": 403
        case "gate.key_absent": 404
        case "gate.too_many_questions", "gate.passphrase_delayed": 429
        case "evidence.nothing_to_show": 404
        case "evidence.too_large": 413
        case "gate.journal_broken", "gate.policy_altered", "gate.event_malformed": 500
        case "vault.unknown_artifact", "vault.no_file", "vault.key_unknown": 404
        case "vault.no_rule", "vault.bundle_not_allowed", "vault.right_not_allowed", "vault.writ_required", "vault.frozen",
            "vault.attestation_required", "vault.presence_required", "vault.wrong_secret", "vault.not_an_agent",
            "vault.owner_only":
            403
        case "vault.lease_ended", "vault.grant_changed", "vault.committee_decides", "vault.catalogue_conflict",
            "vault.body_order", "vault.key_expired", "vault.key_state", "vault.key_compromised", "vault.key_in_use",
            "vault.key_exists":
            409
        case "vault.rate_exceeded", "vault.presence_busy", "vault.unlock_delayed": 429
        case "vault.invalid_name": 400
        case "vault.journal_broken", "vault.rolled_back", "vault.custody_failed": 500
        case "vault.locked", "vault.custody_unavailable", "vault.custody_locked_out", "vault.pcr_mismatch": 503
        case "gateway.unknown_program": 404
        case "gateway.not_active": 400
        case "gateway.approval_invalid", "gateway.custodian_endpoint": 403
        case "gateway.input_invalid": 422
        case "gateway.budget_exhausted", "gateway.rate_limited": 429
        case "gateway.pool_empty": 409
        case "gateway.custodians_missing", "gateway.full": 503
        case "custodian.unknown_program", "custodian.evidence_unknown": 404
        case "custodian.unknown_client", "custodian.not_the_owner", "custodian.not_the_coordinator", "custodian.state_lost",
            "compute.not_active", "custodian.answer_forged":
            403
        case "compute.budget_exhausted", "compute.program_budget_exhausted", "compute.rate_limited", "compute.bits_exhausted",
            "compute.program_bits_exhausted", "compute.rank_exhausted", "compute.program_rank_exhausted",
            "compute.meter_full":
            429
        case "custodian.unavailable", "custodian.busy", "custodian.log_unwritable", "compute.catching_up",
            "threshold.silent_party",
            "threshold.too_few_parties":
            503
        case "custodian.program_refused", "custodian.message_malformed", "custodian.roster_malformed": 422
        case "custodian.log_broken": 500
        case _ where code.hasPrefix("custodian."): 409
        case _ where code.hasPrefix("threshold."): 409
        case _ where code.hasPrefix("compute."): 422
        case "inference.other_caller", "inference.refused": 403
        case "inference.key_unknown", "inference.replayed": 409
        case "inference.too_long": 413
        case "inference.busy", "inference.memory_full": 503
        case _ where code.hasPrefix("inference."): 422
        case "governance.pool_full", "api.quota_exceeded", "api.sign_in_delayed": 429
        case "api.nonce_store_full", "api.no_room", "api.usage_unkept", "store.busy", "store.unavailable", "node.key_missing",
            "node.passphrase_required",
            "ledger.passphrase_required":
            503
        case "store.full", "store.corrupt", "store.unsafe", "suite.self_test_failed", "suite.operation_failed",
            "api.internal_error", "api.usage_broken":
            500
        case _ where code.hasPrefix("wire."): 400
        // The action is understood, and not allowed to go on now.
        case _ where code.hasPrefix("gate."): 409
        // What was offered is well formed, and not what it must be.
        case _
        where code.hasPrefix("suite.") || code.hasPrefix("ledger.") || code.hasPrefix("governance.")
            || code.hasPrefix("mcp.") || code.hasPrefix("policy.") || code.hasPrefix("pattern.") || code.hasPrefix("vigil.")
            || code.hasPrefix("vault.") || code.hasPrefix("evidence."):
            422
        case "api.coordinator_refuses", "transport.unreachable": 502
        case _ where code.hasPrefix("transport."): 403
        default: 500
        }
    }

    /// The short text of a status (RFC 9110 §15).
    public static func title(_ status: Int) -> String {
        titles[status] ?? "Error"
    }

    private static let titles = [
        304: "Not Modified",
        400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
        408: "Request Timeout", 409: "Conflict", 411: "Length Required", 413: "Content Too Large",
        415: "Unsupported Media Type", 416: "Range Not Satisfiable",
        421: "Misdirected Request", 422: "Unprocessable Content", 429: "Too Many Requests", 500: "Internal Server Error",
        502: "Bad Gateway", 503: "Service Unavailable",
    ]
}
