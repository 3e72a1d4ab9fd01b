internal import ChancerySuite
internal import ChanceryVault
internal import Glibc

/// One conversation with a TPM. Whatever it made there is gone when it ends.
final class TPM {
    private let link: TPMLink
    private var living: [UInt32] = []
    /// For a chip that tests itself or is busy: five seconds.
    private static let mostAttempts = 50

    init(_ address: TPMAddress) throws(VaultError) { link = try TPMLink(address) }

    deinit {
        // A resource manager would do it; a TPM without one has few slots.
        for handle in living { _ = try? exchange(.flushContext, TPMConstant.noSessions, TPMWriter.build { $0.u32(handle) }) }
    }

    struct Answer {
        let handle: UInt32
        var parameters: [UInt8]
    }

    /// A command without sessions.
    func run(_ command: TPMCommand, _ body: [UInt8], or known: [TPMAnswerCode: VaultError] = [:]) throws(VaultError) -> Answer {
        var reader = try answer(command, exchange(command, TPMConstant.noSessions, body), known)
        return Answer(handle: try handle(command, &reader), parameters: reader.rest())
    }

    /// A command on the owner's hierarchy, whose password is empty.
    func runAsOwner(_ command: TPMCommand, _ parameters: [UInt8], or known: [TPMAnswerCode: VaultError]) throws(VaultError)
        -> Answer
    {
        let body = TPMWriter.build {
            $0.u32(TPMConstant.owner)
            $0.u32(9)
            $0.u32(TPMConstant.passwordSession)
            $0.sized([])
            $0.u8(0)
            $0.sized([])
            $0.raw(parameters)
        }
        var reader = try answer(command, exchange(command, TPMConstant.sessions, body), known)
        let handle = try handle(command, &reader)
        return Answer(handle: handle, parameters: try reader.take(Int(reader.u32())))
    }

    /// A command on one object under a session of ours.
    func run(
        _ command: TPMCommand, on object: TPMObject, _ parameters: [UInt8], _ session: inout TPMSession, _ use: TPMSession.Use,
        or known: [TPMAnswerCode: VaultError] = [:]
    ) throws(VaultError) -> Answer {
        let (sent, area) = try session.authorise(command, names: [object.name], parameters, use)
        let body = TPMWriter.build {
            $0.u32(object.handle)
            $0.u32(UInt32(area.count))
            $0.raw(area)
            $0.raw(sent)
        }
        var reader = try answer(command, exchange(command, TPMConstant.sessions, body), known)
        let handle = try handle(command, &reader)
        let received = try reader.take(Int(reader.u32()))
        let result = Answer(
            handle: handle, parameters: try session.accept(command, received, area: reader.rest(), use))
        if !use.continues { living.removeAll { $0 == session.handle } }
        return result
    }

    private func handle(_ command: TPMCommand, _ reader: inout TPMReader) throws(VaultError) -> UInt32 {
        guard command.makesHandle else { return 0 }
        let handle = try reader.u32()
        living.append(handle)
        return handle
    }

    private func exchange(_ command: TPMCommand, _ tag: UInt16, _ body: [UInt8]) throws(VaultError) -> [UInt8] {
        let bytes = TPMWriter.build {
            $0.u16(tag)
            $0.u32(UInt32(clamping: body.count + 10))
            $0.u32(command.rawValue)
            $0.raw(body)
        }
        for attempt in 0..<Self.mostAttempts {
            let answer = try link.transmit(bytes)
            var reader = TPMReader(answer: answer)
            _ = try reader.take(6)
            guard try TPMAnswerCode(reader.u32()).asksForRetry, attempt < Self.mostAttempts - 1 else { return answer }
            usleep(100_000)
        }
        throw TPMAnswerCode.retry.error(command)
    }

    /// What follows the header of a successful answer.
    private func answer(
        _ command: TPMCommand, _ bytes: [UInt8], _ known: [TPMAnswerCode: VaultError]
    ) throws(VaultError) -> TPMReader {
        var reader = TPMReader(answer: bytes)
        _ = try reader.take(6)
        let code = TPMAnswerCode(try reader.u32())
        guard code.code == 0 else { throw known[code] ?? code.error(command) }
        return reader
    }
}

/// Something loaded, with the name that authorisations bind.
struct TPMObject {
    let handle: UInt32
    let name: [UInt8]
}
