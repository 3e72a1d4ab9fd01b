import Foundation

// Runs the quick starts of docs/quick-start.md, layer by layer; each needs only the layers it imports.
try wireQuickStart()
try suiteQuickStart()
try ledgerQuickStart()

let home = NSTemporaryDirectory() + "chancery-quick-start-\(UUID().uuidString)"
defer {
    for path in [home, home + "-state"] { try? FileManager.default.removeItem(atPath: path) }
}
try nodeQuickStart(home: home)
