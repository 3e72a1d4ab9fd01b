internal import ChanceryNode
internal import ChanceryWire
internal import Foundation

/// A server of this home that signs for its agents, for the time of one command.
final class SigningServer {
    private let process = Process()

    /// Starts one at `socket` and waits until it answers.
    ///
    /// - Throws: `node.rejected` when it ends instead, or does not answer within `patience`; ``Stop`` when a signal asks for an
    ///   end before.
    init(at socket: String, _ home: Home, _ arguments: [String], patience: Duration, _ signals: EndSignals) throws {
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments =
            [
                "serve", "--home", home.path, "--state", home.statePath, "--port", "0", "--socket", socket, "--sign", "--quiet",
            ] + arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        let (deadline, gate) = (ContinuousClock.now + patience, GateConversation(at: socket, patience: .seconds(2)))
        while ContinuousClock.now < deadline, process.isRunning {
            try signals.check()
            if gate.isAnswering { return }
            usleep(20_000)
        }
        throw NodeError(.rejected, "no server of this home answers at `\(socket)`; `chancery serve --sign --socket` says why")
    }

    deinit { end() }

    /// Asks it to end, and waits for it.
    private func end() {
        guard process.isRunning else { return }
        process.terminate()
        process.waitUntilExit()
    }
}
