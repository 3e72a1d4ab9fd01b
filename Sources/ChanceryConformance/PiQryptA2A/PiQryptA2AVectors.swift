internal import ChanceryWire

/// Vectors of the reference's handshakes, sessions and key files.
public enum PiQryptA2AVectors {
    public static let runners: [VectorRunner] = [
        VectorRunner(
            "PiQrypt A2A messages and events",
            recognises: { $0.name == "a2a.json" && $0.json?["proposal"] != nil && $0.json?["negative"] != nil },
            run: { (file, mode, log) in try PiQryptA2ARun.run(file, mode, &log) }),
        VectorRunner(
            "PiQrypt agent session",
            recognises: { $0.name == "session.json" && $0.json?["members"] != nil && $0.json?["value_text_cases"] != nil },
            run: { (file, mode, log) in try PiQryptSessionRun.run(file, &log) }),
        VectorRunner(
            "PiQrypt key files",
            recognises: { $0.name == "keyfiles.json" && $0.json?["cases"] != nil && $0.json?["files"] != nil },
            run: { (file, mode, log) in try PiQryptKeyFileRun.run(file, &log) }),
        VectorRunner(
            "PiQrypt key file, version 1",
            recognises: { $0.name == "private.key.enc" && $0.bytes.starts(with: Array("PQKY".utf8) + [1]) },
            run: { (file, mode, log) in try PiQryptKeyFileRun.runBinary(file, &log) }),
        VectorRunner(
            "PiQrypt key file, version 2",
            recognises: { $0.name == "private_pq.key.enc" && $0.bytes.starts(with: Array("PQKY".utf8) + [2]) },
            run: { (file, mode, log) in try PiQryptKeyFileRun.runBinary(file, &log) }),
    ]
}
