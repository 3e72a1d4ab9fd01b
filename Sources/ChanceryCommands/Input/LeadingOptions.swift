internal import ArgumentParser

/// Takes `chancery --home DIR stats` for `chancery stats --home DIR`: options that every command has may stand first.
enum LeadingOptions {
    private static let flags: Set<String> = ["--json", "--quiet"]
    private static let options: Set<String> = ["--home", "--state"]

    /// `arguments` with the leading options behind the subcommand that they precede; unchanged without one.
    static func moved(_ arguments: [String], root: any ParsableCommand.Type) -> [String] {
        var rest = arguments[...]
        var leading: [String] = []
        while let first = rest.first {
            if flags.contains(first) || options.contains(where: { first.hasPrefix($0 + "=") }) {
                leading.append(first)
                rest = rest.dropFirst()
            } else if options.contains(first), rest.count > 1 {
                leading += rest.prefix(2)
                rest = rest.dropFirst(2)
            } else {
                break
            }
        }
        var path: [String] = []
        var command = root
        while let name = rest.first, let next = command.configuration.subcommands.first(where: { $0._commandName == name }) {
            path.append(name)
            rest = rest.dropFirst()
            command = next
        }
        return path.isEmpty ? arguments : path + leading + rest
    }
}
