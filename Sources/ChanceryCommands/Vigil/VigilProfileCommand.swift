internal import ArgumentParser
internal import ChanceryVigil
internal import ChanceryWire

struct VigilProfileCommand: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "profile", abstract: "Show or choose the weights, thresholds and bands that risk is computed with.",
        discussion: """
            `standard` has the weights that the reference computes with, `seed` those that its description states. A profile \
            of your own is a file of the form that this command prints, under a name of its own: weights in hundredths, \
            thresholds and bands in millionths, silence in seconds. Every score names the profile that it was computed with. \
            A running daemon takes the change when it is started again.
            """)

    @OptionGroup var options: GlobalOptions
    @Argument(help: "`standard` or `seed`; without it and --file the profile in use is shown.") var name: String?
    @Option(help: ArgumentHelp("A profile of your own, JSON; - for standard input.", valueName: "file")) var file: String?

    var access: Home.Access { name == nil && file == nil ? .reading : .writing("vigil profile") }

    func validate() throws {
        guard name == nil || file == nil else { throw ValidationError("a name or --file, not both") }
    }

    func run(in home: Home) throws {
        let profiles = VigilProfileFile(home: home.path)
        if let chosen = try chosen() { try profiles.write(chosen) }
        let profile = try profiles.read()
        try options.show(profile.json()) { try Console.json(profile.json()) }
    }

    private func chosen() throws -> VigilProfile? {
        if let file { return try VigilProfileFile.profile(UserFile.read(file, limit: 1 << 16)) }
        guard let name else { return nil }
        guard let known = [VigilProfile.standard, .seed].first(where: { $0.name.utf8.elementsEqual(name.utf8) }) else {
            throw UsageError("the named profiles are `standard` and `seed`; --file takes one of your own")
        }
        return known
    }
}
