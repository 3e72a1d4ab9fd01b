/// Where pins are kept.
///
/// Promises: durable on return of `save`; `load` gives the bytes of the last `save` of anybody, nil when there was none.
/// The gateway loads before every save, so that an operator's acceptance in between is kept.
public protocol PinStore: Sendable {
    func load() async throws -> [UInt8]?
    func save(_ bytes: [UInt8]) async throws
}
