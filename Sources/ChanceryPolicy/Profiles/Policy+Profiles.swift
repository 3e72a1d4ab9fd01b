extension Policy {
    /// The names under which policies of our own ship.
    public static let profileNames = ["ai_act_high_risk", "anssi_strict", "nist_balanced"]

    /// The text of a shipped policy, to be read, copied and changed; nil for other names.
    public static func profileText(named name: String) -> String? {
        switch name {
        case "ai_act_high_risk": aiActHighRisk
        case "anssi_strict": anssiStrict
        case "nist_balanced": nistBalanced
        default: nil
        }
    }

    /// A shipped policy; nil for other names.
    public static func profile(named name: String) -> Policy? {
        profileText(named: name).flatMap { try? Policy(parsing: Array($0.utf8)) }
    }
}
