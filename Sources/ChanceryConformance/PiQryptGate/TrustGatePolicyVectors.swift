internal import ChanceryPolicy
internal import ChanceryWire

/// The policy files themselves. One of them holds a pattern that is none: strict refuses it, the reference passes over it.
enum TrustGatePolicyVectors {
    static let runner = VectorRunner(
        "TrustGate policies",
        recognises: { file in
            file.name.hasSuffix(".yaml")
                ? (try? Policy(parsing: file.bytes, reading: .compat)) != nil
                : file.name.hasSuffix(".json") && file.json?["thresholds"] != nil && file.json?["cases"] == nil
        },
        run: { file, mode, log in
            log.run("loads") { comparison in
                let format: Policy.Format = file.name.hasSuffix(".json") ? .json : .yaml
                switch mode {
                case .compat: _ = try Policy(parsing: file.bytes, format: format, reading: .compat)
                case .strict where file.name == "balanced.yaml":
                    let error = comparison.throwing("the pattern `(`") { _ = try Policy(parsing: file.bytes) }
                    comparison.equal("code", (error as? PolicyError)?.code, "policy.pattern")
                case .strict:
                    let policy = try Policy(parsing: file.bytes, format: format)
                    // The profiles that ship say the same as those of the reference.
                    if let ours = Policy.profile(named: policy.name) {
                        comparison.equal("approval terms", ours.approval, policy.approval)
                    }
                }
            }
        })
}
