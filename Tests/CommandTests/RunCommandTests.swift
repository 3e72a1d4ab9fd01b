import Foundation
import TestKit
import Testing

/// `chancery run` asks first: what the gate does not allow, in time and in words that are understood, is not started.
struct RunCommandTests {
    private static let policy = """
        language: chancery/policy/v2
        name: house
        version: "1"
        rules:
          - {id: commands, effect: allow, when: {action: run_command}}
          - {id: deploys, effect: require_human, when: {action: deploy}}
          - {id: watched, effect: allow, when: {action: watched}, obligations: [log_payload, {log_level: warning}]}
          - {id: told, effect: allow, when: {action: told}, obligations: [{notify: ops}]}
        """

    /// A home with the agent `a`, a gate and a policy.
    private func house() throws -> CommandProcess {
        let chancery = try CommandProcess.withAgent()
        #expect(try chancery.run("gate", "init", "--insecure-no-passphrase").status == 0)
        try chancery.folder.write(Array(Self.policy.utf8), to: "policy.yaml")
        #expect(try chancery.run("policy", "activate", "policy.yaml").status == 0)
        return chancery
    }

    /// A server of the home; when this returns it answers on its socket.
    private func serving(_ chancery: CommandProcess, _ arguments: [String] = ["--sign", "--insecure-no-passphrase"]) throws
        -> RunningServer
    {
        let server = try RunningServer(chancery, ["--socket", "home/chancery.sock"] + arguments)
        let answers = try (0..<100).contains { _ in
            try chancery.run("api", "GET", "http://localhost:80/health", "--socket", "home/chancery.sock").status == 0
        }
        #expect(answers)
        return server
    }

    private func outcomes(_ chancery: CommandProcess) throws -> [String] {
        try chancery.run("search", "--type", "gate_outcome", "--all", "--json").lines
    }

    @Test func `what is allowed runs with its own streams and status, and its outcome is on record`() throws {
        let chancery = try house()
        let server = try serving(chancery)
        let script = "cat; echo \"$CHANCERY_AGENT ${CHANCERY_PASSPHRASE-none}\"; echo oops >&2; umask; exit 7"
        let ran = try chancery.run(
            "run", "--agent", "a", "--", "sh", "-c", script, input: Array("in\n".utf8),
            prelude: "umask 027; export CHANCERY_PASSPHRASE=x")
        #expect(ran.status == 7 && ran.output == "in\na none\n0027\n" && ran.error == "oops\n", "\(ran)")
        let noted = try outcomes(chancery)
        #expect(noted.count == 1 && noted[0].contains("failed") && noted[0].contains("exit 7"), "\(noted)")
        let hashed = try chancery.run("run", "--agent", "a", "--hash-output", "--", "printf", "abc")
        #expect(hashed.status == 0 && hashed.output == "abc", "\(hashed)")
        let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        #expect(try outcomes(chancery).contains { $0.contains("done") && $0.contains("stdout 3 bytes, sha256 \(digest)") })
        let killed = try chancery.run("run", "--agent", "a", "--", "sh", "-c", "kill -9 $$")
        #expect(killed.status == 137, "\(killed)")
        #expect(try chancery.run("gate", "orphans", "--grace", "1s", "--json").output == "[]\n")
        #expect(server.process.isRunning)
    }

    @Test func `what is not allowed is not started`() throws {
        let chancery = try house()
        let server = try serving(chancery)
        func refused(_ arguments: String..., status: Int32, code: String) throws {
            let ran = try chancery.run(["run"] + arguments + ["--", "touch", "done"])
            #expect(ran.status == status && ran.code == code, "\(arguments): \(ran)")
            #expect(!FileManager.default.fileExists(atPath: chancery.folder.path + "/done"), "\(arguments)")
        }
        try refused("--agent", "a", "--action", "drop_db", status: 3, code: "gate.not_approved")
        try refused("--agent", "a", "--action", "deploy", status: 3, code: "gate.not_approved")
        try refused("--agent", "a", "--action", "deploy", "--wait", "1", status: 3, code: "gate.not_approved")
        try refused("--agent", "nobody", status: 3, code: "gate.agent_unknown")
        try refused(status: 2, code: "api.invalid_parameter")
        try refused("--agent", "a", "--socket", "nowhere", status: 5, code: "transport.unreachable")
        let unknown = try chancery.run("run", "--agent", "a", "--", "no-such-program-here")
        #expect(unknown.status == 1 && unknown.code == "node.not_found", "\(unknown)")
        #expect(try chancery.run("run", "--agent", "a").status == 2)
        #expect(try outcomes(chancery).isEmpty && server.process.isRunning)
    }

    @Test(
        arguments: [
            "", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nyes!",
            "HTTP/1.1 200 OK\r\nContent-Length: 33\r\n\r\n{\"allowed\":true,\"redeemed\":true}\n\r\n", "nonsense\r\n\r\n",
            "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n",
        ])
    func `a gate that is slow or answers nonsense allows nothing`(answer: String) throws {
        let chancery = try house()
        let server = try ListeningSocket.lying(at: chancery.folder.path + "/lies.sock", answering: answer)
        let ran = try chancery.run(
            "run", "--agent", "a", "--socket", "lies.sock", "--patience", "1", "--", "touch", "done")
        #expect(ran.status == 5 && ran.code == "transport.unreachable", "\(ran)")
        #expect(!FileManager.default.fileExists(atPath: chancery.folder.path + "/done"))
        withExtendedLifetime(server) {}
    }

    @Test(
        arguments: [
            #"{"obligations":["encrypt_everything"]}"#, #"{"obligations":[{"name":"log","value":"x"}]}"#,
            #"{"obligations":["notify"]}"#, #"{"obligations":null}"#, #"{"effect":"ALLOW_MOSTLY"}"#, #"{"reason":null}"#,
            #"{"allowed":false}"#, #"{"effect":"REQUIRE_HUMAN"}"#, #"{"effect":"BLOCK"}"#,
        ])
    func `what is owed or said and not known is refused, and a permission that was used for it is noted as failed`(
        change: String
    ) throws {
        let chancery = try house()
        let server = try serving(chancery)
        let between = try ListeningSocket.altering(in: chancery.folder.path, changing: change)
        let ran = try chancery.run("run", "--agent", "a", "--socket", "between.sock", "--", "touch", "done")
        #expect(ran.status == 5 && ran.code == "transport.unreachable", "\(ran)")
        #expect(!FileManager.default.fileExists(atPath: chancery.folder.path + "/done"))
        let noted = try outcomes(chancery)
        #expect(noted.count == 1 && noted[0].contains("failed") && noted[0].contains("was not understood"), "\(noted)")
        withExtendedLifetime((server, between)) {}
    }

    @Test func `what the policy wants logged is on standard error, and a channel that nobody tells is a refusal`() throws {
        let chancery = try house()
        let server = try serving(chancery)
        let logged = try chancery.run("run", "--agent", "a", "--action", "watched", "--quiet", "--", "echo", "hello")
        #expect(logged.status == 0 && logged.output == "hello\n" && logged.errorLines.count == 1, "\(logged)")
        #expect(logged.error.hasPrefix("warning: watched ") && logged.error.contains(#""arguments":["hello"]"#), "\(logged)")
        let told = try chancery.run("run", "--agent", "a", "--action", "told", "--", "touch", "done")
        #expect(told.status == 3 && told.code == "gate.not_approved" && told.error.contains("`ops`"), "\(told)")
        #expect(!FileManager.default.fileExists(atPath: chancery.folder.path + "/done"))
        let noted = try outcomes(chancery)
        #expect(noted.count == 2 && noted.contains { $0.contains("failed") && $0.contains("not started") }, "\(noted)")
        #expect(server.process.isRunning)
    }

    @Test(arguments: [("TERM", SIGTERM), ("HUP", SIGHUP), ("INT", SIGINT)])
    func `a signal while the gate is asked waits for the answer, and what was permitted is noted as failed`(
        name: String, number: Int32
    ) throws {
        let chancery = try house()
        let server = try serving(chancery)
        let between = try ListeningSocket.altering(
            in: chancery.folder.path, signalling: number, before: "POST /v1/gate/decisions ")
        let ran = try chancery.run(
            "run", "--agent", "a", "--socket", "between.sock", "--", "touch", "done", prelude: having(name, "default"))
        #expect(ran.status == 128 + number, "\(ran)")
        #expect(!FileManager.default.fileExists(atPath: chancery.folder.path + "/done"))
        let noted = try outcomes(chancery)
        #expect(noted.count == 1 && noted[0].contains("failed") && noted[0].contains("signal \(number)"), "\(noted)")
        withExtendedLifetime((server, between)) {}
    }

    @Test func `a signal ends the wait for a person at once, and nothing was used`() throws {
        let chancery = try house()
        let server = try serving(chancery)
        let between = try ListeningSocket.altering(
            in: chancery.folder.path, signalling: SIGTERM, before: "GET /v1/gate/decisions/")
        let started = Date()
        let ran = try chancery.run(
            "run", "--agent", "a", "--action", "deploy", "--wait", "60", "--socket", "between.sock", "--", "touch", "done",
            prelude: having("TERM", "default"))
        #expect(ran.status == 128 + SIGTERM && Date().timeIntervalSince(started) < 20, "\(ran)")
        #expect(!FileManager.default.fileExists(atPath: chancery.folder.path + "/done"))
        #expect(try outcomes(chancery).isEmpty)
        withExtendedLifetime((server, between)) {}
    }

    /// Runs `chancery` with a signal as it is by default, or ignored, whatever the runner of tests does.
    private func having(_ signal: String, _ disposition: String) -> String {
        "env --\(disposition)-signal=\(signal) \"$0\" \"$@\"; exit $?"
    }

    @Test func `how a command ended is known where nobody wants to hear of the end of processes`() throws {
        let chancery = try house()
        let server = try serving(chancery)
        let ran = try chancery.run("run", "--agent", "a", "--", "false", prelude: having("CHLD", "ignore"))
        #expect(ran.status == 1, "\(ran)")
        let noted = try outcomes(chancery)
        #expect(noted.count == 1 && noted[0].contains("failed") && noted[0].contains("exit 1"), "\(noted)")
        #expect(server.process.isRunning)
    }

    @Test(arguments: ["TERM", "HUP"]) func `a signal that asks for an end is handed on, and the outcome noted`(
        signal: String
    ) throws {
        let chancery = try house()
        let server = try serving(chancery)
        // Until it comes back.
        let script = "trap 'exit 9' \(signal); for _ in $(seq 100); do kill -s \(signal) $PPID; sleep 0.1; done"
        let ran = try chancery.run("run", "--agent", "a", "--", "sh", "-c", script, prelude: having(signal, "default"))
        #expect(ran.status == 9, "\(ran)")
        let noted = try outcomes(chancery)
        #expect(noted.count == 1 && noted[0].contains("failed") && noted[0].contains("exit 9"), "\(noted)")
        #expect(server.process.isRunning)
    }

    @Test(arguments: ["TERM", "HUP"]) func `a signal that is ignored stays so, for the command too`(signal: String) throws {
        let chancery = try house()
        let server = try serving(chancery)
        let script = "kill -s \(signal) $PPID; kill -s \(signal) $$; sleep 0.3; echo alive"
        let ran = try chancery.run("run", "--agent", "a", "--", "sh", "-c", script, prelude: having(signal, "ignore"))
        #expect(ran.status == 0 && ran.output == "alive\n", "\(ran)")
        #expect(try outcomes(chancery).count == 1 && server.process.isRunning)
    }

    /// Whoever leads the session ends with its terminal, and the kernel tells the group; or tells the group itself, as shells do.
    @Test(arguments: ["", "trap 'trap \"\" HUP; kill -s HUP 0' HUP;"])
    func `a terminal that goes away is told to the command once`(leader: String) throws {
        let chancery = try house()
        let server = try serving(chancery)
        let terminal = unsafe open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        // TIOCSPTLCK and TIOCGPTN: lets others open the other end, and says which it is.
        var (lock, index) = (Int32(0), UInt32(0))
        #expect(unsafe ioctl(terminal, 0x4004_5431, &lock) == 0 && ioctl(terminal, 0x8004_5430, &index) == 0)
        try chancery.folder.write(
            Array("trap 'echo told >> told' HUP; : > ready; sleep 20 & wait; sleep 1 & wait; : > over".utf8), to: "command.sh")
        try chancery.folder.write(
            Array("\(leader) \"$1\" run --agent a -- sh command.sh > out 2>&1 & wait; wait".utf8), to: "leader.sh")
        let session = Process()
        session.executableURL = URL(fileURLWithPath: "/bin/sh")
        session.arguments = [
            "-c", "exec env --default-signal=HUP setsid --ctty --wait sh leader.sh \"$1\" < /dev/pts/\(index)", "sh",
            try CommandProcess.binary().path,
        ]
        session.currentDirectoryURL = URL(fileURLWithPath: chancery.folder.path)
        session.environment = chancery.environment
        try session.run()
        func comes(_ file: String) -> Bool {
            (0..<200).contains { _ in
                usleep(50_000)
                return FileManager.default.fileExists(atPath: chancery.folder.path + "/" + file)
            }
        }
        #expect(comes("ready"))
        close(terminal)
        #expect(comes("over"))
        #expect(try String(decoding: chancery.folder.read("told"), as: UTF8.self) == "told\n")
        session.waitUntilExit()
        #expect(server.process.isRunning)
    }

    @Test func `a pipe that nobody reads ends a command as it does by default`() throws {
        let chancery = try house()
        let server = try serving(chancery)
        let ran = try chancery.run(
            "run", "--agent", "a", "--", "sh", "-c", "kill -s PIPE $$; echo alive", prelude: having("PIPE", "ignore"))
        #expect(ran.status == 128 + SIGPIPE && ran.output.isEmpty, "\(ran)")
        #expect(server.process.isRunning)
    }

    @Test func `a server is started for the time of a command where none answers`() throws {
        let chancery = try house()
        let ran = try chancery.run("run", "--agent", "a", "--insecure-no-passphrase", "--", "printf", "%s", "done")
        #expect(ran.status == 0 && ran.output == "done", "\(ran)")
        #expect(try outcomes(chancery).count == 1)
        let after = try chancery.run("api", "GET", "http://localhost:80/health", "--socket", "home/chancery.sock")
        #expect(after.code == "transport.unreachable", "\(after)")
        let without = try chancery.run("run", "--agent", "a", "--patience", "5", "--", "touch", "done")
        #expect(without.status == 3 && without.code == "node.rejected", "no passphrase for the server: \(without)")
    }

    @Test func `without --sign nothing is signed for agents`() throws {
        let chancery = try house()
        let server = try serving(chancery, [])
        try chancery.folder.write(Array(#"{"events":[{}]}"#.utf8), to: "body")
        let stamped = try chancery.run(
            "api", "POST", "http://localhost:80/v1/agents/a/events", "--socket", "home/chancery.sock", "--body", "body")
        #expect(stamped.output.contains("api.no_such_route") && server.process.isRunning, "\(stamped)")
    }
}

/// Calls `body` with the address of the Unix socket at `path`.
private func withAddress(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
    return unsafe withUnsafePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            unsafe body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
    }
}

/// A Unix socket that `answer` gets the connections of, one after the other; it closes them.
private final class ListeningSocket: Sendable {
    private let descriptor: Int32

    init(at path: String, _ answer: @escaping @Sendable (Int32) -> Void) throws {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        self.descriptor = descriptor
        let bound = unsafe withAddress(path) { unsafe bind(descriptor, $0, $1) }
        guard bound == 0, listen(descriptor, 8) == 0 else { throw POSIXError(.EADDRINUSE) }
        Thread.detachNewThread {
            while true {
                let peer = accept(descriptor, nil, nil)
                guard peer >= 0 else { return }
                answer(peer)
            }
        }
    }

    deinit { close(descriptor) }

    /// Answers every connection with the same bytes, or not at all.
    static func lying(at path: String, answering answer: String) throws -> ListeningSocket {
        let text = Array(answer.utf8)
        return try ListeningSocket(at: path) { peer in
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            _ = unsafe recv(peer, &buffer, buffer.count, 0)
            guard !text.isEmpty else { return }
            _ = unsafe send(peer, text, text.count, Int32(MSG_NOSIGNAL))
            close(peer)
        }
    }

    /// Stands before the server of a home, as `between.sock` before `home/chancery.sock`.
    ///
    /// - Parameters:
    ///   - change: members of a decision that get other values, or are left out where it has null.
    ///   - number: a signal for whoever sends a request that begins with `start`, which is passed on afterwards.
    static func altering(
        in folder: String, changing change: String = "{}", signalling number: Int32 = 0, before start: String = ""
    ) throws -> ListeningSocket {
        try ListeningSocket(at: folder + "/between.sock") { peer in
            defer { close(peer) }
            let server = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(server) }
            guard let request = message(from: peer),
                unsafe withAddress(folder + "/home/chancery.sock", { unsafe connect(server, $0, $1) }) == 0
            else { return }
            if number != 0, String(decoding: request, as: UTF8.self).hasPrefix(start) {
                // The process, its user and its group.
                var (sender, length) = ([Int32](repeating: 0, count: 3), socklen_t(12))
                unsafe getsockopt(peer, SOL_SOCKET, SO_PEERCRED, &sender, &length)
                if sender[0] > 1 { kill(sender[0], number) }
            }
            _ = unsafe send(server, request, request.count, Int32(MSG_NOSIGNAL))
            guard let answer = message(from: server).map({ altered($0, by: change) }) else { return }
            _ = unsafe send(peer, answer, answer.count, Int32(MSG_NOSIGNAL))
        }
    }

    /// A request or an answer, with the body that its length announces.
    private static func message(from descriptor: Int32) -> [UInt8]? {
        var (bytes, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 1 << 16))
        while true {
            let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            bytes += buffer.prefix(count)
            let text = String(decoding: bytes, as: UTF8.self)
            guard let end = text.range(of: "\r\n\r\n") else { continue }
            let announced = text[..<end.lowerBound].lowercased().components(separatedBy: "content-length: ").dropFirst().first
            let length = announced.flatMap { Int($0.prefix { $0.isNumber }) } ?? 0
            if text[end.upperBound...].utf8.count >= length { return bytes }
        }
    }

    private static func altered(_ answer: [UInt8], by change: String) -> [UInt8] {
        let text = String(decoding: answer, as: UTF8.self)
        guard let end = text.range(of: "\r\n\r\n"),
            let body = try? JSONSerialization.jsonObject(with: Data(text[end.upperBound...].utf8)) as? [String: Any],
            let changes = try? JSONSerialization.jsonObject(with: Data(change.utf8)) as? [String: Any],
            body["effect"] != nil, !changes.isEmpty
        else { return answer }
        let members = body.merging(changes) { _, new in new }.filter { !($0.value is NSNull) }
        guard let data = try? JSONSerialization.data(withJSONObject: members) else { return answer }
        let head =
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: \(data.count)\r\nConnection: close\r\n\r\n"
        return Array(head.utf8) + data
    }
}
