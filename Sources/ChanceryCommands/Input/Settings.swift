internal import Foundation

/// The environment, with the names of PiQrypt as aliases.
enum Settings {
    static func value(_ name: String, alias: String? = nil) -> String? {
        let environment = ProcessInfo.processInfo.environment
        for name in [name, alias].compactMap(\.self) {
            if let value = environment[name], !value.isEmpty { return value }
        }
        return nil
    }

    /// The user's own folder.
    static var userFolder: String { value("HOME") ?? NSHomeDirectory() }
}
