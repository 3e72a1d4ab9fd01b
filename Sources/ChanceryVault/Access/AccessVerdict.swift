/// The answer to a request.
public enum AccessVerdict: Sendable, Equatable {
    case allowed(Permit)
    /// Every reason, in the order of the list.
    case denied([AccessRefusal])

    public var permit: Permit? { if case .allowed(let permit) = self { permit } else { nil } }
    public var reasons: [AccessRefusal] { if case .denied(let reasons) = self { reasons } else { [] } }
}

/// Why a request is denied. The raw value is the code in events and answers.
public enum AccessRefusal: String, Sendable, CaseIterable {
    /// The vault is locked.
    case locked = "vault.locked"
    /// No rule names the kind.
    case noRule = "vault.no_rule"
    /// A rule of the kind does not name the bundle.
    case bundle = "vault.bundle_not_allowed"
    /// A rule of the kind does not give the right.
    case right = "vault.right_not_allowed"
    /// No writ in force, or its lease is over.
    case writ = "vault.writ_required"
    /// A freeze is in force.
    case frozen = "vault.frozen"
    /// The tier needs evidence that is not there.
    case tier = "vault.attestation_required"
    /// No person, or a false, used, late or foreign answer.
    case presence = "vault.presence_required"
    /// The uses of the window are spent.
    case rate = "vault.rate_exceeded"
}
