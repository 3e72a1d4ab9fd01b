internal import ChanceryWire

/// Runners for the AISS files of `vectors/piqrypt`.
public enum PiQryptVectors {
    public static let runners: [VectorRunner] = [
        KeyVectors.runner, CanonicalVectors.runner, ClassicalEventVectors.runner, IdentityVectors.runner,
        ValidChainVectors.runner, TamperedChainVectors.runner, ReplayVectors.runner, ForkVectors.runner,
        ClassicalRotationVectors.runner, HybridRotationVectors.runner, AuditExportVectors.runner,
        MixedEventVectors.runner, HybridEventVectors.runner,
    ]
}

extension VectorRunner {
    /// A runner for files called `name` whose top-level object has `members`.
    init(
        _ title: String, name: String, members: [String],
        run: @escaping @Sendable (VectorFile, ConformanceMode, inout CaseLog) throws -> Void
    ) {
        self.init(
            title,
            recognises: { file in
                file.name == name && members.allSatisfy { file.json?[$0] != nil }
            },
            run: run)
    }
}
