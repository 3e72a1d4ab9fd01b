import CCryptoki
import ChanceryPKCS11
import ChancerySuite
import ChanceryVault
import CustodyKit
import Glibc
import Testing

/// Sealing in a token, with SoftHSM2 in the place of the hardware.
@Suite(.serialized, .enabled(if: SoftwareToken.isInstalled, "Debian package softhsm2"))
struct PKCS11BackendTests {
    private static let tokens = Result {
        let tokens = try SoftwareToken(["first", "second", "imported", "fresh"])
        tokens.useInThisProcess()
        return tokens
    }

    private static func backend(_ token: String, pin: String = SoftwareToken.pin, module: String? = nil) throws -> PKCS11Backend
    {
        _ = try tokens.get()
        return PKCS11Backend(module: module ?? SoftwareToken.module ?? "", token: token, pin: secret(pin))
    }

    private static func secret(_ text: String) -> SecretBytes {
        var bytes = Array(text.utf8)
        return SecretBytes(erasing: &bytes)
    }

    private static func code(_ backend: PKCS11Backend, _ sealed: SealedSecret) -> String {
        CustodyContract.code { _ = try backend.unseal(sealed, label: sealed.label) }
    }

    @Test func `a token keeps the contract, and another token opens nothing of it`() throws {
        // The other one has a key of its own, and so refuses by what it computes.
        _ = try Self.backend("second").seal(Self.secret("its own"), label: CustodyLabel("a"))
        try CustodyContract(make: { try Self.backend("first") }, other: { try Self.backend("second") }).check()
        try CustodyContract(make: { try Self.backend("first") }, other: { try Self.backend("fresh") }).check()
    }

    @Test func `a wrong PIN is told apart from a token that is not there`() throws {
        let label = try CustodyLabel("vault/root")
        let sealed = try Self.backend("first").seal(Self.secret("the root"), label: label)
        #expect(try Self.backend("first").unseal(sealed, label: label).copyForExport() == Array("the root".utf8))
        #expect(try Self.code(Self.backend("first", pin: "31415927"), sealed) == "vault.wrong_secret")
        #expect(try Self.code(Self.backend("first", pin: "1"), sealed) == "vault.wrong_secret")
        #expect(try Self.code(Self.backend("nobody"), sealed) == "vault.custody_unavailable")
        #expect(try Self.code(Self.backend("first", module: "/usr/lib/none.so"), sealed) == "vault.custody_unavailable")
        #expect(try Self.code(Self.backend("first", module: "libsofthsm2.so"), sealed) == "vault.custody_unavailable")
        // The right one still works after wrong ones.
        #expect(try Self.code(Self.backend("first"), sealed) == "accepted")
    }

    @Test func `somebody else's login in this process does not stand for the PIN`() throws {
        let label = try CustodyLabel("vault/root")
        let sealed = try Self.backend("first").seal(Self.secret("the root"), label: label)
        let session = try unsafe RawSession("first")
        defer { unsafe session.close() }
        #expect(try Self.code(Self.backend("first", pin: "31415927"), sealed) == "vault.wrong_secret")
    }

    @Test func `the key cannot be read, nor wrapped under another one`() throws {
        _ = try Self.backend("first").seal(Self.secret("the root"), label: CustodyLabel("vault/root"))
        let session = try unsafe RawSession("first")
        defer { unsafe session.close() }
        let key = try #require(unsafe session.find(PKCS11Backend.keyLabel))
        // CKR_ATTRIBUTE_SENSITIVE, CKR_KEY_UNEXTRACTABLE
        #expect(unsafe session.read(0x11, of: key) == 0x11)
        #expect(try unsafe session.wrap(key) == 0x6a)
    }

    // SoftHSM2 locks no PIN: here is what the codes of modules that do come to (PKCS #11, version 2.40, §5.1).
    @Test(
        arguments: [
            (0xa0, "vault.wrong_secret"), (0xa1, "vault.wrong_secret"), (0xa2, "vault.wrong_secret"),
            (0xa4, "vault.custody_locked_out"), (0xa3, "vault.custody_unavailable"), (0x102, "vault.custody_unavailable"),
            (0xe0, "vault.custody_unavailable"), (0x32, "vault.custody_unavailable"), (0x5, "vault.custody_failed"),
            (.max, "vault.custody_failed"),
        ] as [(UInt, String)])
    func `a locked PIN, a wrong one and an absent token are three things`(code: UInt, expected: String) {
        #expect(CryptokiCode(code).error("C_Login").code == expected)
    }

    @Test func `a key that was brought from outside is not used`() throws {
        let tokens = try Self.tokens.get()
        let file = "/tmp/chancery-custody-key-\(getpid())"
        let descriptor = unsafe open(file, O_CREAT | O_WRONLY | O_EXCL, 0o600)
        try #require(descriptor >= 0)
        unsafe _ = write(descriptor, [UInt8](repeating: 7, count: 32), 32)
        close(descriptor)
        defer { _ = unsafe unlink(file) }
        let status = try tokens.run(
            "softhsm2-util",
            [
                "--import", file, "--aes", "--token", "imported", "--label", PKCS11Backend.keyLabel, "--id", "01", "--pin",
                SoftwareToken.pin,
            ])
        try #require(status == 0)
        let found = CustodyContract.code {
            _ = try Self.backend("imported").seal(Self.secret("the root"), label: CustodyLabel("vault/root"))
        }
        #expect(found == "vault.custody_failed")
    }
}

/// The token as any other program sees it: C functions, logged in.
@unsafe
final class RawSession {
    private let list: UnsafeMutablePointer<CK_FUNCTION_LIST>
    private var handle: UInt = 0

    init(_ token: String) throws {
        let library = unsafe dlopen(SoftwareToken.module, RTLD_NOW)
        let entry = unsafe unsafeBitCast(
            try #require(unsafe dlsym(library, "C_GetFunctionList")), to: CK_C_GetFunctionList.self)
        var list: UnsafeMutablePointer<CK_FUNCTION_LIST>?
        _ = unsafe entry(&list)
        unsafe self.list = try #require(unsafe list)
        var arguments = unsafe CK_C_INITIALIZE_ARGS()
        unsafe arguments.flags = 2
        _ = unsafe self.list.pointee.C_Initialize?(&arguments)
        var slots = [UInt](repeating: 0, count: 16)
        var count = UInt(slots.count)
        _ = unsafe self.list.pointee.C_GetSlotList?(1, &slots, &count)
        let slot = try #require(
            slots.prefix(Int(count)).first { slot in
                var info = CK_TOKEN_INFO()
                _ = unsafe self.list.pointee.C_GetTokenInfo?(slot, &info)
                return unsafe withUnsafeBytes(of: info.label) { unsafe $0.starts(with: Array((token + " ").utf8)) }
            })
        _ = unsafe self.list.pointee.C_OpenSession?(slot, 6, nil, nil, &handle)
        var pin = Array(SoftwareToken.pin.utf8)
        try #require(unsafe self.list.pointee.C_Login?(handle, 1, &pin, UInt(pin.count)) == 0)
    }

    func close() { _ = unsafe list.pointee.C_CloseSession?(handle) }

    func find(_ label: String) -> UInt? {
        var text = Array(label.utf8)
        return unsafe text.withUnsafeMutableBytes { bytes in
            var attribute = unsafe CK_ATTRIBUTE(type: 3, value: bytes.baseAddress, length: UInt(bytes.count))
            _ = unsafe list.pointee.C_FindObjectsInit?(handle, &attribute, 1)
            var (object, count): (UInt, UInt) = (0, 0)
            _ = unsafe list.pointee.C_FindObjects?(handle, &object, 1, &count)
            _ = unsafe list.pointee.C_FindObjectsFinal?(handle)
            return count == 1 ? object : nil
        }
    }

    func read(_ type: UInt, of object: UInt) -> UInt? {
        var room = [UInt8](repeating: 0, count: 64)
        return unsafe room.withUnsafeMutableBytes { bytes in
            var attribute = unsafe CK_ATTRIBUTE(type: type, value: bytes.baseAddress, length: UInt(bytes.count))
            return unsafe list.pointee.C_GetAttributeValue?(handle, object, &attribute, 1)
        }
    }

    /// Wraps `key` under a key that is made for it (AES key wrap, RFC 3394).
    func wrap(_ key: UInt) throws -> UInt? {
        var length: UInt = 32
        var (yes, wrapping): (UInt8, UInt) = (1, 0)
        var generate = unsafe CK_MECHANISM(mechanism: 0x1080, parameter: nil, length: 0)
        let made = unsafe withUnsafeMutableBytes(of: &length) { length in
            unsafe withUnsafeMutableBytes(of: &yes) { yes in
                var attributes = unsafe [
                    CK_ATTRIBUTE(type: 0x161, value: length.baseAddress, length: UInt(length.count)),
                    CK_ATTRIBUTE(type: 0x106, value: yes.baseAddress, length: 1),
                ]
                return unsafe list.pointee.C_GenerateKey?(handle, &generate, &attributes, 2, &wrapping)
            }
        }
        try #require(made == 0)
        var mechanism = unsafe CK_MECHANISM(mechanism: 0x2109, parameter: nil, length: 0)
        var room = [UInt8](repeating: 0, count: 64)
        var count = UInt(room.count)
        return unsafe list.pointee.C_WrapKey?(handle, &mechanism, wrapping, key, &room, &count)
    }
}
