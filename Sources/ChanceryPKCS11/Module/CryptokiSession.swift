internal import CCryptoki
internal import ChancerySuite
internal import ChanceryVault

/// One login at a token, for as long as this lives. Only inside ``CryptokiModule/use(_:)``.
@safe
struct CryptokiSession: ~Copyable {
    private static let isPresent: UInt8 = 1
    private static let pinLocked: UInt = 0x4_0000
    private static let mostSlots = 256
    private static let readWrite: UInt = 0x2 | 0x4
    private static let user: UInt = 1

    private let list: UnsafeMutablePointer<CK_FUNCTION_LIST>
    let slot: UInt
    private let handle: UInt

    private init(list: UnsafeMutablePointer<CK_FUNCTION_LIST>, slot: UInt, handle: UInt) {
        unsafe self.list = unsafe list
        self.slot = slot
        self.handle = handle
    }

    /// - Throws: `vault.custody_unavailable` without a token of that label, `vault.wrong_secret`, `vault.custody_locked_out`.
    static func open(
        _ list: UnsafeMutablePointer<CK_FUNCTION_LIST>, token label: String, pin: borrowing SecretBytes
    ) throws(VaultError) -> CryptokiSession {
        let slot = try unsafe slot(list, label)
        var handle: UInt = 0
        try unsafe require(list.pointee.C_OpenSession?(slot, readWrite, nil, nil, &handle), "C_OpenSession")
        let session = unsafe CryptokiSession(list: list, slot: slot, handle: handle)
        var code = session.logIn(pin)
        if code == .alreadyLoggedIn {
            // Somebody else's login in this process: it must not stand for our PIN.
            _ = unsafe list.pointee.C_Logout?(handle)
            code = session.logIn(pin)
        }
        guard code == .ok else { throw code.error("C_Login") }
        return session
    }

    deinit {
        _ = unsafe list.pointee.C_Logout?(handle)
        _ = unsafe list.pointee.C_CloseSession?(handle)
    }

    private func logIn(_ pin: borrowing SecretBytes) -> CryptokiCode {
        unsafe pin.withBytes { bytes in
            let start = unsafe UnsafeMutableRawPointer(mutating: bytes.baseAddress)?.assumingMemoryBound(to: UInt8.self)
            return unsafe CryptokiCode(list.pointee.C_Login?(handle, Self.user, start, UInt(bytes.count)) ?? 1)
        }
    }

    private static func require(_ code: UInt?, _ call: String) throws(VaultError) {
        guard let code else { throw VaultError(.custodyFailed, "the module has no \(call)") }
        guard CryptokiCode(code) == .ok else { throw CryptokiCode(code).error(call) }
    }

    private static func slot(_ list: UnsafeMutablePointer<CK_FUNCTION_LIST>, _ label: String) throws(VaultError) -> UInt {
        var count: UInt = 0
        try unsafe require(list.pointee.C_GetSlotList?(isPresent, nil, &count), "C_GetSlotList")
        var slots = [UInt](repeating: 0, count: min(Int(clamping: count), mostSlots))
        count = UInt(slots.count)
        if count > 0 { try unsafe require(list.pointee.C_GetSlotList?(isPresent, &slots, &count), "C_GetSlotList") }
        let padded = Array(label.utf8) + [UInt8](repeating: 0x20, count: max(0, 32 - label.utf8.count))
        var found: [UInt] = []
        for slot in slots.prefix(Int(clamping: count)) {
            var info = CK_TOKEN_INFO()
            guard unsafe list.pointee.C_GetTokenInfo?(slot, &info) == 0 else { continue }
            let name = unsafe withUnsafeBytes(of: info.label) { unsafe Array($0) }
            guard name == padded else { continue }
            guard info.flags & pinLocked == 0 else { throw CryptokiCode.pinLocked.error("C_Login") }
            found.append(slot)
        }
        guard found.count == 1 else {
            let many = found.isEmpty ? "no token" : "\(found.count) tokens"
            throw VaultError(.custodyUnavailable, "there is \(many) with the label `\(label.prefix(40))`")
        }
        return found[0]
    }

    /// Whether the token encrypts and decrypts with `mechanism`.
    func has(_ mechanism: UInt) -> Bool {
        var info = CK_MECHANISM_INFO()
        return unsafe list.pointee.C_GetMechanismInfo?(slot, mechanism, &info) == 0 && info.flags & 0x300 == 0x300
    }

    /// The objects that match, three at most.
    func find(_ attributes: CryptokiAttributes) throws(VaultError) -> [UInt] {
        let begun = unsafe attributes.with { first, count in
            unsafe list.pointee.C_FindObjectsInit?(handle, first, count)
        }
        try Self.require(begun, "C_FindObjectsInit")
        var (found, count): ([UInt], UInt) = ([0, 0, 0], 0)
        let code = unsafe list.pointee.C_FindObjects?(handle, &found, UInt(found.count), &count)
        _ = unsafe list.pointee.C_FindObjectsFinal?(handle)
        try Self.require(code, "C_FindObjects")
        return Array(found.prefix(Int(clamping: count)))
    }

    /// Makes a key in the token.
    func generate(_ mechanism: UInt, _ attributes: CryptokiAttributes) throws(VaultError) -> UInt {
        var mechanism = unsafe CK_MECHANISM(mechanism: mechanism, parameter: nil, length: 0)
        var key: UInt = 0
        let code = unsafe attributes.with { first, count in
            unsafe list.pointee.C_GenerateKey?(handle, &mechanism, first, count, &key)
        }
        try Self.require(code, "C_GenerateKey")
        return key
    }

    /// A yes or no of an object; nil when the token does not say.
    func flag(_ type: UInt, of object: UInt) -> Bool? {
        var value: UInt8 = 2
        let code = unsafe withUnsafeMutableBytes(of: &value) { bytes in
            var attribute = unsafe CK_ATTRIBUTE(type: type, value: bytes.baseAddress, length: 1)
            return unsafe list.pointee.C_GetAttributeValue?(handle, object, &attribute, 1)
        }
        return code == 0 && value < 2 ? value == 1 : nil
    }

    /// Whether the token refuses to show the value of a key, when it is asked.
    func hides(_ key: UInt) -> Bool {
        var room = [UInt8](repeating: 0, count: 64)
        defer { SecretBytes.erase(&room) }
        let code = unsafe room.withUnsafeMutableBytes { bytes in
            var attribute = unsafe CK_ATTRIBUTE(
                type: CryptokiAttributes.value, value: bytes.baseAddress, length: UInt(bytes.count))
            return unsafe list.pointee.C_GetAttributeValue?(handle, key, &attribute, 1)
        }
        return code.map(CryptokiCode.init) == .attributeSensitive
    }

    enum Direction { case seal, open }

    /// AES-GCM in the token; the tag of 16 bytes follows the ciphertext.
    func gcm(
        _ direction: Direction, _ input: [UInt8], key: UInt, nonce: [UInt8], authenticating data: [UInt8]
    ) throws(VaultError) -> [UInt8] {
        var (input, nonce, data) = (input, nonce, data)
        defer { SecretBytes.erase(&input) }
        var output = [UInt8](repeating: 0, count: input.count + 64)
        var count = UInt(output.count)
        let code = unsafe nonce.withUnsafeMutableBufferPointer { iv in
            unsafe data.withUnsafeMutableBufferPointer { aad in
                var gcm = unsafe CK_GCM_PARAMS(
                    iv: iv.baseAddress, iv_length: UInt(iv.count), iv_bits: UInt(iv.count * 8), aad: aad.baseAddress,
                    aad_length: UInt(aad.count), tag_bits: 128)
                return unsafe withUnsafeMutableBytes(of: &gcm) { parameters in
                    var mechanism = unsafe CK_MECHANISM(
                        mechanism: PKCS11Backend.gcm, parameter: parameters.baseAddress, length: UInt(parameters.count))
                    return unsafe run(direction, &mechanism, key, &input, &output, &count)
                }
            }
        }
        guard CryptokiCode(code) == .ok, count <= UInt(output.count) else {
            SecretBytes.erase(&output)
            throw CryptokiCode(code).error(direction == .seal ? "C_Encrypt" : "C_Decrypt")
        }
        let result = Array(output.prefix(Int(count)))
        SecretBytes.erase(&output)
        return result
    }

    private func run(
        _ direction: Direction, _ mechanism: inout CK_MECHANISM, _ key: UInt, _ input: inout [UInt8],
        _ output: inout [UInt8], _ count: inout UInt
    ) -> UInt {
        let length = UInt(input.count)
        switch direction {
        case .seal:
            let begun = unsafe list.pointee.C_EncryptInit?(handle, &mechanism, key) ?? 1
            return unsafe begun == 0 ? list.pointee.C_Encrypt?(handle, &input, length, &output, &count) ?? 1 : begun
        case .open:
            let begun = unsafe list.pointee.C_DecryptInit?(handle, &mechanism, key) ?? 1
            return unsafe begun == 0 ? list.pointee.C_Decrypt?(handle, &input, length, &output, &count) ?? 1 : begun
        }
    }
}
