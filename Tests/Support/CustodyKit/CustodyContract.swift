internal import ChancerySuite
public import ChanceryVault
internal import ChanceryWire

/// What every place of custody promises. `make` gives a place; `other` one of the same kind that holds another secret.
public struct CustodyContract {
    /// The first promise that was not kept.
    public struct Broken: Error, CustomStringConvertible {
        public let description: String

        public init(description: String) { self.description = description }
    }

    private let make: () throws -> any CustodyBackend
    private let other: () throws -> any CustodyBackend
    private let everyByte: Bool

    /// - Parameter everyByte: false where one attempt takes a second: then every seventh is tried.
    public init(
        everyByte: Bool = true, make: @escaping () throws -> any CustodyBackend,
        other: @escaping () throws -> any CustodyBackend
    ) {
        self.make = make
        self.other = other
        self.everyByte = everyByte
    }

    public func check() throws {
        let backend = try make()
        let label = try CustodyLabel("vault/root")
        for size in [1, 32, 64, SealedSecret.maximumSecretBytes] {
            let sealed = try backend.seal(Self.secret(size), label: label)
            try require(sealed.label == label && sealed.backend == backend.capabilities.name, "the names are those asked for")
            let read = try SealedSecret(sealed.bytes)
            try require(read == sealed, "what is written is read")
            try require(Self.bytes(of: backend.unseal(read, label: label)) == Self.bytes(size), "\(size) bytes come back")
            let part = Self.bytes(size).prefix(8)
            try require(
                size < 32 || !sealed.bytes.indices.contains { sealed.bytes[$0...].starts(with: part) }, "no plain bytes")
        }
        let sealed = try backend.seal(Self.secret(32), label: label)
        try require(backend.seal(Self.secret(32), label: label).payload != sealed.payload, "two seals of one secret differ")
        try refusals(backend, sealed, label)
        let large = Self.code { _ = try backend.seal(Self.secret(4097), label: label) }
        try require(large == "vault.custody_malformed", "4097 bytes are refused, not \(large)")
    }

    private func refusals(_ backend: any CustodyBackend, _ sealed: SealedSecret, _ label: CustodyLabel) throws {
        let second = try CustodyLabel("vault/other")
        // Relabelled outside the sealed part.
        let relabelled = try SealedSecret(backend: sealed.backend, label: second, payload: sealed.payload)
        let foreign = try SealedSecret(backend: CustodyLabel("elsewhere"), label: label, payload: sealed.payload)
        let attempts: [(String, () throws -> Void)] = [
            ("another secret's place", { _ = try other().unseal(sealed, label: label) }),
            ("another label", { _ = try backend.unseal(sealed, label: second) }),
            ("a relabelled secret", { _ = try backend.unseal(relabelled, label: second) }),
            ("another place's secret", { _ = try backend.unseal(foreign, label: label) }),
        ]
        for (name, attempt) in attempts {
            let found = Self.code(attempt)
            try require(found == "vault.wrong_secret", "\(name) is a wrong secret, not \(found)")
        }
        let step = everyByte ? 1 : 7
        for index in stride(from: 0, to: sealed.payload.count, by: step) {
            var payload = sealed.payload
            payload[index] ^= 1 << UInt8(index % 8)
            try refuses(backend, sealed, payload, label, "a change of byte \(index)")
        }
        for length in stride(from: 1, to: sealed.payload.count, by: step) {
            try refuses(backend, sealed, Array(sealed.payload[..<length]), label, "a cut to \(length) bytes")
        }
    }

    private func refuses(
        _ backend: any CustodyBackend, _ sealed: SealedSecret, _ payload: [UInt8], _ label: CustodyLabel, _ what: String
    ) throws {
        let damaged = try SealedSecret(backend: sealed.backend, label: label, payload: payload)
        let found = Self.code { _ = try backend.unseal(damaged, label: label) }
        try require(found == "vault.wrong_secret" || found == "vault.custody_malformed", "\(what) is refused, not \(found)")
    }

    private func require(_ kept: @autoclosure () throws -> Bool, _ promise: String) throws {
        if try !kept() { throw Broken(description: promise) }
    }

    private static func bytes(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count { bytes += Digest.sha3_256(Array("custody \(count) \(bytes.count)".utf8)) }
        return Array(bytes[..<count])
    }

    private static func secret(_ count: Int) -> SecretBytes {
        var bytes = bytes(count)
        return SecretBytes(erasing: &bytes)
    }

    private static func bytes(of secret: borrowing SecretBytes) -> [UInt8] { secret.copyForExport() }

    /// The code of what `body` throws, or what happened instead.
    public static func code(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "accepted"
        } catch {
            return (error as? any CodedError)?.code ?? "\(error)"
        }
    }
}
