internal import ArgumentParser

struct Demo: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Tell the whole story in a temporary home.")
    @OptionGroup var options: GlobalOptions
    func run() throws {}
}
