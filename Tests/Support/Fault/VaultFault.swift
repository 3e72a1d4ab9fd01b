import ChanceryNode
import ChanceryStorage
import ChanceryVault
import Foundation

/// `chancery-fault vault FOLDER COUNT`: puts versions of one artifact, each with three bodies of 100 000 bytes, and
/// prints the number of each that is committed; then writes a draft of one more and waits for its end.
enum VaultFault {
    static let artifact = "urn:pqc-enclave-art:" + String(repeating: "a7", count: 16)

    static func run(_ folder: String, count: Int, say: (String) -> Void) throws -> Never {
        let files = try VaultFolder(path: folder + "/vault", statePath: folder + "/state", store: .random())
        let artifact = try ArtifactID(artifact)
        for version in 1...Int64(count + 1) {
            let draft = try files.draft(of: artifact, version: version)
            for index in 0..<3 {
                let writing = try draft.create(.body, index: index)
                try writing.append([UInt8](repeating: UInt8(truncatingIfNeeded: version), count: 100_000).span)
                try writing.finish()
            }
            if version > count {
                say("waits")
                // The draft goes with its last owner.
                withExtendedLifetime(draft) { _ = sleep(60) }
                exit(3)
            }
            try files.write(
                [UInt8](repeating: 1, count: 3_000), as: .keyring(artifact, version: version, counter: version),
                replacing: true)
            try draft.commit()
            say("\(version)")
        }
        exit(3)
    }
}
