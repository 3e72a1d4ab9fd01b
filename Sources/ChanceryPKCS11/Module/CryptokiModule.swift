internal import CCryptoki
internal import ChanceryVault
internal import Glibc
internal import Synchronization

/// A PKCS #11 module in this process. It is loaded once and stays; its users take turns, because a login counts for the whole
/// process and would let the next one in without a PIN.
@safe
final class CryptokiModule: Sendable {
    private static let loaded = Mutex<[String: CryptokiModule]>([:])
    private static let systemLocks: UInt = 2

    private nonisolated(unsafe) let list: UnsafeMutablePointer<CK_FUNCTION_LIST>
    private let turn = Mutex(())

    private init(list: UnsafeMutablePointer<CK_FUNCTION_LIST>) { unsafe self.list = unsafe list }

    /// - Throws: `vault.custody_unavailable` when `path` is no module that loads.
    static func at(_ path: String) throws(VaultError) -> CryptokiModule {
        let result = loaded.withLock { modules -> Result<CryptokiModule, VaultError> in
            if let module = modules[path] { return .success(module) }
            do throws(VaultError) {
                let module = try load(path)
                modules[path] = module
                return .success(module)
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    private static func load(_ path: String) throws(VaultError) -> CryptokiModule {
        // An absolute path: what a library's search finds is for others to choose.
        guard path.hasPrefix("/"), let library = unsafe dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
            throw VaultError(
                .custodyUnavailable, "the module `\(path)` does not load: give the absolute path of a PKCS #11 library")
        }
        guard let symbol = unsafe dlsym(library, "C_GetFunctionList") else {
            throw VaultError(.custodyUnavailable, "`\(path)` is no PKCS #11 module")
        }
        let entry = unsafe unsafeBitCast(symbol, to: CK_C_GetFunctionList.self)
        var list: UnsafeMutablePointer<CK_FUNCTION_LIST>?
        let code = unsafe CryptokiCode(entry(&list))
        guard code == .ok, let list = unsafe list else { throw code.error("C_GetFunctionList") }
        var arguments = unsafe CK_C_INITIALIZE_ARGS()
        unsafe arguments.flags = systemLocks
        let started = unsafe CryptokiCode(list.pointee.C_Initialize?(&arguments) ?? 1)
        guard started == .ok || started == .alreadyInitialised else { throw started.error("C_Initialize") }
        return unsafe CryptokiModule(list: list)
    }

    /// Lends the functions for one turn.
    func use<Value: ~Copyable>(
        _ body: (UnsafeMutablePointer<CK_FUNCTION_LIST>) throws(VaultError) -> sending Value
    ) throws(VaultError) -> Value {
        try turn.withLock { _ throws(VaultError) -> sending Value in try unsafe body(list) }
    }
}
