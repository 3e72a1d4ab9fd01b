internal import ArgumentParser
internal import ChanceryWire

/// The options that every command takes.
struct GlobalOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Where everything is kept (CHANCERY_HOME; default ~/.chancery).", valueName: "dir"))
    var home: String?

    @Option(
        help: ArgumentHelp("Where high-water marks lie, outside the home and its backups (CHANCERY_STATE).", valueName: "dir"))
    var state: String?

    @Flag(help: "Print the result as JSON: one value, or one value a line where a command prints many.")
    var json = false

    @Flag(help: "Print results only, no remarks.")
    var quiet = false

    func validate() throws {
        if home?.isEmpty == true { throw ValidationError("--home names a folder") }
        if state?.isEmpty == true { throw ValidationError("--state names a folder") }
    }

    /// Prints a result: JSON on request, else what `table` gives.
    func show(_ value: @autoclosure () throws -> JSONValue, _ table: () throws -> String) throws {
        try Console.print(json ? Console.json(value()) : table())
    }

    /// Says that a result went to the file `out`, or nothing when it went to standard output.
    func showWritten(_ members: JSONObject = JSONObject(), to out: String?) throws {
        guard let out, out != "-" else { return }
        guard json else { return remark("wrote \(out)") }
        var object = members
        object["out"] = .string(out)
        try Console.print(Console.json(.object(object)))
    }

    func remark(_ text: String) {
        if !quiet { Console.remark(text) }
    }
}
