internal import Foundation

/// A software TPM (`swtpm`) of its own, on Unix sockets in a temporary folder.
public final class SoftwareTPM {
    /// Whether `swtpm` is there; tests that need it say so and are skipped.
    public static let isInstalled = ChildProcess.find("swtpm") != nil

    private let folder: String
    private let process: ChildProcess
    /// As `TPMAddress` and the tools of `tpm2-tools` read it.
    public var tcti: String { "swtpm:path=\(folder)/sock" }

    public init() throws {
        guard let program = ChildProcess.find("swtpm") else {
            throw CustodyContract.Broken(description: "swtpm is not installed")
        }
        folder = NSTemporaryDirectory() + "/tpm-" + UUID().uuidString.prefix(8)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        process = try ChildProcess(
            program,
            [
                "socket", "--tpm2", "--tpmstate", "dir=\(folder)", "--server", "type=unixio,path=\(folder)/sock", "--ctrl",
                "type=unixio,path=\(folder)/sock.ctrl", "--flags", "not-need-init,startup-clear",
            ])
        for _ in 0..<500 where !FileManager.default.fileExists(atPath: folder + "/sock") { usleep(10_000) }
    }

    /// Changes a register, as another firmware or kernel would (TPM2_PCR_Extend, TPM 2.0 library, part 3, §22.2).
    public func extend(pcr: UInt8) throws {
        let command =
            [0x80, 2, 0, 0, 0, 65, 0, 0, 1, 0x82, 0, 0, 0, pcr, 0, 0, 0, 9, 0x40, 0, 0, 9, 0, 0, 0, 0, 0]
            + [0, 0, 0, 1, 0, 0x0b] + [UInt8](repeating: 0xa5, count: 32)
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        let connected = unsafe Self.call(socketPath) { unsafe connect(descriptor, $0, $1) }
        var answer = [UInt8](repeating: 0xff, count: 256)
        guard connected == 0, unsafe write(descriptor, command, command.count) == command.count,
            unsafe read(descriptor, &answer, answer.count) >= 10, answer[6..<10].allSatisfy({ $0 == 0 })
        else { throw CustodyContract.Broken(description: "the register was not changed") }
    }

    var socketPath: String { folder + "/sock" }

    /// Calls a function of sockets with the address of `path`.
    static func call(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let isShort = unsafe withUnsafeMutableBytes(of: &address.sun_path) { room in
            guard path.utf8.count < room.count else { return false }
            unsafe room.copyBytes(from: path.utf8)
            return true
        }
        guard isShort else { return -1 }
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    /// Ends it; its address answers no more.
    public func stop() { process.stop() }

    deinit {
        process.stop()
        try? FileManager.default.removeItem(atPath: folder)
    }
}
