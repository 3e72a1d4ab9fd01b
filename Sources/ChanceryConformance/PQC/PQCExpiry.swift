internal import ChanceryGovernance
internal import ChanceryWire

/// `expiry.json`: whether a proposal's end has come. The recommended answer holds in both modes: the package takes what it
/// cannot read for a time that never comes, or stops with a `TypeError`.
enum PQCExpiry {
    /// The cases are stated for 2026.
    private static let now = UTCTime(seconds: 1_790_000_000)

    static let runner = VectorRunner("expiry of the seed's proposals") {
        $0.name == "expiry.json" && $0.json?["cases"]?.array?.first?["expires_at"] != nil
    } run: { file, _, log in
        for test in try file.document.list("cases") {
            let text = try test.text("expires_at")
            log.run("`\(text)`") {
                if try test.stated("recommended").string == "refuse" {
                    let error = $0.throwing("an unreadable time") { _ = try ReferenceTime(text) }
                    return $0.isTrue("the refusal is one of the bytes, which", error is WireError)
                }
                let expired = try ReferenceTime(text).isPast(at: now)
                $0.equal("expired", expired, try test.flag("recommended"))
                // Where both give an answer it is the same one.
                $0.equal("expired for the package", expired, try test.flag("is_expired"))
            }
        }
    }
}
