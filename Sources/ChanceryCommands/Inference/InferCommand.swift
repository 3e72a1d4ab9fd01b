internal import ArgumentParser

/// `chancery infer …`
struct InferCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "infer",
        abstract: "Ask models so that only the service reads the question, and only the client the answer.",
        discussion: """
            `infer serve` runs beside a program that runs a model of the vault; it opens sealed requests as long as the vault \
            lets its agent use that model, and signs a receipt for each answer. `infer sidecar` runs beside clients: they speak \
            OpenAI's interface to it, and it seals for them (docs/spec/inference.md).
            """,
        subcommands: [InferServe.self, InferSidecar.self])
}
