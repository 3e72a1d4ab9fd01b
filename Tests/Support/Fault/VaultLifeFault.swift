import ChanceryNode
import ChanceryVault
import Foundation
import TestKit

/// `chancery-fault vault-life FOLDER COUNT`: `COUNT` rounds in which two versions are put, all are re-wrapped, all but
/// the newest four are deleted and the root is replaced. It says what it begins, and what is done.
enum VaultLifeFault {
    static func run(_ folder: String, count: Int, say: (String) -> Void) throws {
        let life = try SampleVaultLife(TemporaryFolder(keeping: folder))
        for _ in 0..<count {
            for name in ["stays", "comes"] {
                say("begin put")
                let entry = try life.put(name)
                say("put \(name) \(entry.version)")
            }
            say("begin rewrap")
            let done = try life.rewrap()
            guard done.damaged.isEmpty else { say("error test.damaged \(done.damaged.count)"); exit(1) }
            say("rewrap \(done.count)")
            // Few stay, so that each kind of work takes about as long.
            let oldest = try life.vault.catalogue { $0.live }.sorted { $0.version < $1.version }.dropLast(4)
            for oldest in oldest {
                say("begin delete")
                try life.vault.delete(oldest.artifact, version: oldest.version, by: "test")
                say("deleted \(oldest.artifact.text) \(oldest.version)")
            }
            say("begin rotate")
            try life.rotateRoot()
            say("rotated")
        }
    }
}
